"""Literals that every match of a regular expression contains: the prefilter before `re` runs."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.rules.backtracking import catastrophic, parse_pattern
from assistant.text.frequency import chance

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["catastrophic", "required_literals"]

MAX_EXACT = 64
MAX_REQUIRED = 256
_IGNORED_CASES = {"i": "iı", "s": "sſ", "k": "k\u212a"}
Strings = frozenset[str]
_NOTHING: Strings = frozenset({""})


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of the texts a piece of a pattern matches.

    `exact`: all of them, where they are few; `required`: strings one of which is in each of them.
    """

    exact: Strings | None = None
    required: Strings | None = None

    @property
    def needed(self) -> Strings | None:
        if self.required is not None:
            return self.required
        return self.exact if self.exact and "" not in self.exact else None


_UNKNOWN = _Facts()
_EMPTY = _Facts(exact=_NOTHING)


def required_literals(pattern: str) -> frozenset[str] | None:
    """Return strings one of which occurs in every match in lower-cased text; None: no such set.

    Those that occur least by chance are preferred. None also for a pattern Python's `re` can't read.
    """
    try:
        tree = parse_pattern(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    needed = _sequence(tree, bool(tree.state.flags & re.IGNORECASE)).needed
    if needed is None:
        return None
    return frozenset(each for each in needed if not any(other in each for other in needed - {each}))


def _sequence(items: Iterable[Any], ignore_case: bool) -> _Facts:
    """Facts of a concatenation: exact runs are multiplied out, the best run is required."""
    run: Strings = _NOTHING
    candidates: list[Strings] = []
    all_exact = True
    for item in items:
        facts = _item(item, ignore_case)
        joined = _product(run, facts.exact)
        if joined is not None:
            run = joined
            continue
        all_exact = False
        candidates.append(run)
        if facts.needed is not None:
            candidates.append(facts.needed)
        run = facts.exact if facts.exact is not None else _NOTHING
    candidates.append(run)
    best = _best(candidates)
    return _Facts(exact=run, required=best) if all_exact else _Facts(required=best)


def _product(run: Strings, more: Strings | None) -> Strings | None:
    if more is None or len(run) * len(more) > MAX_EXACT:
        return None
    return frozenset(left + right for left, right in itertools.product(run, more))


def _best(candidates: Iterable[Strings]) -> Strings | None:
    usable = [each for each in candidates if each and "" not in each and len(each) <= MAX_REQUIRED]
    return min(usable, key=lambda each: (chance(each), len(each)), default=None)


def _item(item: Any, ignore_case: bool) -> _Facts:
    name, value = str(item[0]), item[1]
    match name:
        case "LITERAL":
            return _character(chr(value), ignore_case)
        case "IN":
            return _character_class(value, ignore_case)
        case "AT" | "ASSERT" | "ASSERT_NOT":
            return _EMPTY
        case "SUBPATTERN":
            _, added, removed, body = value
            return _sequence(
                body, (ignore_case or bool(added & re.IGNORECASE)) and not removed & re.IGNORECASE
            )
        case "ATOMIC_GROUP":
            return _sequence(value, ignore_case)
        case "BRANCH":
            return _branch([_sequence(each, ignore_case) for each in value[1]])
        case "GROUPREF_EXISTS":
            return _branch([_sequence(each or (), ignore_case) for each in value[1:]])
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _repeat(int(value[0]), int(value[1]), _sequence(value[2], ignore_case))
    return _UNKNOWN


def _character(sign: str, ignore_case: bool) -> _Facts:
    if not ignore_case:
        return _Facts(exact=frozenset(sign))
    if sign.isascii():
        lower = sign.lower()
        return _Facts(exact=frozenset(_IGNORED_CASES.get(lower, lower)))
    caseless = sign.lower() == sign.upper()
    return _Facts(exact=frozenset(sign)) if caseless else _UNKNOWN


def _character_class(members: Iterable[Any], ignore_case: bool) -> _Facts:
    signs: list[str] = []
    for kind, value in members:
        if str(kind) == "LITERAL":
            signs.append(chr(value))
        elif str(kind) == "RANGE" and value[1] - value[0] < MAX_EXACT:
            signs.extend(map(chr, range(value[0], value[1] + 1)))
        else:
            return _UNKNOWN
    return _branch([_character(sign, ignore_case) for sign in signs])


def _branch(ways: list[_Facts]) -> _Facts:
    exact = [way.exact for way in ways if way.exact is not None]
    union: Strings = frozenset().union(*exact)
    needed = [way.needed for way in ways if way.needed is not None]
    required: Strings = frozenset().union(*needed)
    return _Facts(
        exact=union if len(exact) == len(ways) and len(union) <= MAX_EXACT else None,
        required=_best([required]) if len(needed) == len(ways) else None,
    )


def _repeat(least: int, most: int, body: _Facts) -> _Facts:
    if least == 0:
        optional = body.exact is not None and most == 1
        return _Facts(exact=body.exact | _NOTHING) if optional and body.exact else _UNKNOWN
    run = _NOTHING
    for done in range(least):
        longer = _product(run, body.exact) if done < MAX_EXACT else None
        if longer is None:
            return _Facts(required=_best([run, body.needed or _NOTHING]))
        run = longer
    if least == most:
        return _Facts(exact=run)
    return _Facts(required=_best([run, body.needed or _NOTHING]))
