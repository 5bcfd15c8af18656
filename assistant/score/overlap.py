"""Findings on the same characters deduct once.

Of findings that overlap, the set without overlaps is counted that costs most (weighted interval
scheduling, with the items' caps in view). For two findings that is simply the dearer one. Taking a
maximum, and not the first that comes, keeps two promises: the order of findings doesn't matter,
and one more finding never makes a call cheaper.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.model import Finding

Place = tuple[int, int]
Loss = Callable[[str, Fraction], int]
# States kept between two findings; reached only by dozens of overlapping findings over many items.
STATE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Charge:
    """A finding that costs `cost` points of item `item`, at half-open places (turn, offset)."""

    index: int
    rule: str
    item: str
    cost: Fraction
    start: Place
    end: Place

    @property
    def key(self) -> tuple[Place, Place, str, str, Fraction]:
        return (self.end, self.start, self.rule, self.item, self.cost)

    def overlaps(self, other: Charge) -> bool:
        return self.start < other.end and other.start < self.end


def charge(index: int, finding: Finding, item: str, cost: Fraction) -> Charge:
    """Make the charge of a finding.

    An absence has no characters, and a measured time is about none in particular though it carries
    its turn: they overlap nothing.
    """
    if finding.start is None or finding.end is None or "timing" in finding.how:
        here = (finding.turn, -1)
        return Charge(index, finding.rule, item, cost, here, here)
    end = (finding.turn, finding.end)
    if finding.spans:
        end = max(end, *((span.turn, span.end) for span in finding.spans))
    return Charge(index, finding.rule, item, cost, (finding.turn, finding.start), end)


@dataclass(frozen=True, slots=True)
class _State:
    """A choice so far: points lost by item, and the positions of the chosen charges."""

    lost: Mapping[str, Fraction]
    chosen: tuple[int, ...]

    def with_charge(self, position: int, one: Charge) -> _State:
        lost = {**self.lost, one.item: self.lost.get(one.item, Fraction(0)) + one.cost}
        return _State(lost, (*self.chosen, position))


def _value(state: _State, loss: Loss) -> tuple[int, Fraction, tuple[int, ...]]:
    """Order choices: what is truly lost, then points before caps, then the earlier places."""
    lost = sum(loss(item, points) for item, points in state.lost.items())
    return (lost, sum(state.lost.values(), Fraction(0)), tuple(-place for place in state.chosen))


def _pruned(states: Sequence[_State], loss: Loss, caps: Mapping[str, Fraction]) -> list[_State]:
    """Keep the best of the states that are alike up to the caps, at most STATE_LIMIT of them."""
    best: dict[frozenset[tuple[str, Fraction]], _State] = {}
    for state in sorted(states, key=lambda one: _value(one, loss), reverse=True):
        alike = frozenset((item, min(points, caps[item])) for item, points in state.lost.items())
        best.setdefault(alike, state)
    return list(best.values())[:STATE_LIMIT]


def _contested(ordered: Sequence[Charge]) -> frozenset[int]:
    """Return the indexes of the charges that overlap another one."""
    return frozenset(
        one.index
        for place, one in enumerate(ordered)
        if any(one.overlaps(other) for at, other in enumerate(ordered) if at != place)
    )


def choose(charges: Sequence[Charge], loss: Loss, caps: Mapping[str, Fraction]) -> frozenset[int]:
    """Return the indexes of the findings that count.

    `loss(item, points)` is what the item loses in the end when `points` are deducted from it; it
    must not fall when points grow, nor change above `caps[item]`.
    """
    if not charges:
        return frozenset()
    ordered = sorted(charges, key=lambda one: one.key)
    disputed = _contested(ordered)
    free = [one for one in ordered if one.index not in disputed]
    start: dict[str, Fraction] = {}
    for one in free:
        start[one.item] = start.get(one.item, Fraction(0)) + one.cost
    contested = [one for one in ordered if one.index in disputed]
    ends = [one.end for one in contested]
    reached = [[_State(start, ())]]
    for position, one in enumerate(contested):
        before = reached[min(bisect_right(ends, one.start), position)]
        taken = [state.with_charge(position, one) for state in before]
        reached.append(_pruned([*reached[position], *taken], loss, caps))
    best = max(reached[-1], key=lambda state: _value(state, loss))
    return frozenset(one.index for one in free) | {contested[place].index for place in best.chosen}
