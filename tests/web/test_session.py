from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from serving import let_in, opened
from small_calls import turn
from sqlalchemy import select
from starlette.websockets import WebSocketDisconnect

from assistant.store import models as m
from assistant.store import users
from assistant.web import passwords, streams
from assistant.web.api import board
from assistant.web.live.session import Close

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI
    from fastapi.testclient import TestClient
    from starlette.testclient import WebSocketTestSession

OLD, NEW = "one-time-password", "a password of my own"
SIGN_IN = "/api/session"


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    with opened(app) as client:
        yield client


@pytest.fixture
def add(app: FastAPI, browser: TestClient) -> Callable[..., None]:
    """Add a user with the password OLD."""

    def added(name: str, role: users.Role, *, agent_id: str | None = None, must_change: bool = False) -> None:
        hashed = passwords.hashed(OLD)
        app.state.service.store.write(
            lambda c: users.add_user(c, "t", name, role, hashed, agent_id=agent_id, must_change=must_change)
        ).result(10)

    del browser  # it opens the store
    return added


def sign_in(browser: TestClient, name: str, password: str = OLD) -> int:
    """Sign in, and carry the CSRF token from now on."""
    answer = browser.post(SIGN_IN, json={"name": name, "password": password})
    if answer.status_code == 200:
        browser.headers["x-csrf-token"] = answer.json()["csrf"]
    return int(answer.status_code)


def closing(browser: TestClient, hello: dict[str, Any]) -> int:
    """Say hello on a live connection; return the code it is closed with, 0 for a greeting."""
    with browser.websocket_connect("ws://127.0.0.1:8000/live") as socket:
        socket.send_json({"type": "hello", "call_id": "c1", **hello})
        try:
            socket.receive_json()
        except WebSocketDisconnect as end:
            return end.code
    return 0


def ending(socket: WebSocketTestSession) -> int:
    """Read on; return the code it is closed with."""
    try:
        while True:
            socket.receive_json()
    except WebSocketDisconnect as end:
        return int(end.code)


def test_nobody_is_let_in_unknown(browser: TestClient) -> None:
    for method, path in (
        ("POST", "/api/check"), ("POST", "/api/classify"), ("POST", "/api/score"), ("POST", "/api/next"),
        ("GET", "/api/conversations"), ("GET", "/api/conversations/x"), ("GET", "/api/rules"),
        ("GET", "/api/session"),
    ):  # fmt: skip
        answer = browser.request(method, path, json={"text": "您好"} if method == "POST" else None)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in"), path
    assert closing(browser, {}) == Close.NOT_SIGNED_IN
    assert browser.get("/healthz").status_code == 200


def test_every_route_but_health_and_signing_in_asks_who_is_there(browser: TestClient) -> None:
    open_to_all = {"/healthz", "/readyz", "/metrics", "/api/session"}
    document = browser.get("/api/openapi.json").json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert path in open_to_all or "401" in operation["responses"], path


def test_sign_in_and_out(browser: TestClient, add: Callable[..., None]) -> None:
    add("王芳", "qa")
    assert sign_in(browser, "王芳", "wrong password") == 401
    assert sign_in(browser, "nobody") == 401
    assert sign_in(browser, "王芳") == 200
    cookie = browser.cookies.jar
    (only,) = list(cookie)
    assert only.has_nonstandard_attr("HttpOnly")
    assert only.get_nonstandard_attr("SameSite") == "strict"
    told = browser.get(SIGN_IN).json()
    assert (told["name"], told["role"], told["agent_id"]) == ("王芳", "qa", None)
    assert browser.post("/api/check", json={"text": "不归我管"}).json()["findings"]
    assert browser.delete(SIGN_IN).status_code == 204
    assert browser.get(SIGN_IN).status_code == 401


def test_a_change_needs_the_csrf_token(browser: TestClient, add: Callable[..., None]) -> None:
    add("王芳", "qa")
    sign_in(browser, "王芳")
    browser.headers["x-csrf-token"] = "another"
    answer = browser.post("/api/check", json={"text": "您好"})
    assert (answer.status_code, answer.json()["code"]) == (403, "no-csrf-token")
    assert browser.get("/api/rules").status_code == 200


