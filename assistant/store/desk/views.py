"""What is looked at: the queue of cases, one case with all that hangs on it."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, or_, select

from assistant.store.desk import models as m

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, SQLColumnExpression

LISTED = (
    "number",
    "external_id",
    "call_id",
    "state",
    "is_open",
    "level",
    "urgency",
    "owner",
    "need",
    "severity",
    "kind",
    "customer_level",
    "channel",
    "cause",
    "product",
    "department",
    "region",
    "team",
    "agent_id",
    "received_at",
    "answered_at",
    "in_time",
    "closed_at",
    "satisfaction",
    "repeat_of",
    "next_due_at",
    "trial",
)


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What cases have to be like; None asks nothing.

    `mine` is (owner, agent id) of somebody who sees no others; `hit` is a count of a
    figure: the cases it counts.
    """

    open: bool | None = None
    state: str | None = None
    severity: str | None = None
    kind: str | None = None
    owner: str | None = None
    team: str | None = None
    agent_id: str | None = None
    region: str | None = None
    customer_level: str | None = None
    department: str | None = None
    month: str | None = None
    overdue: datetime | None = None
    mine: tuple[str, str | None] | None = None
    hit: str | None = None


def condition_of(hit: str, satisfied_from: int) -> SQLColumnExpression[bool] | None:
    """Return which cases a count of a figure counts; None for all (and for what counts no cases)."""
    table = m.Case
    satisfied = table.satisfaction >= satisfied_from
    return {
        "answered": table.answered_at.is_not(None),
        "timely": and_(table.answered_at.is_not(None), table.in_time.is_(True)),
        "unanswered": table.answered_at.is_(None),
        "late": or_(table.answered_at.is_(None), table.in_time.is_(False)),
        "repeats": table.repeat_of.is_not(None),
        "firsts": table.repeat_of.is_(None),
        "inquiries": table.need == "inquiry",
        "inquiry_satisfied": and_(table.need == "inquiry", satisfied),
        "cross_region": table.customer_level == "cross_region",
        "cross_region_satisfied": and_(table.customer_level == "cross_region", satisfied),
        "key": table.customer_level == "key",
        "key_satisfied": and_(table.customer_level == "key", satisfied),
        "rated": table.satisfaction.is_not(None),
        "satisfied": satisfied,
        "first_contact": table.first_contact,
    }.get(hit)


def _where(wanted: CaseFilter, satisfied_from: int) -> list[ColumnElement[bool]]:
    table = m.Case
    bounds: tuple[tuple[Any, Any], ...] = (
        (table.is_open, wanted.open),
        (table.state, wanted.state),
        (table.severity, wanted.severity),
        (table.kind, wanted.kind),
        (table.owner, wanted.owner),
        (table.team, wanted.team),
        (table.agent_id, wanted.agent_id),
        (table.region, wanted.region),
        (table.department, wanted.department),
        (table.customer_level, wanted.customer_level),
        (table.received_month, wanted.month),
    )
    found = [operator.eq(column, value) for column, value in bounds if value is not None]
    if wanted.overdue is not None:
        found.append(and_(table.is_open, table.next_due_at < wanted.overdue))
    if wanted.mine is not None:
        owner, agent_id = wanted.mine
        found.append(
            or_(table.owner == owner, table.agent_id == agent_id) if agent_id else table.owner == owner
        )
    if wanted.hit is not None:
        condition = condition_of(wanted.hit, satisfied_from)
        found.append(table.trial.is_(False))
        if condition is not None:
            found.append(condition)
    return found


def list_cases(
    connection: Connection, wanted: CaseFilter, *, limit: int, offset: int = 0, satisfied_from: int = 4
) -> list[dict[str, Any]]:
    """Return cases: open ones by urgency and deadline, others the latest first."""
    table = m.Case.__table__
    columns = [table.c[name] for name in LISTED]
    query = select(*columns, table.c.record).where(*_where(wanted, satisfied_from))
    if wanted.open or wanted.overdue is not None:
        query = query.order_by(
            table.c.urgency, table.c.next_due_at.is_(None), table.c.next_due_at, table.c.number
        )
    else:
        query = query.order_by(table.c.received_at.desc())
    return [_listed(dict(row)) for row in connection.execute(query.limit(limit).offset(offset)).mappings()]


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    record = row.pop("record")
    return {**row, "customer": record.get("customer"), "what": record.get("what")}


def count_open(connection: Connection, now: datetime, mine: tuple[str, str | None] | None) -> dict[str, int]:
    """Return how many cases are open, overdue, urgent, escalated."""
    table = m.Case
    query = select(
        func.count(),
        func.sum(case((table.next_due_at < now, 1), else_=0)),
        func.sum(case((table.urgency == 0, 1), else_=0)),
        func.sum(case((table.level > 0, 1), else_=0)),
    ).where(*_where(CaseFilter(open=True, mine=mine), 4))
    total, overdue, urgent, escalated = connection.execute(query).one()
    return {
        "open": total,
        "overdue": int(overdue or 0),
        "urgent": int(urgent or 0),
        "escalated": int(escalated or 0),
    }


def read_case(connection: Connection, number: int) -> dict[str, Any] | None:
    """Return a case with all that hangs on it; None where there is none."""
    row = connection.execute(select(m.Case.__table__).where(m.Case.number == number)).mappings().first()
    if row is None:
        return None
    told: dict[str, Any] = dict(row)
    for name, table, order in (
        ("events", m.CaseEvent, (m.CaseEvent.at, m.CaseEvent.number)),
        ("duties", m.CaseDuty, (m.CaseDuty.began_at, m.CaseDuty.duty)),
        ("attachments", m.Attachment, (m.Attachment.number,)),
        ("handovers", m.HandOver, (m.HandOver.number,)),
        ("recoveries", m.Recovery, (m.Recovery.number,)),
        ("callbacks", m.Callback, (m.Callback.number,)),
    ):
        columns: Any = table
        query = select(columns.__table__).where(columns.case == number).order_by(*order)
        told[name] = [dict(each) for each in connection.execute(query).mappings()]
    repeats = select(m.Case.number).where(m.Case.repeat_of == number).order_by(m.Case.number)
    told["repeats"] = list(connection.execute(repeats).scalars())
    return told
