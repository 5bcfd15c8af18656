"""Stored conversations: list and filter them, look at one, keep one that was read from a file."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, false, func, insert, not_, or_, select
from sqlalchemy.exc import IntegrityError

from assistant.desk.calendar import house_time
from assistant.errors import ConflictError
from assistant.model import CallEvent, Conversation
from assistant.review.facts import content_of
from assistant.store import models as m
from assistant.store import outbox
from assistant.store.audit import note
from assistant.store.calls import (
    ENDED,
    INTERRUPTED,
    RUNNING,
    entries_of,
    held_at,
    is_interrupted,
    renew,
    turn_rows,
    with_hold,
)
from assistant.store.contacts import erase_of_calls
from assistant.store.desk import erasure
from assistant.store.dialect import holding
from assistant.store.organisation import with_agent_name
from assistant.store.reports import save_first_reports
from assistant.store.review.facts import Judged, forget
from assistant.store.shares import house_day, of_teams, with_part_of
from assistant.store.signals import BOARD, signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, RowMapping, Select

    from assistant.model import Turn
    from assistant.store.calls import Hold

_SHOWN = (
    "call_id", "channel", "origin", "status", "agent_id", "agent_name", "started_at", "ended_at", "turns",
    "total", "grade",
)  # fmt: skip


# Made once: it costs more than running it.
_PUT = insert(m.Conversation).returning(m.Conversation.number, sort_by_parameter_order=True)


@dataclass(frozen=True, slots=True)
class Filter:
    """What conversations have to be like; None asks nothing. `since` counts, `until` doesn't.

    `agent_id` is somebody who had a part in them, `teams` those they count for (the agents' own on that day);
    `text` is what somebody says in them, however short; `emotion` what the customer shows somewhere;
    `least` and `most` bound the score, both included; `interrupted` are those without a connection, and
    those that ended without a bye.
    """

    status: str | None = None
    origin: str | None = None
    channel: str | None = None
    agent_id: str | None = None
    rule: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    emotion: str | None = None
    least: float | None = None
    most: float | None = None
    teams: tuple[str, ...] | None = None
    interrupted: bool | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A conversation as it lies in the store: the summary of the list, its turns, its latest report."""

    summary: Mapping[str, Any]
    meta: Mapping[str, Any]
    turns: tuple[Turn, ...]
    report: Mapping[str, Any] | None


def list_conversations(
    connection: Connection, wanted: Filter, *, limit: int, before: int | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Return summaries, latest first, and `before` for the ones that follow (None: no more)."""
    query = with_hold(with_agent_name(_filtered(connection, wanted)))
    query = query.order_by(m.Conversation.number.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(m.Conversation.number < before)
    rows = connection.execute(query).mappings().all()
    following = rows[limit - 1]["number"] if len(rows) > limit else None
    return [_summary(row) for row in rows[:limit]], following


def _filtered(connection: Connection, wanted: Filter) -> Select[Any]:
    table = m.Conversation
    query = select(table.__table__)
    bounds: tuple[tuple[Any, Callable[[Any, Any], Any], object], ...] = (
        (table.status, operator.eq, wanted.status),
        (table.origin, operator.eq, wanted.origin),
        (table.channel, operator.eq, wanted.channel),
        (table.started_at, operator.ge, wanted.since),
        (table.started_at, operator.lt, wanted.until),
        (table.total, operator.ge, wanted.least),
        (table.total, operator.le, wanted.most),
    )
    for column, within, bound in bounds:
        if bound is not None:
            query = query.where(within(column, bound))
    if wanted.agent_id is not None:
        query = query.where(table.number.in_(with_part_of(wanted.agent_id)))
    if wanted.teams is not None:
        query = query.where(table.number.in_(of_teams(wanted.teams, house_day(datetime.now(UTC)))))
    if wanted.interrupted is not None:
        interrupted = _interrupted()
        query = query.where(interrupted if wanted.interrupted else not_(interrupted))
    if wanted.emotion is not None:
        query = query.where(
            exists().where(m.Emotion.conversation == table.number, m.Emotion.label == wanted.emotion)
        )
    if wanted.text is not None:  # a look through all turns: no index of words finds a word of two characters
        words = m.Turn.__table__.c.text
        said = select(m.Turn.conversation).where(holding(connection, words, wanted.text))
        query = query.where(table.number.in_(said))
    if wanted.rule is not None:
        query = query.where(
            exists().where(m.Finding.conversation == table.number, m.Finding.rule == wanted.rule)
        )
    return query


def _interrupted() -> ColumnElement[bool]:
    """Return the condition that a call has no connection, or ended without a bye."""
    running = m.Conversation.status == RUNNING
    marked = func.coalesce(m.Conversation.pulse[INTERRUPTED].as_boolean(), false())
    return or_(and_(running, not_(held_at(datetime.now(UTC)))), and_(not_(running), marked))


def read_conversation(connection: Connection, call_id: str) -> Stored | None:
    row = (
        connection.execute(
            with_hold(with_agent_name(select(m.Conversation.__table__))).where(
                m.Conversation.call_id == call_id
            )
        )
        .mappings()
        .first()
    )
    if row is None:
        return None
    latest = (
        select(m.Report.body)
        .where(m.Report.conversation == row["number"])
        .order_by(m.Report.number.desc())
        .limit(1)
    )
    items = (entry.item for entry in entries_of(connection, row["number"]))
    turns = tuple(item for item in items if item is not None and not isinstance(item, CallEvent))
    return Stored(_summary(row), row["meta"], turns, connection.execute(latest).scalar())


def recorded(connection: Connection, wanted: Filter, last: int) -> Iterator[Conversation]:
    """Yield the last conversations that are as `wanted` and have ended, latest first, to be judged anew.

    Their texts are masked; a rule that holds for a time is judged by the day they were judged on.
    """
    query = _filtered(connection, wanted).where(m.Conversation.status == ENDED)
    query = query.order_by(m.Conversation.number.desc()).limit(last)
    for row in connection.execute(query).mappings().all():
        items = (entry.item for entry in entries_of(connection, row["number"]))
        yield Conversation(
            row["call_id"],
            tuple(item for item in items if item is not None),
            {"started_at": row["day"].isoformat(), **row["meta"]},
            row["channel"],
            row["origin"],
        )


def keep_conversation(
    connection: Connection, conversation: Conversation, report: Mapping[str, Any], *, day: date
) -> int:
    """Store a recorded conversation with its report; raises ConflictError (``exists``)."""
    judged = [(conversation, report, content_of(conversation))]
    return keep_conversations(connection, judged, day=day)[0]


def keep_conversations(
    connection: Connection, calls: Sequence[tuple[Conversation, Mapping[str, Any], str]], *, day: date
) -> list[int]:
    """Store recorded conversations with their reports and what each is known by; return their numbers.

    Raises ConflictError (``exists``) where there is one of the same id, and stores none.
    """
    if not calls:
        return []
    rows = [_row(conversation, report, day) for conversation, report, _ in calls]
    try:
        with connection.begin_nested():
            numbers = connection.execute(_PUT, rows).scalars().all()
    except IntegrityError:
        raise ConflictError("已有这个编号的通话", code="exists") from None
    turns: list[dict[str, Any]] = []
    marks: list[dict[str, Any]] = []
    for number, (conversation, _, _) in zip(numbers, calls, strict=True):
        said, marked = _rows(number, conversation)
        turns += said
        marks += marked
    for into, given in ((m.Turn, turns), (m.CallEvent, marks)):
        if given:
            connection.execute(insert(into), given)
    judged = [
        Judged(number, row, report, content)
        for number, row, (_, report, content) in zip(numbers, rows, calls, strict=True)
    ]
    save_first_reports(connection, judged)
    outbox.reports_finished(connection, [(each.row, each.report) for each in judged])
    signal(connection, BOARD)
    return list(numbers)


def _row(conversation: Conversation, report: Mapping[str, Any], day: date) -> dict[str, Any]:
    now = datetime.now(UTC)
    agent_id = conversation.meta.get("agent_id")
    score = report["score"] or {}
    return {
        "call_id": conversation.id, "channel": conversation.channel, "origin": conversation.origin,
        "status": ENDED, "meta": report["meta"], "agent_id": str(agent_id)[:200] if agent_id else None,
        "day": day, "started_at": _started(conversation) or now, "ended_at": now,
        "next_seq": len(conversation.items), "turns": len(conversation.turns), "events": 0,
        "total": score.get("total"), "grade": score.get("grade"),
    }  # fmt: skip


def erase(
    connection: Connection, by: str, *, call_ids: Sequence[str] = (), before: datetime | None = None
) -> int:
    """Delete conversations with all that hangs on them: those named, and ended ones that began before.

    Contact data that was kept for them goes, too, and from their complaint cases what was said and by whom.

    Returns how many; the audit log keeps that it was done, not what was said.
    """
    table = m.Conversation
    wanted: list[ColumnElement[bool]] = [table.call_id.in_(call_ids)]
    if before is not None:
        wanted.append(and_(table.started_at < before, table.status == ENDED))
    going = select(table.call_id).where(or_(*wanted))
    cases = sum(erasure.erase_of_calls(connection, by, calls) for calls in (call_ids, going))
    contacts = erase_of_calls(connection, call_ids) + erase_of_calls(connection, going)
    forget(connection, select(table.number).where(or_(*wanted)))
    gone = connection.execute(delete(table).where(or_(*wanted))).rowcount
    detail = {
        "conversations": gone, "before": before and before.isoformat(), "contacts": contacts, "cases": cases,
    }  # fmt: skip
    note(connection, by, "conversation.erase", ",".join(call_ids), detail)
    return gone


def drop(connection: Connection, by: str, hold: Hold) -> None:
    """Delete a call that is held and in which nobody has said a thing; raises ConflictError (``lost``)."""
    renew(connection, hold)
    here = m.Conversation.number == hold.number
    call_id = connection.execute(select(m.Conversation.call_id).where(here)).scalar_one()
    erase_of_calls(connection, [call_id])
    connection.execute(delete(m.Conversation).where(here))
    note(connection, by, "conversation.drop", call_id)
    signal(connection, BOARD)


def expire(connection: Connection, before: datetime, most: int) -> int:
    """Delete ended conversations that began before, the oldest first, `most` of them, as `erase` does.

    Returns how many.
    """
    table = m.Conversation
    oldest = (
        select(table.number)
        .where(table.started_at < before, table.status == ENDED)
        .order_by(table.started_at)
        .limit(most)
    )
    numbers = connection.execute(oldest).scalars().all()
    if numbers:
        going = select(table.call_id).where(table.number.in_(numbers))
        cases = erasure.erase_of_calls(connection, "retention", going)
        contacts = erase_of_calls(connection, going)
        forget(connection, numbers)
        connection.execute(delete(table).where(table.number.in_(numbers)))
        detail = {
            "conversations": len(numbers), "before": before.isoformat(), "contacts": contacts, "cases": cases,
        }  # fmt: skip
        note(connection, "retention", "conversation.expire", "", detail)
    return len(numbers)


def _rows(number: int, conversation: Conversation) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of turns and of events, numbered in the order they happened."""
    places = {
        item.index: seq for seq, item in enumerate(conversation.items) if not isinstance(item, CallEvent)
    }
    turns = [{**row, "seq": places[row["place"]]} for row in turn_rows(number, conversation.turns)]
    marks = [
        {"conversation": number, "seq": seq, "name": item.name, "at_s": item.at_s, "agent_id": item.agent_id}
        for seq, item in enumerate(conversation.items)
        if isinstance(item, CallEvent)
    ]
    return turns, marks


def _started(conversation: Conversation) -> datetime | None:
    """Return when a call began, where its source says so; without a zone it is the house's own time."""
    try:
        return house_time(datetime.fromisoformat(str(conversation.meta.get("started_at")))).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _summary(row: RowMapping) -> dict[str, Any]:
    return {**{name: row[name] for name in _SHOWN}, "interrupted": is_interrupted(row, datetime.now(UTC))}
