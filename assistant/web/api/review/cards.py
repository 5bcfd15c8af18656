"""Scorecards over REST: versions, a check, a try-out on stored calls, assignment."""

from __future__ import annotations

from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from assistant.report.reading import report_from_object
from assistant.review.judgement import rescore
from assistant.score.form import faults_of, form_of, text_of
from assistant.score.loader import parse_scorecard, shipped_names
from assistant.store.review import cards as store
from assistant.store.review.reports import latest_reports
from assistant.web.api.review.parts import Asked, Leading, Number, Numbered, Reviewing, Short, Told, told
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from assistant.score import ScorecardDefinition

router = APIRouter(prefix="/api/qa/cards", tags=["qa"], responses=answers(401, 403, 422))
_Text = Annotated[str, Field(min_length=1, max_length=200_000)]
_Edits = Annotated[int, Field(ge=1, le=2**31, description="How often it had been edited when one saw it.")]


class TextRequest(Asked):
    text: _Text


class FormRequest(Asked):
    form: Annotated[dict[str, Any], Field(description="The keys of docs/scorecard.md, as an object.")]
    text: Annotated[str, Field(max_length=200_000, description="The text whose comments stay.")] = ""


class SaveRequest(TextRequest):
    edits: _Edits


class EditsRequest(Asked):
    edits: _Edits


class AssignmentRequest(Asked):
    card: Annotated[str, Field(min_length=1, max_length=100)]
    channel: Short = ""
    business_line: Short = ""
    team: Short = ""


class AssignmentsRequest(Asked):
    assignments: Annotated[list[AssignmentRequest], Field(max_length=200)]


@router.get("", summary="List scorecards", response_model=Told)
async def listing(service: Serving, who: Reviewing) -> Response:
    """List all versions, who they are for, and the shipped cards one may start from."""
    del who
    return told(
        {
            "items": await service.read(store.list_cards),
            "assignments": await service.read(store.list_assignments),
            "shipped": shipped_names(),
        }
    )


@router.post("", summary="Add a draft", responses=answers(409))
async def adding(asked: TextRequest, service: Serving, who: Leading) -> Numbered:
    """Add a version as a draft; problems come with line and column."""
    return Numbered(number=await service.write(partial(store.new_draft, by=who.name, text=asked.text)))


@router.get(
    "/shipped/{name}", summary="Show a shipped scorecard", response_model=Told, responses=answers(404)
)
async def shipped(name: str, who: Reviewing) -> Response:
    """Show a shipped scorecard."""
    del who
    if name not in shipped_names():
        raise ProblemError(404, "unknown-scorecard", "没有这张评分表")
    path = files("assistant") / "data" / "scorecards" / f"{name}.yml"
    return told({"text": path.read_text(encoding="utf-8")})


@router.post("/check", summary="Check a scorecard", response_model=Told)
async def checking(asked: TextRequest, service: Serving, who: Reviewing) -> Response:
    """Say what the card holds, or what is wrong with it, with line and column."""
    del who
    card = await service.work(lambda: parse_scorecard(asked.text))
    return told(_outline(card))


@router.post("/form", summary="Show a scorecard as a form", response_model=Told)
async def forming(asked: TextRequest, service: Serving, who: Reviewing) -> Response:
    """Return the card in a text as an object; problems come with line and column."""
    del who
    return told({"form": await service.work(lambda: form_of(asked.text))})


@router.post("/text", summary="Write a form as a scorecard", response_model=Told)
async def writing(asked: FormRequest, service: Serving, who: Reviewing) -> Response:
    """Return the text of a form, or what is wrong with it by field, such as ``sections.0.items.2.points``."""
    del who
    faults = await service.work(lambda: faults_of(asked.form))
    if faults:
        errors = [{"field": ".".join(map(str, each.field)), "message": each.message} for each in faults]
        raise ProblemError(422, "bad-scorecard", f"有 {len(errors)} 处需要修改", errors=errors)
    return told({"text": await service.work(lambda: text_of(asked.form, asked.text))})


@router.post("/try", summary="Try a scorecard on stored calls", response_model=Told)
async def trying(
    asked: TextRequest,
    service: Serving,
    who: Reviewing,
    calls: Annotated[int, Query(ge=1, le=100, description="The latest so many calls.")] = 20,
) -> Response:
    """Score the latest calls by the card without storing anything: before, after, and what differs."""
    del who
    card = await service.work(lambda: parse_scorecard(asked.text))
    reports = await service.read(partial(latest_reports, limit=calls))
    return told({"card": _outline(card), "calls": await service.work(lambda: _tried(card, reports))})


def _tried(card: ScorecardDefinition, reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tried = []
    for body in reports:
        before = body["score"]
        after = rescore(report_from_object(body), card, [])
        tried.append({
            "call_id": body["id"], "before": before["total"], "grade_before": before["grade"],
            "after": after.total, "grade": after.grade, "fatal": after.fatal,
            "lost": [
                {"title": item.title, "lost": round(item.max - item.points, 1)}
                for section in after.sections
                for item in section.items
                if item.points < item.max
            ],
        })  # fmt: skip
    return tried


def _outline(card: ScorecardDefinition) -> dict[str, Any]:
    return {
        "card": card.id, "version": card.version, "title": card.title, "pass_mark": store.pass_mark(card),
        "sections": [
            {
                "name": section.name, "weight": section.weight and float(section.weight),
                "items": [
                    {
                        "item": item.id, "title": item.title, "kind": item.kind, "points": float(item.points),
                        "conditional": item.when is not None,
                    }
                    for item in section.items
                ],
            }
            for section in card.sections
        ],
    }  # fmt: skip


@router.put("/assignments", summary="Say which calls get which card", status_code=204)
async def assigning(asked: AssignmentsRequest, service: Serving, who: Leading) -> None:
    """Replace all assignments; of those that suit a call the one that asks most counts."""
    wanted = [each.model_dump() for each in asked.assignments]
    await service.write(partial(store.set_assignments, by=who.name, wanted=wanted))
    await _refreshed(service)


@router.get("/{number}", summary="Show a version", response_model=Told)
async def showing(number: Number, service: Serving, who: Reviewing) -> Response:
    """Show a version."""
    del who
    return told(await service.read(partial(store.read_card, number=number)))


@router.put("/{number}", summary="Save a draft", status_code=204, responses=answers(409))
async def saving(number: Number, asked: SaveRequest, service: Serving, who: Leading) -> None:
    """Save a draft."""
    job = partial(store.save_draft, by=who.name, number=number, text=asked.text, edits=asked.edits)
    await service.write(job)


@router.post("/{number}/publish", summary="Publish a draft", status_code=204, responses=answers(409))
async def publishing(number: Number, asked: EditsRequest, service: Serving, who: Leading) -> None:
    """Publish a draft; the version before is retired. Calls to come are scored by it where it is assigned."""
    await service.write(partial(store.publish, by=who.name, number=number, edits=asked.edits))
    await _refreshed(service)


@router.post("/{number}/retire", summary="Retire a version", status_code=204, responses=answers(409))
async def retiring(number: Number, asked: EditsRequest, service: Serving, who: Leading) -> None:
    """Retire a version."""
    await service.write(partial(store.retire, by=who.name, number=number, edits=asked.edits))
    await _refreshed(service)


async def _refreshed(service: Service) -> None:
    if service.house is not None:
        await service.work(service.house.refresh)
