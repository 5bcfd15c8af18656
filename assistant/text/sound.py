"""Hear the words behind homophones: what sounds like a listed wording and isn't ordinary words.

A recogniser (or somebody who wants to slip through) writes 不归我馆 for 不归我管. Listed stretches
are looked for by syllable; a place that only sounds like one is rewritten, at a cost, if the
characters that differ aren't words in their own right there. Costs: 1 for a character of the same
syllable, 1.5 for a syllable that is easily confused (z/zh, n/l, in/ing ...).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from assistant.text.finder import StringFinder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.text.normalise import Squeezed
    from assistant.text.segment import Segmenter
    from assistant.text.tables import CharacterTables

# Words of one character that stand alone all the time: hearing another word in them needs more.
_COMMON = frozenset(
    "的了是不我你您他她它在有这那就也都要会能说和给到去来把被让对从跟与或但如只很太更最还又再才已没别请让吗呢吧啊哦嗯呀哈"
    "个件次天号点元块人事家里上下前后大小多少好什么怎样为以可用做作看想问听等办查找发收买卖退换送寄得地着过啦嘛么转"
)
_MAX_LENGTH = 10
_MOST_KNOWN = 50_000
# So many characters as listed around the others leave no doubt, even if those make a word.
_CERTAIN = 4
_Heard = tuple[str, tuple[tuple[int, float], ...]]


@dataclass(frozen=True, slots=True)
class _Guess:
    start: int
    words: str
    costs: tuple[tuple[int, float], ...]

    @property
    def end(self) -> int:
        return self.start + len(self.words)

    @property
    def certain(self) -> bool:
        return len(self.words) - len(self.costs) >= _CERTAIN

    @property
    def rank(self) -> tuple[int, float]:
        return (len(self.words) - 2 * len(self.costs), -sum(cost for _, cost in self.costs))


@dataclass(frozen=True, slots=True)
class SoundGroups:
    """Stretches by what they sound like, packed: a hundred thousand strings take ten times the memory.

    `sounds` are their sounds, one a line; `stretches` those that sound so, in the same order, with
    blanks between them; `ends` says where each group ends in it.
    """

    sounds: str
    stretches: str
    ends: Sequence[int]

    def __bool__(self) -> bool:
        return bool(self.sounds)

    def group(self, number: int) -> list[str]:
        """Return the stretches that have sound number `number`."""
        return self.stretches[self.ends[number - 1] if number else 0 : self.ends[number]].split()


def sound_of(text: str, tables: CharacterTables) -> str:
    """Return what `text` sounds like: a sign for each syllable, other characters as they are."""
    return text.translate(tables.sound)


def sound_groups(stretches: Iterable[str], tables: CharacterTables) -> SoundGroups:
    """Return the stretches of 3-10 ideographs by what they sound like, as a `SoundIndex` takes them."""
    groups: dict[str, list[str]] = {}
    for stretch in stretches:
        if 3 <= len(stretch) <= _MAX_LENGTH and all(char in tables.syllable for char in stretch):
            groups.setdefault(sound_of(stretch, tables), []).append(stretch)
    lines = [f"{' '.join(group)} " for group in groups.values()]
    return SoundGroups("\n".join(groups), "".join(lines), array("I", accumulate(map(len, lines))))


class SoundIndex:
    """Finds places that sound like one of the listed stretches, given by sound (`sound_groups`)."""

    def __init__(self, groups: SoundGroups, tables: CharacterTables, segmenter: Segmenter) -> None:
        self._tables = tables
        self._segmenter = segmenter
        self._groups = groups
        self._finder: StringFinder | None = None
        self._known: dict[str, tuple[_Heard, ...]] = {}

    def prepare(self) -> None:
        """Make ready now what the first texts would wait for."""
        self._sought().prepare()

    def rewrite(self, squeezed: Squeezed) -> Squeezed | None:
        """Return the text with what was heard in it; None if nothing was."""
        text = squeezed.text
        guesses: list[_Guess] = []
        known = self._known
        for number, start, end in self._sought().find(sound_of(text, self._tables)):
            said = text[start:end]
            heard = known.get(said)
            if heard is None:
                heard = self._hear(number, said)
            for words, costs in heard or ():
                guesses.append(_Guess(start, words, tuple((start + offset, cost) for offset, cost in costs)))
        if not guesses:
            return None
        kept = self._plausible(text, guesses)
        if not kept:
            return None
        pieces = list(text)
        changed: dict[int, float] = dict(squeezed.changed)
        for guess in kept:
            pieces[guess.start : guess.end] = guess.words
            changed.update(guess.costs)
        return squeezed.altered("".join(pieces), None, changed, "homophone")

    def _sought(self) -> StringFinder:
        if self._finder is None:
            self._finder = StringFinder(self._groups.sounds.split("\n") if self._groups else ())
        return self._finder

    def _hear(self, number: int, said: str) -> tuple[_Heard, ...]:
        """Return the listed stretches `said` may stand for, with the places and costs of what differs."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        stretches = self._groups.group(number)
        heard: tuple[_Heard, ...] = ()
        if said not in stretches:
            found = ((stretch, self._costs(said, stretch)) for stretch in stretches)
            heard = tuple((stretch, costs) for stretch, costs in found if costs)
        self._known[said] = heard
        return heard

    def _costs(self, said: str, stretch: str) -> tuple[tuple[int, float], ...]:
        """Return place and cost of each character that differs; nothing if too many or too common do."""
        syllable = self._tables.syllable
        costs = []
        for offset, (heard, listed) in enumerate(zip(said, stretch, strict=True)):
            if heard != listed:
                own = syllable.get(heard)
                if own is None:
                    return ()  # no ideograph, but the sign that stands for a syllable
                same = own == syllable[listed]
                if (heard in _COMMON and len(said) <= _CERTAIN) or (len(said) == 2 and not same):
                    return ()
                costs.append((offset, 1.0 if same else 1.5))
        limit = 1 if len(said) < 4 else len(said) // 2
        if len(costs) > limit:
            return ()
        words = _inside_words(self._segmenter.cut(said))
        certain = len(said) - len(costs) >= _CERTAIN
        return () if not certain and any(offset in words for offset, _ in costs) else tuple(costs)

    def _plausible(self, text: str, guesses: list[_Guess]) -> list[_Guess]:
        """Keep guesses whose changed characters are no ordinary words, the best where they overlap."""
        words = _inside_words(self._segmenter.cut(text))
        credible = [
            guess for guess in guesses if guess.certain or not any(place in words for place, _ in guess.costs)
        ]
        taken: set[int] = set()
        kept = []
        for guess in sorted(credible, key=lambda guess: guess.rank, reverse=True):
            if not taken.intersection(range(guess.start, guess.end)):
                taken.update(range(guess.start, guess.end))
                kept.append(guess)
        return kept


def _inside_words(words: Iterable[str]) -> set[int]:
    """Return the places that lie in words of more than one character."""
    inside: set[int] = set()
    at = 0
    for word in words:
        if len(word) > 1:
            inside.update(range(at, at + len(word)))
        at += len(word)
    return inside
