"""The tables of the quiz. A learner is whoever is signed in, by name; items live in files, by id."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import Base, Number

LEARNER = 200
"""Characters of a learner's name."""


class QuizCard(Base):
    """What a learner makes of an item: the state of the scheduler, when it is due, answers so far."""

    __tablename__ = "quiz_cards"
    __table_args__ = (Index(None, "learner", "due"),)

    learner: Mapped[str] = mapped_column(String(LEARNER), primary_key=True)
    item: Mapped[str] = mapped_column(String(64), primary_key=True)
    due: Mapped[datetime]
    state: Mapped[dict[str, Any]]
    answered: Mapped[int]
    right: Mapped[int]
    last_right: Mapped[bool]


class QuizAnswer(Base):
    """An answer that was given, for how a learner comes along over time."""

    __tablename__ = "quiz_answers"
    __table_args__ = (Index(None, "learner", "at"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    learner: Mapped[str] = mapped_column(String(LEARNER))
    item: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    right: Mapped[bool]
