"""The classroom exercise of two people: join by a code, talk for five minutes, watch, mark, look back."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from assistant.ingest.encoding import clean
from assistant.ingest.privacy import mask_turn
from assistant.model import Speaker, Turn
from assistant.practice.scenario import TRADES, TYPES
from assistant.store.practice import classrooms as kept
from assistant.web.api.practice import LAST, Asked, Learning, Plain
from assistant.web.identity import needs
from assistant.web.practice import Hall, Practising
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from assistant.practice.scenario import Scenario
    from assistant.store.practice.classrooms import Room
    from assistant.web.identity import Identity

router = APIRouter(
    prefix="/api/classrooms", tags=["classrooms"], dependencies=[needs("check")], responses=answers(401, 403)
)
Code = Annotated[str, Path(pattern=r"^\d{6}$", examples=["204816"])]
Part = Literal["agent", "customer", "observer"]
_CODES = 1_000_000
_TRIES = 20
_ROOMS = 20


class RoomRequest(Asked):
    scenario: Annotated[str, Field(max_length=64, pattern=r"^[a-z][a-z0-9-]*$", examples=["dealer-radio"])]
    limit_s: int = Field(default=300, ge=60, le=1_800, description="The clock; five minutes in class.")


class JoinRequest(Asked):
    part: Part = Field(examples=["observer"])


class SayRequest(Asked):
    text: Annotated[str, Field(max_length=2_000, pattern=Plain, examples=["您好，请问有什么可以帮您？"])]


class MarkRequest(Asked):
    turn: int | None = Field(default=None, ge=0, le=10_000, description="Null: of the whole call.")
    good: bool = Field(default=False, description="Done well; else it was wrong.")
    text: Annotated[str, Field(max_length=500, pattern=Plain, examples=["客户还没说完就打断了"])]


class Case(BaseModel):
    title: str
    trade_name: str
    company: str
    agent_id: str
    customer: str
    outbound: bool
    briefing: str
    type_name: str | None = Field(description="For all but the agent.")
    story: str | None = Field(description="For all but the agent.")
    facts: list[str] | None = Field(description="What the customer knows; for all but the agent.")
    demands: list[str] | None = Field(description="What the customer wants, then falls back to.")


class Talk(BaseModel):
    role: Literal["agent", "customer"]
    at_s: float
    text: str


class Mark(BaseModel):
    turn: int | None
    good: bool
    by: str
    text: str


class Classroom(BaseModel):
    code: str
    revision: int = Field(description="Counts the changes: ask again with `since`.")
    state: Literal["waiting", "talking", "over", "ended"] = Field(
        description="`over`: the time is up, and somebody has to end it."
    )
    limit_s: int
    left_s: float
    made_by: str
    part: Part | None = Field(description="One's own; null: not joined yet.")
    people: list[dict[str, str]]
    case: Case | None = Field(description="Null before one has joined, or where the scenario is gone.")
    title: str
    turns: list[Talk]
    marks: list[Mark] = Field(description="To the players they are shown after the end.")
    review: dict[str, Any] | None = Field(description="`huashu.classroom/1`, after the end.")


class RoomSummary(BaseModel):
    code: str
    title: str
    made_at: datetime
    ended_at: datetime | None
    role: Part
    turns: int


@router.post("", status_code=201, summary="Open a classroom", responses=answers(404, 413, 422, 503))
async def opening(asked: RoomRequest, service: Serving, hall: Practising, who: Learning) -> Classroom:
    """Open a classroom for a scenario; the others join by its code."""
    case = (await hall.room()).scenarios.get(asked.scenario)
    if case is None:
        raise ProblemError(404, "no-scenario", "没有这个场景")
    for _ in range(_TRIES):
        code = f"{secrets.randbelow(_CODES):06}"
        job = partial(
            kept.open_room,
            by=who.name,
            code=code,
            scenario=case.id,
            title=case.title,
            rules=service.rules.number,
            limit_s=asked.limit_s,
            now=datetime.now(UTC),
        )
        if await service.write(job):
            return await _shown(service, hall, who, code)
    raise ProblemError(503, "busy", "房间太多了，请稍后再试")


@router.get("", summary="List one's classrooms")
async def mine(service: Serving, who: Learning) -> list[RoomSummary]:
    """List the classrooms one was in, the latest first."""
    job = partial(kept.rooms_of, person=who.name, limit=_ROOMS)
    return [RoomSummary(**each) for each in await service.read(job)]


@router.get(
    "/{code}",
    summary="Show a classroom",
    response_model=Classroom,
    responses={204: {"description": "Nothing has changed since."}, **answers(404, 422)},
)
async def one(
    code: Code,
    service: Serving,
    hall: Practising,
    who: Learning,
    since: Annotated[int, Query(ge=0, le=LAST, description="The revision one knows.")] = 0,
) -> Classroom | Response:
    """Show a classroom as far as one's part may see it; 204 where nothing has changed since."""
    if since and await service.read(partial(kept.revision_of, code=code)) == since:
        return Response(status_code=204)
    return await _shown(service, hall, who, code)


@router.post("/{code}/people", summary="Join a classroom", responses=answers(404, 409, 413, 422))
async def join(
    code: Code, asked: JoinRequest, service: Serving, hall: Practising, who: Learning
) -> Classroom:
    """Join as the agent, the customer, or one of those who watch."""
    await _found(service, code)
    now = datetime.now(UTC)
    await service.write(partial(kept.join, code=code, person=who.name, part=asked.part, now=now))
    return await _shown(service, hall, who, code)


