"""Compiled conditions: what a rule's nodes become. All are plain data and can be pickled.

`find` returns the matches of a turn: none when the condition doesn't hold, ``[NOWHERE]`` when it
holds without pointing at characters, and None when it can't be judged (no classifier).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from assistant.match.lexicon import Places
from assistant.match.places import Apart, Covered
from assistant.match.view import NOWHERE, Match, View
from assistant.rules.backtracking import TEXT_LENGTH

Found = list[Match] | None
# A `quick` pattern is harmless for texts of TEXT_LENGTH, so it is soon done with twice as much.
_SHORT = 2 * TEXT_LENGTH


@cache
def likeness() -> Any:
    """Return the library that compares texts; imported when it is first needed."""
    from rapidfuzz import fuzz

    return fuzz


class Node(Protocol):
    """A condition over one turn.

    Without a hit of one of `triggers` it can't hold (empty: it may); if it `needs_masks`, nor
    without private data in the turn. `holds` says whether `find` finds something (None: can't be
    judged), mostly for less.
    """

    @property
    def triggers(self) -> frozenset[int]: ...

    @property
    def needs_masks(self) -> bool: ...

    def find(self, view: View) -> Found: ...

    def holds(self, view: View) -> bool | None: ...


class _Found:
    """Holds where something is found."""

    __slots__ = ()

    def find(self, view: View) -> Found:
        raise NotImplementedError

    def holds(self, view: View) -> bool | None:
        found = self.find(view)
        return None if found is None else bool(found)


class _Spoken(_Found):
    """What is said decides, not private data."""

    __slots__ = ()

    @property
    def needs_masks(self) -> bool:
        return False


class _SetOffByNothing(_Spoken):
    """No entry in particular sets the condition off: it may hold in any turn."""

    __slots__ = ()

    @property
    def triggers(self) -> frozenset[int]:
        return frozenset()


@dataclass(frozen=True, slots=True)
class PhrasesNode(_Spoken):
    """At least `need` different ones of `wordings` (entry numbers), away from `exceptions`.

    `loose` wordings have nothing the automaton could look for (values of the call alone).
    """

    wordings: frozenset[int]
    need: int
    exceptions: frozenset[int]
    loose: frozenset[int]
    word: bool = False

    @property
    def triggers(self) -> frozenset[int]:
        return frozenset() if self.loose else self.wordings

    def find(self, view: View) -> Found:
        entries = view.tools.matcher.entries
        return [view.match(start, end, entries[number].wording) for start, end, number in self._places(view)]

    def holds(self, view: View) -> bool:
        """Whether `find` finds something."""
        return bool(self._places(view))

    def _places(self, view: View) -> list[tuple[int, int, int]]:
        said = view.said(self.wordings)
        if len(said) < self.need:
            return []
        excepted = view.exceptions(self.exceptions)
        exceptions = Covered(excepted) if excepted else None
        found = [
            (start, end, number)
            for number, places in said
            for start, end in places
            if not (exceptions and exceptions.overlaps(start, end))
            and self._allowed(view, number, start, end)
        ]
        if len(found) < self.need or (self.need > 1 and len({number for _, _, number in found}) < self.need):
            return []
        return _longest(found)

    def _allowed(self, view: View, number: int, start: int, end: int) -> bool:
        if self.word and not (start in view.boundaries and end in view.boundaries):
            return False
        return end - start > 3 or _unbroken(view, start, end, view.tools.matcher.entries[number].wording)


def _unbroken(view: View, start: int, end: int, wording: str) -> bool:
    """Whether a short match isn't torn by a comma that the wording doesn't have."""
    squeezed = view.squeezed
    first, last = squeezed.span(start, end)
    if last - first == end - start or not wording.isalnum():
        return True
    gaps = [squeezed.positions[i] - squeezed.positions[i - 1] > 1 for i in range(start + 1, end)]
    return all(gaps) or all(not gap or squeezed.soft_gap(start + 1 + i) for i, gap in enumerate(gaps))


def _longest(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Of places that overlap keep the longest (the first of equals); in order."""
    if len(found) < 2:
        return found
    apart = Apart()
    ordered = sorted(found, key=lambda place: (place[0] - place[1], place[0], place[2]))
    return sorted(place for place in ordered if apart.add(place[0], place[1]))


