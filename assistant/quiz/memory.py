"""When an item is asked again: FSRS, the scheduler of spaced repetition, over one card a learner and item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

LEARNT = 2
"""State of a card in review, past its first repetitions."""


@dataclass(frozen=True, slots=True)
class Card:
    """What a learner makes of an item: the scheduler's `state`, when it is due, answers given, right."""

    item: str
    due: datetime
    state: Mapping[str, Any]
    answered: int = 0
    right: int = 0
    last_right: bool = False

    @property
    def learnt(self) -> bool:
        """Whether it has come past its first repetitions and was known the last time."""
        return self.state.get("state") == LEARNT and self.last_right


def reviewed(card: Card | None, item: str, *, right: bool, now: datetime) -> Card:
    """Return the card after an answer at `now`: a right one comes back later, a wrong one soon."""
    from fsrs import Card as Memory
    from fsrs import Rating, Scheduler

    now = now.astimezone(UTC)
    memory = Memory(card_id=0, due=now) if card is None else Memory.from_dict(dict(card.state))  # type: ignore[arg-type]
    rating = Rating.Good if right else Rating.Again
    memory, _ = Scheduler(enable_fuzzing=False).review_card(memory, rating, now)
    before = card or Card(item, now, {})
    return replace(
        before,
        due=memory.due,
        state=dict(memory.to_dict()),
        answered=before.answered + 1,
        right=before.right + right,
        last_right=right,
    )
