"""The organisation: look at it, take a workbook or rows over, give it back as a workbook."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import InputError
from assistant.organisation.model import AGENT_ID, CODE, NAME, USER, RowsError
from assistant.organisation.model import Organisation as Whole
from assistant.organisation.sheets import AGENTS, LINES, TEAMS, Draft, Row, read_workbook, write_workbook
from assistant.store import organisation as store
from assistant.store.review.facts import take_over as take_over_whole
from assistant.web.api.uploads import FORM, ONE_FILE, body_of, media_type, uploads
from assistant.web.identity import Administering, Someone, needs
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.organisation.model import Team

router = APIRouter(
    prefix="/api/organisation",
    tags=["organisation"],
    dependencies=[needs("organisation")],
    responses=answers(401, 403),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST = 50_000


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LineRow(Asked):
    line_id: Annotated[str, Field(max_length=CODE)]
    name: Annotated[str, Field(max_length=NAME)]


class TeamRow(Asked):
    team_id: Annotated[str, Field(max_length=CODE)]
    name: Annotated[str, Field(max_length=NAME)]
    line: Annotated[str | None, Field(max_length=CODE)] = None
    supervisor: Annotated[str | None, Field(max_length=AGENT_ID)] = Field(
        default=None, description="The agent id of whoever leads it."
    )


class AgentRow(Asked):
    """An agent's membership in a team; several rows with the same `agent_id` are several memberships."""

    agent_id: Annotated[str, Field(max_length=AGENT_ID)]
    name: Annotated[str, Field(max_length=NAME)] = ""
    user: Annotated[str | None, Field(max_length=USER)] = None
    team: Annotated[str | None, Field(max_length=CODE)] = None
    hired: date | None = None
    since: date | None = None
    until: Annotated[date | None, Field(description="The last day; null: until further notice.")] = None
    delete: bool = Field(default=False, description="Drop the membership that begins on `since`.")


class Rows(Asked):
    """What is to be taken over; what isn't named stays."""

    lines: Annotated[list[LineRow], Field(max_length=_MOST)] = Field(default_factory=list)
    teams: Annotated[list[TeamRow], Field(max_length=_MOST)] = Field(default_factory=list)
    agents: Annotated[list[AgentRow], Field(max_length=_MOST)] = Field(default_factory=list)


class Membership(BaseModel):
    team: str
    since: date
    until: date | None


class Agent(BaseModel):
    agent_id: str
    name: str
    user: str | None
    hired: date | None
    memberships: list[Membership]


class Organisation(BaseModel):
    lines: list[LineRow]
    teams: list[TeamRow]
    agents: list[Agent]
    mine: list[str] = Field(description="The teams that whoever asks leads.")


class Teams(BaseModel):
    teams: list[TeamRow]
    mine: list[str] = Field(description="Those that whoever asks leads.")


class RowError(BaseModel):
    sheet: str
    row: int = Field(description="As the spreadsheet counts; 0: the whole sheet.")
    column: str
    message: str


class Changes(BaseModel):
    checked: bool = Field(description="true: it was only looked at, and nothing has changed.")
    changes: dict[str, int] = Field(
        description="How many `lines`, `teams`, `agents`, `memberships` are `new`, `changed`, `ended` …"
    )
    errors: list[RowError] = Field(default_factory=list, description="What a check found wrong.")


