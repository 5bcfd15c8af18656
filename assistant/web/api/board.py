"""The supervisors' board: calls under way by need for help, today's figures, as a list and as a stream."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from assistant.desk.calendar import SHANGHAI
from assistant.model import Origin
from assistant.report.plain import plain
from assistant.report.wire import dumps
from assistant.store.board import figures, running_calls
from assistant.store.database import Connection
from assistant.store.signals import BOARD
from assistant.web.api.answers import written
from assistant.web.identity import needs
from assistant.web.need import need_of
from assistant.web.problems import answers
from assistant.web.service import Service, Serving
from assistant.web.streams import REST_S, changes
from assistant.web.teams import Whose, teams_for

Watching = Annotated[Any, needs("board")]
router = APIRouter(
    prefix="/api/board", tags=["board"], dependencies=[needs("board")], responses=answers(401, 403)
)


class Running(BaseModel):
    call_id: str
    channel: str
    origin: Origin
    agent_id: str | None
    agent_name: str | None
    started_at: datetime
    turns: int
    interrupted: bool = Field(description="Its connection is gone: it needs no help, and stands at the end.")
    need: int = Field(ge=0, le=100, description="How much it needs help: the highest stand first.")
    pulse: dict[str, Any] = Field(
        description="`emotion` (label, intensity), `worst` finding, `findings`, `alert`, `procedure`, "
        "`step`; the `agent` who has it now, the `user` who types it at a page."
    )


class Figures(BaseModel):
    calls: int
    running: int = Field(description="Those under way, whenever they began.")
    practice: int = Field(description="Practice and sample calls under way; nothing else counts them.")
    interrupted: int = Field(description="Those under way, of any origin, whose connection is gone.")
    mean: float | None = Field(description="The mean score of the calls that ended.")
    grave: int = Field(description="Calls with a grave or fatal finding.")


class Board(BaseModel):
    calls: list[Running]
    today: Figures = Field(description="Of real calls: practice and the simulator don't count.")
    teams: list[str] | None = Field(description="The teams whose calls these are; null: all calls.")


@router.get("", summary="Show the board", response_model=Board, responses=answers(422))
async def board(service: Serving, who: Watching, teams: Whose = "mine") -> Response:
    """List the calls under way, by need for help, with today's figures.

    A supervisor who leads teams sees theirs, and with `teams=all` all calls; everybody else sees all.
    """
    seen = await teams_for(service, who, teams)
    return written(await service.read(partial(_board, teams=seen)))


@router.get(
    "/stream",
    summary="Follow the board",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events whose data is the board.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **answers(422),
    },
)
async def stream(service: Serving, who: Watching, teams: Whose = "mine") -> StreamingResponse:
    """Send the board whenever it changes, as server-sent events; it sees the calls of all workers."""
    seen = await teams_for(service, who, teams)
    following = partial(_shared, service, seen)
    return StreamingResponse(changes(service, who.key, following), media_type="text/event-stream")


async def _shared(service: Service, teams: tuple[str, ...] | None) -> str:
    """Return the board as JSON, the same for all who look at it at once."""
    topic = BOARD if teams is None else f"{BOARD} {json.dumps(teams)}"
    return await service.shared(topic, partial(_told, teams=teams), REST_S)


def _told(connection: Connection, teams: tuple[str, ...] | None) -> str:
    return dumps(_board(connection, teams))


def _board(connection: Connection, teams: tuple[str, ...] | None) -> dict[str, Any]:
    told = []
    for row in running_calls(connection, teams):
        pulse = row["pulse"] or {}
        shown = {name: row[name] for name in Running.model_fields if name in row}
        told.append({**shown, "pulse": pulse, "need": 0 if row["interrupted"] else need_of(pulse)})
    told.sort(key=lambda row: (row["interrupted"], -row["need"]))
    midnight = datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return {"calls": plain(told), "today": figures(connection, midnight, teams), "teams": teams}
