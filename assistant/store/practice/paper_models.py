"""The table of the quizzes of courses."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import Base, Number
from assistant.store.practice.models import PERSON


class Paper(Base):
    """A try at a quiz of a course: the items drawn for it in their order, how many are answered and right.

    `part` is the quiz's place among those of the course.
    """

    __tablename__ = "practice_papers"
    __table_args__ = (Index(None, "course", "learner", "part"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    course: Mapped[int] = mapped_column(Number, ForeignKey("practice_courses.number", ondelete="CASCADE"))
    part: Mapped[int]
    learner: Mapped[str] = mapped_column(String(PERSON))
    items: Mapped[list[Any]]
    answered: Mapped[int]
    right: Mapped[int]
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
