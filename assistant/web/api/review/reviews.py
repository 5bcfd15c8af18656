"""Reviews over REST: each change says which version it saw."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from assistant.review.judgement import Part, Verdict, Word
from assistant.store.review import reviews as store
from assistant.store.review.quality import make_draft
from assistant.web.api.review.parts import (
    Asked,
    CallId,
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
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

router = APIRouter(prefix="/api/qa/reviews", tags=["qa"], responses=answers(401, 403, 422))
_Place = Annotated[int, Field(ge=0, le=1_000_000)]
_Called = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]+$")]


class OpenRequest(Asked):
    call_id: CallId


class VerdictRequest(Versioned):
    part: Part
    name: _Called = Field(
        description="A finding's place in the report, an item's id, or a name for what is added."
    )
    word: Word
    reason: Reason = ""
    points: Annotated[float | None, Field(ge=0, le=1_000)] = None
    rule: Name | None = Field(default=None, description="Of an added finding.")
    turn: _Place | None = None
    start: _Place | None = None
    end: _Place | None = None


class WithdrawRequest(Versioned):
    part: Part
    name: _Called


class CompleteRequest(Versioned):
    full: bool = Field(description="Everything was looked at, and what was missed is added.")


class UnscorableRequest(Versioned):
    reason: Reason


class AssignRequest(Versioned):
    assignee: Name


class ExampleRequest(Asked):
    part: Literal["finding", "added"]
    name: _Called


@router.post("", summary="Open a review of a call")
async def opening(asked: OpenRequest, service: Serving, who: Reviewing) -> Numbered:
    """Return the review of a call; one is opened where there is none."""
    job = partial(store.review_of, by=who.name, call_id=asked.call_id, assignee=who.name)
    return Numbered(number=await service.write(job))


@router.get("/{number}", summary="Show a review", response_model=Told)
async def showing(number: Number, service: Serving, who: Reviewing) -> Response:
    """Show the call, the machine's report, and people's verdicts beside it."""
    del who
    return told(await service.read(partial(store.read_review, number=number)))


@router.post("/{number}/verdicts", summary="Give a verdict", response_model=Told, responses=answers(409))
async def verdict(number: Number, asked: VerdictRequest, service: Serving, who: Reviewing) -> Response:
    """Confirm or overturn a finding, decide or grade an item, add a finding; the new score comes back."""
    finding = None
    if asked.part == "added":
        finding = {"turn": asked.turn, "start": asked.start, "end": asked.end}
        if None in finding.values():
            raise ProblemError(422, "bad-span", "请在某一句话里选中出问题的词语")
    given = Verdict(asked.part, asked.name, asked.word, asked.reason, asked.points, finding)
    job = partial(
        store.give_verdict, by=who.name, number=number, version=asked.version, verdict=given,
        shelf=service.shelf, rule=_rule(service, asked.rule) if asked.rule else None,
    )  # fmt: skip
    return told(await service.write(job))


def _rule(service: Service, name: str) -> dict[str, Any]:
    """Return what an added finding needs of a rule; raises ProblemError."""
    rule = next((each for each in service.engine.rules if each.id == name), None)
    if rule is None:
        raise ProblemError(422, "unknown-rule", "没有这条规则")
    if rule.kind == "required":
        raise ProblemError(422, "bad-verdict", "应说未说请在评分项里改判，不用选词")
    return {
        "id": rule.id, "title": rule.title, "source": list(rule.source), "family": rule.family,
        "severity": rule.severity.label,
    }  # fmt: skip


@router.post("/{number}/withdraw", summary="Take a verdict back", response_model=Told, responses=answers(409))
async def withdraw(number: Number, asked: WithdrawRequest, service: Serving, who: Reviewing) -> Response:
    """Take a verdict back."""
    job = partial(
        store.withdraw_verdict, by=who.name, number=number, version=asked.version, part=asked.part,
        name=asked.name, shelf=service.shelf,
    )  # fmt: skip
    return told(await service.write(job))


@router.post("/{number}/complete", summary="Finish a review", response_model=Told, responses=answers(409))
async def completing(number: Number, asked: CompleteRequest, service: Serving, who: Reviewing) -> Response:
    """Confirm what nobody spoke of, and let the agent see the result."""
    job = partial(
        store.complete,
        by=who.name,
        number=number,
        version=asked.version,
        shelf=service.shelf,
        full=asked.full,
    )
    return told(await service.write(job))


@router.post(
    "/{number}/unscorable",
    summary="Say that a call can't be judged",
    response_model=Told,
    responses=answers(409),
)
async def unscorable(number: Number, asked: UnscorableRequest, service: Serving, who: Reviewing) -> Response:
    """Say that a call can't be judged."""
    job = partial(
        store.set_unscorable, by=who.name, number=number, version=asked.version, reason=asked.reason
    )
    return told(await service.write(job))


@router.post(
    "/{number}/assign", summary="Give a review to somebody", response_model=Told, responses=answers(409)
)
async def assigning(number: Number, asked: AssignRequest, service: Serving, who: Leading) -> Response:
    """Give a review to somebody."""
    job = partial(
        store.assign_review, by=who.name, number=number, version=asked.version, assignee=asked.assignee
    )
    return told({"version": await service.write(job)})


@router.post(
    "/{number}/reopen", summary="Open a finished review again", response_model=Told, responses=answers(409)
)
async def reopening(number: Number, asked: Versioned, service: Serving, who: Reviewing) -> Response:
    """Open a finished review again."""
    job = partial(store.reopen, by=who.name, number=number, version=asked.version)
    return told({"version": await service.write(job)})


@router.post("/{number}/example", summary="Make an example for the rule's author", response_model=Told)
async def example(number: Number, asked: ExampleRequest, service: Serving, who: Reviewing) -> Response:
    """Turn an overturned finding into a miss, an added one into a hit: YAML, of masked text."""
    job = partial(make_draft, by=who.name, review=number, part=asked.part, name=asked.name)
    return told(await service.write(job))
