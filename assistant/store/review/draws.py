"""Draws: which calls people review, why, how likely each was, and how far the reviewing has come."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, insert, select, update

from assistant.errors import UsageError
from assistant.review.sampling import Candidate, Plan, assign, draw
from assistant.store import models as m
from assistant.store import organisation_models as o
from assistant.store.audit import note
from assistant.store.review import models as q
from assistant.store.review.facts import latest_report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

    from assistant.review.sampling import Assign, Drawn

OPEN, DONE, UNSCORABLE = "open", "done", "unscorable"
NEW_DAYS = 30
"""An agent is new for so many days after the day of hire, or the first call."""
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Frame:
    """The calls to draw from: those of these days, both included, and, where named, of one kind."""

    since: date
    until: date
    channel: str | None = None
    business_line: str | None = None
    team: str | None = None
    agent_id: str | None = None


def make_draw(
    connection: Connection, by: str, name: str, plan: Plan, frame: Frame, *, reviewers: Sequence[str],
    how: Assign,
) -> dict[str, Any]:  # fmt: skip
    """Draw calls, and give them to reviewers; raises UsageError where there is nothing to draw from.

    A call is in the frame of one random draw at most, so that its inclusion probability is that draw's.
    Draws by risk leave out calls that are reviewed already.
    """
    if frame.since > frame.until:
        raise UsageError("日期反了：“从”不能晚于“到”", code="bad-days")
    candidates = _candidates(connection, frame, plan)
    drawn = draw(candidates, plan)
    if not drawn:
        raise UsageError("这个范围里没有可抽的通话", code="nothing-to-draw")
    told = {**asdict(plan), **{k: v for k, v in asdict(frame).items() if v is not None}}
    values = {
        "name": name, "random": plan.random, "frame": len(candidates), "made_by": by,
        "made_at": datetime.now(UTC),
        "plan": {key: value.isoformat() if isinstance(value, date) else value for key, value in told.items()},
    }  # fmt: skip
    number = int(connection.execute(insert(q.Draw).values(values).returning(q.Draw.number)).scalar_one())
    if plan.random:
        _mark_frame(connection, number, [each.number for each in candidates])
    rows = [{"draw": number, "conversation": each.number, "inclusion": each.inclusion} for each in drawn]
    connection.execute(insert(q.DrawnCall), rows)
    made = _open_reviews(connection, drawn, plan, reviewers=reviewers, how=how)
    note(connection, by, "qa.draw", name, {"kind": plan.kind, "frame": len(candidates), "drawn": len(drawn)})
    return {"number": number, "frame": len(candidates), "drawn": len(drawn), "opened": made}


def _candidates(connection: Connection, frame: Frame, plan: Plan) -> list[Candidate]:
    fact = q.CallFact
    wanted: list[ColumnElement[bool]] = [fact.scored.is_(True), fact.day.between(frame.since, frame.until)]
    for column, value in (
        (fact.channel, frame.channel),
        (fact.business_line, frame.business_line),
        (fact.team, frame.team),
        (fact.agent_id, frame.agent_id),
    ):
        if value is not None:
            wanted.append(column == value)
    if plan.random:
        wanted.append(fact.frame.is_(None))
    else:
        wanted.append(fact.conversation.not_in(select(q.Review.conversation)))
    newcomers = _newcomers(connection, frame.until) if plan.kind == "new_agents" else frozenset()
    query = select(
        fact.conversation, fact.agent_id, fact.total, fact.fatal, fact.confidence, fact.peak
    ).where(*wanted)
    return [
        Candidate(
            row.conversation, row.agent_id, row.total, row.fatal, row.confidence, row.peak,
            row.agent_id in newcomers,
        )
        for row in connection.execute(query)
    ]  # fmt: skip


def _newcomers(connection: Connection, day: date) -> frozenset[str]:
    """Return the agents who were hired not long ago; where that isn't known, whose first call is not."""
    fact = q.CallFact
    known = select(o.Agent.agent_id, o.Agent.hired).where(o.Agent.hired.is_not(None))
    hired = {row.agent_id: row.hired for row in connection.execute(known)}
    first = (
        select(fact.agent_id, func.min(fact.day).label("day"))
        .where(fact.agent_id != "")
        .group_by(fact.agent_id)
    )
    since = day - timedelta(days=NEW_DAYS)
    return frozenset(
        row.agent_id for row in connection.execute(first) if hired.get(row.agent_id, row.day) >= since
    )


def _mark_frame(connection: Connection, number: int, calls: Sequence[int]) -> None:
    for at in range(0, len(calls), _CHUNK):
        some = q.CallFact.conversation.in_(calls[at : at + _CHUNK])
        connection.execute(update(q.CallFact).where(some).values(frame=number))


