"""Which item comes next: what is due first, then new ones where the learner is weakest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from assistant.quiz.definition import Item
    from assistant.quiz.memory import Card

Reason = Literal["due", "new", "ahead"]
_SHARPNESS = 2
"""How much more often weak topics come: a topic twice as weak four times as often."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item and why it comes: it is `due`, `new`, or asked `ahead` of time as nothing is left."""

    item: Item
    reason: Reason


@dataclass(frozen=True, slots=True)
class TopicResult:
    """How a learner does in a topic: items in it, seen, learnt, due now; answers given and right."""

    topic: str
    items: int
    seen: int
    learnt: int
    due: int
    answered: int
    right: int

    @property
    def share(self) -> float | None:
        """Right answers of all, None without any."""
        return self.right / self.answered if self.answered else None


def choose(
    items: Sequence[Item],
    cards: Mapping[str, Card],
    now: datetime,
    *,
    topic: str | None = None,
    seed: str = "",
    without: Collection[str] = (),
) -> Chosen | None:
    """Return the next item of a topic (None: of all), None where there is none.

    Due items come first, the longest due before the others; then new ones, drawn by `seed`: topics with
    few right answers more often, the easier items of a topic first; then what is due soonest.
    Items in `without` (just asked) come only where nothing else is left.
    """
    meant = [item for item in items if topic is None or item.topic == topic]
    open_now = [item for item in meant if item.id not in without] or meant
    due = [item for item in open_now if item.id in cards and cards[item.id].due <= now]
    if due:
        return Chosen(min(due, key=lambda item: (cards[item.id].due, item.id)), "due")
    new = [item for item in open_now if item.id not in cards]
    if new:
        return Chosen(_weakest(new, items, cards, seed), "new")
    if not open_now:
        return None
    return Chosen(min(open_now, key=lambda item: (cards[item.id].due, item.id)), "ahead")


def _weakest(new: Sequence[Item], items: Sequence[Item], cards: Mapping[str, Card], seed: str) -> Item:
    """Draw a new item, from weak topics more often; an unseen topic counts as half known."""
    weakness = {
        result.topic: 1 - (result.right + 1) / (result.answered + 2)
        for result in by_topic(items, cards, None)
    }
    draw = Random(f"{seed}/{len(cards)}")  # noqa: S311 - no secret hangs on it
    topics = sorted({item.topic for item in new})
    (topic,) = draw.choices(topics, [weakness[name] ** _SHARPNESS for name in topics])
    there = sorted((item for item in new if item.topic == topic), key=lambda item: item.id)
    easiest = min(item.difficulty for item in there)
    return draw.choice([item for item in there if item.difficulty == easiest])


def draw_paper(items: Sequence[Item], topics: Collection[str], count: int, draw: Random) -> list[Item]:
    """Return `count` items for a paper, as evenly from the topics (none: all) as there are items in them.

    Fewer where there are no more. The order is drawn, too.
    """
    left = [
        [item for item in items if item.topic == topic] for topic in dict.fromkeys(i.topic for i in items)
    ]
    left = [there for there in left if not topics or there[0].topic in topics]
    for there in left:
        draw.shuffle(there)
    draw.shuffle(left)
    taken = [there[place] for place in range(count) for there in left if place < len(there)][:count]
    draw.shuffle(taken)
    return taken


def by_topic(items: Sequence[Item], cards: Mapping[str, Card], now: datetime | None) -> list[TopicResult]:
    """Return how a learner does in each topic, in the order of the items; without `now` nothing is due."""
    found = []
    for topic in dict.fromkeys(item.topic for item in items):
        there = [item.id for item in items if item.topic == topic]
        seen = [cards[item] for item in there if item in cards]
        found.append(
            TopicResult(
                topic,
                len(there),
                len(seen),
                sum(card.learnt for card in seen),
                sum(now is not None and card.due <= now for card in seen),
                sum(card.answered for card in seen),
                sum(card.right for card in seen),
            )
        )
    return found
