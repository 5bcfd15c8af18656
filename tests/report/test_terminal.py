from __future__ import annotations

import io
import os
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from report_samples import BARE, FULL, PROMPT, UNSCORABLE, finding, reports
from rich.cells import cell_len
from rich.console import Console

from assistant.errors import HuashuError, InputError
from assistant.model import Report, Speaker, Turn
from assistant.report.terminal import render_report, render_standing, render_summary

GOLDEN = Path(__file__).parent / "golden" / "report-full.txt"


def console(*, colour: bool = False, width: int = 100) -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    system = "truecolor" if colour else None
    return Console(file=stream, width=width, force_terminal=colour, color_system=system), stream  # type: ignore[arg-type]


def shown(report: Report, *, colour: bool = False, width: int = 100) -> str:
    target, stream = console(colour=colour, width=width)
    render_report(report, target)
    return stream.getvalue()


def test_report_without_colour_equals_its_golden_file() -> None:
    written = "\n".join(line.rstrip() for line in shown(FULL).splitlines()) + "\n"
    if os.environ.get("HUASHU_UPDATE_GOLDEN"):
        GOLDEN.write_text(written, encoding="utf-8")
    assert written == GOLDEN.read_text(encoding="utf-8")


def test_with_colour_words_are_underlined_and_need_no_brackets() -> None:
    text = shown(FULL, colour=True)
    assert "\x1b[" in text
    assert "‹" not in text


@given(reports())
@settings(max_examples=30, deadline=None)
def test_no_text_steers_the_terminal(report: Report) -> None:
    text = shown(report)
    assert text.encode("utf-8")
    assert {c for c in text if unicodedata.category(c) == "Cc"} <= {"\n"}
    assert not {"\u202e", "\u2066", "\u200f"} & set(text)


@pytest.mark.parametrize("width", [20, 40, 80])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(cell_len(line) for line in shown(FULL, width=width).splitlines()) <= width


def test_escape_sequences_are_shown_not_obeyed() -> None:
    text = shown(replace(BARE, turns=(Turn(0, Speaker.CUSTOMER, "\x1b[2J[red]你好[/red]"),)))
    assert "␛[2J[red]你好[/red]" in text


def test_a_fatal_item_and_an_unscorable_reason_are_named() -> None:
    assert "致命项：顶撞" in shown(FULL)
    assert "无法评分：没有坐席的话" in shown(UNSCORABLE)
    assert "未评分" in shown(BARE)


def test_findings_of_unknown_turns_are_not_lost() -> None:
    text = shown(replace(BARE, findings=(finding(9, 0, 1, message="没有这一轮"),)))
    assert "其他发现" in text
    assert "没有这一轮" in text


def summary(*outcomes: Report | HuashuError) -> str:
    target, stream = console()
    render_summary(outcomes, target)
    return stream.getvalue()


def test_summary_has_a_row_a_call_aligned_in_columns() -> None:
    lines = [line for line in summary(FULL, BARE, UNSCORABLE).splitlines() if line.strip()]
    assert len({cell_len(line) for line in lines}) == 1
    assert lines[2].split() == ["call-0001", "1001", "0", "不合格", "1", "1", "1", "1", "1"]
    assert lines[4].split()[1:3] == ["—", "无法评分"]


def test_summary_lists_what_could_not_be_read() -> None:
    assert "无法读取 a.txt:3: 编码不对" in summary(InputError("编码不对", path="a.txt", line=3))


def test_a_prompt_that_says_the_next_step_is_shown_once() -> None:
    target, stream = console()
    other = replace(
        PROMPT, id="p-2", kind="due", phrases=("请问还有其他需要吗？",), reason={"why": "还没有问"}
    )
    step = {"step": 2, "why": "还没有安抚", "phrases": list(PROMPT.phrases)}
    procedure = {"id": "P-SIX", "name": "六步", "steps": (), "next": step}
    render_standing("call", FULL.turns, [procedure], [PROMPT, other], target)
    assert stream.getvalue().count(PROMPT.phrases[0]) == 1
    assert "该说的还没说 还没有问" in stream.getvalue()
