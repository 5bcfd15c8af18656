"""Sessions of practice: begun, said, ended, commented; who practises, and how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from assistant.errors import ConflictError
from assistant.practice.coach import Past
from assistant.practice.room import SCHEMA, Reply
from assistant.store import models as m
from assistant.store import organisation_models as o
from assistant.store.organisation import agents_in, teams_led_by
from assistant.store.practice import models as p

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection, RowMapping, Select

OVER = "这次陪练已经结束"
_TOLD = (
    "number", "learner", "scenario", "title", "seed", "course", "turns", "began_at", "ended_at", "points",
    "outcome",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as it is stored, without its debrief; `record` makes it again."""

    number: int
    learner: str
    scenario: str
    sha256: str
    rules: int
    began_at: datetime
    ended_at: datetime | None
    record: Mapping[str, Any]


def begin(
    connection: Connection,
    learner: str,
    *,
    scenario: str,
    title: str,
    sha256: str,
    seed: int,
    rules: int,
    course: int | None,
    now: datetime,
) -> int:
    """Open a session; return its number."""
    values = {
        "learner": learner[: p.PERSON], "scenario": scenario, "title": title, "sha256": sha256, "seed": seed,
        "rules": rules, "course": course, "turns": 0, "hints": [], "began_at": now,
    }  # fmt: skip
    made = connection.execute(insert(p.PracticeSession).values(values).returning(p.PracticeSession.number))
    return int(made.scalar_one())


def find(connection: Connection, number: int) -> Kept | None:
    """Return a session with what was said in it; None for a number nobody has."""
    query = select(p.PracticeSession.__table__).where(p.PracticeSession.number == number)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    said = [
        {"text": turn["text"], "at_s": turn["at_s"]} | ({"reply": turn["reply"]} if turn["worded"] else {})
        for turn in turns(connection, number)
    ]
    record = {
        "schema": SCHEMA, "scenario": row["scenario"], "seed": row["seed"], "turns": said,
        "hints": row["hints"],
    }  # fmt: skip
    return Kept(
        number, row["learner"], row["scenario"], row["sha256"], row["rules"], row["began_at"],
        row["ended_at"], record,
    )  # fmt: skip


def turns(connection: Connection, number: int) -> list[dict[str, Any]]:
    """Return the exchanges of a session in their order."""
    table = p.PracticeTurn
    query = select(table.__table__).where(table.session == number).order_by(table.place)
    return [dict(row) for row in connection.execute(query).mappings()]


def keep_turn(
    connection: Connection,
    number: int,
    place: int,
    reply: Reply,
    *,
    text: str,
    at_s: float | None,
    worded: bool,
    now: datetime,
) -> None:
    """Store an exchange; raises ConflictError (``over``, ``meanwhile``) where the session has gone on."""
    table = p.PracticeSession
    here = (table.number == number, table.ended_at.is_(None), table.turns == place)
    if connection.execute(update(table).where(*here).values(turns=place + 1)).rowcount != 1:
        raise _gone_on(connection, number)
    told = reply.told()
    told.pop("text")
    connection.execute(
        insert(p.PracticeTurn).values(
            session=number, place=place, at=now, at_s=at_s, text=text, reply=reply.text, worded=worded,
            state=told,
        )
    )  # fmt: skip


def keep_hints(connection: Connection, number: int, place: int, hints: Sequence[int]) -> None:
    """Store that a hint was taken before exchange `place`; raises ConflictError."""
    table = p.PracticeSession
    here = (table.number == number, table.ended_at.is_(None), table.turns == place)
    if connection.execute(update(table).where(*here).values(hints=list(hints))).rowcount != 1:
        raise _gone_on(connection, number)


def keep_end(connection: Connection, number: int, told: Mapping[str, Any], now: datetime) -> None:
    """End a session with its debrief (``huashu.debrief/1``); raises ConflictError (``over``)."""
    table = p.PracticeSession
    values = {
        "ended_at": now, "points": told["points"]["total"], "outcome": told["outcome"]["name"],
        "must": {one["what"]: one["done"] for one in told["must"]}, "debrief": dict(told),
    }  # fmt: skip
    here = (table.number == number, table.ended_at.is_(None))
    if connection.execute(update(table).where(*here).values(values)).rowcount != 1:
        raise _gone_on(connection, number)


def _gone_on(connection: Connection, number: int) -> ConflictError:
    query = select(p.PracticeSession.ended_at).where(p.PracticeSession.number == number)
    if connection.execute(query).scalar() is not None:
        return ConflictError(OVER, code="over")
    return ConflictError("这次陪练在别的窗口里继续了，请刷新页面", code="meanwhile")


def earlier(connection: Connection, learner: str, scenario: str) -> list[Past]:
    """Return the results of a learner's tries at a scenario, the first one first."""
    table = p.PracticeSession
    query = (
        select(table.points, table.outcome, table.must)
        .where(table.learner == learner[: p.PERSON], table.scenario == scenario, table.ended_at.is_not(None))
        .order_by(table.ended_at, table.number)
    )
    return [Past(points, outcome, must) for points, outcome, must in connection.execute(query)]


