"""Compiled rules: what the engine runs. Plain data; can be pickled and loaded without the schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.match.lexicon import Entry
from assistant.match.nodes import Node
from assistant.model import How, PackInfo, Severity
from assistant.text.sound import SoundGroups
from assistant.text.tables import CharacterTables


@dataclass(frozen=True, slots=True)
class WhenPlan:
    """Conditions of a rule. `call` conditions are decided at the start, the others at each turn."""

    speaker: str = "agent"
    channels: frozenset[str] = frozenset()
    meta: Mapping[str, tuple[Any, ...]] | None = None
    first: int | None = None
    after: int | None = None
    stages: frozenset[str] = frozenset()
    feeling: Node | None = None
    customer: Node | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Kinds phrase, pattern, near, similar, combine, entity, learned: decided within one turn."""

    node: Node


@dataclass(frozen=True, slots=True)
class Occasion:
    speaker: str
    node: Node | None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Required:
    expect: Node
    first: int | None
    last: int | None
    within_s: float | None
    after: Occasion | None
    before: Occasion | None
    turns: int
    once: bool


@dataclass(frozen=True, slots=True)
class Order:
    first: Node
    then: Node


@dataclass(frozen=True, slots=True)
class Count:
    """`per_100` counts per 100 turns of the speaker (kind ratio)."""

    of: Node
    at_most: float | None
    at_least: float | None
    min_turns: int
    per_100: bool


@dataclass(frozen=True, slots=True)
class Repeat:
    similarity: float
    within: int
    min_chars: int
    times: int
    only: Node | None


@dataclass(frozen=True, slots=True)
class Timing:
    metric: str
    at_most: float | None
    at_least: float | None
    min_chars: int


@dataclass(frozen=True, slots=True)
class Contradiction:
    claim: Node
    taken_back: Node


@dataclass(frozen=True, slots=True)
class FollowUp:
    trigger: Node
    expect: Node
    within: int
    before: bool
    at_least: int


Body = Said | Required | Order | Count | Repeat | Timing | Contradiction | FollowUp


@dataclass(frozen=True, slots=True)
class RulePlan:
    """A rule ready to run; `at_least` is the least probability of a breach for its sentences to count.

    Of an `own` one the agent's words don't count where they tell the customer's view.
    """

    id: str
    title: str
    source: tuple[str, ...]
    family: str
    severity: Severity
    kind: str
    when: WhenPlan
    negation: bool
    quotation: bool
    own: bool
    at_least: float
    blocked: frozenset[How]
    valid_from: date | None
    valid_to: date | None
    message: str
    suggest: str
    body: Body
    pack: str


@dataclass(frozen=True, slots=True)
class CompiledRules:
    """Everything the engine needs of the packs.

    `sounds` are the stretches of wordings that may be recognised by their sound, by sound; `groups`
    are the entries that are asked for together, rule by rule.
    """

    rules: tuple[RulePlan, ...]
    entries: tuple[Entry, ...]
    sounds: SoundGroups
    groups: tuple[tuple[int, ...], ...]
    tables: CharacterTables
    packs: tuple[PackInfo, ...]
    sha256: str
