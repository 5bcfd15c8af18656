"""One turn as the rules see it, and what they find in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.match.lexicon import Entry, Hits, Slots
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
    """What matching needs beside the turn: made once for a rule set."""

    entries: Sequence[Entry]
    normaliser: Normaliser
    segmenter: Segmenter


class View:
    """A turn with everything that was found in it.

    `customer` is the view of the latest customer turn before (or the turn itself, if a customer
    speaks). `undisguised` is the same turn with stutters, look-alikes and homophones undone, where
    there were any. `number` counts the turns of this speaker from 1. `emotion` and `intents` are that turn's; `classified` says whether there is a classifier.
    """

    __slots__ = (
        "_boundaries", "_plain", "classified", "customer", "emotion", "fired", "hits", "intents",
        "number", "slots", "squeezed", "stage", "tools", "turn", "undisguised",
    )  # fmt: skip

    def __init__(self, turn: Turn, squeezed: Squeezed, hits: Hits, slots: Slots, tools: Toolbox) -> None:
        self.turn = turn
        self.squeezed = squeezed
        self.hits = hits
        self.slots = slots
        self.tools = tools
        self.customer: View | None = None
        self.emotion: Emotion | None = None
        self.intents: tuple[Intent, ...] = ()
        self.classified = False
        self.stage: str | None = None
        self.fired: set[str] = set()
        self.number = 0
        self.undisguised: View | None = None
        self._plain: str | None = None
        self._boundaries: frozenset[int] | None = None

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

    def over(self, squeezed: Squeezed, hits: Hits) -> View:
        """Return the same turn seen in another form of its text."""
        other = View(self.turn, squeezed, hits, self.slots, self.tools)
        for name in ("customer", "emotion", "intents", "classified", "stage", "fired", "number"):
            setattr(other, name, getattr(self, name))
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
        return Match(
            first, last, listed, squeezed.text[start:end], tuple(ways) or ("exact",), cost, altered
        )
