"""Role-play and quiz inside the conversation, turn by turn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from passes_of_tests import SECRET

from assistant.bootstrap import load_advisor, load_chat
from assistant.chat.advisor import Asked
from assistant.chat.answers import learning
from assistant.chat.passes import KEY, signed
from assistant.settings import Settings
from assistant.store.database import open_store
from assistant.store.quiz import cards

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.chat.advisor import Advisor
    from assistant.chat.runtime import Answer


def told(answer: Answer) -> str:
    return "\n".join(said.text for said in answer.said)


def kind(answer: Answer) -> str:
    custom = answer.said[-1].data
    return str(custom.get("data", custom).get("kind"))


def test_what_is_said_in_a_role_play_goes_to_the_customer(say: Callable[..., Answer]) -> None:
    assert "【对练】" in told(say("练一下快递的场景", seed=3))
    for line in ("您好，请问有什么可以帮您", "忌语有哪些", "好的", "不用了"):
        assert told(say(line)).startswith("客户："), line
    assert told(say("给点提示")).startswith("提示（扣 2 分）：")
    debrief = say("结束练习")
    assert "【复盘】" in told(debrief)
    assert kind(debrief) == "debrief"
    assert "B-1" in told(say("忌语有哪些"))


def test_a_role_play_ends_with_its_call(say: Callable[..., Answer]) -> None:
    say("练一下快递的场景", seed=3)
    for _ in range(12):
        answer = say("随便你，爱投诉不投诉")
        if "【复盘】" in told(answer):
            break
    assert kind(answer) == "debrief"
    assert answer.actions == ("practice_form", "action_practice_turn")
    assert "现在没有正在进行的练习" in told(say("结束练习"))


def test_a_role_play_goes_on_from_its_record_alone(advisor: Advisor) -> None:
    practice = advisor.practice
    assert practice is not None
    begun = practice.start("one", "express-signed", 7)
    here = practice.say("one", begun["record"], "您好，请问有什么可以帮您？")
    elsewhere = practice.say("another process", begun["record"], "您好，请问有什么可以帮您？")
    assert here == elsewhere
    first, second = (
        practice.say(sender, here["record"], "让您受委屈了，我来查，您报一下单号好吗？")
        for sender in ("one", "a third")
    )
    assert first == second


@pytest.mark.parametrize(
    ("words", "trade"),
    [("练退款", "shop"), ("停车场的", "parking"), ("express-signed", "express"), ("物业", "property")],
)
def test_a_scenario_is_named_by_its_trade_or_id(advisor: Advisor, words: str, trade: str) -> None:
    assert advisor.practice is not None
    assert str(advisor.practice.named(words)).startswith(trade)


def test_no_scenario_is_named_by_chance(advisor: Advisor) -> None:
    assert advisor.practice is not None
    assert advisor.practice.named("我想练一下") is None


def test_a_quiz_judges_explains_and_goes_on(say: Callable[..., Answer]) -> None:
    first = say("考考我忌语", seed=5)
    assert "第 1 题（服务忌语" in told(first)
    answered = say("ABCD" if "多选" in told(first) else "1A" if "找错" in told(first) else "A")
    assert re.match("答对了|答错了，正确答案", told(answered))
    assert "第 2 题" in told(answered)
    assert "没看懂这个答案" in told(say("嗯嗯嗯嗯嗯1x"))
    assert "答了 1 题" in told(say("不做了"))


def test_a_right_answer_is_right(advisor: Advisor) -> None:
    quiz = advisor.quiz
    assert quiz is not None
    for seed in range(12):
        standing = quiz.ask(None, "", None, str(seed))
        assert standing is not None
        answer = judged(advisor, standing)["answer"]
        given = re.sub("“(.*?)”，(.*)", "", answer) or None
        if given is not None:
            assert judged(advisor, standing, given)["right"], standing["item"]


def judged(advisor: Advisor, standing: Any, given: str | None = None) -> Any:
    assert advisor.quiz is not None
    tried = [given] if given else ["A", "AB", "ABC", "ABCD", "ABCDE", "ABCDEF", "1A", "无；无", "无；无；无"]
    return next(found for text in tried if (found := advisor.quiz.judge(None, standing, text)) is not None)


def test_answers_count_for_the_learner_the_pass_names(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'quiz.db'}")
    try:
        advisor = load_advisor(Settings(), store=store, secret=SECRET)
        runtime = load_chat(Settings(), advisor)
        metadata = {KEY: signed(SECRET, "3056", "agent", "3056"), "seed": 1}
        runtime.answer("x", "考考我忌语", metadata)
        for text in ("A", "1A", "AB", "不做了"):
            runtime.answer("x", text, metadata)
        assert sum(card.answered for card in store.read(lambda it: cards(it, "3056")).values()) >= 1
    finally:
        store.close()


def test_without_rooms_it_says_so(advisor: Advisor) -> None:
    bare = type(advisor)(advisor.engine, advisor.guide, advisor.facts)
    asked = Asked("考考我", "start_quiz", "x")
    assert "没有装题库" in learning.start_quiz(bare, asked).text
    assert "没有装对练模块" in learning.start_practice(bare, asked).text
    assert learning.take_scenario(bare, asked).slots == {"scenario": learning.ANY}
    assert "没有在练" in learning.hint(bare, asked).text
