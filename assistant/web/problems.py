"""Errors as ``application/problem+json`` (RFC 9457); nothing of what was sent stands in them."""

from __future__ import annotations

import logging
from dataclasses import asdict
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from assistant.errors import (
    ConflictError,
    FilesError,
    HuashuError,
    InputError,
    NotAllowedError,
    RulePackError,
    ScorecardError,
    UsageError,
)
from assistant.store.database import AWAY
from assistant.web.logs import route_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI, Response

RETRY_AFTER_S = "5"
MEDIA = "application/problem+json"
_CODES = {413: "too-large"}
_DETAILS = {404: "没有这个地址", 405: "这个地址不接受这种请求"}
_FAULTY: dict[type[FilesError], str] = {
    RulePackError: "规则有错误，请先改正",
    ScorecardError: "评分表有问题，请按行号修改",
}
_STATUSES = {ConflictError: 409, NotAllowedError: 403, InputError: 422, UsageError: 422}
_log = logging.getLogger("huashu.web")


class Problem(BaseModel):
    """What went wrong, for people and for programs."""

    type: Literal["about:blank"] = Field(default="about:blank", description="The status says it all.")
    title: str
    status: int
    code: str = Field(description="A stable name of what went wrong.")
    detail: str | None = None
    errors: list[dict[str, Any]] | None = Field(
        default=None, description="Each thing that is wrong, with its place."
    )


class ProblemError(Exception):
    """A request that can't be answered as asked."""

    def __init__(
        self, status: int, code: str, detail: str, *, errors: list[dict[str, Any]] | None = None,
        retry_after_s: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors


def problem(
    status: int, code: str, detail: str | None = None, *, errors: list[dict[str, Any]] | None = None
) -> JSONResponse:
    body = Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, errors=errors)
    return JSONResponse(body.model_dump(exclude_none=True), status, media_type=MEDIA)


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the OpenAPI document says of these error statuses."""
    content = {MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content} for status in sorted(statuses)
    }


def install(app: FastAPI, missing: Callable[[Request], Awaitable[Response]]) -> None:
    """Let every error of `app` come out as a problem; a browser gets `missing` for a page there isn't."""

    @app.exception_handler(ProblemError)
    async def _problem(request: Request, error: ProblemError) -> JSONResponse:
        del request
        answer = problem(error.status, error.code, error.detail, errors=error.errors)
        answer.headers.update(error.headers)
        return answer

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        del request
        errors = [
            {"place": ".".join(map(str, detail["loc"])), "message": detail["msg"], "code": detail["type"]}
            for detail in error.errors()
        ]
        return problem(422, "invalid", "请求的内容不符合要求，请检查填写的各项", errors=errors)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        page = not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
        if page and error.status_code == HTTPStatus.NOT_FOUND:
            return await missing(request)
        code = _CODES.get(error.status_code, HTTPStatus(error.status_code).name.lower().replace("_", "-"))
        answer = problem(error.status_code, code, _DETAILS.get(error.status_code, str(error.detail)))
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(HuashuError)
    async def _ours(request: Request, error: HuashuError) -> JSONResponse:
        del request
        for kind, title in _FAULTY.items():
            if isinstance(error, kind):
                return problem(422, error.code, title, errors=[asdict(each) for each in error.problems])
        status = next((status for kind, status in _STATUSES.items() if isinstance(error, kind)), 500)
        return problem(status, error.code, error.message)

    async def _away(request: Request, error: Exception) -> JSONResponse:
        told = type(error).__name__
        _log.error("%s %s: the database doesn't answer: %s", request.method, route_of(request.scope), told)
        answer = problem(503, "no-database", "数据库暂时没有应答，请稍后再试")
        answer.headers["Retry-After"] = RETRY_AFTER_S
        return answer

    for kind in AWAY:
        app.add_exception_handler(kind, _away)

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
        _log.error("%s %s failed", request.method, route_of(request.scope), exc_info=error)
        return problem(500, "internal", "服务内部出错，已记入日志")
