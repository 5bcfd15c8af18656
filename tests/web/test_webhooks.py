"""Webhooks: told of what happened, signed, until they were taken; over errors, silence and kill -9."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from receiving import SILENT, Receiver, receiving, signed_by
from serving import let_in, let_program_in, opened, serving
from small_calls import PACK, call, turn
from sqlalchemy import select, update
from waiting import until

from assistant.errors import UsageError
from assistant.settings import Settings
from assistant.store import outbox
from assistant.store import work_models as w
from assistant.store.database import open_store
from assistant.web import app as application
from assistant.web.webhooks import checked, permitted, signature

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from assistant.engine.fold import Engine

LIVE = "ws://127.0.0.1:8000/live"
PHONE = "13912345678"
NAME = "欧阳震华"
SAID = (
    ("customer", "你好,我查一下快递"),
    ("agent", "这个不归我管"),
    ("customer", "怎么还没到啊"),
    ("customer", f"都等了三天了,我叫{NAME},电话{PHONE}"),
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def app(engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    return application.create_app(Settings(database=database, webhook_retry_s=0.02, webhook_timeout_s=2.0))


def add(client: TestClient, receiver: Receiver, **more: Any) -> tuple[int, str]:
    answer = client.post("/api/webhooks", json={"url": f"{receiver.address}/hook", **more})
    assert answer.status_code == 200
    return answer.json()["number"], answer.json()["secret"]


def speak(client: TestClient, call_id: str = "c1", **more: Any) -> None:
    """A call in which the customer grows angry, to its end."""
    with client.websocket_connect(LIVE) as socket:
        meta = {"agent_id": "3056", "customer": NAME, "phone": PHONE}
        socket.send_json({"type": "hello", "call_id": call_id, "meta": meta, **more})
        for number, (role, text) in enumerate(SAID, 1):
            socket.send_json(turn(number, role, text))
        socket.send_json({"type": "bye"})
        while socket.receive_json()["type"] != "report":
            pass


def test_alerts_and_reports_are_told_signed_and_without_contact_data(
    client: TestClient, receiver: Receiver
) -> None:
    _, secret = add(client, receiver)
    speak(client)
    told = {each["type"]: each for each in receiver.wait(2)}
    assert set(told) == {"alert", "report.finished"}
    assert told["alert"]["data"] | {"intensity": 0} == {
        "call_id": "c1", "agent_id": "3056", "channel": "hotline", "origin": "live", "turn": 2,
        "intensity": 0,
    }  # fmt: skip
    finished = told["report.finished"]["data"]
    report = client.get("/api/conversations/c1").json()["report"]
    assert finished["score"] == {"total": report["score"]["total"], "grade": report["score"]["grade"]}
    assert sum(finished["findings"].values()) == len(report["findings"])
    assert finished["complaint"].items() <= report["complaint"].items()
    for headers, body in receiver.came:
        assert signed_by(secret, headers, body)
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
        assert not any(secret_word in body for secret_word in (PHONE, NAME, "三天"))
    assert json.loads(receiver.came[0][1])["timestamp"] <= datetime.now(UTC).isoformat()


def test_what_is_imported_is_told_and_what_is_practised_is_not(
    client: TestClient, receiver: Receiver
) -> None:
    add(client, receiver, types=["report.finished"])
    speak(client, "practice", origin="practice")
    answer = client.post(
        "/api/score?keep=true", json={"id": "r1", "turns": [{"role": "agent", "text": "您好"}]}
    )
    assert answer.status_code == 200
    (told,) = receiver.wait(1)
    assert (told["data"]["call_id"], told["data"]["origin"]) == ("r1", "import")
    assert len(receiver.came) == 1


def test_a_message_is_sent_until_it_is_taken_with_one_id(client: TestClient, receiver: Receiver) -> None:
    receiver.answers = [500, SILENT, 302]
    number, secret = add(client, receiver, types=["report.finished"])
    speak(client)
    receiver.wait(1)
    assert len(receiver.came) == 4
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert len({body for _, body in receiver.came}) == 1
    assert all(signed_by(secret, headers, body) for headers, body in receiver.came)
    until(lambda: not client.get("/api/webhooks").json()[0]["waiting"])
    shown = client.get("/api/webhooks").json()[0]
    assert (shown["number"], shown["failing_since"], shown["failed"]) == (number, None, 0)


def test_an_endpoint_that_is_gone_is_told_no_more_until_it_is_enabled(
    client: TestClient, app: FastAPI, receiver: Receiver
) -> None:
    receiver.answers = [410]
    number, _ = add(client, receiver, types=["report.finished"])
    speak(client, "c1")
    until(lambda: not client.get("/api/webhooks").json()[0]["active"])
    shown = client.get("/api/webhooks").json()[0]
    assert (shown["active"], shown["disabled_why"], shown["waiting"]) == (False, "gone", 1)
    assert "huashu_webhooks_disabled 1" in client.get("/metrics").text
    speak(client, "c2")
    assert client.post(f"/api/webhooks/{number}/enable").status_code == 204
    (told,) = receiver.wait(1)
    assert told["data"]["call_id"] == "c1"
    assert len(receiver.came) == 2


def test_long_failure_disables_an_endpoint_and_gives_up_a_message(database: str) -> None:
    store = open_store(database)
    number, _ = store.write(partial(outbox.add_endpoint, by="x", url="http://h/", types=["alert"])).result(10)
    data = {"call_id": "c", "agent_id": None, "channel": "chat", "origin": "live"}
    store.write(lambda c: outbox.tell(c, [outbox.News("alert", "event", data)])).result(10)
    message = store.read(lambda c: c.execute(select(w.Message.number)).scalar_one())
    parcel = store.read(partial(outbox.parcel, number=message))
    assert parcel is not None
    now = datetime.now(UTC)

    def refuse(after: timedelta) -> outbox.Fate:
        return store.write(partial(outbox.refused, sent=parcel, answer="500", now=now + after)).result(10)

    assert refuse(timedelta()) == "again"
    assert refuse(timedelta(days=2)) == "again"
    store.write(lambda c: c.execute(update(w.Endpoint).values(failing_since=None))).result(10)  # took another
    assert refuse(timedelta(days=3, seconds=5)) == "failed"
    assert store.read(partial(outbox.parcel, number=message)) is None
    assert store.read(outbox.figures) == {"waiting": 0, "failed": 1, "oldest": None, "disabled": 0}
    assert refuse(timedelta(days=6, seconds=9)) == "disabled"
    (shown,) = store.read(outbox.list_endpoints)
    assert (shown.active, shown.disabled_why, shown.failed) == (False, "failing", 1)
    assert store.write(partial(outbox.drop_endpoint, by="x", number=number)).result(10)
    assert store.read(lambda c: c.execute(select(w.Message.number)).all()) == []
    store.close()


def test_webhooks_are_for_administrators(client: TestClient, app: FastAPI, receiver: Receiver) -> None:
    number, secret = add(client, receiver)
    assert secret not in client.get("/api/webhooks").text
    assert client.post(f"/api/webhooks/{number}/test").json() == {"answer": "200", "arrived": True}
    assert json.loads(receiver.came[0][1])["type"] == "test"
    for bad in ("ftp://h/x", "http://", "http://a:b@h/", "x" * 2_000, "http://h/#x"):
        assert client.post("/api/webhooks", json={"url": bad}).status_code == 422
    assert client.post("/api/webhooks", json={"url": receiver.address, "types": ["x"]}).status_code == 422
    let_in(app, "supervisor", ["board", "read", "live"])
    other = {"authorization": "Bearer supervisor"}
    assert client.get("/api/webhooks", headers=other).status_code == 403
    assert client.delete(f"/api/webhooks/{number}", headers=other).status_code == 403
    assert client.delete(f"/api/webhooks/{number}").status_code == 204
    for path in ("test", "enable"):
        assert client.post(f"/api/webhooks/{number}/{path}").status_code == 404
    assert client.delete(f"/api/webhooks/{number}").status_code == 404


@pytest.mark.parametrize(
    ("address", "outside", "inside"),
    [
        ("93.184.215.14", True, True),
        ("2606:2800:220:1::1", True, True),
        ("10.1.2.3", False, True),
        ("192.168.1.9", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1%eth0", False, False),
        ("0.0.0.0", False, False),  # noqa: S104
        ("224.0.0.1", False, False),
    ],
)
def test_where_messages_may_go(address: str, outside: bool, inside: bool) -> None:
    assert permitted(address, inside=False) is outside
    assert permitted(address, inside=True) is inside


def test_a_house_may_keep_messages_out_of_its_network(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    app = application.create_app(Settings(database=str(tmp_path / "a.db"), webhook_inside=False))
    with opened(app) as client:
        let_in(app, "boss", ["admin"])
        client.headers["authorization"] = "Bearer boss"
        number, _ = add(client, receiver)
        assert client.post(f"/api/webhooks/{number}/test").json()["answer"] == "address-not-allowed"
    assert receiver.came == []


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the specification's libraries."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "2852039166",
    ],
)
def test_addresses_nothing_is_ever_sent_to_are_refused(client: TestClient, host: str) -> None:
    answer = client.post("/api/webhooks", json={"url": f"http://{host}/latest"})
    assert (answer.status_code, answer.json()["code"]) == (422, "address-not-allowed")


def test_addresses_have_no_secrets_in_them() -> None:
    with pytest.raises(UsageError):
        checked("https://user:password@crm.example/hook")
    assert checked("https://crm.example/钩子?a=b") == "https://crm.example/%E9%92%A9%E5%AD%90?a=b"


def test_nothing_is_lost_when_the_service_is_killed(
    database: str, tmp_path: Path, receiver: Receiver
) -> None:
    """Killed while it delivers, with an endpoint that fails half of the time: each report is told."""
    (tmp_path / "tiny.yml").write_text(PACK, encoding="utf-8")
    headers = let_program_in(database, "asr")
    store = open_store(database)
    add_it = partial(outbox.add_endpoint, by="x", url=receiver.address, types=["report.finished"])
    _, secret = store.write(add_it).result(10)
    store.close()
    receiver.answers = [500, 200] * 12
    receiver.usual = 503
    options = ["--database", database, "--pack", str(tmp_path / "tiny.yml")]
    ids = {f"r{number}" for number in range(24)}
    texts = [each["text"] for each in call() if each["type"] == "turn"]
    turns = [{"role": "agent", "text": text} for text in texts]
    body = [{"id": each, "turns": turns} for each in sorted(ids)]
    with serving(tmp_path, *options) as served:
        answer = httpx2.post(f"{served.address}/api/score?keep=true", json=body, headers=headers, timeout=60)
        assert answer.status_code == 200
        receiver.wait(3)
        served.kill()
    seen = len(receiver.came)
    receiver.answers.clear()
    receiver.usual = 200
    with serving(tmp_path, *options):
        store = open_store(database)
        store.write(lambda c: c.execute(update(w.Job).values(due_at=datetime.now(UTC)))).result(
            10
        )  # no waiting
        store.close()
        told = receiver.wait(len(ids), 60)
    assert {each["data"]["call_id"] for each in told} == ids
    assert len(receiver.came) > seen
    assert all(signed_by(secret, *each) for each in receiver.came)