def test_the_first_password_lets_nobody_do_anything_but_replace_it(
    browser: TestClient, add: Callable[..., None]
) -> None:
    add("admin", "admin", must_change=True)
    sign_in(browser, "admin")
    assert browser.get("/api/rules").json()["code"] == "password-expired"
    assert closing(browser, {}) == Close.NOT_ALLOWED
    for old, new, status in ((OLD, "short", 422), (OLD, OLD, 422), ("wrong one", NEW, 401), (OLD, NEW, 204)):
        answer = browser.put(f"{SIGN_IN}/password", json={"old": old, "new": new})
        assert answer.status_code == status
    assert browser.get("/api/rules").status_code == 401, "the old password's session has ended"
    assert sign_in(browser, "admin") == 401
    assert sign_in(browser, "admin", NEW) == 200
    assert browser.get("/api/rules").status_code == 200


def test_wrong_guesses_lock_a_user_out(browser: TestClient, add: Callable[..., None], app: FastAPI) -> None:
    add("王芳", "qa")
    add("李明", "qa")
    guesses = [sign_in(browser, "王芳", f"guess {n} of it") for n in range(users.FAILURES + 1)]
    assert guesses == [401] * users.FAILURES + [429]
    assert sign_in(browser, "王芳") == 429
    assert sign_in(browser, "李明") == 200
    store = app.state.service.store
    entries = store.read(lambda c: c.execute(select(m.AuditEntry.action, m.AuditEntry.target)).all())
    assert ("user.locked", "王芳") in entries
    assert "guess" not in str(entries)


def test_nobody_learns_which_names_there_are(browser: TestClient, add: Callable[..., None]) -> None:
    add("王芳", "qa")
    told = []
    for name in ("王芳", "无此人"):
        answers = [
            browser.post(SIGN_IN, json={"name": name, "password": "x"}) for _ in range(users.FAILURES + 1)
        ]
        told.append([(answer.status_code, answer.json()) for answer in answers])
        assert 0 < int(answers[-1].headers["retry-after"]) <= users.LOCKED.total_seconds()
    assert told[0] == told[1]


def test_an_administrator_is_not_kept_out_by_what_is_tried_elsewhere(
    add: Callable[..., None], app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "MANY", 6)
    add("admin", "admin")
    store = app.state.service.store
    admin = store.read(lambda c: users.find_user(c, "admin"))
    soon = datetime.now(UTC) + timedelta(hours=1)
    store.write(lambda c: users.sign_in(c, admin, "s", "c", soon, address="10.0.0.1")).result(10)
    for place in range(users.MANY):
        guess = lambda c, place=place: users.failed(c, "admin", f"192.0.2.{place % 2}", admin)  # noqa: E731
        store.write(guess).result(10)

    def until(address: str) -> datetime | None:
        return store.read(lambda c: users.blocked_until(c, "admin", address))  # type: ignore[no-any-return]

    assert until("10.0.0.1") is None, "where the administrator has signed in before"
    elsewhere = until("10.0.0.2")
    assert elsewhere is not None, "slowed down"
    assert elsewhere <= datetime.now(UTC) + users.SLOW


def test_who_is_disabled_is_signed_out(browser: TestClient, add: Callable[..., None], app: FastAPI) -> None:
    add("王芳", "qa")
    sign_in(browser, "王芳")
    store = app.state.service.store
    user = store.read(lambda c: users.find_user(c, "王芳"))
    store.write(lambda c: users.set_active(c, "t", user, active=False)).result(10)
    assert browser.get(SIGN_IN).status_code == 401
    assert sign_in(browser, "王芳") == 401


def test_a_live_call_ends_with_the_right_to_it(
    browser: TestClient, add: Callable[..., None], app: FastAPI
) -> None:
    app.state.service.live.lease_s = 0.15
    store = app.state.service.store
    for name in ("王芳", "李强"):
        add(name, "trainer")
    user = store.read(lambda c: users.find_user(c, "王芳"))
    let_in(app, "phone", ["live"])
    sign_in(browser, "王芳")
    hello = {"type": "hello", "call_id": "hers"}
    live = "ws://127.0.0.1:8000/live"
    with (
        browser.websocket_connect(live) as hers,
        browser.websocket_connect(live, headers={"authorization": "Bearer phone"}) as phone,
    ):
        for socket, call_id in ((hers, "hers"), (phone, "phone")):
            socket.send_json({**hello, "call_id": call_id})
            assert socket.receive_json()["type"] == "ack"
        store.write(lambda c: users.set_active(c, "t", user, active=False)).result(10)
        assert ending(hers) == Close.NOT_SIGNED_IN
        phone.send_json(turn(1, "agent", "您好"))
        assert phone.receive_json()["type"] == "ack"
        store.write(lambda c: users.drop_token(c, "t", "phone")).result(10)
        assert ending(phone) == Close.NOT_SIGNED_IN
    sign_in(browser, "李强")
    with browser.websocket_connect(live) as his:
        his.send_json({**hello, "call_id": "his"})
        his.receive_json()
        browser.delete(SIGN_IN)
        assert ending(his) == Close.NOT_SIGNED_IN


