"""What learners make of the quiz: their cards, their answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, func, insert, select

from assistant.quiz.memory import Card, reviewed
from assistant.store.dialect import upsert
from assistant.store.quiz_models import LEARNER, QuizAnswer, QuizCard

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from assistant.quiz import Item

_CHANGED = ("due", "state", "answered", "right", "last_right")


@dataclass(frozen=True, slots=True)
class Learner:
    """How somebody comes along: items seen, answers given and right, when the last one was."""

    name: str
    seen: int
    answered: int
    right: int
    last_at: datetime


def cards(connection: Connection, learner: str) -> dict[str, Card]:
    """Return a learner's cards by item."""
    rows = connection.execute(select(QuizCard.__table__).where(QuizCard.learner == learner[:LEARNER]))
    return {row["item"]: _card(row) for row in rows.mappings()}


def _card(row: RowMapping) -> Card:
    return Card(row["item"], row["due"], row["state"], row["answered"], row["right"], row["last_right"])


def keep_answer(connection: Connection, learner: str, item: Item, *, right: bool, now: datetime) -> Card:
    """Note an answer and when the item is asked again; return the card."""
    name = learner[:LEARNER]
    locked = select(QuizCard.__table__).where(QuizCard.learner == name, QuizCard.item == item.id)
    row = connection.execute(locked.with_for_update()).mappings().first()
    card = reviewed(None if row is None else _card(row), item.id, right=right, now=now)
    values = {"learner": name, "item": item.id} | {part: getattr(card, part) for part in _CHANGED}
    connection.execute(upsert(connection, QuizCard, values, key=["learner", "item"], change=_CHANGED))
    given = {"learner": name, "item": item.id, "topic": item.topic, "at": now, "right": right}
    connection.execute(insert(QuizAnswer).values(given))
    return card


def learners(connection: Connection) -> list[Learner]:
    """Return everybody who has answered, the latest first."""
    right = func.sum(case((QuizAnswer.right, 1), else_=0))
    query = (
        select(
            QuizAnswer.learner,
            func.count(QuizAnswer.item.distinct()),
            func.count(),
            right,
            func.max(QuizAnswer.at),
        )
        .group_by(QuizAnswer.learner)
        .order_by(func.max(QuizAnswer.at).desc())
    )
    return [
        Learner(name, seen, answered, int(good), at)
        for name, seen, answered, good, at in connection.execute(query)
    ]


def forget(connection: Connection, learner: str) -> int:
    """Delete everything about a learner; return how many answers went."""
    name = learner[:LEARNER]
    connection.execute(delete(QuizCard).where(QuizCard.learner == name))
    return connection.execute(delete(QuizAnswer).where(QuizAnswer.learner == name)).rowcount
