"""Who asks, and what they may do.

A browser shows its cookie, and for everything that changes something the CSRF token that goes with it;
a program shows a token with scopes (``Authorization: Bearer``). A user's scopes come from the role.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

from fastapi import Depends
from starlette.requests import HTTPConnection

from assistant.store import users
from assistant.web.logs import whose
from assistant.web.problems import ProblemError
from assistant.web.service import service_of

if TYPE_CHECKING:
    from assistant.store.users import Role

Scope = Literal[
    "check",
    "import",
    "read",
    "live",
    "rules",
    "rules.publish",
    "board",
    "review",
    "lead",
    "appeal",
    "desk",
    "kpi",
    "organisation",
    "contacts",
    "train",
    "admin",
]
SCOPES: tuple[str, ...] = get_args(Scope)
COOKIE = "huashu_session"
CSRF = "x-csrf-token"
_SAFE = frozenset(["GET", "HEAD", "OPTIONS"])
_MAY: dict[Role, frozenset[str]] = {
    "agent": frozenset(["check", "live", "read", "rules", "appeal", "desk"]),
    "qa": frozenset(
        ["check", "import", "read", "rules", "rules.publish", "review", "kpi", "organisation", "contacts"]
    ),
    "trainer": frozenset(["check", "import", "live", "read", "rules", "kpi", "organisation", "train"]),
    "supervisor": frozenset(SCOPES) - {"appeal", "rules.publish", "train", "admin"},
    "admin": frozenset(SCOPES) - {"appeal"},
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody known; `only` names the agent whose calls are all they see (None: all calls).

    `key` is what their cookie or token is known by in the store; `rank` is theirs at the complaint desk
    where it isn't that of the role.
    """

    name: str
    scopes: frozenset[str]
    role: Role | None = None
    only: str | None = None
    must_change: bool = False
    csrf: str | None = None
    key: str = ""
    rank: str | None = None

    def may(self, scope: str) -> bool:
        return scope in self.scopes and not self.must_change


def may_do(role: Role, scope: Scope) -> bool:
    """Whether users of a role may do what a scope stands for."""
    return scope in _MAY[role]


def of_user(user: users.User, csrf: str, key: str) -> Identity:
    only = (user.agent_id or "") if user.role == "agent" else None
    return Identity(user.name, _MAY[user.role], user.role, only, user.must_change, csrf, key, user.desk_rank)


async def known(connection: HTTPConnection) -> Identity | None:
    """Return who sent this, None for nobody we know; raises ProblemError (403) without the CSRF token."""
    found = await _known(connection)
    if found is not None:
        whose(found.name)
    return found


async def _known(connection: HTTPConnection) -> Identity | None:
    service = service_of(connection)
    scheme, _, shown = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        token = await service.read(partial(users.find_token, secret=shown.strip()))
        if token is None:
            return None
        return Identity(f"token:{token.name}", frozenset(token.scopes), key=users.key_of(shown.strip()))
    cookie = connection.cookies.get(COOKIE)
    found = await service.read(partial(users.signed_in, secret=cookie)) if cookie else None
    if cookie is None or found is None:
        return None
    user, csrf = found
    method = connection.scope.get("method", "GET")  # a WebSocket's is a GET; its Origin is looked at before
    if method not in _SAFE and connection.headers.get(CSRF) != csrf:
        raise ProblemError(403, "no-csrf-token", f"请刷新页面后再试（请求头 {CSRF} 须带上会话的令牌）")
    return of_user(user, csrf, users.key_of(cookie))


async def someone(connection: HTTPConnection) -> Identity:
    """Return who sent this; raises ProblemError (401) for nobody we know."""
    found = await known(connection)
    if found is None:
        raise ProblemError(401, "not-signed-in", "请先登录；程序请带上令牌（Authorization: Bearer …）")
    return found


Someone = Annotated[Any, Depends(someone)]


def needs(scope: Scope) -> Any:
    """Return the dependency of a route on who may ask it."""

    async def allowed(who: Someone) -> Identity:
        refuse(who, scope)
        found: Identity = who
        return found

    allowed.__dict__["scope"] = scope  # the OpenAPI document names it
    return Depends(allowed)


def refuse(who: Identity, scope: Scope) -> None:
    """Raise ProblemError (403) where `who` may not do this."""
    if who.must_change:
        raise ProblemError(403, "password-expired", "请先设置自己的密码")
    if not who.may(scope):
        raise ProblemError(403, "not-allowed", f"没有权限：{scope}")


Checking = Annotated[Any, needs("check")]
Live = Annotated[Any, needs("live")]
Reading = Annotated[Any, needs("read")]
Administering = Annotated[Any, needs("admin")]
Publishing = Annotated[Any, needs("rules.publish")]