def _open_reviews(
    connection: Connection, drawn: Sequence[Drawn], plan: Plan, *, reviewers: Sequence[str], how: Assign
) -> int:
    """Open a review for each drawn call; one that was looked at in part is opened again for a random draw."""
    calls = [each.number for each in drawn]
    known: dict[int, tuple[str, bool]] = {}
    for at in range(0, len(calls), _CHUNK):
        query = select(q.Review.conversation, q.Review.state, q.Review.full).where(
            q.Review.conversation.in_(calls[at : at + _CHUNK])
        )
        known |= {row.conversation: (row.state, row.full) for row in connection.execute(query)}
    fresh = [call for call in calls if call not in known]
    given = assign(fresh, reviewers, how, open_tasks(connection)) if fresh else {}
    now = datetime.now(UTC)
    for call in fresh:
        open_review(connection, call, given[call], now)
    again = [call for call, (state, full) in known.items() if plan.random and state == DONE and not full]
    if again:
        reopened = update(q.Review).where(q.Review.conversation.in_(again))
        connection.execute(reopened.values(state=OPEN, version=q.Review.version + 1))
    return len(fresh) + len(again)


def open_review(connection: Connection, call: int, assignee: str | None, now: datetime) -> int:
    """Open a review of a call by its latest report; raises UsageError where it has none."""
    report = latest_report(connection, call)
    if report is None:
        raise UsageError("这通电话还没有评分，不能复核", code="no-report")
    values = {
        "conversation": call, "report": report["number"], "assignee": assignee, "state": OPEN,
        "opened_at": now, "score": None,
    }  # fmt: skip
    return int(connection.execute(insert(q.Review).values(values).returning(q.Review.number)).scalar_one())


def open_tasks(connection: Connection) -> dict[str, int]:
    """Return how many open reviews each reviewer has."""
    query = select(q.Review.assignee, func.count()).where(q.Review.state == OPEN).group_by(q.Review.assignee)
    return {name: count for name, count in connection.execute(query) if name is not None}


def list_draws(connection: Connection) -> list[dict[str, Any]]:
    """Return draws, latest first, with their progress."""
    done = func.sum(case((q.Review.state != OPEN, 1), else_=0))
    full = func.sum(case((and_(q.Review.state == DONE, q.Review.full.is_(True)), 1), else_=0))
    unscorable = func.sum(case((q.Review.state == UNSCORABLE, 1), else_=0))
    progress = (
        select(
            q.DrawnCall.draw, func.count().label("drawn"), done.label("done"), full.label("full"),
            unscorable.label("unscorable"),
        )
        .join(q.Review, q.Review.conversation == q.DrawnCall.conversation)
        .group_by(q.DrawnCall.draw)
        .subquery()
    )  # fmt: skip
    query = (
        select(q.Draw.__table__, progress.c.drawn, progress.c.done, progress.c.full, progress.c.unscorable)
        .join(progress, progress.c.draw == q.Draw.number)
        .order_by(q.Draw.number.desc())
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def counting_draws() -> Any:
    """Return the numbers of the random draws whose calls have all been reviewed in full, as a query."""
    fully = and_(q.Review.state == DONE, q.Review.full.is_(True))
    finished = func.sum(case((fully, 1), (q.Review.state == UNSCORABLE, 1), else_=0))
    return (
        select(q.DrawnCall.draw)
        .join(q.Draw, q.Draw.number == q.DrawnCall.draw)
        .join(q.Review, q.Review.conversation == q.DrawnCall.conversation)
        .where(q.Draw.random.is_(True))
        .group_by(q.DrawnCall.draw)
        .having(finished == func.count())
    )


def queue(
    connection: Connection, *, assignee: str | None = None, state: str | None = OPEN, limit: int = 200
) -> list[dict[str, Any]]:
    """Return reviews with what the queue shows of their calls, the oldest first."""
    call, fact = m.Conversation, q.CallFact
    query = (
        select(
            q.Review.number, q.Review.assignee, q.Review.state, q.Review.version, q.Review.opened_at,
            q.Review.done_at, call.call_id, call.agent_id, call.channel, call.turns, call.started_at,
            fact.machine, fact.total, fact.grade, fact.fatal,
        )
        .join(call, call.number == q.Review.conversation)
        .outerjoin(fact, fact.conversation == q.Review.conversation)
        .order_by(q.Review.number)
        .limit(limit)
    )  # fmt: skip
    if assignee is not None:
        query = query.where(q.Review.assignee == assignee)
    if state is not None:
        query = query.where(q.Review.state == state)
    return [dict(row) for row in connection.execute(query).mappings()]
