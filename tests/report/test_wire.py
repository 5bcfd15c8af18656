"""The wire format against golden files; set HUASHU_UPDATE_GOLDEN=1 to write them anew."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from report_samples import BARE, FINDINGS, FULL, PACK, PROMPT, UNSCORABLE, finding, reports

from assistant.errors import InputError
from assistant.model import Explanation, Report, Requirement, Speaker, Turn
from assistant.report import (
    check_object,
    dumps,
    error_object,
    finding_object,
    prompt_object,
    report_from_object,
    report_object,
    requirement_object,
    turn_object,
)

GOLDEN = Path(__file__).parent / "golden"
OBJECTS: dict[str, Any] = {
    "report-full": report_object(FULL),
    "report-bare": report_object(BARE),
    "report-unscorable": report_object(UNSCORABLE),
    "check": check_object("这个不是我办的，我不知道哦", Speaker.AGENT, FINDINGS[:2], (PACK,)),
    "error-file": error_object(InputError("编码认不出来", code="encoding", path="a/录音.txt", line=3)),
    "error-line": error_object(InputError("不是 JSON", code="bad-json"), line=12),
    "prompt": prompt_object(PROMPT),
}


@pytest.mark.parametrize("name", OBJECTS)
def test_object_equals_its_golden_file(name: str) -> None:
    path = GOLDEN / f"{name}.json"
    written = dumps(OBJECTS[name], indent=2) + "\n"
    if os.environ.get("HUASHU_UPDATE_GOLDEN"):
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8")


def test_every_golden_file_has_its_object() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(OBJECTS)


def test_optional_keys_are_absent_when_there_is_nothing_to_say() -> None:
    assert not {"agent_id", "spans", "pending", "title"} & set(finding_object(finding()))
    assert set(turn_object(Turn(0, Speaker.AGENT, ""))) == {"index", "role", "text", "masks"}
    assert not {"turn", "score", "nearest"} & set(requirement_object(Requirement("r", (), "pending")))
    assert "reason" not in report_object(FULL)


def test_zero_is_something_to_say() -> None:
    written = requirement_object(Requirement("r", (), "missed", None, 0, 0.0))
    assert (written["turn"], written["score"]) == (0, 0.0)
    assert turn_object(Turn(0, Speaker.AGENT, "", start_s=0.0))["start_s"] == 0.0


def test_an_absence_has_null_characters() -> None:
    written = finding_object(finding(3, None, None))
    assert (written["start"], written["end"], written["text"]) == (None, None, None)
    assert (written["turn"], written["how"]) == (3, ["absence"])


def test_unfilled_parts_are_null_or_empty() -> None:
    written = report_object(BARE)
    assert [
        written[key] for key in ("complaint", "emotion", "procedures", "score", "scorecard", "model")
    ] == [
        None,
        None,
        [],
        None,
        None,
        None,
    ]


def test_numbers_carry_four_digits_but_meta_stays_as_it_was() -> None:
    written = report_object(replace(FULL, meta={"ratio": 0.123456789}))
    assert written["turns"][1]["start_s"] == 5.1235
    assert written["complaint"]["confidence"] == 0.9123
    assert written["meta"]["ratio"] == 0.123456789


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_json_never_holds_what_json_lacks(value: float) -> None:
    report = replace(
        BARE, meta={"x": [value]}, emotion={"peak": value}, findings=(finding(confidence=value),)
    )
    written = json.loads(dumps(report_object(report)), parse_constant=pytest.fail)
    assert (written["meta"], written["emotion"]) == ({"x": [None]}, {"peak": None})
    assert dumps({"x": value, "y": {1: value}}) == '{"x": null, "y": {"1": null}}'


def test_lone_surrogates_become_replacement_characters_and_lengths_stay() -> None:
    text = dumps({"text": "你\ud800好", "\udfff": 1})
    assert text.encode("utf-8")
    assert json.loads(text) == {"text": "你\ufffd好", "\ufffd": 1}


def test_meta_takes_whatever_a_reader_found() -> None:
    started = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    odd: dict[Any, Any] = {
        "at": started,
        "set": {2, 1},
        3: b"\xe5\xa5\xbd",
        "role": Speaker.AGENT,
        "path": Path("a"),
    }
    assert report_object(replace(BARE, meta=odd))["meta"] == {
        "at": "2026-11-02T09:30:00+00:00",
        "set": [1, 2],
        "3": "好",
        "role": "agent",
        "path": "a",
    }


def test_json_is_readable_chinese() -> None:
    assert "不是我办的" in dumps(report_object(FULL))


@pytest.mark.parametrize("report", [BARE, UNSCORABLE], ids=lambda report: report.id)
def test_a_report_is_read_back_as_it_was(report: Report) -> None:
    assert report_from_object(json.loads(dumps(report_object(report)))) == report


def test_a_full_report_read_back_is_written_the_same() -> None:
    written = report_object(FULL)
    assert report_object(report_from_object(json.loads(dumps(written)))) == written


@given(reports())
@settings(max_examples=40, deadline=None)
def test_any_report_survives_the_way_there_and_back(report: Report) -> None:
    once = json.loads(dumps(report_object(report)))
    assert json.loads(dumps(report_object(report_from_object(once)))) == once


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({}, "not-a-report"),
        ([], "not-a-report"),
        ({"schema": "huashu.check/1"}, "not-a-report"),
        ({"schema": "huashu.report/1"}, "bad-report"),
        ({**report_object(FULL), "findings": [{}]}, "bad-report"),
        ({**report_object(FULL), "turns": 3}, "bad-report"),
    ],
)
def test_what_is_no_report_is_refused(data: Any, code: str) -> None:
    with pytest.raises(InputError) as caught:
        report_from_object(data)
    assert caught.value.code == code


def test_an_error_keeps_its_own_place() -> None:
    error = InputError("坏行", path="a.jsonl", line=2)
    assert error_object(error, path="b", line=9)["path"] == "a.jsonl"
    assert error_object(error, path="b", line=9)["line"] == 2


def test_explanation_score_is_rounded() -> None:
    explained = replace(finding(), explanation=Explanation("a", "b", "c", 0.123456))
    assert finding_object(explained)["explanation"]["score"] == 0.1235
