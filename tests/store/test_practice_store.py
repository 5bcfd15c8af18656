from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from assistant.errors import ConflictError
from assistant.practice.coach import Past
from assistant.practice.room import Reply
from assistant.store.practice import classrooms, courses, drafts, sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.store.database import Store

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
REPLY = Reply("嗯。", "dissatisfied", 0.5, 0.4, 0.9, ("radio",), (), None)


def did(store: Store, job: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    return store.write(
        partial(job, **named) if not arguments else lambda c: job(c, *arguments, **named)
    ).result(10)


def begun(store: Store, learner: str = "小李", course: int | None = None) -> int:
    number: int = did(
        store, sessions.begin, learner=learner, scenario="dealer-radio", title="收音机", sha256="0" * 64,
        seed=3, rules=0, course=course, now=NOW,
    )  # fmt: skip
    return number


def told(points: float, *, empathy: bool = True) -> dict[str, Any]:
    return {
        "points": {"total": points}, "outcome": {"name": "open"},
        "must": [{"what": "共情", "done": empathy}],
    }  # fmt: skip


def said(store: Store, number: int, place: int, **more: Any) -> None:
    named = {"text": "您好。", "at_s": 1.5, "worded": False, "now": NOW, **more}
    did(store, sessions.keep_turn, number, place, REPLY, **named)


def test_a_session_comes_back_as_its_record(store: Store) -> None:
    number = begun(store)
    said(store, number, 0)
    said(store, number, 1, worded=True, at_s=None)
    did(store, sessions.keep_hints, number, 2, [2])
    kept = store.read(partial(sessions.find, number=number))
    assert kept is not None
    assert kept.record == {
        "schema": "huashu.practice/1", "scenario": "dealer-radio", "seed": 3, "hints": [2],
        "turns": [{"text": "您好。", "at_s": 1.5}, {"text": "您好。", "at_s": None, "reply": "嗯。"}],
    }  # fmt: skip
    turn = store.read(partial(sessions.turns, number=number))[0]
    assert (turn["at"], turn["state"]["revealed"]) == (NOW, ["radio"])


def test_a_turn_is_kept_once_and_none_after_the_end(store: Store) -> None:
    number = begun(store)
    said(store, number, 0)
    with pytest.raises(ConflictError) as meanwhile:
        said(store, number, 0)
    assert meanwhile.value.code == "meanwhile"
    did(store, sessions.keep_end, number, told(50), NOW)
    for late in (
        partial(said, store, number, 1),
        partial(did, store, sessions.keep_end, number, told(60), NOW),
        partial(did, store, sessions.keep_hints, number, 1, [1]),
    ):
        with pytest.raises(ConflictError) as over:
            late()
        assert over.value.code == "over"


def test_tries_are_told_apart_by_learner_and_in_their_order(store: Store) -> None:
    for learner, points in (("小李", 40), ("小李", 60), ("小张", 80)):
        number = begun(store, learner)
        said(store, number, 0)
        did(store, sessions.keep_end, number, told(points), NOW + timedelta(minutes=points))
    begun(store)  # nothing said in it
    earlier = store.read(partial(sessions.earlier, learner="小李", scenario="dealer-radio"))
    assert earlier == [Past(40, "open", {"共情": True}), Past(60, "open", {"共情": True})]
    assert store.read(partial(sessions.best_of_all, scenario="dealer-radio")) == 80
    assert store.read(partial(sessions.standing, learner="小李")) == {"dealer-radio": (2, 60)}
    page, following = store.read(partial(sessions.listing, learners=None, limit=2))
    assert ([each["points"] for each in page], following) == ([80, 60], page[1]["number"])
    rest, _ = store.read(partial(sessions.listing, learners={"小李"}, limit=2, before=following))
    assert [each["points"] for each in rest] == [40]
    assert did(store, sessions.forget, learner="小李") == 3
    assert store.read(partial(sessions.standing, learner="小李")) == {}


def course(store: Store, **more: Any) -> courses.Course:
    values = {
        "title": "一", "note": "", "learners": ["小李", "小张"], "team": None, "due_at": None, "board": True,
        "scenarios": [{"scenario": "dealer-radio", "pass_mark": 50}, {"scenario": "other", "pass_mark": 50}],
        **more,
    }  # fmt: skip
    number = did(store, courses.add_course, by="t", values=values, now=NOW)
    found = store.read(partial(courses.find_course, number=number))
    assert found is not None
    return found


def test_progress_counts_what_was_done_for_the_course(store: Store) -> None:
    made = course(store)
    for points, number in ((40, made.number), (70, made.number), (90, None)):
        session = begun(store, course=number)
        said(store, session, 0)
        did(store, sessions.keep_end, session, told(points), NOW + timedelta(minutes=points))
    learners = store.read(partial(courses.learners_of, course=made, day=NOW.date()))
    first, second = store.read(partial(courses.progress, course=made, learners=learners, now=NOW))
    assert (first.learner, first.points, first.passed, first.standing) == ("小李", 35, 1, "open")
    assert (first.units[0].tries, first.units[0].best) == (2, 70)
    assert first.units[0].passed_at == NOW + timedelta(minutes=70)
    assert (second.learner, second.points, second.units[0].session) == ("小张", 0, None)


@pytest.mark.parametrize(
    ("points", "due_min", "standing"),
    [(80, 90, "passed"), (80, 70, "late"), (20, 90, "open"), (20, -1, "overdue")],
)
def test_a_course_stands_by_its_deadline(store: Store, points: int, due_min: int, standing: str) -> None:
    unit = [{"scenario": "dealer-radio", "pass_mark": 50}]
    made = course(store, scenarios=unit, learners=["小李"], due_at=NOW + timedelta(minutes=due_min))
    session = begun(store, course=made.number)
    said(store, session, 0)
    did(store, sessions.keep_end, session, told(points), NOW + timedelta(minutes=points))
    (found,) = store.read(partial(courses.progress, course=made, learners=["小李"], now=NOW))
    assert found.standing == standing


def opened(store: Store) -> str:
    assert did(
        store, classrooms.open_room, by="t", code="204816", scenario="dealer-radio", title="收音机", rules=0,
        limit_s=300, now=NOW,
    )  # fmt: skip
    did(store, classrooms.join, "204816", "小李", "agent", NOW)
    did(store, classrooms.join, "204816", "小张", "customer", NOW)
    return "204816"


def test_a_classroom_is_played_by_the_clock(store: Store) -> None:
    code = opened(store)
    did(store, classrooms.join, code, "小王", "observer", NOW)
    did(store, classrooms.start, code, NOW)
    did(store, classrooms.say, code, "agent", "您好。", NOW + timedelta(seconds=2))
    did(store, classrooms.mark, code, "小王", turn=0, good=True, text="问候得好", now=NOW)
    room = store.read(partial(classrooms.find_room, code=code))
    assert room is not None
    assert room.people == {"小李": "agent", "小张": "customer", "小王": "observer"}
    assert room.turns == [{"role": "agent", "at_s": 2.0, "text": "您好。"}]
    assert room.marks == [{"turn": 0, "good": True, "by": "小王", "text": "问候得好"}]
    assert room.left_s(NOW + timedelta(seconds=100)) == 200
    assert store.read(partial(classrooms.revision_of, code=code)) == room.revision
    with pytest.raises(ConflictError) as over:
        did(store, classrooms.say, code, "agent", "喂？", NOW + timedelta(seconds=301))
    assert over.value.code == "over"
    assert not did(store, classrooms.end, code, None, 0, NOW)  # something was said meanwhile
    assert did(store, classrooms.end, code, {"schema": "x"}, 1, NOW)
    assert store.read(partial(classrooms.rooms_of, person="小王", limit=5))[0]["turns"] == 1


def test_a_code_is_given_once_and_a_part_to_one(store: Store) -> None:
    code = opened(store)
    assert not did(
        store, classrooms.open_room, by="t", code=code, scenario="x", title="x", rules=0, limit_s=60, now=NOW
    )
    with pytest.raises(ConflictError) as taken:
        did(store, classrooms.join, code, "小王", "agent", NOW)
    assert taken.value.code == "taken"
    did(store, classrooms.start, code, NOW)
    with pytest.raises(ConflictError) as under_way:
        did(store, classrooms.join, code, "小李", "observer", NOW)
    assert under_way.value.code == "under-way"


def test_a_draft_that_is_no_more_accepted_is_no_more_released(store: Store) -> None:
    number = did(
        store, drafts.add_draft, by="t", title="一", text="a", scenario="house-1", call_id="c1", now=NOW
    )
    did(store, drafts.release, "t", number, released=True)
    assert [each.number for each in store.read(drafts.accepted)] == [number]
    with pytest.raises(ConflictError) as taken:
        did(store, drafts.add_draft, by="t", title="二", text="b", scenario="house-1", call_id=None, now=NOW)
    assert taken.value.code == "id-taken"
    change = partial(did, store, drafts.keep_draft, "t", number, title="一", text="c", scenario=None, now=NOW)
    change(revision=1)
    with pytest.raises(ConflictError) as meanwhile:
        change(revision=1)
    assert meanwhile.value.code == "meanwhile"
    kept = store.read(partial(drafts.find_draft, number=number))
    assert kept is not None
    assert (kept.accepted, kept.released, kept.text, kept.revision) == (False, False, "c", 2)
    with pytest.raises(ConflictError):
        did(store, drafts.release, "t", number, released=True)
    assert did(store, drafts.drop_draft, "t", number)
    assert store.read(drafts.list_drafts) == []
