"""Word classes: words that say the same kind of thing (broken, still waiting, what now) as one feature.

A model that has seen a few words of a class in its examples knows the others, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.text.finder import StringFinder

Classes = Mapping[str, Sequence[str]]  # the words of each class


class Lexicon:
    """Finds the classes whose words stand in a text."""

    def __init__(self, classes: Classes) -> None:
        by_word: dict[str, list[str]] = {}
        for name, words in classes.items():
            for word in words:
                by_word.setdefault(word, []).append(name)
        self._classes = list(by_word.values())
        self._finder = StringFinder(list(by_word))

    def found(self, tidied: str, sign: str) -> frozenset[str]:
        """Return the classes found in a text as models read it, `sign` before each."""
        numbers = {number for number, _, _ in self._finder.find(tidied)}
        return frozenset(sign + name for number in numbers for name in self._classes[number])
