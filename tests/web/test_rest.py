from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from sqlalchemy.exc import OperationalError

from assistant.report.json_schema import schema
from assistant.store import users

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

TURNS = [{"role": "agent", "text": "这个不归我管"}, {"role": "customer", "text": "那找谁"}]
CALL = {"id": "c1", "turns": TURNS}
ALL = {"authorization": "Bearer all"}
JSON = {"content-type": "application/json"}
PROBLEM = "application/problem+json"


def fits(data: Any, name: str) -> None:
    jsonschema.Draft202012Validator(schema(name)).validate(data)


def test_check(client: TestClient) -> None:
    answer = client.post("/api/check", json={"text": "不归我管,打13800138000"})
    assert answer.status_code == 200
    told = answer.json()
    fits(told, "check")
    assert told["text"] == "不归我管,打[手机号]"
    assert [each["rule"] for each in told["findings"]] == ["tiny.shirking.not-mine"]
    assert client.post("/api/check", json={"text": "不归我管", "role": "customer"}).json()["findings"] == []


def test_classify(client: TestClient) -> None:
    context = [{"role": "agent", "text": "请稍等"}]
    told = client.post(
        "/api/classify", json={"text": "等了三天了,我要投诉!", "context": context, "id": 7}
    ).json()
    fits(told, "classify")
    assert told["id"] == 7
    assert told["intents"][0]["name"] == "complaint"


def test_score_gives_a_report_a_conversation_and_an_error_in_its_place(client: TestClient) -> None:
    (report,) = client.post("/api/score", json=CALL).json()
    fits(report, "report")
    assert len(report["findings"]) == 2
    files = [("file", ("a.txt", "坐席: 您好\n客户: 你好\n")), ("file", ("b.xls", b"\xd0\xcf\x11\xe0"))]
    first, second = client.post("/api/score", files=files).json()
    assert (first["id"], second["schema"]) == ("a", "huashu.error/1")
    assert client.get("/api/conversations").json() == {"items": [], "next": None}


def test_what_is_kept_can_be_found_again(client: TestClient) -> None:
    (report,) = client.post("/api/score?keep=true", json=CALL).json()
    (again,) = client.post("/api/score?keep=true", json=CALL).json()
    assert again["code"] == "exists"
    (item,) = client.get("/api/conversations", params={"rule": "tiny.shirking.not-mine"}).json()["items"]
    assert (item["call_id"], item["origin"], item["turns"]) == ("c1", "import", 2)
    assert client.get("/api/conversations", params={"rule": "none"}).json()["items"] == []
    assert len(client.get("/api/conversations", params={"text": "归我"}).json()["items"]) == 1
    assert client.get("/api/conversations", params={"text": "投诉"}).json()["items"] == []
    felt = report["turns"][1]["emotion"]["label"]
    assert len(client.get("/api/conversations", params={"emotion": felt, "least": 0}).json()["items"]) == 1
    assert client.get("/api/conversations", params={"emotion": "grateful"}).json()["items"] == []
    assert client.get("/api/conversations", params={"most": -1}).json()["items"] == []
    whole = client.get("/api/conversations/c1").json()
    assert whole["report"] == report
    assert whole["transcript"][0]["text"] == "这个不归我管"


def test_pages_of_the_list(client: TestClient) -> None:
    client.post("/api/score?keep=true", json=[{**CALL, "id": f"c/{n}"} for n in range(5)])
    first = client.get("/api/conversations", params={"limit": 3}).json()
    second = client.get("/api/conversations", params={"limit": 3, "before": first["next"]}).json()
    ids = [item["call_id"] for item in first["items"] + second["items"]]
    assert ids == ["c/4", "c/3", "c/2", "c/1", "c/0"]
    assert second["next"] is None
    assert client.get("/api/conversations/c/4").json()["call_id"] == "c/4"


def test_next(client: TestClient) -> None:
    turns = [*TURNS, {"role": "customer", "text": "我要投诉你们!"}]
    told = client.post("/api/next", json={"turns": turns}).json()
    fits(told, "next")
    assert told["prompts"]


