"""The tables of what is done later: jobs, schedules, and messages to other systems."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import Base, Number


class Job(Base):
    """Work that is done once, by whichever worker has time.

    `due_at` is when it may begin; while it runs, when its lease ends. `epoch` counts who has taken it up,
    `attempts` the ones since it was asked for. `unique_key` is empty once it has ended.
    """

    __tablename__ = "jobs"
    __table_args__ = (Index(None, "status", "due_at"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    unique_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    asked_by: Mapped[str] = mapped_column(String(200), default="")
    status: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    owner: Mapped[str | None] = mapped_column(String(64))
    epoch: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int | None]
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(String(500))
    made_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Schedule(Base):
    """When a recurring job is asked for next."""

    __tablename__ = "schedules"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    next_at: Mapped[datetime]


class Endpoint(Base):
    """Where messages go; `types` are the events it hears of, `secret` what they are signed with.

    `failing_since` is when it last stopped answering well; `disabled_why` says why it is told no more.
    """

    __tablename__ = "webhook_endpoints"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    url: Mapped[str] = mapped_column(String(1000))
    types: Mapped[list[Any]]
    secret: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    disabled_why: Mapped[str | None] = mapped_column(String(64))


class Message(Base):
    """An event on its way to an endpoint; `message_id` is the key by which a receiver knows a repeat."""

    __tablename__ = "outbox"
    __table_args__ = (Index(None, "status", "made_at"), Index(None, "endpoint", "status"))

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    message_id: Mapped[str] = mapped_column(String(64))
    endpoint: Mapped[int] = mapped_column(Number, ForeignKey("webhook_endpoints.number", ondelete="CASCADE"))
    type: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(default=0)
    answer: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
