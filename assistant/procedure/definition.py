"""What a procedure is once it is loaded: plain frozen values, importable without pydantic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from assistant.model import Emotion, Intent, Span, Turn
from assistant.nlp.acts import Act

Unit = Literal["conversation", "case"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One turn as procedures see it: its acts (agents) or its feeling and intents (customers).

    `accepts`: the customer agrees to what was proposed.
    """

    turn: Turn
    acts: tuple[Act, ...] = ()
    emotion: Emotion | None = None
    intents: tuple[Intent, ...] = ()
    accepts: bool = False

    @property
    def side(self) -> str:
        return "customer" if self.turn.role == "customer" else "agent"


@dataclass(frozen=True, slots=True)
class Sign:
    """What counts: one of `acts`, of `intents` or of `words`, said by `by`, without `unless`.

    In a turn that does one of the acts `without`, it is part of something else and doesn't count.
    """

    by: str = "agent"
    acts: frozenset[str] = frozenset()
    intents: frozenset[str] = frozenset()
    words: re.Pattern[str] | None = None
    unless: re.Pattern[str] | None = None
    without: frozenset[str] = frozenset()

    def find(self, moment: Moment) -> Iterator[Span]:
        """Yield the words of the turn that show it."""
        text = moment.turn.text
        if moment.side != self.by or (self.unless is not None and self.unless.search(text)):
            return
        if self.without and any(act.name in self.without for act in moment.acts):
            return
        index = moment.turn.index
        for act in moment.acts:
            if act.name in self.acts:
                yield Span(index, act.start, act.end)
        if self.intents and any(intent.name in self.intents for intent in moment.intents):
            yield Span(index, 0, len(text))
        if self.words is not None:
            for found in self.words.finditer(text):
                yield Span(index, *found.span())


@dataclass(frozen=True, slots=True)
class Step:
    """A step: all its `parts` must be shown. Times are counted in agent turns.

    `within`: later than so many agent turns after it could be done it is late; `at_most`: done more
    often it is repeated; `reopened`: what the customer says that undoes it; `skipped`: what goes
    wrong without it.
    """

    number: int
    name: str
    parts: Mapping[str, tuple[Sign, ...]]
    source: tuple[str, ...] = ()
    optional: bool = False
    within: int | None = None
    at_most: int | None = None
    reopened: Sign | None = None
    skipped: str = ""
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Procedure:
    """An ordered list of steps; `complaint`, `channels` and `meta` say for which calls.

    `opening`: what is said before the customer's first turn counts, too. `rank`: of several
    procedures that apply the highest is the main one.
    """

    id: str
    name: str
    version: str
    unit: Unit
    steps: tuple[Step, ...]
    source: tuple[str, ...] = ()
    complaint: bool | None = None
    channels: frozenset[str] = frozenset()
    meta: Mapping[str, frozenset[str]] | None = None
    opening: bool = True
    rank: int = 0

    def step(self, number: int) -> Step:
        """Return step `number`; raises KeyError."""
        for step in self.steps:
            if step.number == number:
                return step
        raise KeyError(number)

    def suits(self, channel: str, meta: Mapping[str, object]) -> bool:
        """Whether calls of this channel with this metadata may follow it, complaint or not."""
        if self.channels and channel not in self.channels:
            return False
        return all(str(meta.get(key)) in values for key, values in (self.meta or {}).items())