def test_rules(client: TestClient) -> None:
    told = client.get("/api/rules", params={"severity": "major"}).json()
    assert [rule["id"] for rule in told["rules"]] == ["tiny.shirking.not-mine"]
    assert [pack["name"] for pack in told["packs"]] == ["tiny"]


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "code"),
    [
        ("POST", "/api/check", {"json": {"words": "x"}}, 422, "invalid"),
        (
            "POST",
            "/api/check",
            {"content": b"{", "headers": JSON},
            422,
            "invalid",
        ),
        ("POST", "/api/check", {"json": {"text": "好" * 100_000}}, 413, "too-large"),
        ("POST", "/api/score", {"json": {"nothing": 1}}, 422, "unreadable"),
        ("POST", "/api/score", {"content": b"hello"}, 415, "unsupported-type"),
        ("POST", "/api/score", {"files": {"file": ("empty.txt", b"")}}, 422, "unreadable"),
        ("POST", "/api/next", {"json": [1]}, 422, "unreadable"),
        ("GET", "/api/conversations", {"params": {"limit": 0}}, 422, "invalid"),
        ("GET", "/api/conversations/none", {}, 404, "unknown-conversation"),
        ("GET", "/nowhere", {}, 404, "not-found"),
        ("DELETE", "/api/rules", {}, 405, "method-not-allowed"),
        ("GET", "/api/rules", {"headers": {"host": "evil.example"}}, 421, "wrong-host"),
        (
            "POST",
            "/api/check",
            {"json": {}, "headers": {"origin": "https://a.example"}},
            403,
            "wrong-origin",
        ),
    ],
)
def test_errors_are_problems(
    steady: TestClient, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    answer = steady.request(method, path, **{**options, "headers": ALL | options.get("headers", {})})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert (answer.json()["status"], answer.json()["code"]) == (status, code)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_body_of_unknown_length_is_bounded_too(steady: TestClient) -> None:
    chunks = (b" " * 65_536 for _ in range(8))
    answer = steady.post("/api/check", content=chunks, headers=ALL | JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def test_an_error_of_ours_says_nothing_of_what_was_sent(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.engine.fold import Engine

    def fail(*_: object) -> None:
        raise ValueError("secret words")

    monkeypatch.setattr(Engine, "check", fail)
    answer = client.post("/api/check", json={"text": "secret words"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}
    client.app.state.service.stopping = True  # type: ignore[attr-defined]
    assert client.get("/readyz").status_code == 503


def test_metrics_count_live_calls(client: TestClient) -> None:
    with client.websocket_connect("ws://127.0.0.1:8000/live") as socket:
        socket.send_json({"type": "hello", "call_id": "secret-name"})
        socket.send_json({"type": "turn", "seq": 1, "role": "agent", "text": "不归我管"})
        while socket.receive_json()["seq"] != 1:
            pass
        socket.send_json({"type": "bye"})
        while socket.receive_json()["type"] != "report":
            pass
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert lines["huashu_live_message_seconds_count"] == "1"
    assert lines['huashu_live_message_seconds_bucket{le="+Inf"}'] == "1"
    assert lines['huashu_live_closed_total{code="1000"}'] == "1"
    assert "secret-name" not in answer.text


def test_the_openapi_document_is_whole(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    names = set(document["components"]["schemas"])

    def references(node: Any) -> list[str]:
        inside = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else []
        own = [node["$ref"]] if isinstance(node, dict) and isinstance(node.get("$ref"), str) else []
        return own + [found for item in inside for found in references(item)]

    assert {each.removeprefix("#/components/schemas/") for each in references(document)} <= names
    for path in document["paths"].values():
        for operation in path.values():
            assert operation["summary"]
            assert operation["description"]
            assert operation["tags"]
            done = min(operation["responses"])
            if done != "204":
                for answer in operation["responses"][done]["content"].values():
                    assert answer["schema"], "every answer has a schema"


def test_while_the_database_is_away_503_is_said_in_one_line(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(connection: object, name: str, address: str) -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection: 王芳"))

    monkeypatch.setattr(users, "blocked_until", away)
    answer = client.post("/api/session", json={"name": "王芳", "password": "x"})
    assert (answer.status_code, answer.json()["code"]) == (503, "no-database")
    assert answer.headers["retry-after"]
    (line,) = [each for each in caplog.records if each.name == "huashu.web"]
    assert "王芳" not in line.getMessage()
    assert line.exc_info is None


def test_files_of_one_name_and_other_words_are_other_calls(client: TestClient) -> None:
    def keep(words: str) -> dict[str, Any]:
        file = {"file": ("001.txt", f"坐席: {words}\n客户: 好".encode())}
        return dict(client.post("/api/score?keep=true", files=file).json()[0])

    first, second = keep("您好"), keep("您好请讲")
    assert first["id"] != second["id"]
    assert {first["id"][:4], second["id"][:4]} == {"001-"}
    assert keep("您好")["code"] == "exists"
    stored = client.get("/api/conversations").json()["items"]
    assert {each["call_id"] for each in stored} == {first["id"], second["id"]}


def test_a_page_that_is_not_there_is_a_page(client: TestClient) -> None:
    answer = client.get("/nothing", headers={"accept": "text/html"})
    assert (answer.status_code, "没有这个页面" in answer.text) == (404, True)
    told = client.get("/api/nothing", headers={"accept": "text/html"})
    assert (told.status_code, told.json()["code"]) == (404, "not-found")
