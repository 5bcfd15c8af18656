"""All wordings of all rules in one automaton over characters.

A wording becomes an `Entry`. If it stands for few strings, those are looked for; otherwise the
automaton looks for the stretch of it that tells most, and a regular expression decides in the
sentence around. So the cost of a turn hardly depends on the number of rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from assistant.text.normalise import Squeezed

_MAX_LITERALS = 64
_SLOT_MARKS = {name: chr(0xF000 + i) for i, name in enumerate(
    ("company", "agent_id", "agent_name", "customer", "department", "phone", "date", "issue", "reason", "topic")
)}  # fmt: skip

Places = list[tuple[int, int]]
Hits = dict[int, Places]


@dataclass(frozen=True, slots=True)
class Entry:
    """One wording. `literals` are looked for; `regex` decides around them (None: they decide).

    `slotted` is set where values of the call stand in the wording: its regex is made for each call.
    `sounds` are the stretches that may be recognised by their sound.
    """

    wording: str
    literals: tuple[str, ...]
    regex: str | None
    slotted: Template | None
    sounds: tuple[str, ...]


@dataclass
class LexiconBuilder:
    """Collects wordings; equal ones share an entry. Raises TemplateError for a wrong wording."""

    clean: Callable[[str], str]
    entries: list[Entry] = field(default_factory=list)
    _ids: dict[tuple[object, ...], int] = field(default_factory=dict)

    def parser(self, lists: Mapping[str, Sequence[str]]) -> TemplateParser:
        return TemplateParser(lists, self.clean)

    def add(self, wording: str, parser: TemplateParser) -> int:
        """Return the id of the entry of `wording`."""
        template = parser.parse(wording)
        key = (template.parts,)
        if key not in self._ids:
            self._ids[key] = len(self.entries)
            self.entries.append(_entry(template))
        return self._ids[key]


def _entry(template: Template) -> Entry:
    sounds = tuple(dict.fromkeys(_stretches(template.parts)))
    texts = expand(template) if count_strings(template.parts) <= _MAX_LITERALS else None
    if texts is not None:
        return Entry(template.wording, texts, None, None, sounds)
    literals = _factor(template.parts)
    if slots(template):
        return Entry(template.wording, literals, "", template, sounds)
    return Entry(template.wording, literals, to_regex(template), None, sounds)


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
    """Return strings one of which is in every text the parts fit: long ones, and not too many.

    Empty where there is no such set (a wording of nothing but slots).
    """
    best: tuple[tuple[float, int], tuple[str, ...]] = ((0, 0), ())
    for start in range(len(parts)):
        texts: list[str] = [""]
        for part in parts[start:]:
            options = _options(part)
            if options is None or len(texts) * len(options) > 2 * _MAX_LITERALS:
                break
            texts = [text + option for text in texts for option in options]
            shortest = min(map(len, texts))
            rank = (min(shortest, 6) - 0.02 * len(set(texts)), -len(texts))
            if shortest and rank > best[0]:
                best = (rank, tuple(dict.fromkeys(texts)))
    if not best[1]:
        best = max(
            (found for part in parts if (found := _choice_factor(part))),
            key=lambda found: found[0],
            default=best,
        )
    return best[1]


def _choice_factor(part: Part) -> tuple[tuple[float, int], tuple[str, ...]] | None:
    """The same for a choice among wordings with gaps: a factor of each alternative."""
    if not isinstance(part, Choice) or part.optional:
        return None
    factors = [_factor(alternative) for alternative in part.alternatives]
    if not all(factors):
        return None
    texts = tuple(dict.fromkeys(text for factor in factors for text in factor))
    return (min(map(len, texts)), -len(texts)), texts


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
            if options is None or len(texts) * len(options) > 2 * _MAX_LITERALS:
                return None
            texts = [text + option for text in texts for option in options]
        found.extend(texts)
    return found


@dataclass(frozen=True, slots=True)
class Slots:
    """The values of one call in the compared form, as regular expressions."""

    values: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=dict)
    _compiled: dict[int, re.Pattern[str] | None] = field(default_factory=dict)
    _filled: dict[tuple[str, ...], str] = field(default_factory=dict)

    def fill(self, script: tuple[str, ...]) -> str:
        """Return a script (text at even places, slot names at odd ones) with the values known."""
        if script not in self._filled:
            self._filled[script] = "".join(
                self.texts.get(piece, "") if odd % 2 else piece for odd, piece in enumerate(script)
            )
        return self._filled[script]

    def pattern(self, number: int, template: Template) -> re.Pattern[str] | None:
        """Return the wording's pattern with this call's values; None if nothing of it can be checked."""
        if number not in self._compiled:
            names = slots(template)
            marks = {name: _SLOT_MARKS[name] for name in names if name in self.values}
            regex = to_regex(template, marks)
            for name, mark in marks.items():
                regex = regex and regex.replace(mark, self.values[name])
            self._compiled[number] = re.compile(regex) if regex else None
        return self._compiled[number]


class Scanner:
    """Finds the entries said in a text: an automaton over `numbers` of `entries`."""

    def __init__(self, entries: Sequence[Entry], numbers: Iterable[int]) -> None:
        from ahocorasick_rs import AhoCorasick

        self._entries = entries
        owners: dict[str, list[int]] = {}
        for number in numbers:
            for literal in entries[number].literals:
                owners.setdefault(literal, []).append(number)
        self._owners = [
            (
                tuple(n for n in found if entries[n].regex is None),
                tuple(n for n in found if entries[n].regex is not None),
            )
            for found in owners.values()
        ]
        self._find = AhoCorasick(list(owners)).find_matches_as_indexes
        self._patterns: dict[int, re.Pattern[str]] = {}

    def scan(self, squeezed: Squeezed, slots: Slots) -> Hits:
        """Return for each entry said the places in the squeezed text, in order."""
        hits: Hits = {}
        tried: set[tuple[int, int]] = set()
        owners = self._owners
        for literal, start, end in self._find(squeezed.text, overlapping=True):
            whole, partial = owners[literal]
            if whole and squeezed.within_sentence(start, end):
                for number in whole:
                    if number in hits:
                        hits[number].append((start, end))
                    else:
                        hits[number] = [(start, end)]
            if partial:
                sentence = squeezed.sentence(start)
                for number in partial:
                    if (number, sentence[0]) not in tried:
                        tried.add((number, sentence[0]))
                        self._search(number, squeezed.text, sentence, slots, hits)
        return hits

    def _search(self, number: int, text: str, sentence: tuple[int, int], slots: Slots, hits: Hits) -> None:
        entry = self._entries[number]
        if entry.slotted:
            pattern = slots.pattern(number, entry.slotted)
        else:
            pattern = self._patterns.get(number)
            if pattern is None:
                pattern = self._patterns[number] = re.compile(entry.regex or "")
        if pattern is None:
            return
        places = [match.span() for match in pattern.finditer(text, *sentence)]
        if places:
            hits.setdefault(number, []).extend(places)


def loose_places(number: int, entry: Entry, squeezed: Squeezed, slots: Slots) -> Places:
    """Return the places of an entry the automaton has nothing to look for (slots alone)."""
    pattern = slots.pattern(number, entry.slotted) if entry.slotted else None
    return [match.span() for match in pattern.finditer(squeezed.text)] if pattern else []


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
