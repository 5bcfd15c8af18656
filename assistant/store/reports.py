"""Reports of calls, what is searched for in them, and the rule packs they were judged by."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, update

from assistant.store import models as m
from assistant.store.dialect import upserting
from assistant.store.review.facts import note_first_reports, note_report
from assistant.store.shares import add_shares, save_shares

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from assistant.store.review.facts import Judged


def save_report(connection: Connection, number: int, report: Mapping[str, Any], *, content: str = "") -> None:
    """Store a ``huashu.report/1`` object as the latest report of a call; `content` is what it is known by."""
    score = report["score"] or {}
    connection.execute(
        update(m.Conversation)
        .where(m.Conversation.number == number)
        .values(total=score.get("total"), grade=score.get("grade"))
    )
    connection.execute(delete(m.Finding).where(m.Finding.conversation == number))
    connection.execute(delete(m.Emotion).where(m.Emotion.conversation == number))
    _add(connection, [(number, report)])
    save_shares(connection, number, report)
    note_report(connection, number, report, content)


def save_first_reports(connection: Connection, calls: Sequence[Judged]) -> None:
    """Store the first reports of calls that were just stored with their score, for all of them at once."""
    if not calls:
        return
    _add(connection, [(call.number, call.report) for call in calls])
    parts = [(call.number, call.row["agent_id"], call.row["started_at"], call.report) for call in calls]
    add_shares(connection, parts)
    note_first_reports(connection, calls)


def _add(connection: Connection, reports: Sequence[tuple[int, Mapping[str, Any]]]) -> None:
    """Add reports, with what is searched for in them."""
    now = datetime.now(UTC)
    bodies = [
        {
            "conversation": number, "made_at": now, "ruleset_sha256": report["ruleset_sha256"],
            "body": dict(report),
        }
        for number, report in reports
    ]  # fmt: skip
    connection.execute(insert(m.Report), bodies)
    rows = [_finding_row(number, finding) for number, report in reports for finding in report["findings"]]
    if rows:
        connection.execute(insert(m.Finding), rows)
    shown = {
        (number, turn["emotion"]["label"])
        for number, report in reports
        for turn in report["turns"]
        if turn.get("emotion")
    }
    if shown:
        labels = [{"conversation": number, "label": label} for number, label in sorted(shown)]
        connection.execute(insert(m.Emotion), labels)
    used = {pack["sha256"]: pack for _, report in reports for pack in report["packs"]}
    packs = [{**pack, "first_used_at": now} for pack in used.values()]
    if packs:
        connection.execute(upserting(connection.dialect.name, m.RulePack, ("sha256",), ()), packs)


def _finding_row(number: int, finding: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "conversation": number,
        "turn": finding["turn"],
        "rule": finding["rule"],
        "family": finding["family"],
        "severity": finding["severity"],
        "agent_id": finding.get("agent_id"),
        "body": dict(finding),
    }
