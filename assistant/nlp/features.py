"""What a model sees of a sentence: its character n-grams, and a little of what was said before.

Serving and training share these functions, so a model never sees other features than it learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from assistant.nlp.lexicon import Lexicon

Group = tuple[float, Set[str]]  # features that share one voice, and how loud it is


class Grams(NamedTuple):
    """All n-grams of `sizes` of a text as features, each after `sign`."""

    text: str
    sizes: tuple[int, ...]
    sign: str = ""


class Voice(NamedTuple):
    """The same, not written out: n-grams of texts, and other features, of which there are few."""

    loud: float
    grams: tuple[Grams, ...] = ()
    others: frozenset[str] = frozenset()

    def written(self) -> Group:
        """Return the features as strings."""
        return self.loud, self.others.union(*(grams(*each) for each in self.grams))


SIZES = (1, 2, 3, 4)
_PLACEHOLDER = re.compile(r"\[[^\[\]]{1,12}\]")
_WORDS = re.compile(r"\w+")
_PAUSE = re.compile(r"[\s,，、。;；:：\u200b-\u200f\ufeff]+")
_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)
_MARKS = re.compile(r"[!?~.…。]+")
_PAUSES = re.compile(r" +")
_MOST_MARKS = 3
_TAILS = (40, 12)  # characters of the turns before that are read, of the agent and of the customer
_CLASSES_TAIL = 60  # characters of the agent's turn in which word classes are looked for
# How loudly they speak beside the words themselves.
_OF_MARKS, _OF_EARLIER = 0.15, 0.4
_OF_CLASSES, _OF_EARLIER_CLASSES = 0.7, 0.4
_LENGTHS = (1, 2, 4, 8, 16, 32, 64)
_PAIRS = (2, 3)


def tidy(text: str, fold: Mapping[int, str]) -> str:
    """Return `text` as models read it: folded, placeholders as one sign, pauses as one space.

    Marks that carry feeling (！？~ and emoji) stay; longer runs of a character become three.
    """
    folded = _PLACEHOLDER.sub("〇", text.translate(fold))
    return _RUN.sub(r"\1\1\1", _PAUSE.sub(" ", folded).strip())


def grams(text: str, sizes: Iterable[int] = SIZES, sign: str = "") -> list[str]:
    """Return the character n-grams of `text`, shortest first, each after `sign`."""
    if sign:
        return [sign + text[i : i + size] for size in sizes for i in range(len(text) - size + 1)]
    return [text[i : i + size] for size in sizes for i in range(len(text) - size + 1)]


def said_voice(tidied: str) -> Voice:
    """Return the features of the words themselves, with pauses and, where there are some, without.

    Marks stand apart: customers who are calm write as many as those who are not.
    """
    bare = _PAUSES.sub(" ", _MARKS.sub(" ", tidied)).strip()
    joined = "".join(_WORDS.findall(tidied))
    said: tuple[Grams, ...] = (Grams(f"^{bare}$", SIZES),)
    if joined != bare:
        said += (Grams(f"^{joined}$", _PAIRS, "~"),)
    return Voice(1.0, said, frozenset((f"#{sum(len(tidied) > length for length in _LENGTHS)}",)))


def mark_features(tidied: str) -> frozenset[str]:
    """Return how many marks of feeling a turn has."""
    return frozenset(
        (*(f"{sign}{min(tidied.count(sign), _MOST_MARKS)}" for sign in "!?"), f"~{'~' in tidied:d}")
    )


def earlier_voice(loud: float, sign: str, tidied: str, tail: int) -> Voice:
    """Return the features of the end of an earlier turn, with `sign` before each; `sign` alone for none."""
    if not tidied:
        return Voice(loud, others=frozenset((sign,)))
    return Voice(loud, (Grams(f"{tidied[-tail:]}$", _PAIRS, sign),))


def customer_voices(
    text: str,
    agent: str | None,
    customer: str | None,
    fold: Mapping[int, str],
    lexicons: Mapping[str, Lexicon],
) -> tuple[Voice, ...]:
    """Return what a model sees of a customer's turn, in groups that weigh by themselves.

    `agent` and `customer` are the turns said last before it by each side, if any; `lexicons` are the
    word classes of either side, if any.
    """
    said, asked, earlier = (tidy(each or "", fold) for each in (text, agent, customer))
    voices = (
        said_voice(said),
        Voice(_OF_MARKS, others=mark_features(said)),
        earlier_voice(_OF_EARLIER, "<", asked, _TAILS[0]),
        earlier_voice(_OF_EARLIER, ">", earlier, _TAILS[1]),
    )
    if not lexicons:
        return voices
    own, other = lexicons["customer"], lexicons["agent"]
    return (
        *voices,
        Voice(_OF_CLASSES, others=own.found(said, "%")),
        Voice(_OF_EARLIER_CLASSES, others=other.found(asked[-_CLASSES_TAIL:], "&")),
        Voice(_OF_EARLIER_CLASSES, others=own.found(earlier, "@")),
    )
