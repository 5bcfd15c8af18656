"""CSV, TSV and workbooks: columns by their names, many calls in a file."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest

from assistant.errors import InputError
from assistant.ingest import ReadSettings, read_stream
from assistant.model import Conversation

Result = Conversation | InputError
HEADER = ["通话编号", "角色", "内容"]
ROWS = [["a", "客服", "您好"], ["a", "客户", "退货"], ["b", "客服", "您好,请讲"]]


def read(data: bytes, path: str) -> list[Result]:
    return list(read_stream(io.BytesIO(data), path=path))


def table(text: str, path: str = "t.csv") -> list[Result]:
    return read(text.encode(), path)


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(f"s{number}")
        for row in rows:
            sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def shapes(results: list[Result]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (call.id, [(str(turn.role), turn.text) for turn in call.turns])
        for call in results
        if isinstance(call, Conversation)
    ]


TWO_CALLS = [("a", [("agent", "您好"), ("customer", "退货")]), ("b", [("agent", "您好,请讲")])]


@pytest.mark.parametrize(
    "header",
    [
        "通话编号,角色,内容",
        "会话ID,说话人,文本",
        "conversation_id,role,text",
        "Call ID,Speaker,Content",
        '"session_id","sender","message"',
    ],
)
def test_header_names(header: str) -> None:
    assert shapes(table(f'{header}\na,客服,您好\na,客户,退货\nb,客服,"您好,请讲"\n')) == TWO_CALLS


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
@pytest.mark.parametrize("path", ["t.csv", "t.txt", "-"])
def test_other_delimiters_are_told_by_content(delimiter: str, path: str) -> None:
    text = "\n".join(delimiter.join(row) for row in [HEADER, *ROWS])
    assert shapes(table(text, path)) == TWO_CALLS


def test_interleaved_calls_come_in_the_order_they_begin() -> None:
    text = "id,role,text\nb,客服,一\na,客服,二\nb,客户,三\n"
    assert shapes(table(text)) == [("b", [("agent", "一"), ("customer", "三")]), ("a", [("agent", "二")])]


def test_call_data_and_times() -> None:
    text = (
        "通话编号,公司,客户姓名,工号,角色,内容,开始时间,结束时间\n"
        "a,云桥,王女士,8012,客服,您好,00:00:01,00:00:02.5\na,云桥,王女士,8012,客户,嗯,3,4\n"
    )
    (call,) = table(text)
    assert isinstance(call, Conversation)
    assert dict(call.meta) == {"company": "云桥", "customer": "王", "agent_id": "8012"}
    assert [(turn.agent_id, turn.start_s, turn.end_s) for turn in call.turns] == [
        ("8012", 1.0, 2.5),
        (None, 3.0, 4.0),
    ]


def test_milliseconds_in_a_column_without_unit() -> None:
    (call,) = table("角色,内容,开始,结束\n客服,您好请讲,1000,2500\n客户,嗯我要退货,3000,4000\n")
    assert isinstance(call, Conversation)
    assert [(turn.start_s, turn.end_s) for turn in call.turns] == [(1.0, 2.5), (3.0, 4.0)]


def test_a_table_without_header_is_read_by_its_role_words() -> None:
    assert shapes(table("a,客服,您好\na,客户,退货\nb,客服,您好请讲\n")) == [
        ("a", [("agent", "您好"), ("customer", "退货")]),
        ("b", [("agent", "您好请讲")]),
    ]


def test_a_row_may_hold_a_whole_dialogue() -> None:
    text = '编号,内容\na,"坐席:您好\n客户:退货"\nb,"坐席:在吗\n客户:在"\n'
    assert shapes(table(text)) == [
        ("a", [("agent", "您好"), ("customer", "退货")]),
        ("b", [("agent", "在吗"), ("customer", "在")]),
    ]


def test_no_column_of_utterances() -> None:
    (error,) = table("a,b\n1,2\n")
    assert isinstance(error, InputError)
    assert error.code == "no-header"
    assert "会话编号" in error.message


def test_a_cell_beyond_the_csv_bound() -> None:
    (error,) = table("role,text\n客服," + "长" * 200_000 + "\n")
    assert isinstance(error, InputError)
    assert (error.code, error.path) == ("csv", "t.csv")


def test_a_sentence_with_commas_is_no_table() -> None:
    assert shapes(table("坐席: 内容,时间,角色,都要写\n客户: 好", "t.txt"))[0][1][0] == (
        "agent",
        "内容,时间,角色,都要写",
    )


def test_workbook_with_a_title_row_merged_ids_and_a_cover_sheet() -> None:
    rows: list[list[Any]] = [
        ["九月通话", None, None],
        ["会话ID", "说话人", "文本"],
        [1001, "客服", "您好"],
        [None, "客户", 13800138000],
        [1002.0, "客服", "在吗"],
    ]
    assert shapes(read(workbook([["说明"]], rows), "x.xlsx")) == [
        ("1001", [("agent", "您好"), ("customer", "[手机号]")]),
        ("1002", [("agent", "在吗")]),
    ]


def test_workbook_times() -> None:
    moment = dt.datetime(2026, 11, 21, 10, 0, 5)  # noqa: DTZ001  as a workbook has it
    rows: list[list[Any]] = [
        ["角色", "内容", "时间"],
        ["客服", "您好", moment],
        ["客户", "嗯", moment + dt.timedelta(seconds=4)],
    ]
    (call,) = read(workbook(rows), "any.bin")
    assert isinstance(call, Conversation)
    assert [turn.start_s for turn in call.turns] == [0.0, 4.0]


@pytest.mark.parametrize("sheets", [[[]], [[], []]])
def test_an_empty_workbook(sheets: list[list[list[Any]]]) -> None:
    (error,) = read(workbook(*sheets), "x.xlsx")
    assert isinstance(error, InputError)
    assert error.code == "empty"


def test_damaged_workbooks() -> None:
    whole = workbook([HEADER, *ROWS])
    for data in (b"PK\x03\x04", whole[: len(whole) // 2]):
        (error,) = read(data, "x.xlsx")
        assert isinstance(error, InputError)
        assert error.code == "xlsx"


def test_a_workbook_that_unpacks_beyond_the_bound() -> None:
    data = workbook([HEADER, *([["a", "客服", "嗯" * 1_000]] * 200)])
    (error,) = read_stream(io.BytesIO(data), path="x.xlsx", settings=ReadSettings(max_file_bytes=20_000))
    assert isinstance(error, InputError)
    assert error.code == "too-large"
