from __future__ import annotations

from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.review import estimates
from assistant.review.learning import Case, quality


def test_wilson_against_published_values() -> None:
    # Newcombe (1998), table I: 81 of 263 and 0 of 20
    known = estimates.wilson(81, 263)
    assert (round(known.low or 0, 4), round(known.high or 0, 4)) == (0.2553, 0.3662)
    nothing = estimates.wilson(0, 20)
    assert (nothing.low, round(nothing.high or 0, 4)) == (0.0, 0.1611)
    assert estimates.wilson(0, 0).value is None


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30), st.floats(0.05, 1))
def test_equal_chances_give_the_plain_mean(values: list[float], chance: float) -> None:
    told = estimates.mean(values, [chance] * len(values))
    assert told.value == pytest.approx(fmean(values))
    assert estimates.total(values, [chance] * len(values)) == pytest.approx(sum(values) / chance)


def test_a_census_leaves_no_doubt() -> None:
    told = estimates.mean([80, 90, 100], [1, 1, 1])
    assert (told.low, told.value, told.high) == (90, 90, 90)


def test_weights_undo_unequal_chances() -> None:
    """Half of the calls score 100 and are drawn rarely: the plain mean would be far off."""
    chance = Random(4)
    means, covered = [], 0
    for _ in range(300):
        drawn = [(100.0, 0.1) for _ in range(200) if chance.random() < 0.1]
        drawn += [(50.0, 0.5) for _ in range(200) if chance.random() < 0.5]
        told = estimates.mean([value for value, _ in drawn], [chance for _, chance in drawn])
        means.append(told.value or 0)
        covered += (told.low or 0) <= 75 <= (told.high or 0)
    assert fmean(means) == pytest.approx(75, abs=0.7)
    assert 0.9 < covered / 300 <= 1


def test_recall_rests_on_random_draws_alone() -> None:
    drawn = [Case(True, True, 0.2)] * 6 + [Case(False, True, 0.2)] * 2
    by_risk = [Case(True, False)] * 30 + [Case(False, True)] * 30
    told = quality("r", drawn + by_risk)
    assert (told.confirmed, told.overturned, told.added) == (6, 30, 32)
    assert told.recall.value == pytest.approx(0.75)
    assert told.precision.value == 1.0
    assert quality("r", by_risk).recall.value is None
    assert quality("r", by_risk).standing == "work"
    assert quality("r", [Case(True, False)]).standing == "few"
    assert quality("r", [Case(True, True, 0.5)] * 6).standing == "open"
    assert quality("r", [Case(True, True, 0.5)] * 40).standing == "good"
