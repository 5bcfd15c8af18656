"""Estimates from samples, with intervals that say how little a small sample knows.

Wilson (1927) for shares; Horvitz and Thompson (1952) for totals and Hájek (1971) for means and shares
of unequal inclusion probabilities, with the effective sample size of Kish (1965).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval, from `n` cases; None where there is none to tell."""

    value: float | None
    low: float | None
    high: float | None
    n: int


NONE = Estimate(None, None, None, 0)


def wilson(hits: float, cases: float, n: int | None = None) -> Estimate:
    """Return a share with Wilson's interval; `n` tells the cases where `cases` is an effective number."""
    counted = round(cases) if n is None else n
    if cases <= 0:
        return Estimate(None, None, None, counted)
    share, z2 = hits / cases, Z95 * Z95
    middle = (share + z2 / (2 * cases)) / (1 + z2 / cases)
    half = Z95 * sqrt(share * (1 - share) / cases + z2 / (4 * cases * cases)) / (1 + z2 / cases)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), counted)


def total(values: Sequence[float], inclusion: Sequence[float]) -> float:
    """Return the Horvitz-Thompson estimate of the sum over all cases of the frame."""
    return sum(value / chance for value, chance in zip(values, inclusion, strict=True))


def mean(values: Sequence[float], inclusion: Sequence[float]) -> Estimate:
    """Return Hájek's estimate of the mean, with a linearised variance (independent inclusion).

    A case that was certain to be drawn (probability 1) adds no uncertainty.
    """
    weights = [1 / chance for chance in inclusion]
    size = sum(weights)
    if not values:
        return NONE
    middle = sum(weight * value for weight, value in zip(weights, values, strict=True)) / size
    n = len(values)
    if n == 1 and inclusion[0] < 1:
        return Estimate(middle, None, None, 1)
    spread = sum(
        (1 - chance) * (weight * (value - middle)) ** 2
        for weight, value, chance in zip(weights, values, inclusion, strict=True)
    )
    half = Z95 * sqrt(spread * n / max(1, n - 1)) / size
    return Estimate(middle, middle - half, middle + half, n)


def share(hits: Sequence[bool], inclusion: Sequence[float]) -> Estimate:
    """Return Hájek's estimate of a share; Wilson's interval with the effective number of cases."""
    if not hits:
        return NONE
    weights = [1 / chance for chance in inclusion]
    size = sum(weights)
    effective = size * size / sum(weight * weight for weight in weights)
    part = sum(weight for weight, hit in zip(weights, hits, strict=True) if hit) / size
    return wilson(part * effective, effective, len(hits))
