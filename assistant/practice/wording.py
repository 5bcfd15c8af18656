"""What a simulated customer says: sentences by occasion, mood, type, hard case and trade."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

Band = Literal["calm", "upset", "hot"]
SLOT = re.compile(r"\{(\w+)\}")
SLOTS = ("thing", "since", "who", "act", "company", "surname", "by")
_NEIGHBOURS: Mapping[Band, tuple[Band, ...]] = {
    "calm": ("calm",), "upset": ("upset", "calm"), "hot": ("hot", "upset"),
}  # fmt: skip
_FITTEST = 3  # alternatives of the best fit from which on nothing less fit is considered


@dataclass(frozen=True, slots=True)
class Wording:
    """A sentence for an occasion; without band, type, case or trade it fits any.

    `heard`: it takes up the agent's own words, which must have been said.
    """

    say: str
    text: str
    band: Band | None = None
    type: str | None = None
    case: str | None = None
    trade: str | None = None
    heard: re.Pattern[str] | None = None

    @property
    def slots(self) -> frozenset[str]:
        return frozenset(SLOT.findall(self.text))


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose sentences are wanted, what fills their slots, what the agent has just said."""

    type: str
    case: str | None
    trade: str
    values: Mapping[str, str]
    heard: str = ""


class Wordings:
    """Chooses sentences that fit; none twice in a session while there are others."""

    def __init__(self, wordings: Iterable[Wording]) -> None:
        self._by_occasion: dict[str, list[Wording]] = {}
        for wording in wordings:
            self._by_occasion.setdefault(wording.say, []).append(wording)

    @property
    def occasions(self) -> frozenset[str]:
        return frozenset(self._by_occasion)

    def all(self) -> tuple[Wording, ...]:
        """Return every sentence."""
        return tuple(one for cells in self._by_occasion.values() for one in cells)

    def choose(self, say: str, band: Band, voice: Voice, said: Collection[str], chance: Random) -> str | None:
        """Return a sentence for the occasion `say`; None where nothing fits.

        `said` are the sentences of the session, in their order: what was said longest ago comes back
        first where nothing is new.
        """
        fits = [one for one in self._by_occasion.get(say, ()) if _fits(one, band, voice)]
        texts = {filled(one.text, voice.values): one for one in fits}
        fresh = [text for text in texts if text not in said]
        if not fresh:
            order = list(said)
            latest = {text: place for place, text in enumerate(order)}
            return min(texts, key=lambda text: latest[text], default=None)
        ranked = sorted({_rank(texts[text], band) for text in fresh})
        chosen: list[str] = []
        for rank in ranked:
            chosen += [text for text in fresh if _rank(texts[text], band) == rank]
            if len(chosen) >= _FITTEST:
                break
        return chance.choice(sorted(chosen))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return `text` with its slots filled; raises KeyError for one without a value."""
    return SLOT.sub(lambda slot: values[slot[1]], text)


def _fits(wording: Wording, band: Band, voice: Voice) -> bool:
    if wording.band is not None and wording.band not in _NEIGHBOURS[band]:
        return False
    mine = ((wording.type, voice.type), (wording.case, voice.case), (wording.trade, voice.trade))
    if wording.heard is not None and not wording.heard.search(voice.heard):
        return False
    return all(wanted in (None, own) for wanted, own in mine) and wording.slots <= voice.values.keys()


def _rank(wording: Wording, band: Band) -> tuple[int, int]:
    """Return how near a sentence is (least first): the mood, then whose own words they are."""
    own = any((wording.case, wording.type, wording.trade, wording.heard))
    return (0 if wording.band == band else 1 if wording.band is None else 2, -own)
