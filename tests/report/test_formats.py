from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import openpyxl
import pytest
from hypothesis import given, settings
from report_samples import BARE, FULL, UNSCORABLE, reports

from assistant.errors import HuashuError, InputError, UsageError
from assistant.report import FORMATS, outcome_object, write_reports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from assistant.model import Report

ERROR = InputError("编码不对", code="encoding", path="a.txt")
OUTCOMES: tuple[Report | HuashuError, ...] = (FULL, ERROR, UNSCORABLE)


def written(format_name: str, *outcomes: Report | HuashuError) -> str:
    stream = io.StringIO()
    write_reports(outcomes, format_name, stream)
    return stream.getvalue()


def test_the_formats_are_those_of_the_command_line() -> None:
    assert list(FORMATS) == ["text", "json", "jsonl", "html", "xlsx"]


@pytest.mark.parametrize("outcomes", [(), (FULL,), OUTCOMES], ids=len)
def test_json_is_always_an_array_in_input_order(outcomes: tuple[Report | HuashuError, ...]) -> None:
    assert json.loads(written("json", *outcomes)) == json.loads(
        json.dumps([outcome_object(outcome) for outcome in outcomes])
    )


def test_jsonl_has_one_object_a_line_and_errors_in_their_place() -> None:
    lines = written("jsonl", *OUTCOMES).split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["schema"] for line in lines] == [
        "huashu.report/1",
        "huashu.error/1",
        "huashu.report/1",
    ]


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_json_is_written_while_reports_still_come(name: str) -> None:
    stream = io.StringIO()
    seen: list[int] = []

    def coming() -> Iterator[Report]:
        for report in (FULL, BARE, UNSCORABLE):
            seen.append(stream.getvalue().count("huashu.report/1"))
            yield report

    write_reports(coming(), name, stream)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_goes_to_a_path(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"报告{FORMATS[name].suffix}"
    write_reports(OUTCOMES, name, str(path))
    data = path.read_bytes()
    assert b"\r\n" not in data or name == "xlsx"
    if name == "xlsx":
        assert openpyxl.load_workbook(path).sheetnames[0] == "汇总"
    else:
        assert "call-0001" in data.decode("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_goes_to_bytes(name: str) -> None:
    stream = io.BytesIO()
    write_reports([FULL], name, stream)
    assert len(stream.getvalue()) > 500
    assert not stream.closed


@pytest.mark.parametrize("name", ["json", "jsonl", "html"])
def test_data_is_utf8_whatever_the_stream_says(name: str) -> None:
    beneath = io.BytesIO()
    stream = io.TextIOWrapper(beneath, encoding="ascii")
    write_reports([FULL], name, stream)
    assert "不是我办的" in beneath.getvalue().decode("utf-8")
    stream.close()


def test_text_survives_a_stream_that_lacks_its_characters() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="gbk")
    write_reports([FULL], "text", stream)
    stream.flush()
    assert "不是我办的" in stream.buffer.getvalue().decode("gbk")
    stream.close()


def test_a_workbook_uses_the_bytes_beneath_a_text_stream() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    write_reports([FULL], "xlsx", stream)
    assert stream.buffer.getvalue().startswith(b"PK")
    stream.close()


def test_a_workbook_needs_bytes() -> None:
    with pytest.raises(UsageError, match="-o"):
        write_reports([FULL], "xlsx", io.StringIO())


def test_unknown_formats_and_paths_are_named() -> None:
    with pytest.raises(UsageError, match="pdf"):
        write_reports([], "pdf", io.StringIO())
    with pytest.raises(InputError) as caught:
        write_reports([], "json", "/nowhere/at/all.json")
    assert caught.value.path == "/nowhere/at/all.json"


def test_text_shows_one_call_in_full_and_several_as_a_table() -> None:
    assert "通话记录" in written("text", FULL)
    several = written("text", FULL, BARE)
    assert "通话记录" not in several
    assert "call-0002" in several


def test_text_in_detail_on_request() -> None:
    stream = io.StringIO()
    write_reports([FULL, BARE], "text", stream, detail="full", width=60)
    assert stream.getvalue().count("通话记录") == 2
    stream = io.StringIO()
    write_reports([FULL], "text", stream, detail="summary")
    assert "通话记录" not in stream.getvalue()


def test_text_in_a_pipe_has_no_control_codes() -> None:
    assert "\x1b" not in written("text", *OUTCOMES)


@given(reports())
@settings(max_examples=10, deadline=None)
def test_arbitrary_text_crashes_no_format(report: Report) -> None:
    for name in FORMATS:
        stream = io.BytesIO()
        write_reports([report, InputError(report.id, path=report.id)], name, stream)
        assert stream.getvalue()


def test_the_wire_format_needs_no_heavy_library() -> None:
    code = (
        "import sys, assistant.report as r; r.schema('report'); r.dumps({});"
        "print(sorted({'rich', 'openpyxl', 'jinja2', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
