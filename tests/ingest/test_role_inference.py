"""Roles from content."""

from __future__ import annotations

import pytest

from assistant.ingest.inference import agentness, infer_roles
from assistant.model import Speaker

A, C = Speaker.AGENT, Speaker.CUSTOMER


@pytest.mark.parametrize(
    "text",
    [
        "您好,云桥通信,工号8012为您服务",
        "请问有什么可以帮到您",
        "麻烦您稍等,我帮您查一下",
        "請稍等,為您查詢",
        "请您放心",
    ],
)
def test_agent_wordings(text: str) -> None:
    assert agentness(text) > 0


@pytest.mark.parametrize(
    "text", ["我要投诉你们", "我的快递怎么还没到", "什么时候能退款", "你們怎麼回事", "喂,帮我查一下"]
)
def test_customer_wordings(text: str) -> None:
    assert agentness(text) < 0


def test_labels_share_a_role() -> None:
    texts = ["喂", "您好,请问有什么可以帮您", "我的宽带断了", "好的", "嗯"]
    assert infer_roles(["1", "0", "1", "0", "1"], texts, [None] * 5) == [C, A, C, A, C]


def test_the_first_voice_is_the_agent_where_nothing_tells() -> None:
    assert infer_roles(["x", "y"], ["啊", "啊"], [None, None]) == [A, C]


def test_one_known_role_gives_the_other() -> None:
    assert infer_roles([None, "x"], ["在吗", "在的"], [C, None]) == [C, A]
    assert infer_roles([None, "x"], ["在吗", "在的"], [A, None]) == [A, C]


def test_a_second_agent_after_a_transfer() -> None:
    texts = ["您好,请问有什么可以帮您", "我要查话费,你们多扣了", "您好,工号8013为您服务,我帮您核实"]
    assert infer_roles(["0", "1", "2"], texts, [None] * 3) == [A, C, A]


def test_a_voice_menu_is_a_bot() -> None:
    texts = ["普通话服务请按1,人工服务请按0", "您好,工号8012为您服务", "我要退货"]
    assert infer_roles(["0", "1", "2"], texts, [None] * 3) == [Speaker.BOT, A, C]


def test_without_labels_a_turn_answers_the_one_before() -> None:
    texts = ["您好,请问有什么可以帮您", "啊", "啊", "我要退货"]
    assert infer_roles([None] * 4, texts, [None] * 4) == [A, C, A, C]
