"""Calls under way, for those whose they are: which, and how they go; end one whose sender doesn't."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import ConflictError
from assistant.model import Origin
from assistant.report.plain import plain
from assistant.report.wire import dumps, turn_object
from assistant.store.board import running_calls
from assistant.store.calls import AGENT, RUNNING, USER, bodies_after, find_call, turns_from
from assistant.store.models import CALL_ID
from assistant.store.shares import took_part
from assistant.web.api.answers import written
from assistant.web.identity import Live, Reading, needs
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving
from assistant.web.streams import changes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.store.database import Connection
    from assistant.web.identity import Identity

router = APIRouter(prefix="/api/live", tags=["live"], responses=answers(401, 403))
Supervising = Annotated[Any, needs("board")]
CallId = Annotated[str, Field(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]+$", examples=["c1"])]
REST_S = 0.15
_AT_ONCE = 500
_LAST = 2**53


class Own(BaseModel):
    call_id: str
    channel: str
    origin: Origin
    agent_id: str | None
    started_at: datetime
    turns: int
    interrupted: bool = Field(description="Its connection is gone.")
    typed: bool = Field(
        description="Begun at a page: one goes on there. Else a program sends it: one looks on."
    )


class Ended(BaseModel):
    outcome: Literal["ended", "dropped"] = Field(
        description="`dropped`: there was no turn to judge, nothing is kept."
    )


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")
    call_id: CallId


@router.get("/calls", summary="List one's own running calls", response_model=list[Own])
async def own_calls(service: Serving, who: Live) -> Response:
    """List the calls under way that are one's own, latest first.

    For an agent those they have now, whoever sends them; for everybody those they began at a page.
    """
    return written(_own(await _running(service), who))


@router.get(
    "/stream",
    summary="Follow one's own running calls",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events whose data holds `calls` (the list), `call` (news of one), or both.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **answers(404, 422),
    },
)
async def stream(
    service: Serving,
    who: Reading,
    call_id: Annotated[str | None, Query(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]+$")] = None,
    after: Annotated[int, Query(ge=0, le=_LAST, description="The last event that is known.")] = 0,
    turns: Annotated[int, Query(ge=0, le=_LAST, description="How many turns are known.")] = 0,
) -> StreamingResponse:
    """Send the list whenever it changes, and what comes of the call `call_id`, as server-sent events.

    `call` has `status`, `interrupted`, and what is new: `turns` as in `huashu.report/1`, `events` as they
    were sent. Who may do nothing live gets no list.
    """
    if call_id is not None:
        standing = await service.read(partial(find_call, call_id=call_id))
        theirs = who.only is None or await service.read(
            partial(took_part, call_id=call_id, agent_id=who.only)
        )
        if standing is None or not theirs:
            raise ProblemError(404, "unknown-conversation", "there is no conversation of this id")
    following = Following(service, who, call_id, after, turns)
    return StreamingResponse(
        changes(service, who.key, following.look, REST_S), media_type="text/event-stream"
    )


@router.post(
    "/end", summary="End a call whose sender doesn't", response_model=Ended,
    responses=answers(404, 409, 413, 422),
)  # fmt: skip
async def end(asked: Asked, service: Serving, who: Supervising) -> Response:
    """End a running call by hand, scored and told of as with a bye; one without turns is dropped.

    Who still sends it loses it (4409). It is marked as `interrupted`, and the audit log says who it was.
    """
    standing = await service.read(partial(find_call, call_id=asked.call_id))
    if standing is None:
        raise ProblemError(404, "unknown-conversation", "there is no conversation of this id")
    try:
        outcome = await service.live.end(asked.call_id, who.name)
    except ConflictError as conflict:
        raise ProblemError(409, conflict.code, conflict.message) from None
    return written({"outcome": outcome})


class Following:
    """Somebody who follows their own calls, and one of all calls: what they know of them so far."""

    def __init__(
        self, service: Service, who: Identity, call_id: str | None, event_id: int = 0, turns: int = 0
    ) -> None:
        self._service = service
        self._who = who
        self._call_id = call_id
        self._known = (event_id, turns)
        self._own: list[dict[str, Any]] | None = None
        self._state: tuple[str, bool] | None = None

    async def look(self) -> str:
        """Return what is new as a JSON object; empty where nothing is."""
        running = await _running(self._service)
        told: dict[str, Any] = {}
        if self._who.may("live"):
            own = _own(running, self._who)
            if own != self._own:
                self._own = told["calls"] = own
        if self._call_id is not None:
            here = next((row for row in running if row["call_id"] == self._call_id), None)
            news = await self._news(here)
            if news:
                told["call"] = {"call_id": self._call_id, **news}
        return dumps(told) if told else ""

    async def _news(self, here: Mapping[str, Any] | None) -> dict[str, Any]:
        state = ("running", here["interrupted"]) if here is not None else ("ended", False)
        if state == self._state and (here is None or here["events"] == self._known[0]):
            return {}
        found = await self._service.read(self._read)
        if found is None:  # deleted
            self._state = state
            return {"status": "ended", "interrupted": False, "turns": [], "events": []}
        status, turns, events = found
        if status == RUNNING and here is None:  # more run than are listed
            state = ("running", False)
        changed = state != self._state
        self._state = state
        if not (changed or turns or events):
            return {}
        return {"status": state[0], "interrupted": state[1], "turns": turns, "events": events}

    def _read(self, connection: Connection) -> tuple[str, list[Any], list[Any]] | None:
        """Return how the call stands, and the turns and events that aren't known yet."""
        standing = find_call(connection, str(self._call_id))
        if standing is None:
            return None
        last, known = self._known
        bodies = bodies_after(connection, standing.number, last, _AT_ONCE)
        turns = turns_from(connection, standing.number, known)  # after the events: each finds its turn
        self._known = (bodies[-1][0] if bodies else last, known + len(turns))
        return (
            standing.status,
            [turn_object(turn) for turn in turns],
            [json.loads(body) for _, body in bodies],
        )


async def _running(service: Service) -> Sequence[Mapping[str, Any]]:
    return await service.shared("running", running_calls, REST_S)


def _own(running: Sequence[Mapping[str, Any]], who: Identity) -> list[dict[str, Any]]:
    """Return those of `who`: begun by them at a page, or sent by a program and theirs by the agent's id."""
    told = []
    for row in running:
        pulse = row["pulse"] or {}
        user = pulse.get(USER)
        agent_id = pulse.get(AGENT) or row["agent_id"]
        if user != who.name if user else who.only is None or agent_id != who.only:
            continue
        names = ("call_id", "channel", "origin", "started_at", "turns", "interrupted")
        told.append(plain({**{name: row[name] for name in names}, "agent_id": agent_id, "typed": bool(user)}))
    return told
