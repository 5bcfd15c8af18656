"""Papers: tries at the quizzes of courses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from assistant.errors import ConflictError
from assistant.store import quiz
from assistant.store.practice.models import PERSON
from assistant.store.practice.paper_models import Paper

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from assistant.quiz import Card, Item


@dataclass(frozen=True, slots=True)
class Sat:
    """A paper as it is stored; see `Paper`."""

    number: int
    course: int
    part: int
    learner: str
    items: tuple[str, ...]
    answered: int
    right: int
    began_at: datetime
    ended_at: datetime | None

    @property
    def points(self) -> float:
        """Right answers of all items, in percent."""
        return round(100 * self.right / len(self.items), 1)


def under_way(connection: Connection, course: int, part: int, learner: str) -> Sat | None:
    """Return the paper somebody hasn't finished yet, the latest of them."""
    here = (Paper.course == course, Paper.part == part, Paper.learner == learner[:PERSON])
    query = select(Paper.__table__).where(*here, Paper.ended_at.is_(None)).order_by(Paper.number.desc())
    row = connection.execute(query.limit(1)).mappings().first()
    return None if row is None else Sat(**{**row, "items": tuple(row["items"])})


def hand_out(
    connection: Connection, course: int, part: int, learner: str, *, items: Sequence[str], now: datetime
) -> Sat:
    """Begin a paper with these items; an unfinished one goes."""
    name = learner[:PERSON]
    here = (Paper.course == course, Paper.part == part, Paper.learner == name)
    connection.execute(delete(Paper).where(*here, Paper.ended_at.is_(None)))
    values = {
        "course": course, "part": part, "learner": name, "items": list(items), "answered": 0, "right": 0,
        "began_at": now,
    }  # fmt: skip
    number = int(connection.execute(insert(Paper).values(values).returning(Paper.number)).scalar_one())
    return Sat(number, course, part, name, tuple(items), 0, 0, now, None)


def keep_answer(
    connection: Connection, paper: Sat, item: Item, *, right: bool, now: datetime
) -> tuple[Sat, Card]:
    """Count the answer to the next item of a paper, which ends with the last one; the card takes it in.

    Raises ConflictError (``meanwhile``) where it has gone on elsewhere.
    """
    answered, hits = paper.answered + 1, paper.right + right
    ended = now if answered == len(paper.items) else None
    here = (Paper.number == paper.number, Paper.answered == paper.answered)
    values = {"answered": answered, "right": hits, "ended_at": ended}
    if connection.execute(update(Paper).where(*here).values(values)).rowcount != 1:
        raise ConflictError("这份测验在别的窗口里继续了，请刷新页面", code="meanwhile")
    marked = replace(paper, answered=answered, right=hits, ended_at=ended)
    return marked, quiz.keep_answer(connection, paper.learner, item, right=right, now=now)


def finished(connection: Connection, course: int, learners: Iterable[str]) -> list[Sat]:
    """Return the finished papers of learners in a course, the first one first."""
    query = (
        select(Paper.__table__)
        .where(Paper.course == course, Paper.ended_at.is_not(None), Paper.learner.in_(list(learners)))
        .order_by(Paper.ended_at, Paper.number)
    )
    return [Sat(**{**row, "items": tuple(row["items"])}) for row in connection.execute(query).mappings()]


def forget(connection: Connection, learner: str) -> int:
    """Delete a learner's papers; return how many went."""
    return connection.execute(delete(Paper).where(Paper.learner == learner[:PERSON])).rowcount
