"""Bring what was said into one comparable form, with an exact way back to the characters.

A turn is compared in its *squeezed* form: folded (full-width, Traditional, upper case, compatibility
characters) and without anything that isn't a letter, a digit or an ideograph. So neither
punctuation nor spaces nor invisible characters put between two characters hide a phrase.
`Squeezed.span` gives the characters of the original text for a place in the squeezed one.

Sentence ends stay known: a phrase doesn't reach over one, unless the characters around it stand
alone (不。归。我。管), which nobody writes by accident.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.text.tables import CONTENT, CharacterTables, character_class

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assistant.model import How

_SENTENCE_END = re.compile(r"[。！？!?;；\n\r…｡]|\.{2,}|~{2,}|。")
_SOFT = re.compile(r"[\s\u200b-\u200f\u2060-\u2064\ufeff\u00ad]*")
_DOUBLE = re.compile(r"(.)\1")
_INNER_RUN = re.compile(r"([\u4e00-\u9fff])\1+")
# Reduplications of ordinary speech; collapsing them would make other words of them.
_ORDINARY_DOUBLES = frozenset(
    "谢妈爸爷奶哥姐弟妹叔伯慢好看想说试听等问走坐常刚往天人多明白渐仅稍早晚哈呵嗯啊哦呢嘿嘻亲宝星太样种个处时事家户"
    "声句件步轻重快偷悄远近高满清楚原本实总统整完全么包分单级"
)
_SET_OFF = (
    "那个",
    "这个",
    "就是说",
    "就是",
    "怎么说呢",
    "然后",
    "的话",
    "你知道吧",
    "啊",
    "哎",
    "唉",
    "呀",
    "那",
    "这",
)
_BEFORE_COMMA = ("那个", "这个", "就是说", "呢", "啊", "呀", "哎", "哦")


def _between(words: Iterable[str], before: str, after: str) -> Iterator[str]:
    """Yield patterns of words between characters, each beginning with the word (so `re` is quick)."""
    for word in words:
        yield word + (f"(?<=[{before}]{word})" if before else "") + (f"(?=[{after}])" if after else "")


_CLAUSE_MARK = re.compile(r"[,，、:：;；。!！?？]\s?")
_HUMS = "嗯呃唔诶欸"
# Words that fill a pause. What may be a word of the sentence counts only where a comma sets it off.
# Each begins with a character of its own: so `re` looks for all of these at once.
_HESITATION = re.compile(
    "|".join(
        (
            *(f"{sound}[{_HUMS}]*" for sound in _HUMS),
            *_between(["额"], "", r",，、\s…"),
            *_between(_SET_OFF, r",，、\s…嗯呃啊", r",，、\s…嗯呃啊"),
            *_between(_BEFORE_COMMA, "", ",，、…"),
            *_between(["那个", "这个"], ",，、…", ""),
            *_between(["啊"], r"\u4e00-\u9fff", r"\u4e00-\u9fff"),
        )
    )
)


class Squeezed:
    """A text in its comparable form.

    `source` is the original; `text` the squeezed form, in which all matching happens. Where
    `changed` is set, the form was also altered at those places (of `text`), for the reason `how`.
    """

    __slots__ = ("_breaks", "_characters", "_folded", "_positions", "changed", "how", "source", "text")

    def __init__(self, source: str, text: str, folded: str) -> None:
        self.source = source
        self.text = text
        self.changed: dict[int, float] = {}
        self.how: tuple[How, ...] = ()
        self._folded = folded
        self._positions: list[int] | None = None
        self._breaks: list[int] | None = None
        self._characters: frozenset[str] | None = None

    @property
    def characters(self) -> frozenset[str]:
        """The characters of `text`."""
        if self._characters is None:
            self._characters = frozenset(self.text)
        return self._characters

    @property
    def positions(self) -> list[int]:
        """Index in `source` of each character of `text`."""
        if self._positions is None:
            self._positions = [i for run in CONTENT.finditer(self._folded) for i in range(*run.span())]
        return self._positions

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the half-open span in `source` of text[start:end] (not empty)."""
        positions = self.positions
        return positions[start], positions[end - 1] + 1

    @property
    def breaks(self) -> list[int]:
        """Places in `text` at which a sentence begins anew (none at 0), ascending."""
        if self._breaks is None:
            self._breaks = self._find_breaks() if _SENTENCE_END.search(self._folded) else []
        return self._breaks

    def _find_breaks(self) -> list[int]:
        breaks: list[int] = []
        at = last_end = 0
        alone = False
        for run in CONTENT.finditer(self._folded):
            start, end = run.span()
            single = end - start == 1
            if at and not (alone and single) and _SENTENCE_END.search(self._folded, last_end, start):
                breaks.append(at)
            at += end - start
            last_end, alone = end, single
        return breaks

    def altered(self, text: str, kept: list[int] | None, changed: dict[int, float], how: How) -> Squeezed:
        """Return this form with other characters; `kept` are the places that remain, None for all."""
        form = Squeezed(self.source, text, self._folded)
        positions = self.positions
        form._positions = positions if kept is None else [positions[i] for i in kept]
        form._breaks = self.breaks if kept is None else [bisect_left(kept, place) for place in self.breaks]
        form.changed = changed
        form.how = (*self.how, how)
        return form

    def sentence(self, place: int) -> tuple[int, int]:
        """Return the bounds in `text` of the sentence that holds `place`."""
        breaks = self.breaks
        at = bisect_right(breaks, place)
        return (breaks[at - 1] if at else 0), (breaks[at] if at < len(breaks) else len(self.text))

    @property
    def commas(self) -> list[int]:
        """Places in `text` before which a mark between clauses stands, ends of sentences among them."""
        return [index for index in range(1, len(self.text)) if _punctuates(self, index)]

    def within_sentence(self, start: int, end: int) -> bool:
        """Whether text[start:end] lies in one sentence."""
        breaks = self.breaks
        return not breaks or bisect_right(breaks, start) == bisect_right(breaks, end - 1)

    def soft_gap(self, index: int) -> bool:
        """Whether nothing but spaces and invisible characters stands before text[index]."""
        positions = self.positions
        between = self.source[positions[index - 1] + 1 : positions[index]]
        return _SOFT.fullmatch(between) is not None


