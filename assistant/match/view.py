"""One turn as the rules see it, and what they find in it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assistant.match.lexicon import Hits, Matcher, Places, Scanner, Slots
from assistant.model import Emotion, How, Intent, Turn
from assistant.text.normalise import Normaliser, Squeezed
from assistant.text.segment import Segmenter


@dataclass(frozen=True, slots=True)
class Match:
    """Characters `start`..`end` of the turn and how they were recognised; `cost` of the disguise.

    `start` is None where a condition holds without pointing at characters. `altered` tells that
    the match only exists after a rewriting (repeat, homophone, lookalike).
    """

    start: int | None
    end: int | None
    listed: str
    normalised: str
    how: tuple[How, ...]
    cost: float = 0.0
    altered: bool = False
    score: float | None = None


NOWHERE = Match(None, None, "", "", ())


@dataclass(frozen=True, slots=True)
class Toolbox:
    """What matching needs beside the turn: made once for a rule set.

    `triggers` looks for what sets rules off, one scanner a side; `others` for all other entries.
    """

    matcher: Matcher
    normaliser: Normaliser
    segmenter: Segmenter
    triggers: Mapping[str, Scanner]
    others: Mapping[str, Scanner]


class View:
    """A turn and where the entries are said in it, looked up when they are asked for.

    `hits` are those that set rules off. `customer` is the view of the latest customer turn (or of
    this one, if a customer speaks); `emotion` and `intents` are that turn's, and `classified` says
    whether there is a classifier. `undisguised` is the same turn with stutters, look-alikes and
    homophones undone, where there were any, and there `as_said` is this one. `number` counts the turns of this speaker from 1.
    """

    customer: View | None = None
    undisguised: View | None = None
    as_said: View | None = None
    emotion: Emotion | None = None
    intents: tuple[Intent, ...] = ()
    classified = False
    stage: str | None = None
    number = 0
    _plain: str | None = None
    _boundaries: frozenset[int] | None = None
    _candidates: set[int] | None = None

    def __init__(self, turn: Turn, squeezed: Squeezed, side: str, slots: Slots, tools: Toolbox) -> None:
        self.turn = turn
        self.squeezed = squeezed
        self.side = side
        self.slots = slots
        self.tools = tools
        self.fired: set[str] = set()
        self._scanner = tools.triggers[side]
        self.hits, candidates = self._scanner.scan(squeezed)
        for number in candidates:
            places = tools.matcher.places(number, squeezed, slots)
            if places:
                self.hits[number] = places

    @property
    def plain(self) -> str:
        """The turn's text folded character by character (spans are the same)."""
        if self._plain is None:
            self._plain = self.tools.normaliser.plain(self.turn.text)
        return self._plain

    @property
    def boundaries(self) -> frozenset[int]:
        """Word boundaries in the squeezed text."""
        if self._boundaries is None:
            self._boundaries = self.tools.segmenter.boundaries(self.squeezed.text)
        return self._boundaries

    def places(self, number: int) -> Places:
        """Return where entry `number` is said."""
        if number in self._scanner.numbers:
            return self.hits.get(number, [])
        if self._candidates is None:
            self._others, self._candidates = self.tools.others[self.side].scan(self.squeezed)
        if number in self._candidates or not self.tools.matcher.entries[number].literals:
            self._candidates.discard(number)
            self._others[number] = self.tools.matcher.places(number, self.squeezed, self.slots)
        return self._others.get(number, [])

    _others: Hits

    def among(self, numbers: frozenset[int]) -> Iterable[int]:
        """Return those of `numbers` that may be said: of what sets rules off only what was."""
        if numbers <= self._scanner.numbers:
            return numbers & self.hits.keys()
        return numbers

    def exceptions(self, numbers: frozenset[int]) -> Places:
        """Return the places of exceptions: those said, even if undoing a disguise takes them away."""
        places = [place for number in numbers for place in self.places(number)]
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
        ways = list(self.tools.normaliser.disguises(squeezed, start, end))
        cost = 0.0
        altered = False
        if squeezed.changed:
            costs = [squeezed.changed[i] for i in range(start, end) if i in squeezed.changed]
            altered = bool(costs)
            cost = sum(costs)
            if altered:
                ways.extend(squeezed.how)
        if how is not None:
            ways.append(how)
        return Match(first, last, listed, squeezed.text[start:end], tuple(ways) or ("exact",), cost, altered)
