from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UsageError
from assistant.review.sampling import Candidate, Plan, assign, draw


def frame(size: int, agents: int = 4) -> list[Candidate]:
    return [
        Candidate(number, f"a{number % agents}", total=float(number % 101), fatal=number % 7 == 0,
                  confidence=0.5 + number % 5 / 10, peak=number % 10 / 10, newcomer=number % agents == 0)
        for number in range(size)
    ]  # fmt: skip


@given(size=st.integers(1, 80), count=st.integers(1, 90), seed=st.integers(0, 9), each=st.booleans())
def test_inclusion_probabilities_add_up_to_what_is_drawn(
    size: int, count: int, seed: int, each: bool
) -> None:
    calls = frame(size)
    plan = Plan("random", seed, count=count, each_agent=each)
    drawn = draw(calls, plan)
    strata = Counter(call.agent_id for call in calls) if each else Counter([""] * size)
    assert len(drawn) == sum(min(count, there) for there in strata.values())
    agent = {call.number: call.agent_id if each else "" for call in calls}
    for one in drawn:
        there = strata[agent[one.number]]
        assert one.inclusion == min(count, there) / there
    assert draw(list(reversed(calls)), plan) == drawn


def test_every_call_comes_up_as_often_as_its_probability_says() -> None:
    hits = Counter(
        one.number for seed in range(400) for one in draw(frame(10), Plan("random", seed, count=3))
    )
    assert all(80 < hits[number] < 160 for number in range(10))  # 120 each, more or less


@pytest.mark.parametrize(
    ("kind", "fits"),
    [
        ("score", lambda c: 20 <= c.total <= 40),
        ("fatal", lambda c: c.fatal),
        ("confidence", lambda c: c.confidence <= 0.6),
        ("emotion", lambda c: c.peak >= 0.8),
        ("new_agents", lambda c: c.newcomer),
    ],
)
def test_draws_by_risk_take_what_fits_and_tell_no_probability(kind: str, fits: object) -> None:
    calls = frame(60)
    plan = Plan(kind, 1, share=1, low=20, high=40, at_most=0.6, at_least=0.8)  # type: ignore[arg-type]
    drawn = draw(calls, plan)
    assert [one.number for one in drawn] == [c.number for c in calls if fits(c)]  # type: ignore[operator]
    assert drawn
    assert {one.inclusion for one in drawn} == {None}


def test_calls_are_given_in_turn_or_to_who_has_least_to_do() -> None:
    assert assign([1, 2, 3], ["甲", "乙"], "round_robin", {}) == {1: "甲", 2: "乙", 3: "甲"}
    assert assign([1, 2, 3], ["甲", "乙"], "load", {"甲": 2}) == {1: "乙", 2: "乙", 3: "甲"}
    with pytest.raises(UsageError):
        assign([1], [], "load", {})


@pytest.mark.parametrize("plan", [{}, {"count": 1, "share": 0.5}, {"count": 0}, {"share": 0}, {"share": 1.5}])
def test_plans_that_say_nothing_are_refused(plan: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Plan("random", 1, **plan)  # type: ignore[arg-type]
