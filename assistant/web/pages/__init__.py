"""The pages: agents' desk, supervisors' board, calls, rules. They ask the same API as everybody."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from assistant.desk.files import ACCEPTED
from assistant.web.identity import known
from assistant.web.pages import review
from assistant.web.pages.frame import add_page, guarded, home_of, login_first, page
from assistant.web.samples import load_samples

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.responses import Response

_HERE = Path(__file__).parent.parent
router = APIRouter(include_in_schema=False)
PAGES = (
    ("/board", "board.html", "班长台", "board"),
    ("/calls", "calls.html", "通话", "read"),
    ("/calls/{call_id:path}", "call.html", "通话", "read"),
    ("/cases", "cases.html", "投诉台", "desk"),
    ("/days", "days.html", "值班", "desk"),
    ("/callbacks", "callbacks.html", "回访", "desk"),
    ("/callbacks/{number:int}", "callback.html", "回访", "desk"),
    ("/kpi", "kpi.html", "指标", "kpi"),
    ("/rules", "rules.html", "规则", "rules"),
    ("/organisation", "organisation.html", "组织", "organisation"),
    ("/settings/users", "users.html", "用户", "admin"),
    ("/settings/audit", "audit.html", "审计", "admin"),
    ("/settings/deliveries", "deliveries.html", "推送与任务", "admin"),
    ("/quiz", "quiz.html", "测验", "check"),
    ("/practice", "practice.html", "陪练", "check"),
    ("/practice/sessions/{number:int}", "practice_session.html", "复盘", "check"),
    ("/practice/together", "together.html", "双人演练", "check"),
    ("/practice/scenarios", "scenarios.html", "本单位场景", "train"),
    ("/courses", "courses.html", "课程", "check"),
    ("/courses/{number:int}", "course.html", "课程", "check"),
    ("/courses/{number:int}/certificate", "certificate.html", "证书", "check"),
    ("/rules/drafts/{number:int}", "draft.html", "规则草稿", "rules.publish"),
)
for each in PAGES:
    add_page(router, *each)


def install(app: FastAPI) -> None:
    """Put the pages and what they load into `app`."""
    app.state.templates = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=StrictUndefined
    )
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    app.routes.extend([*router.routes, *review.router.routes])


@router.get("/")
async def home(request: Request) -> Response:
    who = await known(request)
    return login_first(request) if who is None else RedirectResponse(home_of(who), 303)


async def missing(request: Request) -> Response:
    """Show that there is no such page, and the way back."""
    who = await known(request)
    return page(
        request, "missing.html", "没有这个页面", who, status=404, home=home_of(who) if who else "/login"
    )


@router.get("/login")
async def login(request: Request) -> Response:
    who = await known(request)
    return page(request, "login.html", "登录", None) if who is None else RedirectResponse(home_of(who), 303)


@router.get("/password")
async def password(request: Request) -> Response:
    who = await known(request)
    return login_first(request) if who is None else page(request, "password.html", "修改密码", who)


@router.get("/desk")
async def desk(request: Request) -> Response:
    samples = [asdict(sample) for sample in load_samples()]
    return await guarded(request, "desk.html", "坐席台", "live", samples=samples)


@router.get("/cases/{number:int}")
async def case(request: Request, number: int) -> Response:
    return await guarded(request, "case.html", "工单", "desk", number=number, accepted=ACCEPTED)


@router.get("/settings")
async def settings(request: Request) -> Response:
    del request
    return RedirectResponse("/settings/users", 303)


@router.get("/rules/versions")
async def versions(request: Request) -> Response:
    who = await known(request)
    may = who is not None and who.may("rules.publish")
    return await guarded(request, "versions.html", "规则版本", "rules", may_publish=may)
