"""Stored conversations: list, filter, look at one."""

from __future__ import annotations

import json
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from assistant.model import EmotionLabel, Origin
from assistant.report.plain import plain
from assistant.report.wire import turn_object
from assistant.store.calls import bodies_after, find_call, rate_prompt
from assistant.store.conversations import Filter, list_conversations, read_conversation
from assistant.store.models import CALL_ID
from assistant.store.shares import took_part
from assistant.web.api.answers import written
from assistant.web.identity import Identity, Live, Reading
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving
from assistant.web.teams import Whose, teams_for

router = APIRouter(prefix="/api/conversations", tags=["conversations"], responses=answers(401, 403))
Short = Annotated[str | None, Query(max_length=CALL_ID, pattern=r"^[^\x00]*$")]
follow = APIRouter(prefix="/api", tags=["live"])
_LAST = 2**53


class Summary(BaseModel):
    call_id: str
    channel: str
    origin: Origin
    status: Literal["running", "ended"]
    agent_id: str | None
    agent_name: str | None = Field(description="By the organisation; null: nobody known there.")
    started_at: datetime
    ended_at: datetime | None
    turns: int
    total: float | None
    grade: str | None
    interrupted: bool = Field(
        description="Running: its connection is gone. Ended: nobody said bye, it was ended later."
    )


class Listing(BaseModel):
    items: list[Summary]
    next: int | None = Field(description="`before` of the page that follows; null: there is none.")


class Whole(Summary):
    meta: dict[str, Any]
    transcript: list[dict[str, Any]] = Field(description="The turns, as in `huashu.report/1`.")
    report: dict[str, Any] | None = Field(description="Its latest `huashu.report/1`; null while it runs.")


@router.get("", summary="List conversations", response_model=Listing, responses=answers(422))
async def listing(
    service: Serving,
    who: Reading,
    *,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=_LAST, description="`next` of the page before.")] = None,
    status: Literal["running", "ended"] | None = None,
    interrupted: Annotated[
        bool | None, Query(description="Without a connection, or ended without a bye.")
    ] = None,
    origin: Origin | None = None,
    channel: Short = None,
    agent_id: Annotated[Short, Query(description="Who had a part in it.")] = None,
    team: Annotated[Short, Query(description="Of the team with this code.")] = None,
    teams: Annotated[
        Whose, Query(description="A supervisor sees the teams they lead, or all calls.")
    ] = "mine",
    rule: Annotated[Short, Query(description="With a finding of this rule.")] = None,
    text: Annotated[
        str | None,
        Query(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]*$", description="Somebody says this."),
    ] = None,
    emotion: Annotated[
        EmotionLabel | None, Query(description="The customer shows this emotion somewhere.")
    ] = None,
    least: Annotated[float | None, Query(ge=-1000, le=1000, description="Scored so high at least.")] = None,
    most: Annotated[float | None, Query(ge=-1000, le=1000, description="Scored so high at most.")] = None,
    since: Annotated[AwareDatetime | None, Query(description="Started at this time or later.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Started before this time.")] = None,
) -> Response:
    """List what is stored, latest first; agents see the calls they had a part in."""
    if who.only is not None:
        agent_id = who.only
    seen = await teams_for(service, who, teams, team)
    wanted = Filter(
        status, origin, channel, agent_id, rule, since, until, text, emotion, least, most, seen, interrupted
    )
    items, following = await service.read(
        partial(list_conversations, wanted=wanted, limit=limit, before=before)
    )
    return written({"items": plain(items), "next": following})


class Event(BaseModel):
    event_id: int
    event: dict[str, Any] = Field(description="The `huashu.event/1`, as it was sent.")


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")
    call_id: Annotated[str, Field(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]+$", examples=["c1"])]
    prompt_id: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[^\x00]+$", examples=["p1"])]
    used: bool


@follow.get("/events", summary="Show the events of a live call", responses=answers(401, 403, 404, 422))
async def events(
    service: Serving,
    who: Reading,
    call_id: Annotated[str, Query(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]+$")],
    after: Annotated[int, Query(ge=0, le=_LAST)] = 0,
) -> list[Event]:
    """Show what was sent to the agent after event `after`: 500 at most, in order."""
    standing = await service.read(partial(find_call, call_id=call_id))
    if standing is None or not await _theirs(service, who, call_id):
        raise ProblemError(404, "unknown-conversation", "没有这个编号的通话")
    job = partial(bodies_after, number=standing.number, event_id=after, most=500)
    return [Event(event_id=number, event=json.loads(body)) for number, body in await service.read(job)]


@follow.post(
    "/prompts/used", summary="Say whether a prompt was of use", status_code=204,
    responses=answers(401, 403, 404, 413, 422),
)  # fmt: skip
async def used(said: Said, service: Serving, who: Live) -> None:
    """Note what an agent says of a prompt that was shown."""
    job = partial(rate_prompt, call_id=said.call_id, prompt_id=said.prompt_id, used=said.used, only=who.only)
    if not await service.write(job):
        raise ProblemError(404, "unknown-prompt", "没有这条提示")


@router.get(
    "/{call_id:path}", summary="Show a conversation", response_model=Whole, responses=answers(404, 422)
)
async def one(
    service: Serving,
    who: Reading,
    call_id: Annotated[str, Path(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]+$")],
) -> Response:
    """Show what is stored of a conversation: its turns, masked, and its report."""
    stored = await service.read(partial(read_conversation, call_id=call_id))
    if stored is None or not await _theirs(service, who, call_id):
        raise ProblemError(404, "unknown-conversation", "没有这个编号的通话")
    told = {**stored.summary, "meta": stored.meta}
    return written(
        {
            **plain(told),
            "transcript": [turn_object(turn) for turn in stored.turns],
            "report": stored.report,
        }
    )


async def _theirs(service: Service, who: Identity, call_id: str) -> bool:
    """Whether a conversation is one that `who` may see: agents, those they had a part in."""
    if who.only is None:
        return True
    return await service.read(partial(took_part, call_id=call_id, agent_id=who.only))
