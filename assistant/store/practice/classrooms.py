"""Classrooms: one plays the customer, one the agent, the others watch and note what they see (training.md).

Everything stands in the database, so that any process may serve any of the people in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, insert, select, update

from assistant.errors import ConflictError
from assistant.store.dialect import upsert
from assistant.store.practice import models as p

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

Part = Literal["agent", "customer", "observer"]


@dataclass(frozen=True, slots=True)
class Room:
    """A classroom with everybody and everything in it. `people` are parts by name."""

    number: int
    code: str
    scenario: str
    title: str
    rules: int
    limit_s: int
    made_by: str
    made_at: datetime
    began_at: datetime | None
    ended_at: datetime | None
    revision: int
    review: Mapping[str, Any] | None
    people: Mapping[str, Part]
    turns: Sequence[Mapping[str, Any]]
    marks: Sequence[Mapping[str, Any]]

    def left_s(self, now: datetime) -> float:
        """Return the seconds that are left on the clock."""
        if self.began_at is None:
            return float(self.limit_s)
        gone = ((self.ended_at or now) - self.began_at).total_seconds()
        return max(0.0, self.limit_s - gone)


def open_room(
    connection: Connection, by: str, *, code: str, scenario: str, title: str, rules: int, limit_s: int,
    now: datetime,
) -> bool:  # fmt: skip
    """Open a classroom; return False where its code is taken already."""
    values = {
        "code": code, "scenario": scenario, "title": title, "rules": rules, "limit_s": limit_s,
        "made_by": by[: p.PERSON], "made_at": now, "revision": 1,
    }  # fmt: skip
    put = upsert(connection, p.Classroom, values, key=["code"], change=[]).returning(p.Classroom.number)
    return connection.execute(put).scalar() is not None


def revision_of(connection: Connection, code: str) -> int | None:
    """Return how often a classroom has changed; None for a code nobody has."""
    return connection.execute(select(p.Classroom.revision).where(p.Classroom.code == code)).scalar()


def find_room(connection: Connection, code: str) -> Room | None:
    found = (
        connection.execute(select(p.Classroom.__table__).where(p.Classroom.code == code)).mappings().first()
    )
    if found is None:
        return None
    number = found["number"]
    people = select(p.Participant.person, p.Participant.role).where(p.Participant.classroom == number)
    turns = select(p.ClassroomTurn.__table__).where(p.ClassroomTurn.classroom == number)
    marks = select(p.ClassroomMark.__table__).where(p.ClassroomMark.classroom == number)
    return Room(
        **found,
        people={row.person: row.role for row in connection.execute(people.order_by(p.Participant.joined_at))},
        turns=[
            {name: turn[name] for name in ("role", "at_s", "text")}
            for turn in connection.execute(turns.order_by(p.ClassroomTurn.place)).mappings()
        ],
        marks=[
            {name: mark[name] for name in ("turn", "good", "by", "text")}
            for mark in connection.execute(marks.order_by(p.ClassroomMark.number)).mappings()
        ],
    )


def join(connection: Connection, code: str, person: str, part: Part, now: datetime) -> None:
    """Take part in a classroom; raises ConflictError (``taken``, ``under-way``, ``over``)."""
    room = _locked(connection, code)
    name = person[: p.PERSON]
    if room.ended_at is not None:
        raise ConflictError("这场演练已经结束", code="over")
    if part != "observer" and any(who != name for who, role in room.people.items() if role == part):
        raise ConflictError("这个角色已经有人了，请选别的角色", code="taken")
    if room.began_at is not None and room.people.get(name, part) != part:
        raise ConflictError("演练已经开始，不能再换角色", code="under-way")
    values = {"classroom": room.number, "person": name, "role": part, "joined_at": now}
    connection.execute(
        upsert(connection, p.Participant, values, key=["classroom", "person"], change=["role"])
    )
    _changed(connection, room.number)


def start(connection: Connection, code: str, now: datetime) -> None:
    """Start the clock; raises ConflictError (``not-ready``) before both players are there."""
    room = _locked(connection, code)
    if not {"agent", "customer"} <= set(room.people.values()):
        raise ConflictError("客户和坐席都到齐了才能开始", code="not-ready")
    if room.began_at is None:
        _changed(connection, room.number, began_at=now)


def say(connection: Connection, code: str, part: Part, text: str, now: datetime) -> None:
    """Keep a turn; raises ConflictError (``not-begun``, ``over``)."""
    room = _locked(connection, code)
    if room.began_at is None:
        raise ConflictError("演练还没有开始", code="not-begun")
    if room.ended_at is not None or room.left_s(now) <= 0:
        raise ConflictError("时间到，演练已经结束", code="over")
    at_s = round((now - room.began_at) / timedelta(seconds=1), 1)
    values = {
        "classroom": room.number, "place": len(room.turns), "role": part, "at_s": at_s, "text": text,
    }  # fmt: skip
    connection.execute(insert(p.ClassroomTurn).values(values))
    _changed(connection, room.number)


def mark(
    connection: Connection, code: str, by: str, *, turn: int | None, good: bool, text: str, now: datetime
) -> None:
    """Note what somebody saw at a turn; raises ConflictError (``no-turn``)."""
    room = _locked(connection, code)
    if turn is not None and turn >= len(room.turns):
        raise ConflictError("还没有这句话", code="no-turn")
    values = {
        "classroom": room.number, "turn": turn, "good": good, "by": by[: p.PERSON], "at": now, "text": text,
    }  # fmt: skip
    connection.execute(insert(p.ClassroomMark).values(values))
    _changed(connection, room.number)


def end(
    connection: Connection, code: str, review: Mapping[str, Any] | None, turns: int, now: datetime
) -> bool:
    """End a classroom with what came of its first `turns` turns; return False where more was said since."""
    room = _locked(connection, code)
    if room.ended_at is not None:
        return True
    if len(room.turns) != turns:
        return False
    _changed(connection, room.number, ended_at=now, review=None if review is None else dict(review))
    return True


def rooms_of(connection: Connection, person: str, limit: int) -> list[dict[str, Any]]:
    """Return the classrooms somebody was in, the latest first."""
    table = p.Classroom.__table__
    turns = select(func.count()).where(p.ClassroomTurn.classroom == table.c.number).scalar_subquery()
    query = (
        select(
            table.c.code,
            table.c.title,
            table.c.made_at,
            table.c.ended_at,
            p.Participant.role,
            turns.label("turns"),
        )
        .join(p.Participant.__table__, p.Participant.classroom == table.c.number)
        .where(p.Participant.person == person[: p.PERSON])
        .order_by(table.c.number.desc())
        .limit(limit)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _locked(connection: Connection, code: str) -> Room:
    """Return a room nobody else changes in this transaction; raises ConflictError (``no-room``)."""
    connection.execute(select(p.Classroom.number).where(p.Classroom.code == code).with_for_update())
    room = find_room(connection, code)
    if room is None:
        raise ConflictError("没有这个房间", code="no-room")
    return room


def _changed(connection: Connection, number: int, **values: Any) -> None:
    table = p.Classroom
    connection.execute(
        update(table).where(table.number == number).values(revision=table.revision + 1, **values)
    )
