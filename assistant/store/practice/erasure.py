"""What is kept of learners goes: by age, or all there is of one of them (practice and quiz)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select, update

from assistant.store import quiz
from assistant.store.audit import note
from assistant.store.practice import models as p
from assistant.store.practice import papers, sessions
from assistant.store.practice.paper_models import Paper
from assistant.store.quiz_models import QuizAnswer, QuizCard

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import InstrumentedAttribute


def expire_practice(connection: Connection, before: datetime, most: int) -> int:
    """Delete role-plays, classrooms, papers and answers from before, `most` of each; return how many.

    What counts in a course stays until the course has ended. A card goes with the last answer to its item.
    """
    session = p.PracticeSession
    going = select(p.Course.number).where(p.Course.ended_at.is_(None))
    idle = or_(session.course.is_(None), ~session.course.in_(going))
    gone = {
        "sessions": _oldest(
            connection,
            session.number,
            (session.began_at < before, idle),
            most,
        ),
        "classrooms": _oldest(connection, p.Classroom.number, (p.Classroom.made_at < before,), most),
        "papers": _oldest(
            connection, Paper.number, (Paper.began_at < before, ~Paper.course.in_(going)), most
        ),
        "answers": _oldest(connection, QuizAnswer.number, (QuizAnswer.at < before,), most),
    }
    if gone["answers"]:
        _drop_cards(connection)
    total = sum(gone.values())
    if total:
        note(connection, "retention", "practice.expire", "", {**gone, "before": before.isoformat()})
    return max(gone.values())


def _oldest(connection: Connection, number: InstrumentedAttribute[int], where: Any, most: int) -> int:
    numbers = connection.execute(select(number).where(*where).order_by(number).limit(most)).scalars().all()
    if numbers:
        connection.execute(delete(number.class_).where(number.in_(numbers)))
    return len(numbers)


def _drop_cards(connection: Connection) -> None:
    answered = select(QuizAnswer.number).where(
        QuizAnswer.learner == QuizCard.learner, QuizAnswer.item == QuizCard.item
    )
    connection.execute(delete(QuizCard).where(~answered.exists()))


def forget_learner(connection: Connection, learner: str, by: str) -> dict[str, int]:
    """Delete all practice and quiz of a learner; return how many of what went.

    Classrooms they played in go whole; where they watched, they and their marks do. Courses lose the name.
    """
    name = learner[: p.PERSON]
    played = select(p.Participant.classroom).where(
        p.Participant.person == name, p.Participant.role != "observer"
    )
    rooms = connection.execute(played).scalars().all()
    gone = {
        "sessions": sessions.forget(connection, learner),
        "answers": quiz.forget(connection, learner),
        "papers": papers.forget(connection, learner),
        "classrooms": connection.execute(delete(p.Classroom).where(p.Classroom.number.in_(rooms))).rowcount,
        "marks": connection.execute(delete(p.ClassroomMark).where(p.ClassroomMark.by == name)).rowcount,
    }
    connection.execute(delete(p.Participant).where(p.Participant.person == name))
    gone["courses"] = _leave_courses(connection, name)
    note(connection, by, "practice.erase", name, gone)
    return gone


def _leave_courses(connection: Connection, name: str) -> int:
    left = 0
    for number, learners in connection.execute(select(p.Course.number, p.Course.learners)).all():
        if name in learners:
            kept = [each for each in learners if each != name]
            connection.execute(update(p.Course).where(p.Course.number == number).values(learners=kept))
            left += 1
    return left
