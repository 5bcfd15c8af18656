"""The log: JSON lines that say what happened, and nothing of what was said, sent or kept secret."""

from __future__ import annotations

import io
import json
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from serving import Served, serving
from small_calls import PACK, turn
from websockets.sync.client import connect

from assistant.store import users
from assistant.store.database import open_store
from assistant.web import logs
from assistant.web.identity import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAID = "鳜鱼翡翠独角兽"
PHONE = "13912345678"
TOKEN = "token-of-nobody-else"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, as it was before afterwards."""
    known = logging.getLogger()
    ours = logging.getLogger("huashu")
    handlers, level, our_level = known.handlers[:], known.level, ours.level
    yield known
    known.handlers[:] = handlers
    known.setLevel(level)
    ours.setLevel(our_level)
    logging.captureWarnings(capture=False)


def lines(root: logging.Logger, monkeypatch: pytest.MonkeyPatch, level: str = "info") -> io.StringIO:
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    logs.configure(level)
    assert len(root.handlers) == 1
    return written


def test_an_exception_is_told_without_its_message(
    root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = lines(root, monkeypatch)
    try:
        int(SAID)
    except ValueError:
        logging.getLogger("huashu.x").exception("%s failed", "it")
    (told,) = [json.loads(line) for line in written.getvalue().splitlines()]
    assert (told["event"], told["level"], told["logger"]) == ("it failed", "error", "huashu.x")
    assert told["error"] == "ValueError"
    assert told["stack"][-1].endswith("test_an_exception_is_told_without_its_message")
    assert SAID not in written.getvalue()


@pytest.mark.parametrize(("level", "count"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_the_level_holds(
    root: logging.Logger, monkeypatch: pytest.MonkeyPatch, level: str, count: int
) -> None:
    written = lines(root, monkeypatch, level)
    for each in ("debug", "info", "warning", "error"):
        getattr(logging.getLogger("huashu.x"), each)(each)
    logging.getLogger("another").info("of others only what is grave")
    assert len(written.getvalue().splitlines()) == count


def bodies() -> Iterator[dict[str, Any]]:
    """What is sent to every route that takes something: right for one, wrong for the others."""
    turns = [{"role": "agent", "text": f"您好{SAID}"}, {"role": "customer", "text": f"{SAID}{PHONE}"}]
    yield {"id": "c9", "turns": turns, "meta": {"customer": SAID, "phone": PHONE}}
    yield {"text": f"{SAID},{PHONE}", "role": "agent"}
    yield {"text": f"{SAID},{PHONE}", "context": turns[:1], "id": "u1"}
    yield {"name": SAID, "password": f"{SAID}{PHONE}"}
    yield {"old": SAID, "new": f"{SAID}{PHONE}"}
    yield {"call_id": SAID, "prompt_id": PHONE, "used": True}
    yield {"url": f"http://127.0.0.1:9/{SAID}{PHONE}"}


def ask_everything(client: httpx2.Client) -> set[int]:
    """Ask every route of the document with words that may not be told; return the statuses."""
    statuses = set()
    for path, ways in client.get("/api/openapi.json").json()["paths"].items():
        if path.endswith("/stream"):
            continue
        for method in ways:
            filled = path.replace("{call_id}", f"{SAID}{PHONE}").replace("{number}", PHONE)
            query = {"text": SAID, "call_id": PHONE, "agent_id": PHONE, "keep": "true", "kind": SAID}
            for body in bodies() if method in ("post", "put") else [None]:
                for keys in (query, {"keep": "true"} if path == "/api/score" else {}):
                    answer = client.request(method, filled, params=keys, json=body)
                    statuses.add(answer.status_code)
            answer = client.request(method, filled, content=f"{SAID}{PHONE}".encode())
            statuses.add(answer.status_code)
    client.get(f"/{SAID}/{PHONE}", params={"text": SAID})
    client.get("/healthz", headers={"x-request-id": PHONE, "authorization": f"Bearer {SAID.encode().hex()}"})
    return statuses


def speak(served: Served, headers: dict[str, str]) -> None:
    with connect(served.live, additional_headers=headers) as socket:
        meta = {"customer": SAID, "phone": PHONE}
        socket.send(json.dumps({"type": "hello", "call_id": "c1", "meta": meta}))
        for seq, role in enumerate(("customer", "agent"), 1):
            socket.send(json.dumps(turn(seq, role, f"{SAID},气死我了,不归我管,{PHONE}")))
        socket.send(json.dumps({"type": "bye"}))
        while json.loads(socket.recv(20))["type"] != "report":
            pass
    with connect(served.live, additional_headers=headers) as socket:
        socket.send(SAID + PHONE)


def test_nothing_that_was_said_or_sent_is_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "tiny.yml").write_text(PACK, encoding="utf-8")
    database = str(tmp_path / "a.db")
    store = open_store(database)
    add = partial(users.add_token, by="test", name="program", secret=TOKEN, scopes=SCOPES)
    store.write(add).result(10)
    store.close()
    headers = {"authorization": f"Bearer {TOKEN}"}
    given = "0123456789abcdef0123456789abcdef"
    with serving(tmp_path, "--database", database, "--pack", str(tmp_path / "tiny.yml")) as served:
        with httpx2.Client(base_url=served.address, headers=headers, timeout=30) as client:
            statuses = ask_everything(client)
            ids = [
                client.get("/api/rules", headers={"x-request-id": each}).headers["x-request-id"]
                for each in (PHONE, given)
            ]
        speak(served, headers)
        assert served.stop() < 0
    assert {200, 401, 404, 415, 422} <= statuses
    text = (tmp_path / "server.log").read_text(encoding="utf-8")
    for word in (SAID, PHONE, TOKEN):
        assert word not in text
        assert json.dumps(word).strip('"') not in text
    told = [json.loads(line) for line in text.splitlines()]
    rules = [each for each in told if each["event"] == "request" and each["route"] == "/api/rules"]
    assert {(each["method"], each["status"], each["user"]) for each in rules} == {
        ("GET", 200, "token:program")
    }
    assert [each["request_id"] for each in rules[-2:]] == ids
    assert ids[1] == given
    assert all(each["duration_ms"] > 0 for each in rules)
    live = [each for each in told if each["event"] == "live connection"]
    assert [(each.get("call_id"), each["code"]) for each in live] == [("c1", 1000), (None, 4400)]
    assert {each["user"] for each in live} == {"token:program"}