@dataclass(frozen=True, slots=True)
class Normaliser:
    """Squeezes texts with given tables. Cheap to call, made once."""

    tables: CharacterTables
    _foldable: re.Pattern[str] = field(repr=False)
    _astral: re.Pattern[str] = field(repr=False)
    _lookalike: re.Pattern[str] = field(repr=False)
    _fold: dict[int, str] = field(repr=False)

    @classmethod
    def of(cls, tables: CharacterTables) -> Normaliser:
        # `re` looks characters up in constant time only if the class stays within the first plane.
        content = [chr(code) for code, char in tables.fold.items() if char.isalnum() and code < 0x10000]
        return cls(
            tables,
            re.compile(character_class(content)),
            re.compile("[\U00010000-\U0010ffff]"),
            re.compile(character_class(chr(code) for code in tables.lookalike)),
            dict(tables.fold),
        )

    def plain(self, text: str) -> str:
        """Return `text` folded character by character: same length, punctuation kept."""
        return text.translate(self._fold)

    def squeeze(self, text: str) -> Squeezed:
        """Return the comparable form of `text`."""
        folded = text
        if not text.isascii():
            if self._foldable.search(text) or self._astral.search(text):
                folded = text.translate(self._fold)
        elif not text.islower():
            folded = text.lower()
        return Squeezed(text, "".join(CONTENT.findall(folded)), folded)

    def words(self, text: str) -> str:
        """Return the squeezed form of a listed wording, as a plain string."""
        return self.squeeze(text).text

    def fluent(self, squeezed: Squeezed) -> Squeezed | None:
        """Return a form without the words that fill a pause (嗯 呃, 那个 at a comma), if there are any."""
        fillers = [filler.span() for filler in _HESITATION.finditer(squeezed.source)]
        if not fillers:
            return None
        places = {position: index for index, position in enumerate(squeezed.positions)}
        dropped = []
        for start, end in fillers:
            inside = [places[i] for i in range(start, end) if i in places]
            if inside and inside[-1] + 1 < len(squeezed.text):
                dropped.append((inside[0], inside[-1] + 1))
        return _without(squeezed, dropped, "separator")

    def collapse(self, squeezed: Squeezed) -> Squeezed | None:
        """Return a form in which stuttered characters stand once; None when nothing was doubled."""
        if not _DOUBLE.search(squeezed.text):  # says so in a third of the time
            return None
        dropped = [
            (run.start() + 1, run.end())
            for run in _INNER_RUN.finditer(squeezed.text)
            if run.end() - run.start() > 2 or run.group(1) not in _ORDINARY_DOUBLES
        ]
        return _without(squeezed, dropped, "repeat") if dropped else None

    def undisguise(self, squeezed: Squeezed) -> Squeezed | None:
        """Return a form with look-alike characters replaced; None when there are none."""
        text = squeezed.text
        if text.isascii() or not self._lookalike.search(text):
            return None
        table = self.tables.lookalike
        changed = {i: 0.5 for i, char in enumerate(text) if ord(char) in table}
        return squeezed.altered(text.translate(table), None, squeezed.changed | changed, "lookalike")

    def disguises(self, squeezed: Squeezed, start: int, end: int) -> tuple[How, ...]:
        """Say which foldings and separators lie in the source of text[start:end]."""
        positions = squeezed.positions
        if squeezed.source[positions[start] : positions[end - 1] + 1] == squeezed.text[start:end]:
            return ()
        found: dict[How, None] = {}
        for index in range(start, end):
            char = squeezed.source[positions[index]]
            if char in self.tables.traditional:
                found["traditional"] = None
            elif ord(char) in self._fold and not char.isascii():
                found["width"] = None
            between = squeezed.source[positions[index - 1] + 1 : positions[index]] if index > start else ""
            if between and not between.isalnum() and not _punctuates(squeezed, index):
                found["separator"] = None
        return tuple(found)


def _punctuates(squeezed: Squeezed, index: int) -> bool:
    """Whether an ordinary mark between clauses stands before text[index], not one put between characters."""
    positions = squeezed.positions
    if not _CLAUSE_MARK.fullmatch(squeezed.source, positions[index - 1] + 1, positions[index]):
        return False
    before = index > 1 and positions[index - 1] - positions[index - 2] == 1
    after = index + 1 < len(positions) and positions[index + 1] - positions[index] == 1
    return before or after


def _without(squeezed: Squeezed, dropped: list[tuple[int, int]], how: How) -> Squeezed | None:
    """Return the form without text[start:end] of each of `dropped`; None if nothing is dropped."""
    if not dropped:
        return None
    text = squeezed.text
    gone = {index for span in dropped for index in range(*span)}
    kept = [index for index in range(len(text)) if index not in gone]
    seams = {start - 1 for start, _ in dropped}
    changed = {
        place: squeezed.changed.get(index, 0) + (0.25 if index in seams else 0)
        for place, index in enumerate(kept)
        if index in seams or index in squeezed.changed
    }
    return squeezed.altered("".join([text[index] for index in kept]), kept, changed, how)
