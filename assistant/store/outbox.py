"""The outbox: events other systems hear of, written down in the transaction of what they tell of.

A message waits here until its endpoint has said that it has it: none is lost, one may come twice (with the
same id). It tells which call or case, whose, and how it went; never what was said, nor who the customer is.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID, uuid4, uuid5

from sqlalchemy import delete, func, insert, select, update

from assistant.report.plain import dumps
from assistant.store import models as m
from assistant.store import work_models as w
from assistant.store.audit import note
from assistant.store.jobs import enqueue

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

ALERT = "alert"
"""An early warning in a live call."""
REPORT = "report.finished"
"""A call has ended, or a recorded one was stored, with its report."""
CASE_OPENED, CASE_CHANGED = "case.opened", "case.changed"
"""A complaint has become a case; something was done to one, or happened to it."""
DEADLINE_NEAR, DEADLINE_MISSED = "deadline.near", "deadline.missed"
CLUSTER = "complaint.cluster"
"""Several customers complain of the same."""
CALL_TYPES = (ALERT, REPORT)
TYPES = (*CALL_TYPES, CASE_OPENED, CASE_CHANGED, DEADLINE_NEAR, DEADLINE_MISSED, CLUSTER)
DELIVER = "webhook"
"""The kind of the jobs that deliver messages."""
WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
GIVE_UP = timedelta(days=3)
"""How long an endpoint may fail before it is told no more."""
SECRET_PREFIX = "whsec_"  # noqa: S105 (what a secret begins with)
_SECRET_BYTES = 32
_REAL = frozenset(["live", "import", "chat"])
_SEVERITIES = ("hint", "minor", "major", "fatal")
_COMPLAINT = ("is_complaint", "severity", "danger")
GONE = "410"
_LISTENING = select(w.Endpoint.number, w.Endpoint.types).where(w.Endpoint.active)
_KEYED = UUID("6d3f0d2a-5b2e-4c39-9a53-2f6f1c0a7f4e")
Fate = Literal["again", "failed", "disabled"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where messages go, and how that goes: what waits for it, what was given up."""

    number: int
    url: str
    types: tuple[str, ...]
    active: bool
    made_at: datetime
    failing_since: datetime | None
    delivered_at: datetime | None
    disabled_why: str | None
    waiting: int
    failed: int


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message and where it goes."""

    number: int
    message_id: str
    body: str
    endpoint: int
    url: str
    secret: str
    active: bool


@dataclass(frozen=True, slots=True)
class News:
    """What other systems are to hear; `key` names the event: the same event has the same message id."""

    type: str
    key: str
    data: Mapping[str, Any]

    @property
    def message_id(self) -> str:
        return f"msg_{uuid5(_KEYED, self.key).hex}"


def alert(connection: Connection, conversation: int, event: Mapping[str, Any]) -> None:
    """Tell of an early warning (the wire event of it)."""
    row = connection.execute(
        select(m.Conversation.__table__).where(m.Conversation.number == conversation)
    ).mappings()
    call = row.one()
    data = {"turn": event["data"]["turn"], "intensity": event["data"]["intensity"]}
    tell(connection, _of_call(ALERT, call, data))


def report_finished(connection: Connection, call: Mapping[Any, Any], report: Mapping[str, Any]) -> None:
    """Tell of the ``huashu.report/1`` of a call (its row)."""
    reports_finished(connection, [(call, report)])


def reports_finished(
    connection: Connection, calls: Iterable[tuple[Mapping[Any, Any], Mapping[str, Any]]]
) -> None:
    """Tell of the reports of calls."""
    tell(
        connection,
        [news for call, report in calls for news in _of_call(REPORT, call, _finished(call, report))],
    )


def _finished(call: Mapping[Any, Any], report: Mapping[str, Any]) -> dict[str, Any]:
    score = report.get("score") or {}
    complaint = report.get("complaint") or {}
    counts = dict.fromkeys(_SEVERITIES, 0)
    for finding in report["findings"]:
        counts[finding["severity"]] += 1
    return {
        "status": report["status"],
        "score": {"total": score.get("total"), "grade": score.get("grade")},
        "findings": counts,
        "complaint": {name: complaint[name] for name in _COMPLAINT} if complaint else None,
        "interrupted": bool((call.get("pulse") or {}).get("interrupted")),
    }


def _about(call: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: call[name] for name in ("call_id", "agent_id", "channel", "origin")}


def _of_call(type_: str, call: Mapping[Any, Any], data: dict[str, Any]) -> list[News]:
    """Return what is told of a call; practice and the simulator tell nobody."""
    return [News(type_, uuid4().hex, _about(call) | data)] if call["origin"] in _REAL else []


def tell(connection: Connection, told: Sequence[News]) -> None:
    """Write messages for each endpoint that hears of such."""
    endpoints = connection.execute(_LISTENING).all() if told else ()
    now = datetime.now(UTC)
    for news in told:
        numbers = [row.number for row in endpoints if news.type in row.types]
        body = body_of(news.type, now, news.data) if numbers else ""
        for endpoint in numbers:
            values = {
                "message_id": news.message_id, "endpoint": endpoint, "type": news.type, "body": body,
                "status": WAITING, "made_at": now, "attempts": 0,
            }  # fmt: skip
            put = insert(w.Message).values(values).returning(w.Message.number)
            _deliver(connection, connection.execute(put).scalar_one())


def body_of(type_: str, moment: datetime, data: Mapping[str, Any]) -> str:
    """Return what is sent, as Standard Webhooks have it."""
    return dumps({"type": type_, "timestamp": moment.isoformat(), "data": data})


def _deliver(connection: Connection, message: int) -> None:
    enqueue(connection, DELIVER, {"message": message}, unique=f"{DELIVER}:{message}")


def add_endpoint(connection: Connection, by: str, url: str, types: Sequence[str]) -> tuple[int, str]:
    """Add an endpoint; return its number, and the secret its messages are signed with."""
    secret = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    values = {
        "url": url, "types": list(types), "secret": secret, "active": True, "made_at": datetime.now(UTC),
    }  # fmt: skip
    put = insert(w.Endpoint).values(values).returning(w.Endpoint.number)
    number: int = connection.execute(put).scalar_one()
    note(connection, by, "webhook.add", str(number), {"url": url, "types": list(types)})
    return number, secret


def list_endpoints(connection: Connection) -> list[Endpoint]:
    counted = (
        select(w.Message.endpoint, w.Message.status, func.count().label("messages"))
        .where(w.Message.status != DELIVERED)
        .group_by(w.Message.endpoint, w.Message.status)
    )
    counts = {(row.endpoint, row.status): row.messages for row in connection.execute(counted)}
    rows = connection.execute(select(w.Endpoint.__table__).order_by(w.Endpoint.number)).mappings()
    return [
        Endpoint(
            row["number"], row["url"], tuple(row["types"]), row["active"], row["made_at"],
            row["failing_since"], row["delivered_at"], row["disabled_why"],
            counts.get((row["number"], WAITING), 0), counts.get((row["number"], FAILED), 0),
        )
        for row in rows
    ]  # fmt: skip


def address_of(connection: Connection, number: int) -> tuple[str, str] | None:
    """Return the URL and the secret of an endpoint, None where there is none."""
    row = connection.execute(
        select(w.Endpoint.url, w.Endpoint.secret).where(w.Endpoint.number == number)
    ).first()
    return None if row is None else (row.url, row.secret)


def drop_endpoint(connection: Connection, by: str, number: int) -> bool:
    """Delete an endpoint and what waits for it."""
    gone = connection.execute(delete(w.Endpoint).where(w.Endpoint.number == number)).rowcount == 1
    if gone:
        note(connection, by, "webhook.remove", str(number))
    return gone


def enable_endpoint(connection: Connection, by: str, number: int) -> bool:
    """Tell an endpoint again, what waits for it and what was given up first."""
    values = {"active": True, "failing_since": None, "disabled_why": None}
    if connection.execute(update(w.Endpoint).where(w.Endpoint.number == number).values(values)).rowcount != 1:
        return False
    left = w.Message.endpoint == number, w.Message.status != DELIVERED
    now = datetime.now(UTC)  # they have as long as new ones
    connection.execute(update(w.Message).where(*left).values(status=WAITING, made_at=now))
    for message in connection.execute(select(w.Message.number).where(*left)).scalars().all():
        _deliver(connection, message)
    note(connection, by, "webhook.enable", str(number))
    return True


def parcel(connection: Connection, number: int) -> Parcel | None:
    """Return a message that waits; None for one that was delivered, given up or deleted."""
    query = (
        select(
            w.Message.message_id, w.Message.body, w.Message.endpoint, w.Endpoint.url, w.Endpoint.secret,
            w.Endpoint.active,
        )
        .join(w.Endpoint.__table__, w.Endpoint.number == w.Message.endpoint)
        .where(w.Message.number == number, w.Message.status == WAITING)
    )  # fmt: skip
    row = connection.execute(query).first()
    return None if row is None else Parcel(number, *row)


def delivered(connection: Connection, sent: Parcel, answer: str) -> None:
    now = datetime.now(UTC)
    values = {"status": DELIVERED, "delivered_at": now, "answer": answer, "attempts": w.Message.attempts + 1}
    connection.execute(update(w.Message).where(w.Message.number == sent.number).values(values))
    well = {"failing_since": None, "delivered_at": now}
    connection.execute(update(w.Endpoint).where(w.Endpoint.number == sent.endpoint).values(well))


def refused(connection: Connection, sent: Parcel, answer: str, *, now: datetime | None = None) -> Fate:
    """Note that a message didn't arrive; return what becomes of it.

    An endpoint that is gone for good (410), or has failed for GIVE_UP, is disabled, and its messages wait.
    A message that alone fails for so long is given up.
    """
    now = now or datetime.now(UTC)
    tried = {"answer": answer, "attempts": w.Message.attempts + 1}
    here, there = w.Message.number == sent.number, w.Endpoint.number == sent.endpoint
    made_at = connection.execute(
        update(w.Message).where(here).values(tried).returning(w.Message.made_at)
    ).scalar()
    failing = func.coalesce(w.Endpoint.failing_since, now)
    since = connection.execute(
        update(w.Endpoint).where(there).values(failing_since=failing).returning(w.Endpoint.failing_since)
    ).scalar()
    if made_at is None or since is None:  # deleted meanwhile
        return "disabled"
    if answer == GONE or since <= now - GIVE_UP:
        why = "gone" if answer == GONE else "failing"
        connection.execute(update(w.Endpoint).where(there).values(active=False, disabled_why=why))
        note(connection, "webhooks", "webhook.disable", str(sent.endpoint), {"why": why})
        return "disabled"
    if made_at <= now - GIVE_UP:
        connection.execute(update(w.Message).where(here).values(status=FAILED))
        return "failed"
    return "again"


def figures(connection: Connection) -> dict[str, Any]:
    """Return how many messages wait and were given up, since when the oldest waits, endpoints disabled."""
    counted = (
        select(w.Message.status, func.count()).where(w.Message.status != DELIVERED).group_by(w.Message.status)
    )
    numbers = {row[0]: row[1] for row in connection.execute(counted)}
    oldest = select(func.min(w.Message.made_at)).where(w.Message.status == WAITING)
    disabled = select(func.count()).select_from(w.Endpoint).where(w.Endpoint.active.is_(False))
    return {
        "waiting": numbers.get(WAITING, 0),
        "failed": numbers.get(FAILED, 0),
        "oldest": connection.execute(oldest).scalar(),
        "disabled": connection.execute(disabled).scalar_one(),
    }


def clear_messages(connection: Connection, status: str, before: datetime, most: int) -> int:
    """Delete messages of a status that were written before, `most` of them; return how many."""
    old = select(w.Message.number).where(w.Message.status == status, w.Message.made_at < before).limit(most)
    return connection.execute(delete(w.Message).where(w.Message.number.in_(old))).rowcount
