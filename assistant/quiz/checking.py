"""Whether an answer is right: choices exactly, orders exactly, what is written by hand tolerantly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.quiz.definition import BLANK, Item
from assistant.text.numbers import arabic

if TYPE_CHECKING:
    from assistant.text.normalise import Normaliser

_POINT = re.compile(r"(?<=\d)[.．](?=\d)")
_RANGE = re.compile(r"(?<=\d)\s*(?:-|－|—|–|~|～|至)\s*(?=\d)")
_LEAST_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """What is made of an answer; `parts` judges each blank, or the words and the rule."""

    right: bool
    parts: tuple[bool, ...] = ()


def judge(item: Item, given: Sequence[str], normaliser: Normaliser) -> Judged:
    """Judge `given` as the answer to `item`."""
    if item.kind == "fill":
        parts = _filled(item, given, normaliser)
    elif item.kind == "fault":
        words, rule = (*given, "", "")[:2]
        parts = (len(given) == 2 and _points_at(item, words, normaliser), rule == item.right[0])
    elif item.kind == "order":
        parts = (tuple(given) == item.right,)
    else:
        parts = (len(given) == len(item.right) and set(given) == set(item.right),)
    return Judged(all(parts), parts)


def comparable(text: str, normaliser: Normaliser) -> str:
    """Return a form in which ways of writing the same are the same: 48 小时, ４８小时, 四十八小时."""
    figures = arabic(normaliser.plain(text))
    return normaliser.words(_RANGE.sub("到", _POINT.sub("点", figures)))


def _filled(item: Item, given: Sequence[str], normaliser: Normaliser) -> tuple[bool, ...]:
    around = [comparable(part, normaliser) for part in item.question.split(BLANK)]
    said = [comparable(text, normaliser) for text in given]
    said += [""] * (len(item.blanks) - len(said))
    right = tuple(
        any(_fits(said[at], comparable(text, normaliser), around[at], around[at + 1]) for text in accepted)
        for at, accepted in enumerate(item.blanks)
    )
    return right if len(given) <= len(item.blanks) else (False,) * len(right)


def _fits(said: str, accepted: str, before: str, after: str) -> bool:
    """Whether `said` is what is accepted, perhaps with words of the question around it (3天 before 天内)."""
    at = said.find(accepted)
    if at < 0 or not accepted:
        return False
    head, tail = said[:at], said[at + len(accepted) :]
    return before.endswith(head) and after.startswith(tail)


def _points_at(item: Item, words: str, normaliser: Normaliser) -> bool:
    """Whether `words` of the sentence are the faulty ones, give or take a little."""
    spoken, faulty = comparable(item.spoken, normaliser), comparable(item.faulty, normaliser)
    chosen = comparable(words, normaliser)
    at = spoken.find(chosen)
    if at < 0 or not chosen:
        return False
    start = spoken.find(faulty)
    shared = min(at + len(chosen), start + len(faulty)) - max(at, start)
    return shared >= _LEAST_SHARE * len(faulty) and shared >= _LEAST_SHARE * len(chosen)
