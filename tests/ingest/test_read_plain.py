"""Plain text with role prefixes, timestamps, events and call data."""

from __future__ import annotations

import pytest

from assistant.errors import InputError
from assistant.ingest import ReadSettings, read_text
from assistant.model import CallEvent, Speaker, Turn

AGENT_WORDS = ["坐席", "座席", "客服", "话务员", "agent", "Agent", "商家", "卖家", "話務員"]
CUSTOMER_WORDS = ["客户", "用户", "顾客", "customer", "CUSTOMER", "买家", "客戶"]


def roles(text: str) -> list[str]:
    return [str(turn.role) for turn in read_text(text).turns]


@pytest.mark.parametrize("colon", [":", "：", " : "])
@pytest.mark.parametrize("word", AGENT_WORDS + CUSTOMER_WORDS)
def test_role_words(word: str, colon: str) -> None:
    (turn,) = read_text(f"{word}{colon}您好,请讲").turns
    assert turn.role is (Speaker.AGENT if word in AGENT_WORDS else Speaker.CUSTOMER)
    assert turn.text == "您好,请讲"
    assert not turn.role_inferred


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("坐席 12.0-15.5: 您好", 12.0, 15.5),
        ("坐席 12-15: 您好", 12.0, 15.0),
        ("[00:00:12] 坐席: 您好", 12.0, None),
        ("00:12 坐席：您好", 12.0, None),
        ("[00:12.5 - 00:15.0] 坐席: 您好", 12.5, 15.0),
        ("坐席 (00:00:12): 您好", 12.0, None),
        ("坐席(8012) 12.0-15.5: 您好", 12.0, 15.5),
        ("坐席: 您好", None, None),
    ],
)
def test_timestamps(line: str, start: float | None, end: float | None) -> None:
    (turn,) = read_text(line).turns
    assert (turn.role, turn.text, turn.start_s, turn.end_s) == (Speaker.AGENT, "您好", start, end)


def test_dates_count_from_the_first_turn() -> None:
    turns = read_text("2026-11-21 10:00:05 客服小李: 您好\n2026-11-21 10:00:09 客户王先生: 你好").turns
    assert [(turn.role, turn.start_s) for turn in turns] == [("agent", 0.0), ("customer", 4.0)]


def test_times_of_the_day_count_from_the_first_turn() -> None:
    turns = read_text("10:00:05 客服: 您好\n10:00:09 客户: 你好").turns
    assert [turn.start_s for turn in turns] == [0.0, 4.0]


def test_chat_export_with_the_name_on_its_own_line() -> None:
    turns = read_text("客服小王 2026-11-21 10:00:05\n您好啊\n\n客户 2026-11-21 10:00:08\n嗯\n在吗").turns
    assert [(turn.role, turn.text, turn.start_s) for turn in turns] == [
        ("agent", "您好啊", 0.0),
        ("customer", "嗯\n在吗", 3.0),
    ]


def test_events_stand_where_the_text_has_them() -> None:
    items = read_text("坐席 8.0-11.0: 请稍等\n@12.0 hold\n客户 13.0-14.0: 好\n@40 接回 8012").items
    assert [type(item).__name__ for item in items] == ["Turn", "CallEvent", "Turn", "CallEvent"]
    assert items[1] == CallEvent("hold", 12.0)
    assert items[3] == CallEvent("resume", 40.0, "8012")


def test_agent_number_behind_the_role() -> None:
    assert [turn.agent_id for turn in read_text("坐席8012: 您好\n客户1: 好\n客服（A1234）: 嗯").turns] == [
        "8012",
        None,
        "A1234",
    ]


def test_call_data_above_the_turns() -> None:
    call = read_text("通话编号: c-1\n公司：云桥通信\n工号: 8012\n客户姓名: 王女士\n渠道: 回访\n\n坐席: 您好")
    assert (call.id, call.channel) == ("c-1", "callback")
    assert dict(call.meta) == {"company": "云桥通信", "agent_id": "8012", "customer": "王"}
    assert len(call.turns) == 1


def test_a_sentence_with_a_colon_is_no_prefix() -> None:
    assert [turn.text for turn in read_text("坐席: 两种办法\n客服说的不对：再查一下").turns] == [
        "两种办法\n客服说的不对：再查一下"
    ]


def test_names_instead_of_roles_are_told_apart_by_content() -> None:
    call = read_text("张三：我的快递呢\n李四：请稍等,我帮您查一下\n张三：快点")
    assert [(turn.role, turn.role_inferred) for turn in call.turns] == [
        ("customer", True),
        ("agent", True),
        ("customer", True),
    ]


def test_text_without_any_prefix() -> None:
    assert roles("您好,工号8012为您服务\n我的快递怎么还没到\n请稍等\n好的") == [
        "agent",
        "customer",
        "agent",
        "customer",
    ]


def test_private_data_are_masked_and_indexed() -> None:
    (turn,) = read_text("客户: 打我13800138000").turns
    assert turn.text == "打我[手机号]"
    assert [(one.type, one.start, one.end, one.tail) for one in turn.masks] == [("phone", 2, 7, "8000")]


def test_turns_are_numbered_without_gaps() -> None:
    call = read_text("坐席:\n客户: 在吗\n坐席:   \n坐席: 在的")
    assert [(turn.index, turn.text) for turn in call.turns] == [(0, "在吗"), (1, "在的")]


@pytest.mark.parametrize("text", ["", "  \n\t", "\ufeff\x00"])
def test_nothing_said_is_an_error(text: str) -> None:
    with pytest.raises(InputError, match="no utterance") as caught:
        read_text(text)
    assert caught.value.code == "no-turns"


def test_too_many_turns() -> None:
    with pytest.raises(InputError) as caught:
        read_text("坐席: 嗯\n" * 11, settings=ReadSettings(max_turns=10))
    assert caught.value.code == "too-many-turns"


def test_shop_words_name_the_channel() -> None:
    assert read_text("买家: 在吗\n卖家: 亲,在的").channel == "ecommerce"


def test_carriage_returns_end_lines_and_line_separators_dont() -> None:
    turns: tuple[Turn, ...] = read_text("坐席: 您\u2028好\r客户: 嗯\r\n坐席: 好\x85的").turns
    assert [turn.text for turn in turns] == ["您\u2028好", "嗯", "好\x85的"]
