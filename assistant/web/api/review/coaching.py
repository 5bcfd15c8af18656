"""Coaching tasks over REST."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from assistant.bootstrap import load_practice
from assistant.store.review import coaching as store
from assistant.web.api.review.parts import (
    Appealing,
    Asked,
    CallId,
    Name,
    Number,
    Numbered,
    Reason,
    Reviewing,
    Short,
    Told,
    told,
)
from assistant.web.identity import Reading
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

router = APIRouter(prefix="/api/qa/coaching", tags=["qa"], responses=answers(401, 403, 422))


class Example(Asked):
    call_id: CallId
    turn: Annotated[int, Field(ge=0)]
    text: Reason


class TaskRequest(Asked):
    agent_id: Name
    title: Name
    rules: Annotated[list[Name], Field(min_length=1, max_length=20)]
    examples: Annotated[list[Example], Field(default_factory=list, max_length=20)]
    note: Reason = ""
    practice: Short = Field(default="", description="A scenario to practise with.")
    due: date


@router.get("", summary="List coaching tasks", response_model=Told)
async def listing(service: Serving, who: Reading) -> Response:
    """List tasks, latest first; agents see their own."""
    return told({"items": await service.read(partial(store.list_tasks, agent_id=who.only))})


@router.get("/scenarios", summary="List scenarios to practise", response_model=Told)
async def practising(service: Serving, who: Reading) -> Response:
    """List the scenarios of the practice room that tasks may name, the easiest first."""
    del who
    return told({"items": await service.work(lambda: _scenarios(service))})


def _scenarios(service: Service) -> list[dict[str, Any]]:
    room = load_practice(service.settings, engine=service.engine)
    found = [
        {"id": each.id, "title": each.title, "difficulty": each.difficulty}
        for each in room.scenarios.values()
    ]
    return sorted(found, key=lambda each: (each["difficulty"], each["title"]))


@router.post("", summary="Give a coaching task", responses=answers(503))
async def giving(asked: TaskRequest, service: Serving, who: Reviewing) -> Numbered:
    """Give an agent a task; how often the rules were broken in the last 30 days is kept beside it."""
    if asked.practice:
        known = await service.work(lambda: _scenarios(service))
        if asked.practice not in {each["id"] for each in known}:
            raise ProblemError(422, "unknown-scenario", f"没有练习场景 {asked.practice}")
    job = partial(
        store.new_task, by=who.name, agent_id=asked.agent_id, title=asked.title, rules=asked.rules,
        examples=[each.model_dump() for each in asked.examples], note_text=asked.note, due=asked.due,
        practice=asked.practice,
    )  # fmt: skip
    return Numbered(number=await service.write(job))


@router.post("/{number}/acknowledge", summary="Take a task on", status_code=204)
async def acknowledging(number: Number, service: Serving, who: Appealing) -> None:
    """Take a task on."""
    await service.write(partial(store.acknowledge_task, by=who.name, number=number, agent_id=who.only))


@router.post("/{number}/measure", summary="Measure again", response_model=Told)
async def measuring(number: Number, service: Serving, who: Reviewing) -> Response:
    """Count in how many calls since the task the rules were broken, beside how many before."""
    return told(await service.write(partial(store.measure_task, by=who.name, number=number)))
