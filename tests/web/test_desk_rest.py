from __future__ import annotations

import smtplib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from serving import let_in, opened
from small_calls import call
from waiting import until

from assistant.desk.definition import Mail
from assistant.settings import Settings
from assistant.store import users
from assistant.store.contact_keys import new_key
from assistant.store.desk.clock import events_after
from assistant.web import app as application
from assistant.web import passwords, ticking
from assistant.web.jobs import Patience
from assistant.web.ticking import tell_due

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from assistant.engine.fold import Engine

LIVE = "ws://127.0.0.1:8000/live"
RECORD = {
    "customer": "陈",
    "what": "装完就漏水",
    "demand": "维修",
    "kind": "quality",
    "severity": "important",
}
PASSWORD = "a password of my own"


@pytest.fixture
def app(engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    return application.create_app(Settings(database=database, contact_key=new_key()))


@pytest.fixture
def sign_in(app: FastAPI) -> Callable[..., None]:
    """Sign a client in as a user of a role."""

    def signed(client: TestClient, name: str, role: users.Role, agent_id: str | None = None) -> None:
        job = partial(
            users.add_user,
            by="t",
            name=name,
            role=role,
            password=passwords.hashed(PASSWORD),
            agent_id=agent_id,
            must_change=False,
        )
        if app.state.service.store.read(partial(users.find_user, name=name)) is None:
            app.state.service.store.write(job).result(10)
        client.headers.pop("authorization", None)
        answer = client.post("/api/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200
        client.headers["x-csrf-token"] = answer.json()["csrf"]

    return signed


def spoken(client: TestClient, call_id: str, origin: str = "live") -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.send_json(
            {"type": "hello", "call_id": call_id, "meta": {"agent_id": "3056"}, "origin": origin}
        )
        for message in call():
            socket.send_json(message)
        socket.send_json({"type": "bye"})
        while socket.receive_json()["type"] != "report":
            pass


def done(client: TestClient, number: int, action: str, **more: Any) -> dict[str, Any]:
    answer = client.post(f"/api/cases/{number}/actions", json={"action": action, **more})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_a_call_that_ends_as_a_complaint_becomes_a_case(client: TestClient) -> None:
    spoken(client, "c1")
    spoken(client, "played", "simulator")
    (case,) = client.get("/api/cases?open=true").json()["items"]
    assert (case["call_id"], case["state"], case["agent_id"]) == ("c1", "received", "3056")
    told = client.get(f"/api/cases/{case['number']}").json()
    what = told["proposed"]["what"]
    assert "快递" in what["value"]
    assert what["evidence"][0]["text"]
    assert client.post("/api/cases", json={"call_id": "c1"}).json() == {
        "number": case["number"],
        "new": False,
    }
    proposal = client.get("/api/cases/proposal?call_id=c1").json()
    assert proposal["what"] == what
    again = client.post("/api/cases", json={"call_id": "played"})
    assert again.status_code == 201
    assert client.get(f"/api/cases/{again.json()['number']}").json()["trial"] is True


def test_a_case_is_worked_on_until_it_is_closed(client: TestClient) -> None:
    answer = client.post(
        "/api/cases", json={"record": RECORD, "phone": "13800138000", "external_id": "CRM-1"}
    )
    assert answer.status_code == 201
    number = answer.json()["number"]
    fields = {"department": "售后部", "in_charge": "周工", "solution": "重装", "answer": "已重装"}
    told = done(client, number, "register")
    assert "assign" in {action["id"] for action in told["actions"]}
    assert "13800138000" not in client.get(f"/api/cases/{number}").text
    (reached,) = client.post(f"/api/cases/{number}/contacts/read", json={"why": "答复客户"}).json()
    assert reached["details"]["phone"] == "13800138000"
    assert client.post(f"/api/cases/{number}/contacts/read", json={"why": " "}).json()["code"] == "no-reason"
    for action in ("assign", "investigate", "propose", "agree", "carry_out", "answer", "announce_callback"):
        told = done(client, number, action, fields=fields)
    register = next(each for each in told["procedures"] if each["id"] == "P-REGISTER")
    assert [step["status"] for step in register["steps"]] == ["done"] * 4 + ["pending"] * 2
    (queued,) = client.get("/api/callbacks").json()["items"]
    callback = client.get(f"/api/callbacks/{queued['number']}").json()
    assert callback["call"]["channel"] == "callback"
    assert [phrase["id"] for phrase in callback["script"]] == ["G-21", "G-22"]
    result = {"outcome": "reached", "consent": True, "satisfaction": 5}
    assert client.post(f"/api/callbacks/{queued['number']}/attempts", json=result).json() == {
        "status": "done"
    }
    assert done(client, number, "close")["state"] == "closed"
    figures = {f["id"]: f for f in client.get("/api/kpi").json()["rows"][0]["figures"]}
    assert figures["answer_rate"]["value"] == figures["timely_rate"]["value"] == 1
    assert figures["timely_rate"]["verdict"] == "reached"
    assert len(client.get("/api/cases?hit=satisfied").json()["items"]) == 1
    assert client.get("/api/cases?hit=unanswered").json()["items"] == []


def test_what_isnt_possible_says_why(client: TestClient) -> None:
    number = client.post("/api/cases", json={"record": {"customer": "陈"}}).json()["number"]
    asked = (
        ("actions", {"action": "register"}, 422, "missing-fields"),
        ("actions", {"action": "close"}, 409, "wrong-state"),
        ("actions", {"action": "dance"}, 422, "unknown-action"),
        ("actions", {"action": "escalate"}, 422, "no-reason"),
        ("remedies", {"remedy": "compensation", "cost": 5}, 403, "rank"),
        ("overrun", {"duty": "answer", "until": "2999-01-01T00:00:00Z", "reason": "x"}, 403, "rank"),
        ("receipt", None, 409, "wrong-state"),
    )
    for path, body, status, code in asked:
        answer = client.post(f"/api/cases/{number}/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), path
    assert client.patch(f"/api/cases/{number}", json={"severity": "worst"}).json()["code"] == "bad-field"
    assert client.get("/api/cases/999").status_code == 404
    assert client.get("/api/callbacks/999").status_code == 404
    late = {"record": {}, "received_at": "2999-01-01T00:00:00Z"}
    assert client.post("/api/cases", json=late).json()["code"] == "bad-date"


def test_agents_see_their_own_cases_and_leaders_all(app: FastAPI, sign_in: Callable[..., None]) -> None:
    with opened(app) as client:
        let_in(app, "reader", ["read"])
        client.headers["authorization"] = "Bearer reader"
        assert client.get("/api/cases").status_code == client.get("/api/kpi").status_code == 403
        sign_in(client, "王芳", "agent", "3056")
        mine = client.post("/api/cases", json={"record": RECORD}).json()["number"]
        sign_in(client, "刘洋", "agent", "3057")
        assert client.get("/api/cases").json()["items"] == []
        assert client.get(f"/api/cases/{mine}").status_code == 404
        assert client.get("/api/kpi").status_code == 403
        assert client.get("/api/cases/events").status_code == 403
        sign_in(client, "王芳", "agent", "3056")
        given = client.post(f"/api/cases/{mine}/handover", json={"receiver": "李主管"})
        assert given.json()["code"] == "bad-receiver", "nobody of that name"
        sign_in(client, "李主管", "supervisor")
        sign_in(client, "王芳", "agent", "3056")
        assert client.post(f"/api/cases/{mine}/handover", json={"receiver": "李主管"}).status_code == 200
        sign_in(client, "李主管", "supervisor")
        assert client.get("/api/cases/notices").json()["items"][0]["event"] == "handed_over"
        assert client.post(f"/api/cases/{mine}/receipt").json()["owner"] == "李主管"
        assert client.get(f"/api/cases/{mine}").json()["authority"]["rank"] == "主管"
        let_in(app, "admin", ["admin"])
        rank = {"name": "李主管", "desk_rank": "manager"}
        client.headers["authorization"] = "Bearer admin"
        assert client.patch("/api/users", json=rank).json()["desk_rank"] == "manager"
        assert client.patch("/api/users", json={**rank, "desk_rank": "king"}).json()["code"] == "bad-rank"
        client.headers.pop("authorization")
        assert client.get(f"/api/cases/{mine}").json()["authority"]["rank"] == "分管经理"
        upto = client.get("/api/cases/notices").json()["items"][0]["number"]
        assert client.post("/api/cases/notices/read", json={"number": upto}).json() == {"read": 1}
        assert client.post(
            f"/api/cases/{mine}/remedies", json={"remedy": "compensation", "cost": 500}
        ).json()["recoveries"]


def test_a_case_goes_to_those_who_work_at_the_desk_and_a_hand_over_can_be_withdrawn(
    app: FastAPI, sign_in: Callable[..., None]
) -> None:
    with opened(app) as client:
        for name, role, agent_id in (
            ("周敏", "qa", None), ("刘洋", "agent", "3057"), ("王芳", "agent", "3056"),
        ):  # fmt: skip
            sign_in(client, name, role, agent_id)
        mine = client.post("/api/cases", json={"record": RECORD}).json()["number"]
        for receiver in ("没这人", "周敏", "王芳"):
            refused = client.post(f"/api/cases/{mine}/handover", json={"receiver": receiver})
            assert (refused.status_code, refused.json()["code"]) == (422, "bad-receiver"), receiver
        assert client.post(f"/api/cases/{mine}/withdrawal").json()["code"] == "wrong-state"
        told = client.post(f"/api/cases/{mine}/handover", json={"receiver": "刘洋"}).json()["handovers"]
        assert [(each["may_sign"], each["may_withdraw"]) for each in told] == [(False, True)]
        sign_in(client, "刘洋", "agent", "3057")
        told = client.get(f"/api/cases/{mine}").json()["handovers"]
        assert [(each["may_sign"], each["may_withdraw"]) for each in told] == [(True, False)]
        assert client.post(f"/api/cases/{mine}/withdrawal").json()["code"] == "not-giver"
        sign_in(client, "王芳", "agent", "3056")
        told = client.post(f"/api/cases/{mine}/withdrawal").json()
        assert (told["handovers"], told["owner"]) == ([], "王芳")
        assert told["events"][-1]["kind"] == "handover_withdrawn"
        assert client.post(f"/api/cases/{mine}/handover", json={"receiver": "刘洋"}).status_code == 200


def test_an_empty_case_is_voided_and_no_figure_counts_it(client: TestClient) -> None:
    number = client.post("/api/cases", json={"record": {}}).json()["number"]
    counted = {f["id"]: f["of"] for f in client.get("/api/kpi").json()["rows"][0]["figures"]}
    assert counted["answer_rate"] == 1
    url = f"/api/cases/{number}/actions"
    assert client.post(url, json={"action": "void"}).json()["code"] == "no-reason"
    told = done(client, number, "void", reason="误点")
    assert (told["state"], told["is_open"], told["duties"]) == ("voided", False, [])
    rows = client.get("/api/kpi").json()["rows"]
    assert not any(f["of"] for row in rows for f in row["figures"] if f["id"] == "answer_rate")
    real = client.post("/api/cases", json={"record": RECORD}).json()["number"]
    refused = client.post(f"/api/cases/{real}/actions", json={"action": "void", "reason": "x"})
    assert refused.json()["code"] == "not-empty"


def test_another_crm_follows_the_events(client: TestClient, app: FastAPI) -> None:
    number = client.post("/api/cases", json={"record": RECORD, "external_id": "CRM-9"}).json()["number"]
    assert client.get("/api/cases/events").json()["items"] == []  # a moment later
    rows = app.state.service.store.read(
        partial(events_after, after=0, most=10, before=datetime.now(UTC) + timedelta(minutes=1))
    )
    assert [(row["case"], row["external_id"], row["kind"]) for row in rows] == [(number, "CRM-9", "received")]


def test_the_clock_of_the_service_tells_what_is_missed(client: TestClient, app: FastAPI) -> None:
    past = (datetime.now(UTC) - timedelta(hours=5)).isoformat()
    number = client.post("/api/cases", json={"record": RECORD, "received_at": past}).json()["number"]
    service = app.state.service

    def write(job: Callable[[Any], Any]) -> Any:
        return service.store.write(job).result(10)

    for _ in range(2):
        tell_due(write, service.desk, datetime.now(UTC))
    kinds = [event["kind"] for event in client.get(f"/api/cases/{number}").json()["events"]]
    assert kinds.count("deadline_missed") == 1
    assert client.get("/api/cases/summary").json()["overdue"] == 1


def test_a_letter_is_asked_for_with_what_it_holds_and_sent_again(
    client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    def send(mail: Mail, addresses: Any, lines: Any) -> None:
        sent.append((addresses, list(lines)))
        if len(sent) == 1:
            raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(ticking, "send", send)
    monkeypatch.setattr(Patience, "wait", lambda *_: timedelta())
    service = app.state.service
    mail = Mail(host="mail.example", to={"director": ("boss@example.com",)})
    rules = replace(service.desk.rules, authority=replace(service.desk.rules.authority, mail=mail))
    service.desk = replace(service.desk, rules=rules)
    client.post("/api/cases", json={"record": {**RECORD, "danger": True}})
    tell_due(lambda job: service.store.write(job).result(10), service.desk, datetime.now(UTC))
    until(lambda: len(sent) > 1)
    assert sent[0] == sent[1]
    assert sent[1][0] == ("boss@example.com",)
    assert "立即派人到场" in sent[1][1][0]


def test_phone_counters_and_the_report(client: TestClient) -> None:
    day = {
        "day": "2026-11-02",
        "team": "一组",
        "dialled": 100,
        "connected": 90,
        "agent_requests": 50,
        "agent_answered": 40,
    }
    assert client.post("/api/kpi/counters", json=[day]).json() == {"kept": 1}
    assert client.post("/api/kpi/counters", json=[{**day, "connected": 80}]).json() == {"kept": 1}
    told = client.get("/api/kpi?first=2026-11&by=team").json()["rows"]
    figures = {f["id"]: f for f in told[0]["figures"]}
    assert (figures["connection"]["value"], figures["connection"]["verdict"]) == (0.8, "missed")
    assert client.get("/api/kpi/analysis").json()["counts"]["kind"] == []
    answer = client.get("/api/kpi/report.xlsx?first=2026-10&last=2026-12")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    assert book.sheetnames == ["指标", "按月", "按班组", "按坐席", "按客户级别", "按区域", "投诉分析"]
    assert book["指标"]["A2"].value == "系统接通率"


def test_renewals_are_taken_once(client: TestClient) -> None:
    expiry = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    policy = {
        "policy": "P-1", "customer": "周", "expiry": expiry, "detail": {"plate": "京A"},
        "phone": "13800138000",
    }  # fmt: skip
    assert client.post("/api/callbacks/renewals", json=[policy, policy]).json() == {"added": 3}
    sale = {"sale": "S-1", "customer": "郑", "sold_at": datetime.now(UTC).isoformat()}
    assert client.post("/api/callbacks/sales", json=[sale, sale]).json() == {"added": 2}
    queue = client.get("/api/callbacks?campaign=renewal").json()
    assert queue["counts"]["waiting"] == 5
    one = client.get(f"/api/callbacks/{queue['items'][0]['number']}").json()
    assert one["call"]["meta"]["business_line"] == "renewal"
    path = f"/api/callbacks/{queue['items'][0]['number']}/contacts/read"
    assert client.post(path, json={"why": "续保联系"}).json()[0]["details"]["phone"] == "13800138000"


def _sent(client: TestClient, number: int, name: str, content: bytes) -> Any:
    return client.post(f"/api/attachments/{number}", files={"file": (name, content)})


PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def test_a_file_is_uploaded_once_fetched_as_a_download_and_taken_out(client: TestClient) -> None:
    number = client.post("/api/cases", json={"record": RECORD}).json()["number"]
    sent = _sent(client, number, "../漏水 照片.png", PNG)
    assert sent.status_code == 201, sent.text
    (file,) = sent.json()["files"]
    assert _sent(client, number, "again.png", PNG).json()["files"] == [file]
    (shown,) = client.get(f"/api/cases/{number}").json()["attachments"]
    assert (shown["name"], shown["media"], shown["size"]) == ("漏水 照片.png", "image/png", 48)
    got = client.get(f"/api/attachments/{number}/{file}")
    assert got.content == PNG
    assert got.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E6%BC%8F")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    other = client.post("/api/cases", json={"record": RECORD}).json()["number"]
    assert client.get(f"/api/attachments/{other}/{file}").status_code == 404
    removal = f"/api/attachments/{number}/{file}/removal"
    assert client.post(removal, json={"why": "传错了"}).status_code == 204
    assert client.get(f"/api/attachments/{number}/{file}").status_code == 404
    audit = client.get("/api/audit?action=case.file").json()["items"]
    assert [each["action"] for each in audit] == ["case.file.remove", "case.file.read", "case.file.add"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.png", b"<html><script>alert(1)</script></html>", "bad-file-type"),
        ("page.html", b"<html></html>", "bad-file-type"),
        ("run.exe", b"MZ\x90\x00" + bytes(60), "bad-file-type"),
        ("empty.txt", b"", "empty-file"),
        ("large.txt", b"a" * (10 * 1024 * 1024 + 1), "file-too-large"),
    ],
)
def test_a_file_of_another_kind_is_refused(client: TestClient, name: str, content: bytes, code: str) -> None:
    number = client.post("/api/cases", json={"record": RECORD}).json()["number"]
    answer = _sent(client, number, name, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert client.get(f"/api/cases/{number}").json()["attachments"] == []


def test_an_agent_sees_no_file_of_anothers_case(
    client: TestClient, app: FastAPI, sign_in: Callable[..., None]
) -> None:
    number = client.post("/api/cases", json={"record": RECORD}).json()["number"]
    (file,) = _sent(client, number, "说明.txt", "维修单".encode()).json()["files"]
    sign_in(client, "小周", "agent", "3056")
    assert client.get(f"/api/attachments/{number}/{file}").status_code == 404
    assert _sent(client, number, "说明.txt", b"a").status_code == 404


def test_a_customer_is_erased_with_words_and_files_of_all_their_cases(client: TestClient) -> None:
    numbers = [
        client.post("/api/cases", json={"record": RECORD, "phone": "13800138000"}).json()["number"]
        for _ in range(2)
    ]
    for number in numbers:
        _sent(client, number, "照片.png", PNG)
    erased = client.post("/api/contacts/erase", json={"phone": "138-0013-8000"}).json()
    assert erased == {"contacts": 2, "cases": 2}
    for number in numbers:
        told = client.get(f"/api/cases/{number}").json()
        assert told["attachments"] == []
        assert {"customer", "what"}.isdisjoint(told["record"])
        assert told["record"]["kind"] == "quality"
        assert told["events"][-1]["kind"] == "erased"
        assert client.post(f"/api/cases/{number}/contacts/read", json={"why": "查看"}).json() == []


CSV = "外部编号,受理时间,客户,投诉类别\nA-1,2026-10-08 09:00,陈,配送物流\nA-2,,李,产品质量\n"


def test_tables_come_in_and_go_out_for_those_who_see_all_cases(
    client: TestClient, app: FastAPI, sign_in: Callable[..., None]
) -> None:
    def sent(kind: str, text: str, name: str = "表.csv") -> Any:
        return client.post(f"/api/sheets/{kind}", files={"file": (name, text.encode())})

    taken = sent("cases", CSV).json()
    assert (taken["done"], taken["known"]) == (1, 0)
    assert [(each["line"], each["message"]) for each in taken["wrong"]] == [(3, "受理时间不能为空")]
    assert taken["unknown"] == []
    assert sent("cases", CSV).json()["known"] == 1
    assert sent("cases", "受理时间,联系电话\n,1\n").json()["unknown"] == ["联系电话"]
    expiry = (datetime.now(UTC) + timedelta(days=60)).date()
    policies = f"保单号,客户,到期日,险种,电话\nP-1,孙,{expiry},交强险,13800138000\n"
    assert sent("renewals", policies).json()["done"] == 1
    listed = client.get("/api/callbacks?campaign=renewal").json()["items"]
    assert [each["detail"]["险种"] for each in listed] == ["交强险"] * 3
    counters = "日期,班组,呼入数,接通数,请求人工数,人工接听数\n2026-10-08,一组,100,90,50,45\n"
    assert sent("counters", counters).json()["done"] == 1
    assert sent("cases", "x", "表.pdf").json()["code"] == "unreadable"
    book = openpyxl.load_workbook(BytesIO(client.get("/api/sheets/cases.xlsx").content))
    assert book.active is not None
    assert book.active.max_row == 2
    sign_in(client, "小周", "agent", "3056")
    assert sent("cases", CSV).status_code == 403
    assert client.get("/api/sheets/cases.xlsx").status_code == 403


def test_a_day_is_marked_and_seen_by_its_person_and_by_supervisors(
    client: TestClient, app: FastAPI, sign_in: Callable[..., None]
) -> None:
    sign_in(client, "小周", "agent", "3056")
    assert client.post("/api/days/marks", json={"mark": "signed_in"}).json() == {"new": True}
    mine = client.get("/api/days").json()
    shift = next(each for each in mine["procedures"] if each["procedure"] == "P-SHIFT")
    assert shift["steps"][0]["status"] == "done"
    assert client.get("/api/days?person=小李").status_code == 403
    assert client.get("/api/days/team").status_code == 403
    sign_in(client, "主管", "supervisor")
    (one,) = client.get("/api/days/team").json()["items"]
    assert (one["person"], one["marks"]) == ("小周", 1)
    assert client.get("/api/days?person=小周").json()["events"][0]["kind"] == "signed_in"
