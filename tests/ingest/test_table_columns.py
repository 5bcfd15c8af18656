"""Which column is which where the header doesn't say it in our words."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from assistant.errors import InputError
from assistant.ingest import GUESSED, read_stream
from assistant.model import Conversation

ROWS = [
    "a,2026-11-08 10:00:00,客服,您好请问有什么可以帮您,周敏",
    "a,2026-11-08 10:00:05,客户,我要退货,周敏",
    "b,2026-11-08 11:00:00,客服,您好请讲,周敏",
    "b,2026-11-08 11:00:09,客户,套餐怎么取消啊,周敏",
]
WANTED = [
    ("a", [("agent", "您好请问有什么可以帮您", 0.0), ("customer", "我要退货", 5.0)]),
    ("b", [("agent", "您好请讲", 0.0), ("customer", "套餐怎么取消啊", 9.0)]),
]


def read(data: bytes, path: str = "t.csv") -> list[Conversation | InputError]:
    return list(read_stream(io.BytesIO(data), path=path))


def shapes(text: str, path: str = "t.csv") -> list[tuple[str, list[tuple[str, str, float | None]]]]:
    calls = read(text.encode(), path)
    assert all(isinstance(call, Conversation) for call in calls), calls
    return [
        (call.id, [(str(turn.role), turn.text, turn.start_s) for turn in call.turns])
        for call in calls
        if isinstance(call, Conversation)
    ]


def code(text: str, path: str = "t.csv") -> str:
    (error,) = read(text.encode(), path)
    assert isinstance(error, InputError), error
    return error.code


TEXT_NAMES = (
    "话术内容 转写结果 语句 识别结果 说话内容 消息内容 文本内容 ASR结果 ASR文本 原文 对话文本 录音文本 "
    "转写文字 话术 客户及坐席对话内容"
)
ROLE_NAMES = (
    "发言人 角色 说话人 发言角色 说话角色 讲话者 发送人昵称 发送方昵称 发送者类型 消息来源 角色类型 channel"
)
TIME_NAMES = "时间 发言时间 消息时间 发送时间 说话时间 开始时间(s) 起始时刻 创建时间"
ID_NAMES = (
    "会话ID 录音文件名 呼叫流水 通话ID 工单号 流水号 录音流水号 会话标识 通话唯一标识 call_uuid 录音文件"
)


@pytest.mark.parametrize("name", [*TEXT_NAMES.split(), "客服与客户都说了什么", "col4", "F"])
@pytest.mark.parametrize("path", ["t.csv", "t.txt"])
def test_names_of_the_text(name: str, path: str) -> None:
    assert shapes("\n".join([f"会话ID,时间,发言人,{name},坐席姓名", *ROWS]), path) == WANTED


@pytest.mark.parametrize("name", [*ROLE_NAMES.split(), "who"])
def test_names_of_the_role(name: str) -> None:
    assert shapes("\n".join([f"会话ID,时间,{name},话术内容,坐席姓名", *ROWS])) == WANTED


@pytest.mark.parametrize("name", TIME_NAMES.split())
def test_names_of_the_time(name: str) -> None:
    assert shapes("\n".join([f"会话ID,{name},发言人,话术内容,坐席姓名", *ROWS])) == WANTED


@pytest.mark.parametrize("name", ID_NAMES.split())
def test_names_of_the_call(name: str) -> None:
    assert shapes("\n".join([f"{name},时间,发言人,话术内容,坐席姓名", *ROWS])) == WANTED


def test_workbooks_too() -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["质检导出"])
    for line in ["会话ID,时间,发言人,这一句,坐席姓名", *ROWS]:
        book.worksheets[0].append(line.split(","))
    data = io.BytesIO()
    book.save(data)
    calls = [call for call in read(data.getvalue(), "x.xlsx") if isinstance(call, Conversation)]
    assert [[turn.text for turn in call.turns] for call in calls] == [
        [text for _, text, _ in turns] for _, turns in WANTED
    ]


def test_no_name_is_known_but_the_cells_tell() -> None:
    text = "\n".join(["甲,乙,丙,丁,戊", *ROWS])
    assert [[turn[:2] for turn in turns] for _, turns in shapes(text)] == [
        [turn[:2] for turn in turns] for _, turns in WANTED
    ]


def test_guesses_are_said() -> None:
    (call, *_) = read("\n".join(["会话ID,时间,发言人,这一句,坐席姓名", *ROWS]).encode())
    assert isinstance(call, Conversation)
    assert call.meta[GUESSED] == "text: 这一句"
    assert call.meta["agent_name"] == "周敏"
    (call, *_) = read("\n".join(["会话ID,时间,发言人,话术内容,坐席姓名", *ROWS]).encode())
    assert isinstance(call, Conversation)
    assert GUESSED not in call.meta


def test_without_a_role_column_roles_are_inferred() -> None:
    (call,) = read("录音文件名,转写结果\n8812.wav,您好请问有什么可以帮您\n8812.wav,我要退货\n".encode())
    assert isinstance(call, Conversation)
    assert [(str(turn.role), turn.role_inferred) for turn in call.turns] == [
        ("agent", True),
        ("customer", True),
    ]


def test_role_cells_with_names() -> None:
    text = (
        "会话ID,发言人,语句\na,客服周敏,您好\na,客户王先生,退货\nb,小铺旗舰店:客服小雨,在的\nb,tb8812,退货\n"
    )
    assert [[turn[0] for turn in turns] for _, turns in shapes(text)] == [["agent", "customer"]] * 2


def test_a_time_column_is_never_the_text() -> None:
    rows = "a,2026-11-08 10:00:00,客服,1187\na,2026-11-08 10:00:05,客户,1188\n"
    assert code("会话ID,时间,发言人,编码\n" + rows) == "no-header"
    assert code("会话ID,时间,发言人\na,2026-11-08 10:00:00,客服\n") == "no-header"
    assert code("a,2026-11-08 10:00:00,客服\nb,2026-11-08 10:00:09,客户\n") == "no-header"
    assert code("甲,乙\n2026-11-08 10:00:00,客服\n2026-11-08 10:00:09,客户\n") == "no-header"


@pytest.mark.parametrize("header", ["序号,通话ID,角色,内容", "编号,会话ID,角色,内容", "编号,会话,角色,内容"])
def test_a_row_number_is_no_call(header: str) -> None:
    text = f"{header}\n1,a,客服,您好\n2,a,客户,退货\n3,b,客服,您好请讲\n"
    assert [(one, len(turns)) for one, turns in shapes(text)] == [("a", 2), ("b", 1)]


def test_a_row_number_alone_is_no_call() -> None:
    assert [len(turns) for _, turns in shapes("编号,角色,内容\n1,客服,您好\n2,客户,退货\n3,客服,好\n")] == [3]


def test_the_column_with_role_words_is_the_role() -> None:
    text = "会话ID,发送人,角色,内容\na,周敏,客服,您好\na,阿明,客户,退货\n"
    assert [[turn[0] for turn in turns] for _, turns in shapes(text)] == [["agent", "customer"]]


def test_a_repeated_header_is_no_turn() -> None:
    text = "会话ID,角色,话术内容\na,客服,您好\n会话ID,角色,话术内容\na,客户,退货\n"
    assert [len(turns) for _, turns in shapes(text)] == [2]


def test_results_and_remarks_are_not_the_text() -> None:
    text = "会话ID,角色,质检结果,这一句,备注\na,客服,合格合格合格合格合格,您好,没有什么要说的话了\n"
    text += "a,客户,合格,退货,无\n"
    assert [[turn[1] for turn in turns] for _, turns in shapes(text)] == [["您好", "退货"]]


def test_the_name_of_a_recording_is_masked() -> None:
    (call,) = read("录音文件名,角色,内容\n20261108_13800138000.wav,客服,您好\n".encode())
    assert isinstance(call, Conversation)
    assert "13800138000" not in call.id
    text = "录音文件名,角色,内容\n13800138000.wav,客服,您好\n13800138001.wav,客服,您好\n"
    assert len({name for name, _ in shapes(text)}) == 2


def test_a_table_suffix_with_plain_lines() -> None:
    assert shapes("客服：您好，请讲\n客户：我要,退货\n") == [
        ("t", [("agent", "您好，请讲", None), ("customer", "我要,退货", None)])
    ]


def test_a_remark_sheet_is_no_call(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["说明", "本表由系统导出"], ["时间", "2026年11月"], ["联系人", "请找质检部门的同事"]):
        book.worksheets[0].append(row)
    sheet = book.create_sheet("calls")
    for line in ["会话ID,时间,发言人,话术内容,坐席姓名", *ROWS]:
        sheet.append(line.split(","))
    book.save(tmp_path / "x.xlsx")
    calls = read((tmp_path / "x.xlsx").read_bytes(), "x.xlsx")
    assert [call.id for call in calls if isinstance(call, Conversation)] == ["a", "b"]


def test_commas_nobody_has_quoted() -> None:
    text = "会话ID,角色,转写结果\na,客服,您好,请讲,我听着\na,客户,退货\n"
    assert [[turn[1] for turn in turns] for _, turns in shapes(text)] == [["您好,请讲,我听着", "退货"]]
