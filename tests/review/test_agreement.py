from __future__ import annotations

import pytest

from assistant.review.agreement import agreement, alpha, cohen_kappa, fleiss_kappa, spread


def test_cohen_against_the_textbook() -> None:
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohen_kappa(pairs) == pytest.approx(0.4)
    assert cohen_kappa([("y", "y")] * 3) is None


def test_fleiss_against_the_textbook() -> None:
    counts = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    rows = [[str(word) for word, times in enumerate(row) for _ in range(times)] for row in counts]
    assert fleiss_kappa(rows) == pytest.approx(0.210, abs=0.001)


def test_alpha_against_krippendorffs_own_example() -> None:
    """Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, C: nominal, four raters, gaps."""
    raters = ["A", "B", "C", "D"]
    table = {
        "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    }
    ratings = {
        str(unit): {rater: str(table[rater][unit]) for rater in raters if table[rater][unit] is not None}
        for unit in range(12)
    }
    assert alpha(ratings, raters) == pytest.approx(0.743, abs=0.001)


def test_items_to_talk_about_are_those_raters_differ_on() -> None:
    same = {str(call): {"甲": word, "乙": word} for call, word in enumerate(["met", "missed", "met", "met"])}
    assert agreement("opening", same, ["甲", "乙"]).alpha == pytest.approx(1)
    assert not agreement("opening", same, ["甲", "乙"]).to_discuss
    apart = {str(call): {"甲": "met", "乙": word} for call, word in enumerate(["met", "missed", "missed"])}
    told = agreement("hold", apart, ["甲", "乙"])
    assert told.to_discuss
    assert told.agreed == pytest.approx(1 / 3)
    assert told.kappa == pytest.approx(0)
    constant = agreement("hold", {"1": {"甲": "met", "乙": "met"}}, ["甲", "乙"])
    assert (constant.alpha, constant.to_discuss) == (None, False)


def test_spread_of_totals() -> None:
    told = spread([80, 90])
    assert told is not None
    assert (told.lowest, told.highest, told.deviation) == (80, 90, 5)
    assert spread([]) is None
