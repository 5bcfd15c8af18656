"""The tables of the QA desk. A call is named by its number; people by the name they sign in with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import Base, Number

_NAME = String(200)


def _call(*, key: bool = False, unique: bool = False) -> Mapped[int]:
    return mapped_column(
        Number, ForeignKey("conversations.number", ondelete="CASCADE"), primary_key=key, unique=unique or None
    )


class CallFact(Base):
    """A call in figures, as its score stands. `machine` is the score before any human verdict.

    `frame` is the random draw among whose calls it was; an agent appeals from `shown_at` on.
    """

    __tablename__ = "call_facts"
    __table_args__ = (
        Index(None, "month", "agent_id"),
        Index(None, "agent_id", "day"),
        Index(None, "content"),
        Index(None, "day"),
    )

    conversation: Mapped[int] = _call(key=True)
    day: Mapped[date]
    month: Mapped[str] = mapped_column(String(7))
    agent_id: Mapped[str] = mapped_column(_NAME, default="")
    team: Mapped[str] = mapped_column(_NAME, default="")
    channel: Mapped[str] = mapped_column(String(64))
    business_line: Mapped[str] = mapped_column(_NAME, default="")
    content: Mapped[str] = mapped_column(String(64))
    card: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(64))
    scored: Mapped[bool]
    machine: Mapped[float | None]
    total: Mapped[float | None]
    grade: Mapped[str] = mapped_column(String(64))
    passed: Mapped[bool | None]
    fatal: Mapped[bool]
    confidence: Mapped[float | None]
    start: Mapped[float | None]
    end: Mapped[float | None]
    peak: Mapped[float | None]
    calmer: Mapped[bool | None]
    frame: Mapped[int | None]
    acknowledged_at: Mapped[datetime | None]
    shown_at: Mapped[datetime]


class CallCount(Base):
    """What a call adds to the tallies, kept to be taken out again. Apart: facts are read by the thousand."""

    __tablename__ = "call_counts"

    conversation: Mapped[int] = _call(key=True)
    counts: Mapped[dict[str, Any]]


class CallLoss(Base):
    """An item on which a call lost points, in tenths."""

    __tablename__ = "call_losses"
    __table_args__ = (Index(None, "item", "conversation"),)

    conversation: Mapped[int] = _call(key=True)
    item: Mapped[str] = mapped_column(String(100), primary_key=True)
    lost: Mapped[int]


class Tally(Base):
    """What calls of a month add up to, kept with each change so that no report has to read them all.

    `kind` item: calls in which it counts, points and maximum in tenths; rule: calls with it, findings;
    phrase: times said to an upset customer, times that eased (whose and where is left empty).
    """

    __tablename__ = "tallies"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    name: Mapped[str] = mapped_column(_NAME, primary_key=True)
    card: Mapped[str] = mapped_column(String(100), primary_key=True)
    agent_id: Mapped[str] = mapped_column(_NAME, primary_key=True)
    team: Mapped[str] = mapped_column(_NAME, primary_key=True)
    channel: Mapped[str] = mapped_column(String(64), primary_key=True)
    business_line: Mapped[str] = mapped_column(_NAME, primary_key=True)
    calls: Mapped[int]
    points: Mapped[int]
    most: Mapped[int]


class DayTally(Base):
    """What an agent's scored calls of a day add up to; `total` in tenths.

    `moved`: calls whose customer's mood has a beginning and an end, `calmer` of them ended calmer; `upset`
    began strained, `eased` of them ended calmer.
    """

    __tablename__ = "day_tallies"

    day: Mapped[date] = mapped_column(primary_key=True)
    agent_id: Mapped[str] = mapped_column(_NAME, primary_key=True)
    team: Mapped[str] = mapped_column(_NAME, primary_key=True)
    channel: Mapped[str] = mapped_column(String(64), primary_key=True)
    business_line: Mapped[str] = mapped_column(_NAME, primary_key=True)
    calls: Mapped[int]
    total: Mapped[int]
    passed: Mapped[int]
    fatal: Mapped[int]
    moved: Mapped[int]
    calmer: Mapped[int]
    upset: Mapped[int]
    eased: Mapped[int]


class Card(Base):
    """A version of a scorecard. `edits` counts changes of a draft: who saves says which one they saw."""

    __tablename__ = "scorecards"
    __table_args__ = (UniqueConstraint("card", "version"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    card: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(_NAME)
    status: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    pass_mark: Mapped[float]
    edits: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(_NAME)
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class CardAssignment(Base):
    """Which calls get the published version of a card; empty asks nothing."""

    __tablename__ = "card_assignments"
    __table_args__ = (UniqueConstraint("channel", "business_line", "team"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    card: Mapped[str] = mapped_column(String(100))
    channel: Mapped[str] = mapped_column(String(64), default="")
    business_line: Mapped[str] = mapped_column(_NAME, default="")
    team: Mapped[str] = mapped_column(_NAME, default="")


class Draw(Base):
    """A draw: its plan, and how many calls there were to draw from."""

    __tablename__ = "draws"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(_NAME)
    plan: Mapped[dict[str, Any]]
    random: Mapped[bool]
    frame: Mapped[int]
    made_by: Mapped[str] = mapped_column(_NAME)
    made_at: Mapped[datetime]


class DrawnCall(Base):
    """A call of a draw, with the probability it had to come into it (None: a draw by risk)."""

    __tablename__ = "drawn_calls"
    __table_args__ = (Index(None, "conversation"),)

    draw: Mapped[int] = mapped_column(
        Number, ForeignKey("draws.number", ondelete="CASCADE"), primary_key=True
    )
    conversation: Mapped[int] = _call(key=True)
    inclusion: Mapped[float | None]


class Review(Base):
    """A person's look at a call, by the report it had then. `version` grows with each change.

    `full`: everything was looked at, so that what the machine missed was added.
    """

    __tablename__ = "reviews"
    __table_args__ = (Index(None, "assignee", "state"), Index(None, "state"))

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation: Mapped[int] = _call(unique=True)
    report: Mapped[int] = mapped_column(Number)
    assignee: Mapped[str | None] = mapped_column(_NAME)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(_NAME, default="")
    full: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    score: Mapped[dict[str, Any] | None]
    opened_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(_NAME)


class VerdictRow(Base):
    """What a person says beside what the machine said, of one thing in a report."""

    __tablename__ = "verdicts"
    __table_args__ = (UniqueConstraint("review", "part", "name"), Index(None, "rule"))

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    review: Mapped[int] = mapped_column(Number, ForeignKey("reviews.number", ondelete="CASCADE"))
    part: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    rule: Mapped[str | None] = mapped_column(_NAME)
    machine: Mapped[str] = mapped_column(String(64))
    word: Mapped[str] = mapped_column(String(16))
    points: Mapped[float | None]
    reason: Mapped[str] = mapped_column(Text)
    finding: Mapped[dict[str, Any] | None]
    implied: Mapped[bool] = mapped_column(default=False)
    person: Mapped[str] = mapped_column(_NAME)
    at: Mapped[datetime]


class AppealRow(Base):
    """An agent's objection, where it stands."""

    __tablename__ = "appeals"
    __table_args__ = (Index(None, "state"), Index(None, "conversation"))

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    conversation: Mapped[int] = _call()
    agent_id: Mapped[str] = mapped_column(_NAME)
    about: Mapped[list[Any]]
    level: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    assignee: Mapped[str | None] = mapped_column(_NAME)
    deadline: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(default=1)
    before: Mapped[float | None]
    made_at: Mapped[datetime]


