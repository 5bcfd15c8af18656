"""Chooses what to say next: rules as data, tried in their order; the first that fits is the advice.

The rules are those of the service standard ("Choosing the next step"); data/procedures/ holds them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from assistant.procedure.definition import Moment
from assistant.procedure.moves import OTHER
from assistant.procedure.situation import Situation


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do now in one of `procedures` (none: in any).

    `step` of the main procedure (None: the next open one), `say` in the phrase bank; the first sentence is
    of the topic `lead`, if there is one.

    It fits where every field of the situation named in `when` has one of the values, one of the `open`
    steps isn't done, all `done` steps are, and none from `before` on is. `move` is what it means in one
    word, or does for some steps (default: the number of its step). `acts` are those that follow it
    beside the step's own. `firm`: no other move that is due takes its place. `persists`: worth saying
    again although it was just done. `yields`: once it was passed over, a calm customer isn't kept from
    what comes after it. `silent`: there is nothing to say now.
    """

    id: str
    why: str
    when: Mapping[str, frozenset[Any]]
    say: str | None = None
    lead: str | None = None
    move: str | Mapping[int, str] | None = None
    step: int | None = None
    procedures: frozenset[str] = frozenset()
    open: frozenset[int] = frozenset()
    done: frozenset[int] = frozenset()
    before: int | None = None
    at_least: Mapping[str, int] | None = None
    source: tuple[str, ...] = ()
    acts: frozenset[str] = frozenset()
    firm: bool = False
    persists: bool = False
    yields: bool = False
    silent: bool = False

    def topic(self, procedure: str | None, following: int | None) -> str | None:
        """Return the topic of the phrase bank it speaks of, where `following` is the next open step."""
        step = self.step if self.step is not None else following
        return self.say or (f"{procedure}/{step}" if step is not None else None)

    def meant(self, following: int | None) -> str:
        """Return its move, where `following` is the next open step."""
        if isinstance(self.move, str):
            return self.move
        step = self.step if self.step is not None else following
        if step is None:
            return OTHER
        return str(step) if self.move is None else self.move.get(step, OTHER)

    def fits(
        self, procedure: str | None, situation: Situation, open_steps: Set[int], reached: int | None
    ) -> bool:
        """Whether it is the advice for this situation.

        `open_steps` are those of `procedure` that aren't done, `reached` is the last one that is.
        """
        if self.procedures and procedure not in self.procedures:
            return False
        for name, values in self.when.items():
            if getattr(situation, name) not in values:
                return False
        if (self.open and self.open.isdisjoint(open_steps)) or not self.done.isdisjoint(open_steps):
            return False
        if self.before is not None and reached is not None and reached >= self.before:
            return False
        return all(getattr(situation, name) >= least for name, least in (self.at_least or {}).items())


@dataclass(frozen=True, slots=True)
class Cue:
    """Something a customer says that calls for a certain answer: a fact to confirm, an objection.

    It fits while the customer's mood is one of `moods` (none: any).
    """

    id: str
    kind: str
    why: str
    say: str
    words: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    moods: frozenset[str] = frozenset()
    acts: frozenset[str] = frozenset()
    source: tuple[str, ...] = ()

    def find(self, moment: Moment) -> str | None:
        """Return the customer's words that set it off."""
        text = moment.turn.text
        found = self.words.search(text)
        if found is None or (self.unless is not None and self.unless.search(text)):
            return None
        return found.group()

    def fits(self, situation: Situation) -> bool:
        """Whether the customer's mood allows it."""
        return not self.moods or situation.mood in self.moods


@dataclass(frozen=True, slots=True)
class Plight:
    """What a matter cost a customer: days, calls, money, sleep. Told calmly, it is anger all the same."""

    id: str
    words: re.Pattern[str]
    unless: re.Pattern[str] | None = None

    def told(self, text: str) -> bool:
        """Whether the text tells it."""
        return bool(self.words.search(text)) and not (self.unless and self.unless.search(text))


def choose(
    rules: Sequence[Advice],
    procedure: str | None,
    situation: Situation,
    steps: Mapping[int, bool],
    *,
    following: int | None = None,
    resting: Collection[str] = (),
    move: str | None = None,
) -> Advice | None:
    """Return the first advice that fits; what says the same as one of the `resting` topics isn't given.

    `following` is the next open step, which an advice without a step of its own means. `move`: only an
    advice that means it will do.
    """
    open_steps = {number for number, done in steps.items() if not done}
    reached = max((number for number, done in steps.items() if done), default=None)
    for advice in rules:
        if move is not None and advice.meant(following) != move:
            continue
        if not advice.fits(procedure, situation, open_steps, reached):
            continue
        if advice.persists or advice.topic(procedure, following) not in resting:
            return advice
    return None
