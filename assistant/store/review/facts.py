"""The facts of calls and what they add up to, kept with every change of a score."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, delete, exists, insert, select, text, update

from assistant.desk.calendar import SHANGHAI
from assistant.errors import ConflictError
from assistant.review.facts import UPSET, Facts, facts_of
from assistant.store import models as m
from assistant.store import organisation
from assistant.store import organisation_models as o
from assistant.store.dialect import adding
from assistant.store.organisation import holds_on, places_on
from assistant.store.review import models as q

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from assistant.organisation.sheets import Draft

    Marks = dict[tuple[str, str], float | None]

    from sqlalchemy import Connection, RowMapping, Select

COUNTED = ("live", "import", "chat")
"""Origins whose calls are work; practice and the simulator don't count."""
PASS_MARK = 70.0
"""What passes on cards that the database doesn't know: the shipped ones."""
_CHUNK = 500
_TALLIES = 0x74616C6C  # the advisory lock of PostgreSQL under which tallies are changed
_PLACE = ("agent_id", "team", "channel", "business_line")
_DAY = ("day", *_PLACE)
_DAY_SUMS = ("calls", "total", "passed", "fatal", "moved", "calmer", "upset", "eased")
_KEY = ("month", "kind", "name", "card", *_PLACE)
# Making a statement costs more than running it.
_CALL = select(
    m.Conversation.origin, m.Conversation.channel, m.Conversation.agent_id, m.Conversation.started_at,
    m.Conversation.meta,
).where(m.Conversation.number == bindparam("number"))  # fmt: skip
_FACTS = select(q.CallFact.__table__, q.CallCount.counts).join(
    q.CallCount, q.CallCount.conversation == q.CallFact.conversation
)
_FACT = _FACTS.where(q.CallFact.conversation == bindparam("number"))
_CLOSED = select(q.MonthClose.month).where(q.MonthClose.month == bindparam("month"))
_MARK = select(q.Card.pass_mark).where(
    q.Card.card == bindparam("card"), q.Card.version == bindparam("version")
)
_LOSSES_OF = delete(q.CallLoss).where(q.CallLoss.conversation == bindparam("number"))
Key = tuple[str, str, str, str, str, str, str, str]
Sums = dict[Key, list[int]]
Day = tuple["date", str, str, str, str]


class Judged(NamedTuple):
    """A call that was just stored (its number and row), its first report, and what it is known by."""

    number: int
    row: Mapping[Any, Any]
    report: Mapping[str, Any]
    content: str = ""


def note_report(connection: Connection, number: int, report: Mapping[str, Any], content: str = "") -> None:
    """Take the facts of a call from a new report.

    Where people have judged the call or its month is closed, its figures stay as they are.
    """
    call = connection.execute(_CALL, {"number": number}).mappings().one()
    if call["origin"] not in COUNTED:
        return
    before = connection.execute(_FACT, {"number": number}).mappings().first()
    day = call["started_at"].astimezone(SHANGHAI).date()
    if is_closed(connection, month_of(day)) or (before is not None and _judged(connection, number)):
        return
    if before is None:
        note_first_reports(connection, [Judged(number, call, report, content)])
        return
    facts = facts_of(report, report["score"], report["findings"])
    values = values_of(connection, facts)
    _replace(connection, before, {**values, "machine": facts.total}, facts)
    _note_losses(connection, number, facts)


def note_first_reports(connection: Connection, calls: Sequence[Judged]) -> None:
    """Take the facts of calls that have none from their reports; months that are closed stay as they are."""
    work = [call for call in calls if call.row["origin"] in COUNTED]
    days = {call.number: call.row["started_at"].astimezone(SHANGHAI).date() for call in work}
    closed = {month for month in map(month_of, set(days.values())) if is_closed(connection, month)}
    work = [call for call in work if month_of(days[call.number]) not in closed]
    if not work:
        return
    places = places_on(connection, {(call.row["agent_id"] or "", days[call.number]) for call in work})
    rows: list[dict[str, Any]] = []
    counts: list[dict[str, Any]] = []
    losses: list[dict[str, Any]] = []
    marks: Marks = {}
    now = datetime.now(UTC)
    for call in work:
        facts = facts_of(call.report, call.report["score"], call.report["findings"])
        day, agent_id = days[call.number], call.row["agent_id"] or ""
        team, line = place_of(call.row["meta"], places.get((agent_id, day)))
        rows.append({
            **values_of(connection, facts, marks), "conversation": call.number, "day": day,
            "month": month_of(day), "agent_id": agent_id, "team": team, "channel": call.row["channel"],
            "business_line": line, "content": call.content, "machine": facts.total, "shown_at": now,
            "acknowledged_at": None, "frame": None,
        })  # fmt: skip
        counts.append({"conversation": call.number, "counts": counts_of(facts)})
        losses += _losses(call.number, facts)
    connection.execute(insert(q.CallFact), rows)
    connection.execute(insert(q.CallCount), counts)
    if losses:
        connection.execute(insert(q.CallLoss), losses)
    both = zip(rows, counts, strict=True)
    add_up(connection, [({**row, "counts": each["counts"]}, 1) for row, each in both])


