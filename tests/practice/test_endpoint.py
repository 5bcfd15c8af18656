"""Other words from an endpoint: used where they are true, else the built-in ones, silently."""

from __future__ import annotations

import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from assistant.bootstrap import load_worder
from assistant.errors import ConfigurationError
from assistant.practice.endpoint import Endpoint, untrue
from assistant.practice.room import Room
from assistant.settings import Settings


@pytest.fixture
def serving():
    """An endpoint that answers with what the test says; yields its address and a list of answers."""
    answers: list[bytes] = []
    asked: list[dict] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            asked.append(json.loads(self.rfile.read(length)) | {"key": self.headers.get("Authorization")})
            body = answers.pop(0)
            self.send_response(200 if body else 500)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/chat/completions", answers, asked
    server.shutdown()
    thread.join()
    server.server_close()


def worded(text):
    return json.dumps({"choices": [{"message": {"content": text}}]}).encode()


def with_worder(room, worder):
    return Room(
        room._engine, room._acts, list(room.scenarios.values()), room._wordings, room._coach, worder=worder
    )


def test_words_come_from_the_endpoint_and_facts_from_the_simulator(room, serving):
    url, answers, asked = serving
    answers.append(worded("喂，快递显示签收了，可我压根没拿着啊！"))
    session = with_worder(room, Endpoint(url, "any", "secret")).start("express-signed", 1)
    spoken = with_worder(room, Endpoint(url, "any", "secret"))
    reply = spoken.say(session, "您好，请讲。", 0.0)
    assert reply.text == "喂，快递显示签收了，可我压根没拿着啊！"
    assert asked[0]["key"] == "Bearer secret"
    assert spoken.restore(session.record()).steps[0].reply == reply.text


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not json",
        b"{}",
        worded(""),
        worded("您好，我是智能助手。"),
        worded("赔我9999块！"),
        worded("好" * 300),
    ],
)
def test_whatever_goes_wrong_the_built_in_words_are_said(room, serving, caplog, answer):
    url, answers, _ = serving
    plain = room.say(room.start("express-signed", 1), "您好，请讲。", 0.0)
    answers.append(answer)
    spoken = with_worder(room, Endpoint(url, "any"))
    with caplog.at_level(logging.WARNING):
        reply = spoken.say(spoken.start("express-signed", 1), "您好，请讲。", 0.0)
    assert reply.text == plain.text
    assert "endpoint" in caplog.text


def test_nobody_listening_is_no_trouble(room):
    spoken = with_worder(room, Endpoint("http://127.0.0.1:9/v1", "any", timeout_s=0.5))
    assert spoken.say(spoken.start("express-signed", 1), "您好，请讲。").text


def test_facts_are_neither_invented_nor_dropped_nor_told_unasked(room):
    case = room.scenarios["express-signed"]
    assert untrue("打了四个电话都不接。", "打了四个电话，他不接。", case) is None
    assert "figures nobody told" in untrue("打了8次电话。", "打了电话，他不接。", case)
    assert "left out" in untrue("他不接。", "两百6十，就剩8块了。", case)
    assert "not asked for" in untrue("那个小孙不接电话！", "没人理我！", case)


def test_it_is_off_unless_set(monkeypatch):
    assert load_worder(Settings()) is None
    monkeypatch.setenv("HUASHU_PRACTICE_KEY", "k")
    endpoint = load_worder(Settings(practice_endpoint="http://localhost/v1", practice_model="m"))
    assert endpoint == Endpoint("http://localhost/v1", "m", "k")
    with pytest.raises(ConfigurationError):
        Endpoint("ftp://x", "m")
