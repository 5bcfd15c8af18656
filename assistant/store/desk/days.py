"""A person's working day: what they marked, and what they did to cases, as events of P-SHIFT and P-DAILY."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from assistant.desk.calendar import SHANGHAI
from assistant.desk.cases import Event
from assistant.desk.track import CaseProgress, progress
from assistant.errors import UsageError
from assistant.store.audit import note
from assistant.store.desk import models as m
from assistant.store.desk.ledger import day_of
from assistant.store.dialect import upsert

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assistant.desk.house import Desk
    from assistant.store.desk.ledger import Acting

_MOST = 50


def mark(acting: Acting, name: str, text: str = "") -> bool:
    """Mark something of one's own day as done, now; False: it was marked today. Raises UsageError."""
    if name not in {each.id for each in acting.desk.rules.days.marks}:
        raise UsageError(f"没有这一项：{name}", code="unknown-mark")
    day = day_of(acting.now)
    values = {
        "day": day,
        "person": acting.who.name,
        "kind": name,
        "at": acting.now,
        "note": text.strip()[:2_000],
    }
    put = upsert(acting.connection, m.DayEvent, values, key=["day", "person", "kind"], change=[])
    fresh = acting.connection.execute(put.returning(m.DayEvent.number)).scalar() is not None
    if fresh:
        note(acting.connection, acting.who.name, "day.mark", f"{day}/{acting.who.name}", {"mark": name})
    return fresh


def events_of(connection: Connection, desk: Desk, person: str, day: date) -> list[Event]:
    """Return what somebody did on a day, in order: marks, and the first deed of each kind on cases."""
    table = m.DayEvent
    marks = connection.execute(
        select(table.kind, table.at, table.note)
        .where(table.day == day, table.person == person)
        .order_by(table.number)
    )
    found = [Event(row.kind, row.at, person, {"note": row.note} if row.note else {}) for row in marks]
    begins = datetime.combine(day, time(), SHANGHAI)
    deed = m.CaseEvent
    deeds = connection.execute(
        select(deed.kind, m.Case.need, func.min(deed.at).label("at"))
        .join(m.Case.__table__, m.Case.number == deed.case)
        .where(deed.by == person, deed.at >= begins, deed.at < begins + timedelta(days=1))
        .group_by(deed.kind, m.Case.need)
    )
    rules = desk.rules.days
    for row in deeds:
        kinds = {rules.cases.get(row.kind), rules.needs.get(row.need, rules.needs.get("other"))} - {None}
        found += [Event(str(kind), row.at, person) for kind in kinds]
    first: dict[str, Event] = {}
    for event in sorted(found, key=lambda one: one.at):
        first.setdefault(event.kind, event)
    return list(first.values())


def read_day(connection: Connection, desk: Desk, person: str, day: date, *, running: bool) -> dict[str, Any]:
    """Return somebody's day: its events, where it stands in its procedures, open cases to be handed over."""
    events = events_of(connection, desk, person, day)
    followed = [each for each in desk.procedures if each.id in desk.rules.days.procedures]
    told: list[CaseProgress] = [progress(each, events, running=running) for each in followed]
    table = m.Case
    columns = (table.number, table.severity, table.state, table.next_due_at, table.product, table.kind)
    mine = select(*columns).where(table.is_open, table.owner == person)
    rows = connection.execute(mine.order_by(table.next_due_at).limit(_MOST)).mappings()
    return {
        "day": day,
        "person": person,
        "events": [{"kind": e.kind, "at": e.at, "note": e.detail.get("note", "")} for e in events],
        "procedures": told,
        "open": [dict(row) for row in rows],
    }


def people_on(connection: Connection, day: date) -> list[dict[str, Any]]:
    """Return who marked anything on a day: when they signed in and handed over, how much they marked."""
    table = m.DayEvent
    rows = connection.execute(
        select(table.person, table.kind, table.at).where(table.day == day).order_by(table.person, table.at)
    )
    people: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = people.setdefault(
            row.person, {"person": row.person, "signed_in": None, "handed_over": None, "marks": 0}
        )
        one["marks"] += 1
        if row.kind in ("signed_in", "handed_over"):
            one[row.kind] = row.at
    return list(people.values())
