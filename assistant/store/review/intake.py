"""Take recorded calls in: each is stored once, whatever its file is called and however often it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from assistant.review.facts import content_of
from assistant.store import models as m
from assistant.store.audit import note
from assistant.store.conversations import keep_conversations
from assistant.store.reports import save_report
from assistant.store.review import models as q
from assistant.store.review.facts import latest_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

    from assistant.model import Conversation

_BY_ID = (
    select(m.Conversation.call_id, m.Conversation.number, q.CallFact.content)
    .outerjoin(q.CallFact, q.CallFact.conversation == m.Conversation.number)
    .where(m.Conversation.call_id.in_(bindparam("ids", expanding=True)))
)
_TWINS = (
    select(q.CallFact.content, m.Conversation.call_id)
    .join(m.Conversation, q.CallFact.conversation == m.Conversation.number)
    .where(q.CallFact.content.in_(bindparam("contents", expanding=True)))
    .order_by(m.Conversation.number.desc())
)
Known = tuple[int | None, str | None]
"""The number (None: of the same batch) and what the call is known by."""
Taken = dict[str, Any]
"""`status` (stored, duplicate, rescored, conflict), `call_id`, `total`, `grade`, `path`."""


def take_in(
    connection: Connection,
    by: str,
    calls: Sequence[tuple[Conversation, Mapping[str, Any]]],
    *,
    day: date,
    rescore: bool = False,
) -> list[Taken]:
    """Store calls with their reports; say of each what became of it.

    A call is known by its id, and by its content under another id. `rescore` gives a known call the new
    report, where rules or scorecard have changed, and keeps the old one.
    """
    judged = [(call, report, content_of(call)) for call, report in calls]
    ids, contents = _known(connection, judged)
    fresh: list[tuple[Conversation, Mapping[str, Any], str]] = []
    taken = []
    for call, report, content in judged:
        told = _told(call, report)
        known = ids.get(call.id)
        if known is None and content in contents:
            told |= {"status": "duplicate", "call_id": contents[content]}
        elif known is None:
            fresh.append((call, report, content))
            ids[call.id], contents[content] = (None, content), call.id
        else:
            told["status"] = _again(connection, known, report, content, rescore=rescore)
        taken.append(told)
    keep_conversations(connection, fresh, day=day)
    counted: dict[str, int] = {}
    for each in taken:
        counted[each["status"]] = counted.get(each["status"], 0) + 1
    note(connection, by, "qa.import", "", counted)
    return taken


def _told(call: Conversation, report: Mapping[str, Any]) -> Taken:
    score = report["score"] or {}
    return {
        "path": call.path, "call_id": call.id, "status": "stored", "scored": report["status"],
        "total": score.get("total"), "grade": score.get("grade"), "findings": len(report["findings"]),
    }  # fmt: skip


def _known(
    connection: Connection, judged: Sequence[tuple[Conversation, Mapping[str, Any], str]]
) -> tuple[dict[str, Known], dict[str, str]]:
    """Return what is stored under the ids of calls, and the ids of calls that say the same."""
    ids = {"ids": [call.id for call, _, _ in judged]}
    found = connection.execute(_BY_ID, ids)
    contents = connection.execute(_TWINS, {"contents": [content for _, _, content in judged]})
    return {row.call_id: (row.number, row.content) for row in found}, {
        row.content: row.call_id for row in contents
    }


def _again(
    connection: Connection, known: Known, report: Mapping[str, Any], content: str, *, rescore: bool
) -> str:
    """Say what becomes of a call whose id is known; give it the new report where that is asked for."""
    number, before = known
    if before not in (None, "", content):
        return "conflict"
    if rescore and number is not None and _changed(connection, number, report):
        save_report(connection, number, report, content=content)
        return "rescored"
    return "duplicate"


def _changed(connection: Connection, number: int, report: Mapping[str, Any]) -> bool:
    latest = latest_report(connection, number)
    if latest is None:
        return True
    before = latest["body"]
    return any(before.get(key) != report.get(key) for key in ("ruleset_sha256", "scorecard", "model"))
