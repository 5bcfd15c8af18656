from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serving import let_in, opened

from assistant.bootstrap import load_quiz
from assistant.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

BANK = load_quiz(Settings())


def right_answer(name: str) -> list[str]:
    item = BANK.item(name)
    assert item is not None
    if item.kind == "fault":
        return [item.faulty, item.right[0]]
    return [accepted[0] for accepted in item.blanks] or list(item.right)


def answered(client: TestClient, name: str, given: list[str]) -> dict[str, Any]:
    told = client.post("/api/quiz/answers", json={"item": name, "given": given})
    assert told.status_code == 200
    return dict(told.json())


def test_an_item_is_asked_without_its_answer(client: TestClient) -> None:
    asked = client.get("/api/quiz/next", params={"seed": "7", "topic": "deadlines"}).json()
    assert asked["topic"] == "deadlines"
    assert asked["reason"] == "new"
    assert asked["new"] == sum(item.topic == "deadlines" for item in BANK.items)
    assert not {"right", "answer", "explain", "accept"} & set(asked)
    assert asked == client.get("/api/quiz/next", params={"seed": "7", "topic": "deadlines"}).json()


def test_an_answer_is_judged_explained_and_kept(client: TestClient) -> None:
    asked = client.get("/api/quiz/next", params={"seed": "7"}).json()
    wrong = answered(client, asked["id"], ["不知道"])
    assert not wrong["right"]
    assert wrong["answer"] == right_answer(asked["id"])
    assert wrong["explain"]
    assert wrong["source"]
    assert wrong["knowledge"]
    right = answered(client, asked["id"], right_answer(asked["id"]))
    assert right["right"]
    results = client.get("/api/quiz/results").json()
    assert (results["learner"], results["answered"], results["right"]) == ("token:all", 2, 1)
    (topic,) = [topic for topic in results["topics"] if topic["seen"]]
    assert (topic["id"], topic["share"]) == (asked["topic"], 0.5)


def test_what_was_just_asked_does_not_come_again(client: TestClient) -> None:
    asked = [client.get("/api/quiz/next", params={"seed": "7"}).json()["id"]]
    for _ in range(5):
        asked.append(client.get("/api/quiz/next", params={"seed": "7", "without": asked}).json()["id"])
    assert len(set(asked)) == 6


def test_a_fault_is_answered_by_words_and_rule(client: TestClient) -> None:
    told = answered(client, "banned.f5", ["我有什么办法。", "B-5"])
    assert told["right"]
    assert told["names"] == ["拿规定当挡箭牌"]
    assert "‹" not in told["better"]
    assert answered(client, "banned.f5", ["我有什么办法。", "B-3"])["parts"] == [True, False]


def test_what_is_not_there_is_a_problem(client: TestClient) -> None:
    assert client.post("/api/quiz/answers", json={"item": "a.b", "given": []}).status_code == 404
    assert client.get("/api/quiz/next", params={"topic": "nothing"}).status_code == 404
    assert client.post("/api/quiz/answers", json={"item": "a.b"}).status_code == 422
    assert client.post("/api/quiz/answers", json={"item": "a.b", "given": ["x" * 401]}).status_code == 422


def test_the_results_of_others_are_for_trainers(client: TestClient, app: FastAPI) -> None:
    del app
    assert client.get("/api/quiz/learners").status_code == 403
    assert client.get("/api/quiz/results", params={"learner": "王芳"}).status_code == 403


def test_the_quiz_wants_a_sign_in_with_the_right_to_check(app: FastAPI) -> None:
    with opened(app) as client:
        assert client.get("/api/quiz/next").status_code == 401
        let_in(app, "reader", ["read"])
        client.headers["authorization"] = "Bearer reader"
        assert client.get("/api/quiz/next").status_code == 403
        assert client.get("/quiz", follow_redirects=False).headers["location"] == "/calls"
