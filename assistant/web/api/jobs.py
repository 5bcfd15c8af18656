"""Jobs: what the service does later, and how far it has come."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from assistant.store import jobs as stored
from assistant.web.identity import Administering, Identity, Someone
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving

router = APIRouter(prefix="/api/jobs", tags=["jobs"], responses=answers(401, 403))
_LAST = 2**53
Number = Annotated[int, Path(ge=1, le=_LAST)]


class Job(BaseModel):
    """A job as it stands."""

    number: int
    kind: str
    status: Literal["waiting", "running", "done", "dead"] = Field(
        description="`dead`: given up after too many tries."
    )
    asked_by: str
    attempts: int
    done: int = Field(description="Steps that are behind it.")
    total: int | None = Field(description="Steps it has, where that is known.")
    result: dict[str, Any] | None
    error: str | None = Field(description="What went wrong last.")
    made_at: datetime
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class JobListing(BaseModel):
    items: list[Job]
    next: int | None = Field(description="`before` of the page that follows; null: there is none.")


@router.get("", summary="List jobs", responses=answers(422))
async def listing(
    service: Serving,
    who: Someone,
    *,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=_LAST, description="`next` of the page before.")] = None,
    status: Literal["waiting", "running", "done", "dead"] | None = None,
    kind: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
) -> JobListing:
    """List jobs, the latest first: administrators see all, others those they asked for."""
    query = partial(
        stored.list_jobs, limit=limit + 1, before=before, status=status, kind=kind, asked_by=_only(who)
    )
    found = await service.read(query)
    following = found[limit - 1].number if len(found) > limit else None
    return JobListing(items=[_shown(job) for job in found[:limit]], next=following)


@router.get("/{number}", summary="Show a job", responses=answers(404, 422))
async def one(service: Serving, who: Someone, number: Number) -> Job:
    """Show how far a job has come, and what came of it."""
    job = await service.read(partial(stored.find_job, number=number))
    if job is None or _only(who) not in (None, job.asked_by):
        raise ProblemError(404, "unknown-job", "没有这个任务")
    return _shown(job)


@router.post("/{number}/retry", summary="Try a job again", status_code=204, responses=answers(404, 422))
async def retry(service: Serving, who: Administering, number: Number) -> None:
    """Let a job that was given up be tried anew."""
    if not await service.write(partial(stored.revive, by=who.name, number=number)):
        raise ProblemError(404, "unknown-job", "没有这个已放弃的任务")


def _only(who: Identity) -> str | None:
    if who.must_change:
        raise ProblemError(403, "password-expired", "请先设置自己的密码")
    return None if who.may("admin") else who.name


def _shown(job: stored.Job) -> Job:
    return Job(**{name: getattr(job, name) for name in Job.model_fields})
