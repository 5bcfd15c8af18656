"""Chooses the next action by rules, as Rasa's RulePolicy does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.chat.project import LISTEN, UNSET

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.chat.project import Foreseen, State

FALLBACK = "action_default_fallback"


def next_action(
    rules: Sequence[Foreseen],
    history: Sequence[State],
    loop: str | None,
    *,
    ran: bool = False,
    rejected: bool = False,
) -> str:
    """Return the action that follows `history`, whose last state is now.

    A form that is active (`loop`) goes on by itself unless it has `rejected` the message; `ran`: it was
    the action before. Otherwise the most specific rule decides, and where that one would wait for the next
    message while a form is active, the form asks again. Without a rule it is the fallback.
    """
    if loop is not None and not rejected:
        return LISTEN if ran else loop
    applying = [each for each in rules if each.applies(history)]
    if not applying:
        return FALLBACK
    best = max(applying, key=lambda each: each.asks)
    if loop is not None and best.action == LISTEN and best.states[-1].loop in (None, UNSET):
        return loop
    return best.action
