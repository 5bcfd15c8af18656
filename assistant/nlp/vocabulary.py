"""The features a model knows, looked up as numbers: many at once, and without a string for each.

A feature of characters c0, c1, c2... has the key c0 + c1·B + c2·B² + ... (modulo 2⁶⁴), so that the keys
of all n-grams of a text come from a few operations on whole arrays. A table of keys with open
addressing says which row of the weights a feature has; it takes a tenth of the memory of strings.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from assistant.nlp.features import Grams

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int64]

_BASE = 0x9E3779B97F4A7C15  # odd
_SPREAD = np.uint64(0xD6E8FEB86659FD93)  # odd: the highest bits of a product depend on all bits of the key
_BITS = 64
_BETWEEN = "\n"  # stands in no feature
_STRETCH = 30_000  # characters


class Vocabulary(Mapping[str, int]):
    """Features and their rows, 0, 1, 2... in the order given."""

    def __init__(self, features: Iterable[str]) -> None:
        """`features` are all different; none is empty or holds a line feed."""
        self._written = _BETWEEN.join(features).encode()
        keys = np.concatenate(list(self._all_keys())) if self._written else np.zeros(0, np.uint64)
        self._size = len(keys)
        bits = (2 * self._size).bit_length()  # half of the slots stay free, or more
        self._shift = np.uint64(_BITS - bits) if bits else np.uint64(_BITS - 1)
        slots = self._slots(keys)
        rows = np.argsort(slots, kind="stable")
        ahead = np.arange(self._size)
        places = np.maximum.accumulate(slots[rows] - ahead) + ahead  # the next free slot, where one is taken
        size = max(1 << bits, int(places[-1]) + 1 if self._size else 0) + 1  # the last slot stays free
        self._keys = np.zeros(size, np.uint64)
        self._rows = np.full(size, -1, np.int32)
        self._keys[places], self._rows[places] = keys[rows], rows
        self._known: dict[str, int] = {}

    @classmethod
    def of(cls, lines: bytes) -> Vocabulary:
        """Return the vocabulary of features that stand one a line (UTF-8): no string is made for each."""
        return cls((lines.decode(),) if lines else ())

    def _all_keys(self) -> Iterator[Keys]:
        """Yield the keys of all features, a stretch at a time."""
        text, start = self._written.decode(), 0
        while start < len(text):
            end = text.find(_BETWEEN, start + _STRETCH)
            end = len(text) if end < 0 else end
            yield _keys(text[start:end])
            start = end + 1

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[str]:
        return iter(self._written.decode().split(_BETWEEN) if self._written else ())

    def __getitem__(self, feature: str) -> int:
        row = self.row(feature)
        if row < 0:
            raise KeyError(feature)
        return row

    def __contains__(self, feature: object) -> bool:
        return isinstance(feature, str) and self.row(feature) >= 0

    def items(self) -> ItemsView[str, int]:
        """Return pairs of feature and row."""
        return {feature: row for row, feature in enumerate(self)}.items()

    def row(self, feature: str) -> int:
        """Return the row of a feature, -1 if it isn't known."""
        return int(self._found(_keys(feature))[0]) if feature and _BETWEEN not in feature else -1

    def remembered(self, feature: str) -> int:
        """Return the same for a feature of which there are few, which are asked for again and again."""
        row = self._known.get(feature)
        if row is None:
            row = self._known[feature] = self.row(feature)
        return row

    def rows(self, features: Iterable[str]) -> Numbers:
        """Return the row of each feature, -1 for those that aren't known."""
        written = _BETWEEN.join(features)
        return self._found(_keys(written)) if written else np.zeros(0, np.int64)

    def places(self, numbers: Sequence[int], grams: Sequence[Grams]) -> tuple[Numbers, Numbers]:
        """Return number and row of each known n-gram of `grams`, which have these `numbers`."""
        if not grams:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        keys, owners = _grams(numbers, grams)
        found = self._found(keys)
        known = np.flatnonzero(found >= 0)
        return owners[known], found[known]

    def _slots(self, keys: Keys) -> Numbers:
        return np.asarray((keys * _SPREAD) >> self._shift, dtype=np.int64)

    def _found(self, keys: Keys) -> Numbers:
        """Return the row of each key, -1 for those that aren't known."""
        slots = self._slots(keys)
        there = self._keys[slots]
        rows = np.where(there == keys, self._rows[slots], -1).astype(np.int64)
        left = np.flatnonzero((there != keys) & (there != 0))
        slots = slots[left]
        while len(left):
            slots += 1
            there = self._keys[slots]
            same = there == keys[left]
            rows[left[same]] = self._rows[slots[same]]
            on = ~same & (there != 0)
            left, slots = left[on], slots[on]
        return rows


def _codes(text: str) -> Keys:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)


# B to the power of a place; features are short.
_POWERS = np.array([pow(_BASE, place, 1 << _BITS) for place in range(256)], np.uint64)


def _keys(lines: str) -> Keys:
    """Return the keys of the features that are the lines of a text."""
    codes = _codes(lines)
    ends = np.flatnonzero(codes == ord(_BETWEEN))
    starts = np.append(0, ends + 1)
    lengths = np.diff(starts, append=len(codes) + 1)
    within = np.arange(len(codes)) - np.repeat(starts, lengths)[: len(codes)]
    codes[ends] = 0
    return np.asarray(np.add.reduceat(codes * _POWERS[within], starts), dtype=np.uint64)


def _grams(numbers: Sequence[int], grams: Sequence[Grams]) -> tuple[Keys, Numbers]:
    """Return the keys of all n-grams with the numbers of the texts they come from.

    Those that reach from one text into the next, over what stands between them, are in no vocabulary.
    """
    codes = _codes(_BETWEEN.join([text for text, _, _ in grams]))
    lengths = [len(text) + 1 for text, _, _ in grams]
    owners = np.repeat(np.array(numbers, np.int64), lengths)
    signed = any(sign for _, _, sign in grams)
    if signed:
        before = np.repeat(np.array([ord(sign) if sign else 0 for _, _, sign in grams], np.uint64), lengths)
        times = np.repeat(_POWERS[[len(sign) for _, _, sign in grams]], lengths)
    keys = codes
    found: list[Keys] = []
    owned: list[Numbers] = []
    for size in range(1, max(max(sizes) for _, sizes, _ in grams) + 1):
        if size > 1:
            keys = keys[:-1] + codes[size - 1 :] * _POWERS[size - 1]
        asked = [size in sizes for _, sizes, _ in grams]
        if not any(asked):
            continue
        count = len(keys)
        own, whose = (keys * times[:count] + before[:count]) if signed else keys, owners[:count]
        if not all(asked):
            chosen = np.flatnonzero(np.repeat(asked, lengths)[:count])
            own, whose = own[chosen], whose[chosen]
        found.append(own)
        owned.append(whose)
    return np.concatenate(found), np.concatenate(owned)
