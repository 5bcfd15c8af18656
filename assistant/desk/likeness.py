"""Complaints that are the same: a customer's repeat, and one grievance of many customers (M-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.desk.definition import ClusterRule


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two complaints are compared by; `customer` is the same for those of one customer, and no name."""

    number: int
    at: datetime
    customer: str | None
    kind: str | None
    product: str | None
    what: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """The same complaint of several customers; `what` is the words of the first."""

    kind: str | None
    product: str | None
    what: str
    cases: tuple[int, ...]
    customers: int


def similarity(one: str, other: str) -> float:
    """Return how much two texts share, 0..1: Dice's coefficient over pairs of characters."""
    first, second = _pairs(one), _pairs(other)
    if not first or not second:
        return 0.0
    return 2 * len(first & second) / (len(first) + len(second))


def _pairs(text: str) -> frozenset[str]:
    signs = [sign for sign in text if sign.isalnum()]
    return frozenset(a + b for a, b in pairwise(signs))


def repeated(new: Likeness, earlier: Iterable[Likeness], least: float) -> Likeness | None:
    """Return the earliest complaint of the same customer that `new` repeats.

    It has the same product, or the same kind and like words, or very like words.
    """
    same = sorted(
        (one for one in earlier if one.customer and one.customer == new.customer), key=lambda o: o.at
    )
    for one in same:
        if one.number == new.number or one.at > new.at:
            continue
        alike = similarity(one.what, new.what)
        if one.product and one.product == new.product and (one.kind == new.kind or alike >= least / 2):
            return one
        if alike >= (least if one.kind == new.kind else 2 * least):
            return one
    return None


def clusters(complaints: Sequence[Likeness], rule: ClusterRule) -> list[Cluster]:
    """Return what at least `rule.customers` customers complain of in the same words, the most first.

    Each complaint joins the first group of its kind whose leading words it is like.
    """
    groups: dict[str | None, list[list[Likeness]]] = {}
    for one in sorted(complaints, key=lambda each: each.at):
        here = groups.setdefault(one.kind, [])
        for group in here:
            leader = group[0]
            if similarity(leader.what, one.what) >= rule.similarity or (
                leader.product
                and leader.product == one.product
                and similarity(leader.what, one.what) >= rule.similarity / 2
            ):
                group.append(one)
                break
        else:
            here.append([one])
    found = []
    for kind, listed in groups.items():
        for group in listed:
            customers = len({each.customer or f"case:{each.number}" for each in group})
            if customers >= rule.customers:
                numbers = tuple(each.number for each in group)
                found.append(Cluster(kind, group[0].product, group[0].what, numbers, customers))
    return sorted(found, key=lambda cluster: (-cluster.customers, cluster.cases))
