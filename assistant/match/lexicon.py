"""All wordings of all rules in one automaton over characters.

A wording becomes an `Entry`. If it stands for few strings, those are looked for; otherwise the
automaton looks for the stretch of it that tells most, and a regular expression decides in the
sentence around. So the cost of a turn hardly depends on the number of rules.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from assistant.rules.template import (
    Choice,
    Gap,
    Literal,
    Part,
    Slot,
    Template,
    TemplateParser,
    count_strings,
    expand,
    slots,
    to_regex,
)
from assistant.text.finder import StringFinder
from assistant.text.frequency import chance
from assistant.text.tables import character_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import regex

    from assistant.text.normalise import Squeezed

NO_SHELF = -1
_MAX_LITERALS = 64
_MAX_FACTOR = 128
_MOST_SIGNS = 3
_TELLING = 0.1
# What it costs to look for one more string (memory, too), as a chance to find it in vain.
_LITERAL = 1e-6
_MOST_FILLED = 5_000
_SLOT_MARKS = {name: chr(0xF000 + i) for i, name in enumerate(
    ("company", "agent_id", "agent_name", "customer", "department", "phone", "date", "issue", "reason",
     "topic")
)}  # fmt: skip

Places = list[tuple[int, int]]
# Entries that may be said: where they are, or None as long as nobody has looked closer.
Hits = dict[int, Places | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One wording. One of `literals` is in every text it fits; if `whole`, they are all of them.

    They are kept as the lines of one string (`sought`): there are a hundred thousand of them.
    `regex` decides elsewhere; where values of the call stand in the wording (`slotted`), it is made
    for each call. Of each of `signs` a character stands in every text it fits.
    """

    wording: str
    sought: str
    whole: bool
    regex: str
    slotted: Template | None
    signs: tuple[frozenset[str], ...] = ()

    @property
    def literals(self) -> list[str]:
        return self.sought.split("\n") if self.sought else []


@dataclass
class LexiconBuilder:
    """Collects wordings; equal ones share an entry. Raises TemplateError for a wrong wording.

    `sounds` are the stretches of each entry that may be recognised by their sound.
    """

    clean: Callable[[str], str]
    entries: list[Entry] = field(default_factory=list)
    sounds: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _ids: dict[tuple[object, ...], int] = field(default_factory=dict)
    _signs: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    def parser(self, lists: Mapping[str, Sequence[str]]) -> TemplateParser:
        return TemplateParser(lists, self.clean)

    def add(self, wording: str, parser: TemplateParser) -> int:
        """Return the id of the entry of `wording`."""
        template = parser.parse(wording)
        key = (template.parts,)
        if key not in self._ids:
            number = self._ids[key] = len(self.entries)
            entry = _entry(template)
            self.entries.append(replace(entry, signs=tuple(map(self._shared, entry.signs))))
            self.sounds[number] = tuple(dict.fromkeys(_stretches(template.parts)))
        return self._ids[key]

    def _shared(self, sign: frozenset[str]) -> frozenset[str]:
        """Return a set that equal ones share, of characters that all sets share: there are thousands."""
        return self._signs.setdefault(sign, frozenset(map(sys.intern, sign)))


def _entry(template: Template) -> Entry:
    parts = template.parts
    regex = "" if slots(template) else _quick_start(parts) + (to_regex(template) or "")
    if regex and count_strings(parts) <= _MAX_LITERALS:
        texts = expand(template)
        if texts is not None:
            return Entry(template.wording, "\n".join(texts), True, regex, None)
    factor = _factor(parts)
    slotted = template if slots(template) else None
    return Entry(template.wording, "\n".join(factor), False, regex, slotted, _signs(parts, factor))


def _quick_start(parts: Sequence[Part]) -> str:
    """Return what lets `re` pass over the places where no text of the parts can begin."""
    starts = _starts(parts)
    return f"(?={character_class(starts)})" if starts else ""


def _starts(parts: Sequence[Part]) -> frozenset[str]:
    """Return the characters that texts of the parts begin with; empty where that may be any."""
    starts: frozenset[str] = frozenset()
    for part in parts:
        if isinstance(part, Gap | Slot):
            return frozenset()
        if isinstance(part, Literal):
            return starts | {part.text[0]} if part.text else frozenset()
        found = [_starts(alternative) for alternative in part.alternatives]
        if not all(found):
            return frozenset()
        starts = starts.union(*found)
        if not part.optional:
            return starts
    return frozenset()


def _signs(parts: Sequence[Part], factor: tuple[str, ...]) -> tuple[frozenset[str], ...]:
    """Return sets of characters one of which is in every text the parts fit, the rarest first.

    Sets that stand in `factor` anyway, and those nearly every text has, are left out.
    """
    signs = {sign for sign in map(_sign, parts) if sign and chance(sign) < _TELLING}
    new = (sign for sign in signs if not all(map(sign.intersection, factor)))
    return tuple(sorted(new, key=lambda sign: (chance(sign), *sorted(sign)))[:_MOST_SIGNS])


