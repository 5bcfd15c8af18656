"""The items that ship: what they cover, and that each is sound."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.bootstrap import load_quiz
from assistant.errors import KnowledgeError
from assistant.model import Speaker, Turn
from assistant.quiz.definition import KINDS
from assistant.quiz.loader import load_bank
from assistant.settings import Settings
from assistant.text.numbers import arabic

if TYPE_CHECKING:
    from assistant.engine.fold import Engine
    from assistant.knowledge import KnowledgeBase
    from assistant.quiz import Bank, Item

ROOT = Path(__file__).parents[2]
IDS = (ROOT / "tests/data/standard_ids.txt").read_text(encoding="utf-8").split()
ITEMS = load_quiz(Settings()).items
FAULTS = [item for item in ITEMS if item.kind == "fault"]
AN_ID = re.compile(r"[A-Z]+(?:/[A-Z])?[- ]?[\d-]+|V\d")
FIGURE = re.compile(r"\d+|[两三四五六七八九十]+(?=天|小时|分钟|倍|年|月内|工作日)")
GOOD = """\
topic: deadlines
name: 时限
items:
- id: deadlines.minor
  kind: fill
  source: [K-20]
  difficulty: 1
  entry: deadline.minor
  question: 轻微投诉要在____天内解决。
  blanks: [["2"]]
  explain: 轻微投诉2天内解决。
"""


def figures(text: str) -> set[str]:
    return {arabic(figure) for figure in FIGURE.findall(AN_ID.sub("", text))}


def test_there_are_items_of_every_kind_topic_and_difficulty(bank: Bank) -> None:
    assert len(bank.items) >= 150
    assert set(Counter(item.kind for item in bank.items)) == set(KINDS)
    assert min(Counter(item.topic for item in bank.items).values()) >= 20
    for topic in bank.topics:
        assert {item.difficulty for item in bank.items if item.topic == topic} == {1, 2, 3}


def test_every_id_of_the_standard_is_asked_for(bank: Bank) -> None:
    asked = {source for item in bank.items for source in item.source}
    assert sorted(set(IDS) - asked) == []


def test_items_say_the_same_as_the_knowledge_they_rest_on(bank: Bank, base: KnowledgeBase) -> None:
    for item in bank.items:
        entry = bank.entry(item)
        assert entry is not None
        told = figures(arabic(entry.answer + entry.title))
        if item.kind != "fault":
            right = [*item.right, *(accepted[0] for accepted in item.blanks)]
            assert set().union(*map(figures, right)) <= told, item.id
        related = [found.answer for name in entry.related if (found := base.entry(name))]
        known = told | figures(arabic(" ".join(related))) | figures(arabic(item.question))
        assert figures(item.explain) <= known, item.id


def test_right_answers_are_judged_right_and_empty_ones_wrong(bank: Bank) -> None:
    for item in bank.items:
        right = [accepted[0] for accepted in item.blanks] or list(item.right)
        right = [item.faulty, *right] if item.kind == "fault" else right
        assert bank.judge(item, right).right, item.id
        assert not bank.judge(item, []).right, item.id
        assert not bank.judge(item, [*right, right[0]]).right, item.id


@pytest.mark.parametrize("item", FAULTS, ids=lambda item: item.id)
def test_the_engine_finds_the_same_fault_and_none_in_the_better_sentence(
    item: Item, shipped_engine: Engine
) -> None:
    start = item.sentence.index("‹")
    end = start + len(item.faulty)
    found = shipped_engine.check(Turn(0, Speaker.AGENT, item.spoken))
    assert any(item.right[0] in each.source for each in found)
    for each in found:
        assert each.start is not None
        assert each.end is not None
        inside = start <= each.start < each.end <= end
        overlapping = item.right[0] in each.source and each.start < end and each.end > start
        assert inside or overlapping, each.rule
        assert not set(each.source) & set(item.wrong), each.rule
    assert [each.rule for each in shipped_engine.check(Turn(0, Speaker.AGENT, item.better))] == []


@pytest.mark.parametrize("item", FAULTS, ids=lambda item: item.id)
def test_choosing_a_clause_answers_a_fault_and_another_does_not(bank: Bank, item: Item) -> None:
    assert "".join(item.clauses) == item.spoken
    right = [clause for clause in item.clauses if bank.judge(item, [clause, item.right[0]]).right]
    assert 1 <= len(right) < len(item.clauses)
    assert all(set(clause) & set(item.faulty) for clause in right)


def test_no_right_answer_stands_out_by_its_length() -> None:
    longest = 0
    singles = [item for item in ITEMS if item.kind == "single"]
    for item in singles:
        right, wrong = len(item.right[0]), [len(option) for option in item.wrong]
        assert right <= 1.4 * max(wrong) + 1, item.id
        assert 1.4 * right + 1 >= min(wrong), item.id
        longest += right > max(wrong)
    assert longest <= 0.4 * len(singles)


def test_options_differ_however_they_are_written(bank: Bank) -> None:
    for item in ITEMS:
        if item.kind in ("single", "multiple"):
            options = [re.sub(r"\W", "", option) for option in (*item.right, *item.wrong)]
            assert len(set(options)) == len(options), item.id


def test_items_are_written_with_full_width_signs() -> None:
    for item in ITEMS:
        for text in (item.question, item.explain, item.better, item.spoken, *item.right, *item.wrong):
            assert not re.search(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]", text), item.id


def test_texts_of_items_are_not_asked_twice() -> None:
    asked = Counter((item.question, item.spoken) for item in ITEMS)
    assert [text for text, times in asked.items() if times > 1] == []


@pytest.mark.parametrize(
    ("old", "new", "place", "code"),
    [
        ("kind: fill", "kind: filling", "5:9", "unknown-kind"),
        ("  explain:", "  explains:", "11:3", "unknown-key"),
        ('[["2"]]', '[["2"], ["3"]]', "4:3", "wrong-form"),
        ("difficulty: 1", "difficulty: 4", "7:15", "out-of-range"),
        ("entry: deadline.minor", "entry: deadline.none", "8:10", "unknown-entry"),
        ("source: [K-20]", "source: []", "6:11", "empty-value"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_place(
    tmp_path: Path, base: KnowledgeBase, old: str, new: str, place: str, code: str
) -> None:
    path = tmp_path / "items.yml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(KnowledgeError) as caught:
        load_bank([path], base)
    assert f"items.yml:{place}: error [{code}]" in str(caught.value)


def test_an_id_given_twice_is_refused(tmp_path: Path, base: KnowledgeBase) -> None:
    path = tmp_path / "items.yml"
    path.write_text(GOOD + GOOD[GOOD.index("- id") :], encoding="utf-8")
    with pytest.raises(KnowledgeError, match="duplicate-id"):
        load_bank([path], base)
