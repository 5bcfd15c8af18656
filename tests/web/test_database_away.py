"""While the database doesn't answer."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import OperationalError
from starlette.websockets import WebSocketDisconnect

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

LIVE = "ws://127.0.0.1:8000/live"


def test_it_is_said_that_the_database_is_away(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(job: object) -> object:
        raise OperationalError("SELECT 1", None, ConnectionRefusedError("nobody there"))

    store = client.app.state.service.store  # type: ignore[attr-defined]
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(store, "read", away)
        answer = client.post("/api/session", json={"name": "王芳", "password": "a long password"})
        assert (answer.status_code, answer.json()["code"]) == (503, "no-database")
        assert answer.headers["retry-after"].isdigit()
        assert client.get("/api/conversations").status_code == 503
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect("ws://127.0.0.1:8000/live") as socket,
        ):
            socket.receive_json()
    told = [record for record in caplog.records if record.name in ("huashu.web", "uvicorn.error")]
    assert told
    assert all(record.exc_info is None for record in told)
    assert client.get("/api/conversations").status_code == 200