@dataclass(frozen=True, slots=True)
class PatternNode(_Spoken):
    """A regular expression over the folded text; `literals` are entries one of which must be there.

    Where only marks must (！), which entries don't hold, they are `marks`: one of them must be there.
    Short turns are read by `re` if the pattern is `quick`, others by `regex`, which stops in time.
    """

    pattern: str
    exception: str | None
    literals: frozenset[int]
    marks: tuple[str, ...] = ()
    quick: bool = False
    timeout_s: float = 0.05

    @property
    def triggers(self) -> frozenset[int]:
        return self.literals

    def find(self, view: View) -> Found:
        plain = view.plain
        if self.quick and len(plain) <= _SHORT:
            if not self._holds_quickly(view):
                return []
            places = [match.span() for match in view.tools.matcher.quick(self.pattern).finditer(plain)]
        else:
            if not self._promising(view):
                return []
            try:
                places = self._slowly(view)
            except TimeoutError:
                return None
        return [
            Match(start, end, self.pattern, plain[start:end], ("pattern",))
            for start, end in places
            if start < end
        ]

    def holds(self, view: View) -> bool | None:
        if self.quick and len(view.plain) <= _SHORT:
            match = self._holds_quickly(view)
            if not match or match.end() > match.start():
                return match is not None
        return _Found.holds(self, view)

    def _holds_quickly(self, view: View) -> re.Match[str] | None:
        """Return the first match (perhaps an empty one) if the condition may hold."""
        match = view.first(self.pattern)
        if not match or not self._promising(view):
            return None
        return None if self.exception and view.first(self.exception) else match

    def _promising(self, view: View) -> bool:
        if self.literals and not view.said(self.literals):
            return False
        return not self.marks or any(mark in view.plain for mark in self.marks)

    def _slowly(self, view: View) -> list[tuple[int, int]]:
        expression = view.tools.matcher.expression
        if self.exception and expression(self.exception).search(view.plain, timeout=self.timeout_s):
            return []
        found = expression(self.pattern).finditer(view.plain, timeout=self.timeout_s)
        return [match.span() for match in found]


@dataclass(frozen=True, slots=True)
class NearNode(_Spoken):
    """A wording of `first` and one of `second`, at most `within` characters apart, in one sentence.

    `triggers` are one of the two.
    """

    first: frozenset[int]
    second: frozenset[int]
    within: int
    ordered: bool
    exceptions: frozenset[int]
    triggers: frozenset[int]

    def find(self, view: View) -> Found:
        ones = view.all_places(self.first)
        others = view.all_places(self.second) if ones else []
        if not others:
            return []
        exceptions = Covered(view.exceptions(self.exceptions))
        found = [
            (start, end)
            for start, end in self._pairs(ones, others)
            if view.squeezed.within_sentence(start, end) and not exceptions.overlaps(start, end)
        ]
        found.sort(key=lambda place: (place[1] - place[0], place[0]))
        apart = Apart()
        kept = sorted(place for place in found if apart.add(*place))
        return [view.match(start, end, view.squeezed.text[start:end], "near") for start, end in kept]

    def _pairs(self, ones: Places, others: Places) -> Iterator[tuple[int, int]]:
        """Yield where one and another lie near enough, in the order asked for."""
        after = sorted(others)
        before = [] if self.ordered else sorted((end, start) for start, end in others)
        for start, end in ones:
            for place in range(bisect_left(after, (end,)), len(after)):
                if after[place][0] - end > self.within:
                    break
                yield start, after[place][1]
            for place in range(bisect_left(before, (start - self.within,)), len(before)):
                if before[place][0] > start:
                    break
                yield before[place][1], end


@dataclass(frozen=True, slots=True)
class Part:
    """A required part of a script: any of its wordings does. `optional` parts are no miss."""

    name: str
    wordings: PhrasesNode
    optional: bool


@dataclass(frozen=True, slots=True)
class ScriptNode(_SetOffByNothing):
    """A standard script: near its wording, or all of its parts said.

    `vocabulary` are the wordings of all parts: where none is said, no part is.
    """

    scripts: tuple[tuple[str, ...], ...]
    verbatim: float
    parts: tuple[Part, ...]
    across: int
    vocabulary: frozenset[int]

    def score(self, view: View, floor: float = 0) -> float:
        """Return the similarity to the nearest wording of the script, 0 when below `floor`."""
        fuzz = likeness()
        text = view.squeezed.text
        best = 0.0
        for script in self.scripts:
            wording = view.slots.fill(script)
            compare = fuzz.partial_ratio if len(text) > len(wording) * 1.3 else fuzz.ratio
            best = max(best, compare(wording, text, score_cutoff=max(floor, best)))
        return best

    def said(self, view: View) -> frozenset[str]:
        """Return the names of the parts said in the turn."""
        if not view.said(self.vocabulary):
            return frozenset()
        return frozenset(part.name for part in self.parts if part.wordings.holds(view))

    def checkable(self, view: View) -> tuple[str, ...]:
        """Return the parts that are due: not optional, and not all of their wordings unknown values."""
        matcher = view.tools.matcher
        return tuple(
            part.name
            for part in self.parts
            if not part.optional
            and any(matcher.known(number, view.slots) for number in part.wordings.wordings)
        )

    def find(self, view: View) -> Found:
        text = view.squeezed.text
        if not text:
            return []
        due = self.checkable(view)
        said = self.said(view)
        score = self.score(view, self.verbatim)
        if (due and said.issuperset(due)) or score >= self.verbatim:
            whole = view.match(0, len(text), view.slots.fill(self.scripts[0]), "similar")
            return [Match(whole.start, whole.end, whole.listed, text, whole.how, score=score or None)]
        return []