_BODY = body_of(
    {
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    part: {"type": "array", "maxItems": _MOST, "items": row.model_json_schema()}
                    for part, row in (("lines", LineRow), ("teams", TeamRow), ("agents", AgentRow))
                },
            },
            "example": {
                "teams": [{"team_id": "A1", "name": "售后一班"}],
                "agents": [{"agent_id": "3056", "name": "王芳", "team": "A1", "since": "2026-11-01"}],
            },
        },
        **ONE_FILE,
    },
    description="A workbook as `/api/organisation/workbook` gives it, or rows.",
)
_WORKBOOK: dict[int | str, dict[str, Any]] = {
    200: {"description": "A workbook.", "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("", summary="Show the organisation", responses=answers(422))
async def show(
    service: Serving,
    who: Someone,
    day: Annotated[date | None, Query(description="Only the memberships that hold on this day.")] = None,
) -> Organisation:
    """Show business lines, teams, agents and from when to when they belong to which team."""
    known, mine = await service.read(
        lambda connection: (
            store.read_organisation(connection),
            store.teams_led_by(connection, who.name) if who.role else [],
        )
    )
    agents = list(known.agents.values()) if day is None else store.on_day(known, day)
    return Organisation(
        lines=[LineRow(line_id=each.line_id, name=each.name) for each in known.lines.values()],
        teams=[
            _team(each) for each in known.teams.values()
        ],
        agents=[
            Agent(
                agent_id=each.agent_id, name=each.name, user=each.user, hired=each.hired,
                memberships=[
                    Membership(team=held.team, since=held.since, until=held.until)
                    for held in each.memberships
                ],
            )
            for each in agents
        ],
        mine=mine,
    )  # fmt: skip


@router.get("/teams", summary="List teams")
async def list_teams(service: Serving, who: Someone) -> Teams:
    """List the teams, and which of them whoever asks leads."""
    found, mine = await service.read(
        lambda connection: (
            store.teams(connection),
            store.teams_led_by(connection, who.name) if who.role else [],
        )
    )
    return Teams(teams=[_team(each) for each in found], mine=mine)


@router.get(
    "/workbook",
    summary="Get the workbook",
    response_class=Response,
    responses={**_WORKBOOK, **answers(422, 503)},
)
async def workbook(
    service: Serving, *, template: Annotated[bool, Query(description="An empty one to fill in.")] = False
) -> Response:
    """Give the organisation as a workbook that can be changed and taken over again."""
    known = Whole() if template else await service.read(store.read_organisation)
    data = await service.work(lambda: write_workbook(known))
    name = "organisation-template" if template else "organisation"
    headers = {"content-disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(data, media_type=XLSX, headers=headers)


@router.post("", summary="Take rows over", responses=answers(400, 413, 415, 422, 503), openapi_extra=_BODY)
async def take_over(
    request: Request,
    service: Serving,
    who: Administering,
    *,
    check: Annotated[bool, Query(description="Say what would change, and change nothing.")] = False,
) -> Changes:
    """Take all rows over, or none: then the problem lists all that is wrong, with sheet, row and column.

    A check answers with the same list as its `errors`.
    """
    try:
        draft = await _draft(request, service)
        job = partial(take_over_whole, by=who.name, draft=draft, dry_run=check)
        changes: Mapping[str, int] = await service.write(job)
    except RowsError as error:
        if check:
            return Changes(checked=True, changes={}, errors=[RowError(**each) for each in _errors(error)])
        raise ProblemError(422, error.code, error.message, errors=_errors(error)) from None
    except InputError as error:
        raise ProblemError(422, error.code, error.message) from None
    return Changes(checked=check, changes=dict(changes))


def _team(team: Team) -> TeamRow:
    return TeamRow(team_id=team.team_id, name=team.name, line=team.line, supervisor=team.supervisor)


async def _draft(request: Request, service: Any) -> Draft:
    if media_type(request) == "application/json":
        body = await request.body()
        try:
            rows = Rows.model_validate_json(body)
        except ValidationError as error:
            errors = [
                {"place": ".".join(map(str, each["loc"])), "message": each["msg"], "code": each["type"]}
                for each in error.errors()
            ]
            raise ProblemError(422, "invalid", "各行不符合要求，请检查填写的各项", errors=errors) from None
        return _drafted(rows)
    async with uploads(request, 1, accepted=f"application/json or {FORM}") as (file, *_):
        data = await file.read()
    if not data:
        raise ProblemError(422, "no-file", "没有收到文件")
    draft: Draft = await service.work(lambda: read_workbook(data))
    return draft


def _drafted(rows: Rows) -> Draft:
    """Return rows that came as JSON as those of a workbook, counted from 1."""
    return Draft(
        tuple(
            Row(LINES, n, {"编号": each.line_id, "名称": each.name}) for n, each in enumerate(rows.lines, 1)
        ),
        tuple(
            Row(
                TEAMS, n,
                {
                    "编号": each.team_id, "名称": each.name, "业务线": each.line,
                    "班长工号": each.supervisor,
                },
            )
            for n, each in enumerate(rows.teams, 1)
        ),
        tuple(
            Row(
                AGENTS, n,
                {
                    "工号": each.agent_id, "姓名": each.name, "用户名": each.user, "班组": each.team,
                    "入职日期": each.hired, "生效日期": each.since, "截止日期": each.until,
                    "删除": "是" if each.delete else None,
                },
            )
            for n, each in enumerate(rows.agents, 1)
        ),
    )  # fmt: skip


def _errors(error: RowsError) -> list[dict[str, Any]]:
    return [
        {"sheet": each.sheet, "row": each.row, "column": each.column, "message": each.message}
        for each in error.problems
    ]
