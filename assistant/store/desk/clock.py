"""The clock of the desk: what is near or missed is claimed in one statement and written once.

Several workers may run it at once, and any of them may be killed: claim and event are one transaction,
and the event's key is unique.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, select, update

from assistant.desk.cases import Event
from assistant.desk.house import CLOCK, Desk
from assistant.desk.likeness import clusters
from assistant.store import outbox
from assistant.store.desk import models as m
from assistant.store.desk.cases import LIKENED, likeness_of
from assistant.store.desk.ledger import Due, write_dues
from assistant.store.desk.notices import put

if TYPE_CHECKING:
    from sqlalchemy import Connection

CLUSTER = "cluster_found"
DESK = "desk"
"""The recipient that holds what was noticed itself: it is there once, whoever notices."""
_LOOKED_AT = 2_000
"""Complaints that are compared with each other at most: the newest."""


def claim_deadlines(connection: Connection, desk: Desk, now: datetime, most: int = 500) -> int:
    """Write the events of deadlines that are near or missed at `now`, `most` of them; return how many.

    A deadline that nobody looked at between its warning and its end is missed only.
    """
    table = m.CaseDuty
    ripe = (
        select(table.case, table.duty, table.round)
        .where(table.next_at <= now)
        .order_by(table.next_at)
        .limit(most)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    missed = table.due_at <= now
    claimed = connection.execute(
        update(table)
        .where(table.case == ripe.c.case, table.duty == ripe.c.duty, table.round == ripe.c.round)
        .where(table.next_at <= now)
        .values(told=case((missed, "missed"), else_="near"), next_at=case((missed, None), else_=table.due_at))
        .returning(table.case, table.duty, table.round, table.extension, table.told, table.due_at)
    ).all()
    dues = [Due(*row[:-1], row.due_at) for row in claimed if row.due_at is not None]
    write_dues(connection, desk, dues, {})
    return len(claimed)


def find_clusters(connection: Connection, desk: Desk, now: datetime) -> int:
    """Warn of the same complaint of several customers (M-1), once a week for each; return how many."""
    rule = desk.rules.kpis.cluster
    table = m.Case
    rows = connection.execute(
        select(*LIKENED)
        .where(table.received_at >= now - timedelta(days=rule.days), table.trial.is_(False))
        .order_by(table.received_at.desc())
        .limit(_LOOKED_AT)
    ).mappings()
    found = clusters([likeness_of(row) for row in rows], rule)
    notices = [each for each in desk.rules.authority.notify if each.event == CLUSTER]
    for cluster in found:
        first = min(cluster.cases)
        year, week, _ = now.isocalendar()
        key = f"cluster/{first}/{year}-{week:02}"
        what = f"{cluster.customers} 位客户反映“{cluster.what[:60]}”（首个工单 {first}）"
        event = Event(CLUSTER, now, CLOCK.name, {"what": what})
        if not put(connection, key, DESK, what, event, case=first, urgent=False):
            continue
        for notice in notices:
            text = notice.text.format(what=what, case="", title="")
            for rank in notice.to:
                put(connection, key, f"rank:{rank}", text, event, case=first, urgent=notice.urgent)
        data = {
            "key": key,
            "cases": list(cluster.cases),
            "customers": cluster.customers,
            "kind": cluster.kind,
        }
        outbox.tell(connection, [outbox.News(outbox.CLUSTER, key, data)])
    return len(found)


def events_after(connection: Connection, after: int, most: int, before: datetime) -> list[dict[str, Any]]:
    """Return events for another system, in order: those behind number `after`, stored before `before`.

    The key of each is its idempotency key. What was stored a moment ago waits, so that none is passed by
    that was numbered earlier and stored later.
    """
    table = m.CaseEvent
    rows = connection.execute(
        _feed().where(table.number > after, table.stored_at < before).order_by(table.number).limit(most)
    ).mappings()
    return [dict(row) for row in rows]


def _feed() -> Any:
    table = m.CaseEvent
    return select(
        table.number,
        table.case,
        m.Case.external_id,
        table.key,
        table.kind,
        table.at,
        table.by,
        table.from_state,
        table.to_state,
        table.detail,
    ).join(m.Case.__table__, m.Case.number == table.case)
