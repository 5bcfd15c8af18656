"""The figures of months: read from facts and tallies, so that a hundred thousand calls answer at once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, func, insert, select

from assistant.desk.calendar import SHANGHAI
from assistant.errors import ConflictError, InputError
from assistant.review import figures
from assistant.review.figures import Cell, Sampled
from assistant.store import models as m
from assistant.store.audit import note
from assistant.store.organisation import lines, teams, teams_led_by
from assistant.store.review import models as q
from assistant.store.review.draws import counting_draws, list_draws
from assistant.store.review.facts import is_closed, month_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection

SCHEMA = "huashu.qa-report/1"
_MOST_PHRASES = 200
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """The months of a report (``YYYY-MM``, both included), and whose calls; None: everybody's."""

    since: str
    until: str
    agent_id: str | None = None
    team: str | None = None
    business_line: str | None = None
    channel: str | None = None

    @property
    def place(self) -> dict[str, str]:
        """Whose calls, by the columns of facts and tallies; empty: everybody's."""
        asked = {
            "agent_id": self.agent_id, "team": self.team, "business_line": self.business_line,
            "channel": self.channel,
        }  # fmt: skip
        return {name: value for name, value in asked.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Titles:
    """What items and rules are called."""

    items: Mapping[str, str]
    rules: Mapping[str, str]


def report(connection: Connection, scope: Scope, titles: Titles) -> Json:
    """Return the figures of a period; those of a closed month are told as they were when it was closed."""
    plain = not scope.place
    if scope.since == scope.until and plain:
        closed = connection.execute(
            select(q.MonthClose.body, q.MonthClose.closed_at).where(q.MonthClose.month == scope.since)
        ).first()
        if closed is not None:
            return {**closed.body, "closed_at": closed.closed_at}
    cells = _cells(connection, scope)
    told = figures.summary(cells, _names(connection))
    sampled = _sampled(connection, scope)
    return {
        "schema": SCHEMA,
        **asdict(scope),
        "closed_at": None,
        **told,
        "sample": {"estimate": figures.estimate_of(sampled), "ranking": figures.ranking(sampled)},
        "draws": _draws(connection, scope),
        "items": figures.items(_items(connection, scope), titles.items),
        "rules": figures.rules(_rules(connection, scope), titles.rules, told["whole"]["calls"]),
        "phrases": _phrases(connection, scope) if plain else {"all": None, "phrases": []},
        "months": months(connection),
    }


def _names(connection: Connection) -> dict[str, str]:
    return {team.team_id: team.name for team in teams(connection)}


def months(connection: Connection) -> list[Json]:
    """Return the months there are calls of, latest first, and whether they are closed."""
    found = connection.execute(
        select(q.CallFact.month).distinct().union(select(q.MonthClose.month))
    ).scalars()
    shut = set(connection.execute(select(q.MonthClose.month)).scalars())
    return [{"month": month, "closed": month in shut} for month in sorted(found, reverse=True)]


def places(connection: Connection, user: str | None) -> Json:
    """Return teams (those `user` leads first), business lines and channels of calls, with their names."""
    own = set(teams_led_by(connection, user)) if user else set()
    named = _names(connection)
    line_names = {line.line_id: line.name for line in lines(connection)}
    found = {
        column: sorted(value for value in connection.execute(select(tally).distinct()).scalars() if value)
        for column, tally in (
            ("team", q.DayTally.team),
            ("business_line", q.DayTally.business_line),
            ("channel", q.DayTally.channel),
        )
    }
    known = sorted({*found["team"], *own}, key=lambda team: (team not in own, named.get(team, team)))
    return {
        "teams": [{"team": team, "name": named.get(team, team), "mine": team in own} for team in known],
        "lines": [{"line": line, "name": line_names.get(line, line)} for line in found["business_line"]],
        "channels": found["channel"],
    }


def close_month(connection: Connection, by: str, month: str, titles: Titles) -> Json:
    """Fix the scores of a month, and keep its report; raises ConflictError.

    ``closed``: it is already; ``open``: it isn't over, or appeals are open.
    """
    if is_closed(connection, month):
        raise ConflictError(f"{month} 已经月结", code="closed")
    if month >= month_of(datetime.now(SHANGHAI).date()):
        raise ConflictError(f"{month} 还没有结束，不能月结", code="open")
    waiting = connection.execute(
        select(func.count())
        .select_from(q.AppealRow)
        .join(q.CallFact, q.CallFact.conversation == q.AppealRow.conversation)
        .where(q.CallFact.month == month, q.AppealRow.state != "closed")
    ).scalar()
    if waiting:
        raise ConflictError(f"{month} 还有 {waiting} 件申诉没有结案，不能月结", code="open")
    body = report(connection, Scope(month, month), titles)
    now = datetime.now(UTC)
    values = {"month": month, "closed_by": by, "closed_at": now, "body": body}
    connection.execute(insert(q.MonthClose).values(values))
    note(connection, by, "qa.month.close", month)
    return {**body, "closed_at": now}


def calls_behind(
    connection: Connection,
    scope: Scope,
    *,
    item: str | None = None,
    rule: str | None = None,
    failed: bool = False,
    limit: int = 200,
) -> list[Json]:
    """Return the calls a figure stands for: those that lost points on an item, broke a rule, or failed."""
    fact, call = q.CallFact, m.Conversation
    query = (
        select(call.call_id, fact.agent_id, fact.day, fact.machine, fact.total, fact.grade, fact.passed)
        .join(call, call.number == fact.conversation)
        .where(*_wanted(scope))
        .order_by(fact.day.desc(), fact.conversation.desc())
        .limit(limit)
    )
    if item is not None:
        query = query.where(
            fact.conversation.in_(select(q.CallLoss.conversation).where(q.CallLoss.item == item))
        )
    if rule is not None:
        query = query.where(
            fact.conversation.in_(select(m.Finding.conversation).where(m.Finding.rule == rule))
        )
    if failed:
        query = query.where(fact.passed.is_(False))
    return [dict(row) for row in connection.execute(query).mappings()]


def latest_reports(connection: Connection, limit: int) -> list[Json]:
    """Return the latest reports of the latest scored calls."""
    latest = (
        select(func.max(m.Report.number))
        .join(q.CallFact, q.CallFact.conversation == m.Report.conversation)
        .where(q.CallFact.scored.is_(True))
        .group_by(m.Report.conversation)
        .order_by(m.Report.conversation.desc())
        .limit(limit)
    )
    return list(connection.execute(select(m.Report.body).where(m.Report.number.in_(latest))).scalars())


def call_result(connection: Connection, call_id: str, agent_id: str | None = None) -> Json:
    """Return the score a call stands with, and the findings its evidence speaks of; raises InputError."""
    row = connection.execute(
        select(m.Conversation.number, m.Conversation.agent_id).where(m.Conversation.call_id == call_id)
    ).first()
    if row is None or agent_id not in (None, row.agent_id):
        raise InputError("没有这通电话", code="unknown-conversation")
    review = connection.execute(
        select(q.Review.__table__).where(q.Review.conversation == row.number, q.Review.score.is_not(None))
    ).mappings().first()  # fmt: skip
    query = select(m.Report.body).where(m.Report.conversation == row.number)
    if review is not None:
        query = query.where(m.Report.number == review["report"])
    body = connection.execute(query.order_by(m.Report.number.desc()).limit(1)).scalar()
    if body is None:
        raise InputError("这通电话还没有评分", code="no-report")
    verdicts: list[Json] = []
    if review is not None:
        table = q.VerdictRow.__table__
        query = select(table).where(table.c.review == review["number"]).order_by(table.c.number)
        verdicts = [dict(each) for each in connection.execute(query).mappings()]
    added = [each["finding"] for each in verdicts if each["part"] == "added"]
    return {
        "call_id": call_id, "report": body, "score": review["score"] if review else body["score"],
        "machine": body["score"], "findings": [*body["findings"], *added],
        "verdicts": [each for each in verdicts if not each["implied"]],
        "reviewed": review is not None,
    }  # fmt: skip


def _wanted(scope: Scope) -> list[ColumnElement[bool]]:
    fact = q.CallFact
    wanted: list[ColumnElement[bool]] = [fact.scored.is_(True), fact.month.between(scope.since, scope.until)]
    return [*wanted, *(getattr(fact, name) == value for name, value in scope.place.items())]


def _cells(connection: Connection, scope: Scope) -> list[Cell]:
    tally = q.DayTally
    first, (year, month) = date.fromisoformat(f"{scope.since}-01"), map(int, scope.until.split("-"))
    beyond = date(year + month // 12, month % 12 + 1, 1)
    query = select(
        tally.agent_id, tally.team, tally.day, tally.calls, tally.total, tally.passed, tally.fatal,
        tally.moved, tally.calmer, tally.upset, tally.eased,
    ).where(tally.day >= first, tally.day < beyond, tally.calls > 0)  # fmt: skip
    for name, value in scope.place.items():
        query = query.where(getattr(tally, name) == value)
    return [
        Cell(agent, team, day, calls, total / 10, *rest)
        for agent, team, day, calls, total, *rest in connection.execute(query)
    ]


def _sampled(connection: Connection, scope: Scope) -> list[Sampled]:
    """Return the reviewed calls of random draws that have been reviewed in full."""
    query = (
        select(q.CallFact.agent_id, q.CallFact.total, q.DrawnCall.inclusion)
        .join(q.DrawnCall, q.DrawnCall.conversation == q.CallFact.conversation)
        .where(q.DrawnCall.draw.in_(counting_draws()), *_wanted(scope))
    )
    return [Sampled(agent, total or 0.0, chance or 1.0) for agent, total, chance in connection.execute(query)]


def _draws(connection: Connection, scope: Scope) -> Json:
    """Return how many calls of the period were drawn at random and by risk; a volume, no rate."""
    query = (
        select(q.Draw.random, func.count())
        .join(q.DrawnCall, q.DrawnCall.draw == q.Draw.number)
        .join(q.CallFact, q.CallFact.conversation == q.DrawnCall.conversation)
        .where(*_wanted(scope))
        .group_by(q.Draw.random)
    )
    counted = {bool(random): calls for random, calls in connection.execute(query)}
    waiting = [
        each["name"] for each in list_draws(connection) if each["random"] and each["done"] < each["drawn"]
    ]
    return {"random": counted.get(True, 0), "risk": counted.get(False, 0), "unfinished": waiting}


def _items(connection: Connection, scope: Scope) -> list[tuple[str, str, int, int, int]]:
    tally = q.Tally
    query = (
        select(tally.card, tally.name, *_summed(tally))
        .where(tally.kind == "item", *_tallied(scope))
        .group_by(tally.card, tally.name)
    )
    return [tuple(row) for row in connection.execute(query)]


def _rules(connection: Connection, scope: Scope) -> list[tuple[str, int, int]]:
    tally = q.Tally
    query = (
        select(tally.name, *_summed(tally)[:2])
        .where(tally.kind == "rule", *_tallied(scope))
        .group_by(tally.name)
    )
    return [tuple(row) for row in connection.execute(query)]


def _phrases(connection: Connection, scope: Scope) -> Json:
    tally = q.Tally
    within = (tally.kind == "phrase", *_tallied(scope))
    said, eased, _ = connection.execute(select(*_summed(tally)).where(*within)).one()
    query = (
        select(tally.name, *_summed(tally)[:2])
        .where(*within)
        .group_by(tally.name)
        .having(func.sum(tally.calls) >= figures.FEWEST_SAID)
        .order_by(func.sum(tally.calls).desc())
        .limit(_MOST_PHRASES)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    return figures.phrases(rows, said or 0, eased or 0)


def _tallied(scope: Scope) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [q.Tally.month.between(scope.since, scope.until)]
    return [*wanted, *(getattr(q.Tally, name) == value for name, value in scope.place.items())]


def _summed(tally: type[q.Tally]) -> list[Any]:
    return [func.sum(column).cast(Integer) for column in (tally.calls, tally.points, tally.most)]
