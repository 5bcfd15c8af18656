"""The standard's figures, their trend, what complaints are about; the phone system's counters."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from assistant.desk.kpis import figures, month_of
from assistant.report.plain import plain
from assistant.store.audit import note
from assistant.store.desk import notices
from assistant.store.desk.clock import DESK
from assistant.store.desk.figures import Asked, analysis, counts, keep_counters, titles_of
from assistant.store.desk.sheets import write_report
from assistant.web.api.answers import written
from assistant.web.api.cases import Short, Strict
from assistant.web.identity import needs
from assistant.web.openapi import BINARY
from assistant.web.problems import answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.store.database import Connection

router = APIRouter(prefix="/api/kpi", tags=["kpi"], responses=answers(401, 403))
Counting = Annotated[Any, needs("kpi")]
Month = Annotated[str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
By = Literal["received_month", "team", "agent_id", "customer_level", "region"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST = 5_000


class Counters(Strict):
    """What the phone system counted on a day."""

    day: date
    team: Annotated[str, Field(max_length=64, pattern=r"^[^\x00]*$")] = ""
    dialled: Annotated[int, Field(ge=0, le=10**9)]
    connected: Annotated[int, Field(ge=0, le=10**9)]
    agent_requests: Annotated[int, Field(ge=0, le=10**9)]
    agent_answered: Annotated[int, Field(ge=0, le=10**9)]


def asked(
    first: str | None, last: str | None, by: By | None = None, only: Mapping[str, str] | None = None
) -> Asked:
    now = month_of(datetime.now(UTC))
    return Asked(first or last or now, last or first or now, by, only or {})


def told(service: Service, counted: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return figures as they are answered."""
    return [
        {
            "id": each.kpi.id,
            "title": each.kpi.title,
            "definition": each.kpi.definition,
            "value": each.value,
            "hit": each.hit,
            "of": each.of,
            "hit_name": each.kpi.hit,
            "of_name": each.kpi.of,
            "target": each.kpi.target,
            "unit": each.kpi.unit,
            "at_most": each.kpi.at_most,
            "verdict": each.verdict,
        }
        for each in figures(service.desk.rules, counted)
    ]


@router.get("", summary="Show figures", responses=answers(422))
async def show(
    service: Serving,
    who: Counting,
    *,
    first: Month = None,
    last: Month = None,
    by: By | None = None,
    team: Short = None,
    agent_id: Short = None,
    level: Short = None,
    region: Short = None,
) -> Response:
    """Show every figure of the standard for months, one row a value of `by`; one row without it.

    A case counts for the team its agent was in on the day it was received.
    """
    del who
    bounds = {"team": team, "agent_id": agent_id, "customer_level": level, "region": region}
    only = {name: value for name, value in bounds.items() if value}
    wanted = asked(first, last, by, only)
    least = service.desk.rules.kpis.satisfied_from
    rows = await service.read(partial(counts, asked=wanted, satisfied_from=least))
    listed = sorted(rows.items(), key=lambda pair: (pair[0] is None, pair[0]))
    titles = await service.read(partial(titles_of, by=by))
    return written(
        {
            "first": wanted.first,
            "last": wanted.last,
            "by": by,
            "rows": [
                {
                    "name": name,
                    "title": titles.get(name or "", name),
                    "cases": row.get("cases", 0),
                    "cost": row.get("cost", 0),
                    "figures": told(service, row),
                }
                for name, row in listed
            ],
            "retention": [
                {"title": each.title, "share": each.share} for each in service.desk.rules.kpis.retention
            ],
        }
    )


@router.get("/analysis", summary="Analyse complaints", responses=answers(422))
async def analyse(service: Serving, who: Counting, first: Month = None, last: Month = None) -> Response:
    """Count complaints by kind, product, department and so on; name clusters of the same one."""
    del who
    wanted = asked(first, last)
    found = await service.read(partial(analysis, first=wanted.first, last=wanted.last))
    clusters = await service.read(partial(notices.notices_for, recipients=[DESK], unread=False))
    counted = {
        name: [{"value": value, "cases": cases} for value, cases in rows] for name, rows in found.items()
    }
    return written(
        {
            "first": wanted.first,
            "last": wanted.last,
            "counts": counted,
            "clusters": plain([{"text": e["text"], "case": e["case"], "at": e["at"]} for e in clusters]),
        }
    )


@router.get(
    "/report.xlsx",
    summary="Fetch the report",
    response_class=Response,
    responses={200: {"description": "A workbook.", "content": {_XLSX: BINARY}}, **answers(422)},
)
async def report(service: Serving, who: Counting, first: Month = None, last: Month = None) -> Response:
    """Return the figures, their trend and the analysis of a month or quarter as a workbook."""
    del who
    wanted = asked(first, last)
    stream = BytesIO()
    await service.read(partial(write_report, desk=service.desk, asked=wanted, stream=stream))
    name = f"desk-{wanted.first}-{wanted.last}.xlsx"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(stream.getvalue(), media_type=_XLSX, headers=headers)


@router.post("/counters", summary="Keep phone counters", responses=answers(422))
async def counters(
    rows: Annotated[list[Counters], Field(max_length=_MOST)], service: Serving, who: Counting
) -> dict[str, int]:
    """Keep what the phone system counted, by day and team; a day that comes again replaces the old one."""

    def job(connection: Connection) -> int:
        note(connection, who.name, "counters.import", "", {"rows": len(rows)})
        return keep_counters(connection, [row.model_dump() for row in rows])

    return {"kept": await service.write(job)}
