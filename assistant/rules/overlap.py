"""Checks of the wordings of a pack: faulty templates, word lists, duplicates, shadowed rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.model import Severity
from assistant.rules import schema
from assistant.rules.subjects import PackAt, RuleAt, WordingAt, conditions, wordings
from assistant.rules.template import (
    MAX_EXPANSIONS,
    SLOT_NAMES,
    Template,
    TemplateError,
    TemplateParser,
    Variant,
    count_strings,
    variants,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from assistant.errors import Problem
    from assistant.rules.document import Place
    from assistant.rules.loader import LoadedFile

_LIST = re.compile(r"<([a-z][a-z0-9_]*)>")
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Parsed:
    """A wording of a rule with its template."""

    at: RuleAt
    wording: WordingAt
    template: Template

    @cached_property
    def ways(self) -> tuple[Variant, ...]:
        """All ways through the template; none where there are too many to look at."""
        return variants(self.template) if count_strings(self.template.parts) <= MAX_EXPANSIONS else ()

    @property
    def strings(self) -> list[str]:
        """The strings it stands for; none if it has gaps or slots."""
        return [way[0] for way in self.ways if len(way) == 1 and isinstance(way[0], str)]

    def problem(self, code: str, message: str, level: str = "warning") -> Problem:
        return self.at.problem(code, message, self.wording.place, level=level)


def check_wordings(pack: PackAt, clean: Callable[[str], str]) -> Iterator[Problem]:
    """Yield everything wrong with the wordings and word lists of one pack."""
    parser = TemplateParser(pack.lists, clean)
    yield from _lists(pack, parser)
    parsed: list[Parsed] = []
    for at in pack.rules:
        for wording in wordings(at.rule):
            if wording.script:
                yield from _script(at, wording, clean)
                continue
            try:
                parsed.append(Parsed(at, wording, parser.parse(wording.text)))
            except TemplateError as error:
                if error.list_name is None:
                    yield at.problem(error.code, error.message, wording.place, offset=error.offset)
    groups = _grouped(parsed)
    for group, exceptions in groups:
        yield from _duplicates(group)
        yield from _swallowed(group, exceptions)
    yield from _across([group for group, _ in groups])


def _lists(pack: PackAt, parser: TemplateParser) -> Iterator[Problem]:
    used = {name for at in pack.rules for word in wordings(at.rule) for name in _LIST.findall(word.text)}
    used |= {name for words in pack.lists.values() for word in words for name in _LIST.findall(word)}
    seen: dict[str, str] = {}
    rings: set[frozenset[str]] = set()
    for file in pack.files:
        for name, words in file.content.lists.items():
            mark = file.document.mark(("lists", name), key=True)
            if name in seen:
                message = f"word list {name} is defined twice in pack {pack.name} (first in {seen[name]})"
                yield file.document.problem("duplicate-list", message, mark)
                continue
            seen[name] = f"{file.path}:{mark.line}"
            if name not in used and pack.complete:
                message = f"no wording uses the word list {name}"
                yield file.document.problem("unused-list", message, mark, "warning")
            yield from _list_entries(file, name, words, parser, rings)


def _list_entries(
    file: LoadedFile, name: str, words: Sequence[str], parser: TemplateParser, rings: set[frozenset[str]]
) -> Iterator[Problem]:
    """What is wrong with the entries of one list; faults of lists they name are told there."""
    for at, word in enumerate(words):
        place: Place = ("lists", name, at)
        try:
            parser.parse_entry(name, word)
        except TemplateError as error:
            ring = frozenset(error.ring)
            if error.list_name == name or (name in ring and ring not in rings):
                offset = error.offset if error.list_name == name else word.index("<")
                mark = file.document.mark(place, offset=offset)
                yield file.document.problem(error.code, error.message, mark)
            rings.add(ring)
        if word in words[:at]:
            message = f"{word} stands in the list twice"
            yield file.document.problem("duplicate-wording", message, file.document.mark(place), "warning")


def _script(at: RuleAt, wording: WordingAt, clean: Callable[[str], str]) -> Iterator[Problem]:
    """A standard script is plain text with slots."""
    for found in _BRACES.finditer(wording.text):
        if found[1] not in SLOT_NAMES:
            message = f"unknown slot {found[0]}; known are {', '.join(SLOT_NAMES)}"
            yield at.problem("unknown-slot", message, wording.place, offset=found.start())
    sign = next((each for each in "()|<>…" if each in wording.text), None)
    if sign is not None:
        message = f"a script is plain text with slots; '{sign}' has no meaning in it (use parts)"
        place = wording.text.index(sign)
        yield at.problem("template", message, wording.place, offset=place, level="warning")
    if not clean(_BRACES.sub("", wording.text)):
        yield at.problem("empty-wording", "the script has no text", wording.place)


Group = list[Parsed]


def _grouped(parsed: Iterable[Parsed]) -> list[tuple[Group, Group]]:
    """Return the lists of wordings, each with the exceptions beside it."""
    groups: dict[tuple[int, Place], tuple[Group, Group]] = {}
    for each in parsed:
        node = each.wording.group[:-1]
        if each.wording.excepted:
            groups.setdefault((id(each.at), (*node, "except")), ([], []))[1].append(each)
        else:
            groups.setdefault((id(each.at), each.wording.group), ([], []))[0].append(each)
    exceptions = {key: pair[1] for key, pair in groups.items() if pair[1]}
    return [
        (group, exceptions.get((number, (*place[:-1], "except")), []))
        for (number, place), (group, _) in groups.items()
        if group
    ]


def _duplicates(group: Group) -> Iterator[Problem]:
    """Two wordings of one list that stand for the same string."""
    seen: dict[object, Parsed] = {}
    for each in group:
        ways = each.ways
        same = next((way for way in ways if way in seen), None)
        if same is not None:
            said = "".join(atom if isinstance(atom, str) else "…" for atom in same)
            other = seen[same]
            line = other.at.file.document.mark((*other.at.place, *other.wording.place)).line
            message = f"stands for “{said}”, as the wording in line {line} does"
            yield each.problem("duplicate-wording", message)
        for way in ways:
            seen.setdefault(way, each)


def _swallowed(group: Group, exceptions: Group) -> Iterator[Problem]:
    """Wordings that always contain an exception, so that they never count."""
    texts = [text for each in exceptions for text in each.strings]
    inside = re.compile("|".join(map(re.escape, texts)))
    swallowed = [each for each in group if texts and _always_contains(each.ways, inside)]
    if swallowed and len(swallowed) == len(group):
        message = "can never hold: every wording contains an exception"
        yield swallowed[0].at.problem("swallowed", message, swallowed[0].wording.group, key=True)
        return
    for each in swallowed:
        yield each.problem("swallowed", "never counts: it contains an exception")


def _always_contains(ways: Sequence[Variant], inside: re.Pattern[str]) -> bool:
    return bool(ways) and all(
        any(isinstance(atom, str) and inside.search(atom) for atom in way) for way in ways
    )


def _across(groups: Iterable[Group]) -> Iterator[Problem]:
    """Rules that say the same as, or less than, another rule with the same conditions."""
    families: dict[str, list[Group]] = {}
    for group in groups:
        rule = group[0].at.rule
        if isinstance(rule, schema.PhraseRule) and group[0].wording.group == ("match", "any"):
            families.setdefault(conditions(rule), []).append(group)
    for members in families.values():
        if len(members) > 1:
            yield from _Comparison(members).problems()


class _Comparison:
    """Compares phrase rules with the same conditions by the strings they stand for."""

    def __init__(self, groups: list[Group]) -> None:
        from ahocorasick_rs import AhoCorasick

        self.groups = groups
        self.owners: dict[str, set[int]] = {}
        for number, group in enumerate(groups):
            for each in group:
                for text in each.strings:
                    self.owners.setdefault(text, set()).add(number)
        self.texts = list(self.owners)
        self.automaton = AhoCorasick(self.texts)
        self.told: set[tuple[int, int]] = set()

    def problems(self) -> Iterator[Problem]:
        for number, group in enumerate(self.groups):
            covered = set(range(len(self.groups))) - {number}
            for each in group:
                if not (ways := each.ways):
                    covered = set()
                for way in ways:
                    yield from self.shared(way, number, each)
                    covered &= self.inside(way)
            yield from self.shadowed(number, covered)

    def inside(self, way: Variant) -> set[int]:
        """Return the rules one of whose strings this way through a wording contains."""
        found: set[int] = set()
        for text in way:
            if isinstance(text, str):
                for hit in self.automaton.find_matches_as_indexes(text, overlapping=True):
                    found |= self.owners[self.texts[hit[0]]]
        return found

    def shared(self, way: Variant, number: int, each: Parsed) -> Iterator[Problem]:
        """A string that an earlier rule lists too; told once for two rules."""
        text = way[0] if len(way) == 1 and isinstance(way[0], str) else ""
        for other in sorted(self.owners.get(text, ())):
            if other < number and (other, number) not in self.told:
                self.told.add((other, number))
                rival = self.groups[other][0].at
                message = f"“{text}” stands in rule {rival.rule.id} ({rival.line}), too"
                yield each.problem("duplicate-across", message)

    def shadowed(self, number: int, covered: set[int]) -> Iterator[Problem]:
        """A rule all of whose strings contain a string of a graver-or-equal rule of its family."""
        mine = self.groups[number][0].at
        for other in sorted(covered):
            rival = self.groups[other][0].at
            if _outranks(rival.rule, mine.rule, earlier=other < number):
                message = (
                    f"every wording contains one of rule {rival.rule.id} ({rival.line}), which is as grave"
                )
                yield mine.problem("shadowed", message, ("match",), key=True, level="warning")
                return


def _outranks(rival: schema.Rule, mine: schema.Rule, *, earlier: bool) -> bool:
    if not isinstance(rival.match, schema.Phrases) or rival.group != mine.group:
        return False
    mild = mine.match.except_ if isinstance(mine.match, schema.Phrases) else None
    if rival.match.except_ not in (None, mild) or rival.match.word:
        return False
    mine_rank, rival_rank = Severity.of(mine.severity), Severity.of(rival.severity)
    return rival_rank > mine_rank or (rival_rank == mine_rank and earlier)
