"""Appeals: an agent's objection goes from reviewer to lead to the final word, each with a deadline."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from assistant.errors import ConflictError, UsageError

Level = Literal["reviewer", "lead", "final"]
LEVELS: tuple[Level, ...] = get_args(Level)
Outcome = Literal["granted", "partly", "rejected"]
OUTCOMES: tuple[str, ...] = get_args(Outcome)
State = Literal["open", "answered", "closed"]
WINDOW = timedelta(days=7)
"""How long after a result is shown an agent may appeal."""
TAKES: dict[Level, timedelta] = {
    "reviewer": timedelta(days=2),
    "lead": timedelta(days=3),
    "final": timedelta(days=5),
}
REPLY = timedelta(days=3)
"""How long an agent has to take a rejected appeal to the next level."""


@dataclass(frozen=True, slots=True)
class Appeal:
    """Where an appeal stands. `deadline` is for who has to act: the assignee, or (answered) the agent."""

    level: Level
    state: State
    assignee: str | None
    deadline: datetime | None
    outcome: Outcome | None = None


def in_window(shown_at: datetime, now: datetime) -> bool:
    return now <= shown_at + WINDOW


def begin(shown_at: datetime, now: datetime, assignee: str | None) -> Appeal:
    """Open an appeal at the first level; raises ConflictError (``too-late``) after the window."""
    if not in_window(shown_at, now):
        raise ConflictError(f"已超过 {WINDOW.days} 天申诉期", code="too-late")
    return Appeal("reviewer", "open", assignee, now + TAKES["reviewer"])


def answer(appeal: Appeal, outcome: Outcome, reason: str, now: datetime) -> Appeal:
    """Decide at the present level; what isn't granted in full may go on, unless this was the last."""
    if appeal.state != "open":
        raise ConflictError("这件申诉已经有结论了", code="ended")
    if not reason.strip():
        raise UsageError("请写明理由", code="no-reason")
    final = outcome == "granted" or appeal.level == LEVELS[-1]
    return replace(
        appeal, state="closed" if final else "answered", outcome=outcome,
        deadline=None if final else now + REPLY,
    )  # fmt: skip


def escalate(appeal: Appeal, now: datetime, assignee: str | None) -> Appeal:
    """Take an appeal to the next level; raises ConflictError where it is still open, closed, or too late."""
    if appeal.state != "answered":
        raise ConflictError("只有已答复、未结案的申诉才能提请上一级", code="ended")
    if appeal.deadline is not None and now > appeal.deadline:
        raise ConflictError(f"已超过 {REPLY.days} 天，不能再提请上一级", code="too-late")
    level = LEVELS[LEVELS.index(appeal.level) + 1]
    return Appeal(level, "open", assignee, now + TAKES[level])


def pass_on(appeal: Appeal, now: datetime) -> Appeal:
    """Take an open appeal to the next level, to nobody's desk yet; raises ConflictError at the last one."""
    if appeal.state != "open" or appeal.level == LEVELS[-1]:
        raise ConflictError("这件申诉不能再转上一级", code="ended")
    level = LEVELS[LEVELS.index(appeal.level) + 1]
    return Appeal(level, "open", None, now + TAKES[level], appeal.outcome)


def accept(appeal: Appeal) -> Appeal:
    """The agent accepts the answer: the appeal is closed."""
    if appeal.state != "answered":
        raise ConflictError("这件申诉现在不需要确认", code="ended")
    return replace(appeal, state="closed", deadline=None)


def overdue(appeal: Appeal, now: datetime) -> bool:
    return appeal.state == "open" and appeal.deadline is not None and now > appeal.deadline