def take_over(connection: Connection, by: str, draft: Draft, *, dry_run: bool = False) -> Mapping[str, int]:
    """Take the rows of a draft of the organisation over, and let the figures of calls follow it.

    Returns what changes; raises RowsError with everything that is wrong.
    """
    changes = organisation.take_over(connection, by, draft, dry_run=dry_run)
    if not dry_run:
        follow_organisation(connection)
    return changes


def follow_organisation(connection: Connection) -> int:
    """Let calls count for the teams their agents were in on that day, by what is known now; return how many.

    Calls of closed months, and of agents who were in no team, stay where they are.
    """
    fact, held = q.CallFact, o.Membership
    moved = (
        select(fact.conversation, held.team, o.Team.line)
        .join(held, and_(held.agent_id == fact.agent_id, holds_on(fact.day)))
        .join(o.Team, o.Team.team_id == held.team)
        .where(held.team != fact.team, fact.month.not_in(select(q.MonthClose.month)))
    )
    found = {row.conversation: (row.team, row.line) for row in connection.execute(moved)}
    numbers = sorted(found)
    for start in range(0, len(numbers), _CHUNK):
        some = q.CallFact.conversation.in_(numbers[start : start + _CHUNK])
        changes: list[tuple[Mapping[Any, Any], int]] = []
        for row in connection.execute(_FACTS.where(some)).mappings().all():
            team, line = found[row["conversation"]]
            place = {"team": team, "business_line": row["business_line"] or line or ""}
            changes += [(row, -1), ({**row, **place}, 1)]
            here = update(fact).where(fact.conversation == row["conversation"])
            connection.execute(here.values(**place))
        add_up(connection, changes)
    return len(numbers)


def note_score(
    connection: Connection,
    number: int,
    report: Mapping[str, Any],
    score: Mapping[str, Any] | None,
    findings: Sequence[Mapping[str, Any]],
) -> None:
    """Let a call stand with the score people gave it; raises ConflictError (``closed``)."""
    before = connection.execute(_FACT, {"number": number}).mappings().first()
    if before is None:
        return
    refuse_closed(connection, before["month"])
    facts = facts_of(report, score, findings)
    _replace(connection, before, {**values_of(connection, facts), "shown_at": datetime.now(UTC)}, facts)
    _note_losses(connection, number, facts)
    connection.execute(
        update(m.Conversation)
        .where(m.Conversation.number == number)
        .values(total=facts.total, grade=facts.grade or None)
    )


def forget(connection: Connection, numbers: Sequence[int] | Select[Any]) -> None:
    """Take calls that are about to be deleted out of the tallies of months that aren't closed."""
    wanted = q.CallFact.conversation.in_(numbers)
    rows = connection.execute(_FACTS.where(wanted)).mappings().all()
    shut = set(connection.execute(select(q.MonthClose.month)).scalars())
    add_up(connection, [(row, -1) for row in rows if row["month"] not in shut])


def rebuild(connection: Connection) -> int:
    """Make the facts of all calls that have none from their latest reports; return how many."""
    missing = (
        select(m.Conversation.number)
        .where(~exists().where(q.CallFact.conversation == m.Conversation.number))
        .where(m.Conversation.origin.in_(COUNTED))
    )
    made = 0
    for number in connection.execute(missing).scalars().all():
        report = latest_report(connection, number)
        if report is not None:
            note_report(connection, number, report["body"])
            made += 1
    return made


def latest_report(connection: Connection, number: int) -> RowMapping | None:
    query = (
        select(m.Report.number, m.Report.body)
        .where(m.Report.conversation == number)
        .order_by(m.Report.number.desc())
        .limit(1)
    )
    return connection.execute(query).mappings().first()


def month_of(day: date) -> str:
    return f"{day:%Y-%m}"


def is_closed(connection: Connection, month: str) -> bool:
    return connection.execute(_CLOSED, {"month": month}).first() is not None


def refuse_closed(connection: Connection, month: str) -> None:
    """Raise ConflictError (``closed``) where the month's scores are fixed."""
    if is_closed(connection, month):
        raise ConflictError(f"{month} 已月结，成绩不能再改", code="closed")


def place_of(meta: Mapping[str, Any], place: tuple[str, str] | None) -> tuple[str, str]:
    """Return the team and the business line a call counts for.

    The team is the one the agent was in that day by the organisation, else what the call's source says; the
    line is what the source says, else the team's.
    """
    team, line = place or ("", "")
    said = meta.get("team") or meta.get("department") or ""  # readers know a team as a department
    return (team or str(said))[:200], str(meta.get("business_line") or line)[:200]


