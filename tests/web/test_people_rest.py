"""Users, tokens, the audit log, the organisation and contact data over REST: who may, and who may not."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from serving import let_in, opened
from small_calls import turn

from assistant.organisation.sheets import read_workbook
from assistant.settings import Settings
from assistant.store import users
from assistant.store.contact_keys import new_key
from assistant.web import app as application
from assistant.web import passwords
from assistant.web.identity import SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from assistant.engine.fold import Engine

OWN = "a password of my own"
LIVE = "ws://127.0.0.1:8000/live"
Json = dict[str, Any]
CALL = {"kind": "call", "id": "c1"}
CONTACT = {"subject": CALL, "details": {"name": "王女士", "phone": "138 0013 8000"}}
HOUSE = {
    "lines": [{"line_id": "L1", "name": "售后"}],
    "teams": [
        {"team_id": "A1", "name": "一班", "line": "L1", "supervisor": "9001"},
        {"team_id": "A2", "name": "二班", "line": "L1", "supervisor": None},
    ],
    "agents": [
        {"agent_id": "3056", "name": "王芳", "team": "A1", "since": "2026-01-01"},
        {"agent_id": "4000", "name": "李强", "team": "A2", "since": "2026-01-01"},
        {"agent_id": "9001", "name": "赵敏"},
    ],
}


@pytest.fixture
def app(engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    return application.create_app(Settings(database=database, contact_key=new_key()))


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    with opened(app) as client:
        let_in(app, "all", SCOPES)
        yield client


@pytest.fixture
def become(app: FastAPI, browser: TestClient) -> Callable[..., None]:
    """Sign in as somebody of this role."""
    hashed = passwords.hashed(OWN)

    def became(role: users.Role, name: str = "", agent_id: str | None = None) -> None:
        name = name or role
        add = partial(users.add_user, by="t", name=name, role=role, password=hashed, agent_id=agent_id)
        store = app.state.service.store
        if store.read(lambda c: users.find_user(c, name)) is None:
            store.write(partial(add, must_change=False)).result(10)
        answer = browser.post("/api/session", json={"name": name, "password": OWN})
        assert answer.status_code == 200
        browser.headers["x-csrf-token"] = answer.json()["csrf"]

    return became


ASKED: dict[str, tuple[str, str, Json]] = {
    "list users": ("GET", "/api/users", {}),
    "add a user": ("POST", "/api/users", {"json": {"name": "新人", "role": "qa"}}),
    "change a user": ("PATCH", "/api/users", {"json": {"name": "other", "role": "qa"}}),
    "reset a password": ("POST", "/api/users/password", {"json": {"name": "other"}}),
    "list tokens": ("GET", "/api/tokens", {}),
    "make a token": ("POST", "/api/tokens", {"json": {"name": "asr", "scopes": ["live"]}}),
    "drop a token": ("DELETE", "/api/tokens?name=old", {}),
    "audit": ("GET", "/api/audit", {}),
    "see the organisation": ("GET", "/api/organisation", {}),
    "see teams": ("GET", "/api/organisation/teams", {}),
    "get the workbook": ("GET", "/api/organisation/workbook", {}),
    "change the organisation": ("POST", "/api/organisation", {"json": HOUSE}),
    "keep a contact": ("POST", "/api/contacts", {"json": CONTACT}),
    "look at a contact": ("POST", "/api/contacts/read", {"json": {"subject": CALL, "why": "回访"}}),
    "find a contact": ("POST", "/api/contacts/find", {"json": {"phone": "13800138000", "why": "查重"}}),
    "erase a contact": ("POST", "/api/contacts/erase", {"json": {"phone": "13800138000"}}),
}
SEEING = {"see the organisation", "see teams", "get the workbook"}
LOOKING = {"keep a contact", "look at a contact", "find a contact"}
MAY: dict[users.Role, set[str]] = {
    "agent": {"keep a contact"},
    "qa": SEEING | LOOKING,
    "trainer": SEEING | {"keep a contact"},
    "supervisor": SEEING | LOOKING,
    "admin": set(ASKED),
}


def test_each_role_may_do_its_own_and_nothing_else(
    browser: TestClient, become: Callable[..., None], app: FastAPI
) -> None:
    let_in(app, "old", ["read"])
    become("trainer", "other")
    for role, may in MAY.items():
        become(role, agent_id="3056" if role == "agent" else None)
        for what, (method, path, options) in ASKED.items():
            answer = browser.request(method, path, **options)
            if what in may:
                assert answer.status_code in {200, 204}, (role, what, answer.text)
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed"), (role, what)


def test_nobody_unknown_and_no_change_without_the_csrf_token(
    browser: TestClient, become: Callable[..., None]
) -> None:
    for what, (method, path, options) in ASKED.items():
        assert browser.request(method, path, **options).status_code == 401, what
    become("admin")
    browser.headers["x-csrf-token"] = "another"
    for what, (method, path, options) in ASKED.items():
        answer = browser.request(method, path, **options)
        assert answer.status_code == (200 if method == "GET" else 403), what
        assert method == "GET" or answer.json()["code"] == "no-csrf-token"


def test_a_user_is_added_changed_and_signs_in(browser: TestClient, become: Callable[..., None]) -> None:
    become("admin")
    told = browser.post("/api/users", json={"name": "王芳", "role": "agent", "agent_id": "3056"}).json()
    assert browser.post("/api/users", json={"name": "王芳", "role": "qa"}).status_code == 409
    again = browser.post("/api/users/password", json={"name": "王芳"}).json()
    changed = browser.patch("/api/users", json={"name": "王芳", "role": "qa", "agent_id": None}).json()
    assert (changed["role"], changed["agent_id"], changed["must_change"]) == ("qa", None, True)
    assert browser.patch("/api/users", json={"name": "王芳", "active": False}).json()["active"] is False
    listed = {each["name"]: each for each in browser.get("/api/users").json()}
    assert listed["王芳"]["active"] is False
    assert "password" not in listed["王芳"]
    browser.patch("/api/users", json={"name": "王芳", "active": True})
    log = browser.get("/api/audit", params={"target": "王芳", "action": "user"}).json()["items"]
    assert [each["action"] for each in log] == [
        "user.enable", "user.disable", "user.change", "user.password", "user.add",
    ]  # fmt: skip
    assert {each["actor"] for each in log} == {"admin"}
    for password, status in ((told["password"], 401), (again["password"], 200)):
        answer = browser.post("/api/session", json={"name": "王芳", "password": password})
        assert answer.status_code == status
    assert answer.json()["must_change"]


REFUSED: tuple[tuple[str, str, Json | None, int, str], ...] = (
    ("POST", "/api/users", {"name": "x", "role": "agent"}, 422, "no-agent-id"),
    ("POST", "/api/users", {"name": " x", "role": "qa"}, 422, "invalid"),
    ("POST", "/api/users", {"name": "x", "role": "boss"}, 422, "invalid"),
    ("PATCH", "/api/users", {"name": "nobody", "role": "qa"}, 404, "unknown-user"),
    ("PATCH", "/api/users", {"name": "admin", "active": False}, 409, "oneself"),
    ("PATCH", "/api/users", {"name": "admin", "role": "qa"}, 409, "oneself"),
    ("PATCH", "/api/users", {"name": "admin", "role": "agent"}, 422, "no-agent-id"),
    ("POST", "/api/users/password", {"name": "nobody"}, 404, "unknown-user"),
    ("POST", "/api/tokens", {"name": "x", "scopes": []}, 422, "invalid"),
    ("POST", "/api/tokens", {"name": "x", "scopes": ["everything"]}, 422, "invalid"),
    ("POST", "/api/tokens", {"name": "all", "scopes": ["read"]}, 409, "exists"),
    ("DELETE", "/api/tokens?name=none", None, 404, "unknown-token"),
    ("POST", "/api/organisation", {"agents": [{"agent_id": "1", "sinse": "x"}]}, 422, "invalid"),
    ("POST", "/api/contacts", {"subject": CALL, "details": {}}, 422, "bad-contact"),
    ("POST", "/api/contacts", {"subject": CALL, "details": {"phone": "abc"}}, 422, "bad-phone"),
    ("POST", "/api/contacts/read", {"subject": CALL, "why": " "}, 422, "no-reason"),
    ("POST", "/api/contacts/find", {"phone": "电话", "why": "查重"}, 422, "bad-phone"),
    ("POST", "/api/contacts/erase", {}, 422, "invalid"),
    ("GET", "/api/organisation?day=today", None, 422, "invalid"),
    ("GET", "/api/audit?limit=0", None, 422, "invalid"),
)


def test_what_cannot_be_done_is_said(browser: TestClient, become: Callable[..., None]) -> None:
    become("admin")
    for method, path, asked, status, code in REFUSED:
        answer = browser.request(method, path, json=asked)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, asked, answer.text)


def test_who_is_changed_is_signed_out(browser: TestClient, become: Callable[..., None]) -> None:
    become("qa")
    cookie = browser.cookies["huashu_session"]
    become("admin")
    browser.patch("/api/users", json={"name": "qa", "role": "trainer"})
    browser.cookies.clear()
    browser.cookies.set("huashu_session", cookie)
    assert browser.get("/api/session").status_code == 401


def test_a_token_does_what_it_was_made_for(browser: TestClient, become: Callable[..., None]) -> None:
    become("admin")
    told = browser.post("/api/tokens", json={"name": "asr", "scopes": ["read", "read"], "days": 30}).json()
    headers = {"authorization": f"Bearer {told['secret']}"}
    assert browser.get("/api/conversations", headers=headers).status_code == 200
    assert browser.get("/api/users", headers=headers).status_code == 403
    (listed,) = [each for each in browser.get("/api/tokens").json() if each["name"] == "asr"]
    assert (listed["scopes"], listed["until"]) == (["read"], told["until"])
    assert told["secret"] not in browser.get("/api/tokens").text + browser.get("/api/audit").text
    assert browser.delete("/api/tokens", params={"name": "asr"}).status_code == 204
    assert browser.get("/api/conversations", headers=headers).status_code == 401


def test_the_organisation_goes_out_and_in_as_a_workbook(
    browser: TestClient, become: Callable[..., None]
) -> None:
    become("admin")
    checked = browser.post("/api/organisation?check=true", json=HOUSE).json()
    assert checked == {"checked": True, "changes": {
        "lines.new": 1, "teams.new": 2, "agents.new": 3, "memberships.new": 2,
    }, "errors": []}  # fmt: skip
    assert browser.get("/api/organisation").json()["agents"] == []
    assert browser.post("/api/organisation", json=HOUSE).json()["checked"] is False
    answer = browser.get("/api/organisation/workbook")
    assert "attachment" in answer.headers["content-disposition"]
    assert len(read_workbook(answer.content).agents) == 3
    again = browser.post("/api/organisation", files={"file": ("组织.xlsx", answer.content)}).json()
    assert again["changes"] == {}
    template = browser.get("/api/organisation/workbook", params={"template": True}).content
    assert read_workbook(template).agents == ()
    told = browser.get("/api/organisation", params={"day": "2025-12-31"}).json()
    assert {each["agent_id"]: each["memberships"] for each in told["agents"]} == {
        "3056": [], "4000": [], "9001": [],
    }  # fmt: skip


def test_what_is_wrong_with_rows_is_told_with_their_place(
    browser: TestClient, become: Callable[..., None]
) -> None:
    become("admin")
    rows = [{"agent_id": "1", "team": "Z9", "since": "2026-01-01"}, {"agent_id": "2", "team": "Z9"}]
    answer = browser.post("/api/organisation", json={**HOUSE, "agents": HOUSE["agents"] + rows})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-rows")
    assert [(each["sheet"], each["row"], each["column"]) for each in answer.json()["errors"]] == [
        ("坐席", 4, "班组"), ("坐席", 5, "班组"),
    ]  # fmt: skip
    checked = browser.post("/api/organisation?check=true", json={"agents": rows}).json()
    assert [each["row"] for each in checked["errors"]] == [1, 2]
    assert browser.get("/api/organisation").json()["teams"] == []
    for options, code in (
        ({"files": {"file": ("a.xlsx", b"no")}}, "xlsx"), ({"files": {"file": ("a.xlsx", b"")}}, "no-file"),
        ({"content": b"x"}, "unsupported-type"),
    ):  # fmt: skip
        assert browser.post("/api/organisation", **options).json()["code"] == code


def transferred(browser: TestClient) -> None:
    """Keep a call that began with 3056 and went to 4000, and one of 4000 alone."""
    both = [
        {"role": "agent", "agent_id": "3056", "text": "您好"}, {"role": "customer", "text": "我的快递呢"},
        {"role": "agent", "agent_id": "4000", "text": "这个不归我管"}, {"role": "customer", "text": "那找谁"},
    ]  # fmt: skip
    calls = [
        {"id": "both", "meta": {"agent_id": "3056"}, "turns": both},
        {"id": "alone", "meta": {"agent_id": "4000"}, "turns": both[2:]},
    ]
    answer = browser.post("/api/score?keep=true", json=calls, headers={"authorization": "Bearer all"})
    assert answer.status_code == 200
    (own, other) = answer.json()[0]["score"]["by_agent"]
    assert (own["agent_id"], other["agent_id"]) == ("3056", "4000")
    assert own["total"] > other["total"]
    assert own["grade"]


def listed(browser: TestClient, **wanted: str) -> list[str]:
    return [each["call_id"] for each in browser.get("/api/conversations", params=wanted).json()["items"]]


def test_agents_see_the_calls_they_had_a_part_in(browser: TestClient, become: Callable[..., None]) -> None:
    transferred(browser)
    become("agent", "李强", "4000")
    assert listed(browser) == ["alone", "both"]
    assert browser.get("/api/conversations/both").status_code == 200
    assert browser.get("/api/events", params={"call_id": "both"}).status_code == 200
    become("agent", "王芳", "3056")
    assert listed(browser) == ["both"]
    assert browser.get("/api/conversations/alone").status_code == 404
    assert browser.get("/api/events", params={"call_id": "alone"}).status_code == 404


def test_supervisors_see_their_own_teams_and_may_look_at_all(
    browser: TestClient, become: Callable[..., None]
) -> None:
    everything = {"authorization": "Bearer all"}
    browser.post("/api/organisation", json=HOUSE, headers=everything)
    transferred(browser)
    with (
        browser.websocket_connect(LIVE, headers=everything) as ours,
        browser.websocket_connect(LIVE, headers=everything) as theirs,
    ):
        for socket, agent_id in ((ours, "3056"), (theirs, "4000")):
            hello = {"type": "hello", "call_id": f"live-{agent_id}", "meta": {"agent_id": agent_id}}
            socket.send_json(hello)
            socket.send_json(turn(1, "agent", "您好"))
            socket.receive_json()

        def board(teams: str) -> tuple[list[str], Any, int]:
            told = browser.get("/api/board", params={"teams": teams}).json()
            assert {each["agent_name"] for each in told["calls"]} <= {"王芳", "李强"}
            return sorted(each["call_id"] for each in told["calls"]), told["teams"], told["today"]["running"]

        become("supervisor", "赵敏", "9001")
        assert board("mine") == (["live-3056"], ["A1"], 1)
        assert board("all") == (["live-3056", "live-4000"], None, 2)
        assert listed(browser) == ["live-3056", "both"]
        assert browser.get("/api/conversations/both").json()["agent_name"] == "王芳"
        assert listed(browser, teams="all") == ["live-4000", "live-3056", "alone", "both"]
        assert listed(browser, team="A2") == ["live-4000", "alone", "both"]
        assert browser.get("/api/organisation/teams").json()["mine"] == ["A1"]
        become("supervisor", "新班长")
        assert board("mine")[1] is None, "who leads no team sees all calls"
        become("qa")
        assert len(listed(browser)) == 4


def test_contacts_come_back_to_whom_may_look(browser: TestClient, become: Callable[..., None]) -> None:
    become("agent", agent_id="3056")
    assert browser.post("/api/contacts", json=CONTACT).status_code == 200
    become("qa")
    found = browser.post("/api/contacts/find", json={"phone": "+8613800138000", "why": "查重"}).json()
    assert found == [CALL]
    (contact,) = browser.post("/api/contacts/read", json={"subject": CALL, "why": "投诉回访"}).json()
    assert contact["details"] == {
        "name": "王女士", "phone": "138 0013 8000", "email": None, "address": None,
    }  # fmt: skip
    become("admin")
    log = browser.get("/api/audit", params={"action": "contact"}).json()["items"]
    assert [(each["actor"], each["action"]) for each in log] == [
        ("qa", "contact.read"), ("qa", "contact.find"), ("agent", "contact.add"),
    ]  # fmt: skip
    assert "8000" not in str([each["detail"] for each in log])
    assert browser.post("/api/contacts/erase", json={"subject": CALL}).json() == {
        "contacts": 1,
        "cases": 0,
    }


def test_without_a_key_it_is_said_how_to_make_one(
    engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    app = application.create_app(Settings(database=database))
    with opened(app) as client:
        let_in(app, "all", SCOPES)
        answer = client.post("/api/contacts", json=CONTACT, headers={"authorization": "Bearer all"})
    assert (answer.status_code, answer.json()["code"]) == (503, "no-contact-key")
    assert "huashu contacts key" in answer.json()["detail"]


def test_pages_are_shown_to_whom_they_are_for(browser: TestClient, become: Callable[..., None]) -> None:
    own: dict[users.Role, list[str]] = {
        "agent": [], "qa": ["/organisation"],
        "admin": ["/organisation", "/settings/users", "/settings/audit"],
    }  # fmt: skip
    for role, pages in own.items():
        become(role, agent_id="3056" if role == "agent" else None)
        for path in ("/organisation", "/settings/users", "/settings/audit"):
            answer = browser.get(path, follow_redirects=False)
            assert (answer.status_code == 200) is (path in pages), (role, path)
        assert ('id="import"' in browser.get("/organisation").text) is (role == "admin")


def test_an_agent_id_is_given_once(browser: TestClient, become: Callable[..., None]) -> None:
    become("admin")
    first = browser.post("/api/users", json={"name": "王芳", "role": "agent", "agent_id": "3056"})
    assert first.status_code == 200
    for method, asked in (
        ("POST", {"name": "张三", "role": "agent", "agent_id": "3056"}),
        ("PATCH", {"name": "admin", "agent_id": "3056"}),
    ):
        answer = browser.request(method, "/api/users", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (409, "agent-id-taken")
        assert "王芳" in answer.json()["detail"]
