"""A line that drops, doubles and reorders makes no difference: the report is that of a good line."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from serving import let_in, opened
from small_calls import call
from starlette.websockets import WebSocketDisconnect

from assistant.settings import Settings
from assistant.web import app as application
from assistant.web.identity import SCOPES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient
    from starlette.testclient import WebSocketTestSession

    from assistant.engine.fold import Engine

Json = dict[str, Any]
META = {"工号": "3056", "started_at": "2026-11-03T18:02:11+08:00"}
BYE = {"type": "bye"}


class BadLine:
    """A sender of one call over a line that loses, doubles and reorders what is sent, and breaks.

    It holds to the protocol: what isn't acknowledged is sent again, and after a break it comes back with
    the last event that it received.
    """

    def __init__(self, client: TestClient, call_id: str, seed: int) -> None:
        self.events: list[Json] = []
        self._client = client
        self._call_id = call_id
        self._chance = Random(seed)
        self._drops = 0
        self._messages = call()

    def run(self) -> Json:
        """Send the call; return its report."""
        while not self._ended():
            self._connection()
        report: Json = self.events[-1]["data"]
        return report

    def _ended(self) -> bool:
        return bool(self.events) and self.events[-1]["type"] == "report"

    def _acknowledged(self) -> set[int]:
        return {event["seq"] for event in self.events if event["type"] == "ack" and event["seq"] is not None}

    def _connection(self) -> None:
        with self._client.websocket_connect("ws://127.0.0.1:8000/live") as socket:
            hello: Json = {"type": "hello", "call_id": self._call_id, "meta": META}
            if self.events:
                hello["resume_after"] = self.events[-1]["event_id"]
            socket.send_json(hello)
            self._until(socket, lambda event: event["type"] == "ack" and event["seq"] is None)
            while True:
                missing = [each for each in self._messages if each["seq"] not in self._acknowledged()]
                if not missing:
                    socket.send_json(BYE)
                    self._until(socket, lambda event: event["type"] == "report")
                    return
                self._speak(socket, missing)
                if self._drops < 6 and self._chance.random() < 0.4:
                    self._drops += 1
                    return  # the line breaks; what was on its way back is lost

    def _speak(self, socket: WebSocketTestSession, missing: list[Json]) -> None:
        """Send some of what is missing as the line delivers it; wait for what has to be acknowledged."""
        some = missing[: self._chance.randint(1, 4)]
        delivered = [each for each in some if self._chance.random() > 0.25]
        delivered += [each for each in self._messages if self._chance.random() < 0.15]
        for each in list(delivered):
            if each["type"] == "turn" and self._chance.random() < 0.3:
                partial = {**each, "text": each["text"][: len(each["text"]) // 2], "final": False}
                delivered.insert(self._chance.randrange(len(delivered) + 1), partial)
        self._chance.shuffle(delivered)
        for each in delivered:
            socket.send_text(json.dumps(each, ensure_ascii=False))
        if missing[0] in delivered and self._chance.random() < 0.8:
            first = missing[0]["seq"]
            self._until(socket, lambda event: (event["type"], event["seq"]) == ("ack", first))

    def _until(self, socket: WebSocketTestSession, wanted: Any) -> None:
        while True:
            self.events.append(socket.receive_json())
            if wanted(self.events[-1]):
                return


@pytest.fixture(scope="module")
def line(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("line")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "load_engine", lambda _: engine)
        app = application.create_app(Settings(database=str(folder / "calls.db")))
        with opened(app) as client:
            let_in(app, "all", SCOPES)
            client.headers["authorization"] = "Bearer all"
            yield client


@pytest.fixture(scope="module")
def undisturbed(line: TestClient) -> Json:
    """The report of the call over a good line."""
    with line.websocket_connect("ws://127.0.0.1:8000/live") as socket:
        for message in ({"type": "hello", "call_id": "good", "meta": META}, *call(), BYE):
            socket.send_json(message)
        while (event := socket.receive_json())["type"] != "report":
            pass
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
    report: Json = event["data"]
    return report


def test_over_a_bad_line_comes_the_same_report(line: TestClient, undisturbed: Json) -> None:
    @settings(
        max_examples=25,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**32))
    def over(seed: int) -> None:
        sender = BadLine(line, f"bad-{seed}", seed)
        stored = line.get(f"/api/conversations/bad-{seed}").status_code == 200
        if stored:
            return
        assert {**sender.run(), "id": "good"} == undisturbed
        numbers = [event["event_id"] for event in sender.events]
        assert numbers == list(range(1, len(numbers) + 1))
        acknowledged = [
            event["seq"] for event in sender.events if event["type"] == "ack" and event["seq"] is not None
        ]
        assert acknowledged == [message["seq"] for message in call()]
        settled = {event["settles"] for event in sender.events if "settles" in event}
        provisional = {
            event["event_id"]
            for event in sender.events
            if event.get("provisional") and not event.get("withdrawn")
        }
        assert settled == provisional

    over()