@dataclass(frozen=True, slots=True)
class EntityNode(_Found):
    """Private data of `types`; an exception in the same sentence lets it pass."""

    types: frozenset[str]
    exceptions: frozenset[int]

    @property
    def triggers(self) -> frozenset[int]:
        return frozenset()

    @property
    def needs_masks(self) -> bool:
        return True

    def find(self, view: View) -> Found:
        masks = [mask for mask in view.turn.masks if mask.type in self.types]
        if not masks:
            return []
        squeezed = view.squeezed
        spans = [squeezed.span(start, end) for start, end in view.all_places(self.exceptions)]
        ends = [0, *(squeezed.positions[place] for place in squeezed.breaks), len(view.turn.text)]
        ends.sort()
        excepted = Covered(spans)
        kept = []
        for mask in masks:
            low, high = ends[bisect_right(ends, mask.start) - 1], ends[bisect_left(ends, mask.end)]
            if not excepted.overlaps(low, high):
                text = view.turn.text[mask.start : mask.end]
                kept.append(Match(mask.start, mask.end, mask.type, text, ("entity",)))
        return kept


@dataclass(frozen=True, slots=True)
class EmotionNode(_SetOffByNothing):
    labels: frozenset[str]
    min_intensity: float

    def find(self, view: View) -> Found:
        if not view.classified:
            return None
        emotion = view.emotion
        holds = emotion and emotion.label in self.labels and emotion.intensity >= self.min_intensity
        return [NOWHERE] if holds else []


@dataclass(frozen=True, slots=True)
class IntentNode(_SetOffByNothing):
    names: frozenset[str]

    def find(self, view: View) -> Found:
        if not view.classified:
            return None
        return [NOWHERE] if any(intent.name in self.names for intent in view.intents) else []


@dataclass(frozen=True, slots=True)
class RuleNode(_SetOffByNothing):
    rule: str

    def find(self, view: View) -> Found:
        return [NOWHERE] if self.rule in view.fired else []


@dataclass(frozen=True, slots=True)
class AllNode(_Found):
    """All of `nodes`; `triggers` are those of one of them, best the one that holds least often."""

    nodes: tuple[Node, ...]
    triggers: frozenset[int]

    @property
    def needs_masks(self) -> bool:
        return any(node.needs_masks for node in self.nodes)

    def find(self, view: View) -> Found:
        together: list[Match] = []
        unknown = False
        for node in self.nodes:
            found = node.find(view)
            if found is None:
                unknown = True
            elif not found:
                return []
            else:
                together.extend(found)
        return None if unknown else _placed(together)

    def holds(self, view: View) -> bool | None:
        holds: bool | None = True
        for node in self.nodes:
            held = node.holds(view)
            if held is False:
                return False
            if held is None:
                holds = None
        return holds


@dataclass(frozen=True, slots=True)
class AnyNode(_Found):
    nodes: tuple[Node, ...]

    @property
    def triggers(self) -> frozenset[int]:
        sets = [node.triggers for node in self.nodes]
        return frozenset().union(*sets) if all(sets) else frozenset()

    @property
    def needs_masks(self) -> bool:
        return all(node.needs_masks for node in self.nodes)

    def find(self, view: View) -> Found:
        together: list[Match] = []
        unknown = False
        for node in self.nodes:
            found = node.find(view)
            unknown = unknown or found is None
            together.extend(found or [])
        return _placed(together) if together else (None if unknown else [])

    def holds(self, view: View) -> bool | None:
        holds: bool | None = False
        for node in self.nodes:
            held = node.holds(view)
            if held:
                return True
            if held is None:
                holds = None
        return holds


@dataclass(frozen=True, slots=True)
class LearnedNode(_SetOffByNothing):
    """The model of agents' sentences takes the turn for a breach of `like`; see `View.verdict`."""

    like: str
    at_least: float
    exceptions: frozenset[int]

    def find(self, view: View) -> Found:
        verdict = view.verdict
        if verdict is None or verdict.family != self.like or verdict.probability < self.at_least:
            return []
        if Covered(view.exceptions(self.exceptions)).overlaps(verdict.start, verdict.end):
            return []
        match = view.match(verdict.start, verdict.end, "", "similar")
        return [match._replace(score=verdict.probability)]


@dataclass(frozen=True, slots=True)
class NotNode(_SetOffByNothing):
    """`node` holds neither in this form of the turn nor, where a disguise was undone, in it as said."""

    node: Node

    def find(self, view: View) -> Found:
        held = self.node.holds(view)
        if not held and view.as_said is not None:
            held = self.node.holds(view.as_said) or held
        return None if held is None else [] if held else [NOWHERE]


def _placed(matches: list[Match]) -> list[Match]:
    """Matches with characters in order, or that the condition holds somewhere."""
    placed = [match for match in matches if match.start is not None]
    placed.sort(key=lambda match: (match.start or 0, match.end or 0))
    return placed or matches[:1]
