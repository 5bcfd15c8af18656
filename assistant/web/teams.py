"""Whose calls a supervisor looks at: by default those of the teams they lead."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from assistant.store.organisation import teams_led_by

if TYPE_CHECKING:
    from assistant.web.identity import Identity
    from assistant.web.service import Service

Whose = Literal["mine", "all"]


async def teams_for(
    service: Service, who: Identity, whose: Whose, team: str | None = None
) -> tuple[str, ...] | None:
    """Return the teams whose calls `who` is to see, None for all calls.

    That is `team` where one is named; "mine" are the teams a supervisor leads, and all calls for everybody
    else, and for a supervisor who leads none.
    """
    if team is not None:
        return (team,)
    if whose == "all" or who.role != "supervisor":
        return None
    return tuple(await service.read(partial(teams_led_by, user=who.name))) or None
