"""The rule-set lint: what is wrong with rules that can be read, over all files at once.

Each check is a function that yields problems; errors make a pack invalid, warnings don't.
"""

from __future__ import annotations

import re
import string
import warnings
from typing import TYPE_CHECKING

from assistant.model import Severity
from assistant.rules import schema
from assistant.rules.backtracking import catastrophic
from assistant.rules.literals import required_literals
from assistant.rules.overlap import check_wordings
from assistant.rules.reachability import check_reachable, check_references
from assistant.rules.subjects import PackAt, RuleAt, packs_of, parts
from assistant.rules.template import SLOT_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from assistant.errors import Problem
    from assistant.rules.document import Place
    from assistant.rules.loader import LoadedFile

_SOURCE = re.compile(
    r"(G-\d+[ab]?|G-R\d+|B-\d+|P-[A-Z]+|R-\d+|K-\d+|M-\d+|S[0-4]|D-\d+)|(LAW|HOUSE):\S.*", re.DOTALL
)
_FIXED = {
    Severity.FATAL: (17, 18, 20),
    Severity.MAJOR: (1, 2, 3, 4, 5, 9, 10, 12, 13, 19, 22, 23),
    Severity.MINOR: (6, 7, 8, 11, 14, 15, 16, 21, 24, 27, 28),
    Severity.HINT: (25, 26),
}
FAMILY_SEVERITY = {f"B-{number}": severity for severity, all_ in _FIXED.items() for number in all_}


def lint(files: Iterable[LoadedFile], clean: Callable[[str], str] | None = None) -> tuple[Problem, ...]:
    """Return all problems of these files, sorted by place.

    `clean` is the form wordings are compared in (default: the one of the matcher).
    """
    clean = clean or default_clean()
    listed = tuple(files)
    packs = packs_of(listed)
    order = {id(file): number for number, file in enumerate(listed)}
    rules = sorted((at for pack in packs for at in pack.rules), key=lambda at: order[id(at.file)])
    problems = [
        *_duplicate_ids(rules),
        *check_references(rules, complete=all(pack.complete for pack in packs)),
        *(problem for pack in packs for problem in _pack_problems(pack, clean)),
        *(problem for at in rules for check in RULE_CHECKS for problem in check(at)),
    ]
    return tuple(sorted(problems, key=lambda each: (each.path, each.line, each.column, each.code)))


def default_clean() -> Callable[[str], str]:
    """Return the function that brings wordings into the matcher's compared form."""
    from assistant.text.normalise import Normaliser
    from assistant.text.tables import build_tables

    return Normaliser.of(build_tables()).words


def _pack_problems(pack: PackAt, clean: Callable[[str], str]) -> Iterator[Problem]:
    first = pack.files[0]
    for file in pack.files[1:]:
        if file.content.version != first.content.version:
            message = (
                f"pack {pack.name} has version {file.content.version} here "
                f"and {first.content.version} in {first.path}"
            )
            yield file.document.problem("two-versions", message, file.document.mark(("version",)))
    yield from check_wordings(pack, clean)


def _duplicate_ids(rules: Sequence[RuleAt]) -> Iterator[Problem]:
    seen: dict[str, RuleAt] = {}
    for at in rules:
        first = seen.setdefault(at.rule.id, at)
        if first is not at:
            yield at.problem("duplicate-id", f"the id {at.rule.id} is taken ({first.line})", ("id",))


def check_patterns(at: RuleAt) -> Iterator[Problem]:
    """Regular expressions: valid, harmless, with literals to look for first."""
    for place, part in parts(at.rule):
        if isinstance(part, schema.Pattern):
            yield from _pattern(at, part.pattern, (*place, "pattern"), main=True)
            if part.except_ is not None:
                yield from _pattern(at, part.except_, (*place, "except"), main=False)


