"""One turn as the rules see it, and what they find in it."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from assistant.match.lexicon import NO_SHELF, Hits, Matcher, Places, Scanner, Shelves, Slots
from assistant.model import Emotion, How, Intent, Turn
from assistant.text.normalise import Normaliser, Squeezed
from assistant.text.segment import Segmenter


class Match(NamedTuple):
    """Characters `start`..`end` of the turn and how they were recognised; `cost` of the disguise.

    `start` is None where a condition holds without pointing at characters. `altered` tells that
    the match only exists after a rewriting (repeat, homophone, lookalike). `of` counts the matches of
    its rule in the turn where they are too many to be listed one by one.
    """

    start: int | None
    end: int | None
    listed: str
    normalised: str
    how: tuple[How, ...]
    cost: float = 0.0
    altered: bool = False
    score: float | None = None
    of: int = 0


NOWHERE = Match(None, None, "", "", ())


Parts = tuple[tuple[int, frozenset[int]], ...]


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What matching needs beside the turn: made once for a rule set.

    `triggers` looks for what sets rules off, one scanner a side; `others` for all other entries.
    `parted` keeps what has been found out about sets of entries: which of them lie on which shelf.
    """

    matcher: Matcher
    normaliser: Normaliser
    segmenter: Segmenter
    triggers: Mapping[str, Scanner]
    others: Mapping[str, Shelves]
    parted: dict[str, dict[frozenset[int], Parts]] = field(default_factory=dict)

    def parts(self, side: str, numbers: frozenset[int]) -> Parts:
        """Return the entries `numbers` by shelf (none: what sets rules off)."""
        known = self.parted.setdefault(side, {})
        found = known.get(numbers)
        if found is None:
            shelves: dict[int, list[int]] = {}
            for number in numbers:
                shelves.setdefault(self.others[side].shelf(number), []).append(number)
            found = known[numbers] = tuple((shelf, frozenset(part)) for shelf, part in shelves.items())
        return found


class Verdict(Protocol):
    """What a model takes an agent's turn for: squeezed[start:end] reads like a breach of `family`."""

    @property
    def family(self) -> str: ...
    @property
    def probability(self) -> float: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


class Condition(Protocol):
    """What can be asked of a turn; None: it can't be judged."""

    def holds(self, view: View) -> bool | None: ...


