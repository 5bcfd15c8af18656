"""One connection of a live call: its order, its limits, its hold on the call."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from starlette.websockets import WebSocketDisconnect, WebSocketState

from assistant.errors import ConflictError
from assistant.ingest.metadata import call_metadata
from assistant.store import calls
from assistant.store.calls import ENDED, Opening
from assistant.web.live.call import LiveCall
from assistant.web.live.messages import BadMessageError, Bye, Happened, Hello, Said, read_message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.websockets import WebSocket

    from assistant.store.calls import Hold, Sent, Standing
    from assistant.store.database import Connection
    from assistant.web.identity import Identity
    from assistant.web.live.desk import LiveDesk
    from assistant.web.live.messages import Message

_log = logging.getLogger("huashu.live")


class Close(IntEnum):
    """Why a connection is closed."""

    DONE = 1000
    FAILED = 1011
    BAD_MESSAGE = 4400
    NOT_SIGNED_IN = 4401
    NOT_ALLOWED = 4403
    OWNED_ELSEWHERE = 4409
    TOO_LARGE = 4413
    TOO_FAST = 4429


class RefusedError(Exception):
    """The connection is to be closed, with a code and a reason."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may ask for.

    A message has at most `message_bytes`; `rate` a second come in the long run, `burst` at once;
    `held` wait for one that is missing; each is sent, and the first one comes, within `patience_s`.
    """

    message_bytes: int = 64 * 1024
    rate: float = 50.0
    burst: int = 500
    held: int = 64
    patience_s: float = 10.0


class Session:
    """A connection, from its hello to its end."""

    def __init__(self, desk: LiveDesk, socket: WebSocket, who: Identity | None) -> None:
        self._who = who
        self._desk = desk
        self._socket = socket
        self._limits = desk.limits
        self._tokens = float(self._limits.burst)
        self._filled = monotonic()
        self._held: dict[int, Said | Happened] = {}
        self._told_gap: int | None = None
        self._call: LiveCall | None = None
        self.hold: Hold | None = None
        self._begun = monotonic()
        self._messages = 0
        self._code: Close | None = None  # ours; None where the other side closed
        self.stored_at = 0.0  # by the monotonic clock; storing renews the hold
        self.call_id = ""
        self.key = who.key if who is not None else ""

    async def run(self) -> None:
        """Serve the connection until it ends, one way or another."""
        try:
            await self._converse()
        except RefusedError as refused:
            await self.close(refused.code, refused.reason)
        except ConflictError as conflict:
            await self.close(Close.OWNED_ELSEWHERE, conflict.message)
        except WebSocketDisconnect:
            pass
        except Exception:
            _log.exception("live call failed")
            await self.close(Close.FAILED, "internal error")
        finally:
            await self._let_go()
            self._tell()

    def _tell(self) -> None:
        """Write a line about the connection."""
        told = {
            "call_id": self.call_id if self._call is not None else None,
            "code": None if self._code is None else int(self._code),
            "messages": self._messages,
            "duration_s": round(monotonic() - self._begun, 1),
        }
        _log.info("live connection", extra={name: value for name, value in told.items() if value is not None})

    async def close(self, code: Close, reason: str = "") -> None:
        self._code = self._code or code
        if self._socket.application_state is WebSocketState.CONNECTED:
            self._desk.metrics.closed(int(code))
            with suppress(RuntimeError, WebSocketDisconnect):
                await self._socket.close(int(code), reason[:120])

    async def _converse(self) -> None:
        if self._who is None:
            raise RefusedError(Close.NOT_SIGNED_IN, "sign in, or send a token")
        if not self._who.may("live"):
            raise RefusedError(Close.NOT_ALLOWED, "live calls need the right to: live")
        try:
            hello = await asyncio.wait_for(self._receive(), self._limits.patience_s)
        except TimeoutError:
            raise RefusedError(Close.BAD_MESSAGE, "no hello") from None
        if not isinstance(hello, Hello):
            raise RefusedError(Close.BAD_MESSAGE, "the first message is a hello")
        self.call_id = hello.call_id
        call = await self._open(hello, self._who)
        while call is not None:
            message = await self._receive()
            match message:
                case Said(final=False):
                    await self._partial(call, message)
                case Said() | Happened():
                    begun = monotonic()
                    await self._sequenced(call, message)
                    self._desk.metrics.took(monotonic() - begun)
                case Bye():
                    if await self._bye(call):
                        return
                case Hello():
                    raise RefusedError(Close.BAD_MESSAGE, "a second hello")

    async def _receive(self) -> Message:
        """Return the next message; raises RefusedError for one that isn't fit."""
        received = await self._socket.receive()
        if received["type"] != "websocket.receive":
            raise WebSocketDisconnect(received.get("code", 1005), received.get("reason"))
        self._count()
        self._messages += 1
        text = received.get("text")
        if text is None:
            raise RefusedError(Close.BAD_MESSAGE, "messages are text")
        if len(text) > self._limits.message_bytes or len(text.encode()) > self._limits.message_bytes:
            raise RefusedError(Close.TOO_LARGE, f"more than {self._limits.message_bytes} bytes")
        try:
            return read_message(text)
        except BadMessageError as error:
            raise RefusedError(Close.BAD_MESSAGE, str(error)) from None

    def _count(self) -> None:
        now = monotonic()
        self._tokens = min(self._limits.burst, self._tokens + (now - self._filled) * self._limits.rate)
        self._filled = now
        if self._tokens < 1:
            raise RefusedError(Close.TOO_FAST, f"more than {self._limits.rate:g} messages a second")
        self._tokens -= 1

    async def _open(self, hello: Hello, who: Identity) -> LiveCall | None:
        """Take the call, replay what was missed, greet; None for a call that has ended.

        An agent's calls are their own, whatever the hello says.
        """
        only = who.only
        coming_back = hello.resume_after is not None
        after = hello.resume_after or 0
        known = await self._desk.read(lambda connection: calls.find_call(connection, hello.call_id))
        if known is not None and only not in (None, known.opening.meta.get("agent_id")):
            raise RefusedError(Close.NOT_ALLOWED, "the call is another agent's")
        if known is None and after:
            raise RefusedError(Close.BAD_MESSAGE, "resume_after: there is no such call")
        if known is not None and after > known.events:
            raise RefusedError(Close.BAD_MESSAGE, "resume_after: no event has this number yet")
        if known is not None and known.status == ENDED and coming_back:
            await self._replay(known, after)
            await self.close(Close.DONE, "the call has ended")
            return None
        opening = _opening(hello, only)
        take_over = coming_back
        rules = self._desk.rules.number
        user = None if who.role is None else who.name

        def take(connection: Connection) -> tuple[Hold, Standing]:
            return calls.hold_call(
                connection,
                opening,
                self._desk.owner,
                take_over=take_over,
                lease_s=self._desk.lease_s,
                rules=rules,
                user=user,
            )

        self.hold, standing = await self._desk.write(take)
        await self._desk.entered(self)
        call = self._call = await self._desk.fold_again(standing)
        await self._store((), [call.greet()])
        await self._replay(standing, after)
        return call

    async def _replay(self, standing: Standing, after: int) -> None:
        while True:
            job = partial(calls.bodies_after, number=standing.number, event_id=after, most=200)
            bodies = await self._desk.read(job)
            if not bodies:
                return
            await self._send(*(body for _, body in bodies))
            after = bodies[-1][0]

    async def _partial(self, call: LiveCall, message: Said) -> None:
        if not call.expected - 1 <= message.seq <= call.expected + self._limits.held:
            return
        if call.next_seq is not None and message.seq < call.next_seq:
            return
        events = await self._desk.fold(lambda: call.glance(message))
        if events:
            await self._store((), events)
            await self._send_all(events)

    async def _sequenced(self, call: LiveCall, message: Said | Happened) -> None:
        """Take a message in its order: now, after those that are missing, or never a second time."""
        if message.seq == call.expected or (call.next_seq is None and message.seq == 0):
            await self._take(call, [message])
        elif message.seq > call.expected and message.seq not in self._held:
            if len(self._held) < self._limits.held:
                self._held[message.seq] = message
            else:
                await self._tell_gap(call)

    async def _take(self, call: LiveCall, messages: list[Said | Happened]) -> None:
        """Fold messages and those held that follow on them; store, then send."""
        following = messages[-1].seq + 1
        while following in self._held:
            messages.append(self._held.pop(following))
            following += 1
        taken = await self._desk.fold(lambda: [call.take(message) for message in messages])
        events = [event for one in taken for event in one.events]
        await self._store([one.entry for one in taken], events)
        await self._send_all(events)

    async def _tell_gap(self, call: LiveCall) -> None:
        """Report once that a message is missing; what comes too early now is to be sent again."""
        expected = call.expected
        if self._told_gap == expected:
            return
        self._told_gap = expected
        text = f"message {expected} is missing: send it, and again what was not acknowledged"
        event = call.problem("gap", text, expected=expected, held=sorted(self._held))
        await self._store((), [event])
        await self._send_all([event])

    async def _bye(self, call: LiveCall) -> bool:
        """End the call; with messages missing tell so first, and end it at the second bye."""
        if self._held and self._told_gap != call.expected:
            await self._tell_gap(call)
            return False
        for seq in sorted(self._held):
            if seq in self._held:
                await self._take(call, [self._held.pop(seq)])
        report, event = await self._desk.fold(call.finish)
        hold = self._ours()

        def end(connection: Connection) -> None:
            calls.end_call(connection, hold, report, [event])
            self._desk.ended(connection, report)

        await self._desk.write(end)
        self.hold = None
        await self._send_all([event])
        await self.close(Close.DONE)
        return True

    async def _store(self, entries: Sequence[calls.Entry], events: Sequence[Sent]) -> None:
        hold = self._ours()
        pulse = self._call.pulse if entries and self._call is not None else None
        await self._desk.write(lambda connection: calls.record(connection, hold, entries, events, pulse))
        self.stored_at = monotonic()

    def _ours(self) -> Hold:
        if self.hold is None:
            raise ConflictError("the call isn't held", code="lost")
        return self.hold

    async def _send_all(self, events: Sequence[Sent]) -> None:
        await self._send(*(event.body for event in events))

    async def _send(self, *texts: str) -> None:
        try:
            async with asyncio.timeout(self._limits.patience_s):
                for text in texts:
                    await self._socket.send_text(text)
        except TimeoutError:
            raise RefusedError(Close.TOO_FAST, "what is sent isn't read") from None
        except RuntimeError:  # closed from our side meanwhile
            raise WebSocketDisconnect(1006) from None

    async def _let_go(self) -> None:
        self._desk.left(self)
        hold, self.hold = self.hold, None
        if hold is not None:
            with suppress(ConflictError):
                await self._desk.write(lambda connection: calls.release(connection, hold))


def _opening(hello: Hello, only: str | None) -> Opening:
    meta = call_metadata(hello.meta)
    if only is not None:
        meta["agent_id"] = only
    channel = str(meta.pop("channel", None) or "hotline")[:64]
    return Opening(hello.call_id, channel, hello.origin, meta, date.today())  # noqa: DTZ011 (the house's calendar)
