"""Reviews: verdicts beside the machine's, under a version number, so that nobody's work is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from assistant.errors import ConflictError, InputError
from assistant.report.reading import finding_from_object, report_from_object
from assistant.report.wire import finding_object, score_object
from assistant.review.judgement import Verdict, added_finding, check_verdict, rescore
from assistant.store import models as m
from assistant.store.audit import note
from assistant.store.review import models as q
from assistant.store.review.draws import DONE, OPEN, UNSCORABLE, open_review
from assistant.store.review.facts import note_score, refuse_closed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

    from assistant.model import Finding, Report, Scorecard
    from assistant.score import ScorecardDefinition
    from assistant.store.review.cards import Shelf

Json = dict[str, Any]
_RECORDING = ("recording_url", "recording", "audio_url", "录音地址", "录音")
_VERDICT = (
    "part",
    "name",
    "rule",
    "machine",
    "word",
    "points",
    "reason",
    "finding",
    "implied",
    "person",
    "at",
)


def review_of(connection: Connection, by: str, call_id: str, *, assignee: str | None) -> int:
    """Return the review of a call; one is opened for `assignee` where there is none."""
    call = connection.execute(select(m.Conversation.number).where(m.Conversation.call_id == call_id)).scalar()
    if call is None:
        raise InputError("没有这通电话", code="unknown-conversation")
    known = connection.execute(select(q.Review.number).where(q.Review.conversation == call)).scalar()
    if known is not None:
        return int(known)
    number = open_review(connection, call, assignee, datetime.now(UTC))
    note(connection, by, "qa.review.open", call_id)
    return number


def read_review(connection: Connection, number: int) -> Json:
    """Return a review with its call, the report it is about, and the verdicts; raises InputError."""
    row = _row(connection, number)
    call = (
        connection.execute(
            select(m.Conversation.__table__).where(m.Conversation.number == row["conversation"])
        )
        .mappings()
        .one()
    )
    fact = (
        connection.execute(
            select(q.CallFact.month, q.CallFact.acknowledged_at, q.CallFact.shown_at).where(
                q.CallFact.conversation == row["conversation"]
            )
        )
        .mappings()
        .first()
    )
    return {
        **{name: row[name] for name in ("number", "assignee", "state", "version", "full", "reason", "score",
                                        "opened_at", "done_at", "done_by", "changed_by")},
        "call_id": call["call_id"], "agent_id": call["agent_id"], "meta": call["meta"],
        "started_at": call["started_at"], "channel": call["channel"],
        "acknowledged_at": fact and fact["acknowledged_at"], "month": fact and fact["month"],
        "report": _report_body(connection, row["report"]),
        "verdicts": [dict(each) for each in verdicts_of(connection, number)],
    }  # fmt: skip


def recording_of(connection: Connection, number: int) -> str | None:
    """Return where a review's call is recorded, by its meta; raises InputError."""
    row = _row(connection, number)
    meta = connection.execute(
        select(m.Conversation.meta).where(m.Conversation.number == row["conversation"])
    ).scalar_one()
    return next((str(meta[key]) for key in _RECORDING if meta.get(key)), None)


def verdicts_of(connection: Connection, number: int) -> Sequence[RowMapping]:
    table = q.VerdictRow.__table__
    query = select(*(table.c[name] for name in _VERDICT)).where(table.c.review == number)
    return connection.execute(query.order_by(table.c.number)).mappings().all()


def give_verdict(
    connection: Connection, by: str, number: int, version: int, *, verdict: Verdict, shelf: Shelf,
    rule: Mapping[str, Any] | None = None,
) -> Json:  # fmt: skip
    """Store a verdict and the score that follows; returns `version`, `score`, `verdicts`.

    An added finding needs its `rule`. Raises ConflictError (``stale``, ``closed``), UsageError.
    """
    row = _to_change(connection, number, version)
    report, card = _judged_by(connection, row, shelf)
    check_verdict(report, card, verdict)
    about, told, machine = _beside(report, card, verdict, rule)
    values = {
        "review": number, "part": verdict.part, "name": verdict.name, "rule": about, "machine": machine,
        "word": verdict.word, "points": verdict.points, "reason": verdict.reason.strip(),
        "finding": told, "implied": False, "person": by, "at": datetime.now(UTC),
    }  # fmt: skip
    _put(connection, values)
    note(
        connection, by, "qa.verdict", str(number), {"part": verdict.part, "word": verdict.word, "rule": about}
    )
    return _rescored(connection, by, row, report=report, card=card)


