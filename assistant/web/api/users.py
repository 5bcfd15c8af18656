"""Users, tokens and the audit log, for administrators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from assistant.report.plain import plain
from assistant.store import audit, users
from assistant.web import passwords
from assistant.web.api.answers import written
from assistant.web.identity import Administering, Scope, needs
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.store.database import Connection

router = APIRouter(
    prefix="/api", tags=["administration"], dependencies=[needs("admin")], responses=answers(401, 403)
)
Role = Literal["agent", "qa", "trainer", "supervisor", "admin"]
_Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s\x00](?:[^\x00-\x1f]*[^\s\x00])?$")]
_AgentId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
_Text = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
_LAST = 2**53


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewUser(Asked):
    name: _Name
    role: Role = "agent"
    agent_id: _AgentId | None = Field(default=None, description="An agent needs one: whose calls they see.")


class Change(Asked):
    name: _Name
    role: Role | None = None
    agent_id: _AgentId | None = Field(default=None, description="Left out: as it was. null: none any more.")
    active: bool | None = Field(default=None, description="false: they sign in no more.")
    desk_rank: Annotated[str, Field(max_length=32)] | None = Field(
        default=None, description="Rank at the complaint desk. Left out: as it was. null: that of the role."
    )


class Named(Asked):
    name: _Name


class Shown(BaseModel):
    name: str
    role: Role
    agent_id: str | None
    active: bool
    desk_rank: str | None = Field(description="Rank at the complaint desk; null: that of the role.")
    must_change: bool = Field(description="They have yet to choose a password of their own.")
    locked_until: datetime | None


class Password(BaseModel):
    name: str
    password: str = Field(description="To be used once; shown this once.")


class NewToken(Asked):
    name: _Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20)]
    days: Annotated[int | None, Field(ge=1, le=3_650)] = Field(
        default=None, description="How long it is good for; null: for ever."
    )


class Token(BaseModel):
    name: str
    scopes: list[str]
    until: datetime | None


class Secret(Token):
    secret: str = Field(description="What a program shows; told this once.")


class Entry(BaseModel):
    number: int
    at: datetime
    actor: str
    action: str
    target: str
    detail: dict[str, Any]


class Log(BaseModel):
    items: list[Entry]
    next: int | None = Field(description="`before` of the page that follows; null: there is none.")


@router.get("/users", summary="List users")
async def listing(service: Serving) -> list[Shown]:
    """List everybody who may sign in, and who may no more."""
    return [_shown(user) for user in await service.read(users.list_users)]


@router.post("/users", summary="Add a user", status_code=200, responses=answers(409, 422, 503))
async def add(asked: NewUser, service: Serving, who: Administering) -> Password:
    """Add a user; the answer holds a password to be used once."""
    _agent_needs_id(asked.role, asked.agent_id)

    def job(connection: Connection, hashed: str) -> None:
        users.add_user(connection, who.name, asked.name, asked.role, hashed, agent_id=asked.agent_id)

    return await _with_password(service, asked.name, job)


@router.patch("/users", summary="Change a user", responses=answers(404, 409, 422))
async def change(asked: Change, service: Serving, who: Administering) -> Shown:
    """Change role or agent id, disable or enable: they are signed out. Or change the rank at the desk."""
    ranks = {rank.id for rank in service.desk.rules.authority.ranks}
    if asked.desk_rank is not None and asked.desk_rank not in ranks:
        raise ProblemError(422, "bad-rank", f"投诉台职级只能是：{'、'.join(sorted(ranks))}")

    def job(connection: Connection) -> users.User:
        user = _found(connection, asked.name)
        role = asked.role or user.role
        agent_id = asked.agent_id if "agent_id" in asked.model_fields_set else user.agent_id
        active = user.active if asked.active is None else asked.active
        _agent_needs_id(role, agent_id)
        if user.name == who.name and not (active and role == user.role):
            raise ProblemError(409, "oneself", "不能停用自己或更改自己的角色，请由其他管理员操作")
        users.change_user(connection, who.name, user, role=role, agent_id=agent_id, active=active)
        if "desk_rank" in asked.model_fields_set:
            users.set_rank(connection, who.name, user, asked.desk_rank)
        return _found(connection, asked.name)

    return _shown(await service.write(job))


@router.post("/users/password", summary="Give a user another password", responses=answers(404, 422, 503))
async def password(asked: Named, service: Serving, who: Administering) -> Password:
    """Make a password to be used once; the user is signed out, and a lock-out ends."""

    def job(connection: Connection, hashed: str) -> None:
        user = _found(connection, asked.name)
        users.set_password(connection, who.name, user, hashed, must_change=True)

    return await _with_password(service, asked.name, job)


@router.get("/tokens", summary="List tokens")
async def tokens(service: Serving) -> list[Token]:
    """List the tokens of programs, those that have ended too; their secrets are nowhere."""
    found = await service.read(users.list_tokens)
    return [Token(name=each.name, scopes=list(each.scopes), until=each.until) for each in found]


@router.post("/tokens", summary="Make a token", responses=answers(409, 422))
async def add_token(asked: NewToken, service: Serving, who: Administering) -> Secret:
    """Let a program in; the answer holds the secret, this once."""
    secret, scopes = passwords.secret(), sorted(set(asked.scopes))
    until = datetime.now(UTC) + timedelta(days=asked.days) if asked.days else None
    await service.write(
        lambda connection: users.add_token(connection, who.name, asked.name, secret, scopes, until=until)
    )
    return Secret(name=asked.name, scopes=list(scopes), until=until, secret=secret)


@router.delete("/tokens", summary="Drop a token", status_code=204, responses=answers(404, 422))
async def drop_token(
    service: Serving,
    who: Administering,
    name: Annotated[str, Query(min_length=1, max_length=64, pattern=r"^[^\x00]+$")],
) -> None:
    """Let a program in no more; its connections are closed."""
    if not await service.write(partial(users.drop_token, by=who.name, name=name)):
        raise ProblemError(404, "unknown-token", "没有这个令牌")


@router.get("/audit", summary="Show the audit log", response_model=Log, responses=answers(422))
async def log(
    service: Serving,
    *,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int | None, Query(ge=1, le=_LAST, description="`next` of the page before.")] = None,
    actor: Annotated[_Text, Query(description="Who did it.")] = None,
    action: Annotated[
        _Text, Query(description="What was done: `user.add`, or `user` for all of its kind.")
    ] = None,
    target: Annotated[_Text, Query(description="A part of what it was done to.")] = None,
    since: AwareDatetime | None = None,
    until: Annotated[AwareDatetime | None, Query(description="Done before this time.")] = None,
) -> Response:
    """Show who did what to what, the latest first."""
    wanted = audit.Wanted(actor, action, target, since, until)
    items, following = await service.read(
        partial(audit.list_entries, wanted=wanted, limit=limit, before=before)
    )
    return written({"items": plain(items), "next": following})


def _agent_needs_id(role: str, agent_id: str | None) -> None:
    if role == "agent" and not agent_id:
        raise ProblemError(422, "no-agent-id", "坐席须填写工号：坐席只能看到自己工号的通话")


def _found(connection: Connection, name: str) -> users.User:
    user = users.find_user(connection, name)
    if user is None:
        raise ProblemError(404, "unknown-user", "没有这个用户")
    return user


async def _with_password(service: Service, name: str, job: Callable[[Connection, str], None]) -> Password:
    made = passwords.one_time()
    hashed = await service.work(lambda: passwords.hashed(made))
    await service.write(lambda connection: job(connection, hashed))
    return Password(name=name, password=made)


def _shown(user: users.User) -> Shown:
    return Shown(
        name=user.name, role=user.role, agent_id=user.agent_id, active=user.active,
        must_change=user.must_change, locked_until=user.locked_until, desk_rank=user.desk_rank,
    )  # fmt: skip
