"""Reports over REST: figures of months, the calls behind them, XLSX, the monthly close."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from assistant.report.tables import write_tables
from assistant.review.tables import tables_of
from assistant.store.review import reports as store
from assistant.store.review.reports import Scope, Titles
from assistant.web.api.review.parts import Asked, Leading, Month, Short, Told, told
from assistant.web.identity import Identity, Reading
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from assistant.store.database import Connection

router = APIRouter(prefix="/api/qa", tags=["qa"], responses=answers(401, 403, 422))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Period(Asked):
    since: Month = Field(description="YYYY-MM")
    until: Month | None = Field(default=None, description="The last month; else `since` alone.")
    agent_id: Short | None = None
    team: Short | None = None
    business_line: Short | None = None
    channel: Short | None = None


class Behind(Period):
    item: Short | None = None
    rule: Short | None = None
    failed: bool = False


def _scope(who: Identity, asked: Period) -> Scope:
    agent_id, team = (asked.agent_id, asked.team) if who.only is None else (who.only, None)
    scope = Scope(
        asked.since, asked.until or asked.since, agent_id or None, team or None, asked.business_line or None,
        asked.channel or None,
    )  # fmt: skip
    if scope.until < scope.since:
        raise ProblemError(422, "bad-period", "结束月份不能早于开始月份")
    return scope


async def _figures(service: Service, scope: Scope) -> dict[str, Any]:
    rules = {rule.id: rule.title for rule in service.engine.rules}

    def job(connection: Connection) -> dict[str, Any]:
        return store.report(connection, scope, Titles(service.shelf.titles(connection), rules))

    return await service.read(job)


@router.get("/report", summary="Show the figures of months", response_model=Told)
async def showing(service: Serving, who: Reading, asked: Annotated[Period, Query()]) -> Response:
    """Show scores, pass rates, trends, items, rules, emotion and phrases; agents see their own.

    The ranking rests on random draws that were reviewed in full, weighted; draws by risk are a volume.
    """
    return told(await _figures(service, _scope(who, asked)))


@router.get("/places", summary="Whose calls there are figures of", response_model=Told)
async def places(service: Serving, who: Reading) -> Response:
    """List teams (one's own first, by name), business lines and channels that reports may be asked for."""
    return told(await service.read(partial(store.places, user=who.name if who.role else None)))


@router.get(
    "/report.xlsx",
    summary="The figures of months as a workbook",
    response_class=Response,
    responses={
        200: {
            "description": "A workbook.",
            "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def workbook(service: Serving, who: Reading, asked: Annotated[Period, Query()]) -> Response:
    """The figures of months as a workbook."""
    body = await _figures(service, _scope(who, asked))
    stream = BytesIO()
    await service.work(lambda: write_tables(tables_of(body), stream))
    named = {"content-disposition": f'attachment; filename="huashu-{asked.since}.xlsx"'}
    return Response(stream.getvalue(), media_type=XLSX, headers=named)


@router.get("/report/calls", summary="Show the calls behind a figure", response_model=Told)
async def behind(service: Serving, who: Reading, asked: Annotated[Behind, Query()]) -> Response:
    """List the calls that lost points on an item, broke a rule, or failed: 200 at most, latest first."""
    job = partial(
        store.calls_behind,
        scope=_scope(who, asked),
        item=asked.item,
        rule=asked.rule,
        failed=asked.failed,
    )
    return told({"items": await service.read(job)})


@router.post("/months/{month}/close", summary="Close a month", response_model=Told, responses=answers(409))
async def closing(
    month: Annotated[str, Path(pattern=r"^[12]\d{3}-(0[1-9]|1[0-2])$")], service: Serving, who: Leading
) -> Response:
    """Fix the scores of a month that is over: nothing of it changes from now on."""
    rules = {rule.id: rule.title for rule in service.engine.rules}

    def job(connection: Connection) -> dict[str, Any]:
        titles = Titles(service.shelf.titles(connection), rules)
        return store.close_month(connection, who.name, month, titles)

    return told(await service.write(job))
