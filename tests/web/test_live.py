from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from small_calls import SAID, call, turn
from starlette.websockets import WebSocketDisconnect

from assistant.ingest.metadata import call_metadata
from assistant.model import CallEvent, Conversation, Speaker, Turn
from assistant.report.json_schema import schema
from assistant.report.wire import report_object
from assistant.web.live.session import Close, Limits

if TYPE_CHECKING:
    from fastapi.testclient import TestClient
    from starlette.testclient import WebSocketTestSession

    from assistant.engine.fold import Engine

META = {"工号": "3056", "company": "安和物业", "started_at": "2026-11-03T18:02:11+08:00"}
HELLO = {"type": "hello", "call_id": "c1", "meta": META}
BYE = {"type": "bye"}
OPEN = '{"type":"hello","call_id":"c"}'
Json = dict[str, Any]


def connect(client: TestClient, **more: Any) -> WebSocketTestSession:
    return client.websocket_connect("ws://127.0.0.1:8000/live", **more)


def until(socket: WebSocketTestSession, type_: str, seq: int | None = None) -> list[Json]:
    """Receive events up to one of this kind."""
    events = []
    while not events or (events[-1]["type"], events[-1]["seq"]) != (type_, seq):
        events.append(socket.receive_json())
    return events


def closed(socket: WebSocketTestSession) -> int:
    try:
        while True:
            socket.receive_json()
    except WebSocketDisconnect as end:
        return end.code


def whole(client: TestClient, messages: list[Json], hello: Json = HELLO) -> list[Json]:
    """Send a call from hello to bye; return all events."""
    with connect(client) as socket:
        for message in (hello, *messages, BYE):
            socket.send_json(message)
        events = until(socket, "report")
        assert closed(socket) == Close.DONE
    return events


def batch(engine: Engine) -> Json:
    """The report of the same call, read as a recording."""
    from assistant.ingest import mask_turn

    turns = [
        mask_turn(Turn(place, Speaker(role), text, (), place * 5.0, place * 5.0 + 4))
        for place, (role, text) in enumerate(SAID)
    ]
    items = (CallEvent("answer", 0.5, "3056"), *turns)
    meta = call_metadata(META)
    return report_object(engine.run(Conversation("c1", items, meta, "hotline", "live")))