def _sign(part: Part) -> frozenset[str] | None:
    if isinstance(part, Literal):
        return frozenset((min(part.text, key=lambda char: chance((char,))),)) if part.text else None
    if not isinstance(part, Choice) or part.optional:
        return None
    signs: list[frozenset[str]] = []
    for alternative in part.alternatives:
        found = [sign for sign in map(_sign, alternative) if sign]
        if not found:
            return None
        signs.append(min(found, key=chance))
    return frozenset().union(*signs)


def _stretches(parts: Sequence[Part]) -> Iterator[str]:
    """Texts of 2 to 10 characters that stand together in the wording, where they aren't too many."""
    texts: list[str] = [""]
    for part in (*parts, Gap(0)):
        options = _options(part)
        if options is not None and len(texts) * len(options) <= 4 * _MAX_LITERALS:
            texts = [text + option for text in texts for option in options]
            continue
        yield from (text for text in texts if 2 <= len(text) <= 10)
        texts = options or [""]
        if options is None and isinstance(part, Choice):
            for alternative in part.alternatives:
                yield from _stretches(alternative)


def _factor(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return strings one of which is in every text the parts fit, those that occur least by chance.

    Empty where there is no such set (a wording of nothing but slots).
    """
    best: tuple[float, tuple[str, ...]] = (float("inf"), ())
    for start, first in enumerate(parts):
        best = min((best, *_choice_factor(first)), key=lambda found: found[0])
        texts: list[str] = [""]
        for part in parts[start:]:
            options = _options(part)
            if options is None or len(texts) * len(options) > _MAX_FACTOR:
                break
            texts = list(dict.fromkeys(text + option for text in texts for option in options))
            if all(texts):
                best = min(best, (_cost(texts), tuple(texts)), key=lambda found: found[0])
    return best[1]


def _choice_factor(part: Part) -> Iterator[tuple[float, tuple[str, ...]]]:
    """The same for a choice among many wordings, or wordings with gaps: a factor of each alternative."""
    if not isinstance(part, Choice) or part.optional:
        return
    options = _options(part)
    if options is None or len(options) > _MAX_FACTOR:
        factors = [_factor(alternative) for alternative in part.alternatives]
        if all(factors):
            texts = tuple(dict.fromkeys(text for factor in factors for text in factor))
            yield _cost(texts), texts


def _cost(texts: Sequence[str]) -> float:
    return chance(texts) + _LITERAL * len(texts)


def _options(part: Part) -> list[str] | None:
    if isinstance(part, Literal):
        return [part.text]
    if isinstance(part, Gap | Slot):
        return None
    found: list[str] = [""] if part.optional else []
    for alternative in part.alternatives:
        texts = [""]
        for inner in alternative:
            options = _options(inner)
            if options is None or len(texts) * len(options) > _MAX_FACTOR:
                return None
            texts = [text + option for text in texts for option in options]
        found.extend(texts)
    return found


@dataclass(frozen=True, slots=True)
class Slots:
    """The values of one call: as regular expressions, and as text in the compared form."""

    values: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)

    def fill(self, script: tuple[str, ...]) -> str:
        """Return a script (text at even places, slot names at odd ones) with the values known."""
        if len(script) == 1:
            return script[0]
        return "".join(self.texts.get(piece, "") if odd % 2 else piece for odd, piece in enumerate(script))


class Matcher:
    """Decides single entries in a text; compiles what is needed when it is first needed."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self._patterns: dict[int, re.Pattern[str]] = {}
        self._filled: dict[tuple[object, ...], re.Pattern[str] | None] = {}
        self._slots: dict[int, tuple[str, ...]] = {}
        self._expressions: dict[str, regex.Pattern[str]] = {}
        self._quick: dict[str, re.Pattern[str]] = {}

    def quick(self, pattern: str) -> re.Pattern[str]:
        """Return a rule's own regular expression, compiled by `re`: a fifth of the time, but no limit."""
        found = self._quick.get(pattern)
        if found is None:
            found = self._quick[pattern] = re.compile(pattern)
        return found

    def expression(self, pattern: str) -> regex.Pattern[str]:
        """Return a rule's own regular expression, compiled."""
        found = self._expressions.get(pattern)
        if found is None:
            import regex

            found = self._expressions[pattern] = regex.compile(pattern)
        return found

    def known(self, number: int, slots: Slots) -> bool:
        """Whether entry `number` can be said in a call with these values."""
        return self.entries[number].slotted is None or self.pattern(number, slots) is not None

    def places(self, number: int, squeezed: Squeezed, slots: Slots) -> Places:
        """Return the places of entry `number`, none of them over the end of a sentence."""
        signs = self.entries[number].signs
        if signs:
            characters = squeezed.characters
            for sign in signs:
                if sign.isdisjoint(characters):
                    return []
        pattern = self._patterns.get(number) or self.pattern(number, slots)
        text, breaks = squeezed.text, squeezed.breaks
        if pattern is None or not pattern.search(text):
            return []
        if not breaks:
            return [match.span() for match in pattern.finditer(text)]
        ends = [0, *breaks, len(text)]
        return [match.span() for start, end in pairwise(ends) for match in pattern.finditer(text, start, end)]

    def pattern(self, number: int, slots: Slots) -> re.Pattern[str] | None:
        """Return the pattern of entry `number` in a call with these values; None if they are lacking."""
        pattern = self._patterns.get(number)
        if pattern is not None:
            return pattern
        template = self.entries[number].slotted
        if template is None:
            pattern = self._patterns[number] = re.compile(self.entries[number].regex)
            return pattern
        values = {name: slots.values[name] for name in self._names(number, template) if name in slots.values}
        key = (number, *values.items())
        if key not in self._filled:
            if len(self._filled) >= _MOST_FILLED:
                self._filled.clear()
            self._filled[key] = _filled(template, values)
        return self._filled[key]

    def prepare(self) -> Iterator[None]:
        """Compile step by step what the entries need that no value of a call goes into."""
        for number, entry in enumerate(self.entries):
            if entry.slotted is None and not entry.whole and number not in self._patterns:
                self._patterns[number] = re.compile(entry.regex)
                yield

    def _names(self, number: int, template: Template) -> tuple[str, ...]:
        if number not in self._slots:
            self._slots[number] = slots(template)
        return self._slots[number]


def _filled(template: Template, values: Mapping[str, str]) -> re.Pattern[str] | None:
    marks = {name: _SLOT_MARKS[name] for name in values}
    regex = to_regex(template, marks)
    for name, mark in marks.items():
        regex = regex and regex.replace(mark, values[name])
    return re.compile(regex) if regex else None


class Scanner:
    """Looks for the entries `numbers` in a text, all at once; made ready when first needed."""

    def __init__(self, entries: Sequence[Entry], numbers: Iterable[int]) -> None:
        self.numbers = frozenset(numbers)
        self._entries = entries
        self._loose = tuple(number for number in self.numbers if not entries[number].sought)
        self._owners: list[tuple[int, ...]] = []
        self._finder: StringFinder | None = None

    def prepare(self) -> None:
        """Make ready now, so that no text waits for it."""
        (self._finder or self._build()).prepare()

    def _build(self) -> StringFinder:
        owners: dict[str, tuple[int, ...]] = {}
        for number in sorted(self.numbers):
            alone = (number,)
            for literal in self._entries[number].literals:
                others = owners.setdefault(literal, alone)
                if others is not alone:
                    owners[literal] = others + alone
        self._owners = list(owners.values())
        self._finder = StringFinder(list(owners))
        return self._finder

    def scan(self, squeezed: Squeezed) -> Hits:
        """Return the entries that may be said, with their places where they stand there whole."""
        hits: Hits = dict.fromkeys(self._loose)
        finder = self._finder or self._build()
        owners, entries = self._owners, self._entries
        for literal, start, end in finder.find(squeezed.text):
            for number in owners[literal]:
                if not entries[number].whole:
                    hits[number] = None
                elif squeezed.within_sentence(start, end):
                    places = hits.get(number)
                    if places is None:
                        hits[number] = [(start, end)]
                    else:
                        places.append((start, end))
        return hits


class Shelves:
    """Scanners for the entries that set nothing off, each for what is asked for together.

    A scanner is made when its shelf is first asked for. `groups` are the entries of each shelf (one
    that stands in several counts for the first); what is in `without` is left out.
    """

    def __init__(
        self, entries: Sequence[Entry], groups: Iterable[Iterable[int]], without: frozenset[int]
    ) -> None:
        self._entries = entries
        self._members: list[list[int]] = []
        self._shelf: dict[int, int] = {}
        rest = range(len(entries))
        for group in (*groups, rest):
            new = [number for number in group if number not in self._shelf and number not in without]
            if new:
                self._shelf.update(dict.fromkeys(new, len(self._members)))
                self._members.append(new)
        self._scanners: dict[int, Scanner] = {}

    def shelf(self, number: int) -> int:
        """Return the shelf of entry `number`; NO_SHELF if it isn't here."""
        return self._shelf.get(number, NO_SHELF)

    def scan(self, shelf: int, squeezed: Squeezed) -> Hits:
        """Look for the entries of a shelf."""
        scanner = self._scanners.get(shelf)
        if scanner is None:
            scanner = self._scanners[shelf] = Scanner(self._entries, self._members[shelf])
        return scanner.scan(squeezed)


_DIGITS = dict(
    zip("0123456789", ("零〇o", "一幺", "二两", "三", "四", "五", "六", "七", "八", "九"), strict=True)
)


def slot_pattern(value: str | Sequence[str], clean: Callable[[str], str]) -> str | None:
    """Return a regex for a value of the call, however its digits are spoken; None for no value."""
    values = [value] if isinstance(value, str) else list(value)
    forms = [
        "".join(f"[{char}{_DIGITS[char]}]" if char in _DIGITS else re.escape(char) for char in clean(item))
        for item in values
    ]
    forms = [form for form in forms if form]
    return f"(?:{'|'.join(sorted(forms, key=len, reverse=True))})" if forms else None
