"""What a Rasa project says, as plain frozen values: what the embedded runtime runs.

Rules become what Rasa's RulePolicy makes of them: for each action a rule foresees the conversation states
it is foreseen in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

LISTEN = "action_listen"
DEACTIVATE = "action_deactivate_loop"
REQUESTED = "requested_slot"
FALLBACK_INTENT = "nlu_fallback"
UNSET = "should_not_be_set"  # a slot or loop a rule says must not be set


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot; `mappings` fill it from messages, tried in their order."""

    name: str
    type: str
    influences: bool
    mappings: tuple[Mapping[str, Any], ...] = ()
    values: tuple[str, ...] = ()
    initial: Any = None


@dataclass(frozen=True, slots=True)
class State:
    """A moment of a conversation, as policies see it; in a rule, what has to hold (None: anything may)."""

    previous: str | None = None
    intent: str | None = None
    loop: str | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)

    def holds_in(self, other: State) -> bool:
        """Whether everything this state of a rule asks for is so in the conversation's state `other`."""
        if self.previous is not None and self.previous != other.previous:
            return False
        if self.intent is not None and self.intent != other.intent:
            return False
        wanted = {"": self.loop} | dict(self.slots)
        found = {"": other.loop} | dict(other.slots)
        return all(
            not found.get(name) if value == UNSET else found.get(name) == value
            for name, value in wanted.items()
            if value is not None
        )

    @property
    def asks(self) -> int:
        """How much it asks for."""
        return ((self.previous is not None) + (self.intent is not None) + (self.loop is not None)) + len(
            self.slots
        )


@dataclass(frozen=True, slots=True)
class Foreseen:
    """An action that follows where the last states of a conversation are these, the newest last."""

    states: tuple[State, ...]
    action: str
    rule: str

    def applies(self, history: Sequence[State]) -> bool:
        """Whether the last states of `history` are those of the rule."""
        if len(self.states) > len(history):
            return False
        return all(
            state.holds_in(other)
            for state, other in zip(reversed(self.states), reversed(history), strict=False)
        )

    @property
    def asks(self) -> tuple[int, int]:
        """How specific it is: of several that apply Rasa takes the longest."""
        return (len(self.states), sum(state.asks for state in self.states))


@dataclass(frozen=True, slots=True)
class Project:
    """Intents, entities, slots, forms, responses, actions and rules; `examples` teach the intents.

    `patterns` are the regular expressions of entities in the order they are tried (regexes, then lookup
    tables), `cues` all regexes and lookup tables by name; `synonyms` map spellings to values.
    """

    intents: tuple[str, ...]
    entities: tuple[str, ...]
    slots: Mapping[str, Slot]
    forms: Mapping[str, tuple[str, ...]]
    responses: Mapping[str, tuple[Mapping[str, Any], ...]]
    actions: tuple[str, ...]
    rules: tuple[Foreseen, ...]
    examples: tuple[tuple[str, str], ...]
    patterns: tuple[tuple[str, str], ...]
    synonyms: Mapping[str, str]
    cues: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sha256: str = ""


def nlu_files(folder: Path) -> list[Path]:
    """Return the files of a project that teach intents and entities."""
    return sorted((folder / "nlu").glob("*.yml"))


def project_files(folder: Path) -> list[Path]:
    """Return all files of a project, the domain first."""
    return [folder / "domain.yml", *nlu_files(folder), *sorted((folder / "rules").glob("*.yml"))]
