"""The working day of those at the complaint desk (P-SHIFT, P-DAILY)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from assistant.report.plain import plain
from assistant.store.desk import days
from assistant.store.desk.ledger import day_of
from assistant.web.api.answers import written
from assistant.web.api.cases import Handling, Name, Short, Strict, Text, acted
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving

router = APIRouter(prefix="/api/days", tags=["days"], responses=answers(401, 403, 422))
Day = Annotated[date | None, Query(description="In Asia/Shanghai; today by default.")]


class Mark(Strict):
    mark: Name
    note: Text = ""


@router.get("", summary="Show a working day")
async def one(service: Serving, who: Handling, day: Day = None, person: Short = None) -> Response:
    """Show a day with its procedures and the open cases to be handed over; agents see their own."""
    if person not in (None, who.name) and who.only is not None:
        raise ProblemError(403, "not-allowed", "只能查看自己的值班情况")
    today = day_of(datetime.now(UTC))
    asked = day or today
    job = partial(
        days.read_day, desk=service.desk, person=person or who.name, day=asked, running=asked >= today
    )
    told = await service.read(job)
    marks = [{"id": each.id, "title": each.title} for each in service.desk.rules.days.marks]
    followed = [asdict(each) for each in told["procedures"]]
    return written(plain({**told, "procedures": followed, "marks": marks}))


@router.post("/marks", summary="Mark a step of one's day")
async def mark(done: Mark, service: Serving, who: Handling) -> dict[str, bool]:
    """Keep that something of the day was done, once a day, with a note (what is left for the next shift)."""
    return {"new": await acted(service, who, days.mark, done.mark, done.note)}


@router.get("/team", summary="See who is on duty")
async def team(service: Serving, who: Handling, day: Day = None) -> Response:
    """List who has marked anything on a day; for those who see all cases."""
    if who.only is not None:
        raise ProblemError(403, "not-allowed", "只能查看自己的值班情况")
    asked = day or day_of(datetime.now(UTC))
    return written({"items": plain(await service.read(partial(days.people_on, day=asked)))})