class View:
    """A turn and where the entries are said in it, looked up when they are asked for.

    `hits` are those that set rules off (None: perhaps, see `places`). `customer` is the view of the
    latest customer turn (or of this one, if a customer speaks); `emotion` and `intents` are that
    turn's, and `classified` says whether there is a classifier. `undisguised` is the same turn with
    stutters, look-alikes and homophones undone, where there were any, and there `as_said` is this
    one. `verdict` is what a model takes the turn for, if it reads like a breach, `likely` the
    probability of one (0: so small that nobody asked). `number` counts
    the turns of this speaker from 1.
    """

    undisguised: View | None = None
    as_said: View | None = None
    verdict: Verdict | None = None
    likely = 1.0
    emotion: Emotion | None = None
    intents: tuple[Intent, ...] = ()
    classified = False
    stage: str | None = None
    number = 0
    _customer: View | None = None
    _plain: str | None = None
    _boundaries: frozenset[int] | None = None

    def __init__(self, turn: Turn, squeezed: Squeezed, side: str, slots: Slots, tools: Toolbox) -> None:
        self.turn = turn
        self.squeezed = squeezed
        self.side = side
        self.slots = slots
        self.tools = tools
        self.fired: set[str] = set()
        self.hits = tools.triggers[side].scan(squeezed)
        self._first: dict[str, re.Match[str] | None] = {}
        self._answers: dict[int, bool] = {}
        self._found: dict[int, Hits] = {NO_SHELF: self.hits}

    @property
    def customer(self) -> View | None:
        return self if self._customer is None and self.side == "customer" else self._customer

    @customer.setter
    def customer(self, view: View | None) -> None:
        self._customer = None if view is self else view  # a circle would wait for the collector

    def answered(self, asked: Condition) -> bool:
        """Whether what the customer said last fulfils a condition."""
        said = self.customer
        if said is None or said is self:
            return said is not None and bool(asked.holds(said))
        return said.fulfils(asked)

    def fulfils(self, asked: Condition) -> bool:
        """Whether a turn that is over fulfils a condition; many turns after it may ask that."""
        known = self._answers.get(id(asked))
        if known is None:
            known = self._answers[id(asked)] = bool(asked.holds(self))
        return known

    @property
    def plain(self) -> str:
        """The turn's text folded character by character (spans are the same)."""
        if self._plain is None:
            same = self.as_said
            self._plain = same.plain if same else self.tools.normaliser.plain(self.turn.text)
        return self._plain

    def first(self, pattern: str) -> re.Match[str] | None:
        """Return the first match of a pattern in the plain text; many rules ask for the same one."""
        if self.as_said is not None:
            return self.as_said.first(pattern)
        if pattern not in self._first:
            self._first[pattern] = self.tools.matcher.quick(pattern).search(self.plain)
        return self._first[pattern]

    @property
    def boundaries(self) -> frozenset[int]:
        """Word boundaries in the squeezed text."""
        if self._boundaries is None:
            self._boundaries = self.tools.segmenter.boundaries(self.squeezed.text)
        return self._boundaries

    def places(self, number: int) -> Places:
        """Return where entry `number` is said."""
        hits = self._hits(self.tools.others[self.side].shelf(number))
        return (hits[number] or self._look(hits, number)) if number in hits else []

    def look(self, number: int) -> Places:
        """Look closer at an entry of `hits`."""
        return self._look(self.hits, number)

    def said(self, numbers: frozenset[int]) -> list[tuple[int, Places]]:
        """Return those of `numbers` that are said, and where."""
        said = []
        for shelf, part in self.tools.parts(self.side, numbers):
            hits = self._hits(shelf)
            for number in hits if len(part) > 1 else part:
                if number in part and number in hits:
                    places = hits[number] or self._look(hits, number)
                    if places:
                        said.append((number, places))
        return said

    def all_places(self, numbers: frozenset[int]) -> Places:
        """Return where any of `numbers` is said."""
        return [place for _, places in self.said(numbers) for place in places]

    def _hits(self, shelf: int) -> Hits:
        hits = self._found.get(shelf)
        if hits is None:
            hits = self._found[shelf] = self.tools.others[self.side].scan(shelf, self.squeezed)
        return hits

    def _look(self, hits: Hits, number: int) -> Places:
        """Look closer at an entry that may be said."""
        places = hits[number]
        if places is None:
            places = hits[number] = self.tools.matcher.places(number, self.squeezed, self.slots)
        return places

    def exceptions(self, numbers: frozenset[int]) -> Places:
        """Return the places of exceptions: those said, even if undoing a disguise takes them away."""
        if not numbers:
            return []
        places = self.all_places(numbers)
        if self.as_said is not None:
            positions = self.squeezed.positions
            for place in self.as_said.exceptions(numbers):
                start, end = self.as_said.squeezed.span(*place)
                places.append((bisect_left(positions, start), bisect_left(positions, end)))
        return places

    def over(self, squeezed: Squeezed) -> View:
        """Return the same turn seen in another form of its text."""
        other = View(self.turn, squeezed, self.side, self.slots, self.tools)
        other.customer, other.emotion, other.intents = self.customer, self.emotion, self.intents
        other.classified, other.stage, other.number = self.classified, self.stage, self.number
        other.fired = self.fired
        other.as_said = self
        return other

    def match(self, start: int, end: int, listed: str, how: How | None = None) -> Match:
        """Return the match at squeezed[start:end], with the disguises that lie in it."""
        squeezed = self.squeezed
        first, last = squeezed.span(start, end)
        text = squeezed.text[start:end]
        ways = list(self.tools.normaliser.disguises(squeezed, start, end))
        changed = squeezed.changed
        costs = [changed[i] for i in range(start, end) if i in changed] if changed else ()
        if costs:
            ways.extend(squeezed.how)
        if how is not None:
            ways.append(how)
        return Match(first, last, listed, text, tuple(ways) or ("exact",), sum(costs), bool(costs))
