"""The phrase bank: ready sentences by topic, mood, kind of complaint and type of customer."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.procedure.situation import Mood, Situation

SLOTS = (
    "customer",
    "company",
    "agent_id",
    "agent_name",
    "department",
    "deadline",
    "phone",
    "callback",
    "product",
    "order",
    "fact",
)
SLOT = re.compile(r"\{(\w+)\}")
# A mood without sentences of its own borrows from these, in this order.
_NEIGHBOURS: Mapping[Mood, tuple[Mood, ...]] = {
    "calm": ("calm", "upset"), "upset": ("upset", "calm"), "hot": ("hot", "upset"),
}  # fmt: skip


_Ranked = tuple[int, tuple[int, ...], frozenset[str], str]  # place, rank, slots, text
_MOST_RANKED = 2_000


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence for a topic; without mood, kind, type or channels it fits any."""

    topic: str
    text: str
    mood: Mood | None = None
    kind: str | None = None
    type: str | None = None
    channels: frozenset[str] = frozenset()

    @property
    def slots(self) -> frozenset[str]:
        return frozenset(SLOT.findall(self.text))


class Bank:
    """Chooses sentences that fit the moment, none twice in a row, none with an empty slot.

    Fallback order: the customer's mood before a neighbouring one (never cheerful words for a heated
    customer), then the kind of complaint, the customer's type and the channel before sentences for any.
    """

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_topic: dict[str, list[Phrase]] = {}
        self._ranked: dict[tuple[str | None, ...], list[_Ranked]] = {}
        for phrase in phrases:
            self._by_topic.setdefault(phrase.topic, []).append(phrase)

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(self._by_topic)

    def phrases(self, topic: str) -> Sequence[Phrase]:
        """Return all sentences of a topic."""
        return self._by_topic.get(topic, ())

    def choose(
        self,
        topic: str,
        situation: Situation,
        values: Mapping[str, str],
        *,
        avoid: Collection[str] = (),
        most: int = 3,
    ) -> tuple[str, ...]:
        """Return up to `most` sentences, the fittest first; those in `avoid` only when nothing else is left.

        `values` fill the slots. Which of equally fit ones come first changes from turn to turn.
        """
        fit: list[tuple[tuple[int, ...], str]] = []
        for place, rank, slots, sentence in self._fitting(topic, situation):
            if slots and not slots <= values.keys():
                continue
            text = SLOT.sub(lambda slot: values[slot[1]], sentence) if slots else sentence
            turned = (place * 7 + situation.turns * 5) % 11
            fit.append(((text in avoid, *rank, -len(slots), turned, place), text))
        fit.sort()
        return tuple(dict.fromkeys(text for _, text in fit))[:most]

    def _fitting(self, topic: str, situation: Situation) -> list[_Ranked]:
        """Return the sentences of a topic that fit a situation; there are few kinds of those."""
        key = (topic, situation.mood, situation.kind, situation.customer_type, situation.channel)
        found = self._ranked.get(key)
        if found is None:
            if len(self._ranked) >= _MOST_RANKED:
                self._ranked.clear()
            ranks = (
                (place, _rank(phrase, situation), phrase) for place, phrase in enumerate(self.phrases(topic))
            )
            found = self._ranked[key] = [
                (place, rank, phrase.slots, phrase.text) for place, rank, phrase in ranks if rank is not None
            ]
        return found


def _rank(phrase: Phrase, situation: Situation) -> tuple[int, ...] | None:
    """Return how near a sentence is to the situation (least first); None where it doesn't fit."""
    if phrase.kind is not None and phrase.kind != situation.kind:
        return None
    if phrase.type is not None and phrase.type != situation.customer_type:
        return None
    if phrase.channels and situation.channel and situation.channel not in phrase.channels:
        return None
    moods = _NEIGHBOURS[situation.mood]
    if phrase.mood is not None and phrase.mood not in moods:
        return None
    mood = 0 if phrase.mood is None else moods.index(phrase.mood)
    return (mood, -((phrase.kind is not None) + (phrase.type is not None) + bool(phrase.channels)))
