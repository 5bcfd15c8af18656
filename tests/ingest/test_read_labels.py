"""Plain text whose roles are written in other ways than `role: text`; what stands above the first turn."""

from __future__ import annotations

import pytest

from assistant.ingest import read_text
from assistant.ingest.roles import voice
from assistant.model import Speaker

WANTED = [("agent", "您好,请讲"), ("customer", "我要退货"), ("agent", "好的")]


def said(text: str) -> list[tuple[str, str]]:
    return [(str(turn.role), turn.text) for turn in read_text(text).turns]


@pytest.mark.parametrize(
    ("agent", "customer"),
    [
        ("客服周敏:", "客户王先生:"),
        ("客服 周敏：", "客户 王先生："),
        ("客服-周敏：", "客户-欧阳女士："),
        ("坐席1001:", "客户:"),
        ("坐席 1001:", "客户:"),
        ("客服(3021):", "用户(尾号8812):"),
        ("周敏（客服）：", "王先生（客户）："),
        ("客服方敏：", "客户："),  # 方 begins words as well: the label comes again
        ("【客服】", "【客户】"),
        ("[客服] ", "[客户] "),
        ("[客服周敏] ", "[客户王先生] "),
        ("（客服）", "（客户）"),
        ("09:00:01 客服 ", "09:00:09 客户 "),
        ("[09:00:01] 客服 ", "[09:00:09] 客户 "),
        ("2026-11-08 09:00:01 客服小雨 ", "2026-11-08 09:00:05 客户 "),
        ("客服\t", "客户\t"),
        ("客服\t09:00:01\t", "客户\t09:00:05\t"),
        ("09:00:01\t客服\t", "09:00:05\t客户\t"),
        ("客服 ", "客户 "),
        ("客服　", "客户　"),
        ("客服\n", "客户\n"),
        ("客服:\n", "客户:\n"),
        ("1. 客服：", "2、客户："),
        ("\n客服1001\n", "\n客户\n"),
        ("09:00:01 客服\n", "09:00:05 客户\n"),
    ],
)
def test_labels(agent: str, customer: str) -> None:
    text = f"{agent}您好,请讲\n{customer}我要退货\n{agent}好的\n"
    assert said(text) == WANTED
    assert not any(turn.role_inferred for turn in read_text(text).turns)


def test_labels_with_the_number_of_the_agent() -> None:
    turns = read_text("【坐席1001】您好\n【客户】退货\n09:00:01 坐席1002 您好").turns
    assert [turn.agent_id for turn in turns] == ["1001", None, "1002"]


def test_times_before_a_label_and_a_space() -> None:
    turns = read_text("09:00:01 客服 您好\n09:00:05 客户 退货").turns
    assert [turn.start_s for turn in turns] == [0.0, 4.0]


def test_a_moment_in_a_line_of_its_own() -> None:
    turns = read_text("2026-11-08 10:12:33\n客服：您好\n2026-11-08 10:12:40\n客户：退货").turns
    assert [(turn.text, turn.start_s) for turn in turns] == [("您好", 0.0), ("退货", 7.0)]


@pytest.mark.parametrize(
    "line",
    [
        "2、客服：道歉",
        "客服说的不对：再查一下",
        "客户周末才在：晚点再打",
        "客服王敏说：这个不行",
        "客户马上来：等等",
        "客户范围很广：都行",
        "【会员日】全场五折",
        "客服 您好这两个字都没说",
        "客服",
    ],
)
def test_what_begins_like_a_label_and_is_none(line: str) -> None:
    assert said(f"坐席: 两种办法\n{line}\n客户: 好") == [("agent", f"两种办法\n{line}"), ("customer", "好")]


def test_a_number_behind_a_boxed_label_is_text() -> None:
    assert said("[客户] 100块\n[客服] 10:30 到的") == [("customer", "100块"), ("agent", "10:30 到的")]


@pytest.mark.parametrize(
    "first", ["客服：您好,请讲", "【客服】您好,请讲", "客服\t您好,请讲", "09:00:01 客服 您好,请讲"]
)
def test_head_lines_are_no_turns(first: str) -> None:
    head = "云桥通信录音转写\n坐席工号 1187\n通话时间 2026-11-08 10:12:33\n录音时长：00:03:12\n\n"
    call = read_text(f"{head}{first}\n客户：我要退货")
    assert [turn.text for turn in call.turns][:1] == ["您好,请讲"]
    assert call.meta["agent_id"] == "1187"
    assert call.meta["started_at"] == "2026-11-08 10:12:33"
    assert call.meta["录音时长"] == "00:03:12"


def test_speech_above_the_first_label_stays() -> None:
    assert said("您好,请问有什么可以帮您\n客户：我要退货")[0] == ("agent", "您好,请问有什么可以帮您")


def test_head_lines_are_masked() -> None:
    call = read_text("客户电话 13800138000\n王先生13800138001\n客服：您好")
    assert "138001380" not in str(dict(call.meta))
    assert [turn.text for turn in call.turns] == ["您好"]


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("客服周敏", Speaker.AGENT),
        ("客服-周敏", Speaker.AGENT),
        ("售后客服", Speaker.AGENT),
        ("客户经理", Speaker.AGENT),
        ("客户服务代表", Speaker.AGENT),
        ("客服机器人", Speaker.BOT),
        ("店小蜜", Speaker.BOT),
        ("小铺旗舰店:客服小雨", Speaker.AGENT),
        ("小铺旗舰店", Speaker.AGENT),
        ("小铺:小雨", Speaker.AGENT),
        ("买家:tb8812", Speaker.CUSTOMER),
        ("王女士@微信", Speaker.CUSTOMER),
        ("客户王先生", Speaker.CUSTOMER),
        ("王先生(客户)", Speaker.CUSTOMER),
        ("Customer Wang", Speaker.CUSTOMER),
        ("tb8812", None),
        ("spk:0", None),
        ("张三", None),
    ],
)
def test_names_that_tell_a_role(label: str, role: Speaker | None) -> None:
    assert voice(label).role is role
