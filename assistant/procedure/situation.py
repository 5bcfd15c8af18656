"""What matters for the next sentence: the customer's mood, what was refused, promised, asked.

Advice is chosen by the fields of a `Situation`; `scene.Scene` says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mood = Literal["calm", "upset", "hot"]


@dataclass(frozen=True, slots=True)
class Situation:
    """The moment an agent has to answer, after a customer's turn or before one."""

    mood: Mood = "calm"
    complaint: bool = False
    comforted: bool = False
    empathised: bool = False
    restated: bool = False
    confirmed: bool = False
    grieving: bool = False
    kind: str | None = None
    customer_type: str | None = None
    channel: str = ""
    danger: bool = False
    vent: bool = False
    refusals: int = 0
    refusing: bool = False
    asked_demand: bool = False
    beyond: bool = False
    superior: bool = False
    threat: bool = False
    question: bool = False
    calling: bool = False
    settled: bool = False
    simple: bool = False
    what_now: bool = False
    asked_leave: bool = False
    corrected: bool = False
    promised: bool = False
    accepted: bool = False
    agreed: bool = False
    arranged: bool = False
    leaving: bool = False
    handed_over: bool = False
    proposed: bool = False
    looked: bool = False
    waiting: bool = False
    held: bool = False
    answered: bool = False
    asked: bool = False
    conditional: bool = False
    doubting: bool = False
    praising: bool = False
    replied: bool = False
    demanding: bool = False
    objection: str | None = None
    parted: bool = False
    unheard: bool = False
    handed: bool = False
    probed: bool = False
    sorry_wanted: bool = False
    insisting: bool = False
    nodding: bool = False
    remarking: bool = False
    planned: bool = False
    aside: bool = False
    peril: str | None = None
    turns: int = 0
    due: str | None = None
