"""What a model sees of a sentence: its character n-grams, and a little of what was said before.

Serving and training share these functions, so a model never sees other features than it learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

SIZES = (1, 2, 3, 4)
_PLACEHOLDER = re.compile(r"\[[^\[\]]{1,12}\]")
_WORDS = re.compile(r"\w+")
_PAUSE = re.compile(r"[\s,，、。;；:：\u200b-\u200f\ufeff]+")
_RUN = re.compile(r"(.)\1{2,}", re.DOTALL)
_TAIL = 10  # characters of the turn before
_LENGTHS = (1, 2, 4, 8, 16, 32, 64)


def tidy(text: str, fold: Mapping[int, str]) -> str:
    """Return `text` as models read it: folded, placeholders as one sign, pauses as one space.

    Marks that carry feeling (！？~ and emoji) stay; longer runs of a character become three.
    """
    folded = _PLACEHOLDER.sub("〇", text.translate(fold))
    return _RUN.sub(r"\1\1\1", _PAUSE.sub(" ", folded).strip())


def grams(text: str, sizes: Iterable[int] = SIZES) -> list[str]:
    """Return the character n-grams of `text`, shortest first."""
    return [text[i : i + size] for size in sizes for i in range(len(text) - size + 1)]


def customer_features(text: str, before: str | None, fold: Mapping[int, str]) -> set[str]:
    """Return the features of a customer's turn; `before` is the agent's turn it answers, if any.

    They hold n-grams with and without marks: recognisers write none, typing customers write few.
    """
    said = tidy(text, fold)
    features = set(grams(f"^{said}$"))
    features.update("~" + gram for gram in grams(f"^{''.join(_WORDS.findall(said))}$", (2, 3)))
    features.add(f"#{sum(len(said) > length for length in _LENGTHS)}")
    if before:
        features.update("<" + gram for gram in grams(tidy(before, fold)[-_TAIL:], (2, 3)))
    else:
        features.add("<")
    return features