@router.post("/{code}/start", summary="Start the clock", responses=answers(404, 409, 422))
async def start(code: Code, service: Serving, hall: Practising, who: Learning) -> Classroom:
    """Start once both players are there."""
    await _part(service, who, code)
    await service.write(partial(kept.start, code=code, now=datetime.now(UTC)))
    return await _shown(service, hall, who, code)


@router.post("/{code}/turns", summary="Say something", responses=answers(404, 409, 413, 422))
async def say(code: Code, asked: SayRequest, service: Serving, hall: Practising, who: Learning) -> Classroom:
    """Say a turn as the agent or the customer; it is kept masked."""
    part = await _part(service, who, code)
    if part == "observer":
        raise ProblemError(409, "observer", "旁听的人不能说话，可以记下看到的问题")
    text = mask_turn(Turn(0, Speaker(part), clean(asked.text).strip())).text
    await service.write(partial(kept.say, code=code, part=part, text=text, now=datetime.now(UTC)))
    return await _shown(service, hall, who, code)


@router.post("/{code}/marks", summary="Mark a turn", responses=answers(404, 409, 413, 422))
async def mark(
    code: Code, asked: MarkRequest, service: Serving, hall: Practising, who: Learning
) -> Classroom:
    """Note what was wrong, or done well, at a turn; for those who watch, and for all after the end."""
    part = await _part(service, who, code)
    room = await _found(service, code)
    if part != "observer" and room.ended_at is None:
        raise ProblemError(409, "not-observer", "演练中由旁听的人记录，结束后大家都可以补充")
    job = partial(
        kept.mark,
        code=code,
        by=who.name,
        turn=asked.turn,
        good=asked.good,
        text=asked.text.strip(),
        now=datetime.now(UTC),
    )
    await service.write(job)
    return await _shown(service, hall, who, code)


@router.post("/{code}/end", summary="End and score it", responses=answers(404, 409, 422, 503))
async def end(code: Code, service: Serving, hall: Practising, who: Learning) -> Classroom:
    """End the exercise and score what was said by the rules of real calls; an ended one stays as it is."""
    part = await _part(service, who, code)
    room = await _found(service, code)
    if part == "observer" and _state(room) == "talking" and room.made_by != who.name:
        raise ProblemError(409, "observer", "由两位演练的同事或开房间的人结束")
    if room.began_at is None:
        raise ProblemError(409, "not-begun", "演练还没有开始")
    for _ in range(_TRIES):
        if room.ended_at is not None:
            break
        review = await _review(service, hall, room)
        ended = partial(kept.end, code=code, review=review, turns=len(room.turns), now=datetime.now(UTC))
        if await service.write(ended):
            break
        room = await _found(service, code)
    return await _shown(service, hall, who, code)


async def _review(service: Service, hall: Hall, room: Room) -> dict[str, Any] | None:
    practice = await hall.room(room.rules)
    if not room.turns or room.scenario not in practice.scenarios:
        return None
    turns = [
        Turn(place, Speaker(turn["role"]), turn["text"], start_s=turn["at_s"])
        for place, turn in enumerate(room.turns)
    ]
    told: dict[str, Any] = await service.work(partial(practice.review, room.scenario, turns))
    return told


async def _found(service: Service, code: str) -> Room:
    room: Room | None = await service.read(partial(kept.find_room, code=code))
    if room is None:
        raise ProblemError(404, "no-room", "没有这个房间，请核对房间号")
    return room


async def _part(service: Service, who: Identity, code: str) -> Part:
    part = (await _found(service, code)).people.get(who.name)
    if part is None:
        raise ProblemError(409, "not-joined", "请先选一个角色加入")
    return part


def _state(room: Room) -> Literal["waiting", "talking", "over", "ended"]:
    if room.ended_at is not None:
        return "ended"
    if room.began_at is None:
        return "waiting"
    return "talking" if room.left_s(datetime.now(UTC)) > 0 else "over"


async def _shown(service: Service, hall: Hall, who: Identity, code: str) -> Classroom:
    room = await _found(service, code)
    part = room.people.get(who.name)
    case = (await hall.room()).scenarios.get(room.scenario)
    state = _state(room)
    sees = part is not None
    open_book = part in ("customer", "observer") or (sees and state == "ended")
    return Classroom(
        code=code,
        revision=room.revision,
        state=state,
        limit_s=room.limit_s,
        left_s=round(room.left_s(datetime.now(UTC)), 1),
        made_by=room.made_by,
        part=part,
        people=[{"name": name, "part": role} for name, role in room.people.items()],
        case=_case(case, open_book=open_book) if sees and case is not None else None,
        title=room.title,
        turns=[Talk(**turn) for turn in room.turns] if sees else [],
        marks=[Mark(**each) for each in room.marks]
        if part == "observer" or (sees and state == "ended")
        else [],
        review=dict(room.review) if sees and room.review is not None else None,
    )


def _case(case: Scenario, *, open_book: bool) -> Case:
    return Case(
        title=case.title,
        trade_name=TRADES[case.trade],
        company=case.company,
        agent_id=case.agent_id,
        customer=case.customer,
        outbound=case.outbound,
        briefing=case.briefing,
        type_name=TYPES[case.type] if open_book else None,
        story=case.story if open_book else None,
        facts=[fact.tell[0] for fact in case.facts] if open_book else None,
        demands=[demand[0] for demand in case.demands] if open_book else None,
    )
