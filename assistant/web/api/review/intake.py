"""Calls come in: many files, each with what became of it; draws, and the queue of reviews."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from assistant.errors import HuashuError
from assistant.report.wire import error_object
from assistant.review.sampling import Assign, Kind, Plan
from assistant.store import users
from assistant.store.review import imports
from assistant.store.review.draws import Frame, list_draws, make_draw, open_tasks, queue
from assistant.store.review.imports import AT_ONCE
from assistant.store.review.intake import take_in
from assistant.web.api.review.parts import (
    Asked,
    Leading,
    Name,
    Number,
    Numbered,
    Reviewing,
    Short,
    Told,
    told,
)
from assistant.web.api.whole import read_files, sent_files
from assistant.web.identity import needs
from assistant.web.problems import ProblemError, answers
from assistant.web.qa import judge
from assistant.web.service import Serving

if TYPE_CHECKING:
    from assistant.model import Conversation
    from assistant.store.database import Connection

router = APIRouter(prefix="/api/qa", tags=["qa"], responses=answers(401, 403, 422))
Importing = Annotated[Any, needs("import")]
_RANDOM = 2**31


class ImportRequest(Asked):
    rescore: bool = Field(default=False, description="Give known calls a new report; the old one is kept.")


class DrawRequest(Asked):
    name: Name
    kind: Kind
    since: date
    until: date
    seed: Annotated[int, Field(ge=0, lt=_RANDOM)]
    count: Annotated[int | None, Field(ge=1, le=10_000)] = None
    share: Annotated[float | None, Field(gt=0, le=1)] = None
    each_agent: bool = False
    low: Annotated[float, Field(ge=0, le=110)] = 0
    high: Annotated[float, Field(ge=0, le=110)] = 100
    at_most: Annotated[float, Field(ge=0, le=1)] = 0.7
    at_least: Annotated[float, Field(ge=0, le=1)] = 0.7
    channel: Short | None = None
    business_line: Short | None = None
    team: Short | None = None
    agent_id: Short | None = None
    reviewers: Annotated[list[Name], Field(min_length=1, max_length=200)]
    assign: Assign = "round_robin"


@router.post(
    "/import", summary="Import recorded calls", response_model=Told, responses=answers(400, 413, 415, 503)
)
async def importing(
    request: Request,
    service: Serving,
    who: Importing,
    rescore: Annotated[
        bool, Query(description="Give known calls a new report; the old one is kept.")
    ] = False,
) -> Response:
    """Score and store calls of any readable format; say of each file and call what became of it.

    `status` is stored, duplicate (known by id or content; `call_id` names the known one), rescored, conflict
    (another call has this id) or error.
    """
    sent = await sent_files(request)
    judged = await service.work(lambda: [judge(service, each) for each in read_files(sent)])
    calls = [each for each in judged if not isinstance(each, dict)]
    stored: list[dict[str, Any]] = []
    today = date.today()  # noqa: DTZ011 (the house's own calendar)
    for at in range(0, len(calls), AT_ONCE):
        job = partial(take_in, by=who.name, calls=calls[at : at + AT_ONCE], day=today, rescore=rescore)
        stored += await service.write(job)
    waiting = iter(stored)
    return told({"results": [each if isinstance(each, dict) else next(waiting) for each in judged]})


@router.post("/imports", summary="Begin an import in the background", status_code=201)
async def begin_import(asked: ImportRequest, service: Serving, who: Importing) -> Numbered:
    """Begin an import; its files are sent after it, some at a time."""
    job = partial(imports.new_import, by=who.name, rescore=asked.rescore)
    return Numbered(number=await service.write(job))


@router.get("/imports", summary="List imports", response_model=Told)
async def list_imports(service: Serving, who: Importing) -> Response:
    """List one's own imports of the last 30 days, latest first, with how many parts still wait."""
    return told({"items": await service.read(partial(imports.list_imports, by=who.name))})


@router.post(
    "/imports/{number}/files",
    summary="Add files to an import",
    status_code=204,
    responses=answers(400, 404, 413, 415, 503),
)
async def add_files(number: Number, request: Request, service: Serving, who: Importing) -> None:
    """Take files in; they are masked at once, scored and stored in the background."""
    sent = await sent_files(request)
    files = await service.work(lambda: [(name, _waiting(name, data)) for name, data in sent])
    if not await service.write(partial(imports.add_files, by=who.name, number=number, files=files)):
        raise ProblemError(404, "unknown-import", "没有这次导入")


@router.get("/imports/{number}", summary="Show an import", response_model=Told, responses=answers(404))
async def show_import(
    number: Number,
    service: Serving,
    who: Importing,
    after: Annotated[int, Query(ge=0, le=2**53, description="The last part one has seen.")] = 0,
) -> Response:
    """Say what became of the files of an import, part by part, as far as it has come."""
    job = partial(imports.results_of, by=who.name, number=number, after=after)
    found = await service.read(job)
    if found is None:
        raise ProblemError(404, "unknown-import", "没有这次导入")
    return told(found)


def _waiting(name: str, data: bytes) -> list[Conversation | dict[str, Any]]:
    return [
        {**error_object(each), "status": "error"} if isinstance(each, HuashuError) else each
        for each in read_files([(name, data)])
    ]


@router.get("/queue", summary="List reviews", response_model=Told)
async def listing(
    service: Serving,
    who: Reviewing,
    mine: Annotated[bool, Query(description="One's own only.")] = True,
    state: Annotated[Literal["open", "done", "unscorable"] | None, Query()] = "open",
) -> Response:
    """List reviews, the oldest first: 200 at most; with how many are open for whom."""
    job = partial(queue, assignee=who.name if mine else None, state=state)
    return told({"items": await service.read(job), "open": await service.read(open_tasks)})


@router.get("/draws", summary="List draws", response_model=Told)
async def draws(service: Serving, who: Reviewing) -> Response:
    """List draws, latest first, with their progress and who may review."""
    del who
    return told({"items": await service.read(list_draws), "reviewers": await service.read(_reviewers)})


def _reviewers(connection: Connection) -> list[str]:
    found = users.list_users(connection)
    return [user.name for user in found if user.active and user.role in ("qa", "supervisor", "admin")]


@router.post("/draws", summary="Draw calls", response_model=Told, responses=answers(409))
async def drawing(asked: DrawRequest, service: Serving, who: Leading) -> Response:
    """Draw calls and give them to reviewers; the same request on the same calls draws the same ones."""
    plan = Plan(
        asked.kind, asked.seed, asked.count, asked.share, asked.each_agent, low=asked.low, high=asked.high,
        at_most=asked.at_most, at_least=asked.at_least,
    )  # fmt: skip
    frame = Frame(
        asked.since, asked.until, asked.channel or None, asked.business_line or None, asked.team or None,
        asked.agent_id or None,
    )  # fmt: skip
    job = partial(
        make_draw, by=who.name, name=asked.name, plan=plan, frame=frame, reviewers=asked.reviewers,
        how=asked.assign,
    )  # fmt: skip
    return told(await service.write(job))
