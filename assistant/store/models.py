"""The tables. Everything of a conversation hangs on its `number`; `call_id` is the name outside."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

if TYPE_CHECKING:
    from sqlalchemy import Dialect

CALL_ID = 200
"""Characters of a call's id."""

Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up an INTEGER only


class Instant(TypeDecorator[datetime]):
    """A moment, in UTC whatever the database knows of time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant, dict[str, Any]: JSON, list[Any]: JSON}


def _of_conversation(*, key: bool = False) -> Mapped[int]:
    return mapped_column(Number, ForeignKey("conversations.number", ondelete="CASCADE"), primary_key=key)


class Conversation(Base):
    """A call, running or ended. `next_seq` is the message it waits for, `events` the last event's id.

    `day` is the one its rules were chosen for: folding it again on another day changes nothing.
    `pulse` is how a live call goes, for the supervisors' board.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index(None, "started_at"),
        Index(None, "agent_id", "started_at"),
        Index(None, "status", "started_at"),
    )

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    call_id: Mapped[str] = mapped_column(String(CALL_ID), unique=True)
    channel: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    meta: Mapped[dict[str, Any]]
    agent_id: Mapped[str | None] = mapped_column(String(200))
    day: Mapped[date]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    next_seq: Mapped[int | None]
    turns: Mapped[int] = mapped_column(default=0)
    events: Mapped[int] = mapped_column(default=0)
    total: Mapped[float | None]
    grade: Mapped[str | None] = mapped_column(String(64))
    pulse: Mapped[dict[str, Any] | None]


class Lease(Base):
    """Who may write a running call: the holder of its latest `epoch`, until it expires."""

    __tablename__ = "leases"

    conversation: Mapped[int] = _of_conversation(key=True)
    owner: Mapped[str] = mapped_column(String(64))
    epoch: Mapped[int]
    expires_at: Mapped[datetime]


class Turn(Base):
    """A final turn, masked. `place` is its index in the report; None for one without words."""

    __tablename__ = "turns"

    conversation: Mapped[int] = _of_conversation(key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[int | None]
    utterance: Mapped[str | None] = mapped_column(String(CALL_ID))
    role: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    masks: Mapped[list[Any]]
    start_s: Mapped[float | None]
    end_s: Mapped[float | None]
    agent_id: Mapped[str | None] = mapped_column(String(200))
    role_inferred: Mapped[bool] = mapped_column(default=False)


class CallEvent(Base):
    """Something that happened on the line; in one sequence with the turns."""

    __tablename__ = "call_events"

    conversation: Mapped[int] = _of_conversation(key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(16))
    at_s: Mapped[float]
    agent_id: Mapped[str | None] = mapped_column(String(200))


class LiveEvent(Base):
    """An event as it was sent; `body` is the wire object, so that a replay is the same to the byte."""

    __tablename__ = "live_events"

    conversation: Mapped[int] = _of_conversation(key=True)
    event_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int | None]
    type: Mapped[str] = mapped_column(String(16))
    provisional: Mapped[bool] = mapped_column(default=False)
    body: Mapped[str] = mapped_column(Text)


class Finding(Base):
    """A finding of a call's latest report, as far as it is searched for; `body` is the wire object."""

    __tablename__ = "findings"
    __table_args__ = (Index(None, "conversation"), Index(None, "rule"))

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation: Mapped[int] = _of_conversation()
    turn: Mapped[int]
    rule: Mapped[str] = mapped_column(String(200))
    family: Mapped[str] = mapped_column(String(200))
    severity: Mapped[str] = mapped_column(String(16))
    agent_id: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[dict[str, Any]]


class Emotion(Base):
    """An emotion the customer shows somewhere in a call, by its latest report."""

    __tablename__ = "emotions"
    __table_args__ = (Index(None, "label"),)

    conversation: Mapped[int] = _of_conversation(key=True)
    label: Mapped[str] = mapped_column(String(16), primary_key=True)


class Report(Base):
    """A report of a call; the one with the highest number holds."""

    __tablename__ = "reports"
    __table_args__ = (Index(None, "conversation"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation: Mapped[int] = _of_conversation()
    made_at: Mapped[datetime]
    ruleset_sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]]


class RulePack(Base):
    """A version of a rule pack that has judged calls here."""

    __tablename__ = "rule_packs"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(64))
    first_used_at: Mapped[datetime]


class Prompt(Base):
    """A prompt shown to an agent, and what became of it; `used` is what the agent says of it."""

    __tablename__ = "prompts"

    conversation: Mapped[int] = _of_conversation(key=True)
    prompt_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))
    followed_turn: Mapped[int | None]
    used: Mapped[bool | None]
    body: Mapped[dict[str, Any]]


class User(Base):
    """Who signs in.

    Their own password replaces the first one (`must_change`); `agent_id` is the one an agent's calls carry;
    an id belongs to one active user at most; `desk_rank` is their rank at the complaint desk where it isn't
    that of their role.
    """

    __tablename__ = "users"
    __table_args__ = (
        Index(
            "ix_users_agent_id", "agent_id", unique=True,
            sqlite_where=text("active"), postgresql_where=text("active"),
        ),
    )  # fmt: skip

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    agent_id: Mapped[str | None] = mapped_column(String(200))
    password: Mapped[str] = mapped_column(String(200))
    must_change: Mapped[bool]
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    desk_rank: Mapped[str | None] = mapped_column(String(32))


class SignIn(Base):
    """A browser that is signed in; `key` is the SHA-256 of its cookie."""

    __tablename__ = "sign_ins"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[int] = mapped_column(Number, ForeignKey("users.number", ondelete="CASCADE"))
    csrf: Mapped[str] = mapped_column(String(64))
    until: Mapped[datetime]


class ApiToken(Base):
    """What a program shows instead of a password; `key` is its SHA-256."""

    __tablename__ = "api_tokens"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    made_at: Mapped[datetime]
    until: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what to what."""

    __tablename__ = "audit_log"
    __table_args__ = (Index(None, "at"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(64))
    target: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]]