def withdraw_verdict(
    connection: Connection, by: str, number: int, version: int, *, part: str, name: str, shelf: Shelf
) -> Json:
    """Take a verdict back."""
    row = _to_change(connection, number, version)
    report, card = _judged_by(connection, row, shelf)
    connection.execute(
        delete(q.VerdictRow).where(
            q.VerdictRow.review == number, q.VerdictRow.part == part, q.VerdictRow.name == name
        )
    )
    note(connection, by, "qa.verdict.withdraw", str(number), {"part": part})
    return _rescored(connection, by, row, report=report, card=card)


def complete(connection: Connection, by: str, number: int, version: int, shelf: Shelf, *, full: bool) -> Json:
    """Finish a review: what nobody spoke of is confirmed. `full`: everything was looked at.

    The agent may appeal from now on.
    """
    row = _to_change(connection, number, version)
    report, card = _judged_by(connection, row, shelf)
    spoken = {(each["part"], each["name"]) for each in verdicts_of(connection, number)}
    now = datetime.now(UTC)
    rest = [
        {
            "review": number, "part": "finding", "name": str(place), "rule": finding.rule,
            "machine": finding.severity.label, "word": "confirm", "points": None, "reason": "",
            "finding": None, "implied": True, "person": by, "at": now,
        }
        for place, finding in enumerate(report.findings)
        if not finding.pending and ("finding", str(place)) not in spoken
    ]  # fmt: skip
    if rest:
        connection.execute(insert(q.VerdictRow), rest)
    note(connection, by, "qa.review.done", str(number), {"full": full})
    ended = {"state": DONE, "full": full, "done_at": now, "done_by": by}
    return _rescored(connection, by, row, report=report, card=card, ended=ended)


def set_unscorable(connection: Connection, by: str, number: int, version: int, reason: str) -> Json:
    """Say that a call can't be judged, and why: it has no score from now on."""
    if not reason.strip():
        raise InputError("请写明无法评分的原因", code="no-reason")
    row = _to_change(connection, number, version)
    now = datetime.now(UTC)
    changed = {"state": UNSCORABLE, "reason": reason.strip(), "done_at": now, "done_by": by, "score": None}
    _step(connection, by, row, changed)
    body = {**_report_body(connection, row["report"]), "status": "unscorable"}
    note_score(connection, row["conversation"], body, None, [])
    note(connection, by, "qa.review.unscorable", str(number))
    return {"version": version + 1, "score": None, "verdicts": []}


def assign_review(connection: Connection, by: str, number: int, version: int, assignee: str) -> int:
    row = _to_change(connection, number, version, open_only=False)
    _step(connection, by, row, {"assignee": assignee})
    note(connection, by, "qa.review.assign", str(number), {"assignee": assignee})
    return version + 1


def reopen(connection: Connection, by: str, number: int, version: int) -> int:
    """Open a finished review again: verdicts stay."""
    row = _to_change(connection, number, version, open_only=False)
    _step(connection, by, row, {"state": OPEN, "done_at": None, "done_by": None})
    note(connection, by, "qa.review.reopen", str(number))
    return version + 1


def _row(connection: Connection, number: int) -> RowMapping:
    row = connection.execute(select(q.Review.__table__).where(q.Review.number == number)).mappings().first()
    if row is None:
        raise InputError("没有这项复核", code="unknown-review")
    return row


