"""What holds for every request before anything reads it: whose pages may ask, how much, which headers.

A page from elsewhere that the browser shows can't change anything here (no foreign Origin). On loopback
the service answers to loopback's names only (no rebound DNS name).
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from assistant.web.problems import problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = frozenset(["GET", "HEAD", "OPTIONS"])
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    ),
)
NOT_ALLOWED = 4403


class Guard:
    """Lets requests through that may come in, and puts the security headers on every answer."""

    def __init__(
        self, app: ASGIApp, *, hosts: frozenset[str], largest: Mapping[str, int], usual: int
    ) -> None:
        """`largest` bounds the bodies of paths that begin so in bytes, `usual` all others.

        No `hosts`: any name will do.
        """
        self._app = app
        self._hosts = hosts
        self._largest = largest
        self._usual = usual

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            if self._refused(scope) is None:
                await self._app(scope, receive, send)
            else:  # accepted first, so that the sender learns the reason
                await receive()
                await send({"type": "websocket.accept"})
                await send({"type": "websocket.close", "code": NOT_ALLOWED, "reason": "not from there"})
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name.lower() for name, _ in message["headers"]}
                added = [(name, value) for name, value in _HEADERS if name not in known]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        path = scope["path"]
        begun = (bound for begin, bound in self._largest.items() if path.startswith(begin))
        limit = next(begun, self._usual)
        refused = self._refused(scope)
        if refused is not None:
            await problem(*refused)(scope, receive, with_headers)
            return
        announced = _header(scope, b"content-length")
        if announced.isdigit() and int(announced) > limit:
            await problem(413, "too-large", f"内容太大，最多 {limit} 字节")(scope, receive, with_headers)
        else:
            await self._app(scope, _bounded(receive, limit), with_headers)

    def _refused(self, scope: Scope) -> tuple[int, str, str] | None:
        host = _header(scope, b"host")
        if self._hosts and _name(f"//{host}") not in self._hosts:
            return (
                421,
                "wrong-host",
                "服务只在本机开放：请用 127.0.0.1 或 localhost 访问，或在 public_names 里写上域名",
            )
        origin = _header(scope, b"origin")
        unsafe = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if origin and unsafe and urlsplit(origin).netloc != host:
            return 403, "wrong-origin", "不接受其他网站发来的请求"
        return None


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _bounded(receive: Receive, limit: int) -> Receive:
    left = limit

    async def bounded() -> Message:
        nonlocal left
        message = await receive()
        if message["type"] == "http.request":
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413, f"内容太大，最多 {limit} 字节")
        return message

    return bounded
