"""What the standard counts, by month, team, agent, customer's level, region; analysis of complaints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import case, func, select

from assistant.store import organisation_models as o
from assistant.store.desk import models as m
from assistant.store.desk.views import condition_of
from assistant.store.dialect import upsert

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection, Select, SQLColumnExpression

By = Literal["received_month", "team", "agent_id", "customer_level", "region"]
_CASES = (
    "timely",
    "inquiries",
    "inquiry_satisfied",
    "cross_region",
    "cross_region_satisfied",
    "key",
    "key_satisfied",
    "satisfied",
    "first_contact",
)
_PHONE = ("dialled", "connected", "agent_requests", "agent_answered")
DIMENSIONS = ("kind", "product", "department", "cause", "region", "channel")


@dataclass(frozen=True, slots=True)
class Asked:
    """Cases received from month `first` to `last`, one row a value of `by`; `only` bounds columns."""

    first: str
    last: str
    by: By | None = None
    only: Mapping[str, str] = field(default_factory=dict)


Counts = dict["str | None", dict[str, float]]


def counts(connection: Connection, asked: Asked, *, satisfied_from: int = 4) -> Counts:
    """Return the counts figures are made of; without `by` there is one row, under None.

    Phone counters are known by month and team alone.
    """
    table = m.Case
    chosen: list[Any] = [
        func.count().label("cases"),
        func.sum(table.answer_hours).label("answer_hours"),
        func.count(table.answered_at).label("answered"),
        func.count(table.repeat_of).label("repeats"),
        func.count(table.satisfaction).label("rated"),
        *(func.count().filter(_condition(name, satisfied_from)).label(name) for name in _CASES),
    ]
    query = select(*chosen).where(
        table.received_month.between(asked.first, asked.last), table.trial.is_(False)
    )
    told: Counts = {}
    for row in connection.execute(_grouped(query, asked)).mappings():
        told[row["by"] if asked.by else None] = {
            "firsts": float(row["cases"] - row["repeats"]),
            **{key: float(value or 0) for key, value in row.items() if key != "by"},
        }
    _phone(connection, told, asked)
    _recoveries(connection, told, asked)
    return told


def titles_of(connection: Connection, by: By | None) -> dict[str, str]:
    """Return what teams and agents are called, by their codes and ids."""
    table: Any = {"team": o.Team, "agent_id": o.Agent}.get(by or "")
    if table is None:
        return {}
    key = table.team_id if by == "team" else table.agent_id
    return {row[0]: row[1] for row in connection.execute(select(key, table.name)) if row[1]}


def _grouped(query: Select[*tuple[Any, ...]], asked: Asked) -> Select[*tuple[Any, ...]]:
    for name, value in asked.only.items():
        query = query.where(getattr(m.Case, name) == value)
    if asked.by:
        group = getattr(m.Case, asked.by)
        query = query.add_columns(group.label("by")).group_by(group)
    return query


def _condition(name: str, satisfied_from: int) -> SQLColumnExpression[bool]:
    condition = condition_of(name, satisfied_from)
    if condition is None:
        raise KeyError(name)
    return condition


def _phone(connection: Connection, told: Counts, asked: Asked) -> None:
    if asked.by not in (None, "received_month", "team") or set(asked.only) - {"team"}:
        return
    table = m.PhoneCounter
    sums = [func.sum(getattr(table, name)).label(name) for name in _PHONE]
    query = select(*sums).where(table.month.between(asked.first, asked.last))
    if "team" in asked.only:
        query = query.where(table.team == asked.only["team"])
    if asked.by:
        group = table.month if asked.by == "received_month" else table.team
        query = query.add_columns(group.label("by")).group_by(group)
    for row in connection.execute(query).mappings():
        into = told.setdefault(row["by"] if asked.by else None, {})
        into |= {name: float(row[name] or 0) for name in _PHONE}


def _recoveries(connection: Connection, told: Counts, asked: Asked) -> None:
    table, cases = m.Recovery, m.Case
    query = (
        select(
            func.sum(case((table.outcome.is_not(None), 1), else_=0)).label("recoveries"),
            func.sum(case((table.outcome == "recovered", 1), else_=0)).label("recovered"),
            func.sum(table.cost).label("cost"),
        )
        .join(cases.__table__, cases.number == table.case)
        .where(table.month.between(asked.first, asked.last), cases.trial.is_(False))
    )
    for row in connection.execute(_grouped(query, asked)).mappings():
        into = told.setdefault(row["by"] if asked.by else None, {})
        into |= {name: float(row[name] or 0) for name in ("recoveries", "recovered", "cost")}


def analysis(connection: Connection, first: str, last: str) -> dict[str, list[tuple[str | None, int]]]:
    """Return how many complaints there are of each kind, product, department, cause, region, channel."""
    table = m.Case
    columns = [getattr(table, name) for name in DIMENSIONS]
    query = (
        select(*columns, func.count())
        .where(table.received_month.between(first, last), table.trial.is_(False), table.need != "inquiry")
        .group_by(*columns)
    )
    totals: dict[str, Counter[str | None]] = {name: Counter() for name in DIMENSIONS}
    for row in connection.execute(query):
        for name, value in zip(DIMENSIONS, row[:-1], strict=True):
            totals[name][value] += row[-1]
    return {name: counter.most_common(20) for name, counter in totals.items()}


def keep_counters(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Keep what the phone system counted, by day and team; what comes again replaces the old."""
    for row in rows:
        day: date = row["day"]
        values = {**row, "month": day.strftime("%Y-%m")}
        change = ["month", *_PHONE]
        connection.execute(upsert(connection, m.PhoneCounter, values, key=["day", "team"], change=change))
    return len(rows)