def _pattern(at: RuleAt, pattern: str, place: Place, *, main: bool) -> Iterator[Problem]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(pattern)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        offset = getattr(error, "pos", None)
        message = f"not a regular expression: {getattr(error, 'msg', error)}"
        yield at.problem("bad-pattern", message, place, offset=offset)
        return
    reason = catastrophic(pattern)
    if reason is not None:
        yield at.problem("slow-pattern", reason, place)
    elif compiled.search("") is not None:
        yield at.problem("empty-pattern", "matches where nothing is said", place)
    elif main and required_literals(pattern) is None:
        message = "no text is in every match, so it is tried on every turn; add some"
        yield at.problem("no-literal", message, place, level="warning")


def check_source(at: RuleAt) -> Iterator[Problem]:
    """The ids of the service standard, and a severity not milder than theirs without a reason."""
    rule = at.rule
    for number, source in enumerate(rule.source):
        if not _SOURCE.fullmatch(source):
            message = f"unknown source {source}; write an id such as B-3 or G-12a, LAW:… or HOUSE:…"
            yield at.problem("unknown-source", message, ("source", number))
    fixed = max((FAMILY_SEVERITY[each] for each in rule.source if each in FAMILY_SEVERITY), default=None)
    if fixed is not None and Severity.of(rule.severity) < fixed and not (rule.why or "").strip():
        families = ", ".join(each for each in rule.source if FAMILY_SEVERITY.get(each) == fixed)
        message = f"{families} is {fixed.label}; a milder rule says why: (the reason)"
        yield at.problem("milder", message, ("severity",))


def check_examples(at: RuleAt) -> Iterator[Problem]:
    """At least one hit and one miss; ‹ › once in each hit that is found at characters."""
    examples = at.rule.examples
    for name, listed in (("hit", examples.hit), ("miss", examples.miss)):
        if not listed:
            message = f"give at least one {name} (examples are run as tests)"
            yield at.problem(f"no-{name}", message, ("examples",), key=True)
        for number, example in enumerate(listed):
            text = example if isinstance(example, str) else example.turns
            fault = _marks(text, _expected_marks(at.rule) if name == "hit" else (0,))
            if fault:
                place: Place = ("examples", name, number)
                yield at.problem("marks", fault, place if isinstance(example, str) else (*place, "turns"))


def _expected_marks(rule: schema.Rule) -> tuple[int, ...]:
    """How many pairs of ‹ › a hit may carry: none for an absence, one for a span."""
    match = rule.match
    if isinstance(match, schema.RequiredMatch):
        return (0,)
    if isinstance(match, schema.CountMatch | schema.RatioMatch) and match.at_least is not None:
        return (0,) if match.at_most is None else (0, 1)
    return (0, 1) if isinstance(match, schema.TimingMatch) else (1,)


def _marks(text: str, expected: tuple[int, ...]) -> str:
    signs = "".join(sign for sign in text if sign in "‹›")
    pairs = len(signs) // 2
    if signs != "‹›" * pairs:
        return "‹ and › must stand in pairs"
    if "‹›" in text:
        return "‹› marks nothing"
    if pairs in expected:
        return ""
    return "mark the finding with one ‹ ›" if expected == (1,) else "an example without a finding has no ‹ ›"


def check_message(at: RuleAt) -> Iterator[Problem]:
    """Placeholders of the message and the suggestion."""
    required = isinstance(at.rule, schema.RequiredRule)
    known = ("missing",) if required else ("matched",)
    yield from _placeholders(at, at.rule.message, "message", known)
    yield from _placeholders(at, at.rule.suggest, "suggest", SLOT_NAMES)


def _placeholders(at: RuleAt, text: str, key: str, known: Sequence[str]) -> Iterator[Problem]:
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:
        yield at.problem("placeholder", "a brace is never closed or opened", (key,))
        return
    for name in names:
        if name not in known:
            offset = text.find("{" + name)
            message = (
                f"unknown placeholder {{{name}}}; known here: {', '.join(f'{{{each}}}' for each in known)}"
            )
            yield at.problem("placeholder", message, (key,), offset=offset)


RULE_CHECKS: tuple[Callable[[RuleAt], Iterator[Problem]], ...] = (
    check_patterns,
    check_source,
    check_examples,
    check_message,
    check_reachable,
)
