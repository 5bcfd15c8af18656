"""When something is due: a clock runs from a moment for so long, and stands still in pauses.

Each clock counts in its own measure: clock hours and working hours in seconds, days by their dates. A
pause adds exactly what the clock would have counted while it lasted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from assistant.desk.calendar import DAY, SHANGHAI, WorkingCalendar
from assistant.desk.definition import Clock

_HOUR_S = 3_600
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stood still from `begins` to `ends` (None: it still does)."""

    begins: datetime
    ends: datetime | None = None


def due_at(
    clock: Clock, begins: datetime, limit: float, calendar: WorkingCalendar, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """Return when `limit` (hours, or days) is over; None while the clock stands still.

    Raises ValueError for moments without a time zone.
    """
    if begins.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    amount = limit * _HOUR_S if clock in ("hours", "working_hours") else limit
    if clock == "days":
        amount = limit * _DAY_S
    for pause in merged(pauses, begins):
        if pause.ends is None:
            # it stopped the clock only if time was left
            due = advance(clock, begins, amount, calendar)
            return due if due <= pause.begins else None
        if advance(clock, begins, amount, calendar) <= pause.begins:
            break
        amount += measure(clock, max(pause.begins, begins), pause.ends, calendar)
    return advance(clock, begins, amount, calendar)


def merged(pauses: Sequence[Pause], begins: datetime) -> list[Pause]:
    """Return pauses in order without those over before `begins`; overlapping ones are one."""
    kept: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.begins):
        if pause.ends is not None and pause.ends <= begins:
            continue
        last = kept[-1] if kept else None
        if last is not None and (last.ends is None or pause.begins <= last.ends):
            ends = None if last.ends is None or pause.ends is None else max(last.ends, pause.ends)
            kept[-1] = Pause(last.begins, ends)
        else:
            kept.append(pause)
    return kept


def advance(clock: Clock, begins: datetime, amount: float, calendar: WorkingCalendar) -> datetime:
    """Return the moment at which the clock has counted `amount` since `begins`."""
    here = begins.astimezone(SHANGHAI)
    if clock in ("hours", "days"):
        return here + timedelta(seconds=amount)
    if clock == "working_hours":
        return _working_hours(here, amount, calendar)
    day = here.date()
    for _ in range(int(amount)):
        day = calendar.next_working(day) if clock == "working_days" else day + DAY
    if clock == "end_of_day":
        return datetime.combine(day + DAY, time(), SHANGHAI)
    return calendar.hours_of(day)[1]


def measure(clock: Clock, begins: datetime, ends: datetime, calendar: WorkingCalendar) -> float:
    """Return what the clock counts between two moments: seconds, or days by their dates."""
    begins, ends = begins.astimezone(SHANGHAI), ends.astimezone(SHANGHAI)
    if clock in ("hours", "days"):
        return (ends - begins).total_seconds()
    if clock == "end_of_day":
        return (ends.date() - begins.date()).days
    day, counted = begins.date(), 0.0
    if clock == "working_days":
        while (day := day + DAY) <= ends.date():
            counted += calendar.works(day)
        return counted
    while day <= ends.date():
        if calendar.works(day):
            opens, closes = calendar.hours_of(day)
            counted += max(0.0, (min(ends, closes) - max(begins, opens)).total_seconds())
        day += DAY
    return counted


def _working_hours(begins: datetime, amount: float, calendar: WorkingCalendar) -> datetime:
    day = begins.date()
    if not calendar.works(day):
        day = calendar.next_working(day)
    while True:
        opens, closes = calendar.hours_of(day)
        start = max(begins, opens)
        here = (closes - start).total_seconds()
        if here > 0 and amount <= here:
            return start + timedelta(seconds=amount)
        amount -= max(0.0, here)
        day = calendar.next_working(day)
