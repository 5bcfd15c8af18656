"""Danger is answered before anything else, and what the product knows of itself is told as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.chat.advisor import Advisor, Asked
from assistant.chat.answers import certain
from assistant.chat.facts import danger, matter
from assistant.desk.definition import Rank
from assistant.review import appeal

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.chat.runtime import Answer

DANGERS = [
    ("孩子在店里摔伤了，第一步做什么", "hurt"),
    ("有人受伤了怎么处理", "hurt"),
    ("客户说老人晕倒了，我该怎么办", "hurt"),
    ("顾客喝了我们的奶中毒了", "hurt"),
    ("客户威胁要打人", "violence"),
    ("客户说要来砸店，怎么办", "violence"),
    ("他扬言要打死我同事，怎么应对", "violence"),
    ("客户已经报警了", "police"),
    ("客户报了警，接下来怎么接", "police"),
    ("警察来了怎么配合", "police"),
    ("客户要轻生怎么办", "suicide"),
    ("客户说“我不想活了”，怎么接", "suicide"),
    ("客户说他要跳楼", "suicide"),
    ("业主说家里着火了我该怎么回", "hazard"),
    ("有人困在电梯里怎么处理", "hazard"),
]
NO_DANGERS = [
    "“你去跳楼好了”能说吗",
    "漏电算什么级别",
    "“我都受伤了你们还拖”是什么情绪",
    "没有人受伤，只是东西坏了，怎么赔",
    "客户家的报警器坏了怎么办",
    "客户不报警就不给退款，怎么说",
    "客户很生气要退款怎么办",
    "客户威胁要曝光怎么办",
    "客户要打12315，怎么办",
    "客户说要打电话给经理，怎么接",
    "客户说要打折，怎么办",
    "来一个受伤的客户给我练练",
    "重要投诉几天要办完",
]
MATTERS = [
    ("申诉几天之内要提", "appeal", f"{appeal.WINDOW.days} 天内"),
    ("质检扣我分我不服，怎么申诉", "appeal", "我的通话"),
    ("我怎么申诉", "appeal", "我的通话"),
    ("质检合格线是多少分", "pass-mark", "合格 70 分起"),
    ("kappa多少算可以", "agreement", "0.667"),
    ("主管能批多少钱", "authority", "主管 1000 元"),
    ("坐席的赔偿额度是多少", "authority", "坐席 100 元"),
    ("回访打不通打几次", "tries", "最多打 3 次"),
    ("工单1现在什么情况", "case", "投诉台"),
    ("今天有几件投诉超时", "case", "投诉台"),
    ("我的课程什么时候截止", "courses", "课程"),
]
NO_MATTERS = [
    "客户说要申诉，我怎么安抚",
    "异动类工单几个工作日",
    "重要投诉几天要办完",
    "超时了谁批",
    "最近一通多少分",
    "客户问能退多少钱，怎么说",
    "客户说太贵了怎么办",
]


def told(answer: Answer) -> str:
    return "\n".join(said.text for said in answer.said)


@pytest.mark.parametrize(("question", "name"), DANGERS)
def test_danger_comes_first(question: str, name: str, advisor: Advisor, say: Callable[..., Answer]) -> None:
    found = danger(advisor.facts, question)
    assert found is not None
    assert found.id == name
    answer = say(question)
    assert answer.said[0].data["data"]["entries"] == [name]
    assert found.text in told(answer)
    assert "K-20" in told(answer)


@pytest.mark.parametrize("question", NO_DANGERS)
def test_what_tells_of_no_danger_is_answered_as_ever(question: str, advisor: Advisor) -> None:
    assert danger(advisor.facts, question) is None


def test_danger_breaks_out_of_the_question_which_call(say: Callable[..., Answer]) -> None:
    say("帮我给一通电话打分")
    assert "120" in told(say("孩子在店里摔伤了，第一步做什么"))


def test_a_sentence_to_check_is_still_checked(say: Callable[..., Answer]) -> None:
    say("帮我检查一句话")
    assert "不能这么说" in told(say("孩子摔伤了您自己没看好，该怎么办是您的事"))


def test_each_danger_sends_people_and_reports_and_says_nothing_banned(advisor: Advisor) -> None:
    for each in advisor.facts["dangers"]:
        assert "报" in each.text, each.id
        assert "高层" in each.text, each.id
        assert [line for line in each.phrases if advisor.check(line)] == []


@pytest.mark.parametrize(("question", "name", "part"), MATTERS)
def test_the_product_tells_of_itself(
    question: str, name: str, part: str, advisor: Advisor, say: Callable[..., Answer]
) -> None:
    found = matter(advisor.facts, question)
    assert found is not None
    assert found.id == name
    assert part in told(say(question))


@pytest.mark.parametrize("question", [*NO_MATTERS, *NO_DANGERS])
def test_other_matters_are_left_alone(question: str, advisor: Advisor) -> None:
    assert matter(advisor.facts, question) is None


def test_without_figures_the_page_is_named(advisor: Advisor) -> None:
    bare = Advisor(advisor.engine, advisor.guide, advisor.facts)
    reply = certain.certain(bare, Asked("主管能批多少钱", "ask_escalation", "x"))
    assert reply is not None
    assert "投诉台" in reply.text


def test_the_limits_are_those_of_the_house(advisor: Advisor) -> None:
    from dataclasses import fields

    assert {"title", "pay"} <= {each.name for each in fields(Rank)}
    values = {"ranks": "坐席 1 元"}
    house = Advisor(advisor.engine, advisor.guide, advisor.facts, product=lambda: values)
    reply = certain.own(house, Asked("坐席的额度是多少", "ask_escalation", "x"))
    assert reply is not None
    assert "坐席 1 元" in reply.text
