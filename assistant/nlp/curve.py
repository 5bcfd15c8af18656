"""The customer's feeling over a call: how strained, when it peaked, when it turned, when to warn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.model import Emotion, Intent, Speaker, Turn

STRAINED = frozenset({"anxious", "dissatisfied", "angry", "furious", "disappointed"})
_MEMORY = 0.4  # share of the strain before that a calmer turn keeps
_NOTABLE = 0.4  # a peak below it is no trouble to turn
_WARN_AT, _WARN_RISE = 0.4, 0.15
_EXPLICIT = frozenset({"complaint", "threat"})


def strain(emotion: Emotion) -> float:
    """Return how strained the customer is, 0..1: the intensity of a bad feeling, nothing for a good one."""
    return emotion.intensity if emotion.label in STRAINED else 0.0


@dataclass(slots=True)
class Curve:
    """The smoothed strain of a call, fed turn by turn; `warned` once an early warning was given."""

    points: list[tuple[int, float]] = field(default_factory=list)
    level: float = 0.0
    warned: bool = False

    def feed(self, turn: int, emotion: Emotion, intents: Sequence[Intent]) -> float | None:
        """Take a customer's turn; return the strain if it is time for an early warning, else None.

        The warning comes when strain has risen before any explicit complaint (S0: the tone before
        a complaint is a warning), once a call.
        """
        now = strain(emotion)
        before = self.level
        self.level = max(now, _MEMORY * before + (1 - _MEMORY) * now)
        self.points.append((turn, self.level))
        if any(intent.name in _EXPLICIT for intent in intents):
            self.warned = True
        if not self.warned and self.level >= _WARN_AT and self.level - before >= _WARN_RISE:
            self.warned = True
            return self.level
        return None


def summary(curve: Curve, emotions: Mapping[int, Emotion], turns: Sequence[Turn]) -> dict[str, Any] | None:
    """Return the `emotion` part of a report; None without a customer's turn."""
    if not curve.points:
        return None
    first, last = curve.points[0][0], curve.points[-1][0]
    peak = max(emotions, key=lambda turn: (strain(emotions[turn]), emotions[turn].intensity))
    told: dict[str, Any] = {
        "start": emotions[first].label,
        "peak": {"turn": peak, "label": emotions[peak].label, "intensity": emotions[peak].intensity},
        "end": emotions[last].label,
        "curve": [{"turn": turn, "intensity": level} for turn, level in curve.points],
    }
    turned = _turning_point(curve.points)
    if turned is not None:
        told["turning_point"] = {"turn": turned, "after_agent_turn": _agent_before(turned, turns)}
    return told


def _turning_point(points: Sequence[tuple[int, float]]) -> int | None:
    """Return the first turn after which the strain stays below half of its peak."""
    highest = max(level for _, level in points)
    if highest < _NOTABLE:
        return None
    turned = None
    for turn, level in points:
        if level >= highest / 2:
            turned = None
        elif turned is None:
            turned = turn
    return turned


def _agent_before(turn: int, turns: Sequence[Turn]) -> int | None:
    return next((t.index for t in reversed(turns) if t.index < turn and t.role is not Speaker.CUSTOMER), None)
