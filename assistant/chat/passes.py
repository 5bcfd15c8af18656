"""Signed passes: who talks to the assistant, where the channel lets the client name its own sender.

A pass is ``BODY.SIGNATURE``: the body is base64url of JSON (user, role, only, expires), the signature
HMAC-SHA256 of the body under a secret that the service and the action server share.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from time import time

LASTS_S = 3_600.0
KEY = "huashu_pass"  # where the metadata of a message carries it
READING = frozenset(["agent", "qa", "trainer", "supervisor", "admin"])
STATISTICS = frozenset(["supervisor", "admin"])


@dataclass(frozen=True, slots=True)
class Pass:
    """Who asks; `only` names the agent whose calls they see (None: all), `expires` in Unix seconds."""

    user: str
    role: str
    only: str | None
    expires: float


def signed(secret: str, user: str, role: str, only: str | None = None, *, lasts_s: float = LASTS_S) -> str:
    """Return a pass that holds for `lasts_s` seconds."""
    said = asdict(Pass(user, role, only, time() + lasts_s))
    body = base64.urlsafe_b64encode(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).decode()
    return f"{body}.{_signature(secret, body)}"


def checked(secret: str, shown: object) -> Pass | None:
    """Return the pass that is `shown`; None for one that wasn't signed with `secret` or has expired."""
    if not secret or not isinstance(shown, str):
        return None
    body, _, signature = shown.partition(".")
    if not hmac.compare_digest(signature.encode(), _signature(secret, body).encode()):
        return None
    said = Pass(**json.loads(base64.urlsafe_b64decode(body)))
    return said if said.expires > time() and said.role in READING else None


def _signature(secret: str, body: str) -> str:
    return hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
