"""Calibration: how far raters who judged the same calls apart from each other agree, item by item."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import pstdev
from typing import TYPE_CHECKING

import krippendorff
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GOOD_ALPHA = 0.8
FAIR_ALPHA = 0.667
"""Krippendorff's own bounds (2004): reliable from .800 on, tentative conclusions from .667 on."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of one item: `agreed` is the share of equal pairs; coefficients are None where they aren't defined."""

    item: str
    calls: int
    raters: int
    agreed: float | None
    kappa: float | None
    alpha: float | None

    @property
    def to_discuss(self) -> bool:
        """Whether raters should talk about the item: they differ, and not just once in a while."""
        if self.agreed is None or self.agreed == 1:
            return False
        return self.alpha is None or self.alpha < FAIR_ALPHA


def cohen_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa (1960) of two raters; None where chance alone explains everything."""
    if not pairs:
        return None
    n = len(pairs)
    seen = sum(one == other for one, other in pairs) / n
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(ones[word] * others[word] for word in ones) / (n * n)
    return None if by_chance == 1 else (seen - by_chance) / (1 - by_chance)


def fleiss_kappa(rows: Sequence[Sequence[str]]) -> float | None:
    """Return Fleiss' kappa (1971): each row holds the categories one call was given, equally many each."""
    if not rows or len(rows[0]) < 2:
        return None
    raters = len(rows[0])
    counts = [Counter(row) for row in rows]
    seen = sum(
        (sum(times * times for times in count.values()) - raters) / (raters * (raters - 1))
        for count in counts
    ) / len(rows)
    words: Counter[str] = sum(counts, Counter())
    by_chance = sum((times / (raters * len(rows))) ** 2 for times in words.values())
    return None if by_chance == 1 else (seen - by_chance) / (1 - by_chance)


def alpha(ratings: Mapping[str, Mapping[str, str]], raters: Sequence[str]) -> float | None:
    """Return Krippendorff's alpha for categories, missing ratings allowed; None where nothing varies."""
    words = sorted({word for given in ratings.values() for word in given.values()})
    if len(words) < 2 or not any(len(given) > 1 for given in ratings.values()):
        return None
    code = {word: place for place, word in enumerate(words)}
    table = np.array(
        [[code.get(given.get(rater, ""), np.nan) for given in ratings.values()] for rater in raters]
    )
    try:
        return float(krippendorff.alpha(reliability_data=table, level_of_measurement="nominal"))
    except ValueError:  # what is paired holds one category only
        return None


def agreement(item: str, ratings: Mapping[str, Mapping[str, str]], raters: Sequence[str]) -> Agreement:
    """Return how far `raters` agree on an item; kappa is Cohen's for two, Fleiss' for more."""
    pairs = [
        (given[one], given[other])
        for given in ratings.values()
        for place, one in enumerate(raters)
        for other in raters[place + 1 :]
        if one in given and other in given
    ]
    whole = [[given[rater] for rater in raters] for given in ratings.values() if set(raters) <= set(given)]
    kappa = cohen_kappa([(row[0], row[1]) for row in whole]) if len(raters) == 2 else fleiss_kappa(whole)
    agreed = sum(one == other for one, other in pairs) / len(pairs) if pairs else None
    calls = sum(len(given) > 1 for given in ratings.values())
    return Agreement(item, calls, len(raters), agreed, kappa, alpha(ratings, raters))


@dataclass(frozen=True, slots=True)
class Spread:
    """How far the totals given to one call lie apart."""

    lowest: float
    highest: float
    deviation: float


def spread(totals: Sequence[float]) -> Spread | None:
    return Spread(min(totals), max(totals), pstdev(totals)) if totals else None
