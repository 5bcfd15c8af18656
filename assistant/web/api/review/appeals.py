"""Agents' own results and appeals over REST."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from assistant.review.appeal import Outcome
from assistant.review.explain import losses
from assistant.store.review import appeals as store
from assistant.store.review.reports import call_result
from assistant.web.api.review.parts import (
    Appealing,
    Asked,
    CallId,
    CallIdQuery,
    Leading,
    Name,
    Number,
    Numbered,
    Reason,
    Reviewing,
    Told,
    Versioned,
    told,
)
from assistant.web.identity import Identity, Reading
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving

router = APIRouter(prefix="/api/qa", tags=["qa"], responses=answers(401, 403, 422))


class AcknowledgeRequest(Asked):
    call_id: CallId


class AppealRequest(Asked):
    call_id: CallId
    about: Annotated[
        list[Annotated[str, Field(pattern=r"^(finding:\d+|item:[\w.-]+)$")]], Field(max_length=50)
    ]
    reason: Reason


class AnswerRequest(Versioned):
    outcome: Outcome
    reason: Reason


class EscalateRequest(Versioned):
    reason: Reason


class AssignRequest(Versioned):
    assignee: Name


def _agent(who: Identity) -> str | None:
    """Return the agent `who` is; tokens may speak for anybody."""
    if who.role is None:
        return None
    if not who.only:
        raise ProblemError(403, "not-allowed", "只有坐席本人可以确认和申诉")
    return who.only


@router.get("/own", summary="List one's own calls", response_model=Told)
async def own(service: Serving, who: Appealing) -> Response:
    """List an agent's calls with their results, latest first."""
    return told({"items": await service.read(partial(store.own_calls, agent_id=who.only or ""))})


@router.get("/explain", summary="Explain every point a call lost", response_model=Told)
async def explaining(call_id: CallIdQuery, service: Serving, who: Reading) -> Response:
    """Say in plain Chinese what each lost point was lost for, by the score the call stands with."""
    found = await service.read(partial(call_result, call_id=call_id, agent_id=who.only))
    score = found["score"]
    if score is None:
        reason = found["report"].get("reason") or "复核认定无法评分"
        return told({"call_id": call_id, "score": None, "reason": reason, "losses": []})
    return told(
        {
            "call_id": call_id,
            "score": {name: score[name] for name in ("total", "max", "grade")},
            "machine": found["machine"] and found["machine"]["total"],
            "reviewed": found["reviewed"],
            "meta": found["report"]["meta"],
            "turns": [
                {name: turn.get(name) for name in ("index", "role", "text", "start_s")}
                for turn in found["report"]["turns"]
            ],
            "findings": found["findings"],
            "verdicts": found["verdicts"],
            "items": {
                item["rule"]: {"title": item.get("title") or item["rule"]}
                for section in score["sections"]
                for item in section["items"]
            },
            "losses": [asdict(each) for each in losses(score, found["findings"])],
        }
    )


@router.post("/own/acknowledge", summary="Take a result as it is", status_code=204)
async def acknowledging(asked: AcknowledgeRequest, service: Serving, who: Appealing) -> None:
    """Take a result as it is."""
    await service.write(partial(store.acknowledge, by=who.name, call_id=asked.call_id, agent_id=_agent(who)))


@router.post("/appeals", summary="Appeal against a result", responses=answers(409))
async def appealing(asked: AppealRequest, service: Serving, who: Appealing) -> Numbered:
    """Object to findings or items of one's own call; the reviewer answers first."""
    job = partial(
        store.open_appeal, by=who.name, call_id=asked.call_id, agent_id=_agent(who), about=asked.about,
        reason=asked.reason,
    )  # fmt: skip
    return Numbered(number=await service.write(job))


@router.get("/appeals", summary="List appeals", response_model=Told)
async def listing(
    service: Serving, who: Reading, state: Literal["open", "answered", "closed"] | None = None
) -> Response:
    """List appeals with every step, those with the nearest deadline first; agents see their own."""
    return told({"items": await service.read(partial(store.list_appeals, agent_id=who.only, state=state))})


@router.post(
    "/appeals/{number}/answer", summary="Answer an appeal", response_model=Told, responses=answers(409)
)
async def answering(number: Number, asked: AnswerRequest, service: Serving, who: Reviewing) -> Response:
    """Answer at the present level; above the first it takes a lead. The score is changed in the review."""
    job = partial(
        store.answer_appeal, by=who.name, number=number, version=asked.version, outcome=asked.outcome,
        reason=asked.reason, lead=who.may("lead"),
    )  # fmt: skip
    return told({"version": await service.write(job)})


@router.post(
    "/appeals/{number}/escalate",
    summary="Take an appeal to the next level",
    response_model=Told,
    responses=answers(409),
)
async def escalating(number: Number, asked: EscalateRequest, service: Serving, who: Appealing) -> Response:
    """Take an appeal to the next level."""
    job = partial(
        store.escalate_appeal, by=who.name, number=number, version=asked.version, agent_id=_agent(who),
        reason=asked.reason,
    )  # fmt: skip
    return told({"version": await service.write(job)})


@router.post(
    "/appeals/{number}/accept", summary="Accept an answer", response_model=Told, responses=answers(409)
)
async def accepting(number: Number, asked: Versioned, service: Serving, who: Appealing) -> Response:
    """Accept an answer."""
    job = partial(
        store.accept_answer, by=who.name, number=number, version=asked.version, agent_id=_agent(who)
    )
    return told({"version": await service.write(job)})


@router.post(
    "/appeals/{number}/assign",
    summary="Give an appeal to somebody",
    response_model=Told,
    responses=answers(409),
)
async def assigning(number: Number, asked: AssignRequest, service: Serving, who: Leading) -> Response:
    """Give an appeal to somebody."""
    job = partial(
        store.assign_appeal, by=who.name, number=number, version=asked.version, assignee=asked.assignee
    )
    return told({"version": await service.write(job)})
