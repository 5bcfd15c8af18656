"""A day at the QA desk, over REST: import, draw, review, appeal, calibrate, publish, report."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.resources import files
from io import BytesIO
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import load_workbook
from serving import let_in, opened
from small_calls import PACK
from sqlalchemy import select
from waiting import until

from assistant.cli.main import main
from assistant.desk.calendar import SHANGHAI
from assistant.settings import Settings
from assistant.store import models as m
from assistant.store import users
from assistant.store.review.appeals import take_on_late
from assistant.store.review.coaching import measure_due
from assistant.store.review.quality import DRAFT
from assistant.web import app as application
from assistant.web import passwords
from assistant.web.identity import SCOPES
from assistant.web.jobs import StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from assistant.engine.fold import Engine

sqlite_alone = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
OLD = "one-time-password"
AGENTS = ("3001", "3002", "3003", "3004")
_SAID = (
    ("agent", ("您好，请问有什么可以帮您？", "什么事", "您好")),
    (
        "customer",
        ("我的快递三天了还没到，你们怎么回事！太过分了", "我想查一下话费", "我要退货，等了一个星期了！"),
    ),
    ("agent", ("这个不归我管，您找别人", "非常抱歉给您添麻烦了，我马上帮您查一下", "请您稍等")),
    ("customer", ("好吧，谢谢", "我要投诉你们！太气人了！", "好的，谢谢你")),
    ("agent", ("请问还有其他可以帮您的吗？", "感谢您的来电，再见", "嗯")),
)
LAST_MONTH = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).date()
MONTH = f"{LAST_MONTH:%Y-%m}"
CARD = """\
scorecard: house
version: "{version}"
title: 门店评分表
grades: [{{name: 合格, at_least: 60}}, {{name: 不合格, at_least: 0}}]
sections:
  - name: 规范
    items:
      - {{id: opening, title: 开场问候, kind: required, points: {points}, requires: {{source: [G-1]}}}}
      - {{id: shirking, title: 不推诿, kind: penalty, points: 40, findings: {{source: [B-3]}}}}
      - {{id: manner, title: 语气亲切, kind: manual, points: 10}}
"""


def calls(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Calls of last month, all different: of four agents, on all its days."""
    chance = Random(seed)
    made = []
    for number in range(count):
        began = datetime(LAST_MONTH.year, LAST_MONTH.month, 1 + number % 27, 9, number % 60, tzinfo=UTC)
        meta = {"agent_id": AGENTS[number % 4], "started_at": began.isoformat(), "team": "甲班"}
        turns = [
            {
                "role": role,
                "text": f"{chance.choice(texts)}",
                "start_s": place * 6.0,
                "end_s": place * 6.0 + 5,
            }
            for place, (role, texts) in enumerate(_SAID)
        ]
        made.append({"id": f"c{number:03}", "meta": meta, "turns": turns})
    return made


