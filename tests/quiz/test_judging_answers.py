"""Judging answers, and choosing what comes next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.quiz import Card, choose
from assistant.quiz.definition import Item
from assistant.quiz.memory import reviewed
from assistant.quiz.selection import by_topic

if TYPE_CHECKING:
    from assistant.quiz import Bank

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def fill(question: str, *blanks: tuple[str, ...]) -> Item:
    return Item("sample.fill", "sample", "fill", question, ("K-20",), 1, "", blanks=blanks)


def item(name: str, topic: str = "first", difficulty: int = 1) -> Item:
    return Item(name, topic, "single", "", ("K-20",), difficulty, "", right=("是",), wrong=("否", "不知道"))


@pytest.mark.parametrize(
    ("given_answer", "right"),
    [
        ("3", True),
        ("３", True),
        ("三", True),
        (" 3 ", True),
        ("3天", True),
        ("三天内", True),
        ("在3天", True),
        ("3小时", False),
        ("13", False),
        ("30", False),
        ("0.3", False),
        ("", False),
    ],
)
def test_a_blank_takes_a_number_however_it_is_written(bank: Bank, given_answer: str, right: bool) -> None:
    asked = fill("重要投诉要在____天内处理完毕。", ("3",))
    assert bank.judge(asked, [given_answer]).right is right


@pytest.mark.parametrize("written", ["两", "二", "2", "２"])
def test_two_is_two(bank: Bank, written: str) -> None:
    assert bank.judge(fill("____天内解决。", ("2",)), [written]).right


def test_a_share_may_carry_its_sign(bank: Bank) -> None:
    asked = fill("不低于____%。", ("85",))
    for written in ("85", "85%", "８５％", "百分之八十五", "八十五"):
        assert bank.judge(asked, [written]).right, written
    assert not bank.judge(asked, ["8.5%"]).right


def test_words_have_variants_and_signs_do_not_count(bank: Bank) -> None:
    asked = fill("“谢谢，____。”", ("这是我们应该做的", "这是我应该做的"))
    for written in ("這是我們應該做的", "这是我们应该做的。", "这是我应该做的"):
        assert bank.judge(asked, [written]).right, written
    assert not bank.judge(asked, ["不客气"]).right


def test_every_blank_is_told_apart(bank: Bank) -> None:
    asked = fill("____天，____天。", ("3",), ("7",))
    assert bank.judge(asked, ["3", "7"]).parts == (True, True)
    assert bank.judge(asked, ["3", "5"]).parts == (True, False)
    assert bank.judge(asked, ["3"]).parts == (True, False)
    assert not bank.judge(asked, ["7", "3"]).right


def test_choices_and_orders_are_exact(bank: Bank) -> None:
    several = replace(item("a.b"), kind="multiple", right=("甲", "乙"), wrong=("丙",))
    assert bank.judge(several, ["乙", "甲"]).right
    for wrong in (["甲"], ["甲", "乙", "丙"], ["甲", "甲"]):
        assert not bank.judge(several, wrong).right
    steps = replace(item("a.c"), kind="order", right=("一", "二", "三"), wrong=())
    assert bank.judge(steps, ["一", "二", "三"]).right
    assert not bank.judge(steps, ["一", "三", "二"]).right


def test_a_fault_wants_the_words_and_the_rule(bank: Bank) -> None:
    found = bank.item("banned.f5")
    assert found is not None
    assert bank.judge(found, ["这是规定,我有什么办法", "B-5"]).parts == (True, True)
    assert bank.judge(found, ["我有什么办法。", "B-5"]).right
    assert bank.judge(found, ["这是规定，我有什么办法。", "B-3"]).parts == (True, False)
    for words in ("您这单超过七天了。", found.spoken, "办法", "", "别的话"):
        assert not bank.judge(found, [words, "B-5"]).right, words


@given(st.integers(), st.data())
def test_a_question_holds_all_options_and_no_answer(bank: Bank, seed: int, data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(bank.items))
    question = bank.question(chosen, str(seed))
    assert sorted(question.options) == sorted((*chosen.right, *chosen.wrong))
    assert question == bank.question(chosen, str(seed))
    assert "‹" not in question.text + "".join(question.clauses)
    if chosen.kind == "order":
        assert question.options != chosen.right


def test_places_of_right_options_are_spread(bank: Bank) -> None:
    places = [
        bank.question(found, "1").options.index(found.right[0])
        for found in bank.items
        if found.kind == "single" and len(found.wrong) == 3
    ]
    for place in range(4):
        assert 0.15 < places.count(place) / len(places) < 0.35


def test_a_right_answer_comes_back_later_and_a_wrong_one_soon() -> None:
    card = None
    now, gaps = NOW, []
    for _ in range(5):
        card = reviewed(card, "a.b", right=True, now=now)
        gaps.append(card.due - now)
        now = card.due
    assert card is not None
    assert gaps == sorted(gaps)
    assert gaps[-1] > timedelta(days=7)
    assert card.learnt
    wrong = reviewed(card, "a.b", right=False, now=now)
    assert wrong.due - now < timedelta(hours=1)
    assert not wrong.learnt
    assert (wrong.answered, wrong.right) == (6, 5)


def test_what_is_due_comes_first_then_new_ones_then_what_is_due_soonest() -> None:
    items = [item("a.one"), item("a.two"), item("b.three", "second")]
    cards = {
        "a.one": reviewed(None, "a.one", right=True, now=NOW - timedelta(days=1)),
        "a.two": reviewed(None, "a.two", right=False, now=NOW - timedelta(days=2)),
    }
    first = choose(items, cards, NOW)
    assert first is not None
    assert (first.item.id, first.reason) == ("a.two", "due")
    second = choose(items, cards, NOW, without=["a.two"])
    assert second is not None
    assert (second.item.id, second.reason) == ("a.one", "due")
    third = choose(items, cards, NOW, without=["a.two", "a.one"])
    assert third is not None
    assert (third.item.id, third.reason) == ("b.three", "new")
    everything = {name: reviewed(None, name, right=True, now=NOW) for name in ("a.one", "a.two", "b.three")}
    ahead = choose(items, everything, NOW)
    assert ahead is not None
    assert ahead.reason == "ahead"
    assert choose(items, {}, NOW, topic="third") is None


def test_easier_items_of_a_topic_come_first() -> None:
    items = [item("a.hard", difficulty=3), item("a.easy"), item("a.middle", difficulty=2)]
    chosen = choose(items, {}, NOW)
    assert chosen is not None
    assert chosen.item.id == "a.easy"


def test_weak_topics_come_more_often_and_the_seed_decides() -> None:
    items = [item(f"{topic}.n{n}", topic) for topic in ("weak", "strong") for n in range(40)]
    later = NOW + timedelta(days=9)
    cards = {
        f"{topic}.n{n}": Card(f"{topic}.n{n}", later, {}, 1, int(topic == "strong"), topic == "strong")
        for topic in ("weak", "strong")
        for n in range(5)
    }
    drawn = [choose(items, cards, NOW, seed=str(seed)) for seed in range(200)]
    assert drawn == [choose(items, cards, NOW, seed=str(seed)) for seed in range(200)]
    weak = sum(found is not None and found.item.topic == "weak" for found in drawn)
    assert weak > 160
    assert {found.item.id for found in drawn if found} == {found.item.id for found in drawn if found} - set(
        cards
    )


def test_results_are_by_topic() -> None:
    items = [item("a.one"), item("a.two"), item("b.three", "second")]
    cards = {"a.one": reviewed(None, "a.one", right=False, now=NOW - timedelta(days=1))}
    first, second = by_topic(items, cards, NOW)
    assert (first.topic, first.items, first.seen, first.due, first.share) == ("first", 2, 1, 1, 0.0)
    assert (second.seen, second.share) == (0, None)


@given(st.lists(st.booleans(), max_size=40))
def test_any_course_of_answers_goes_on(bank: Bank, course: list[bool]) -> None:
    cards: dict[str, Card] = {}
    now = NOW
    for right in course:
        chosen = choose(bank.items, cards, now, seed="s")
        assert chosen is not None
        assert (chosen.reason == "new") == (chosen.item.id not in cards)
        name = chosen.item.id
        cards[name] = reviewed(cards.get(name), name, right=right, now=now)
        assert cards[name].due > now
        now += timedelta(minutes=2)
