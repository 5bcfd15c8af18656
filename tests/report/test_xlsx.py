from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import BARE, CHARACTERS, FULL, UNSCORABLE, finding, reports

from assistant.errors import HuashuError, InputError
from assistant.model import Report, Speaker, Turn
from assistant.report.xlsx import MAX_UNITS, cell_text, write_xlsx


def opened(*outcomes: Report | HuashuError, **options: Any) -> Any:
    stream = io.BytesIO()
    write_xlsx(outcomes, stream, **options)
    return openpyxl.load_workbook(stream)


def rows(sheet: Any) -> list[dict[str, Any]]:
    head, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


def test_one_row_a_call_a_finding_a_required_phrase() -> None:
    book = opened(FULL, BARE, UNSCORABLE)
    assert book.sheetnames == ["汇总", "发现", "评分项", "规范用语"]
    calls, findings, items, phrases = (rows(sheet) for sheet in book)
    assert [call["状态"] for call in calls] == ["已评分", "未评分", "无法评分"]
    assert (calls[0]["得分"], calls[0]["致命项"], calls[0]["未说"]) == (0, "顶撞", 1)
    assert calls[2]["原因"] == "没有坐席的话"
    assert [found["编号"] for found in findings] == [1, 2, 3, 4]
    assert (findings[0]["原句"], findings[0]["标出的词"]) == ("这个不是我办的，我不知道哦", "不是我办的")
    assert findings[2]["原句"] == "投诉嘛，你爱\n去哪投诉去哪投诉"
    assert findings[3]["标出的词"] is None
    assert phrases[2]["缺少"] == "感谢来电、欢迎再次拨打、再见"
    assert [each["评分项"] for each in items] == ["开头语", "结束语", "语气热情", "推卸责任", "顶撞客户"]
    assert (items[1]["得分"], items[1]["失分"], items[1]["发现编号"]) == (0, 7.88, "4")
    assert (items[2]["结果"], items[2]["失分"]) == ("待人工评", None)


def test_a_call_tells_its_file_its_card_and_its_customer() -> None:
    full, bare, _ = rows(opened(FULL, BARE, UNSCORABLE)["汇总"])
    told = ("评分表", "否决前得分", "不在评分项的发现", "投诉判断", "涉及安全", "文件")
    assert [full[name] for name in told] == [
        "hotline 3", 62.12, 1, "重要投诉", None, "recordings/call-0001.txt",
    ]  # fmt: skip
    assert [full[f"最强情绪{what}"] for what in ("", "轮次", "强度")] == ["不满", 1, 0.6]
    assert [bare[name] for name in told] == [None] * 6


def test_a_finding_of_nobody_in_particular_is_the_agents_of_the_call() -> None:
    turns = (Turn(0, Speaker.AGENT, "不知道"),)
    report = replace(BARE, turns=turns, findings=(finding(0, 0, 3),), meta={"agent_id": "8012"})
    assert [each["坐席"] for each in rows(opened(report)["发现"])] == ["8012"]


def test_heads_stay_in_sight_and_can_be_filtered() -> None:
    for sheet in opened(FULL):
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.column_dimensions["A"].width == 28


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")'])
def test_text_never_becomes_a_formula(text: str) -> None:
    report = replace(
        BARE, id=text, turns=(Turn(0, Speaker.AGENT, text),), findings=(finding(0, 0, 1, text=text),)
    )
    book = opened(report)
    for cell in (book["汇总"]["A2"], book["发现"]["J2"], book["发现"]["K2"]):
        assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


@given(reports())
@settings(max_examples=15, deadline=None)
def test_any_text_gives_a_workbook_that_opens(report: Report) -> None:
    book = opened(report, InputError(report.id, path=report.id))
    assert len(rows(book["发现"])) == len(report.findings)


@given(st.text(CHARACTERS))
def test_cells_hold_only_what_xml_can_carry(text: str) -> None:
    kept = cell_text(text)
    assert kept.encode("utf-8") is not None
    assert not [c for c in kept if (c < " " and c not in "\t\n\r") or c in "\ufffe\uffff"]


@pytest.mark.parametrize("text", ["字" * 40_000, "😀" * 20_000, "a😀" * 20_000])
def test_long_text_is_cut_to_what_a_cell_holds(text: str) -> None:
    kept = cell_text(text)
    assert len(kept.encode("utf-16-le")) // 2 <= MAX_UNITS
    assert kept.endswith("…")
    assert text.startswith(kept[:-1])


def test_text_that_just_fits_is_left_alone() -> None:
    assert cell_text("字" * MAX_UNITS) == "字" * MAX_UNITS


def test_a_full_sheet_is_continued() -> None:
    book = opened(FULL, max_rows=3)
    assert book.sheetnames == [
        "汇总", "发现", "发现 (2)", "评分项", "评分项 (2)", "评分项 (3)",
        "规范用语", "规范用语 (2)", "规范用语 (3)",
    ]  # fmt: skip
    assert [found["编号"] for name in ("发现", "发现 (2)") for found in rows(book[name])] == [1, 2, 3, 4]
    assert book["发现"].auto_filter.ref == "A1:Q3"


def test_inputs_that_could_not_be_read_have_their_own_sheet() -> None:
    assert rows(opened(InputError("编码不对", code="encoding", path="a.txt", line=3))["无法读取"]) == [
        {"文件": "a.txt", "行": 3, "代码": "encoding", "说明": "编码不对"}
    ]
