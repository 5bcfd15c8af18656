"""Calibration over REST."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from assistant.store.review import calibration as store
from assistant.web.api.review.parts import (
    Asked,
    CallId,
    Leading,
    Name,
    Number,
    Numbered,
    Reviewing,
    Told,
    told,
)
from assistant.web.problems import answers
from assistant.web.service import Serving

router = APIRouter(prefix="/api/qa/calibrations", tags=["qa"], responses=answers(401, 403, 422))
_Word = Literal["met", "partly", "missed", "not_applicable"]


class CalibrationRequest(Asked):
    name: Name
    raters: Annotated[list[Name], Field(min_length=2, max_length=50)]
    calls: Annotated[list[CallId], Field(min_length=1, max_length=100)]


class RatingRequest(Asked):
    call_id: CallId
    items: Annotated[dict[str, _Word], Field(min_length=1, max_length=500)]


@router.get("", summary="List calibrations", response_model=Told)
async def listing(service: Serving, who: Reviewing) -> Response:
    """List calibrations: leads see all, raters their own."""
    rater = None if who.may("lead") else who.name
    return told({"items": await service.read(partial(store.list_calibrations, rater=rater)), "me": who.name})


@router.post("", summary="Begin a calibration")
async def beginning(asked: CalibrationRequest, service: Serving, who: Leading) -> Numbered:
    """Begin a calibration."""
    job = partial(
        store.new_calibration, by=who.name, name=asked.name, raters=asked.raters, call_ids=asked.calls
    )
    return Numbered(number=await service.write(job))


@router.get("/{number}/calls", summary="Show the calls to rate", response_model=Told, responses=answers(409))
async def calls(number: Number, service: Serving, who: Reviewing) -> Response:
    """Show the calls without anybody's verdicts, the machine's included, and one's own rating."""
    job = partial(store.calls_to_rate, number=number, rater=who.name, shelf=service.shelf)
    return told({"calls": await service.read(job)})


@router.post("/{number}/ratings", summary="Rate a call", response_model=Told, responses=answers(409))
async def rating(number: Number, asked: RatingRequest, service: Serving, who: Reviewing) -> Response:
    """Rate a call."""
    job = partial(
        store.rate, rater=who.name, number=number, call_id=asked.call_id, items=asked.items,
        shelf=service.shelf,
    )  # fmt: skip
    return told({"total": await service.write(job)})


@router.post("/{number}/close", summary="End a calibration", status_code=204)
async def closing(number: Number, service: Serving, who: Leading) -> None:
    """End a calibration."""
    await service.write(partial(store.close, by=who.name, number=number))


@router.get(
    "/{number}/results", summary="Show how far raters agree", response_model=Told, responses=answers(409)
)
async def results(number: Number, service: Serving, who: Reviewing) -> Response:
    """Show kappa and Krippendorff's alpha by item, the spread of totals, and what to talk about first."""
    del who
    return told(await service.read(partial(store.results, number=number, shelf=service.shelf)))
