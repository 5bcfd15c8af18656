"""Sign in, sign out, choose another password."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address, ip_network
from math import ceil
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import UsageError
from assistant.store import users
from assistant.web import passwords
from assistant.web.identity import COOKIE, Identity, Someone, of_user
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

router = APIRouter(prefix="/api/session", tags=["session"])
LASTS = timedelta(hours=12)
_Password = Annotated[str, Field(max_length=passwords.LONGEST)]
_Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00]+$")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SignInRequest(Asked):
    name: Annotated[_Name, Field(examples=["admin"])]
    password: _Password


class PasswordRequest(Asked):
    old: _Password
    new: Annotated[_Password, Field(examples=["一句只有自己知道的话"])]


class Who(BaseModel):
    name: str
    role: Literal["agent", "qa", "trainer", "supervisor", "admin"] | None = Field(
        description="null: a program's token."
    )
    agent_id: str | None = Field(description="The agent whose calls are all this user sees.")
    scopes: list[str]
    must_change: bool = Field(description="A password of one's own has to be chosen before anything else.")
    csrf: str | None = Field(description="What `X-CSRF-Token` has to carry with each change.")


@router.post("", summary="Sign in", responses=answers(401, 413, 422, 429, 503))
async def sign_in(asked: SignInRequest, request: Request, response: Response, service: Serving) -> Who:
    """Check name and password; the session comes as a cookie and lasts twelve hours."""
    address = _address(request)
    user = await _checked(service, asked.name, asked.password, address)
    secret, csrf = passwords.secret(), passwords.secret()
    until = datetime.now(UTC) + LASTS
    job = partial(users.sign_in, user=user, secret=secret, csrf=csrf, until=until, address=address)
    await service.write(job)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return _who(of_user(user, csrf, users.key_of(secret)))


@router.get("", summary="Who am I?", responses=answers(401))
async def who(someone: Someone) -> Who:
    """Tell who is signed in, and what they may do."""
    return _who(someone)


@router.delete("", summary="Sign out", status_code=204, responses=answers(401, 403))
async def sign_out(someone: Someone, request: Request, response: Response, service: Serving) -> None:
    """End the session of this browser."""
    del someone
    await service.write(partial(users.sign_out, secret=request.cookies.get(COOKIE, "")))
    response.delete_cookie(COOKIE)


@router.put(
    "/password",
    summary="Choose another password",
    status_code=204,
    responses=answers(401, 403, 413, 422, 429, 503),
)
async def password(asked: PasswordRequest, someone: Someone, request: Request, service: Serving) -> None:
    """Replace one's own password; all browsers that are signed in with the old one are signed out."""
    if someone.role is None:
        raise ProblemError(403, "not-allowed", "令牌没有密码")
    user = await _checked(service, someone.name, asked.old, _address(request))
    if asked.new == asked.old:
        raise ProblemError(422, "bad-password", "新密码不能与旧密码相同")
    try:
        passwords.check(asked.new, user.name, service.settings.company)
        hashed = await service.work(lambda: passwords.hashed(asked.new))
    except UsageError as error:
        raise ProblemError(422, error.code, error.message) from None
    job = partial(users.set_password, by=user.name, user=user, password=hashed, must_change=False)
    await service.write(job)


async def _checked(service: Service, name: str, password: str, address: str) -> users.User:
    """Return the user who may sign in so; raises ProblemError, the same ones whoever has the name."""
    until = await service.read(partial(users.blocked_until, name=name, address=address))
    if until is not None:
        wait_s = max(1, ceil((until - datetime.now(UTC)).total_seconds()))
        wait = f"{ceil(wait_s / 60)} 分钟" if wait_s > 60 else f"{wait_s} 秒"
        raise ProblemError(429, "locked", f"密码错误次数过多，请 {wait}后再试", retry_after_s=wait_s)
    user = await service.read(partial(users.find_user, name=name))
    right = await service.work(lambda: passwords.matches(password, user.password if user else None))
    if user is None or not right or not user.active:
        await service.write(partial(users.failed, name=name, address=address, user=user))
        raise ProblemError(401, "wrong-password", "用户名或密码不正确")
    return user


def _address(request: Request) -> str:
    """Return where somebody signs in from; who has an address of IPv6 has its whole network."""
    host = request.client.host if request.client else ""
    try:
        known = ip_address(host)
    except ValueError:
        return host[:64]
    return str(known) if known.version == 4 else str(ip_network((known, 64), strict=False))


def _who(identity: Identity) -> Who:
    told: dict[str, Any] = {
        "name": identity.name, "role": identity.role, "agent_id": identity.only,
        "scopes": sorted(identity.scopes), "must_change": identity.must_change, "csrf": identity.csrf,
    }  # fmt: skip
    return Who(**told)
