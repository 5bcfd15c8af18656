"""What begins a turn in plain text: a role in front of a colon, in brackets, behind a time; a name; a nick.

`form_of` looks at the lines of a call and says which of these its turns begin with; its `match`
tells then for each line whether a turn begins there.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from assistant.ingest.chats import nick_head, nicks_of
from assistant.ingest.metadata import is_call_data
from assistant.ingest.roles import (
    COLON_LABEL,
    DIARISED_LABEL,
    DIARISED_WORD,
    LOOSE_LABEL,
    ROLE_LABEL,
)
from assistant.ingest.times import CLOCK, DATED, MOMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 2_000
_MAX_NAMES = 6


def _span(time: str, start: str, end: str) -> str:
    return rf"[（(\[【]?\s?(?P<{start}>{time})(?:\s?(?:-->|[-–—~至])\s?(?P<{end}>{time}))?\s?[)）\]】]?"


_BEFORE = rf"\s*(?:{_span(MOMENT, 'start', 'end')}\s*)?"
_CLOCKED = rf"\s*{_span(CLOCK, 'start', 'end')}"
_OPENING, _CLOSING = r"[【\[「<]?", r"[】\]」>]?"


# the colon of 客服 10:30 到的 stands inside a time
_NOT_IN_A_CLOCK = r"(?:(?<=[)）\]】s秒])|(?<=\.\d)|(?<=\.\d\d)|(?<=\.\d{3})|(?![:：]\d\d))"


def _pattern(written: str) -> re.Pattern[str]:
    return re.compile(written, re.IGNORECASE | re.DOTALL)


def _colon(label: str, before: str = "") -> re.Pattern[str]:
    after = rf"(?:{_span(MOMENT, 'start2', 'end2')}{_NOT_IN_A_CLOCK}\s*)?"
    head = rf"{before}{_BEFORE}{_OPENING}(?P<label>{label}){_CLOSING}\s*{after}"
    return _pattern(rf"{head}(?:[:：]\s*(?P<text>.*)|(?<=[\d\])）】])\s*)")


def _without_colon(label: str) -> tuple[re.Pattern[str], ...]:
    """【客服】您好 · 09:00:01 客服 您好 · 客服<TAB>您好."""
    dated = rf"(?:(?P<start2>{DATED})\s+)?"
    return (
        _pattern(rf"{_BEFORE}[（(【\[「<〔]\s?(?P<label>{label})\s?[】\]」>〕)）]\s*{dated}(?P<text>.*)"),
        _pattern(rf"{_CLOCKED}\s+(?P<label>{label})(?:\s+(?P<text>.*)|\s*)"),
        _pattern(rf"{_BEFORE}(?P<label>{label})\s*\t\s*(?:(?P<start2>{CLOCK})\s*\t\s*)?(?P<text>.*)"),
    )


# They take 0.3 s to compile, and most commands read no such text.
@cache
def _strong() -> tuple[tuple[re.Pattern[str], ...], ...]:
    return (
        (_colon(COLON_LABEL), *_without_colon(ROLE_LABEL)),
        (_colon(DIARISED_LABEL), *_without_colon(DIARISED_WORD)),
    )


@cache
def _numbered() -> re.Pattern[str]:
    return _colon(COLON_LABEL, r"\s*\d{1,4}\s?[.、．)）]")


@cache
def _loose() -> re.Pattern[str]:
    return _colon(LOOSE_LABEL)


@cache
def _weak() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple(
        (
            _pattern(rf"{_BEFORE}(?P<label>{label})[ \u3000]+(?P<text>\S.*)"),
            _pattern(rf"{_BEFORE}(?P<label>{label})\s*"),
        )
        for label in (ROLE_LABEL, DIARISED_WORD)
    )


@cache
def _named() -> re.Pattern[str]:
    return _colon(r"[^\s:：,，。!！?？@\[\]【】()（）\d][^\s:：,，。!！?？]{0,11}")


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a turn: who, when, and what stands behind it in the line."""

    label: str
    text: str
    start: str | None = None
    end: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """What a prefix is in one call. `loose`: labels that count because they come again."""

    patterns: tuple[re.Pattern[str], ...] = ()
    loose: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    nicks: frozenset[str] = frozenset()

    def match(self, line: str) -> Prefix | None:
        if self.nicks:
            head = nick_head(line)
            known = head is not None and head.nick in self.nicks
            return Prefix(head.nick, head.text, head.time) if head and known else None
        if prefix := _first(self.patterns, line):
            return prefix
        for pattern, labels in ((_loose(), self.loose), (_named(), self.names)):
            found = pattern.fullmatch(line) if labels else None
            if found and found["label"] in labels:
                return _prefix(found)
        return None


def form_of(lines: Sequence[str]) -> Form | None:
    """Return what a prefix is here, or None where the lines have none."""
    full = [line[:_LONGEST] for line in lines if line.strip()]
    roles = [found for line in full if (found := _first(_strong()[0], line))]
    nicks, heads = nicks_of(full)
    if heads > len(roles):
        return Form(nicks=nicks)
    loose = _again(_loose(), full)
    if roles and not any(found.text for found in roles):
        return Form((*_strong()[0], _weak()[0][1]), loose=loose)
    if roles or loose:
        return Form(_strong()[0], loose=loose)
    for patterns in (_strong()[1], (_numbered(),)):
        if any(_first(patterns, line) for line in full):
            return Form(patterns)
    return _weakly(full) or _by_names(full)


def begins_turn(line: str) -> bool:
    """Tell whether `line` begins with a role, whatever stands around it."""
    return any(pattern.fullmatch(line) for pattern in _strong()[0])


def _prefix(found: re.Match[str]) -> Prefix:
    groups = found.groupdict()
    start, end = groups.get("start") or groups.get("start2"), groups.get("end") or groups.get("end2")
    return Prefix(groups["label"], groups.get("text") or "", start, end)


def _first(patterns: Sequence[re.Pattern[str]], line: str) -> Prefix | None:
    found = next((found for pattern in patterns if (found := pattern.fullmatch(line))), None)
    return _prefix(found) if found else None


def _again(pattern: re.Pattern[str], lines: Sequence[str]) -> frozenset[str]:
    """Return the labels that begin two lines or more."""
    labels = Counter(found["label"] for line in lines if (found := pattern.fullmatch(line)))
    return frozenset(label for label, count in labels.items() if count > 1)


def _weakly(lines: Sequence[str]) -> Form | None:
    """A role word and a space, or alone in its line, is a prefix where that is how the call is written."""
    for spaced, alone in _weak():
        if sum(bool(spaced.fullmatch(line)) for line in lines) >= max(2, 0.6 * len(lines)):
            return Form((spaced,))
        labels = [found["label"] for line in lines if (found := alone.fullmatch(line))]
        if len(set(labels)) > 1 and len(labels) * 2 <= len(lines):
            return Form((alone,))
    return None


def _by_names(lines: Sequence[str]) -> Form | None:
    found = (_named().fullmatch(line) for line in lines)
    names = Counter(one["label"] for one in found if one and not is_call_data(one["label"]))
    often = sum(names.values()) * 10 >= 6 * len(lines)
    again = sum(names.values()) > len(names)
    return Form(names=frozenset(names)) if often and again and len(names) <= _MAX_NAMES else None
