"""What a supervisor looks at: the calls under way, and how the day goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, not_, select

from assistant.store import models as m
from assistant.store.calls import RUNNING, held_at, is_interrupted, with_hold
from assistant.store.organisation import with_agent_name
from assistant.store.shares import house_day, of_teams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

MOST = 1_000
REAL = ("live", "import", "chat")
"""The origins that figures count: practice and the simulator don't."""
_SHOWN = (
    "number", "call_id", "channel", "origin", "status", "agent_id", "started_at", "turns", "events", "pulse",
)  # fmt: skip


def running_calls(connection: Connection, teams: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the calls under way (of agents of `teams`), the latest first: a thousand at most.

    Those whose connection is gone are `interrupted`.
    """
    table, now = m.Conversation.__table__, datetime.now(UTC)
    query = (
        with_hold(with_agent_name(select(*(table.c[name] for name in _SHOWN))))
        .where(m.Conversation.status == RUNNING)
        .order_by(m.Conversation.started_at.desc())
        .limit(MOST)
    )
    if teams is not None:
        query = query.where(table.c.number.in_(_of(teams)))
    rows = connection.execute(query).mappings()
    return [{**row, "interrupted": is_interrupted(row, now)} for row in rows]


def figures(connection: Connection, since: datetime, teams: Sequence[str] | None = None) -> dict[str, Any]:
    """Return how many calls (that count for `teams`) run now, and what became of those since `since`.

    They are real calls; `practice` counts the others that run, `interrupted` those whose connection is gone.
    """
    table = m.Conversation
    real = [table.started_at >= since, table.origin.in_(REAL)]
    under_way = [table.status == RUNNING]
    if teams is not None:
        real.append(table.number.in_(_of(teams)))
        under_way.append(table.number.in_(_of(teams)))
    calls, mean = connection.execute(select(func.count(), func.avg(table.total)).where(*real)).one()
    held, counted = held_at(datetime.now(UTC)), table.origin.in_(REAL)
    states = (held & counted, held & not_(counted), not_(held))
    counts = [func.sum(case((state, 1), else_=0)) for state in states]
    sums: Select[Any] = select(*counts).where(*under_way)
    running, practice, interrupted = connection.execute(sums).one()
    grave = (
        select(func.count(m.Finding.conversation.distinct()))
        .join(m.Conversation.__table__, table.number == m.Finding.conversation)
        .where(*real, m.Finding.severity.in_(["major", "fatal"]))
    )
    return {
        "calls": calls,
        "running": int(running or 0),
        "practice": int(practice or 0),
        "interrupted": int(interrupted or 0),
        "mean": None if mean is None else round(float(mean), 1),
        "grave": connection.execute(grave).scalar() or 0,
    }


def _of(teams: Sequence[str]) -> Any:
    return of_teams(teams, house_day(datetime.now(UTC)))