class AppealStep(Base):
    """Who did what in an appeal, and why."""

    __tablename__ = "appeal_steps"
    __table_args__ = (Index(None, "appeal"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    appeal: Mapped[int] = mapped_column(Number, ForeignKey("appeals.number", ondelete="CASCADE"))
    level: Mapped[str] = mapped_column(String(16))
    who: Mapped[str] = mapped_column(_NAME)
    action: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    total: Mapped[float | None]
    at: Mapped[datetime]


class Calibration(Base):
    """Calls that several people rate without seeing each other's or the machine's verdicts."""

    __tablename__ = "calibrations"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    name: Mapped[str] = mapped_column(_NAME)
    raters: Mapped[list[Any]]
    state: Mapped[str] = mapped_column(String(16))
    made_by: Mapped[str] = mapped_column(_NAME)
    made_at: Mapped[datetime]


class CalibrationCall(Base):
    """A call of a calibration, by the report it had then."""

    __tablename__ = "calibration_calls"

    calibration: Mapped[int] = mapped_column(
        Number, ForeignKey("calibrations.number", ondelete="CASCADE"), primary_key=True
    )
    conversation: Mapped[int] = _call(key=True)
    report: Mapped[int] = mapped_column(Number)


class Rating(Base):
    """What a rater says of the items of a call: item -> met, partly, missed, not_applicable."""

    __tablename__ = "ratings"

    calibration: Mapped[int] = mapped_column(
        Number, ForeignKey("calibrations.number", ondelete="CASCADE"), primary_key=True
    )
    conversation: Mapped[int] = _call(key=True)
    rater: Mapped[str] = mapped_column(_NAME, primary_key=True)
    items: Mapped[dict[str, Any]]
    total: Mapped[float]
    at: Mapped[datetime]


class Coaching(Base):
    """A coaching task: what an agent is to do better, how often it went wrong before and after."""

    __tablename__ = "coaching"
    __table_args__ = (Index(None, "agent_id"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    agent_id: Mapped[str] = mapped_column(_NAME)
    title: Mapped[str] = mapped_column(_NAME)
    rules: Mapped[list[Any]]
    examples: Mapped[list[Any]]
    note: Mapped[str] = mapped_column(Text)
    practice: Mapped[str] = mapped_column(_NAME, default="")
    state: Mapped[str] = mapped_column(String(16))
    due: Mapped[date]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any] | None]
    made_by: Mapped[str] = mapped_column(_NAME)
    made_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    measured_at: Mapped[datetime | None]


class MonthClose(Base):
    """A month whose scores are fixed; `body` is its report as it was then."""

    __tablename__ = "month_closes"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    closed_by: Mapped[str] = mapped_column(_NAME)
    closed_at: Mapped[datetime]
    body: Mapped[dict[str, Any]]


class ImportBatch(Base):
    """Files that somebody has sent to be imported in the background."""

    __tablename__ = "import_batches"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    made_by: Mapped[str] = mapped_column(_NAME)
    made_at: Mapped[datetime]
    rescore: Mapped[bool]


class ImportPart(Base):
    """Calls of a file, masked, as long as they wait; then what became of each. `errors` couldn't be read."""

    __tablename__ = "import_parts"
    __table_args__ = (Index(None, "batch", "waiting"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    batch: Mapped[int] = mapped_column(Number, ForeignKey("import_batches.number", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(_NAME)
    waiting: Mapped[bool]
    calls: Mapped[list[Any] | None]
    errors: Mapped[list[Any]]
    results: Mapped[list[Any] | None]


class RuleExample(Base):
    """An example for a rule that a verdict gave; `draft` is the one of the rules it went into."""

    __tablename__ = "rule_examples"
    __table_args__ = (UniqueConstraint("review", "part", "name"),)

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    rule: Mapped[str] = mapped_column(_NAME)
    kind: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    review: Mapped[int] = mapped_column(Number, ForeignKey("reviews.number", ondelete="CASCADE"))
    part: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(100))
    made_by: Mapped[str] = mapped_column(_NAME)
    made_at: Mapped[datetime]
    draft: Mapped[int | None]
