"""The tables of the complaint desk. All of a case hangs on its `number`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import CALL_ID, Base, Number

_WORD = String(64)
_NAME = String(200)


def _of_case(*, key: bool = False) -> Mapped[int]:
    return mapped_column(Number, ForeignKey("cases.number", ondelete="CASCADE"), primary_key=key)


_FIGURES = (
    "received_month", "trial", "team", "agent_id", "customer_level", "region", "need", "answered_at",
    "answer_hours", "in_time", "repeat_of", "satisfaction", "first_contact",
)  # fmt: skip
"""What figures are counted from: an index of it all saves reading the records."""
_ANALYSIS = (
    "received_month", "trial", "need", "kind", "product", "department", "cause", "region", "channel",
)  # fmt: skip
"""The same for what complaints are about."""


class Case(Base):
    """A case. `record` is the complaint record; what is searched or counted by stands in columns, too.

    `external_id` is what another CRM calls it; `customer_key` is the same for all cases of a customer and
    tells nothing else, `contact` the id of contact data another system keeps (ours is in `contacts`);
    `urgency` 0 is danger to life or property. `next_due_at` is the nearest deadline that runs;
    `received_day` and `received_month` count in Asia/Shanghai, `team` is the agent's on that day. The moments
    are those of its events.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index(None, "is_open", "urgency", "next_due_at"),
        Index(None, "is_open", "owner"),
        Index(None, "received_at"),
        Index(None, "received_month", "received_at"),
        Index(None, "is_open", "received_at"),
        Index("ix_cases_figures", *_FIGURES),
        Index("ix_cases_analysis", *_ANALYSIS),
        Index(None, "customer_key"),
        Index(None, "repeat_of"),
        Index(None, "agent_id", "received_day"),
    )

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    external_id: Mapped[str | None] = mapped_column(_NAME, unique=True)
    call_id: Mapped[str | None] = mapped_column(String(CALL_ID), unique=True)
    trial: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(32))
    is_open: Mapped[bool]
    level: Mapped[int] = mapped_column(default=0)
    urgency: Mapped[int]
    owner: Mapped[str] = mapped_column(_NAME)
    owner_rank: Mapped[str] = mapped_column(String(32))
    contact: Mapped[str | None] = mapped_column(_WORD)
    customer_key: Mapped[str | None] = mapped_column(_WORD)
    repeat_of: Mapped[int | None] = mapped_column(Number)
    need: Mapped[str] = mapped_column(String(32))
    severity: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str | None] = mapped_column(String(32))
    customer_level: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(32))
    cause: Mapped[str | None] = mapped_column(String(32))
    product: Mapped[str | None] = mapped_column(_NAME)
    department: Mapped[str | None] = mapped_column(_NAME)
    region: Mapped[str | None] = mapped_column(_WORD)
    team: Mapped[str | None] = mapped_column(_WORD)
    agent_id: Mapped[str | None] = mapped_column(_NAME)
    record: Mapped[dict[str, Any]]
    proposed: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    received_day: Mapped[date]
    received_month: Mapped[str] = mapped_column(String(7))
    answered_at: Mapped[datetime | None]
    answer_hours: Mapped[float | None]
    in_time: Mapped[bool | None]
    closed_at: Mapped[datetime | None]
    satisfaction: Mapped[int | None]
    first_contact: Mapped[bool] = mapped_column(default=False)
    next_due_at: Mapped[datetime | None]


class CaseEvent(Base):
    """Something that happened to a case; `key` lets it be written once. It is only ever added to."""

    __tablename__ = "case_events"
    __table_args__ = (Index(None, "case", "number"), Index(None, "by", "at"))

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    case: Mapped[int] = _of_case()
    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(_NAME)
    from_state: Mapped[str | None] = mapped_column(String(32))
    to_state: Mapped[str | None] = mapped_column(String(32))
    detail: Mapped[dict[str, Any]]
    stored_at: Mapped[datetime]


