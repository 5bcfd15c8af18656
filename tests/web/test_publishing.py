"""Rules are drafted, checked, compared and published; calls finish on the version they began with."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
from serving import let_in, opened
from small_calls import HOUSE, PACK, call

from assistant.settings import Settings
from assistant.store import rulebook
from assistant.web import app as application
from assistant.web.rules.workshop import Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from assistant.engine.fold import Engine

Json = dict[str, Any]
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # test_rulebook takes both


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where compiled rules are kept from test to test."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def app(
    engine: Engine, database: str, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> FastAPI:
    monkeypatch.setattr(Workshop, "_run", lambda _, job, arguments: job(*arguments))  # see test_process
    pack = tmp_path / "tiny.yml"
    pack.write_text(PACK, encoding="utf-8")
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    settings = Settings(packs=(str(pack),), database=database, cache_dir=cache)
    return application.create_app(settings)


def begin(client: TestClient, **files: str) -> Json:
    draft = client.post("/api/rules/drafts", json={"title": "十二月"}).json()
    for name, text in files.items():
        draft = save(client, draft, f"{name}.yml", text)["draft"]
    return dict(draft)


def save(client: TestClient, draft: Json, name: str, text: str) -> Json:
    path = f"/api/rules/drafts/{draft['number']}/files/{name}"
    answer = client.put(path, json={"text": text, "revision": draft["revision"]})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def check(client: TestClient, draft: Json) -> Json:
    return dict(client.post(f"/api/rules/drafts/{draft['number']}/check").json())


def publish(client: TestClient, draft: Json, why: str = "试行") -> Any:
    asked = {"draft": draft["number"], "revision": draft["revision"], "why": why}
    return client.post("/api/rules/versions", json=asked)


def fired(client: TestClient, text: str) -> list[str]:
    return [finding["rule"] for finding in client.post("/api/check", json={"text": text}).json()["findings"]]


def test_a_draft_is_checked_and_published_and_taken_back(client: TestClient, app: FastAPI) -> None:
    draft = begin(client, house=HOUSE)
    assert [(file["name"], file["state"]) for file in draft["files"]] == [
        ("house.yml", "new"),
        ("tiny.yml", "same"),
    ]
    assert publish(client, draft).json()["code"] == "not-checked"
    told = check(client, draft)
    assert (told["errors"], told["failures"], told["changed"]) == ([], [], ["house.sorry"])
    assert fired(client, "非常抱歉") == []
    published = publish(client, draft, "新增").json()
    assert (published["number"], published["published_by"], published["why"]) == (1, "token:all", "新增")
    assert published["sha256"] == told["sha256"]
    assert fired(client, "非常抱歉") == ["house.sorry"]
    assert client.get("/api/rules").json()["version"] == 1
    assert client.get(f"/api/rules/drafts/{draft['number']}").status_code == 404
    report = client.post("/api/score", json={"turns": [{"role": "agent", "text": "非常抱歉"}]}).json()[0]
    assert report["ruleset_sha256"] == told["sha256"]

    back = client.post("/api/rules/versions/0/restore", json={"why": "误报多"}).json()
    assert (back["number"], back["restores"], back["sha256"]) == (2, 0, None)
    assert fired(client, "非常抱歉") == []
    again = client.post("/api/rules/versions/1/restore", json={"why": "改好了"}).json()
    assert (again["number"], again["sha256"]) == (3, told["sha256"])
    assert fired(client, "非常抱歉") == ["house.sorry"]
    assert [each["number"] for each in client.get("/api/rules/versions").json()["items"]] == [3, 2, 1, 0]
    with opened(app) as restarted:  # another process, as it were
        assert restarted.get("/api/rules", headers=client.headers).json()["version"] == 3


def test_problems_come_with_line_and_column_and_hold_it_back(client: TestClient) -> None:
    draft = begin(client)
    saved = save(client, draft, "house.yml", HOUSE.replace("severity: minor", "severity: terrible"))
    assert [(each["path"], each["line"], each["column"]) for each in saved["problems"]] == [
        ("house.yml", 8, 15)
    ]
    told = check(client, saved["draft"])
    assert [each["line"] for each in told["errors"]] == [8]
    assert publish(client, saved["draft"]).json()["code"] == "has-problems"
    saved = save(client, saved["draft"], "house.yml", HOUSE.replace("我马上帮您查", "非常抱歉,我帮您查"))
    assert saved["problems"] == []
    told = check(client, saved["draft"])
    assert {failure["rule"] for failure in told["failures"]} == {"house.sorry"}
    assert publish(client, saved["draft"]).json()["code"] == "has-problems"


def test_nobody_overwrites_anothers_change(client: TestClient) -> None:
    first = begin(client, house=HOUSE)
    second = begin(client, other=HOUSE.replace("house", "other").replace("非常抱歉", "没办法"))
    stale = client.put(
        f"/api/rules/drafts/{first['number']}/files/house.yml", json={"text": HOUSE, "revision": 1}
    )
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    for draft in (first, second):
        check(client, draft)
    assert publish(client, first).status_code == 201
    late = publish(client, second)
    assert (late.status_code, late.json()["code"]) == (409, "stale")
    path = f"/api/rules/drafts/{second['number']}/rebase?revision={second['revision']}"
    second = client.post(path).json()
    assert [(file["name"], file["state"]) for file in second["files"]] == [
        ("house.yml", "same"),
        ("other.yml", "new"),
        ("tiny.yml", "same"),
    ]
    check(client, second)
    assert publish(client, second).json()["number"] == 2
    assert fired(client, "非常抱歉,没办法") == ["house.sorry", "other.sorry"]


def test_what_both_have_changed_is_named(client: TestClient) -> None:
    first, second = begin(client, house=HOUSE), begin(client, house=HOUSE.replace("非常抱歉", "没办法"))
    check(client, first)
    publish(client, first)
    answer = client.post(f"/api/rules/drafts/{second['number']}/rebase?revision={second['revision']}")
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (409, "house.yml")


def test_a_draft_is_compared_on_stored_calls(client: TestClient) -> None:
    turns = [{"role": message["role"], "text": message["text"]} for message in call()[1:]]
    calm = [{"role": "agent", "text": "您好"}, {"role": "customer", "text": "你好"}]
    for call_id, said in (("c1", turns), ("c2", calm)):
        assert client.post("/api/score?keep=true", json={"id": call_id, "turns": said}).status_code == 200
    draft = begin(client, house=HOUSE)
    path = f"/api/rules/drafts/{draft['number']}/diff"
    told = client.post(path, json={"last": 10}).json()
    assert told["total"]["rules"] == [{"rule": "house.sorry", "gained": 1, "lost": 0}]
    (change,) = told["conversations"]
    assert (change["id"], change["gained"][0]["sentence"]) == ("c1", "非常抱歉给您添麻烦了,我马上帮您查一下")
    assert client.post(path, json={"last": 1}).json()["total"]["conversations"] == 1
    assert client.post(path, json={"text": "快递"}).json()["total"]["conversations"] == 1
    without = client.delete(
        f"/api/rules/drafts/{draft['number']}/files/tiny.yml?revision={draft['revision']}"
    ).json()
    assert without["removed"] == ["tiny.yml"]
    lost = client.post(path, json={}).json()["total"]
    assert (lost["lost"] > 0, lost["changed"]) == (True, 1)


def test_the_same_rules_change_nothing(client: TestClient) -> None:
    turns = [{"role": message["role"], "text": message["text"]} for message in call()[1:]]
    client.post("/api/score?keep=true", json={"id": "c1", "turns": turns})
    draft = begin(client)
    told = client.post(f"/api/rules/drafts/{draft['number']}/diff", json={}).json()
    assert (told["total"]["conversations"], told["total"]["changed"]) == (1, 0)
    stored = client.get("/api/conversations/c1").json()["report"]["score"]["total"]
    assert told["total"]["score"] == {"old": stored, "new": stored}


def test_files_come_as_archives_and_go_as_archives(client: TestClient) -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as into:
        into.writestr("a/house.yml", HOUSE)
        into.writestr("__MACOSX/._house.yml", "x")
        into.writestr("readme.txt", "x")
    draft = begin(client)
    path = f"/api/rules/drafts/{draft['number']}/files?revision={draft['revision']}"
    saved = client.post(path, files={"file": ("packs.zip", archive.getvalue())}).json()
    assert [file["name"] for file in saved["draft"]["files"]] == ["a/house.yml", "tiny.yml"]
    broken = client.post(path.replace("=1", "=2"), files={"file": ("packs.zip", b"PK")})
    assert (broken.status_code, broken.json()["code"]) == (422, "bad-archive")
    check(client, saved["draft"])
    publish(client, saved["draft"])
    with ZipFile(BytesIO(client.get("/api/rules/versions/1/files").content)) as files:
        assert files.namelist() == ["a/house.yml", "tiny.yml"]
        assert files.read("a/house.yml").decode() == HOUSE


def test_a_rule_is_explained_and_a_sentence_tried(client: TestClient) -> None:
    rule = client.get("/api/rules/tiny.shirking.not-mine").json()
    assert (rule["hit"], rule["miss"]) == (["这个‹不归我管›,您找别人"], ["这个不归我管理,我帮您转"])
    assert rule["looks_for"] == ["说到其中一种:“不归我管”", "但不包括:“不归我管理”"]
    assert client.get("/api/rules/tiny.no-such").status_code == 404
    tried = client.post("/api/rules/try", json={"text": "这个不归我管理"}).json()
    assert (tried["findings"], tried["near"][0]["reason"]) == ([], "属于规则列出的例外，不算")
    draft = begin(client, house=HOUSE)
    tried = client.post(f"/api/rules/drafts/{draft['number']}/try", json={"text": "非常抱歉"}).json()
    assert [finding["rule"] for finding in tried["findings"]] == ["house.sorry"]


def test_publishing_is_for_those_who_may(app: FastAPI) -> None:
    with opened(app) as client:
        let_in(app, "reader", ["rules", "check"])
        client.headers["authorization"] = "Bearer reader"
        assert client.get("/api/rules/versions").status_code == 200
        for method, path in (
            ("GET", "/api/rules/drafts"),
            ("POST", "/api/rules/versions"),
            ("POST", "/api/rules/versions/0/restore"),
        ):
            assert client.request(method, path, json={"why": "x"}).status_code == 403, path
        let_in(app, "writer", ["rules", "rules.publish"])
        client.headers["authorization"] = "Bearer writer"
        draft = begin(client)
        assert client.post(f"/api/rules/drafts/{draft['number']}/diff", json={}).status_code == 403


def test_the_audit_log_names_who_and_why(client: TestClient, app: FastAPI) -> None:
    from sqlalchemy import select

    from assistant.store.models import AuditEntry

    draft = begin(client, house=HOUSE)
    check(client, draft)
    publish(client, draft, "新增道歉规则")
    query = select(AuditEntry.actor, AuditEntry.detail).where(AuditEntry.action == "rules.publish")
    ((actor, detail),) = app.state.service.store.read(lambda c: c.execute(query).all())
    assert (actor, detail["why"], detail["sha256"]) == (
        "token:all",
        "新增道歉规则",
        app.state.service.engine.sha256,
    )
    assert app.state.service.store.read(rulebook.latest_version) == 1
