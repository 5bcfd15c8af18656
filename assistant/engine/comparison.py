"""What changes where other rules take the place of those in use: findings gained and lost, scores."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.report import finding_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.engine.fold import Engine
    from assistant.model import Conversation, Finding, PackInfo, Report


@dataclass(frozen=True, slots=True)
class Side:
    """What one pack says of a conversation: the findings the other doesn't make, and the score."""

    findings: tuple[tuple[Finding, str], ...]
    score: float | None
    grade: str


@dataclass(frozen=True, slots=True)
class Change:
    """What differs for one conversation; each finding goes with the sentence it is in."""

    id: str
    path: str | None
    lost: Side
    gained: Side

    @property
    def differs(self) -> bool:
        return bool(self.lost.findings or self.gained.findings) or self.lost.score != self.gained.score


@dataclass(frozen=True, slots=True)
class Pair:
    """Runs the old and the new packs over the same conversation."""

    old: Engine
    new: Engine

    def run(self, conversation: Conversation) -> Change:
        old, new = self.old.run(conversation), self.new.run(conversation)
        return Change(conversation.id, conversation.path, _side(old, new), _side(new, old))


def _side(report: Report, other: Report) -> Side:
    theirs = Counter(map(_key, other.findings))
    own = []
    texts = {turn.index: turn.text for turn in report.turns}
    for finding in report.findings:
        if theirs[_key(finding)]:
            theirs[_key(finding)] -= 1
        else:
            own.append((finding, texts.get(finding.turn, "")))
    score = report.score
    return Side(tuple(own), score.total, score.grade) if score else Side(tuple(own), None, "")


def _key(finding: Finding) -> tuple[Any, ...]:
    return (finding.rule, finding.severity, finding.turn, finding.start, finding.end)


def total(changes: Iterable[Change]) -> dict[str, Any]:
    """Return what changes over all: findings by rule, conversations, the mean score."""
    listed = list(changes)
    gained = Counter(finding.rule for change in listed for finding, _ in change.gained.findings)
    lost = Counter(finding.rule for change in listed for finding, _ in change.lost.findings)
    scored = [change for change in listed if None not in (change.lost.score, change.gained.score)]
    return {
        "conversations": len(listed),
        "changed": sum(change.differs for change in listed),
        "gained": gained.total(),
        "lost": lost.total(),
        "score": {
            "old": _mean(change.lost.score or 0.0 for change in scored),
            "new": _mean(change.gained.score or 0.0 for change in scored),
        },
        "rules": [
            {"rule": rule, "gained": gained[rule], "lost": lost[rule]} for rule in sorted({*gained, *lost})
        ],
    }


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return round(sum(listed) / len(listed), 2) if listed else None


def diff_object(pair: Pair, changes: Sequence[Change]) -> dict[str, Any]:
    """Return the ``huashu.diff/1`` object."""
    return {
        "schema": "huashu.diff/1",
        "old": [_pack(info) for info in pair.old.packs],
        "new": [_pack(info) for info in pair.new.packs],
        "conversations": [
            {
                "id": change.id,
                "path": change.path,
                "score": {"old": change.lost.score, "new": change.gained.score},
                "grade": {"old": change.lost.grade, "new": change.gained.grade},
                "gained": _findings(change.gained),
                "lost": _findings(change.lost),
            }
            for change in changes
            if change.differs
        ],
        "total": total(changes),
    }


def _pack(info: PackInfo) -> dict[str, str]:
    return {"name": info.name, "version": info.version, "sha256": info.sha256}


def _findings(side: Side) -> list[dict[str, Any]]:
    return [{**finding_object(finding), "sentence": sentence} for finding, sentence in side.findings]
