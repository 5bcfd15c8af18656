"""Role-play, courses, classrooms and the house's scenarios over REST."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from published import problems
from serving import let_in, opened
from small_calls import call

from assistant.bootstrap import load_practice, load_quiz
from assistant.settings import Settings
from assistant.store import users
from assistant.store.practice import classrooms
from assistant.web import app as application
from assistant.web import passwords, practice
from assistant.web.identity import COOKIE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from assistant.engine.fold import Engine
    from assistant.practice.room import Room
    from assistant.quiz import Item

Json = dict[str, Any]
OWN = "a password of my own"
BANK = load_quiz(Settings())
GOOD = [
    "您好，驰远汽车，工号603为您服务，请问您对上次的保养还满意吗？",
    "好不容易存好的台都没了，换了谁都会不高兴，您请说，我听着。",
    "您是说：三月八号您来做完保养以后，收音机里存好的台被人换了，对吗？",
]
HOUSE = {
    "lines": [{"line_id": "L1", "name": "售后"}],
    "teams": [{"team_id": "A1", "name": "一班", "line": "L1", "supervisor": "9001"}],
    "agents": [
        {"agent_id": "3056", "name": "王芳", "team": "A1", "since": "2026-01-01"},
        {"agent_id": "9001", "name": "赵敏"},
    ],
}


@pytest.fixture(scope="module")
def room(engine: Engine) -> Room:
    return load_practice(Settings(), engine=engine)


@pytest.fixture
def database(sqlite_database: str) -> str:
    """SQLite alone: the store has tests on both."""
    return sqlite_database


@pytest.fixture
def app(engine: Engine, room: Room, database: str, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    monkeypatch.setattr(practice, "load_practice", lambda _, engine: room.beside(engine))
    return application.create_app(Settings(database=database))


@pytest.fixture
def browser(app: FastAPI) -> Iterator[TestClient]:
    with opened(app) as client:
        yield client


@pytest.fixture
def become(app: FastAPI, browser: TestClient) -> Callable[..., None]:
    """Sign in as somebody of this role."""
    hashed = passwords.hashed(OWN)

    known: dict[str, tuple[str, str]] = {}

    def became(role: users.Role, name: str = "", agent_id: str | None = None) -> None:
        name = name or role
        if name in known:
            browser.cookies.set(COOKIE, known[name][0])
            browser.headers["x-csrf-token"] = known[name][1]
            return
        browser.cookies.clear()
        store = app.state.service.store
        if store.read(partial(users.find_user, name=name)) is None:
            add = partial(users.add_user, by="t", name=name, role=role, password=hashed, agent_id=agent_id)
            store.write(partial(add, must_change=False)).result(10)
        answer = browser.post("/api/session", json={"name": name, "password": OWN})
        assert answer.status_code == 200
        known[name] = answer.cookies[COOKIE], answer.json()["csrf"]
        browser.cookies.clear()
        browser.cookies.set(COOKIE, known[name][0])
        browser.headers["x-csrf-token"] = known[name][1]

    return became


def play(client: TestClient, *, scenario: str = "dealer-radio", turns: list[str] = GOOD, **more: Any) -> Json:
    """Play a session to its end; return it."""
    number = client.post("/api/practice/sessions", json={"scenario": scenario, "seed": 3, **more}).json()[
        "number"
    ]
    for place, text in enumerate(turns):
        answer = client.post(
            f"/api/practice/sessions/{number}/turns", json={"text": text, "at_s": 10.0 * place}
        )
        assert answer.status_code == 200, answer.text
    ended = client.post(f"/api/practice/sessions/{number}/end")
    assert ended.status_code == 200, ended.text
    return dict(ended.json())


def test_a_session_is_played_to_its_debrief(client: TestClient) -> None:
    offered = {each["id"]: each for each in client.get("/api/practice/scenarios").json()}
    assert offered["dealer-radio"]["type_name"] == "社交型"
    assert offered["dealer-radio"]["best"] is None
    assert "story" not in offered["dealer-radio"]
    told = play(client)
    assert told["points"] == told["debrief"]["points"]["total"]
    assert [each["text"] for each in told["exchanges"]] == GOOD
    assert told["story"]
    assert told["debrief"]["report"]["origin"] == "practice"
    assert problems("debrief", told["debrief"], closed=True) == []
    assert told["best_of_all"] == told["points"]
    again = client.get(f"/api/practice/sessions/{told['number']}").json()
    assert again == told
    offered = {each["id"]: each for each in client.get("/api/practice/scenarios").json()}
    assert (offered["dealer-radio"]["tries"], offered["dealer-radio"]["best"]) == (1, told["points"])


def test_a_second_try_is_compared_with_the_first(client: TestClient) -> None:
    first = play(client, turns=["您好，请讲。", "这不归我管。"])
    assert first["debrief"]["comparison"] is None
    second = play(client)
    assert second["debrief"]["comparison"]["last"]["points"] == first["points"]
    assert second["debrief"]["comparison"]["best"]["is_new"]
    assert [each["number"] for each in second["tries"]] == [first["number"], second["number"]]


def test_practice_stays_out_of_calls_and_board(client: TestClient) -> None:
    play(client)
    assert client.get("/api/conversations").json()["items"] == []
    assert client.get("/api/board").json()["today"]["calls"] == 0


def test_another_process_goes_on_with_a_session(client: TestClient, app: FastAPI) -> None:
    same = play(client)
    number = client.post("/api/practice/sessions", json={"scenario": "dealer-radio", "seed": 3}).json()[
        "number"
    ]
    replies = []
    for place, text in enumerate(GOOD):
        app.state.practice = None  # all that a process holds ready is lost
        asked = {"text": text, "at_s": 10.0 * place}
        replies.append(client.post(f"/api/practice/sessions/{number}/turns", json=asked).json()["text"])
    assert replies == [each["reply"] for each in same["exchanges"]]


def test_private_numbers_are_masked_before_they_are_kept(client: TestClient) -> None:
    told = play(client, turns=["您好，您的电话是13912345678吗？"])
    assert told["exchanges"][0]["text"] == "您好，您的电话是[手机号]吗？"


def test_hints_cost_points(client: TestClient) -> None:
    number = client.post("/api/practice/sessions", json={"scenario": "dealer-radio"}).json()["number"]
    hint = client.post(f"/api/practice/sessions/{number}/hint").json()
    assert "驰远汽车" in hint["text"]
    assert (hint["hints"], hint["cost"]) == (1, 2.0)
    client.post(f"/api/practice/sessions/{number}/turns", json={"text": hint["text"]})
    told = client.post(f"/api/practice/sessions/{number}/end").json()
    assert (told["hints"], told["debrief"]["points"]["hints"]) == (1, -2.0)


def test_what_cannot_be_done_is_told(client: TestClient) -> None:
    assert client.post("/api/practice/sessions", json={"scenario": "nothing"}).status_code == 404
    number = client.post("/api/practice/sessions", json={"scenario": "dealer-radio"}).json()["number"]
    assert client.post(f"/api/practice/sessions/{number}/end").json()["code"] == "nothing-said"
    said = f"/api/practice/sessions/{number}/turns"
    assert client.post(said, json={"text": "您好，请讲。", "at_s": 9}).status_code == 200
    assert client.post(said, json={"text": "请讲。", "at_s": 3}).json()["code"] == "bad-time"
    assert client.post(f"/api/practice/sessions/{number}/end").status_code == 200
    assert client.post(said, json={"text": "喂？"}).json()["code"] == "over"
    assert client.post(f"/api/practice/sessions/{number}/hint").json()["code"] == "over"
    assert client.get("/api/practice/sessions/999").status_code == 404


def test_trainers_see_and_comment_and_others_do_not(browser: TestClient, become: Callable[..., None]) -> None:
    become("agent", "小李")
    told = play(browser)
    become("agent", "小张")
    path = f"/api/practice/sessions/{told['number']}"
    assert browser.get(path).status_code == 404
    assert browser.post(f"{path}/comments", json={"text": "好"}).status_code == 404
    assert browser.get("/api/practice/sessions?whose=others").json()["items"] == []
    become("trainer")
    (listed,) = browser.get("/api/practice/sessions?whose=others").json()["items"]
    assert (listed["learner"], listed["points"]) == ("小李", told["points"])
    assert browser.get(path).json()["may_comment"]
    browser.post(f"{path}/comments", json={"turn": 2, "text": "先安抚，做得好。"}).raise_for_status()
    become("agent", "小李")
    (comment,) = browser.get(path).json()["comments"]
    assert (comment["turn"], comment["by"], comment["text"]) == (2, "trainer", "先安抚，做得好。")
    assert browser.post(f"{path}/comments", json={"text": "好"}).status_code == 403


def test_supervisors_see_the_practice_of_their_teams(
    browser: TestClient, become: Callable[..., None]
) -> None:
    become("admin")
    browser.post("/api/organisation", json=HOUSE).raise_for_status()
    become("agent", "王芳", "3056")
    own = play(browser, turns=GOOD[:1])
    become("agent", "外人", "4000")
    other = play(browser, turns=GOOD[:1])
    become("supervisor", "赵敏", "9001")
    listed = browser.get("/api/practice/sessions?whose=others").json()["items"]
    assert [each["learner"] for each in listed] == ["王芳"]
    assert browser.get(f"/api/practice/sessions/{own['number']}").json()["may_comment"]
    assert browser.get(f"/api/practice/sessions/{other['number']}").status_code == 404


def assigned(browser: TestClient, **more: Any) -> Json:
    course = {
        "title": "新人第一周", "units": [{"scenario": "dealer-radio", "pass_mark": 20}],
        "learners": ["小李"], **more,
    }  # fmt: skip
    answer = browser.post("/api/courses", json=course)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_course_is_passed_and_certified(browser: TestClient, become: Callable[..., None]) -> None:
    become("agent", "小李")
    become("trainer")
    course = assigned(browser)
    assert [each["standing"] for each in course["progress"]] == ["open"]
    become("agent", "小李")
    (mine,) = browser.get("/api/courses").json()
    path = f"/api/courses/{course['number']}"
    assert (mine["mine"]["passed"], mine["oversees"]) == (0, False)
    assert browser.get(f"{path}/certificate").status_code == 404
    play(browser)  # for oneself: it doesn't count
    assert browser.get(path).json()["mine"]["passed"] == 0
    told = play(browser, course=course["number"])
    mine = browser.get(path).json()
    assert (mine["mine"]["standing"], mine["mine"]["points"]) == ("passed", told["points"])
    assert mine["leaders"] == [{"place": 1, "learner": "小李", "points": told["points"], "passed": 1}]
    assert mine["progress"] == []
    certificate = browser.get(f"{path}/certificate").json()
    assert (certificate["name"], certificate["points"]) == ("小李", told["points"])
    become("trainer")
    assert browser.get(path).json()["progress"][0]["units"][0]["session"] == told["number"]


def answer_of(item: Item) -> list[str]:
    """Return the right answer to an item, as it is given."""
    if item.kind == "fault":
        return [item.faulty, item.right[0]]
    return [accepted[0] for accepted in item.blanks] or list(item.right)


def sit(browser: TestClient, path: str, right: int) -> Json:
    """Answer all items of a paper, the first `right` of them rightly; return what it came to."""
    paper = browser.post(path).json()
    while paper["question"] is not None:
        item = BANK.item(paper["question"]["id"])
        assert item is not None
        good = paper["answered"] < right
        given = answer_of(item) if good else ["不知道"]
        told = browser.post(f"{path}/answers", json={"item": item.id, "given": given}).json()
        assert told["right"] is good
        paper = told["paper"]
    return dict(paper)


def test_a_quiz_of_a_course_is_sat_until_it_is_passed(
    browser: TestClient, become: Callable[..., None]
) -> None:
    become("agent", "小李")
    become("trainer")
    quiz = {"topics": ["deadlines"], "items": 4, "pass_mark": 75}
    course = assigned(browser, quizzes=[quiz])
    path = f"/api/courses/{course['number']}"
    assert browser.post(f"{path}/quizzes/0").json()["code"] == "no-course"  # it is for 小李 alone
    become("agent", "小李")
    first = browser.post(f"{path}/quizzes/0").json()
    assert (first["items"], first["answered"], first["question"]["topic"]) == (4, 0, "deadlines")
    assert browser.post(f"{path}/quizzes/0").json() == first  # it goes on where it was left
    other = next(item.id for item in BANK.items if item.topic != "deadlines")
    refused = browser.post(f"{path}/quizzes/0/answers", json={"item": other, "given": ["一"]})
    assert refused.json()["code"] == "not-asked"
    failed = sit(browser, f"{path}/quizzes/0", right=2)
    assert (failed["points"], failed["passed"]) == (50, False)
    passed = sit(browser, f"{path}/quizzes/0", right=3)
    assert (passed["points"], passed["passed"]) == (75, True)
    mine = browser.get(path).json()["mine"]
    (done,) = mine["quizzes"]
    assert (done["tries"], done["best"], mine["passed"], mine["standing"]) == (2, 75, 1, "open")
    assert mine["points"] == 37.5
    told = play(browser, course=course["number"])
    assert browser.get(path).json()["mine"]["standing"] == "passed"
    certificate = browser.get(f"{path}/certificate").json()
    assert [unit["points"] for unit in certificate["units"]] == [told["points"], 75]
    assert certificate["units"][1]["title"] == f"测验：{BANK.topics['deadlines']}（4 题）"
    assert browser.get("/api/quiz/results").json()["answered"] == 8  # spaced repetition takes them in
    assert browser.post(f"{path}/quizzes/1").json()["code"] == "not-in-course"


def test_a_course_may_be_a_quiz_alone(browser: TestClient, become: Callable[..., None]) -> None:
    become("trainer", "小李")
    course = assigned(browser, units=[], quizzes=[{"items": 2, "pass_mark": 50}])
    path = f"/api/courses/{course['number']}"
    sit(browser, f"{path}/quizzes/0", right=2)
    told = browser.get(path).json()
    assert (told["mine"]["standing"], told["leaders"][0]["points"]) == ("passed", 100)
    browser.patch(path, json={"ended": True}).raise_for_status()
    assert browser.post(f"{path}/quizzes/0").json()["code"] == "not-in-course"


def test_the_leader_board_can_be_off_and_a_deadline_can_be_missed(
    browser: TestClient, become: Callable[..., None]
) -> None:
    become("agent", "小李")
    become("trainer")
    course = assigned(browser, board=False, due_at="2026-01-01T00:00:00Z")
    path = f"/api/courses/{course['number']}"
    become("agent", "小李")
    assert browser.get(path).json()["mine"]["standing"] == "overdue"
    play(browser, course=course["number"])
    told = browser.get(path).json()
    assert (told["mine"]["standing"], told["leaders"]) == ("late", None)
    assert browser.patch(path, json={"board": True}).status_code == 403
    become("trainer")
    assert browser.patch(path, json={"board": True, "ended": True}).json()["leaders"]
    become("agent", "小李")
    assert browser.get("/api/courses").json() == []


def test_a_course_for_a_team_follows_the_team(browser: TestClient, become: Callable[..., None]) -> None:
    become("admin")
    browser.post("/api/organisation", json=HOUSE).raise_for_status()
    become("agent", "王芳", "3056")
    become("trainer")
    course = assigned(browser, learners=[], team="A1")
    assert [each["learner"] for each in course["progress"]] == ["王芳"]
    become("supervisor", "赵敏", "9001")
    (seen,) = browser.get("/api/courses").json()
    assert seen["oversees"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"units": [{"scenario": "nothing"}]}, "no-scenario"),
        ({"units": [{"scenario": "dealer-radio"}, {"scenario": "dealer-radio"}]}, "twice"),
        ({"learners": []}, "nobody"),
        ({"learners": ["没有这个人"]}, "no-learner"),
        ({"team": "Z9"}, "no-team"),
        ({"units": []}, "empty"),
        ({"quizzes": [{"topics": ["nothing"]}]}, "no-topic"),
        ({"quizzes": [{"topics": ["deadlines"], "items": 100}]}, "too-many"),
        ({"quizzes": [{"items": 0}]}, "invalid"),
    ],
)
def test_courses_that_cannot_be(
    browser: TestClient, become: Callable[..., None], change: Json, code: str
) -> None:
    become("trainer", "小李")
    course = {"title": "一", "units": [{"scenario": "dealer-radio"}], "learners": ["小李"], **change}
    answer = browser.post("/api/courses", json=course)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_two_play_a_call_and_others_mark_it(browser: TestClient, become: Callable[..., None]) -> None:
    become("trainer")
    opened_room = browser.post("/api/classrooms", json={"scenario": "dealer-radio"}).json()
    path = f"/api/classrooms/{opened_room['code']}"
    assert (opened_room["limit_s"], opened_room["state"], opened_room["case"]) == (300, "waiting", None)
    browser.post(f"{path}/people", json={"part": "observer"}).raise_for_status()
    assert browser.post(f"{path}/start").json()["code"] == "not-ready"
    become("agent", "小李")
    agent = browser.post(f"{path}/people", json={"part": "agent"}).json()
    assert (agent["case"]["story"], agent["case"]["facts"]) == (None, None)
    become("agent", "小张")
    assert browser.post(f"{path}/people", json={"part": "agent"}).json()["code"] == "taken"
    customer = browser.post(f"{path}/people", json={"part": "customer"}).json()
    assert customer["case"]["story"]
    assert browser.post(f"{path}/turns", json={"text": "喂？"}).json()["code"] == "not-begun"
    talking = browser.post(f"{path}/start").json()
    assert talking["state"] == "talking"
    browser.post(f"{path}/turns", json={"text": "我的收音机台全换了，电话13912345678。"}).raise_for_status()
    become("agent", "小李")
    said = browser.post(f"{path}/turns", json={"text": "这个不归我管，您找别人吧。"}).json()
    assert [each["role"] for each in said["turns"]] == ["customer", "agent"]
    assert "[手机号]" in said["turns"][0]["text"]
    assert browser.get(path, params={"since": said["revision"]}).status_code == 204
    assert browser.post(f"{path}/marks", json={"text": "推卸"}).json()["code"] == "not-observer"
    become("trainer")
    assert browser.post(f"{path}/turns", json={"text": "停"}).json()["code"] == "observer"
    assert browser.post(f"{path}/marks", json={"turn": 7, "text": "?"}).json()["code"] == "no-turn"
    browser.post(f"{path}/marks", json={"turn": 1, "text": "推卸责任"}).raise_for_status()
    become("agent", "小李")
    assert browser.get(path).json()["marks"] == []
    ended = browser.post(f"{path}/end").json()
    assert (ended["state"], ended["marks"][0]["text"]) == ("ended", "推卸责任")
    assert ended["review"]["report"]["origin"] == "practice"
    assert problems("classroom", ended["review"], closed=True) == []
    assert any("B-3" in each["source"] for each in ended["review"]["report"]["findings"])
    weak = ended["review"]["weak"]
    assert [each["turn"] for each in weak] == [1]
    assert "B-3" in weak[0]["source"]
    assert weak[0]["better"]
    assert browser.post(f"{path}/end").json()["review"] == ended["review"]
    assert browser.get("/api/classrooms").json()[0]["role"] == "agent"


def test_the_clock_ends_a_talk(browser: TestClient, become: Callable[..., None], app: FastAPI) -> None:
    become("agent", "小李")
    code = browser.post("/api/classrooms", json={"scenario": "dealer-radio"}).json()["code"]
    browser.post(f"/api/classrooms/{code}/people", json={"part": "agent"}).raise_for_status()
    store = app.state.service.store
    long_ago = datetime.now(UTC) - timedelta(minutes=6)
    job = partial(classrooms.join, code=code, person="小张", part="customer", now=long_ago)
    store.write(job).result(10)
    store.write(partial(classrooms.start, code=code, now=long_ago)).result(10)
    shown = browser.get(f"/api/classrooms/{code}").json()
    assert (shown["state"], shown["left_s"]) == ("over", 0)
    assert browser.post(f"/api/classrooms/{code}/turns", json={"text": "喂？"}).json()["code"] == "over"
    assert browser.post(f"/api/classrooms/{code}/end").json()["review"] is None
    assert browser.get("/api/classrooms/000000").status_code == 404


def test_a_scenario_is_drafted_from_a_call_tried_and_released(
    browser: TestClient, become: Callable[..., None]
) -> None:
    turns = [{"role": message["role"], "text": message["text"]} for message in call()[1:]]
    become("trainer")
    browser.post("/api/score?keep=true", json={"id": "c1", "turns": turns}).raise_for_status()
    drafted = browser.post("/api/scenarios", json={"call_id": "c1"}).json()
    assert (drafted["faults"], drafted["accepted"], drafted["released"]) == ([], True, False)
    assert browser.post("/api/scenarios", json={"call_id": "none"}).status_code == 404
    path = f"/api/scenarios/{drafted['number']}"
    play(browser, scenario=drafted["scenario"], turns=["您好，请讲。"])
    become("agent", "小李")
    asked = {"scenario": drafted["scenario"]}
    assert browser.post("/api/practice/sessions", json=asked).status_code == 404
    assert browser.get(path).status_code == 403
    become("trainer")
    edited = drafted["text"].replace("difficulty: 2", "difficulty: 9")
    broken = browser.put(path, json={"text": edited, "revision": 1}).json()
    assert broken["faults"][0]["line"] == 6
    assert browser.post(f"{path}/release", json={"released": True}).json()["code"] == "not-accepted"
    stale = browser.put(path, json={"text": edited, "revision": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "meanwhile")
    taken = drafted["text"].replace("house-1", "dealer-radio")
    assert browser.put(path, json={"text": taken, "revision": 2}).json()["code"] == "id-taken"
    browser.put(path, json={"text": drafted["text"], "revision": 2}).raise_for_status()
    assert browser.post(f"{path}/release", json={"released": True}).json()["released"]
    become("agent", "小李")
    assert play(browser, scenario=drafted["scenario"], turns=["您好，请讲。"])["points"] is not None
    become("trainer")
    assert browser.delete(path).status_code == 204


def test_practice_wants_a_sign_in_with_the_right_to_check(app: FastAPI) -> None:
    with opened(app) as client:
        assert client.get("/api/practice/scenarios").status_code == 401
        let_in(app, "reader", ["read"])
        let_in(app, "checker", ["check"])
        client.headers["authorization"] = "Bearer reader"
        assert client.get("/api/practice/scenarios").status_code == 403
        client.headers["authorization"] = "Bearer checker"
        assert client.get("/api/scenarios").status_code == 403
