"""Calls whose connection is gone, and the calls that are one's own."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from serving import let_in, opened
from small_calls import call, report_of, turn
from sqlalchemy import select, update
from starlette.websockets import WebSocketDisconnect

from assistant.settings import Settings
from assistant.store import models as m
from assistant.store import outbox, users
from assistant.store import work_models as w
from assistant.web import app as application
from assistant.web import interrupted
from assistant.web.api.live import Following
from assistant.web.identity import SCOPES, Identity
from assistant.web.live.session import Close
from assistant.web.passwords import hashed

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient
    from starlette.testclient import WebSocketTestSession

    from assistant.engine.fold import Engine
    from assistant.store.database import Store

LIVE = "ws://127.0.0.1:8000/live"
META = {"agent_id": "3056"}
IDLE = timedelta(minutes=30)
Json = dict[str, Any]


def speak(client: TestClient, call_id: str, messages: list[Json], **more: Any) -> None:
    """Say hello and messages, and drop the connection without a bye."""
    with client.websocket_connect(LIVE) as socket:
        socket.send_json({"type": "hello", "call_id": call_id, "meta": META, **more})
        last = None
        for message in messages:
            socket.send_json(message)
            last = message["seq"]
        while (event := socket.receive_json())["type"] != "ack" or event["seq"] != last:
            pass
    aged(client, call_id, by=timedelta())


def store_of(client: TestClient) -> Store:
    store: Store = client.app.state.service.store  # type: ignore[attr-defined]
    return store


def listed(client: TestClient, call_id: str) -> Json:
    items = client.get("/api/conversations").json()["items"]
    return next((item for item in items if item["call_id"] == call_id), {"interrupted": None})


def aged(client: TestClient, *call_ids: str, by: timedelta = IDLE) -> None:
    """Let the connections of calls have gone so much earlier."""
    then = datetime.now(UTC) - by - timedelta(seconds=1)
    numbers = select(m.Conversation.number).where(m.Conversation.call_id.in_(call_ids))
    store = store_of(client)
    lease = update(m.Lease).where(m.Lease.conversation.in_(numbers)).values(expires_at=then)
    begun = update(m.Conversation).where(m.Conversation.call_id.in_(call_ids)).values(started_at=then)
    store.write(lambda c: (c.execute(lease), c.execute(begun))).result(10)


def look(client: TestClient) -> Json:
    """Let the recurring job look once more; return what it told."""
    store = store_of(client)
    before = store.read(lambda c: c.execute(select(w.Job.number).order_by(w.Job.number.desc())).scalar())
    due = update(w.Schedule).where(w.Schedule.name == interrupted.KIND).values(next_at=datetime.now(UTC))
    store.write(lambda c: c.execute(due)).result(10)
    done = select(w.Job.result).where(
        w.Job.kind == interrupted.KIND, w.Job.status == "done", w.Job.number > (before or 0)
    )
    until = time.monotonic() + 20
    while (result := store.read(lambda c: c.execute(done).scalar())) is None and time.monotonic() < until:
        time.sleep(0.02)
    assert result is not None
    return dict(result)


def test_a_call_without_a_connection_is_shown_as_such_and_taken_up_again(client: TestClient) -> None:
    speak(client, "gone", [turn(1, "customer", "你们太过分了,我要投诉!气死我了!")])
    with client.websocket_connect(LIVE) as socket:
        socket.send_json({"type": "hello", "call_id": "here", "meta": META})
        socket.receive_json()
        board = client.get("/api/board").json()
        shown = [(each["call_id"], each["interrupted"], each["need"]) for each in board["calls"]]
        assert shown == [("here", False, 0), ("gone", True, 0)]
        assert (board["today"]["running"], board["today"]["interrupted"]) == (1, 1)
        found = client.get("/api/conversations", params={"interrupted": True}).json()["items"]
        assert [each["call_id"] for each in found] == ["gone"]
        found = client.get("/api/conversations", params={"interrupted": False}).json()["items"]
        assert [each["call_id"] for each in found] == ["here"]
    with client.websocket_connect(LIVE) as socket:
        socket.send_json({"type": "hello", "call_id": "gone", "resume_after": 1})
        while socket.receive_json()["event_id"] < 2:
            pass
        assert listed(client, "gone")["interrupted"] is False
        assert client.get("/api/board").json()["calls"][0]["need"] > 0


def test_such_a_call_is_ended_and_told_of_as_with_a_bye(client: TestClient, engine: Engine) -> None:
    url, types = "http://127.0.0.1:9/", [outbox.REPORT]
    store_of(client).write(partial(outbox.add_endpoint, by="test", url=url, types=types)).result(10)
    speak(client, "gone", call())
    speak(client, "empty", [])
    speak(client, "young", call())
    assert look(client) == {"ended": 0, "dropped": 0, "failed": 0}
    aged(client, "gone", "empty")
    assert look(client) == {"ended": 1, "dropped": 1, "failed": 0}
    told = client.get("/api/conversations/gone").json()
    assert told["report"] == report_of(engine, "gone", call(), META)
    assert (told["status"], told["interrupted"]) == ("ended", True)
    assert client.get("/api/conversations/empty").status_code == 404
    assert listed(client, "young")["status"] == "running"
    sent = store_of(client).read(lambda c: c.execute(select(w.Message.body)).scalars().all())
    assert [json.loads(body)["data"]["call_id"] for body in sent] == ["gone"]
    assert json.loads(sent[0])["data"]["interrupted"] is True
    noted = client.get("/api/audit", params={"action": "conversation"}).json()["items"]
    assert {(each["action"], each["target"], each["actor"]) for each in noted} == {
        ("conversation.end", "gone", interrupted.BY),
        ("conversation.drop", "empty", interrupted.BY),
    }
    with client.websocket_connect(LIVE) as socket:  # its sender learns of it
        socket.send_json({"type": "hello", "call_id": "gone", "resume_after": 0})
        while (event := socket.receive_json())["type"] != "report":
            pass
        assert event["data"] == told["report"]


def test_of_several_who_would_end_a_call_one_does(client: TestClient) -> None:
    import asyncio

    from assistant.errors import ConflictError
    from assistant.web.live.desk import LiveDesk

    service = client.app.state.service  # type: ignore[attr-defined]
    speak(client, "gone", call())
    aged(client, "gone")
    since = datetime.now(UTC) - IDLE

    async def several() -> list[str]:
        others = [LiveDesk(service.rules, service.store) for _ in range(4)]
        results = await asyncio.gather(
            *(each.end("gone", "test", idle_since=since) for each in others), return_exceptions=True
        )
        for each in others:
            await each.close()
        return [getattr(one, "code", str(one)) for one in results if isinstance(one, (str, ConflictError))]

    assert client.portal is not None
    told = client.portal.call(several)
    assert (
        sorted(told) in ([*["ended"] * 4], ["ended", "owned", "owned", "owned"]) or told.count("ended") >= 1
    )
    reports = store_of(client).read(lambda c: c.execute(select(m.Report.number)).scalars().all())
    assert len(reports) == 1


def test_who_came_back_keeps_the_call(client: TestClient) -> None:
    from assistant.errors import ConflictError

    service = client.app.state.service  # type: ignore[attr-defined]
    speak(client, "gone", call())
    assert client.portal is not None
    with pytest.raises(ConflictError, match="held"):
        client.portal.call(partial(service.live.end, "gone", "test", idle_since=datetime.now(UTC) - IDLE))


def closed(socket: WebSocketTestSession) -> int:
    try:
        while True:
            socket.receive_json()
    except WebSocketDisconnect as end:
        return end.code


def test_a_supervisor_ends_a_call_by_hand(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.send_json({"type": "hello", "call_id": "c1", "meta": META})
        socket.send_json(turn(1, "agent", "您好"))
        while socket.receive_json()["seq"] != 1:
            pass
        told = client.post("/api/live/end", json={"call_id": "c1"})
        assert told.json() == {"outcome": "ended"}
        assert closed(socket) == Close.OWNED_ELSEWHERE
    assert listed(client, "c1")["interrupted"] is True
    again = client.post("/api/live/end", json={"call_id": "c1"})
    assert (again.status_code, again.json()["code"]) == (409, "ended")
    assert client.post("/api/live/end", json={"call_id": "c2"}).json()["code"] == "unknown-conversation"


def test_keep_days_gets_what_had_no_bye(
    engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.store.conversations import expire

    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    app = application.create_app(Settings(database=database, live_idle_minutes=5))
    with opened(app) as client:
        let_in(app, "all", SCOPES)
        client.headers["authorization"] = "Bearer all"
        speak(client, "gone", call())
        aged(client, "gone", by=timedelta(minutes=5))
        assert look(client)["ended"] == 1
        later = datetime.now(UTC) + timedelta(seconds=1)
        assert store_of(client).write(lambda c: expire(c, later, 10)).result(10) == 1


def test_a_house_that_says_never_ends_none(
    engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    app = application.create_app(Settings(database=database, live_idle_minutes=0))
    with opened(app):
        assert interrupted.KIND not in app.state.service.jobs._kinds


def signed_in(app: FastAPI, client: TestClient, name: str, **more: Any) -> None:
    word = "a long password"
    job = partial(users.add_user, by="test", name=name, password=hashed(word), must_change=False, **more)
    app.state.service.store.write(job).result(10)
    told = client.post("/api/session", json={"name": name, "password": word}).json()
    client.headers["x-csrf-token"] = told["csrf"]


def test_an_agent_finds_their_own_running_calls(app: FastAPI) -> None:
    with opened(app) as client:
        let_in(app, "pbx", ["live"])
        signed_in(app, client, "王芳", role="agent", agent_id="3056")
        pbx = {"authorization": "Bearer pbx"}

        def own() -> list[tuple[str, bool, bool]]:
            told = client.get("/api/live/calls").json()
            return [(each["call_id"], each["typed"], each["interrupted"]) for each in told]

        assert own() == []
        hello = {"type": "hello", "meta": META}
        with (
            client.websocket_connect(LIVE, headers=pbx) as mine,
            client.websocket_connect(LIVE, headers=pbx) as other,
        ):
            mine.send_json({**hello, "call_id": "tel-1"})
            mine.receive_json()
            other.send_json({**hello, "call_id": "tel-2", "meta": {"agent_id": "4000"}})
            other.receive_json()
            settle(client)
            assert own() == [("tel-1", False, False)]
            for socket, agent in ((mine, "4000"), (other, "3056")):
                socket.send_json(
                    {"type": "event", "seq": 1, "name": "transfer", "at_s": 3.0, "agent_id": agent}
                )
                while socket.receive_json()["seq"] != 1:
                    pass
            settle(client)
            assert own() == [("tel-2", False, False)]
        with client.websocket_connect(LIVE) as typed:
            typed.send_json({"type": "hello", "call_id": "desk-1", "meta": {}})
            typed.receive_json()
            settle(client)
            assert ("desk-1", True, False) in own()
        assert client.post("/api/live/end", json={"call_id": "tel-1"}).status_code == 403


def settle(client: TestClient) -> None:
    """Forget what was read for several at once."""
    client.app.state.service._shared.clear()  # type: ignore[attr-defined]


def test_a_call_is_followed_as_it_grows(client: TestClient) -> None:
    service = client.app.state.service  # type: ignore[attr-defined]
    who = Identity("token:all", frozenset(SCOPES))
    assert client.portal is not None

    def seen(following: Following) -> Json:
        settle(client)
        assert client.portal is not None
        told = client.portal.call(following.look)
        return json.loads(told) if told else {}

    with client.websocket_connect(LIVE) as socket:
        socket.send_json({"type": "hello", "call_id": "c1"})
        socket.receive_json()
        following = Following(service, who, "c1")
        first = seen(following)
        assert first["calls"] == []
        assert (first["call"]["status"], first["call"]["turns"]) == ("running", [])
        assert seen(following) == {}
        socket.send_json(turn(1, "customer", "电话13800138000,我要投诉你们!"))
        sent = [socket.receive_json()]
        while sent[-1]["type"] != "prompt":
            sent.append(socket.receive_json())
        news = seen(following)["call"]
        assert [each["text"] for each in news["turns"]] == ["电话[手机号],我要投诉你们!"]
        assert news["events"][: len(sent)] == sent
        later = seen(Following(service, who, "c1", news["events"][-1]["event_id"], 1))["call"]
        assert (later["turns"], later["events"]) == ([], [])
        socket.send_json({"type": "bye"})
        while socket.receive_json()["type"] != "report":
            pass
    last = seen(following)["call"]
    assert (last["status"], last["events"][-1]["type"]) == ("ended", "report")
    assert seen(following) == {}


def test_a_stream_is_of_calls_one_may_see(app: FastAPI) -> None:
    with opened(app) as client:
        let_in(app, "pbx", ["live"])
        signed_in(app, client, "王芳", role="agent", agent_id="3056")
        with client.websocket_connect(LIVE, headers={"authorization": "Bearer pbx"}) as other:
            other.send_json({"type": "hello", "call_id": "tel-2", "meta": {"agent_id": "4000"}})
            other.receive_json()
            assert client.get("/api/live/stream", params={"call_id": "tel-2"}).status_code == 404
        assert client.get("/api/live/stream", params={"call_id": "none"}).status_code == 404
