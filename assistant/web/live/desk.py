"""All live calls of a process: one thread folds, one writes, the event loop moves messages.

A call belongs to one connection at a time, of one process. Who comes back (`resume_after`) takes it
over: the new owner folds the stored turns again, and whatever the old one writes is refused from
then on.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from uuid import uuid4

from assistant.store import calls, conversations, users
from assistant.store.audit import note
from assistant.web.live.call import LiveCall
from assistant.web.live.session import Close, Limits, Session
from assistant.web.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from starlette.websockets import WebSocket

    from assistant.store.calls import Standing
    from assistant.store.database import Connection, Store
    from assistant.web.identity import Identity
    from assistant.web.rules.editions import Editions

T = TypeVar("T")
Ending = Literal["ended", "dropped"]
_CHUNK = 32  # turns folded again, leases renewed, before others have their turn
_KEYS = 200  # looked up in one query
_ROUNDS = 100  # of the collector among later objects, before it looks through the older ones
_log = logging.getLogger("huashu.live")


class LiveDesk:
    """Where the connections of a process share an engine and a store."""

    def __init__(
        self,
        rules: Editions,
        store: Store,
        ended: Callable[[Connection, Mapping[str, Any]], None] | None = None,
        *,
        limits: Limits | None = None,
        lease_s: float = calls.LEASE_S,
    ) -> None:
        """`ended` is told the report of each call that ends, in the transaction that stores it."""
        self.limits = limits or Limits()
        self.lease_s = lease_s
        self.owner = f"{socket.gethostname()[:24]}:{os.getpid()}:{uuid4().hex[:8]}"
        self.metrics = Metrics()
        self.rules = rules
        self._store = store
        self._ended = ended
        self._folder = ThreadPoolExecutor(1, thread_name_prefix="huashu-fold")
        self._readers = ThreadPoolExecutor(4, thread_name_prefix="huashu-read")
        self._sessions: dict[str, Session] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def serve(self, websocket: WebSocket, who: Identity | None) -> None:
        """Serve a connection of `who` (None: nobody we know)."""
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._watch())
        await websocket.accept()
        await Session(self, websocket, who).run()

    async def close(self) -> None:
        """Finish what was begun; the connections are closed before."""
        if self._renewing is not None:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
        self._folder.shutdown()
        self._readers.shutdown()

    def ended(self, connection: Connection, report: Mapping[str, Any]) -> None:
        """Tell that a call has ended; what fails there doesn't keep the call from being stored."""
        if self._ended is None:
            return
        try:
            with connection.begin_nested():
                self._ended(connection, report)
        except Exception:
            _log.exception("a call that ended isn't taken over")

    async def fold(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._folder, work)

    async def read(self, job: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(self._store.read, job))

    async def write(self, job: Callable[[Connection], T]) -> T:
        return await asyncio.wrap_future(self._store.write(job))

    async def entered(self, session: Session) -> None:
        """Note whose call it is now; an older connection of it in this process is told at once."""
        older = self._sessions.get(session.call_id)
        self._sessions[session.call_id] = session
        self.metrics.calls = len(self._sessions)
        if older is not None:
            await older.close(Close.OWNED_ELSEWHERE, "the call was taken over")

    def left(self, session: Session) -> None:
        if self._sessions.get(session.call_id) is session:
            del self._sessions[session.call_id]
            self.metrics.calls = len(self._sessions)

    async def end(self, call_id: str, by: str, *, idle_since: datetime | None = None) -> Ending:
        """End a call for its sender: scored and told of as with a bye, and marked; dropped without turns.

        Who holds it loses it; with `idle_since` it is left alone where somebody has held it later. Of several
        who try one succeeds.

        Raises ConflictError: ``ended``, ``owned``, ``lost``.
        """
        take = partial(
            calls.take_call, call_id=call_id, owner=self.owner, free_since=idle_since, lease_s=self.lease_s
        )
        hold, standing = await self.write(take)
        older = self._sessions.get(call_id)
        if older is not None:
            await older.close(Close.OWNED_ELSEWHERE, "the call was ended")
        if not standing.turns:
            await self.write(partial(conversations.drop, by=by, hold=hold))
            return "dropped"
        call = await self.fold_again(standing)
        report, event = await self.fold(call.finish)

        def end(connection: Connection) -> None:
            calls.end_call(connection, hold, report, [event], interrupted=True)
            self.ended(connection, report)
            note(connection, by, "conversation.end", call_id)

        await self.write(end)
        return "ended"

    async def fold_again(self, standing: Standing) -> LiveCall:
        """Return a call as its stored turns leave it; other calls' turns go in between."""
        engine = await self.rules.of(standing.rules)
        entries = await self.read(lambda connection: calls.entries_of(connection, standing.number))
        provisional = await self.read(
            lambda connection: calls.unsettled(connection, standing.number, standing.next_seq or 0)
        )
        call = await self.fold(lambda: LiveCall(engine, standing))
        for start in range(0, len(entries), _CHUNK):
            chunk = entries[start : start + _CHUNK]
            await self.fold(partial(call.fold_again, chunk))
        call.remember(provisional)
        return call

    async def _watch(self) -> None:
        """Keep the leases of silent calls, and let nobody go on who was signed out, thrice a lease."""
        while True:
            await asyncio.sleep(self.lease_s / 3)
            for look in (self._renew, self._dismiss, self._tidy):
                try:
                    await look()
                except Exception:
                    _log.exception("live calls can't be looked after")

    async def _tidy(self) -> None:
        """Let the collector look through old objects, too, while there is no call that would wait for it."""
        if not self._sessions and gc.get_count()[2] >= _ROUNDS:
            gc.collect()

    async def _renew(self) -> None:
        """Keep the leases of calls in which nobody speaks; close those that were lost."""
        silent = monotonic() - self.lease_s / 3
        held = {
            session.hold: session
            for session in self._sessions.values()
            if session.hold is not None and session.stored_at < silent
        }
        for some in _batched(held, _CHUNK):
            for hold in await self.write(partial(calls.renew_all, holds=some)):
                if held[hold].hold is hold:
                    await held[hold].close(Close.OWNED_ELSEWHERE, "the call was taken over")

    async def _dismiss(self) -> None:
        """Close the connections of those who have been signed out, disabled, or whose token has gone."""
        sessions = list(self._sessions.values())
        for keys in _batched({session.key for session in sessions}, _KEYS):
            known = await self.read(partial(users.still_in, keys=keys))
            for session in sessions:
                if session.key in keys and session.key not in known:
                    await session.close(Close.NOT_SIGNED_IN, "signed out")


def _batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield things in lists of at most `size` (itertools.batched comes with Python 3.12)."""
    waiting = iter(things)
    while some := list(islice(waiting, size)):
        yield some
