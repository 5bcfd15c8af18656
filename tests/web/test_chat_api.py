from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from serving import let_in

from assistant.chat.passes import checked

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

CALL = {
    "id": "c1",
    "meta": {"agent_id": "3056"},
    "turns": [
        {"role": "agent", "text": "这个不归我管"},
        {"role": "customer", "text": "那找谁?我要投诉你们"},
        {"role": "agent", "text": "您稍等"},
        {"role": "customer", "text": "快点"},
    ],
}


def said(client: TestClient, text: str, **more: str) -> str:
    answer = client.post("/api/chat", json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    return "\n".join(message["text"] for message in answer.json()["messages"])


def test_the_conversation_is_remembered_for_each_user_and_tab(client: TestClient, app: FastAPI) -> None:
    assert "不能这么说" in said(client, "“不归我管”能说吗")
    assert "可以这样说" in said(client, "那换个说法呢")
    assert "发给我" in said(client, "那换个说法呢", conversation="another tab")
    let_in(app, "other", ("check",))
    client.headers["authorization"] = "Bearer other"
    assert "发给我" in said(client, "那换个说法呢")


def test_a_forgotten_conversation_begins_anew(client: TestClient) -> None:
    said(client, "“不归我管”能说吗")
    assert client.delete("/api/chat").status_code == 204
    assert "发给我" in said(client, "那换个说法呢")


def test_calls_are_told_of_to_those_who_may_read_them(client: TestClient, app: FastAPI) -> None:
    client.post("/api/score?keep=true", json=CALL)
    assert "c1" in said(client, "最近的通话记录")
    assert "分" in said(client, "好的，打分吧")
    assert "客户" in said(client, "下一步说什么", call_id="c1")
    let_in(app, "checker", ("check",))
    client.headers["authorization"] = "Bearer checker"
    assert "只给登录的人看" in said(client, "最近的通话记录")


def test_answers_carry_buttons_and_data(client: TestClient) -> None:
    (message,) = client.post("/api/chat", json={"text": "“不归我管”能说吗"}).json()["messages"]
    assert message["data"]["kind"] == "check"
    assert message["data"]["findings"][0]["rule"] == "tiny.shirking.not-mine"
    assert {button["payload"] for button in message["buttons"]} == {"/rewrite_phrase", "/explain_finding"}


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "好" * 2_001}, {"text": "好", "sender": "boss"}])
def test_what_is_no_message_is_refused(body: dict[str, str], client: TestClient) -> None:
    assert client.post("/api/chat", json=body).status_code == 422


def test_a_stranger_is_not_answered(client: TestClient) -> None:
    client.headers["authorization"] = "Bearer nobody"
    assert client.post("/api/chat", json={"text": "你好"}).status_code == 401


def test_a_pass_is_given_where_there_is_a_secret(client: TestClient, app: FastAPI) -> None:
    assert client.post("/api/chat/pass").json()["code"] == "no-secret"
    service = app.state.service
    service.chat_secret = "sixteen characters, and more"
    service.settings = replace(service.settings, chat_secret=service.chat_secret)
    told = client.post("/api/chat/pass").json()
    found = checked(service.chat_secret, told["token"])
    assert found is not None
    assert (found.user, found.role, told["expires_in"]) == ("token:all", "qa", 3_600)
