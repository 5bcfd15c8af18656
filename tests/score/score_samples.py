"""Short ways to write findings, requirements and turns in the tests of the score."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.model import Explanation, Finding, Requirement, Severity, Speaker, Turn

if TYPE_CHECKING:
    from assistant.model import How, Level, RequirementStatus

BECAUSE = Explanation(matched="", normalised="", because="")


def finding(
    rule: str = "banned.shirking.not-mine",
    source: str = "B-3",
    severity: str = "major",
    *,
    turn: int = 1,
    at: tuple[int, int] | None = (0, 4),
    pending: bool = False,
    agent_id: str | None = None,
    confidence: float = 1.0,
    how: How = "exact",
) -> Finding:
    """A finding at characters `at` of turn `turn`; `at=None` makes it an absence."""
    start, end = at if at is not None else (None, None)
    return Finding(
        rule=rule,
        source=(source,),
        family=rule.split(".")[1] if "." in rule else rule,
        severity=Severity.of(severity),
        turn=turn,
        start=start,
        end=end,
        text=None if at is None else f"词{turn}",
        how=("absence",) if at is None else (how,),
        confidence=confidence,
        message="",
        suggestion="",
        explanation=BECAUSE,
        agent_id=agent_id,
        pending=pending,
    )


def requirement(
    status: RequirementStatus,
    source: str = "G-1",
    *,
    rule: str = "standard.opening.greeting",
    level: Level | None = None,
    turn: int | None = None,
    missing: tuple[str, ...] = (),
    parts: int = 0,
) -> Requirement:
    return Requirement(
        rule=rule, source=(source,), status=status, level=level, turn=turn, missing=missing, parts=parts
    )


def turn(
    index: int, role: str, text: str, *, start: float | None = None, agent_id: str | None = None
) -> Turn:
    return Turn(
        index=index,
        role=Speaker(role),
        text=text,
        start_s=start,
        end_s=None if start is None else start + 1,
        agent_id=agent_id,
    )


def dialogue(*lines: str) -> tuple[Turn, ...]:
    """Turns from lines such as `坐席:您好` and `客户:你好`."""
    roles = {"坐席": "agent", "客户": "customer", "机器人": "bot"}
    made = []
    for index, line in enumerate(lines):
        who, _, text = line.partition(":")
        made.append(turn(index, roles[who], text))
    return tuple(made)
