"""A web server that takes webhooks as a test tells it to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENT = 0
"""Instead of a status: no answer, for longer than anybody waits."""


@dataclass
class Receiver:
    """What came, as (headers, body). The first are answered as `answers` say, then all with `usual`."""

    address: str = ""
    answers: list[int] = field(default_factory=list)
    usual: int = 200
    silence_s: float = 4.0
    came: list[tuple[dict[str, str], str]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def next_answer(self, headers: dict[str, str], body: str) -> int:
        with self.lock:
            self.came.append((headers, body))
            answer = self.answers.pop(0) if self.answers else self.usual
            if answer // 100 == 2:
                self.taken.append(headers["webhook-id"])
            return answer

    def wait(self, taken: int, seconds: float = 60) -> list[dict[str, Any]]:
        """Wait until so many different messages were taken; return what was in them, in their order."""
        end = time.monotonic() + seconds
        while len(set(self.taken)) < taken and time.monotonic() < end:
            time.sleep(0.02)
        assert len(set(self.taken)) >= taken, (len(set(self.taken)), self.came[-3:])
        bodies = {headers["webhook-id"]: body for headers, body in self.came}
        return [json.loads(bodies[each]) for each in dict.fromkeys(self.taken)]


def signed_by(secret: str, headers: dict[str, str], body: str) -> bool:
    """Whether a message bears the signature Standard Webhooks describe."""
    key = base64.b64decode(secret.split("_", 1)[1])
    text = ".".join((headers["webhook-id"], headers["webhook-timestamp"], body))
    expected = base64.b64encode(hmac.digest(key, text.encode(), hashlib.sha256)).decode()
    return f"v1,{expected}" in headers["webhook-signature"].split()


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            answer = receiver.next_answer({name.lower(): text for name, text in self.headers.items()}, body)
            if answer == SILENT:
                time.sleep(receiver.silence_s)
            else:
                self.send_response(answer)
                if answer // 100 == 3:
                    self.send_header("location", f"{receiver.address}/elsewhere")
                self.send_header("content-length", "0")
                self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
