"""Tells regular expressions that may run for ever (or far too long) before anybody runs them.

The analysis is on the safe side: it looks at which characters the pieces of a pattern may begin
with, over a sample alphabet made of the pattern's own characters and one of each class.
"""

from __future__ import annotations

import importlib
import itertools
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_NODES = 5000
MAX_WAYS = 50_000
TEXT_LENGTH = 200
MAX_BOUND = 200
LOOP = 10
_SAMPLES = "aZ09_ \n\t.,。,中文é①"
_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
Signs = frozenset[str]


def parse_pattern(pattern: str) -> Any:
    """Return the syntax tree of Python's own parser; raises re.error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("re._parser").parse(pattern)


def catastrophic(pattern: str) -> str | None:
    """Return why this pattern may take exponentially (or far too) long; None when it is harmless.

    An invalid pattern gives None: whether it can be read is another question.
    """
    try:
        tree = parse_pattern(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    alphabet = frozenset(_SAMPLES) | frozenset(_literals(tree))
    return _Analysis(alphabet).verdict(tree)


def _children(item: Any) -> list[Any]:
    """The sequences inside one item of the syntax tree."""
    name, value = str(item[0]), item[1]
    if name in _REPEATS:
        return [value[2]]
    if name == "SUBPATTERN":
        return [value[3]]
    if name == "BRANCH":
        return list(value[1])
    if name in {"ASSERT", "ASSERT_NOT"}:
        return [value[1]]
    if name == "ATOMIC_GROUP":
        return [value]
    if name == "GROUPREF_EXISTS":
        return [each for each in value[1:] if each is not None]
    return []


def _literals(items: Iterable[Any]) -> Iterator[str]:
    for item in items:
        name, value = str(item[0]), item[1]
        if name in {"LITERAL", "NOT_LITERAL"}:
            yield chr(value)
        elif name == "IN":
            for kind, member in value:
                if str(kind) == "LITERAL":
                    yield chr(member)
                elif str(kind) == "RANGE":
                    yield from (chr(member[0]), chr(member[1]))
        for child in _children(item):
            yield from _literals(child)


@dataclass(frozen=True)
class _Analysis:
    """The checks over one alphabet of sample characters."""

    alphabet: Signs

    def verdict(self, tree: Any) -> str | None:
        if self.size(tree) > MAX_NODES:
            return f"the pattern is too large (more than {MAX_NODES} steps when its repeats are written out)"
        widest = max(self.bounds(tree), default=0)
        if widest > MAX_BOUND:
            return f"a repeat of up to {widest} is longer than any sentence; {MAX_BOUND} is the most"
        reason = self.exponential(tree)
        if reason is None and self.ways(tree, frozenset()) > MAX_WAYS:
            return (
                "several wide repeats stand one after another and can share a text in too many ways; "
                "bound them, as in {0,3}"
            )
        return reason

    def size(self, items: Iterable[Any]) -> int:
        """Return the number of steps with bounded repeats written out."""
        total = 0
        for item in items:
            inner = sum(map(self.size, _children(item)))
            if str(item[0]) in _REPEATS:
                least, most, _ = item[1]
                times = int(most) if most <= MAX_NODES else max(1, int(least))
                inner *= max(1, times) if inner > 1 else 1
            total += 1 + inner
            if total > MAX_NODES:
                break
        return total

    def bounds(self, items: Iterable[Any]) -> Iterator[int]:
        """Yield the upper bounds of all bounded repeats."""
        for item in items:
            if str(item[0]) in _REPEATS and str(item[1][1]) != "MAXREPEAT":
                yield int(item[1][1])
            for child in _children(item):
                yield from self.bounds(child)

    def exponential(self, items: Iterable[Any]) -> str | None:
        """Return the reason when a loop in the pattern can split one text in several ways."""
        for item in items:
            if str(item[0]) in _REPEATS and item[1][1] >= LOOP and str(item[0]) != "POSSESSIVE_REPEAT":
                reason = self.ambiguous_loop(list(item[1][2]))
                if reason is not None:
                    return reason
            for child in _children(item):
                reason = self.exponential(child)
                if reason is not None:
                    return reason
        return None

    def ambiguous_loop(self, body: list[Any]) -> str | None:
        """Return the reason when the body of a loop has more than one way to eat the same text."""
        again = self.first(body)
        if self.shared_repeat(body, again):
            return "a repeat inside a repeat can divide the same text in exponentially many ways"
        if self.ambiguous_branch(body):
            return "alternatives under a repeat can begin with the same text"
        return None

    def shared_repeat(self, items: list[Any], after: Signs) -> bool:
        """Whether a variable repeat and what may follow it can eat the same characters."""
        for at, item in enumerate(items):
            follow = self.following(items[at + 1 :], after)
            if str(item[0]) in _REPEATS:
                least, most, body = item[1]
                if least != most and self.eaten([item]) & follow:
                    return True
                follow |= self.first(body)
            if any(self.shared_repeat(list(child), follow) for child in _children(item)):
                return True
        return False

    def ambiguous_branch(self, items: Iterable[Any]) -> bool:
        for item in items:
            if str(item[0]) == "BRANCH" and not self.decodable([list(each) for each in item[1][1]]):
                return True
            if any(map(self.ambiguous_branch, _children(item))):
                return True
        return False

    def decodable(self, ways: list[list[Any]]) -> bool:
        """Whether the alternatives of a loop divide every text in one way at most."""
        if sum(map(self.nullable, ways)) > 1:
            return False
        words = [_word(way) for way in ways]
        if None not in words:
            return _uniquely_decodable([word for word in words if word is not None])
        return not any(
            self.first(left) & self.first(right) and (left_word is None or right_word is None)
            for (left, left_word), (right, right_word) in itertools.combinations(
                zip(ways, words, strict=True), 2
            )
        )

    def ways(self, items: Iterable[Any], after: Signs) -> int:
        """Return in how many ways the repeats of a sequence can share a text (an upper bound)."""
        total = 1
        listed = list(items)
        for at, item in enumerate(listed):
            follow = self.following(listed[at + 1 :], after)
            name, value = str(item[0]), item[1]
            inner = max((self.ways(child, follow) for child in _children(item)), default=1)
            if name in _REPEATS:
                least, most = int(value[0]), int(min(value[1], TEXT_LENGTH))
                total *= inner ** min(most, LOOP)
                if self.eaten([item]) & follow and name != "POSSESSIVE_REPEAT":
                    total *= max(1, most - least + 1)
            else:
                total *= inner
            if total > MAX_WAYS:
                break
        return total

    def following(self, items: list[Any], after: Signs) -> Signs:
        """Return the characters that may come next, `after` the whole sequence included."""
        signs: Signs = frozenset()
        for item in items:
            signs |= self.first([item])
            if not self.nullable([item]):
                return signs
        return signs | after

    def first(self, items: Iterable[Any]) -> Signs:
        """Return the sample characters a text of this sequence may begin with."""
        signs: Signs = frozenset()
        for item in items:
            children = _children(item) if str(item[0]) not in {"ASSERT", "ASSERT_NOT"} else []
            signs |= frozenset().union(*map(self.first, children)) if children else self.signs(item)
            if not self.nullable([item]):
                break
        return signs

    def eaten(self, items: Iterable[Any]) -> Signs:
        """Return all sample characters a text of this sequence may contain."""
        signs: Signs = frozenset()
        for item in items:
            children = _children(item) if str(item[0]) not in {"ASSERT", "ASSERT_NOT"} else []
            signs |= frozenset().union(*map(self.eaten, children)) if children else self.signs(item)
        return signs

    def nullable(self, items: Iterable[Any]) -> bool:
        return all(self.nullable_item(item) for item in items)

    def nullable_item(self, item: Any) -> bool:
        name, value = str(item[0]), item[1]
        if name in _REPEATS:
            return value[0] == 0 or self.nullable(value[2])
        if name == "BRANCH":
            return any(map(self.nullable, value[1]))
        if name == "GROUPREF_EXISTS":
            return value[2] is None or any(map(self.nullable, _children(item)))
        if name in {"SUBPATTERN", "ATOMIC_GROUP"}:
            return all(map(self.nullable, _children(item)))
        return name in {"AT", "ASSERT", "ASSERT_NOT", "GROUPREF"}

    def signs(self, item: Any) -> Signs:
        """Return the sample characters one single-character item matches."""
        name, value = str(item[0]), item[1]
        if name == "LITERAL":
            return frozenset(chr(value))
        if name == "NOT_LITERAL":
            return self.alphabet - {chr(value)}
        if name == "IN":
            return self.class_signs(value)
        return frozenset() if name in {"AT", "ASSERT", "ASSERT_NOT", "FAILURE"} else self.alphabet

    def class_signs(self, members: list[Any]) -> Signs:
        negated = bool(members) and str(members[0][0]) == "NEGATE"
        signs = frozenset(sign for sign in self.alphabet if any(_in(sign, *each) for each in members))
        return self.alphabet - signs if negated else signs


def _in(sign: str, kind: Any, value: Any) -> bool:
    if str(kind) == "LITERAL":
        return bool(ord(sign) == value)
    if str(kind) == "RANGE":
        return bool(value[0] <= ord(sign) <= value[1])
    if str(kind) == "CATEGORY":
        name = str(value)
        letter = {"DIGIT": "d", "SPACE": "s", "WORD": "w"}[name.rsplit("_", 1)[-1]]
        return re.match(f"\\{letter.upper() if '_NOT_' in name else letter}", sign) is not None
    return False


def _word(items: Iterable[Any]) -> str | None:
    """Return the one text a sequence of plain characters matches."""
    signs = [(str(item[0]), item[1]) for item in items]
    return "".join(chr(value) for _, value in signs) if all(n == "LITERAL" for n, _ in signs) else None


def _uniquely_decodable(words: list[str]) -> bool:
    """Sardinas-Patterson: whether no text is a sequence of these words in two ways."""
    code = frozenset(words)
    if len(code) < len(words) or "" in code:
        return False
    suffixes = _left_over(code, code) - {""}
    seen: set[str] = set()
    while suffixes - seen:
        seen |= suffixes
        suffixes = _left_over(code, suffixes) | _left_over(suffixes, code)
        if "" in suffixes:
            return False
    return True


def _left_over(starts: frozenset[str], words: frozenset[str]) -> frozenset[str]:
    return frozenset(word[len(start) :] for start in starts for word in words if word.startswith(start))