def best_of_all(connection: Connection, scenario: str) -> float | None:
    """Return the most points anybody has reached at a scenario; None where nobody has ended it."""
    query = select(func.max(p.PracticeSession.points)).where(p.PracticeSession.scenario == scenario)
    best: float | None = connection.execute(query).scalar()
    return best


def listing(
    connection: Connection,
    learners: Collection[str] | None,
    *,
    limit: int,
    before: int | None = None,
    scenario: str | None = None,
    course: int | None = None,
) -> tuple[list[dict[str, Any]], int | None]:
    """Return sessions in which something was said, the latest first, and `before` for the ones that follow.

    `learners` are those whose sessions are wanted; None: everybody's.
    """
    table = p.PracticeSession
    query = _summaries().where(table.turns > 0).order_by(table.number.desc()).limit(limit + 1)
    bounds = (
        None if before is None else table.number < before,
        None if scenario is None else table.scenario == scenario,
        None if course is None else table.course == course,
        None if learners is None else table.learner.in_(learners),
    )
    rows = connection.execute(query.where(*(bound for bound in bounds if bound is not None))).mappings().all()
    following = rows[limit - 1]["number"] if len(rows) > limit else None
    return [_summary(row) for row in rows[:limit]], following


def standing(connection: Connection, learner: str) -> dict[str, tuple[int, float | None]]:
    """Return a learner's tries and best points by scenario, as far as sessions have ended."""
    table = p.PracticeSession
    query = (
        select(table.scenario, func.count(), func.max(table.points))
        .where(table.learner == learner[: p.PERSON], table.ended_at.is_not(None))
        .group_by(table.scenario)
    )
    return {scenario: (tries, best) for scenario, tries, best in connection.execute(query)}


def learner_of(connection: Connection, number: int) -> str | None:
    """Return whose session it is; None for a number nobody has."""
    query = select(p.PracticeSession.learner).where(p.PracticeSession.number == number)
    learner: str | None = connection.execute(query).scalar()
    return learner


def whole(connection: Connection, number: int) -> dict[str, Any]:
    """Return all there is of a session: what a list says of it, exchanges, debrief, comments, other tries."""
    query = _summaries().add_columns(p.PracticeSession.debrief, p.PracticeSession.hints)
    row = connection.execute(query.where(p.PracticeSession.number == number)).mappings().one()
    tries = _summaries().where(
        p.PracticeSession.learner == row["learner"],
        p.PracticeSession.scenario == row["scenario"],
        p.PracticeSession.ended_at.is_not(None),
    )
    ended = connection.execute(tries.order_by(p.PracticeSession.ended_at, p.PracticeSession.number))
    return {
        **_summary(row),
        "debrief": row["debrief"],
        "hints": row["hints"],
        "exchanges": turns(connection, number),
        "comments": comments(connection, number),
        "tries": [_summary(each) for each in ended.mappings()],
        "best_of_all": best_of_all(connection, row["scenario"]),
    }


def _summaries() -> Select[Any]:
    table = p.PracticeSession.__table__
    return select(*(table.c[name] for name in _TOLD))


def _summary(row: RowMapping) -> dict[str, Any]:
    return {name: row[name] for name in _TOLD}


def comment(
    connection: Connection, number: int, *, turn: int | None, by: str, text: str, now: datetime
) -> None:
    """Add a comment at a turn (None: at the whole session)."""
    values = {"session": number, "turn": turn, "by": by[: p.PERSON], "at": now, "text": text}
    connection.execute(insert(p.PracticeComment).values(values))


def comments(connection: Connection, number: int) -> list[dict[str, Any]]:
    """Return the comments on a session, the first one first."""
    table = p.PracticeComment
    query = select(table.__table__).where(table.session == number).order_by(table.number)
    return [
        {name: row[name] for name in ("turn", "by", "at", "text")}
        for row in connection.execute(query).mappings()
    ]


def learners_led_by(connection: Connection, user: str, day: date) -> frozenset[str]:
    """Return the users in the teams that `user` leads on `day`."""
    return users_of_teams(connection, teams_led_by(connection, user), day)


def users_of_teams(connection: Connection, teams: Collection[str], day: date) -> frozenset[str]:
    """Return the names of the users whose agent ids are in one of `teams` on `day`."""
    query = select(m.User.name).where(m.User.agent_id.in_(agents_in(teams, day)), m.User.active)
    return frozenset(connection.execute(query).scalars())


def people(connection: Connection) -> list[dict[str, Any]]:
    """Return who may be given a course: users by name, with the name the organisation knows them by."""
    agents = o.Agent.__table__
    query = (
        select(m.User.name, m.User.role, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.agent_id == m.User.agent_id)
        .where(m.User.active)
        .order_by(m.User.name)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def forget(connection: Connection, learner: str) -> int:
    """Delete a learner's sessions with all that hangs on them; return how many went."""
    gone = delete(p.PracticeSession).where(p.PracticeSession.learner == learner[: p.PERSON])
    return connection.execute(gone).rowcount
