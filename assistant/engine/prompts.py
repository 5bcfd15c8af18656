"""What is shown to the agent while the call runs: at most two prompts, the most pressing first.

A prompt lives until it is followed, ignored for two agent turns, replaced by a more pressing one,
its moment has passed, or it expires. What was just shown rests for a while (cool-down), so that nobody
is nagged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.model import Prompt, Turn

MOST = 2
_PATIENCE = 2  # agent turns a prompt waits for
_REST = 3  # turns of the customer before the same advice is shown again
_ALIKE = 62  # rapidfuzz partial ratio from which a turn says what a phrase says
# Seconds on the screen: a sentence for this very moment is stale sooner than a reminder.
_LIFE = {"better_wording": 20.0, "early_warning": 40.0, "next_step": 45.0, "due": 40.0, "confirm": 40.0,
         "objection": 40.0}  # fmt: skip
PRIORITY = {
    "better_wording": 90,
    "early_warning": 80,
    "due": 60,
    "confirm": 50,
    "objection": 75,
    "next_step": 70,
}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something worth showing.

    `key` names the advice (for the cool-down), `acts` and `rule` say what following it looks like.
    """

    key: str
    kind: str
    phrases: tuple[str, ...]
    reason: Mapping[str, Any]
    acts: frozenset[str] = frozenset()
    rule: str | None = None
    priority: int | None = None

    @property
    def pressing(self) -> int:
        return PRIORITY[self.kind] if self.priority is None else self.priority


@dataclass(slots=True)
class _Shown:
    offer: Offer
    prompt: Prompt
    since_s: float | None
    heard: int = 0


@dataclass(slots=True)
class Board:
    """The prompts of one call; `history` holds those that are off the screen."""

    shown: list[_Shown] = field(default_factory=list)
    history: list[Prompt] = field(default_factory=list)
    resting: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def agent(
        self, turn: Turn, acts: frozenset[str], met: frozenset[str], over: frozenset[str] = frozenset()
    ) -> list[Prompt]:
        """Take an agent's turn that did `acts` and met the required rules `met`; return what changed.

        Of the rules that are `over` the moment has passed.
        """
        changed = []
        for one in list(self.shown):
            one.heard += 1
            if one.offer.acts & acts or one.offer.rule in met or _says(turn.text, one.prompt.phrases):
                changed.append(self._end(one, "followed", turn.index))
            elif one.heard >= _PATIENCE or one.offer.rule in over:
                changed.append(self._end(one, "ignored"))
        return changed

    def customer(self) -> None:
        """Take a customer's turn: what rests comes nearer to being shown again."""
        self.resting = {key: left - 1 for key, left in self.resting.items() if left > 1}

    def expire(self, now_s: float | None) -> list[Prompt]:
        """Take prompts off the screen whose time is over."""
        over = [
            one
            for one in self.shown
            if now_s is not None and one.since_s is not None and now_s - one.since_s > one.prompt.expires_s
        ]
        return [self._end(one, "expired") for one in over]

    def offer(self, offers: Iterable[Offer], now_s: float | None) -> list[Prompt]:
        """Show the most pressing offers that are new; return what changed on the screen."""
        changed: list[Prompt] = []
        for offer in sorted(offers, key=lambda offer: -offer.pressing):
            if not offer.phrases or offer.key in self.resting:
                continue
            same = next((one for one in self.shown if one.offer.kind == offer.kind), None)
            if same is not None:
                if same.offer.key == offer.key:
                    continue
                changed.append(self._end(same, "ignored" if same.heard else "expired"))
            elif len(self.shown) >= MOST:
                least = min(self.shown, key=lambda one: one.offer.pressing)
                if least.offer.pressing >= offer.pressing:
                    continue
                changed.append(self._end(least, "expired"))
            self.count += 1
            prompt = Prompt(
                id=f"p{self.count}",
                kind=offer.kind,
                priority=offer.pressing,
                phrases=offer.phrases,
                reason=offer.reason,
                expires_s=_LIFE[offer.kind],
            )
            self.shown.append(_Shown(offer, prompt, now_s))
            changed.append(prompt)
        return changed

    def all(self) -> tuple[Prompt, ...]:
        """Return every prompt of the call, in the order they were shown."""
        return tuple(
            sorted((*self.history, *(one.prompt for one in self.shown)), key=lambda p: int(p.id[1:]))
        )

    def visible(self) -> tuple[Prompt, ...]:
        """Return what is on the screen, the most pressing first."""
        return tuple(sorted((one.prompt for one in self.shown), key=lambda prompt: -prompt.priority))

    def _end(self, one: _Shown, status: str, turn: int | None = None) -> Prompt:
        self.shown.remove(one)
        self.resting[one.offer.key] = _REST
        ended = replace(one.prompt, status=status, followed_turn=turn)
        self.history.append(ended)
        return ended


def _says(text: str, phrases: Iterable[str]) -> bool:
    from rapidfuzz.fuzz import partial_ratio

    return any(len(text) >= len(phrase) / 2 and partial_ratio(phrase, text) >= _ALIKE for phrase in phrases)