def _to_change(connection: Connection, number: int, version: int, *, open_only: bool = True) -> RowMapping:
    """Return a review that may be changed by who saw `version` of it; raises ConflictError."""
    row = connection.execute(
        select(q.Review.__table__).where(q.Review.number == number).with_for_update()
    ).mappings().first()  # fmt: skip
    if row is None:
        raise InputError("没有这项复核", code="unknown-review")
    if row["version"] != version:
        message = f"{row['changed_by'] or '其他人'}刚刚改过这通电话的复核，您的操作没有保存，请刷新后再改"
        raise ConflictError(message, code="stale")
    if open_only and row["state"] != OPEN:
        raise ConflictError("这项复核已经完成，请先重新打开", code="ended")
    month = connection.execute(
        select(q.CallFact.month).where(q.CallFact.conversation == row["conversation"])
    ).scalar()
    if month is not None:
        refuse_closed(connection, month)
    return row


def _step(connection: Connection, by: str, row: RowMapping, changed: Mapping[str, Any]) -> None:
    """Change a review, if it is still as it was seen: on PostgreSQL others write, too."""
    done = connection.execute(
        update(q.Review)
        .where(q.Review.number == row["number"], q.Review.version == row["version"])
        .values(**changed, version=row["version"] + 1, changed_by=by)
    ).rowcount
    if done != 1:
        raise ConflictError("其他人刚刚改过这通电话的复核，请刷新后再改", code="stale")


def _report_body(connection: Connection, number: int) -> Json:
    body: Json = connection.execute(select(m.Report.body).where(m.Report.number == number)).scalar_one()
    return body


def _judged_by(connection: Connection, row: RowMapping, shelf: Shelf) -> tuple[Report, ScorecardDefinition]:
    report = report_from_object(_report_body(connection, row["report"]))
    if report.score is None:
        raise ConflictError("这通电话没有评分，只能标记为无法评分", code="ended")
    return report, shelf.definition(connection, report.score.id, report.score.version)


def _beside(
    report: Report, card: ScorecardDefinition, verdict: Verdict, rule: Mapping[str, Any] | None
) -> tuple[str | None, Json | None, str]:
    """Return the rule a verdict is about, the finding it adds, and what the machine said."""
    if verdict.part == "finding":
        finding = report.findings[int(verdict.name)]
        return finding.rule, None, finding.severity.label
    if verdict.part == "added":
        if rule is None or verdict.finding is None:
            raise InputError("没有这条规则", code="unknown-rule")
        place = verdict.finding
        made = added_finding(report, rule, place["turn"], place["start"], place["end"])
        return rule["id"], finding_object(made), ""
    items = (item for section in report.score.sections for item in section.items) if report.score else ()
    machine = next((item.status for item in items if item.rule == verdict.name), "")
    return None, None, machine


def _put(connection: Connection, values: Mapping[str, Any]) -> None:
    there = (
        q.VerdictRow.review == values["review"], q.VerdictRow.part == values["part"],
        q.VerdictRow.name == values["name"],
    )  # fmt: skip
    connection.execute(delete(q.VerdictRow).where(*there))
    connection.execute(insert(q.VerdictRow).values(**values))


def judged_score(
    connection: Connection, number: int, report: Report, card: ScorecardDefinition
) -> tuple[Scorecard, list[Finding]]:
    """Return the score by all verdicts of a review, and the findings that hold with those added."""
    rows = verdicts_of(connection, number)
    added = [finding_from_object(row["finding"]) for row in rows if row["part"] == "added"]
    verdicts = [Verdict(row["part"], row["name"], row["word"], row["reason"], row["points"]) for row in rows]
    gone = {int(each.name) for each in verdicts if each.part == "finding" and each.word == "overturn"}
    holding = [one for place, one in enumerate(report.findings) if place not in gone]
    return rescore(report, card, verdicts, added), [*holding, *added]


def _rescored(
    connection: Connection, by: str, row: RowMapping, *, report: Report, card: ScorecardDefinition,
    ended: Mapping[str, Any] | None = None,
) -> Json:  # fmt: skip
    filled, findings = judged_score(connection, row["number"], report, card)
    told = score_object(filled)
    _step(connection, by, row, {"score": told, **(ended or {})})
    body = _report_body(connection, row["report"])
    note_score(connection, row["conversation"], body, told, [finding_object(each) for each in findings])
    return {
        "version": row["version"] + 1, "score": told,
        "verdicts": [dict(each) for each in verdicts_of(connection, row["number"])],
    }  # fmt: skip
