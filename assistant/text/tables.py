"""Character tables: made once from Unicode, OpenCC and pypinyin, then kept with the compiled packs.

Making them imports the libraries and takes a second; using them imports nothing.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONTENT = re.compile(r"[^\W_]+")
# Rare characters used in place of common ones (火星文, component swaps). Only characters that hardly
# ever occur in service dialogues stand here; pairs of common characters (己已, 未末) do not.
_LOOKALIKES = [
    "仼任",
    "芣不",
    "卟不",
    "钚不",
    "吥不",
    "冄再",
    "侢再",
    "曱甲",
    "莪我",
    "硪我",
    "涐我",
    "峩我",
    "妳你",
    "伱你",
    "沵你",
    "祢你",
    "恏好",
    "収收",
    "佷很",
    "垬共",
    "仒今",
    "亽令",
    "伩信",
    "戓或",
    "哋的",
    "菂的",
    "嘚得",
    "嘬最",
    "朂最",
    "卋世",
    "冭太",
    "夲本",
    "夨失",
    "歬前",
    "岼平",
    "峎很",
    "堔深",
    "淸清",
    "埥清",
    "媞是",
    "溡时",
    "姩年",
    "恠怪",
    "悝理",
    "菅管",
    "烸每",
    "莈没",
    "炇没",
    "吢心",
    "杺心",
    "蓅流",
    "蒍为",
    "芞气",
    "甴由",
    "滾滚",
    "嚸点",
    "奌点",
    "點点",
    "亊事",
    "倳事",
    "亱夜",
    "亙亘",
    "仩上",
    "丄上",
    "丅下",
    "芐下",
    "圡土",
    "訁言",
    "乜也",
    "乚也",
    "竾也",
    "沒没",
    "怹他",
    "牠它",
    "忪公",
    "厷公",
    "哘行",
    "垳行",
    "荇行",
    "咑打",
    "咘布",
    "喏诺",
    "嗯恩",
    "尛小",
    "尐少",
    "湜是",
    "嗄啊",
    "悳德",
    "惪德",
    "菿到",
    "菋味",
    "蔀部",
    "蕞最",
    "瞓困",
    "缐线",
]


@dataclass(frozen=True, slots=True)
class CharacterTables:
    """What one character counts as.

    `fold`: code point → comparable character (half-width, Simplified, lower case); `traditional`:
    those of them that are Traditional forms; `lookalike`: code point → the common character it is
    used for; `sound`: code point → a sign that stands for its syllable without tone, with the pairs
    that speakers and recognisers confuse merged (z/zh, c/ch, s/sh, n/l, in/ing, en/eng, an/ang);
    `syllable`: ideograph → the exact syllable.
    """

    fold: Mapping[int, str]
    traditional: frozenset[str]
    lookalike: Mapping[int, str]
    sound: Mapping[int, str]
    syllable: Mapping[str, str]


def build_tables() -> CharacterTables:
    """Derive all tables; imports OpenCC and pypinyin."""
    fold, traditional = _fold_tables()
    sound, syllable = _sound_tables()
    lookalike = {ord(pair[0]): pair[1] for pair in _LOOKALIKES}
    return CharacterTables(fold, traditional, lookalike, sound, syllable)


def character_class(chars: Iterable[str]) -> str:
    """Return a regular expression of one of `chars`: a class written in ranges (none: nothing fits)."""
    codes = sorted({ord(char) for char in chars})
    parts: list[str] = []
    start = 0
    for index, code in enumerate(codes):
        if index + 1 == len(codes) or codes[index + 1] != code + 1:
            first, last = re.escape(chr(codes[start])), re.escape(chr(code))
            parts.append(first if first == last else f"{first}-{last}")
            start = index + 1
    return "[" + "".join(parts) + "]" if parts else "(?!)"


def _fold_tables() -> tuple[dict[int, str], frozenset[str]]:
    from opencc import OpenCC

    simplify = OpenCC("t2s").convert
    fold: dict[int, str] = {}
    traditional: set[str] = set()
    for code in _foldable_codes():
        char = chr(code)
        plain = unicodedata.normalize("NFKC", char).lower()
        if len(plain) != 1:
            continue
        simple = simplify(plain)
        if len(simple) == 1 and simple != char:
            fold[code] = sys.intern(simple)
            if simple != plain:
                traditional.add(sys.intern(char))
    return fold, frozenset(traditional)


def _foldable_codes() -> Iterable[int]:
    """Code points that may stand for another character (surrogates and private use left out)."""
    for first, last in (
        (0x41, 0x5A), (0xA0, 0x1FFF), (0x2070, 0xD7FF), (0xF900, 0xFFEF), (0x1D400, 0x1D7FF),
        (0x1F100, 0x1F18F), (0x20000, 0x2FA1F),
    ):  # fmt: skip
        yield from range(first, last + 1)


# Signs from here on take two bytes in UTF-8, which an automaton reads; no ideograph has fewer than three.
_FIRST_SOUND = 0x100
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"))
_FINALS = (("ing", "in"), ("eng", "en"), ("ang", "an"))


def merge_syllable(syllable: str) -> str:
    """Return the class of syllables that are easily heard for one another."""
    for spelt, merged in _INITIALS:
        if syllable.startswith(spelt):
            syllable = merged + syllable[len(spelt) :]
            break
    for spelt, merged in _FINALS:
        if syllable.endswith(spelt):
            return syllable[: -len(spelt)] + merged
    return syllable


def _sound_tables() -> tuple[dict[int, str], dict[str, str]]:
    from pypinyin import lazy_pinyin

    sound: dict[int, str] = {}
    syllables: dict[str, str] = {}
    keys: dict[str, str] = {}
    for code in range(0x4E00, 0x9FA6):
        char = chr(code)
        syllable = lazy_pinyin(char)[0]
        if syllable == char:
            continue
        merged = merge_syllable(syllable)
        key = keys.setdefault(merged, chr(_FIRST_SOUND + len(keys)))
        sound[code] = key
        syllables[char] = sys.intern(syllable)  # some four hundred
    return sound, syllables
