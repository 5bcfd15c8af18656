"""Courses: who has to pass which scenarios and quizzes until when, and how far they have come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import insert, select, update

from assistant.store.audit import note
from assistant.store.practice import models as p
from assistant.store.practice import papers
from assistant.store.practice.sessions import users_of_teams

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection, RowMapping

Standing = Literal["passed", "late", "open", "overdue"]
"""Of a course: all passed in time, all passed after the deadline, still to do, to do after the deadline."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A scenario of a course and the points it takes to pass it."""

    scenario: str
    pass_mark: float


@dataclass(frozen=True, slots=True)
class Quiz:
    """A quiz of a course: so many items of these topics (none: of all); `pass_mark` in percent right."""

    topics: tuple[str, ...]
    items: int
    pass_mark: float


@dataclass(frozen=True, slots=True)
class Course:
    """A course as it is stored; see `models.Course`."""

    number: int
    title: str
    note: str
    units: tuple[Unit, ...]
    quizzes: tuple[Quiz, ...]
    learners: tuple[str, ...]
    team: str | None
    due_at: datetime | None
    board: bool
    made_by: str
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tries:
    """What a learner made of a unit: tries that ended, the best points, when it was passed first."""

    scenario: str
    pass_mark: float
    tries: int = 0
    best: float | None = None
    session: int | None = None
    passed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Papers:
    """What a learner made of a quiz: papers finished, the best share right in percent, when passed first."""

    pass_mark: float
    tries: int = 0
    best: float | None = None
    passed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a learner has come; `points` is the mean of the best over all parts (none tried: 0).

    Parts are the scenarios (`units`) and the quizzes; `passed` counts both.
    """

    learner: str
    units: tuple[Tries, ...]
    quizzes: tuple[Papers, ...]
    points: float
    passed: int
    standing: Standing
    finished_at: datetime | None


def add_course(connection: Connection, by: str, values: Mapping[str, Any], now: datetime) -> int:
    """Store a course; `values` are the columns a trainer fills in. Returns its number."""
    row = {**values, "made_by": by[: p.PERSON], "made_at": now}
    number = int(connection.execute(insert(p.Course).values(row).returning(p.Course.number)).scalar_one())
    note(connection, by, "course.add", str(number), {"title": values["title"]})
    return number


def change_course(connection: Connection, by: str, number: int, values: Mapping[str, Any]) -> bool:
    """Change columns of a course; return whether there is one of this number."""
    there = connection.execute(update(p.Course).where(p.Course.number == number).values(dict(values)))
    if there.rowcount == 1:
        note(connection, by, "course.change", str(number), {"changed": sorted(values)})
    return there.rowcount == 1


def find_course(connection: Connection, number: int) -> Course | None:
    row = connection.execute(select(p.Course.__table__).where(p.Course.number == number)).mappings().first()
    return None if row is None else _course(row)


def list_courses(connection: Connection) -> list[Course]:
    """Return all courses, the latest first."""
    rows = connection.execute(select(p.Course.__table__).order_by(p.Course.number.desc())).mappings()
    return [_course(row) for row in rows]


def learners_of(connection: Connection, course: Course, day: date) -> list[str]:
    """Return who has to do a course on `day`: those named, and the users of its team."""
    team = users_of_teams(connection, [course.team], day) if course.team else frozenset()
    return sorted({*course.learners, *team})


def courses_of(connection: Connection, learner: str, day: date) -> list[Course]:
    """Return the courses somebody has to do, the latest first."""
    return [
        course for course in list_courses(connection)
        if course.ended_at is None and learner in learners_of(connection, course, day)
    ]  # fmt: skip


def progress(
    connection: Connection, course: Course, learners: Sequence[str], now: datetime
) -> list[Progress]:
    """Return how far learners have come, those with the most points first."""
    table = p.PracticeSession
    query = (
        select(table.learner, table.scenario, table.points, table.number, table.ended_at)
        .where(table.course == course.number, table.ended_at.is_not(None), table.learner.in_(learners))
        .order_by(table.ended_at, table.number)
    )
    ended: dict[tuple[str, str], list[RowMapping]] = {}
    for row in connection.execute(query).mappings():
        ended.setdefault((row["learner"], row["scenario"]), []).append(row)
    sat: dict[tuple[str, int], list[papers.Sat]] = {}
    for paper in papers.finished(connection, course.number, learners):
        sat.setdefault((paper.learner, paper.part), []).append(paper)
    found = [
        _progress(
            course,
            learner,
            [_tries(unit, ended.get((learner, unit.scenario), [])) for unit in course.units],
            [_papers(quiz, sat.get((learner, part), [])) for part, quiz in enumerate(course.quizzes)],
            now,
        )
        for learner in learners
    ]
    return sorted(found, key=lambda each: (-each.points, each.learner))


def _tries(unit: Unit, rows: Sequence[RowMapping]) -> Tries:
    if not rows:
        return Tries(unit.scenario, unit.pass_mark)
    best = max(rows, key=lambda row: row["points"])
    passed = next((row["ended_at"] for row in rows if row["points"] >= unit.pass_mark), None)
    return Tries(unit.scenario, unit.pass_mark, len(rows), best["points"], best["number"], passed)


def _papers(quiz: Quiz, sat: Sequence[papers.Sat]) -> Papers:
    if not sat:
        return Papers(quiz.pass_mark)
    passed = next((paper.ended_at for paper in sat if paper.points >= quiz.pass_mark), None)
    return Papers(quiz.pass_mark, len(sat), max(paper.points for paper in sat), passed)


def _progress(
    course: Course, learner: str, units: Sequence[Tries], quizzes: Sequence[Papers], now: datetime
) -> Progress:
    parts: tuple[Tries | Papers, ...] = (*units, *quizzes)
    passed = [part.passed_at for part in parts if part.passed_at is not None]
    finished = max(passed) if passed and len(passed) == len(parts) else None
    looked = finished or now
    over = course.due_at is not None and looked > course.due_at
    standing: Standing = ("late" if over else "passed") if finished else ("overdue" if over else "open")
    points = round(sum(part.best or 0.0 for part in parts) / len(parts), 1)
    return Progress(learner, tuple(units), tuple(quizzes), points, len(passed), standing, finished)


def _course(row: RowMapping) -> Course:
    return Course(
        row["number"], row["title"], row["note"],
        tuple(Unit(each["scenario"], each["pass_mark"]) for each in row["scenarios"]),
        tuple(Quiz(tuple(each["topics"]), each["items"], each["pass_mark"]) for each in row["quizzes"]),
        tuple(row["learners"]), row["team"], row["due_at"], row["board"], row["made_by"], row["made_at"],
        row["ended_at"],
    )  # fmt: skip
