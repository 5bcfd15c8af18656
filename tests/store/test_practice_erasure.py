from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select

from assistant.cli.main import main
from assistant.store import models as m
from assistant.store.database import open_store
from assistant.store.practice import models as p
from assistant.store.practice.erasure import expire_practice
from assistant.store.practice.paper_models import Paper
from assistant.store.quiz_models import QuizAnswer, QuizCard

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOW = datetime(2026, 11, 22, tzinfo=UTC)
OLD = NOW - timedelta(days=100)


def counts(database: str) -> dict[str, int]:
    store = open_store(database)
    tables = (p.PracticeSession, p.PracticeTurn, p.Classroom, p.ClassroomMark, QuizAnswer, QuizCard, Paper)
    found = {
        table.__tablename__: store.read(
            lambda c, table=table: c.execute(select(func.count()).select_from(table)).scalar_one()
        )
        for table in tables
    }
    store.close()
    return found


def practised(connection: Connection, number: int, learner: str, at: datetime, course: int | None) -> None:
    """Store a session of one exchange, a classroom it played in and an answer."""
    session: dict[str, Any] = {
        "number": number, "learner": learner, "scenario": "dealer-radio", "title": "保养后收音机的台被人换了",
        "sha256": "0" * 64, "seed": 1, "rules": 1, "course": course, "turns": 1, "hints": [], "began_at": at,
        "ended_at": at, "points": 80.0, "outcome": "calmed", "must": {}, "debrief": {},
    }  # fmt: skip
    connection.execute(insert(p.PracticeSession).values(session))
    turn = {
        "session": number,
        "place": 0,
        "at": at,
        "text": "您好",
        "reply": "喂",
        "worded": False,
        "state": {},
    }
    connection.execute(insert(p.PracticeTurn).values(turn))
    room = {
        "number": number, "code": f"{number:06}", "scenario": "dealer-radio", "title": "电台", "rules": 1,
        "limit_s": 300, "made_by": learner, "made_at": at, "revision": 1,
    }  # fmt: skip
    connection.execute(insert(p.Classroom).values(room))
    connection.execute(
        insert(p.Participant).values(classroom=number, person=learner, role="agent", joined_at=at)
    )
    connection.execute(
        insert(p.ClassroomMark).values(classroom=number, good=True, by="讲师", at=at, text="问得好")
    )
    answer = {"learner": learner, "item": f"item.{number}", "topic": "deadlines", "at": at, "right": True}
    connection.execute(insert(QuizAnswer).values(answer))
    card = {
        "learner": learner, "item": f"item.{number}", "due": at, "state": {}, "answered": 1, "right": 1,
        "last_right": True,
    }  # fmt: skip
    connection.execute(insert(QuizCard).values(card))
    paper = {
        "number": number, "course": course or 2, "part": 0, "learner": learner, "items": [f"item.{number}"],
        "answered": 1, "right": 1, "began_at": at, "ended_at": at,
    }  # fmt: skip
    connection.execute(insert(Paper).values(paper))


@pytest.fixture
def database(database: str) -> str:
    """小陈 practised long ago, once for a course that goes on; 小林 today."""

    def fill(connection: Connection) -> None:
        course = {
            "number": 1, "title": "新人第一周", "note": "", "scenarios": [], "learners": ["小林", "小陈"],
            "board": True, "made_by": "讲师", "made_at": OLD, "ended_at": None,
        }  # fmt: skip
        over = {**course, "number": 2, "learners": [], "ended_at": NOW}
        connection.execute(insert(p.Course), [course, over])
        practised(connection, 1, "小陈", OLD, None)
        practised(connection, 2, "小陈", OLD, 1)
        practised(connection, 3, "小林", NOW, None)

    store = open_store(database)
    store.write(fill).result(10)
    store.close()
    return database


def test_what_is_too_old_goes_but_not_what_counts_in_a_course(database: str) -> None:
    store = open_store(database)
    before = NOW - timedelta(days=30)
    assert store.write(lambda c: expire_practice(c, before, 100)).result(10) == 2
    noted = store.read(lambda c: c.execute(select(m.AuditEntry.detail)).scalars().all())
    store.close()
    assert counts(database) == {
        "practice_sessions": 2, "practice_turns": 2, "practice_classrooms": 1, "practice_classroom_marks": 1,
        "quiz_answers": 1, "quiz_cards": 1, "practice_papers": 2,
    }  # fmt: skip
    assert [
        {name: each[name] for name in ("sessions", "classrooms", "answers", "papers")} for each in noted
    ] == [{"sessions": 1, "classrooms": 2, "answers": 2, "papers": 1}]


def test_no_more_goes_at_a_time_than_is_said(database: str) -> None:
    store = open_store(database)
    gone = [store.write(lambda c: expire_practice(c, NOW, 1)).result(10) for _ in range(3)]
    store.close()
    assert gone == [1, 1, 0]


def test_a_learner_is_forgotten(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["erase", "--learner", "小陈", "--database", database]) == 0
    assert capsys.readouterr().out == (
        "erased of 小陈: 2 sessions, 2 answers, 2 papers, 2 classrooms, 0 marks, 1 courses\n"
    )
    assert set(counts(database).values()) == {1}
    store = open_store(database)
    assert store.read(
        lambda c: c.execute(select(p.Course.learners).where(p.Course.number == 1)).scalar_one()
    ) == ["小林"]
    store.close()
