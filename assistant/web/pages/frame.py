"""What every page has in common: who may see it, the frame around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant import __version__
from assistant.web.identity import known

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from assistant.web.identity import Identity

_PAGES = (
    ("/desk", "坐席台", "live"),
    ("/board", "班长台", "board"),
    ("/calls", "通话", "read"),
    ("/qa", "质检", "review"),
    ("/my", "我的通话", "appeal"),
    ("/cases", "投诉台", "desk"),
    ("/callbacks", "回访", "desk"),
    ("/kpi", "指标", "kpi"),
    ("/reports", "报表", "read"),
    ("/practice", "陪练", "check"),
    ("/courses", "课程", "check"),
    ("/quiz", "测验", "check"),
    ("/rules", "规则", "rules"),
    ("/organisation", "组织", "organisation"),
    ("/settings", "设置", "admin"),
)
_ROLES = {"agent": "坐席", "qa": "质检", "trainer": "培训", "supervisor": "班长", "admin": "管理员"}


def add_page(router: APIRouter, path: str, template: str, title: str, scope: str) -> None:
    """Show `template` at `path` to those with `scope`; what `path` names is handed to the template."""

    async def show(request: Request) -> Response:
        return await guarded(request, template, title, scope, **request.path_params)

    router.add_api_route(path, show, methods=["GET"], response_model=None)


async def guarded(request: Request, template: str, title: str, scope: str, **more: Any) -> Response:
    who = await known(request)
    if who is None:
        return login_first(request)
    if not who.may(scope):
        return RedirectResponse(home_of(who), 303)
    return page(request, template, title, who, **more)


def login_first(request: Request) -> Response:
    del request
    return RedirectResponse("/login", 303)


def home_of(who: Identity) -> str:
    """Return where `who` begins: supervisors with the board, who may do nothing yet with the password."""
    wanted = ("board", "live", "read", "rules", "organisation", "admin", "check")
    first = next((scope for scope in wanted if who.may(scope)), None)
    return next((path for path, _, scope in _PAGES if scope == first), "/password")


def page(
    request: Request, template: str, title: str, who: Identity | None, *, status: int = 200, **more: Any
) -> Response:
    links = [(path, name) for path, name, scope in _PAGES if who is not None and who.may(scope)]
    role = _ROLES.get(who.role or "", "") if who is not None else ""
    html = request.app.state.templates.get_template(template).render(
        title=title, who=who, role=role, links=links, here=request.url.path, version=__version__, **more
    )
    return HTMLResponse(html, status)
