"""Server-sent events: what is looked at after each signal of the board, and sent where it has changed."""

from __future__ import annotations

import asyncio
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from assistant.store.signals import BOARD
from assistant.store.users import still_in

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from assistant.web.service import Service

REST_S = 0.5
"""Between a signal and the look: many signals are one, and what is shared for as long isn't older."""
LOOK_S = 2.0
"""A look is taken without a signal, too: of what another process keeps in SQLite, and of a new day."""
WHO_S = 5.0
"""How often it is asked anew whether the viewer may still see it."""
BREATH_S = 15.0
"""After how long without news a comment says that the stream lives."""


async def changes(
    service: Service, key: str, look: Callable[[], Awaitable[str]], rest_s: float | None = None
) -> AsyncIterator[str]:
    """Yield what `look` gives, whenever that is another text and not empty, while `key` is let in."""
    last, told_at, known_at = "", 0.0, monotonic()
    rest_s = REST_S if rest_s is None else rest_s
    while not service.stopping:
        if monotonic() - known_at >= WHO_S:
            if not await service.read(partial(still_in, keys=[key])):
                return
            known_at = monotonic()
        count = service.signals.count(BOARD)
        now = await look()
        if now not in ("", last):
            yield f"data: {now}\n\n"
            last, told_at = now, monotonic()
        elif monotonic() - told_at >= BREATH_S:
            yield ": still here\n\n"
            told_at = monotonic()
        await service.signals.after(BOARD, count, LOOK_S)
        await asyncio.sleep(rest_s)
