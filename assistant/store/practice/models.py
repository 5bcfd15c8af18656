"""The tables of practice. A person is whoever is signed in, by name; shipped scenarios are files, by id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import Base, Number

PERSON, SCENARIO = 200, 64
"""Characters of a person's name and of a scenario's id."""


def _of(table: str, *, key: bool = False) -> Mapped[int]:
    return mapped_column(Number, ForeignKey(f"{table}.number", ondelete="CASCADE"), primary_key=key)


class ScenarioDraft(Base):
    """A scenario of the house as YAML. `accepted`: the loader takes it; `released`: everybody may play it.

    `scenario` is the id that stands in the text, once it is accepted; `call_id` the call it was drafted from.
    """

    __tablename__ = "practice_scenarios"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    scenario: Mapped[str | None] = mapped_column(String(SCENARIO), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    accepted: Mapped[bool]
    released: Mapped[bool]
    call_id: Mapped[str | None] = mapped_column(String(PERSON))
    revision: Mapped[int]
    changed_by: Mapped[str] = mapped_column(String(PERSON))
    changed_at: Mapped[datetime]


class Course(Base):
    """Scenarios with pass marks, for learners by name and for a team as it is on the day one looks.

    `scenarios` are ``{"scenario", "pass_mark"}``, `quizzes` ``{"topics", "items", "pass_mark"}`` (no topics:
    all of them); `board`: its leader board is shown to the learners.
    """

    __tablename__ = "practice_courses"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text)
    scenarios: Mapped[list[Any]]
    quizzes: Mapped[list[Any]] = mapped_column(default=list)
    learners: Mapped[list[Any]]
    team: Mapped[str | None] = mapped_column(String(64))
    due_at: Mapped[datetime | None]
    board: Mapped[bool]
    made_by: Mapped[str] = mapped_column(String(PERSON))
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PracticeSession(Base):
    """A role-play: what makes it again, and once it has ended what came of it.

    `sha256` is the scenario's, `rules` the version of the published rules it is judged by; `must` is
    what a good call contains, whether it was there.
    """

    __tablename__ = "practice_sessions"
    __table_args__ = (
        Index(None, "learner", "scenario"),
        Index(None, "scenario", "points"),
        Index(None, "course"),
    )

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    learner: Mapped[str] = mapped_column(String(PERSON))
    scenario: Mapped[str] = mapped_column(String(SCENARIO))
    title: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    seed: Mapped[int] = mapped_column(Number)
    rules: Mapped[int]
    course: Mapped[int | None] = mapped_column(
        Number, ForeignKey("practice_courses.number", ondelete="SET NULL")
    )
    turns: Mapped[int]
    hints: Mapped[list[Any]]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    points: Mapped[float | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    must: Mapped[dict[str, Any] | None]
    debrief: Mapped[dict[str, Any] | None]


class PracticeTurn(Base):
    """An exchange: the trainee's turn, masked, and the customer's answer with the state after it.

    `worded`: an endpoint worded the answer, and a replay has to be told it.
    """

    __tablename__ = "practice_turns"

    session: Mapped[int] = _of("practice_sessions", key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    at_s: Mapped[float | None]
    text: Mapped[str] = mapped_column(Text)
    reply: Mapped[str] = mapped_column(Text)
    worded: Mapped[bool]
    state: Mapped[dict[str, Any]]


class PracticeComment(Base):
    """What a trainer says of a session, or of a turn of it (the turn's index in the report)."""

    __tablename__ = "practice_comments"
    __table_args__ = (Index(None, "session"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    session: Mapped[int] = _of("practice_sessions")
    turn: Mapped[int | None]
    by: Mapped[str] = mapped_column(String(PERSON))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)


class Classroom(Base):
    """An exercise of two people with others who watch (training.md). `revision` counts its changes."""

    __tablename__ = "practice_classrooms"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    scenario: Mapped[str] = mapped_column(String(SCENARIO))
    title: Mapped[str] = mapped_column(String(200))
    rules: Mapped[int]
    limit_s: Mapped[int]
    made_by: Mapped[str] = mapped_column(String(PERSON))
    made_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    revision: Mapped[int]
    review: Mapped[dict[str, Any] | None]


class Participant(Base):
    """Who is in a classroom: agent, customer or observer."""

    __tablename__ = "practice_participants"

    classroom: Mapped[int] = _of("practice_classrooms", key=True)
    person: Mapped[str] = mapped_column(String(PERSON), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    joined_at: Mapped[datetime]


class ClassroomTurn(Base):
    """A turn, masked; `at_s` seconds since the exercise began."""

    __tablename__ = "practice_classroom_turns"

    classroom: Mapped[int] = _of("practice_classrooms", key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    role: Mapped[str] = mapped_column(String(16))
    at_s: Mapped[float]
    text: Mapped[str] = mapped_column(Text)


class ClassroomMark(Base):
    """What an observer notes at a turn (None: of the whole call): done well, or wrong."""

    __tablename__ = "practice_classroom_marks"
    __table_args__ = (Index(None, "classroom"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    classroom: Mapped[int] = _of("practice_classrooms")
    turn: Mapped[int | None]
    good: Mapped[bool]
    by: Mapped[str] = mapped_column(String(PERSON))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
