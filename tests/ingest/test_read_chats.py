"""Chat exports: who and when in a line of its own, what was written beneath."""

from __future__ import annotations

import io

import pytest

from assistant.ingest import read_stream
from assistant.model import Conversation

AGENT, CUSTOMER = "小铺旗舰店:客服小雨", "tb8812345"
SAID = ["亲,在的呢", "什么时候发货\n等很久了", "今天就发哦", "好吧"]


def read(text: str) -> Conversation:
    (call,) = read_stream(io.BytesIO(text.encode()), path="c.txt")
    assert isinstance(call, Conversation), call
    return call


def export(line: str, agent: str = AGENT, customer: str = CUSTOMER) -> str:
    """Write the chat with `line` (of nick and second) above each message."""
    heads = [line.format(nick=(agent, customer)[n % 2], s=33 + n) for n in range(4)]
    return "".join(f"{head}\n{text}\n\n" for head, text in zip(heads, SAID, strict=True))


@pytest.mark.parametrize(
    "line",
    [
        "{nick}  2026-11-08 10:12:{s}",
        "{nick} (2026-11-08 10:12:{s}):",
        "{nick} 2026/11/8 10:12:{s}",
        "{nick}\t2026年11月8日 10:12:{s}",
        "{nick} 11-08 10:12:{s}",
        "{nick} 10:12:{s}",
        "2026-11-08 10:12:{s} {nick}",
        "2026-11-08 10:12:{s} {nick}(12345678)",
        "[2026-11-08 10:12:{s}] {nick}:",
    ],
)
@pytest.mark.parametrize(
    ("agent", "customer"),
    [
        (AGENT, CUSTOMER),
        ("小铺:小雨", "爱吃鱼的猫"),
        ("客服小雨", CUSTOMER),
        ("云桥售后", "阿明@微信"),
        ("小雨", CUSTOMER),  # neither says who it is: told by what they write
    ],
)
def test_who_and_when_above_the_message(line: str, agent: str, customer: str) -> None:
    turns = read(export(line, agent, customer)).turns
    assert [(str(turn.role), turn.text) for turn in turns] == list(
        zip(["agent", "customer"] * 2, SAID, strict=True)
    )
    assert [turn.start_s for turn in turns] == [0.0, 1.0, 2.0, 3.0]


def test_what_the_name_says_is_not_inferred() -> None:
    call = read(export("{nick}  2026-11-08 10:12:{s}"))
    assert [turn.role_inferred for turn in call.turns] == [False, True, False, True]
    assert call.channel == "ecommerce"


def test_messages_in_the_line_of_the_name() -> None:
    text = f"{AGENT} (10:12:33): 在的\n{CUSTOMER} (10:12:40): 退货\n{AGENT} (10:12:44): 好\n"
    assert [(str(t.role), t.text) for t in read(text).turns] == [
        ("agent", "在的"),
        ("customer", "退货"),
        ("agent", "好"),
    ]


def test_the_head_of_a_qq_export() -> None:
    ruler = "=" * 40
    head = "消息记录（此消息记录为文本格式）\n\n"
    head += f"{ruler}\n消息分组:我的好友\n{ruler}\n消息对象:小雨\n{ruler}\n\n"
    call = read(head + export("2026-11-08 10:12:{s} {nick}"))
    assert [turn.text for turn in call.turns] == SAID


def test_a_single_message() -> None:
    (turn,) = read(f"{AGENT}  2026-11-08 10:12:33\n亲,在的呢\n").turns
    assert (turn.role, turn.text) == ("agent", "亲,在的呢")


def test_a_time_at_the_end_of_a_sentence_is_no_head() -> None:
    text = "客服: 您好\n客户: 我昨天打的\n大概 10:30\n又打了 11:30\n客服: 好的"
    assert [turn.text for turn in read(text).turns] == [
        "您好",
        "我昨天打的\n大概 10:30\n又打了 11:30",
        "好的",
    ]


def test_nicks_are_not_written_anywhere() -> None:
    call = read(export("{nick}  2026-11-08 10:12:{s}", customer="13800138000"))
    assert "13800138000" not in repr(call)


def test_each_says_one_thing() -> None:
    text = "小铺旗舰店:小雨  2026-11-08 10:12:33\n在的\n\ntb8812  2026-11-08 10:13:01\n客服：怎么不发货\n"
    text += "\n店小蜜  2026-11-08 10:13:05\n自动回复：稍等\n"
    assert [(str(turn.role), turn.text) for turn in read(text).turns] == [
        ("agent", "在的"),
        ("customer", "客服：怎么不发货"),
        ("bot", "自动回复：稍等"),
    ]
