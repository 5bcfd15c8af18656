"""What the figures of reports need of a call, taken from its report once, when it is stored."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from assistant.model import Conversation

STRAINED = frozenset(["anxious", "dissatisfied", "angry", "furious", "disappointed"])
UPSET = 0.4
"""The strain from which on an agent's answer is looked at for its effect."""
EASED = 0.1
"""How much the strain has to fall to count as eased."""
CALMER = 0.05
"""How much lower the strain at the end has to be for a call to end calmer than it began."""
_CLAUSE = re.compile(r"[^，。！？；：,.!?;:…~～\s、]+")
_SHORTEST, _LONGEST = 4, 40
_PRIVATE = re.compile(r"[\[\]0-9０-９]")
_MOST_PHRASES = 40


@dataclass(frozen=True, slots=True)
class Facts:
    """A call in figures. Points are tenths. `start`, `end` and `peak` are strains, 0..1.

    `items` maps an item to its points (but for a veto) and its maximum, where it counts; `rules` counts
    findings;
    `phrases` counts how often agents said a clause to an upset customer, and how often that eased.
    """

    scored: bool
    total: float | None = None
    grade: str = ""
    fatal: bool = False
    confidence: float | None = None
    start: float | None = None
    end: float | None = None
    peak: float | None = None
    card: str = ""
    version: str = ""
    items: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    phrases: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def calmer(self) -> bool | None:
        if self.start is None or self.end is None:
            return None
        return self.end < self.start - CALMER


def facts_of(
    report: Mapping[str, Any], score: Mapping[str, Any] | None, findings: Sequence[Mapping[str, Any]]
) -> Facts:
    """Return the facts of a ``huashu.report/1`` object under `score`, with the findings that hold."""
    curve = [point["intensity"] for point in (report.get("emotion") or {}).get("curve", ())]
    card = report.get("scorecard") or {}
    sure = [each.get("confidence", 1.0) for each in findings if not each.get("pending")]
    rules: dict[str, int] = {}
    for each in findings:
        if not each.get("pending"):
            rules[each["rule"]] = rules.get(each["rule"], 0) + 1
    return Facts(
        scored=score is not None and report.get("status") == "scored",
        total=score.get("total") if score else None,
        grade=(score.get("grade") or "") if score else "",
        fatal=bool(score and score.get("fatal")),
        confidence=min(sure, default=None),
        start=curve[0] if len(curve) > 1 else None,
        end=curve[-1] if len(curve) > 1 else None,
        peak=max(curve, default=None),
        card=card.get("id", ""),
        version=card.get("version", ""),
        items=_items(score),
        rules=rules,
        phrases=dict(_phrases(report["turns"])),
    )


def _items(score: Mapping[str, Any] | None) -> dict[str, tuple[int, int]]:
    sections = score.get("sections", ()) if score else ()
    return {
        item["rule"]: (round(item.get("reached", item["points"]) * 10), round(item["max"] * 10))
        for section in sections
        for item in section["items"]
        if item["max"] > 0
    }


def _strain(turn: Mapping[str, Any]) -> float | None:
    emotion = turn.get("emotion")
    if emotion is None:
        return None
    return float(emotion["intensity"]) if emotion["label"] in STRAINED else 0.0


def _phrases(turns: Sequence[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """Count the clauses agents said between an upset turn of the customer and the next one."""
    counted: dict[str, tuple[int, int]] = {}
    for said, eased in _answers(turns):
        for clause in said:
            if len(counted) < _MOST_PHRASES or clause in counted:
                times, falling = counted.get(clause, (0, 0))
                counted[clause] = (times + 1, falling + eased)
    return counted


def _answers(turns: Sequence[Mapping[str, Any]]) -> Iterator[tuple[list[str], bool]]:
    before: float | None = None
    said: dict[str, None] = {}
    for turn in turns:
        if turn.get("role") == "agent":
            said |= dict.fromkeys(_clauses(turn["text"]))
            continue
        now = _strain(turn) if turn.get("role") == "customer" else None
        if now is None:
            continue
        if before is not None and before >= UPSET and said:
            yield list(said), now < before - EASED
        before, said = now, {}


def _clauses(text: str) -> list[str]:
    """Return the clauses that may be told of: none with digits or masked data in it."""
    return [
        clause
        for clause in _CLAUSE.findall(text)
        if _SHORTEST <= len(clause) <= _LONGEST and not _PRIVATE.search(clause)
    ]


def content_of(conversation: Conversation) -> str:
    """Return the SHA-256 of what a call is, whatever its id: the agent, and who said what and when."""
    digest = hashlib.sha256()
    meta = conversation.meta
    digest.update(f"{meta.get('started_at') or ''}\x1f{meta.get('agent_id') or ''}\x1e".encode())
    for turn in conversation.turns:
        digest.update(f"{turn.role}\x1f{turn.start_s}\x1f{turn.text}\x1e".encode())
    return digest.hexdigest()
