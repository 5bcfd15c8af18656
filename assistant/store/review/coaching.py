"""Coaching tasks: what an agent is to do better, acknowledged, and measured again later."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, insert, select, update

from assistant.desk.calendar import SHANGHAI
from assistant.errors import InputError, UsageError
from assistant.review.estimates import wilson
from assistant.store import models as m
from assistant.store.audit import note
from assistant.store.review import models as q

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

Json = dict[str, Any]
OPEN, ACKNOWLEDGED, MEASURED = "open", "acknowledged", "measured"
LOOKS_BACK = timedelta(days=30)


def new_task(
    connection: Connection, by: str, agent_id: str, title: str, *, rules: Sequence[str],
    examples: Sequence[Json], note_text: str, due: date, practice: str = "",
) -> int:  # fmt: skip
    """Give an agent a task about `rules`; how often they were broken in the last 30 days is kept beside it.

    `examples` name findings (call_id, turn, text). Raises UsageError without rules.
    """
    if not rules:
        raise UsageError("辅导单至少要针对一条规则", code="no-rule")
    today = datetime.now(SHANGHAI).date()
    values = {
        "agent_id": agent_id, "title": title, "rules": list(rules), "examples": list(examples),
        "note": note_text, "practice": practice, "state": OPEN, "due": due, "made_by": by,
        "made_at": datetime.now(UTC), "after": None,
        "before": measured(connection, agent_id, rules, today - LOOKS_BACK, today),
    }  # fmt: skip
    number = int(
        connection.execute(insert(q.Coaching).values(values).returning(q.Coaching.number)).scalar_one()
    )
    note(connection, by, "qa.coaching", agent_id, {"rules": list(rules)})
    return number


def measured(connection: Connection, agent_id: str, rules: Sequence[str], since: date, until: date) -> Json:
    """Return in how many of an agent's calls of these days one of the rules was broken, with the interval."""
    fact = q.CallFact
    broken = exists().where(m.Finding.conversation == fact.conversation, m.Finding.rule.in_(rules))
    own = (fact.agent_id == agent_id, fact.scored.is_(True), fact.day.between(since, until))
    calls = connection.execute(select(func.count()).select_from(fact).where(*own)).scalar() or 0
    hits = connection.execute(select(func.count()).select_from(fact).where(*own, broken)).scalar() or 0
    share = wilson(hits, calls)
    return {
        "since": since.isoformat(), "until": until.isoformat(), "calls": calls, "hits": hits,
        "share": share.value, "low": share.low, "high": share.high,
    }  # fmt: skip


def list_tasks(connection: Connection, agent_id: str | None = None) -> list[Json]:
    table = q.Coaching.__table__
    query = select(table).order_by(table.c.number.desc()).limit(200)
    if agent_id is not None:
        query = query.where(table.c.agent_id == agent_id)
    return [dict(row) for row in connection.execute(query).mappings()]


def acknowledge_task(connection: Connection, by: str, number: int, agent_id: str | None) -> None:
    row = _row(connection, number)
    if agent_id not in (None, row["agent_id"]):
        raise InputError("没有这张辅导单", code="unknown-task")
    if row["acknowledged_at"] is None:
        values = {"acknowledged_at": datetime.now(UTC), "state": ACKNOWLEDGED}
        connection.execute(update(q.Coaching).where(q.Coaching.number == number).values(values))
        note(connection, by, "qa.coaching.acknowledge", str(number))


def measure_task(connection: Connection, by: str, number: int) -> Json:
    """Measure again: the calls since the task was given."""
    row = _row(connection, number)
    given = row["made_at"].astimezone(SHANGHAI).date()
    today = datetime.now(SHANGHAI).date()
    after = measured(connection, row["agent_id"], row["rules"], given + timedelta(days=1), today)
    values = {"after": after, "measured_at": datetime.now(UTC), "state": MEASURED}
    connection.execute(update(q.Coaching).where(q.Coaching.number == number).values(values))
    note(connection, by, "qa.coaching.measure", str(number), {"calls": after["calls"], "hits": after["hits"]})
    return after


def measure_due(connection: Connection, today: date) -> int:
    """Measure the tasks again whose time is over and that nobody has measured; return how many."""
    table = q.Coaching.__table__
    due = select(table.c.number).where(table.c.due < today, table.c.state != MEASURED).limit(100)
    numbers = connection.execute(due).scalars().all()
    for number in numbers:
        measure_task(connection, "system", number)
    return len(numbers)


def _row(connection: Connection, number: int) -> Json:
    row = (
        connection.execute(select(q.Coaching.__table__).where(q.Coaching.number == number)).mappings().first()
    )
    if row is None:
        raise InputError("没有这张辅导单", code="unknown-task")
    return dict(row)
