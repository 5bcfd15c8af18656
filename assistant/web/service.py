"""What the parts of the service share: settings, engine, store, and threads for work that takes long."""

from __future__ import annotations

import asyncio
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import Depends
from starlette.requests import HTTPConnection

from assistant.bootstrap import load_advisor, load_chat
from assistant.store.desk.intake import take_call
from assistant.store.review.cards import HouseScorer, Shelf
from assistant.web.jobs import JobRunner
from assistant.web.live.desk import LiveDesk
from assistant.web.problems import ProblemError
from assistant.web.rules.editions import Editions
from assistant.web.rules.workshop import Workshop
from assistant.web.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assistant.chat.runtime import Runtime
    from assistant.desk.house import Desk
    from assistant.engine.fold import Engine
    from assistant.settings import Settings
    from assistant.store.database import Connection, Store

T = TypeVar("T")
_THREADS = 2
_WAITING = 64
"""Requests that may wait for a thread; more are sent away."""


class Service:
    """An engine and a store, and who works with them."""

    def __init__(
        self, settings: Settings, engine: Engine, store: Store, desk: Desk, shelf: Shelf | None = None
    ) -> None:
        self.settings = settings
        self.shelf = shelf or Shelf(())
        self.house: HouseScorer | None = None
        if engine.scorer is not None:
            self.house = HouseScorer(store, self.shelf, engine.scorer)
            engine = engine.scored_by(self.house)
        self.store = store
        self.desk = desk
        self.rules = Editions(settings, engine, store)
        self.workshop = Workshop()
        self.live = LiveDesk(self.rules, store, self._taken)
        self.signals = Signals(store)
        self.jobs = JobRunner(self)
        self.stopping = False
        self.chat_secret = settings.chat_secret or secrets.token_hex(32)
        self._chat: Runtime | None = None
        self._chat_opening = Lock()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="huashu-work")
        self._waiting = 0
        self._shared: dict[str, tuple[int, float, asyncio.Future[Any]]] = {}

    @property
    def engine(self) -> Engine:
        """The engine of the rules in force."""
        return self.rules.engine

    def _taken(self, connection: Connection, report: Mapping[str, Any]) -> None:
        """Open a case where a call that ends is a complaint."""
        take_call(connection, self.desk, report, datetime.now(UTC))

    async def work(self, job: Callable[[], T]) -> T:
        """Run what computes or reads files beside the event loop; raises ProblemError where too many wait."""
        if self._waiting >= _WAITING:
            raise ProblemError(503, "busy", "请求太多，请稍后再试")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, job)
        finally:
            self._waiting -= 1

    def chat(self) -> Runtime:
        """Return the assistant, loaded when it is first asked; called beside the event loop."""
        with self._chat_opening:
            if self._chat is None:
                advisor = load_advisor(
                    self.settings, engine=self.engine, store=self.store, secret=self.chat_secret
                )
                self._chat = load_chat(self.settings, advisor)
            return self._chat

    async def read(self, job: Callable[[Connection], T]) -> T:
        return await self.live.read(job)

    async def shared(self, topic: str, job: Callable[[Connection], T], fresh_s: float) -> T:
        """Read what many look at: who asks soon, before the next signal of `topic`, gets the same answer."""
        count = self.signals.count(topic)
        known, read_at, reading = self._shared.get(topic, (0, 0.0, None))
        if reading is None or known != count or monotonic() - read_at >= fresh_s:
            reading = asyncio.ensure_future(self.read(job))
            self._shared[topic] = count, monotonic(), reading
        found: T = await asyncio.shield(reading)
        return found

    async def write(self, job: Callable[[Connection], T]) -> T:
        return await asyncio.wrap_future(self.store.write(job))

    async def close(self) -> None:
        self.stopping = True
        await self.jobs.close()
        self.workshop.close()
        self.rules.close()
        await self.live.close()
        self._threads.shutdown()
        self.store.close()


def service_of(connection: HTTPConnection) -> Service:
    service: Service = connection.app.state.service
    return service


Serving = Annotated[Any, Depends(service_of)]
