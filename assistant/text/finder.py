"""Find any of many strings in a text."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Found = list[tuple[int, int, int]]
# An automaton over a string takes as long to make as looking up so many characters of a text.
_CHARACTERS_A_STRING = 1 / 32


class StringFinder:
    """Finds each place of each of `strings` (all different), also where they lie over each other.

    The automaton for 100,000 strings takes a tenth of a second to make. So the first few texts are
    looked up piece by piece: one sentence is checked before the automaton would be there.
    """

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings: Sequence[str] = strings
        self._left = len(strings) * _CHARACTERS_A_STRING
        self._numbers: dict[str, int] = {}
        self._lengths = (0, 0)
        self._automaton: Callable[..., Found] | None = None
        self._making = Lock()

    def find(self, text: str) -> Found:
        """Return number, start and end of each place: by end, the longest first."""
        if self._automaton is None:
            with self._making:
                self._left -= len(text)
                if self._automaton is None and self._left > 0:
                    return self._looked_up(text)
        return self._ready()(text, overlapping=True)

    def prepare(self) -> None:
        """Make the automaton now, so that no text waits for it."""
        self._ready()

    def _ready(self) -> Callable[..., Found]:
        automaton = self._automaton
        if automaton is None:
            from ahocorasick_rs import AhoCorasick

            with self._making:
                if self._automaton is None:
                    self._automaton = AhoCorasick(self._strings).find_matches_as_indexes
                    self._strings, self._numbers = (), {}
                automaton = self._automaton
        return automaton

    def _looked_up(self, text: str) -> Found:
        if not self._numbers:
            self._numbers = {string: number for number, string in enumerate(self._strings)}
            self._lengths = min(map(len, self._strings)), max(map(len, self._strings))
        shortest, longest = self._lengths
        return [
            (self._numbers[text[start:end]], start, end)
            for end in range(shortest, len(text) + 1)
            for start in range(max(0, end - longest), end - shortest + 1)
            if text[start:end] in self._numbers
        ]
