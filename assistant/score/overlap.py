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
    """A choice so far: points lost by item, the charges chosen of this cluster (their places, negated).

    `rank` orders what was chosen of the clusters before, `before` holds it.
    """

    lost: Mapping[str, Fraction]
    chosen: tuple[int, ...] = ()
    rank: int = 0
    before: _Chain | None = None

    def with_charge(self, position: int, one: Charge) -> _State:
        lost = {**self.lost, one.item: self.lost.get(one.item, Fraction(0)) + one.cost}
        return _State(lost, (*self.chosen, -position), self.rank, self.before)


@dataclass(frozen=True, slots=True)
class _Chain:
    """Indexes of chosen findings, cluster after cluster, the latest first."""

    indexes: tuple[int, ...]
    before: _Chain | None


class _Worth:
    """What choices are worth; what an item loses is asked for once for each sum up to its cap."""

    def __init__(self, loss: Loss, caps: Mapping[str, Fraction]) -> None:
        self._loss = loss
        self._caps = caps
        self._known: dict[tuple[str, Fraction], int] = {}

    def capped(self, lost: Mapping[str, Fraction]) -> frozenset[tuple[str, Fraction]]:
        return frozenset((item, min(points, self._caps[item])) for item, points in lost.items())

    def value(self, state: _State) -> tuple[int, Fraction, int, tuple[int, ...]]:
        """Order choices: what is truly lost, then points before caps, then the earlier places."""
        lost = 0
        for key in self.capped(state.lost):
            if key not in self._known:
                self._known[key] = self._loss(*key)
            lost += self._known[key]
        return (lost, sum(state.lost.values(), Fraction(0)), state.rank, state.chosen)

    def pruned(self, states: Sequence[_State]) -> list[_State]:
        """Keep the best of the states that are alike up to the caps, at most STATE_LIMIT of them."""
        best: dict[frozenset[tuple[str, Fraction]], _State] = {}
        for state in sorted(states, key=self.value, reverse=True):
            best.setdefault(self.capped(state.lost), state)
        return list(best.values())[:STATE_LIMIT]


def _clusters(charges: Sequence[Charge]) -> list[list[Charge]]:
    """Divide the charges into those that overlap, directly or by others between them; in order."""
    clusters: list[list[Charge]] = []
    reach: Place | None = None
    for one in sorted(charges, key=lambda one: (one.start, one.end)):
        if reach is None or one.start >= reach:
            clusters.append([])
            reach = one.end
        clusters[-1].append(one)
        reach = max(reach, one.end)
    return [sorted(cluster, key=lambda one: one.key) for cluster in clusters]


def choose(charges: Sequence[Charge], loss: Loss, caps: Mapping[str, Fraction]) -> frozenset[int]:
    """Return the indexes of the findings that count.

    `loss(item, points)` is what the item loses in the end when `points` are deducted from it; it
    must not fall when points grow, nor change above `caps[item]`.
    """
    if not charges:
        return frozenset()
    clusters = _clusters(charges)
    free = [cluster[0] for cluster in clusters if len(cluster) == 1]
    start: dict[str, Fraction] = {}
    for one in free:
        start[one.item] = start.get(one.item, Fraction(0)) + one.cost
    worth = _Worth(loss, caps)
    states = [_State(start)]
    for cluster in clusters:
        if len(cluster) > 1:
            states = _ranked(_chosen_of(cluster, states, worth), cluster)
    best = max(states, key=worth.value)
    indexes = {one.index for one in free}
    chain = best.before
    while chain is not None:
        indexes.update(chain.indexes)
        chain = chain.before
    return frozenset(indexes)


def _chosen_of(cluster: Sequence[Charge], states: list[_State], worth: _Worth) -> list[_State]:
    """Return the choices there are after a cluster, each going on from one of `states`."""
    ends = [one.end for one in cluster]
    reached = [states]
    for position, one in enumerate(cluster):
        before = reached[min(bisect_right(ends, one.start), position)]
        taken = [state.with_charge(position, one) for state in before]
        reached.append(worth.pruned([*reached[position], *taken]))
    return reached[-1]


def _ranked(states: Sequence[_State], cluster: Sequence[Charge]) -> list[_State]:
    """Close a cluster: what was chosen of it goes into the chain, and its order into the rank."""
    order = sorted({(state.rank, state.chosen) for state in states})
    ranks = {each: rank for rank, each in enumerate(order)}
    return [
        _State(
            state.lost,
            (),
            ranks[state.rank, state.chosen],
            _Chain(tuple(cluster[-place].index for place in state.chosen), state.before),
        )
        for state in states
    ]


def covering(charges: Sequence[Charge], chosen: frozenset[int]) -> dict[int, int]:
    """Map the index of each charge that isn't chosen to that of the dearest chosen one over it."""
    counting = sorted((one for one in charges if one.index in chosen), key=lambda one: one.key)
    ends = [one.end for one in counting]
    covered: dict[int, int] = {}
    for one in charges:
        if one.index in chosen:
            continue
        above = []
        for place in range(bisect_right(ends, one.start), len(counting)):
            if counting[place].start >= one.end:
                break
            above.append(counting[place])
        if above:
            covered[one.index] = max(above, key=lambda other: (other.cost, other.key)).index
    return covered
