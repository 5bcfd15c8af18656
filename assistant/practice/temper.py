"""How fast each type of customer and each hard case moves (training.md: the type decides how fast)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Temper:
    """Factors on what a turn does to the mood, and bounds.

    `warmth` empathy and listening, `apology`, `facts` restating and questions, `action` solutions and
    times, `offence`, `wear` how fast patience goes; `trust` at the start; `heat` the intensity up to which
    a solution is taken; `share` of the key facts that have to be understood; `slow` seconds of silence
    that are put up with; `long` characters of a turn that are listened to (0: any).
    """

    warmth: float = 1.0
    apology: float = 1.0
    facts: float = 1.0
    action: float = 1.0
    offence: float = 1.0
    wear: float = 1.0
    trust: float = 0.5
    heat: float = 0.64
    share: float = 0.5
    slow: float = 40.0
    long: int = 0


TYPES: Mapping[str, Temper] = {
    "dominant": Temper(warmth=0.8, apology=0.8, facts=0.9, action=1.3, wear=1.25, heat=0.68, slow=30.0),
    "analytical": Temper(
        warmth=0.85, apology=0.85, facts=1.35, action=1.0, offence=0.95, share=0.6, slow=45.0
    ),
    "sociable": Temper(warmth=1.35, apology=1.2, facts=0.95, action=0.9, offence=1.1, wear=0.85, slow=45.0),
}
_CASES: Mapping[str, Mapping[str, float]] = {
    "no_time": {"wear": 1.35, "slow": 20.0, "long": 90},
    "harassed": {"trust": 0.2, "offence": 1.2},
    "silent": {"trust": 0.25, "wear": 0.8},
    "hopeless": {"trust": 0.25, "warmth": 0.85, "action": 0.9},
}
GUARDED_BELOW = 0.3
"""Trust below which a harassed or silent customer keeps the facts to themselves."""


def temper_of(kind: str, case: str | None) -> Temper:
    """Return the temper of a type of customer in a hard case."""
    base = TYPES[kind]
    changed = _CASES.get(case or "", {})
    scaled = {"wear", "offence", "warmth", "action"}
    values = {
        name: getattr(base, name) * value if name in scaled else value for name, value in changed.items()
    }
    return Temper(**{name: values.get(name, getattr(base, name)) for name in base.__dataclass_fields__})
