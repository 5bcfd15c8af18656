"""Scenarios of the house: drafted from a stored call, edited as YAML, tried, released."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from assistant.practice.drafting import draft_of
from assistant.practice.examples import failures_of
from assistant.store.conversations import read_conversation
from assistant.store.models import CALL_ID
from assistant.store.practice import drafts as kept
from assistant.web.api.practice import LAST, Asked, Number, Plain
from assistant.web.identity import needs
from assistant.web.practice import FILE, Hall, Practising, faults_of
from assistant.web.problems import ProblemError, answers
from assistant.web.rules.uploads import storable
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from assistant.practice.scenario import Scenario
    from assistant.store.practice.drafts import Draft

Training = Annotated[Any, needs("train")]
router = APIRouter(
    prefix="/api/scenarios", tags=["scenarios"], dependencies=[needs("train")], responses=answers(401, 403)
)
_CHARACTERS = 60_000
_TITLE = re.compile(r"^title: *[\"']?([^\"'#\n]+)", re.MULTILINE)


class DraftRequest(Asked):
    call_id: Annotated[str, Field(min_length=1, max_length=CALL_ID, pattern=Plain, examples=["c1"])] = Field(
        description="The stored call it is drafted from."
    )


class TextRequest(Asked):
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=_CHARACTERS,
            description="The YAML text.",
            examples=["scenario: house-1\n"],
        ),
    ]
    revision: int = Field(ge=1, le=LAST, description="The revision the change is made to.")


class ReleaseRequest(Asked):
    released: bool = Field(examples=[True], description="Whether everybody may play it.")


class Fault(BaseModel):
    line: int = Field(description="From 1.")
    column: int = Field(description="From 1.")
    code: str
    message: str
    excerpt: str


class Summary(BaseModel):
    number: int
    scenario: str | None = Field(description="Its id, once the loader accepts it.")
    title: str
    accepted: bool
    released: bool
    call_id: str | None
    revision: int
    changed_by: str
    changed_at: datetime


class Whole(Summary):
    text: str
    faults: list[Fault]
    failures: list[str] = Field(description="Examples that don't end as they say.")


@router.get("", summary="List the house's scenarios")
async def listing(service: Serving) -> list[Summary]:
    """List the scenarios of the house, the one changed last first."""
    return [Summary(**_summary(draft)) for draft in await service.read(kept.list_drafts)]


@router.post("", status_code=201, summary="Draft a scenario", responses=answers(404, 409, 413, 422, 503))
async def add(asked: DraftRequest, service: Serving, hall: Practising, who: Training) -> Whole:
    """Draft a scenario from a stored call: its masked words, for the trainer to go over."""
    stored = await service.read(partial(read_conversation, call_id=asked.call_id))
    if stored is None or stored.report is None:
        raise ProblemError(404, "unknown-conversation", "没有这通电话，或者还没有评分")
    taken = {draft.scenario for draft in await service.read(kept.list_drafts)} | set(hall.shipped)
    text = await service.work(partial(draft_of, stored.turns, stored.report, meta=stored.meta, taken=taken))
    case, _ = faults_of(text)
    job = partial(
        kept.add_draft,
        by=who.name,
        title=_title(text, case),
        text=text,
        scenario=case.id if case else None,
        call_id=asked.call_id,
        now=datetime.now(UTC),
    )
    return await _shown(service, hall, await service.write(job))


@router.get("/{number}", summary="Show a scenario of the house", responses=answers(404, 422))
async def one(number: Number, service: Serving, hall: Practising) -> Whole:
    """Show the text with all that is wrong with it, and examples that don't end as they say."""
    return await _shown(service, hall, number)


@router.put("/{number}", summary="Change a scenario of the house", responses=answers(404, 409, 413, 422, 503))
async def change(
    number: Number, asked: TextRequest, service: Serving, hall: Practising, who: Training
) -> Whole:
    """Keep a text, right or wrong; it can be tried once the loader accepts it."""
    await _draft(service, number)
    text = storable(FILE, asked.text)
    case, _ = await service.work(partial(faults_of, text))
    if case is not None and case.id in hall.shipped:
        raise ProblemError(409, "id-taken", f"产品自带的场景已经用了编号 {case.id}，请换一个")
    job = partial(
        kept.keep_draft,
        by=who.name,
        number=number,
        revision=asked.revision,
        title=_title(text, case),
        text=text,
        scenario=case.id if case else None,
        now=datetime.now(UTC),
    )
    await service.write(job)
    return await _shown(service, hall, number)


@router.post(
    "/{number}/release", summary="Release a scenario of the house", responses=answers(404, 409, 413, 422)
)
async def release(
    number: Number, asked: ReleaseRequest, service: Serving, hall: Practising, who: Training
) -> Whole:
    """Let everybody play it, or nobody but trainers any more."""
    await _draft(service, number)
    await service.write(partial(kept.release, by=who.name, number=number, released=asked.released))
    return await _shown(service, hall, number)


@router.delete(
    "/{number}", status_code=204, summary="Delete a scenario of the house", responses=answers(404, 422)
)
async def drop(number: Number, service: Serving, who: Training) -> Response:
    """Delete it; sessions that were played with it stay."""
    if not await service.write(partial(kept.drop_draft, by=who.name, number=number)):
        raise _no_draft()
    return Response(status_code=204)


async def _draft(service: Service, number: int) -> Draft:
    draft: Draft | None = await service.read(partial(kept.find_draft, number=number))
    if draft is None:
        raise _no_draft()
    return draft


def _no_draft() -> ProblemError:
    return ProblemError(404, "no-scenario", "没有这份场景草稿")


async def _shown(service: Service, hall: Hall, number: int) -> Whole:
    draft = await _draft(service, number)
    case, faults = await service.work(partial(faults_of, draft.text))
    return Whole(
        **_summary(draft),
        text=draft.text,
        faults=[
            Fault(
                line=each.line, column=each.column, code=each.code, message=each.message, excerpt=each.excerpt
            )
            for each in faults
        ],
        failures=await _failures(service, hall, case) if case is not None else [],
    )


async def _failures(service: Service, hall: Hall, case: Scenario) -> list[str]:
    room = await hall.room()
    if case.id not in room.scenarios:
        return []
    found: list[str] = await service.work(
        lambda: [f"示例“{each.example}”：{each.problem}" for each in failures_of(room, case)]
    )
    return found


def _summary(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in Summary.model_fields}


def _title(text: str, case: Scenario | None) -> str:
    """Return the title of a scenario, that of a text the loader refuses as far as it can be read."""
    if case is not None:
        return case.title[:200]
    found = _TITLE.search(text)
    return (found[1].strip() if found else "")[:200] or "未命名场景"
