"""What the service writes to its log: JSON lines, or lines for people where stderr is a terminal.

Each line is about one thing that happened: a request, a live connection, something that went wrong. Nothing
of what was said or sent stands in it: no path but its pattern, no query, no body, no message of an exception.
"""

from __future__ import annotations

import logging
import re
import sys
import time
import traceback
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars, merge_contextvars

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    EventDict = MutableMapping[str, Any]

REQUEST_ID = "x-request-id"
_GIVEN_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_FRAMES = 12
_QUIET = ("/healthz", "/readyz", "/metrics", "/static")
_log = logging.getLogger("huashu.requests")


def configure(level: str) -> None:
    """Let everything of this process that is as grave as `level` be written to stderr."""
    chain: list[Any] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _failure,
    ]
    renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False)
    if sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer()
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=chain,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))  # others tell of addresses
    logging.getLogger("huashu").setLevel(level.upper())
    logging.captureWarnings(capture=True)


def whose(user: str) -> None:
    """Let the lines of this request say who sent it."""
    bind_contextvars(user=user)


class Requests:
    """Gives every request an id, which its answer carries, and writes a line about it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = _id_of(scope)
        status = 500

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID.encode(), request_id.encode())]
            await send(message)

        begun = time.monotonic()
        with bound_contextvars(request_id=request_id, user=None):
            try:
                await self._app(scope, receive, answered)
            finally:
                if scope["type"] == "http":
                    _tell(scope, status, time.monotonic() - begun)


def route_of(scope: Scope) -> str:
    """Return the pattern of the path that was asked for; ``?`` for one nobody answers."""
    route = scope.get("route")
    if route is None and scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(route, "path", "?"))


def _tell(scope: Scope, status: int, seconds: float) -> None:
    route = route_of(scope)
    call_id = scope.get("path_params", {}).get("call_id") if status < 400 else None
    told = {
        "method": scope["method"], "route": route, "status": status, "duration_ms": round(seconds * 1_000, 1),
        "user": get_contextvars().get("user"), "call_id": call_id,
    }  # fmt: skip
    level = logging.DEBUG if route in _QUIET else logging.INFO
    _log.log(level, "request", extra={name: value for name, value in told.items() if value is not None})


def _id_of(scope: Scope) -> str:
    """Return the id a proxy gave a request, where it is a UUID, else a new one."""
    given = dict(scope["headers"]).get(REQUEST_ID.encode(), b"").decode("latin-1").lower()
    return given if _GIVEN_ID.fullmatch(given) else uuid4().hex


def _failure(_: Any, __: str, event: EventDict) -> EventDict:
    """Tell of an exception what it is and where it was raised; its message may hold what somebody said."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["stack"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return {name: value for name, value in event.items() if value is not None}