def _judged(connection: Connection, number: int) -> bool:
    judged = exists().where(q.Review.conversation == number, q.Review.score.is_not(None))
    return bool(connection.execute(select(judged)).scalar())


def values_of(connection: Connection, facts: Facts, marks: Marks | None = None) -> dict[str, Any]:
    """Return the columns of facts; `marks` remembers from which total on calls pass on a card."""
    marks = {} if marks is None else marks
    card = facts.card, facts.version
    if card not in marks:
        marks[card] = connection.execute(_MARK, {"card": facts.card, "version": facts.version}).scalar()
    mark = marks[card]
    passed = None
    if facts.total is not None and facts.scored:
        passed = not facts.fatal and facts.total >= (PASS_MARK if mark is None else mark)
    return {
        "card": facts.card, "version": facts.version, "scored": facts.scored, "total": facts.total,
        "grade": facts.grade, "passed": passed, "fatal": facts.fatal, "confidence": facts.confidence,
        "start": facts.start, "end": facts.end, "peak": facts.peak, "calmer": facts.calmer,
    }  # fmt: skip


def counts_of(facts: Facts) -> dict[str, Any]:
    return {
        "items": {name: list(points) for name, points in facts.items.items()},
        "rules": dict(facts.rules),
        "phrases": {name: list(times) for name, times in facts.phrases.items()},
    }


def _replace(connection: Connection, before: RowMapping, values: Mapping[str, Any], facts: Facts) -> None:
    number, counts = before["conversation"], counts_of(facts)
    connection.execute(update(q.CallFact).where(q.CallFact.conversation == number).values(**values))
    connection.execute(update(q.CallCount).where(q.CallCount.conversation == number).values(counts=counts))
    add_up(connection, [(before, -1), ({**before, **values, "counts": counts}, 1)])


def _note_losses(connection: Connection, number: int, facts: Facts) -> None:
    connection.execute(_LOSSES_OF, {"number": number})
    rows = _losses(number, facts)
    if rows:
        connection.execute(insert(q.CallLoss), rows)


def _losses(number: int, facts: Facts) -> list[dict[str, Any]]:
    return [
        {"conversation": number, "item": item[:100], "lost": most - points}
        for item, (points, most) in facts.items.items()
        if points < most
    ]


def add_up(connection: Connection, facts: Iterable[tuple[Mapping[Any, Any], int]]) -> None:
    """Add facts to the tallies (sign 1), or take them out (-1)."""
    sums: Sums = {}
    days: dict[Day, list[int]] = {}
    for row, sign in facts:
        if row["scored"]:
            _sum(sums, row, sign)
            _sum_day(days, row, sign)
    rows = [
        {**dict(zip(_KEY, key, strict=True)), "calls": calls, "points": points, "most": most}
        for key, (calls, points, most) in sorted(sums.items())
        if calls or points or most
    ]
    by_day = [
        {**dict(zip(_DAY, key, strict=True)), **dict(zip(_DAY_SUMS, added, strict=True))}
        for key, added in sorted(days.items())
        if any(added)
    ]
    if not rows and not by_day:
        return
    if connection.dialect.name == "postgresql":  # two who add in another order would wait for each other
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TALLIES})
    if rows:
        connection.execute(adding(connection, q.Tally, key=_KEY, columns=("calls", "points", "most")), rows)
    if by_day:
        connection.execute(adding(connection, q.DayTally, key=_DAY, columns=_DAY_SUMS), by_day)


def _sum_day(days: dict[Day, list[int]], row: Mapping[Any, Any], sign: int) -> None:
    moved, calmer = row["calmer"] is not None, bool(row["calmer"])
    upset = row["start"] is not None and row["start"] >= UPSET
    added = (
        1, round((row["total"] or 0.0) * 10), bool(row["passed"]), bool(row["fatal"]), moved, calmer, upset,
        upset and calmer,
    )  # fmt: skip
    held = days.setdefault((row["day"], *_place(row)), [0] * len(_DAY_SUMS))
    for place, value in enumerate(added):
        held[place] += sign * value


def _place(row: Mapping[Any, Any]) -> tuple[str, str, str, str]:
    return row["agent_id"], row["team"], row["channel"], row["business_line"]


def _sum(sums: Sums, row: Mapping[Any, Any], sign: int) -> None:
    counts, month, place = row["counts"], row["month"], _place(row)
    told: list[tuple[Key, tuple[int, int, int]]] = []
    for name, (points, most) in counts["items"].items():
        told.append(((month, "item", name, row["card"], *place), (1, points, most)))
    for name, times in counts["rules"].items():
        told.append(((month, "rule", name, "", *place), (1, times, 0)))
    for name, (times, eased) in counts["phrases"].items():
        told.append(((month, "phrase", name, "", "", "", "", ""), (times, eased, 0)))
    for key, adds in told:
        held = sums.setdefault(key, [0, 0, 0])
        for column, value in enumerate(adds):
            held[column] += sign * value
