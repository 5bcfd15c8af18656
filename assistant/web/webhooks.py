"""Webhooks: messages of the outbox are sent to their endpoints, signed as Standard Webhooks are.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import socket
import time
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

import httpx

from assistant import __version__
from assistant.errors import UsageError
from assistant.store import outbox
from assistant.web.jobs import AgainError, Patience

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.settings import Settings
    from assistant.web.jobs import JobRunner, Work

LONGEST_URL = 1_000
_LONGEST_WAIT_S = 3_600.0
_FACTOR = 3.0
_log = logging.getLogger("huashu.webhooks")


class Sender:
    """Sends messages over HTTP: directly, to the address the host's name stands for, without redirects."""

    def __init__(self, settings: Settings) -> None:
        self._inside = settings.webhook_inside
        self._client = httpx.Client(
            timeout=settings.webhook_timeout_s,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),  # names on one address have keys of their own
        )

    def send(self, url: str, secret: str, message_id: str, body: str) -> str:
        """Send a message; return the status of the answer, or in a word why there was none."""
        target = httpx.URL(url)
        addresses = self._addresses(target.host, target.port or (443 if target.scheme == "https" else 80))
        if isinstance(addresses, str):
            return addresses
        headers = {
            "host": target.netloc.decode("ascii"),
            "content-type": "application/json; charset=utf-8",
            "user-agent": f"huashu/{__version__}",
            **signature(secret, message_id, int(time.time()), body),
        }
        answer = "no-connection"
        for address in addresses:
            try:
                with self._client.stream(
                    "POST",
                    target.copy_with(host=address),
                    content=body.encode(),
                    headers=headers,
                    extensions={"sni_hostname": target.host},
                ) as response:
                    return str(response.status_code)
            except httpx.ConnectError:
                continue
            except httpx.TimeoutException:
                answer = "timeout"
                break
            except httpx.HTTPError as error:
                answer = type(error).__name__
                break
        return answer

    def close(self) -> None:
        self._client.close()

    def _addresses(self, host: str, port: int) -> list[str] | str:
        """Return the addresses a name stands for, or why none of them may be spoken to."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            return "no-address"
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        allowed = [address for address in addresses if permitted(address, inside=self._inside)]
        return allowed or "address-not-allowed"


def permitted(address: str, *, inside: bool) -> bool:
    """Whether messages may go to an address: never to link-local ones (a cloud's keys lie there), to those of
    the house's own network where they may go inside.
    """  # noqa: D205
    known: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(known, IPv6Address) and known.ipv4_mapped is not None:
        known = known.ipv4_mapped
    if known.is_link_local or known.is_multicast or known.is_unspecified:
        return False
    return known.is_global or (inside and (known.is_private or known.is_loopback))


def signature(secret: str, message_id: str, timestamp: int, body: str) -> dict[str, str]:
    """Return the headers that let a receiver see who sent a message, and when (seconds since 1970)."""
    key = base64.b64decode(secret.removeprefix(outbox.SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{digest}",
    }


def checked(url: str) -> str:
    """Return the URL of an endpoint.

    Raises UsageError for one that can't be spoken to (``bad-url``), or never will be: an address it may not
    go to, written out in whatever form (``address-not-allowed``).
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        parsed = httpx.URL("")
    if parsed.scheme not in ("http", "https") or not parsed.host or len(url) > LONGEST_URL:
        raise UsageError("地址须以 http:// 或 https:// 开头", code="bad-url")
    if parsed.userinfo or parsed.fragment:
        raise UsageError("地址里不能带用户名、密码或 #…：消息由签名证明来源", code="bad-url")
    address = _literal(parsed.host)
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    if address is not None and (mapped or not permitted(str(address), inside=True)):
        raise UsageError("不能向这个地址发送消息（链路本地、组播或映射地址）", code="address-not-allowed")
    return str(parsed)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address a host is, also one written as a number (``2130706433``); None: a name."""
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeEncodeError):
        return None


def install(runner: JobRunner, settings: Settings) -> None:
    """Let messages of the outbox be delivered, as long as it takes."""
    patience = Patience(tries=None, first_s=settings.webhook_retry_s, factor=_FACTOR, most_s=_LONGEST_WAIT_S)
    runner.handle(outbox.DELIVER, partial(_deliver, sender=Sender(settings)), patience=patience)


def _deliver(work: Work, sender: Sender) -> Mapping[str, Any] | None:
    parcel = work.read(partial(outbox.parcel, number=work.payload["message"]))
    if parcel is None or not parcel.active:  # one that waits is sent when its endpoint is enabled again
        return None
    answer = sender.send(parcel.url, parcel.secret, parcel.message_id, parcel.body)
    if arrived(answer):
        work.write(partial(outbox.delivered, sent=parcel, answer=answer))
        return {"answer": answer}
    fate: outbox.Fate = work.write(partial(outbox.refused, sent=parcel, answer=answer))
    if fate == "disabled":
        _log.warning("webhook %d is told no more: %s", parcel.endpoint, answer)
    if fate == "again":
        raise AgainError(answer)
    return {"answer": answer}


def arrived(answer: str) -> bool:
    return answer.startswith("2") and len(answer) == 3
