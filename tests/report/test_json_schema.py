from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from published import problems
from report_samples import FULL, PROMPT

from assistant.errors import UsageError
from assistant.model import EMOTIONS, INTENTS
from assistant.report import finding_object, prompt_object, report_object, schema, schema_names

GOLDEN = Path(__file__).parent / "golden"
NAMES = (
    "check", "classify", "classroom", "debrief", "error", "event", "finding", "next", "practice",
    "practice-run", "report", "scenarios",
)  # fmt: skip
FINDING = finding_object(FULL.findings[0])
REPORT = report_object(FULL)
PROCEDURE = REPORT["procedures"][0]
NEXT = {
    "schema": "huashu.next/1",
    "id": "call-0001",
    "procedure": PROCEDURE,
    "others": [],
    "prompts": [prompt_object(PROMPT)],
}
CLASSIFY = {
    "schema": "huashu.classify/1",
    "line": 1,
    "text": "怎么还没修好",
    "emotion": {"label": "dissatisfied", "intensity": 0.6, "confidence": 0.9},
    "intents": [{"name": "complaint", "score": 0.8}],
}
EVENT = {
    "schema": "huashu.event/1",
    "call_id": "c",
    "event_id": 1,
    "seq": 1,
    "type": "finding",
    "data": FINDING,
}


def test_the_names_are_those_of_the_contract() -> None:
    assert schema_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_valid_described_and_complete_in_itself(name: str) -> None:
    published = schema(name)
    Draft202012Validator.check_schema(published)
    assert published["$id"] == f"urn:huashu:{name}:1"
    assert published["description"]
    assert problems(name, {}), "an empty object must not pass"
    if "schema" in published["properties"]:
        assert published["properties"]["schema"]["const"] == f"huashu.{name}/1"


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_written_objects_fit_their_schema_key_by_key(path: Path) -> None:
    instance = json.loads(path.read_text(encoding="utf-8"))
    if path.stem == "prompt":
        instance = {**NEXT, "prompts": [instance]}
    name = "next" if path.stem == "prompt" else path.stem.split("-")[0]
    assert problems(name, instance, closed=True) == []


@pytest.mark.parametrize(("name", "instance"), [("next", NEXT), ("classify", CLASSIFY)])
def test_objects_of_other_rooms_fit(name: str, instance: Any) -> None:
    assert problems(name, instance, closed=True) == []


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("ack", {}),
        ("finding", FINDING),
        ("requirement", REPORT["requirements"][2]),
        ("procedure", PROCEDURE),
        ("prompt", prompt_object(PROMPT)),
        ("report", REPORT),
    ],
)
def test_events_carry_the_objects_of_the_report(kind: str, data: Any) -> None:
    assert problems("event", {**EVENT, "type": kind, "data": data}) == []


@pytest.mark.parametrize("kind", ["finding", "requirement", "procedure", "prompt", "report"])
def test_an_event_with_a_stranger_inside_is_refused(kind: str) -> None:
    assert problems("event", {**EVENT, "type": kind, "data": {"nothing": 1}})


@pytest.mark.parametrize(
    ("path", "value", "where"),
    [
        (("severity",), "grave", "$.severity"),
        (("how",), [], "$.how"),
        (("how",), ["guess"], "$.how[0]"),
        (("start",), -1, "$.start"),
        (("confidence",), 1.5, "$.confidence"),
        (("explanation",), {}, "$.explanation"),
    ],
)
def test_a_wrong_finding_is_refused_where_it_is_wrong(path: tuple[str, ...], value: Any, where: str) -> None:
    wrong = deepcopy(FINDING)
    wrong[path[0]] = value
    assert where in problems("finding", wrong)
    assert f"$.findings[0]{where[1:]}" in problems("report", {**REPORT, "findings": [wrong]})


def test_a_classification_always_decides() -> None:
    assert problems("classify", {**CLASSIFY, "intents": []}) == ["$.intents"]


def test_additions_are_allowed() -> None:
    assert problems("report", {**REPORT, "later": 1}) == []


def test_the_labels_are_those_of_the_model() -> None:
    turn = schema("report")["$defs"]["turn"]["properties"]
    assert turn["intents"]["items"]["properties"]["name"]["enum"] == list(INTENTS)
    assert schema("report")["$defs"]["emotion_label"]["enum"] == list(EMOTIONS)
    classify = schema("classify")
    assert classify["$defs"]["intent"]["enum"] == list(INTENTS)
    assert classify["properties"]["emotion"]["properties"]["label"]["enum"] == list(EMOTIONS)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="report"):
        schema("../report")
