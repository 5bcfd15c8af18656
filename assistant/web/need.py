"""How much a running call needs a supervisor: the board lists calls by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

WARNED = 30
"""Points for an early warning."""
STRAIN = 50
"""Points for a customer as strained as can be; none for one who is content."""
_GRAVE = {"hint": 0, "minor": 5, "major": 15, "fatal": 20}
_CONTENT = frozenset(["satisfied", "grateful"])


def need_of(pulse: Mapping[str, Any]) -> int:
    """Return 0 (all is well) to 100: the customer's strain, a warning, the gravest finding."""
    emotion = pulse.get("emotion") or {}
    strain = 0.0 if emotion.get("label") in _CONTENT else float(emotion.get("intensity", 0.0))
    warned = WARNED if pulse.get("alert") else 0
    return min(100, round(strain * STRAIN) + warned + _GRAVE.get(str(pulse.get("worst")), 0))