def test_a_call_from_hello_to_bye(client: TestClient, engine: Engine) -> None:
    events = whole(client, call())
    validator = jsonschema.Draft202012Validator(schema("event"))
    for event in events:
        validator.validate(event)
    assert [event["event_id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["seq"] for event in events if event["type"] == "ack"] == [None, *range(1, 8)]
    kinds = {event["type"] for event in events}
    assert kinds >= {"ack", "finding", "requirement", "emotion", "prompt", "report"}
    assert events[-1]["data"] == batch(engine)
    assert "13800138000" not in str(events)
    masked = [event["data"]["text"] for event in events if event["type"] == "ack" and "text" in event["data"]]
    assert masked == ["这个不归我管,您的电话[手机号]对吗"]
    stored = client.get("/api/conversations/c1").json()
    assert stored["report"] == batch(engine)
    assert (stored["status"], stored["turns"], stored["agent_id"]) == ("ended", 6, "3056")


@pytest.mark.parametrize("first", [0, 1])
def test_order_and_repeats_make_no_difference(client: TestClient, engine: Engine, first: int) -> None:
    messages = call(first)
    shuffled = [messages[0], *messages[:4], messages[5], messages[4], messages[4], messages[6], messages[2]]
    assert whole(client, shuffled)[-1]["data"] == batch(engine)


def test_a_dropped_connection_is_taken_up_without_loss_or_repeats(client: TestClient, engine: Engine) -> None:
    messages = call()
    seen: list[Json] = []
    with connect(client) as socket:
        for message in (HELLO, *messages[:3]):
            socket.send_json(message)
        seen = until(socket, "ack", 3)
    for message in messages[2:]:
        with connect(client) as socket:
            socket.send_json({**HELLO, "resume_after": seen[-1]["event_id"]})
            socket.send_json(message)
            if message["seq"] > 3:
                seen += until(socket, "ack", message["seq"])
            else:
                seen += until(socket, "ack")
    with connect(client) as socket:
        socket.send_json({**HELLO, "resume_after": seen[-1]["event_id"]})
        socket.send_json(BYE)
        seen += until(socket, "report")
    assert [event["event_id"] for event in seen] == list(range(1, len(seen) + 1))
    assert [event["seq"] for event in seen if event["type"] == "ack" and event["seq"]] == list(range(1, 8))
    assert seen[-1]["data"] == batch(engine)
    with connect(client) as socket:
        socket.send_json({**HELLO, "resume_after": 0})
        assert until(socket, "report") == seen
        assert closed(socket) == Close.DONE


def test_who_comes_back_takes_the_call_over(client: TestClient) -> None:
    with connect(client) as old, connect(client) as other, connect(client) as new:
        old.send_json(HELLO)
        until(old, "ack")
        other.send_json(HELLO)
        assert closed(other) == Close.OWNED_ELSEWHERE
        new.send_json({**HELLO, "resume_after": 1})
        new.send_json(turn(1, "agent", "您好"))
        until(new, "ack", 1)
        assert closed(old) == Close.OWNED_ELSEWHERE


def test_an_ended_call_isnt_begun_again(client: TestClient) -> None:
    whole(client, call())
    with connect(client) as socket:
        socket.send_json(HELLO)
        assert closed(socket) == Close.OWNED_ELSEWHERE


def test_a_gap_is_reported_at_its_bound(client: TestClient) -> None:
    client.app.state.service.live.limits = Limits(held=2)  # type: ignore[attr-defined]
    with connect(client) as socket:
        for message in (HELLO, turn(1, "agent", "您好"), *(turn(n, "agent", "嗯") for n in (3, 4, 5, 6))):
            socket.send_json(message)
        gap = until(socket, "error")[-1]
        assert (gap["data"]["code"], gap["data"]["expected"], gap["data"]["held"]) == ("gap", 2, [3, 4])
        socket.send_json(turn(2, "customer", "你好"))
        assert [e["seq"] for e in until(socket, "ack", 4) if e["type"] == "ack"] == [2, 3, 4]
        for message in (turn(6, "agent", "好"), BYE):
            socket.send_json(message)
        assert until(socket, "error")[-1]["data"]["expected"] == 5
        socket.send_json(BYE)
        report = until(socket, "report")[-1]["data"]
        assert [each["text"] for each in report["turns"]] == ["您好", "你好", "嗯", "嗯", "好"]


def test_partial_results_give_provisional_events_that_are_settled(client: TestClient) -> None:
    with connect(client) as socket:
        socket.send_json(HELLO)
        socket.send_json(turn(1, "agent", "这个不归我管", final=False))
        socket.send_json(turn(1, "agent", "这个不归我管啊", final=False))
        (_, provisional) = until(socket, "finding", 1)
        assert provisional["provisional"] is True
    with connect(client) as socket:  # the one that saw it is gone
        socket.send_json({**HELLO, "resume_after": 2})
        socket.send_json(turn(1, "agent", "您好,这个不归我管"))
        socket.send_json(turn(2, "agent", "这个不归我管", final=False))
        socket.send_json(turn(2, "agent", "这个不归我管理的范围", final=False))
        socket.send_json(turn(2, "agent", "这个我来办"))
        socket.send_json(BYE)
        events = until(socket, "report")
    findings = [event for event in events if event["type"] == "finding"]
    assert [(e["seq"], e.get("provisional"), e.get("withdrawn")) for e in findings] == [
        (1, None, None),
        (2, True, None),
        (2, True, True),
    ]
    assert findings[0]["settles"] == 2
    assert findings[2]["settles"] == findings[1]["event_id"]
    assert len(events[-1]["data"]["findings"]) == 1


def test_turns_without_words_are_acknowledged(client: TestClient) -> None:
    events = whole(
        client, [turn(1, "agent", "您好"), turn(2, "customer", " \u0000 "), turn(3, "customer", "喂")]
    )
    assert [event["data"] for event in events if event["type"] == "ack"][1:] == [{"turn": 0}, {}, {"turn": 1}]
    assert [each["index"] for each in events[-1]["data"]["turns"]] == [0, 1]


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (["{"], Close.BAD_MESSAGE),
        ([json.dumps(BYE)], Close.BAD_MESSAGE),
        (['{"type":"hello"}'], Close.BAD_MESSAGE),
        (['{"type":"hello","call_id":"c","resume_after":3}'], Close.BAD_MESSAGE),
        ([OPEN, OPEN], Close.BAD_MESSAGE),
        ([OPEN, '{"type":"turn","seq":-1}'], Close.BAD_MESSAGE),
        ([OPEN, '{"type":"event","seq":1,"name":"x","at_s":1}'], Close.BAD_MESSAGE),
        (['{"type":"hello","call_id":"c","meta":{"a":"' + "x" * 70_000 + '"}}'], Close.TOO_LARGE),
        ([OPEN, *[json.dumps(turn(0, "agent", "好"))] * 600], Close.TOO_FAST),
    ],
)
def test_what_isnt_fit_closes_the_connection(client: TestClient, messages: list[str], code: int) -> None:
    with connect(client) as socket:
        for message in messages:
            socket.send_text(message)
        assert closed(socket) == code


def test_pages_from_elsewhere_are_not_let_in(client: TestClient) -> None:
    with connect(client, headers={"origin": "https://evil.example"}) as socket:
        assert closed(socket) == Close.NOT_ALLOWED
