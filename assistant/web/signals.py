"""Signals of the store, as the event loop hears them."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.store.database import Store


class Signals:
    """Counts the signals of each topic and lets coroutines wait for the next one."""

    def __init__(self, store: Store) -> None:
        """Listen to `store`; has to be made where an event loop runs."""
        self._loop = asyncio.get_running_loop()
        self._counts: Counter[str] = Counter()
        self._next: dict[str, asyncio.Event] = {}
        store.listen(self._heard)

    def count(self, topic: str) -> int:
        return self._counts[topic]

    async def after(self, topic: str, count: int, patience_s: float) -> None:
        """Return when there have been more than `count` signals, or when patience ends."""
        if self._counts[topic] == count:
            event = self._next.setdefault(topic, asyncio.Event())
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), patience_s)

    def wake(self, topic: str) -> None:
        """Act as if a signal had come."""
        self._counts[topic] += 1
        event = self._next.pop(topic, None)
        if event is not None:
            event.set()

    def _heard(self, topic: str) -> None:
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self.wake, topic)
