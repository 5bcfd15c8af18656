"""Who is told what: on the pages, by mail as a digest. An event is told to each recipient once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select, update

from assistant.desk.cases import Case, Event
from assistant.store.desk import models as m
from assistant.store.dialect import upsert, upserting
from assistant.store.organisation import leaders_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assistant.desk.definition import DeskRules, Notice

_MOST = 200
_LEADER = "rank:supervisor"


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a case (its row) somebody may have to hear of; `key` is the event's own."""

    row: Mapping[Any, Any]
    event: Event
    key: str


def tell(connection: Connection, rules: DeskRules, told: Sequence[Told]) -> None:
    """Tell those whom events concern; a supervisor is the one who leads the team of the case."""
    drafts = [
        _draft(each.key, recipient, text, each.event, each.row["number"], urgent=notice.urgent)
        | {"team": each.row["team"]}
        for each in told
        for notice in rules.authority.notify
        if notice.event == each.event.kind and Case(each.row["state"], each.row["record"]).suits(notice.when)
        for text in [_text(rules, notice, each)]
        for recipient in _recipients(rules, notice, each.row, each.event)
    ]
    if not drafts:
        return
    teams = {draft["team"] for draft in drafts if draft["recipient"] == _LEADER} - {None}
    led = leaders_of(connection, teams) if teams else {}
    for draft in drafts:
        leader = led.get(draft.pop("team"))
        if leader is not None and draft["recipient"] == _LEADER:
            draft["recipient"] = f"user:{leader}"
    put = upserting(connection.dialect.name, m.Notification, ("key", "recipient"), ())
    connection.execute(put, drafts)


def _text(rules: DeskRules, notice: Notice, told: Told) -> str:
    duty = told.event.detail.get("duty")
    title = rules.duty(duty).title if duty else ""
    what = told.event.detail.get("what", "")
    return notice.text.format(case=f"工单 {told.row['number']}", title=title, what=what)


def put(
    connection: Connection, key: str, recipient: str, text: str, event: Event, *, case: int, urgent: bool
) -> bool:
    """Tell one recipient of an event; False: it has been told already."""
    values = _draft(key, recipient, text, event, case, urgent=urgent)
    statement = upsert(connection, m.Notification, values, key=["key", "recipient"], change=[])
    return connection.execute(statement.returning(m.Notification.number)).scalar() is not None


def _draft(key: str, recipient: str, text: str, event: Event, case: int, *, urgent: bool) -> dict[str, Any]:
    return {
        "key": key, "recipient": recipient, "case": case, "event": event.kind, "text": text, "urgent": urgent,
        "at": event.at,
    }  # fmt: skip


def _recipients(rules: DeskRules, notice: Notice, row: Mapping[Any, Any], event: Event) -> list[str]:
    found: list[str] = []
    for name in notice.to:
        if name == "owner":
            found.append(f"user:{row['owner']}")
        elif name == "receiver":
            found.append(f"user:{event.detail['receiver']}")
        elif name == "approver":
            found.append(f"rank:{rules.duty(event.detail['duty']).approver}")
        elif name == "level":
            level = next(each for each in rules.authority.levels if each.level == event.detail["level"])
            found += [f"rank:{rank}" for rank in level.notify]
        else:
            found.append(f"rank:{name}")
    return list(dict.fromkeys(found))


def notices_for(
    connection: Connection, recipients: Sequence[str], *, unread: bool = True
) -> list[dict[str, Any]]:
    """Return what was told to these recipients, the latest first: two hundred at most."""
    table = m.Notification
    query = select(table.__table__).where(table.recipient.in_(recipients))
    if unread:
        query = query.where(table.read_at.is_(None))
    rows = connection.execute(query.order_by(table.number.desc()).limit(_MOST)).mappings()
    return [dict(row) for row in rows]


def count_unread(connection: Connection, recipients: Sequence[str]) -> int:
    table = m.Notification
    query = select(func.count()).where(table.recipient.in_(recipients), table.read_at.is_(None))
    return int(connection.execute(query).scalar_one())


def mark_read(connection: Connection, recipients: Sequence[str], upto: int, now: datetime) -> int:
    """Mark what was told up to notification `upto` as read; return how many."""
    table = m.Notification
    here = (table.recipient.in_(recipients), table.number <= upto, table.read_at.is_(None))
    return connection.execute(update(table).where(*here).values(read_at=now)).rowcount


def claim_mail(connection: Connection, now: datetime, digest_minutes: int) -> dict[str, list[int]]:
    """Return what is to be mailed now, as numbers of notifications by recipient, and mark it as taken.

    What waits for a recipient goes when the oldest has waited long enough, or something urgent comes.
    """
    table = m.Notification
    ripe = (
        select(table.recipient)
        .where(table.mailed_at.is_(None))
        .where(or_(table.urgent, table.at <= now - timedelta(minutes=digest_minutes)))
        .distinct()
    )
    recipients = connection.execute(ripe).scalars().all()
    if not recipients:
        return {}
    taken = connection.execute(
        update(table)
        .where(table.recipient.in_(recipients), table.mailed_at.is_(None))
        .values(mailed_at=now)
        .returning(table.recipient, table.number)
    ).all()
    letters: dict[str, list[int]] = {}
    for recipient, number in sorted(taken):
        letters.setdefault(recipient, []).append(number)
    return letters


def texts_of(connection: Connection, numbers: Sequence[int]) -> list[str]:
    """Return the texts of notifications, in their order."""
    table = m.Notification
    query = select(table.text).where(table.number.in_(numbers)).order_by(table.number)
    return list(connection.execute(query).scalars())
