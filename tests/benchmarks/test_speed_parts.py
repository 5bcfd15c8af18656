"""The parts of the speed benchmark that can be wrong without a clock."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model import Speaker, Turn
from benchmarks.goals import Goal
from benchmarks.speed import lines
from benchmarks.text import generated
from benchmarks.timing import Times, interleaved, percentile, ratio
from benchmarks.wordings import MOST, phrase_engine, wordings


def test_own_conversations_are_as_long_as_real_ones() -> None:
    made = generated(300)
    assert 15 <= median(len(one.turns) for one in made) <= 24
    assert 320 <= median(sum(len(turn.text) for turn in one.turns) for one in made) <= 500
    for role, middle, high in ((Speaker.AGENT, 20, 85), (Speaker.CUSTOMER, 9, 38)):
        lengths = [len(turn.text) for one in made for turn in one.turns if turn.role is role]
        assert median(lengths) == pytest.approx(middle, rel=0.2)
        assert percentile(lengths, 0.95) == pytest.approx(high, rel=0.25)


def test_own_conversations_are_the_same_for_the_same_seed() -> None:
    assert generated(5, seed=3) == generated(5, seed=3)
    assert generated(5, seed=3) != generated(5, seed=4)


def test_fewer_wordings_are_a_part_of_more() -> None:
    many = wordings(1000)
    assert wordings(100) == many[:100]
    assert len(set(wordings(MOST))) == MOST > 10_000


def test_generated_rules_find_their_wordings() -> None:
    phrases = wordings(30)
    engine = phrase_engine(phrases)
    assert len(engine.rules) == 3
    assert all(engine.check(Turn(0, Speaker.AGENT, f"好的,{phrase}")) for phrase in phrases)
    assert not engine.check(Turn(0, Speaker.AGENT, "好的,请您稍等"))


def test_tasks_take_turns() -> None:
    went: list[str] = []
    times = interleaved({name: lambda name=name: went.append(name) for name in "abc"}, 3)  # type: ignore[misc]
    assert "".join(went) == "abc" + "abc" + "bca" + "cab"
    assert all(len(one.process) == len(one.wall) == 3 for one in times.values())


def test_ratio_is_taken_repetition_by_repetition() -> None:
    one = Times((2.0, 30.0, 4.0), (0.0, 0.0, 0.0))
    other = Times((1.0, 10.0, 2.0), (0.0, 0.0, 0.0))
    assert ratio(one, other) == pytest.approx(2.0)


@given(st.lists(st.integers(), min_size=1), st.floats(0, 1))
def test_percentile_is_one_of_the_values(values: list[int], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


def test_percentile_by_rank() -> None:
    assert percentile(range(1, 101), 0.99) == 99
    assert percentile(range(1, 101), 0.5) == 50


def test_goal_says_reached_missed_or_nothing() -> None:
    most = Goal("a", "a", 0.5, " x")
    least = Goal("b", "b", 10, " x", at_most=False)
    assert [most.verdict(value) for value in (0.5, 0.6, None)] == ["reached", "missed", "not measured"]
    assert [least.verdict(value) for value in (10, 9.9)] == ["reached", "missed"]
    assert (most.wanted, least.wanted) == ("at most 0.5 x", "at least 10 x")


def test_missed_goals_and_missing_figures_are_shown() -> None:
    shown = "\n".join(lines({
        "machine": {"measured_at": "now", "processor": "p", "cores": 2, "load_1_min": 0.1, "python": "3",
                    "commit": "c"},
        "text": {"source": "own", "conversations": 1, "turns": 2, "characters": 3},
        "rules": 1, "phrases": 2, "repetitions": 3,
        "us_a_turn": {"jieba.cut": {"process": 1.5, "wall": 2.5}},
        "ratios": {"a/b": 0.25},
        "turn": {"process_p50_us": 1.0},
        "memory": {"rss_mb": None, "peak_mb": 12.0},
        "cold_start": {"median_s": 0.5, "processor_s": 0.4, "python_alone_s": 0.1},
        "goals": {"g": {"title": "g", "wanted": "at most 1 x", "value": 2.0, "verdict": "missed"},
                  "h": {"title": "h", "wanted": "at most 1 x", "value": None, "verdict": "not measured"}},
    }))  # fmt: skip
    for words in (
        "own; 1 conversations",
        "jieba.cut",
        "not known here",
        "missed",
        "not measured",
        "process p50 1.0",
    ):
        assert words in shown
