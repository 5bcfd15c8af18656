"""Wording templates of the rule language: parsed once, then expanded or turned into a regex.

``(a|b)`` alternatives, ``(a|b)?`` the same or nothing, ``<name>`` a word list, ``…`` a gap of at
most 6 characters (``……``: 12), ``{slot}`` a value of the call. docs/rules.md has the table.
"""

from __future__ import annotations

import difflib
import itertools
from typing import TYPE_CHECKING

from assistant.rules.expansion import expand, segments, slots, to_regex, variants
from assistant.rules.wording import (
    GAP,
    MAX_DEPTH,
    MAX_EXPANSIONS,
    MAX_STRINGS,
    SLOT_NAMES,
    Atom,
    Choice,
    Gap,
    Literal,
    Part,
    Slot,
    Template,
    TemplateError,
    Variant,
    count_strings,
    leaves,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

__all__ = [
    "GAP",
    "MAX_EXPANSIONS",
    "SLOT_NAMES",
    "Atom",
    "Choice",
    "Gap",
    "Literal",
    "Part",
    "Slot",
    "Template",
    "TemplateError",
    "TemplateParser",
    "Variant",
    "count_strings",
    "expand",
    "parse",
    "segments",
    "slots",
    "to_regex",
    "unchanged",
    "variants",
]
_SPECIAL = "()|<>{}…"
_FULL_WIDTH = dict(zip("（）｜＜＞｛｝", "()|<>{}", strict=True))


def unchanged(text: str) -> str:
    """Return the text: the cleaner of callers that compare wordings as written."""
    return text


def parse(
    wording: str, lists: Mapping[str, Sequence[str]], clean: Callable[[str], str] = unchanged
) -> Template:
    """Parse one wording. Raises TemplateError. For many wordings of a pack use TemplateParser."""
    return TemplateParser(lists, clean).parse(wording)


class TemplateParser:
    """Parses wordings over the word lists of a pack; each list is parsed once.

    `clean` turns literal text into the form texts are compared in (and strips punctuation).
    """

    def __init__(self, lists: Mapping[str, Sequence[str]], clean: Callable[[str], str] = unchanged) -> None:
        self._lists = lists
        self._clean = clean
        self._parsed: dict[str, Choice] = {}
        self._open: list[str] = []

    def parse(self, wording: str) -> Template:
        """Parse a wording; raises TemplateError naming the character at fault."""
        return Template(self._parts(wording), wording)

    def list_choice(self, name: str, wording: str, offset: int) -> Choice:
        """Return the word list as alternatives; `wording` and `offset` say where it is named."""
        if name in self._parsed:
            return self._parsed[name]
        if name in self._open:
            ring = [*self._open[self._open.index(name) :], name]
            message = f"word lists name each other in a ring: {' → '.join(ring)}"
            raise TemplateError(message, offset, source=wording, code="list-ring", ring=ring)
        if name not in self._lists:
            close = difflib.get_close_matches(name, self._lists, 1)
            mend = f"; did you mean <{close[0]}>?" if close else ""
            raise self._fault("unknown-list", f"unknown word list <{name}>{mend}", wording, offset)
        if not self._lists[name]:
            raise self._fault("empty-list", f"word list <{name}> is empty", wording, offset)
        if len(self._open) >= MAX_DEPTH:
            raise self._fault("too-deep", f"word lists nest deeper than {MAX_DEPTH}", wording, offset)
        alternatives = tuple(self.parse_entry(name, entry) for entry in self._lists[name])
        if sum(map(count_strings, alternatives)) > MAX_EXPANSIONS:
            message = f"word list <{name}> stands for more than {MAX_EXPANSIONS} strings"
            raise self._fault("too-many-strings", message, wording, offset)
        self._parsed[name] = Choice(alternatives)
        return self._parsed[name]

    @staticmethod
    def _fault(code: str, message: str, wording: str, offset: int) -> TemplateError:
        return TemplateError(message, offset, source=wording, code=code)

    def parse_entry(self, name: str, entry: str) -> tuple[Part, ...]:
        """Parse one entry of the word list `name`; raises TemplateError that names the list."""
        self._open.append(name)
        try:
            return self._parts(entry)
        except TemplateError as error:
            if error.list_name is None:
                error.list_name = name
            raise
        finally:
            self._open.pop()

    def _parts(self, wording: str) -> tuple[Part, ...]:
        parts = _Reader(wording, self, self._clean).read()
        limit = MAX_EXPANSIONS if _slotted(parts) else MAX_STRINGS
        if count_strings(parts) > limit:
            message = f"stands for more than {limit} strings; split it into several wordings"
            raise self._fault("too-many-strings", message, wording, 0)
        if not _says_something(parts):
            message = "may be empty: at least one part must not be optional"
            raise self._fault("empty-wording", message, wording, 0)
        return parts


def _slotted(parts: Iterable[Part]) -> bool:
    return any(isinstance(part, Slot) for part in leaves(parts))


def _says_something(parts: Iterable[Part]) -> bool:
    """Whether every way through the parts has text or a slot in it."""
    return any(
        isinstance(part, Literal | Slot)
        or (isinstance(part, Choice) and not part.optional and all(map(_says_something, part.alternatives)))
        for part in parts
    )


class _Reader:
    """Reads one wording from left to right."""

    def __init__(self, wording: str, parser: TemplateParser, clean: Callable[[str], str]) -> None:
        self.wording = wording
        self.parser = parser
        self.clean = clean
        self.at = 0

    def fail(self, message: str, offset: int) -> TemplateError:
        return TemplateError(message, offset, source=self.wording)

    def read(self) -> tuple[Part, ...]:
        parts = self.sequence(0)
        if self.at < len(self.wording):
            sign = self.wording[self.at]
            raise self.fail("')' without '('" if sign == ")" else "'|' stands outside parentheses", self.at)
        if parts and (isinstance(parts[0], Gap) or isinstance(parts[-1], Gap)):
            offset = 0 if isinstance(parts[0], Gap) else len(self.wording) - 1
            raise self.fail("a gap at the beginning or end of a wording does nothing; remove it", offset)
        return parts

    def sequence(self, depth: int) -> tuple[Part, ...]:
        parts: list[Part] = []
        while self.at < len(self.wording) and self.wording[self.at] not in "|)":
            part = self.part(depth)
            if part is not None:
                parts.append(part)
        return tuple(_joined(parts))

    def part(self, depth: int) -> Part | None:
        sign = self.wording[self.at]
        if sign == "(":
            return self.group(depth)
        if sign == "<":
            return self.list_name()
        if sign == "{":
            return self.slot()
        if sign == "…":
            return self.gap()
        if sign in ">}":
            raise self.fail(f"'{sign}' without '{'<' if sign == '>' else '{'}'", self.at)
        return self.literal()

    def literal(self) -> Literal | None:
        start = self.at
        while self.at < len(self.wording) and self.wording[self.at] not in _SPECIAL:
            if (sign := self.wording[self.at]) in _FULL_WIDTH:
                raise self.fail(f"full-width '{sign}': write '{_FULL_WIDTH[sign]}'", self.at)
            self.at += 1
        text = self.clean(self.wording[start : self.at])
        return Literal(text) if text else None

    def group(self, depth: int) -> Choice:
        start = self.at
        if depth >= MAX_DEPTH:
            raise self.fail(f"parentheses nest deeper than {MAX_DEPTH}", start)
        alternatives = []
        while True:
            self.at += 1
            begin = self.at
            alternatives.append(self.sequence(depth + 1))
            if self.at >= len(self.wording):
                raise self.fail("'(' is never closed", start)
            if self.at == begin:
                raise self.fail("empty alternative; write (…)? for what may be left out", begin)
            if self.wording[self.at] == ")":
                break
        self.at += 1
        optional = self.wording.startswith("?", self.at)
        self.at += optional
        return Choice(tuple(alternatives), optional)

    def list_name(self) -> Choice:
        start = self.at
        name = self.name(">")
        if self.wording.startswith("?", self.at):
            raise self.fail(f"write (<{name}>)? for a word that may be left out", self.at)
        return self.parser.list_choice(name, self.wording, start)

    def slot(self) -> Slot:
        start = self.at
        name = self.name("}")
        if name not in SLOT_NAMES:
            close = difflib.get_close_matches(name, SLOT_NAMES, 1)
            mend = f"did you mean {{{close[0]}}}?" if close else f"known are {', '.join(SLOT_NAMES)}"
            raise self.fail(f"unknown slot {{{name}}}; {mend}", start)
        return Slot(name)

    def name(self, closing: str) -> str:
        start = self.at
        end = self.wording.find(closing, start)
        if end < 0:
            raise self.fail(f"'{self.wording[start]}' is never closed", start)
        self.at = end + 1
        return self.wording[start + 1 : end]

    def gap(self) -> Gap:
        start = self.at
        while self.wording.startswith("…", self.at):
            self.at += 1
        if self.at - start > 2:
            raise self.fail("a gap is … or ……", start)
        return Gap(GAP * (self.at - start))


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """Join neighbouring literals (what stood between them was cleaned away)."""
    for literal, run in itertools.groupby(parts, lambda part: isinstance(part, Literal)):
        if literal:
            yield Literal("".join(part.text for part in run if isinstance(part, Literal)))
        else:
            yield from run
