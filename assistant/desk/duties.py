"""The deadlines of a case: which duties run, since when, until when, met or missed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from assistant.desk.calendar import WorkingCalendar
from assistant.desk.clocks import Pause, due_at

if TYPE_CHECKING:
    from assistant.desk.cases import Case, Event
    from assistant.desk.definition import DeskRules, Duty


@dataclass(frozen=True, slots=True)
class Deadline:
    """A duty that runs or ran: in round `round` of a case (opened again, it counts anew).

    `due_at` is None while it is paused; `standard_at` is the deadline without an approved overrun;
    `extension` counts the overruns approved.
    """

    duty: str
    round: int
    began_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    met_at: datetime | None
    standard_at: datetime | None
    extension: int = 0

    @property
    def missed(self) -> bool:
        """Whether it was met too late."""
        return self.met_at is not None and self.due_at is not None and self.met_at > self.due_at


def calendar_of(rules: DeskRules) -> WorkingCalendar:
    hours = rules.deadlines.hours
    return WorkingCalendar(rules.deadlines.calendar, hours.opens, hours.closes)


def deadlines(rules: DeskRules, case: Case, calendar: WorkingCalendar) -> list[Deadline]:
    """Return every deadline the case has or had; a closed case keeps those met, missed or lasting."""
    pauses = list(_pauses(case.events))
    found: list[Deadline] = []
    for duty in rules.deadlines.duties:
        if case.suits(duty.when):
            found += _rounds(duty, case.events, calendar, pauses if duty.pausable else [])
    if not rules.is_open(case.state):
        own = (e.at for e in case.events if e.kind == "closed" and not e.detail.get("imported"))
        closed = max(own, default=None)  # of one that another system closed nobody knows what was missed
        return [
            each
            for each in found
            if each.met_at is not None
            or (closed and (rules.duty(each.duty).lasting or (each.due_at and each.due_at <= closed)))
        ]
    return found


def _rounds(
    duty: Duty, events: Sequence[Event], calendar: WorkingCalendar, pauses: Sequence[Pause]
) -> Iterator[Deadline]:
    began: datetime | None = None
    number, extension, met = 0, 0, None
    until: datetime | None = None
    own: datetime | None = None

    def one() -> Deadline:
        assert began is not None  # noqa: S101 (only called while one runs)
        standard = due_at(duty.clock, began, duty.limit, calendar, pauses)
        due = until or own or standard
        warn = None if due is None else max(began, due - timedelta(hours=duty.warn))
        return Deadline(duty.id, number, began, due, warn, met, standard, extension)

    rounds = 0
    for event in events:
        if event.kind == "reopened":
            rounds += 1
            if began is not None and met is None:
                continue
        if began is None and event.kind in duty.begins:
            began, number, met, until, own, extension = event.at, rounds, None, None, None, 0
        elif began is not None and met is None:
            if event.kind in duty.ends:
                met = event.at
            elif event.kind == "overrun_approved" and event.detail.get("duty") == duty.id:
                until, extension = datetime.fromisoformat(event.detail["until"]), extension + 1
            elif event.kind == "date_agreed" and duty.own_date:
                own = datetime.fromisoformat(event.detail["until"])
        if met is not None and _again(duty, event, rounds, number):
            yield one()
            began, number, met, until, own, extension = event.at, rounds, None, None, None, 0
    if began is not None:
        yield one()


def _again(duty: Duty, event: Event, rounds: int, number: int) -> bool:
    """Whether a duty that was met runs anew.

    It does in a case opened again: from what began it the first time or, where that doesn't come
    again (received, registered), from the opening itself.
    """
    if rounds <= number or event.kind in duty.ends:
        return False
    if event.kind in duty.begins:
        return True
    return (
        event.kind == "reopened"
        and bool(duty.begins & {"received", "registered"})
        and "registered" not in duty.ends
    )


def _pauses(events: Sequence[Event]) -> Iterator[Pause]:
    begun: datetime | None = None
    for event in events:
        if event.kind == "paused" and begun is None:
            begun = event.at
        elif event.kind == "resumed" and begun is not None:
            yield Pause(begun, event.at)
            begun = None
    if begun is not None:
        yield Pause(begun)
