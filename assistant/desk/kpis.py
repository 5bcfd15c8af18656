"""The standard's figures from counts, and the month a case belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from assistant.desk.calendar import SHANGHAI

if TYPE_CHECKING:
    from assistant.desk.definition import DeskRules, Kpi

COUNTS = (
    "cases", "answered", "timely", "answer_hours", "repeats", "firsts", "inquiries", "inquiry_satisfied",
    "cross_region", "cross_region_satisfied", "key", "key_satisfied", "rated", "satisfied", "first_contact",
    "recoveries", "recovered", "dialled", "connected", "agent_requests", "agent_answered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure; `value` is None where there is nothing to count, `verdict` where it has no target."""

    kpi: Kpi
    value: float | None
    hit: float
    of: float

    @property
    def verdict(self) -> Literal["reached", "missed"] | None:
        if self.value is None or self.kpi.target is None:
            return None
        good = self.value <= self.kpi.target if self.kpi.at_most else self.value >= self.kpi.target
        return "reached" if good else "missed"


def figures(rules: DeskRules, counts: Mapping[str, float]) -> list[Figure]:
    """Return every figure of the standard from the counts of a period."""
    told = []
    for kpi in rules.kpis.kpis:
        hit, of = float(counts.get(kpi.hit) or 0), float(counts.get(kpi.of) or 0)
        told.append(Figure(kpi, hit / of if of else None, hit, of))
    return told


def month_of(moment: datetime) -> str:
    """Return the month of a moment in the house's time: 2026-11."""
    return moment.astimezone(SHANGHAI).strftime("%Y-%m")
