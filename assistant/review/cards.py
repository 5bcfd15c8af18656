"""Which scorecard a call gets: a published one of the house that is assigned to its kind of calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Status = Literal["draft", "published", "retired"]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A card for calls of a channel, a business line, a team; None asks nothing of it."""

    card: str
    channel: str | None = None
    business_line: str | None = None
    team: str | None = None

    @property
    def rank(self) -> tuple[int, str]:
        """The more is asked the more it counts; of equals a team before a line before a channel."""
        asked = (self.team is not None, self.business_line is not None, self.channel is not None)
        return sum(asked) * 8 + sum(bit << place for place, bit in enumerate(reversed(asked))), self.card

    def suits(self, channel: str, meta: Mapping[str, Any]) -> bool:
        asked = (
            (self.channel, channel),
            (self.business_line, meta.get("business_line")),
            (self.team, meta.get("team")),
        )
        return all(want is None or want == str(given or "").strip().lower() for want, given in asked)


def card_for(assignments: Iterable[Assignment], channel: str, meta: Mapping[str, Any]) -> str | None:
    """Return the id of the card for a call, None where none is assigned to calls like it."""
    suiting = [each for each in assignments if each.suits(channel.strip().lower(), meta)]
    return max(suiting, key=lambda each: each.rank).card if suiting else None