def bring(client: TestClient, made: list[dict[str, Any]], **query: Any) -> list[dict[str, Any]]:
    files = [("file", ("calls.jsonl", "\n".join(json.dumps(call, ensure_ascii=False) for call in made)))]
    answer = client.post("/api/qa/import", files=files, params=query)
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def done(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if status != 204 else None


class Desk:
    """The people of a QA team, each with a browser of their own."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.hashed = passwords.hashed(OLD)
        self.signed: dict[str, dict[str, str]] = {}

    def person(self, client: TestClient, name: str, role: users.Role, agent_id: str | None = None) -> Person:
        self.app.state.service.store.write(
            lambda c: users.add_user(c, "t", name, role, self.hashed, agent_id=agent_id, must_change=False)
        ).result(10)
        answer = client.post("/api/session", json={"name": name, "password": OLD})
        headers = {
            "x-csrf-token": answer.json()["csrf"],
            "cookie": answer.headers["set-cookie"].split(";")[0],
        }
        client.cookies.clear()
        return Person(client, name, headers)


class Person:
    def __init__(self, client: TestClient, name: str, headers: dict[str, str]) -> None:
        self.client, self.name, self.headers = client, name, headers

    def get(self, path: str, status: int = 200, **params: Any) -> Any:
        return done(self.client.get(f"/api/qa{path}", params=params, headers=self.headers), status)

    def post(self, path: str, status: int = 200, /, **body: Any) -> Any:
        return done(self.client.post(f"/api/qa{path}", json=body, headers=self.headers), status)

    def put(self, path: str, status: int = 204, /, **body: Any) -> Any:
        return done(self.client.put(f"/api/qa{path}", json=body, headers=self.headers), status)


@pytest.fixture
def web(app: FastAPI) -> Iterator[TestClient]:
    with opened(app) as client:
        yield client


@pytest.fixture
def desk(app: FastAPI, web: TestClient) -> Desk:
    del web
    return Desk(app)


def drawing(**more: Any) -> dict[str, Any]:
    return {
        "name": "月度随机", "kind": "random", "since": f"{MONTH}-01", "until": LAST_MONTH.isoformat(),
        "seed": 7, "count": 20, "reviewers": ["王芳", "李强"], **more,
    }  # fmt: skip


def review_all(person: Person) -> None:
    """Finish all open reviews of a person in full; overturn the first finding of every third."""
    for place, task in enumerate(person.get("/queue")["items"]):
        told = person.get(f"/reviews/{task['number']}")
        version = told["version"]
        if told["report"]["findings"] and place % 3 == 0:
            answer = person.post(
                f"/reviews/{task['number']}/verdicts", version=version, part="finding", name="0",
                word="overturn", reason="客户先说的",
            )  # fmt: skip
            version = answer["version"]
        person.post(f"/reviews/{task['number']}/complete", version=version, full=True)


def revise_card(lead: Person) -> None:
    """Publish the next version of the card, written in the form: the comment of the text stays."""
    before = "# 每季度由质检组修订\n" + CARD.format(version="1", points=50)
    form = lead.post("/cards/form", text=before)["form"]
    form |= {"version": "2", "title": "门店评分表（新版）"}
    revised = lead.post("/cards/text", form=form, text=before)["text"]
    assert revised.startswith("# 每季度由质检组修订\n")
    publish(lead, revised)


def test_a_whole_day(
    web: TestClient, desk: Desk, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    lead = desk.person(web, "赵敏", "supervisor")
    wang, li = desk.person(web, "王芳", "qa"), desk.person(web, "李强", "qa")
    agent = desk.person(web, "小陈", "agent", "3001")
    files = [("file", ("calls.jsonl", "\n".join(json.dumps(c, ensure_ascii=False) for c in calls(200))))]
    taken = done(web.post("/api/qa/import", files=files, headers=wang.headers))["results"]
    assert [each["status"] for each in taken] == ["stored"] * 200

    drawn = lead.post("/draws", **drawing(count=5, each_agent=True))
    assert (drawn["frame"], drawn["drawn"], drawn["opened"]) == (200, 20, 20)
    assert lead.get("/queue", mine=False)["open"] == {"王芳": 10, "李强": 10}
    before = lead.get("/report", since=MONTH)
    assert before["whole"]["calls"] == 200
    assert before["sample"]["ranking"] == []
    assert before["draws"] == {"random": 20, "risk": 0, "unfinished": ["月度随机"]}
    review_all(wang)
    review_all(li)
    (progress,) = lead.get("/draws")["items"]
    assert (progress["drawn"], progress["done"], progress["full"]) == (20, 20, 20)
    after = lead.get("/report", since=MONTH)
    assert {each["agent_id"] for each in after["sample"]["ranking"]} <= set(AGENTS)
    assert sum(each["n"] for each in after["sample"]["ranking"]) == 20
    assert after["sample"]["estimate"]["low"] < after["sample"]["estimate"]["value"]

    appeal_two(agent, lead, desk.person(web, "孙丽", "supervisor"), wang, li)
    calibrate_five(lead, wang, li)

    publish(lead, CARD.format(version="1", points=50))
    lead.put("/cards/assignments", assignments=[{"card": "house", "channel": "hotline"}])
    files = [("file", ("more.jsonl", json.dumps({**calls(1, seed=9)[0], "id": "new"}, ensure_ascii=False)))]
    (new,) = done(web.post("/api/qa/import", files=files, headers=wang.headers))["results"]
    explained = lead.get("/explain", call_id=new["call_id"])
    assert {each["item"] for each in explained["losses"]} <= {"opening", "shirking"}
    revise_card(lead)
    assert [each["status"] for each in lead.get("/cards")["items"]] == ["published", "retired"]

    body = lead.post(f"/months/{MONTH}/close")
    assert lead.get("/report", since=MONTH)["whole"] == body["whole"]
    assert body["whole"]["calls"] == 201
    review = lead.post("/reviews", call_id="c000")["number"]
    told = lead.get(f"/reviews/{review}")
    refused = lead.post(
        f"/reviews/{review}/verdicts", 409, version=told["version"], part="item", name="opening",
        word="not_applicable", reason="转接",
    )  # fmt: skip
    assert refused["code"] in ("closed", "ended")
    answer = web.get("/api/qa/report.xlsx", params={"since": MONTH}, headers=lead.headers)
    book = load_workbook(BytesIO(answer.content))
    assert book["总览"]["B2"].value == 201
    assert book.sheetnames[:4] == ["总览", "坐席", "班组", "抽检排名"]
    (tmp_path / "tiny.yml").write_text(PACK, encoding="utf-8")
    monkeypatch.setenv("HUASHU_PACKS", str(tmp_path / "tiny.yml"))
    capsys.readouterr()
    assert main(["report", "month", MONTH, "--format", "json", "--database", database]) == 0
    assert json.loads(capsys.readouterr().out)["whole"] == body["whole"]
    every_deed_has_a_name(desk)


def every_deed_has_a_name(desk: Desk) -> None:
    """What a day leaves in the audit log is told in Chinese on its page."""
    page = (files("assistant") / "web" / "static" / "audit_words.js").read_text(encoding="utf-8")
    store = desk.app.state.service.store
    deeds = set(store.read(lambda c: c.execute(select(m.AuditEntry.action)).scalars().all()))
    wanted = {each for each in deeds if each.startswith(("qa.", "scorecard."))}
    assert len(wanted) > 12
    assert {each for each in wanted if f'"{each}": ' not in page} == set()


def publish(lead: Person, text: str) -> None:
    number = lead.post("/cards", text=text)["number"]
    lead.post(f"/cards/{number}/publish", 204, edits=1)


def appeal_two(agent: Person, lead: Person, chief: Person, *reviewers: Person) -> None:
    """One appeal is granted by the reviewer, one goes up to the final word."""
    own = agent.get("/own")["items"]
    assert {each["call_id"] for each in own} == {f"c{number:03}" for number in range(0, 200, 4)}
    reviewed = [each for each in own if each["review"] == "done" and (each["total"] or 0) < 100]
    first, second = reviewed[:2]
    losses = agent.get("/explain", call_id=first["call_id"])["losses"]
    assert losses
    number = agent.post(
        "/appeals", call_id=first["call_id"], about=[f"item:{losses[0]['item']}"], reason="录音里我说了"
    )["number"]
    agent.post("/appeals", 409, call_id=first["call_id"], about=[], reason="再说一次")
    waiting = next(each for each in lead.get("/appeals", state="open")["items"] if each["number"] == number)
    reviewer = next(each for each in reviewers if each.name == waiting["assignee"])
    told = reviewer.get(f"/reviews/{waiting['review']}")
    version = reviewer.post(f"/reviews/{waiting['review']}/reopen", version=told["version"])["version"]
    version = reviewer.post(
        f"/reviews/{waiting['review']}/verdicts", version=version, part="item", name=losses[0]["item"],
        word="not_applicable", reason="录音确认",
    )["version"]  # fmt: skip
    reviewer.post(f"/reviews/{waiting['review']}/complete", version=version, full=True)
    reviewer.post(f"/appeals/{number}/answer", version=1, outcome="granted", reason="申诉成立，已改判")
    (closed,) = agent.get("/appeals", state="closed")["items"]
    assert closed["total"] > closed["before"]
    assert [step["action"] for step in closed["steps"]] == ["open", "granted"]
    assert agent.get("/explain", call_id=first["call_id"])["score"]["total"] == closed["total"]

    number = agent.post("/appeals", call_id=second["call_id"], about=[], reason="扣分太多")["number"]
    reviewer.post(f"/appeals/{number}/answer", version=1, outcome="rejected", reason="维持原判")
    agent.post(f"/appeals/{number}/escalate", version=2, reason="请组长再听一遍")
    reviewer.post(f"/appeals/{number}/answer", 409, version=3, outcome="rejected", reason="维持")
    lead.post(f"/appeals/{number}/answer", version=3, outcome="rejected", reason="已复听，维持")
    agent.post(f"/appeals/{number}/escalate", version=4, reason="请最终裁定")
    lead.post(f"/appeals/{number}/answer", 409, version=5, outcome="rejected", reason="终审维持")
    chief.post(f"/appeals/{number}/answer", version=5, outcome="rejected", reason="终审维持")
    assert agent.post(f"/appeals/{number}/escalate", 409, version=6, reason="不服")["code"] == "ended"


def calibrate_five(lead: Person, wang: Person, li: Person) -> None:
    number = lead.post(
        "/calibrations", name="十一月校准", raters=["王芳", "李强"], calls=[f"c{n:03}" for n in range(5)]
    )["number"]
    assert lead.get(f"/calibrations/{number}/results", 409)["code"] == "blind"
    for place, call in enumerate(wang.get(f"/calibrations/{number}/calls")["calls"]):
        assert "score" not in call
        same = {item["item"]: "met" for item in call["items"]}
        wang.post(f"/calibrations/{number}/ratings", call_id=call["call_id"], items=same)
        first = call["items"][0]["item"]
        other = same | {first: "missed" if place % 2 else "met"}
        li.post(f"/calibrations/{number}/ratings", call_id=call["call_id"], items=other)
    lead.post(f"/calibrations/{number}/close", 204)
    told = lead.get(f"/calibrations/{number}/results")
    assert told["items"][0]["to_discuss"]
    assert told["items"][0]["agreed"] == pytest.approx(0.6)
    assert all(each["agreed"] == 1 for each in told["items"][1:])
    assert len(told["calls"]) == 5
    by_people = next(each for each in told["items"] if each["item"] == "exact-wording")
    assert (by_people["agreed"], by_people["agreed_with_machine"]) == (1, None)


@sqlite_alone
def test_calls_come_in_once_whatever_they_are_called(client: TestClient) -> None:
    first = calls(1)[0]
    assert bring(client, [first])[0]["status"] == "stored"
    again = bring(client, [first, {**first, "id": "other-name"}])
    assert [(each["status"], each["call_id"]) for each in again] == [("duplicate", "c000")] * 2
    changed = {**first, "turns": first["turns"][:3]}
    assert bring(client, [changed])[0]["status"] == "conflict"
    (unread,) = done(client.post("/api/qa/import", files=[("file", ("a.xls", b"\xd0\xcf\x11\xe0"))]))[
        "results"
    ]
    assert (unread["status"], unread["code"]) == ("error", "old-excel")
    assert len(done(client.get("/api/conversations"))["items"]) == 1


@sqlite_alone
def test_another_scorecard_makes_a_new_report_and_keeps_the_old_one(client: TestClient, app: FastAPI) -> None:
    made = calls(2)
    bring(client, made)
    assert {each["status"] for each in bring(client, made, rescore=True)} == {"duplicate"}
    number = done(client.post("/api/qa/cards", json={"text": CARD.format(version="1", points=50)}))["number"]
    done(client.post(f"/api/qa/cards/{number}/publish", json={"edits": 1}), 204)
    assigned = {"assignments": [{"card": "house", "channel": "hotline"}]}
    done(client.put("/api/qa/cards/assignments", json=assigned), 204)
    assert {each["status"] for each in bring(client, made, rescore=True)} == {"rescored"}
    bodies = app.state.service.store.read(lambda c: c.execute(select(m.Report.body)).scalars().all())
    assert sorted(body["scorecard"]["id"] for body in bodies) == ["house", "house", "standard", "standard"]
    body = done(client.get("/api/qa/report", params={"since": MONTH}))
    assert body["whole"]["calls"] == 2
    assert {each["card"] for each in body["items"]} == {"house"}


def test_two_reviewers_at_once_lose_nothing(web: TestClient, desk: Desk) -> None:
    wang, li = desk.person(web, "王芳", "qa"), desk.person(web, "李强", "qa")
    let_in(desk.app, "all", ["import", "check"])
    web.headers["authorization"] = "Bearer all"
    bring(web, calls(1))
    del web.headers["authorization"]
    number = wang.post("/reviews", call_id="c000")["number"]
    seen = li.get(f"/reviews/{number}")["version"]
    told = wang.post(
        f"/reviews/{number}/verdicts",
        version=seen,
        part="item",
        name="closing",
        word="not_applicable",
        reason="掉线",
    )
    refused = li.post(
        f"/reviews/{number}/verdicts",
        409,
        version=seen,
        part="item",
        name="closing",
        word="met",
        reason="有道别",
    )
    assert refused["code"] == "stale"
    assert refused["detail"] == "王芳刚刚改过这通电话的复核，您的操作没有保存，请刷新后再改"
    kept = li.get(f"/reviews/{number}")
    assert kept["version"] == told["version"]
    assert [(each["word"], each["person"], each["machine"]) for each in kept["verdicts"]] == [
        ("not_applicable", "王芳", "not_applicable")
    ]


def test_verdicts_teach_the_rules(client: TestClient) -> None:
    client.post("/api/session")
    bring(client, calls(12))
    asked = drawing(count=12, reviewers=["王芳"])
    done(client.post("/api/qa/draws", json=asked))
    for task in done(client.get("/api/qa/queue", params={"mine": False}))["items"]:
        path = f"/api/qa/reviews/{task['number']}"
        told = done(client.get(path))
        version, report = told["version"], told["report"]
        shirking = next((n for n, f in enumerate(report["findings"]) if "B-3" in f["source"]), None)
        if shirking is not None:
            given = {"part": "finding", "name": str(shirking), "word": "overturn", "reason": "说的是别的部门"}
            version = done(client.post(f"{path}/verdicts", json={"version": version, **given}))["version"]
            draft = done(client.post(f"{path}/example", json={"part": "finding", "name": str(shirking)}))
            assert draft["kind"] == "miss"
            assert "这个不归我管，您找别人" in draft["text"]
        else:
            given = {
                "part": "added", "name": "1", "word": "add", "reason": "漏判",
                "rule": "tiny.shirking.not-mine", "turn": 2, "start": 0, "end": 2,
            }  # fmt: skip
            version = done(client.post(f"{path}/verdicts", json={"version": version, **given}))["version"]
            draft = done(client.post(f"{path}/example", json={"part": "added", "name": "1"}))
            assert (draft["kind"], "‹" in draft["text"]) == ("hit", True)
        done(client.post(f"{path}/complete", json={"version": version, "full": True}))
    quality = {each["rule"]: each for each in done(client.get("/api/qa/rules"))["items"]}
    told = quality["tiny.shirking.not-mine"]
    assert (told["confirmed"], told["standing"]) == (0, "work")
    assert told["overturned"] + told["added"] == 12
    assert told["recall"]["value"] == 0
    assert len(done(client.get("/api/qa/examples"))["items"]) == 12


@sqlite_alone
def test_an_unscorable_call_leaves_the_figures(client: TestClient) -> None:
    bring(client, calls(3))
    number = done(client.post("/api/qa/reviews", json={"call_id": "c000"}))["number"]
    path = f"/api/qa/reviews/{number}"
    done(client.post(f"{path}/unscorable", json={"version": 1, "reason": " "}), 422)
    done(client.post(f"{path}/unscorable", json={"version": 1, "reason": "录音只有一半"}))
    body = done(client.get("/api/qa/report", params={"since": MONTH}))
    assert body["whole"]["calls"] == 2
    explained = done(client.get("/api/qa/explain", params={"call_id": "c000"}))
    assert explained["score"] is None or explained["score"]["total"] is not None


@sqlite_alone
def test_coaching_is_given_taken_on_and_measured(web: TestClient, desk: Desk) -> None:
    wang, agent = desk.person(web, "王芳", "qa"), desk.person(web, "小陈", "agent", "3001")
    other = desk.person(web, "小周", "agent", "3002")
    number = wang.post(
        "/coaching", agent_id="3001", title="不推诿", rules=["tiny.shirking.not-mine"],
        note="改用转接话术", due=(date.today() + timedelta(days=7)).isoformat(),  # noqa: DTZ011
    )["number"]  # fmt: skip
    assert other.get("/coaching")["items"] == []
    other.post(f"/coaching/{number}/acknowledge", 422)
    agent.post(f"/coaching/{number}/acknowledge", 204)
    assert wang.post(f"/coaching/{number}/measure")["calls"] == 0
    (task,) = agent.get("/coaching")["items"]
    assert (task["state"], task["practice"]) == ("measured", "")


@sqlite_alone
def test_everybody_does_what_they_may(web: TestClient, desk: Desk) -> None:
    agent, qa = desk.person(web, "小陈", "agent", "3001"), desk.person(web, "王芳", "qa")
    agent.get("/queue", 403)
    agent.post("/reviews", 403, call_id="c000")
    qa.post("/draws", 403, **drawing())
    qa.post("/cards", 403, text="x")
    qa.post(f"/months/{MONTH}/close", 403)
    qa.get("/own", 403)
    assert agent.get("/report", since=MONTH, agent_id="3002")["agent_id"] == "3001"
    agent.get("/explain", 422, call_id="c001")


@sqlite_alone
def test_scorecards_are_drafted_checked_tried_published_and_retired(client: TestClient) -> None:
    bring(client, calls(4))
    wrong = CARD.format(version="1", points=-5)
    told = done(client.post("/api/qa/cards/check", json={"text": wrong}), 422)
    assert (told["errors"][0]["line"], told["errors"][0]["code"]) == (8, "wrong-value")
    right = CARD.format(version="1", points=50)
    form = done(client.post("/api/qa/cards/form", json={"text": right}))["form"]
    assert form["sections"][0]["items"][-1] == {
        "id": "manner",
        "title": "语气亲切",
        "kind": "manual",
        "points": 10,
    }
    assert done(client.post("/api/qa/cards/text", json={"form": form, "text": right}))["text"] == right
    form["sections"][0]["items"][0] |= {"points": 0, "when": {}}
    refused = done(client.post("/api/qa/cards/text", json={"form": form}), 422)
    assert {(each["field"], each["message"]) for each in refused["errors"]} == {
        ("sections.0.items.0.points", "要大于 0"), ("sections.0.items.0.when", "至少要写一个条件"),
    }  # fmt: skip
    tried = done(client.post("/api/qa/cards/try", json={"text": right}))
    assert len(tried["calls"]) == 4
    assert tried["card"]["pass_mark"] == 60
    number = done(client.post("/api/qa/cards", json={"text": right}))["number"]
    assert done(client.post("/api/qa/cards", json={"text": right}), 409)["code"] == "exists"
    path = f"/api/qa/cards/{number}"
    done(client.put(path, json={"text": CARD.format(version="1", points=30), "edits": 1}), 204)
    assert done(client.put(path, json={"text": right, "edits": 1}), 409)["code"] == "stale"
    done(client.post(f"{path}/publish", json={"edits": 2}), 204)
    assert done(client.put(path, json={"text": right, "edits": 3}), 409)["code"] == "ended"
    second = done(client.post("/api/qa/cards", json={"text": CARD.format(version="2", points=9)}))["number"]
    done(client.post(f"/api/qa/cards/{second}/publish", json={"edits": 1}), 204)
    states = {each["version"]: each["status"] for each in done(client.get("/api/qa/cards"))["items"]}
    assert states == {"1": "retired", "2": "published"}


@sqlite_alone
def test_draws_by_risk_are_a_volume_and_random_frames_dont_overlap(client: TestClient) -> None:
    bring(client, calls(40))
    risky = done(client.post("/api/qa/draws", json=drawing(kind="score", low=0, high=90, count=5)))
    assert risky["drawn"] <= 5
    first = drawing(until=f"{MONTH}-10", count=4)
    again = done(client.post("/api/qa/draws", json=first))
    assert done(client.post("/api/qa/draws", json=first), 422)["code"] == "nothing-to-draw"
    turned = drawing(since="2026-10-02", until="2026-10-01")
    assert done(client.post("/api/qa/draws", json=turned), 422)["code"] == "bad-days"
    rest = done(client.post("/api/qa/draws", json=drawing(count=4)))
    assert again["frame"] + rest["frame"] == 40
    body = done(client.get("/api/qa/report", params={"since": MONTH}))
    assert body["draws"]["risk"] == risky["drawn"]
    assert body["sample"]["ranking"] == []


@sqlite_alone
def test_figures_lead_to_their_calls(client: TestClient) -> None:
    bring(client, calls(20))
    body = done(client.get("/api/qa/report", params={"since": MONTH}))
    worst, rule = body["items"][0], body["rules"][0]
    behind = done(client.get("/api/qa/report/calls", params={"since": MONTH, "item": worst["item"]}))["items"]
    assert 0 < len(behind) <= worst["calls"]
    behind = done(client.get("/api/qa/report/calls", params={"since": MONTH, "rule": rule["rule"]}))["items"]
    assert len(behind) == rule["calls"]
    one = done(client.get("/api/qa/report", params={"since": MONTH, "agent_id": "3001"}))
    assert one["whole"]["calls"] == 5
    assert done(client.get("/api/qa/report", params={"since": "2026-05", "until": "2026-01"}), 422)


def test_erased_calls_leave_the_figures(client: TestClient, app: FastAPI) -> None:
    from assistant.store.conversations import erase

    bring(client, calls(3))
    app.state.service.store.write(lambda c: erase(c, "t", call_ids=["c000", "c001", "c002"])).result(10)
    body = done(client.get("/api/qa/report", params={"since": MONTH}))
    assert (body["whole"]["calls"], body["items"], body["rules"]) == (0, [], [])


@sqlite_alone
def test_the_same_call_gives_the_same_score_whoever_the_agent_is(client: TestClient) -> None:
    """Fairness: agents are permuted among the same words; every score stays."""
    made = calls(16)
    shuffled = [
        {**call, "id": f"p{call['id']}", "meta": {**call["meta"], "agent_id": AGENTS[(n + 1) % 4]}}
        for n, call in enumerate(made)
    ]
    before, after = bring(client, made), bring(client, shuffled)
    assert {each["status"] for each in after} == {"stored"}
    assert [each["total"] for each in before] == [each["total"] for each in after]
    assert [each["findings"] for each in before] == [each["findings"] for each in after]


def test_calls_count_for_the_team_of_their_day(web: TestClient, desk: Desk, app: FastAPI) -> None:
    lead = desk.person(web, "赵敏", "supervisor", "9001")
    admin = desk.person(web, "周强", "admin")
    middle = LAST_MONTH.replace(day=14)
    rows = {
        "lines": [{"line_id": "L1", "name": "售后"}],
        "teams": [
            {"team_id": "A1", "name": "一班", "line": "L1"},
            {"team_id": "A2", "name": "二班", "line": "L1", "supervisor": "9001"},
        ],
        "agents": [
            {"agent_id": "9001"},
            {"agent_id": "3001", "team": "A1", "since": f"{MONTH}-01", "until": middle.isoformat(),
             "hired": "2020-01-01"},
            {"agent_id": "3001", "team": "A2", "since": (middle + timedelta(days=1)).isoformat()},
            {"agent_id": "3002", "team": "A2", "since": f"{MONTH}-01", "hired": f"{MONTH}-01"},
        ],
    }  # fmt: skip
    done(web.post("/api/organisation", json=rows, headers=admin.headers))
    headers = {"headers": lead.headers}
    made = calls(40)
    files = [("file", ("calls.jsonl", "\n".join(json.dumps(call, ensure_ascii=False) for call in made)))]
    done(web.post("/api/qa/import", files=files, **headers))
    told = lead.get("/report", since=MONTH)
    counted = {(each["agent_id"], each["team_name"]): each["calls"] for each in told["agents"]}
    days = [1 + number % 27 for number in range(0, 40, 4)]
    early = sum(day <= middle.day for day in days)
    assert counted["3001", "一班"] == early
    assert counted["3001", "二班"] == len(days) - early
    assert counted.get(("3003", "甲班")) == 10, counted
    own = lead.get("/report", since=MONTH, team="A2", business_line="L1", channel="hotline")
    assert own["whole"]["calls"] == len(days) - early + 10
    assert sum(each["calls"] for each in own["items"]) < sum(each["calls"] for each in told["items"])
    places = lead.get("/places")
    assert [each["team"] for each in places["teams"] if each["mine"]] == ["A2"]
    assert places["teams"][0]["team"] == "A2"
    assert places["lines"] == [{"line": "L1", "name": "售后"}]
    found = lead.post("/draws", **drawing(kind="new_agents", name="新人", count=100))
    assert found["drawn"] >= 10
    fresh = {"agents": [{"agent_id": "3003", "team": "A1", "since": f"{MONTH}-01"}]}
    done(web.post("/api/organisation", json=fresh, headers=admin.headers))
    told = lead.get("/report", since=MONTH)
    assert ("3003", "一班") in {(each["agent_id"], each["team_name"]) for each in told["agents"]}
    assert told["whole"]["calls"] == 40


@sqlite_alone
def test_an_import_goes_on_after_a_restart(
    app: FastAPI, engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(work: Any) -> None:
        raise StoppedError

    head = {"authorization": "Bearer all"}
    with opened(app) as client:
        let_in(app, "all", SCOPES)
        app.state.service.jobs.handle("qa.import", stop, computes=True)
        number = done(client.post("/api/qa/imports", json={}, headers=head), 201)["number"]
        lines = [json.dumps(call, ensure_ascii=False) for call in calls(40)]
        first, second = "\n".join([*lines[:20], "{"]), "\n".join(lines[10:])
        files = [("file", ("a.jsonl", first)), ("file", ("b.jsonl", second))]
        done(client.post(f"/api/qa/imports/{number}/files", files=files, headers=head), 204)
        told = done(client.get(f"/api/qa/imports/{number}", headers=head))
        assert (told["items"], told["parts"], told["waiting"]) == ([], 2, 2)
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    with opened(application.create_app(Settings(database=database))) as client:
        until(lambda: not done(client.get(f"/api/qa/imports/{number}", headers=head))["waiting"])
        one, other = done(client.get(f"/api/qa/imports/{number}", headers=head))["items"]
        assert [each["status"] for each in one["results"]] == ["error", *["stored"] * 20]
        assert [each["status"] for each in other["results"]] == [*["duplicate"] * 10, *["stored"] * 20]
        assert client.get("/api/qa/imports", headers=head).json()["items"][0]["waiting"] == 0
        assert client.get("/api/qa/imports/99", headers=head).status_code == 404
        report = client.get("/api/qa/report", params={"since": MONTH}, headers=head).json()
        assert report["whole"]["calls"] == 40


def test_an_overturned_finding_goes_into_a_draft_of_the_rules(client: TestClient) -> None:
    made = [call for call in calls(30) if "不归我管" in call["turns"][2]["text"]][:1]
    bring(client, made)
    number = done(client.post("/api/qa/reviews", json={"call_id": made[0]["id"]}))["number"]
    told = done(client.get(f"/api/qa/reviews/{number}"))
    (place,) = [n for n, each in enumerate(told["report"]["findings"]) if each["rule"].endswith("not-mine")]
    point = {"part": "finding", "name": str(place)}
    verdict = {"version": told["version"], **point, "word": "overturn", "reason": "转述"}
    done(client.post(f"/api/qa/reviews/{number}/verdicts", json=verdict))
    done(client.post(f"/api/qa/reviews/{number}/example", json=point))
    (example,) = done(client.get("/api/qa/examples"))["items"]
    assert (example["kind"], example["draft"]) == ("miss", None)
    assert client.post(f"/api/qa/examples/{example['number']}/draft").json()["code"] == "unknown-rule"
    begun = done(client.post("/api/rules/drafts", json={"title": DRAFT, "empty": True}), 201)
    path = f"/api/rules/drafts/{begun['number']}/files/tiny.yml"
    done(client.put(path, json={"text": PACK, "revision": begun["revision"]}))
    first = done(client.post(f"/api/qa/examples/{example['number']}/draft"))
    assert first == {"draft": begun["number"], "file": "tiny.yml"}
    again = done(client.post(f"/api/qa/examples/{example['number']}/draft"))
    assert first == again
    text = done(client.get(f"/api/rules/drafts/{first['draft']}/files/{first['file']}"))["text"]
    assert text.count(told["report"]["turns"][2]["text"]) == 1
    assert done(client.get("/api/qa/examples"))["items"][0]["draft"] == first["draft"]
    checked = done(client.post(f"/api/rules/drafts/{first['draft']}/check"))
    assert [each["rule"] for each in checked["failures"]] == [example["rule"]]
    assert client.post("/api/qa/examples/99/draft").status_code == 422


@sqlite_alone
def test_what_is_due_is_done_by_itself(web: TestClient, desk: Desk, app: FastAPI) -> None:
    wang, agent = desk.person(web, "王芳", "qa"), desk.person(web, "小陈", "agent", "3001")
    store = app.state.service.store
    files = [("file", ("calls.jsonl", "\n".join(json.dumps(call, ensure_ascii=False) for call in calls(8))))]
    done(web.post("/api/qa/import", files=files, headers=wang.headers))
    agent.post("/appeals", call_id="c000", about=[], reason="我问候过")
    now = datetime.now(UTC)
    late = partial(take_on_late, now=now + timedelta(days=1))
    assert store.write(late).result(10) == 0
    for days, level in ((3, "lead"), (7, "final"), (20, "final")):
        store.write(partial(take_on_late, now=now + timedelta(days=days))).result(10)
        (one,) = agent.get("/appeals")["items"]
        assert (one["level"], one["state"]) == (level, "open")
    assert [step["action"] for step in one["steps"]] == ["open", "overdue", "overdue"]
    scenario = wang.get("/coaching/scenarios")["items"][0]["id"]
    body = {"agent_id": "3001", "title": "先安抚", "rules": ["tiny.shirking.not-mine"]}
    today = datetime.now(SHANGHAI).date()
    wang.post("/coaching", 422, **body, due=today.isoformat(), practice="none-such")
    wang.post("/coaching", **body, due=today.isoformat(), practice=scenario)
    assert store.write(partial(measure_due, today=today)).result(10) == 0
    assert store.write(partial(measure_due, today=today + timedelta(days=1))).result(10) == 1
    assert store.write(partial(measure_due, today=today + timedelta(days=1))).result(10) == 0
    (task,) = agent.get("/coaching")["items"]
    assert (task["practice"], task["state"], task["after"]["calls"]) == (scenario, "measured", 0)