def test_the_boards_stream_ends_with_the_right_to_it(
    browser: TestClient, add: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REST_S", "LOOK_S", "WHO_S"):
        monkeypatch.setattr(streams, name, 0.01)
    add("王芳", "supervisor")
    sign_in(browser, "王芳")
    service = browser.app.state.service  # type: ignore[attr-defined]
    cookie = browser.cookies["huashu_session"]

    async def looks() -> list[str]:
        seen = []
        look = partial(board._shared, service, None)
        async for told in streams.changes(service, users.key_of(cookie), look):
            seen.append(told)
            service.store.write(lambda c: users.sign_out(c, cookie)).result(10)
        return seen

    assert browser.portal is not None
    assert len(browser.portal.call(looks)) == 1


def test_an_agent_sees_their_own_calls_alone(
    browser: TestClient, add: Callable[..., None], app: FastAPI
) -> None:
    let_in(app, "all", ["import"])
    let_in(app, "both", ["import", "check"])
    for call_id, agent in (("a1", "3056"), ("a2", "4000")):
        call = {"id": call_id, "meta": {"agent_id": agent}, "turns": [{"role": "agent", "text": "您好"}]}
        answer = browser.post("/api/score?keep=true", json=call, headers={"authorization": "Bearer both"})
        assert answer.status_code == 200
    add("王芳", "agent", agent_id="3056")
    add("新人", "agent")
    sign_in(browser, "王芳")
    listed = browser.get("/api/conversations", params={"agent_id": "4000"}).json()["items"]
    assert [each["call_id"] for each in listed] == ["a1"]
    assert browser.get("/api/conversations/a1").status_code == 200
    assert browser.get("/api/conversations/a2").status_code == 404
    denied = browser.post("/api/score?keep=true", json={"turns": [{"role": "agent", "text": "您好"}]})
    assert denied.json()["code"] == "not-allowed"
    sign_in(browser, "新人")
    assert browser.get("/api/conversations").json()["items"] == []


def test_an_agents_live_call_is_theirs(browser: TestClient, add: Callable[..., None], app: FastAPI) -> None:
    let_in(app, "phone", ["live"])
    with browser.websocket_connect(
        "ws://127.0.0.1:8000/live", headers={"authorization": "Bearer phone"}
    ) as socket:
        socket.send_json({"type": "hello", "call_id": "c1", "meta": {"agent_id": "4000"}})
        socket.send_json(turn(1, "agent", "您好"))
        socket.receive_json()
    add("王芳", "agent", agent_id="3056")
    sign_in(browser, "王芳")
    assert closing(browser, {"resume_after": 0}) == Close.NOT_ALLOWED
    assert closing(browser, {"call_id": "mine", "meta": {"agent_id": "4000"}}) == 0
    assert browser.get("/api/conversations/mine").json()["agent_id"] == "3056"


def test_tokens_have_scopes_and_an_end(browser: TestClient, app: FastAPI) -> None:
    let_in(app, "reader", ["read"])
    browser.headers["authorization"] = "Bearer reader"
    assert browser.get("/api/conversations").status_code == 200
    assert browser.post("/api/check", json={"text": "您好"}).status_code == 403
    assert closing(browser, {}) == Close.NOT_ALLOWED
    past = datetime.now(UTC) - timedelta(seconds=1)
    store = app.state.service.store
    store.write(lambda c: users.add_token(c, "t", "old", "old", ["read"], until=past)).result(10)
    assert browser.get("/api/rules", headers={"authorization": "Bearer old"}).status_code == 401
    assert store.write(lambda c: users.drop_token(c, "t", "reader")).result(10)
    assert browser.get("/api/conversations").status_code == 401
