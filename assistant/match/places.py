"""Stretches of a text laid beside one another: whether a new one lies over one that is there.

Compared with every stretch in turn, a text that says the same thing a thousand times would take a
million comparisons.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FEW = 8


class Apart:
    """Half-open stretches none of which lies over another."""

    __slots__ = ("_places",)

    def __init__(self) -> None:
        self._places: list[tuple[int, int]] = []

    def overlaps(self, start: int, end: int) -> bool:
        """Whether one of them has a character of start..end."""
        before = bisect_left(self._places, (end,))
        return before > 0 and self._places[before - 1][1] > start

    def add(self, start: int, end: int) -> bool:
        """Lay one beside the others, if it doesn't lie over one; tell whether it was."""
        if self.overlaps(start, end):
            return False
        insort(self._places, (start, end))
        return True


class Covered:
    """What any stretches cover together, however they lie."""

    __slots__ = ("_places",)

    def __init__(self, places: Iterable[tuple[int, int]]) -> None:
        self._places = list(places)
        if len(self._places) > _FEW:
            self._places = _merged(self._places)

    def __bool__(self) -> bool:
        return bool(self._places)

    def overlaps(self, start: int, end: int) -> bool:
        """Whether they have a character of start..end."""
        if len(self._places) <= _FEW:
            return any(first < end and start < last for first, last in self._places)
        before = bisect_left(self._places, (end,))
        return before > 0 and self._places[before - 1][1] > start


def _merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join stretches that have characters in common; those that merely touch stay apart."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