class CaseDuty(Base):
    """A deadline of a case. `next_at` is when it has to be looked at next: the warning, then the deadline.

    `told` is what was told of it: near, missed. `standard_at` is the deadline without an approved overrun.
    """

    __tablename__ = "case_duties"
    __table_args__ = (Index(None, "next_at"),)

    case: Mapped[int] = _of_case(key=True)
    duty: Mapped[str] = mapped_column(String(32), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    extension: Mapped[int]
    began_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    standard_at: Mapped[datetime | None]
    met_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    told: Mapped[str] = mapped_column(String(8), default="")


class Attachment(Base):
    """A file of a case: one that was uploaded (`media` is its type), or a reference to one kept elsewhere.

    `size` in bytes, `sha256` of its content.
    """

    __tablename__ = "case_attachments"
    __table_args__ = (UniqueConstraint("case", "sha256"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    case: Mapped[int] = _of_case()
    name: Mapped[str] = mapped_column(_NAME)
    reference: Mapped[str] = mapped_column(String(1_000))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    media: Mapped[str | None] = mapped_column(String(100))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(_NAME)


class AttachmentContent(Base):
    """What is in an uploaded file: apart, so that looking at a case doesn't read it."""

    __tablename__ = "case_attachment_contents"

    attachment: Mapped[int] = mapped_column(
        Number,
        ForeignKey("case_attachments.number", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    content: Mapped[bytes] = mapped_column(LargeBinary)


class DayEvent(Base):
    """Something somebody did on a working day (P-SHIFT, P-DAILY), kept once for a day in Asia/Shanghai."""

    __tablename__ = "day_events"
    __table_args__ = (UniqueConstraint("day", "person", "kind"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    day: Mapped[date]
    person: Mapped[str] = mapped_column(_NAME)
    kind: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(Text)


class HandOver(Base):
    """A case passed on; it is the old owner's until the new one signs for it."""

    __tablename__ = "case_handovers"
    __table_args__ = (Index(None, "case"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    case: Mapped[int] = _of_case()
    giver: Mapped[str] = mapped_column(_NAME)
    receiver: Mapped[str] = mapped_column(_NAME)
    department: Mapped[str | None] = mapped_column(_NAME)
    note: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    received_by: Mapped[str | None] = mapped_column(_NAME)


class Recovery(Base):
    """A compensation offered (M-4): its cost in yuan, and whether the customer was won back."""

    __tablename__ = "case_recoveries"
    __table_args__ = (Index(None, "case"), Index(None, "month"))

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    case: Mapped[int] = _of_case()
    month: Mapped[str] = mapped_column(String(7))
    remedy: Mapped[str] = mapped_column(String(32))
    cost: Mapped[float]
    purchase: Mapped[float | None]
    offered_at: Mapped[datetime]
    by: Mapped[str] = mapped_column(_NAME)
    outcome: Mapped[str | None] = mapped_column(String(16))
    settled_at: Mapped[datetime | None]


class Callback(Base):
    """A contact that is due; `status`: waiting, done, given_up, refused, dropped."""

    __tablename__ = "callbacks"
    __table_args__ = (Index(None, "status", "next_at"), Index(None, "case"))

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    campaign: Mapped[str] = mapped_column(String(32))
    case: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.number", ondelete="CASCADE"))
    contact: Mapped[str | None] = mapped_column(_WORD)
    customer: Mapped[str] = mapped_column(_NAME)
    lead: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]
    next_at: Mapped[datetime]
    announced_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    by: Mapped[str | None] = mapped_column(_NAME)
    call_id: Mapped[str | None] = mapped_column(String(CALL_ID))
    consent: Mapped[bool | None]
    satisfaction: Mapped[int | None]
    suggestions: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[dict[str, Any]]


class CallbackAttempt(Base):
    """A try at a callback: reached, no_answer, busy, refused."""

    __tablename__ = "callback_attempts"

    callback: Mapped[int] = mapped_column(
        Number, ForeignKey("callbacks.number", ondelete="CASCADE"), primary_key=True
    )
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(_NAME)
    outcome: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text)


class Notification(Base):
    """What somebody is told: `recipient` is rank:NAME or user:NAME."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("key", "recipient"),
        Index(None, "recipient", "number"),
        Index(None, "mailed_at", "number"),
    )

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    key: Mapped[str] = mapped_column(String(160))
    recipient: Mapped[str] = mapped_column(_NAME)
    case: Mapped[int | None] = mapped_column(Number, ForeignKey("cases.number", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(32))
    text: Mapped[str] = mapped_column(Text)
    urgent: Mapped[bool]
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]


class PhoneCounter(Base):
    """What the phone system counted on a day for a team."""

    __tablename__ = "phone_counters"

    day: Mapped[date] = mapped_column(primary_key=True)
    team: Mapped[str] = mapped_column(_WORD, primary_key=True)
    month: Mapped[str] = mapped_column(String(7), index=True)
    dialled: Mapped[int]
    connected: Mapped[int]
    agent_requests: Mapped[int]
    agent_answered: Mapped[int]
