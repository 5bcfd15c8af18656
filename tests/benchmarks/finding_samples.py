"""Findings as the engine makes them, with only what a test is about."""

from __future__ import annotations

from assistant.model import Explanation, Finding, How, Severity, Span


def finding(
    rule: str = "banned.shirking.not-mine",
    *,
    source: tuple[str, ...] = ("B-3",),
    severity: Severity = Severity.MAJOR,
    turn: int = 0,
    start: int | None = 0,
    how: How = "exact",
    spans: tuple[Span, ...] = (),
) -> Finding:
    return Finding(
        rule=rule,
        source=source,
        family="any",
        severity=severity,
        turn=turn,
        start=start,
        end=None if start is None else start + 2,
        text=None if start is None else "不管",
        how=(how,),
        confidence=1.0,
        message="",
        suggestion="",
        explanation=Explanation("", "", ""),
        spans=spans,
    )
