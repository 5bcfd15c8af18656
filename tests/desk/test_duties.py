from __future__ import annotations

from datetime import timedelta

import pytest
from desk_samples import MONDAY, case, event, shipped
from hypothesis import given
from hypothesis import strategies as st

from assistant.desk.cases import Case, allowed, may_grant, outdated, refusal, step
from assistant.desk.duties import Deadline, calendar_of, deadlines
from assistant.errors import ConflictError, NotAllowedError, UsageError

RULES = shipped()
CALENDAR = calendar_of(RULES)


def found(one: Case) -> dict[tuple[str, int], Deadline]:
    return {(each.duty, each.round): each for each in deadlines(RULES, one, CALENDAR)}


def hours(deadline: Deadline) -> float:
    assert deadline.due_at is not None
    return (deadline.due_at - MONDAY) / timedelta(hours=1)


def test_a_minor_complaint_has_the_standards_deadlines() -> None:
    told = found(case(event("received", 0), event("registered", 1)))
    assert {name: hours(each) for (name, _), each in told.items()} == {
        "register": 2, "sort": 15, "contact": 24, "answer": 48, "solve_minor": 49,
    }  # fmt: skip
    assert told["register", 0].met_at == MONDAY + timedelta(hours=1)
    assert told["solve_minor", 0].warn_at == MONDAY + timedelta(hours=41)


def test_a_grave_one_goes_upward_the_same_day_and_is_solved_in_ten() -> None:
    told = found(case(event("received", 0), event("registered", 1), severity="grave", danger=True))
    assert hours(told["upward", 0]) == 15
    assert hours(told["reply_grave", 0]) == 48
    assert hours(told["solve_grave", 0]) == 240
    assert hours(told["staff", 0]) == 1
    assert ("solve_minor", 0) not in told


def test_registering_a_grave_one_late_gains_no_time() -> None:
    events = (event("received", 0), event("registered", 140), event("solution_proposed", 141))
    told = found(case(*events, severity="grave"))
    assert told["reply_grave", 0].missed
    assert hours(told["upward", 0]) == 15


def test_a_grave_case_that_was_never_reported_upward_says_so_when_it_is_closed() -> None:
    events = (event("received", 0), event("registered", 1), event("answered", 2), event("closed", 3))
    told = found(case(*events, state="closed", severity="grave"))
    assert told["upward", 0].met_at is None
    assert ("solve_grave", 0) not in told
    imported = (*events[:3], event("closed", 300, imported=True))
    assert ("upward", 0) not in found(case(*imported, state="closed", severity="grave"))
    reported = (*events[:2], event("reported_upward", 1.5), *events[2:])
    assert found(case(*reported, state="closed", severity="grave"))["upward", 0].met_at is not None


def test_an_important_one_is_with_the_supervisor_within_an_hour() -> None:
    told = found(case(event("received", 0), event("registered", 1), severity="important"))
    assert hours(told["supervisor", 0]) == 2
    assert hours(told["solve_important", 0]) == 73


def test_what_is_met_late_is_missed() -> None:
    told = found(case(event("received", 0), event("registered", 2.5)))
    assert told["register", 0].missed


def test_a_pause_moves_only_what_may_stand_still() -> None:
    events = [event("received", 0), event("registered", 1), event("paused", 2), event("resumed", 12)]
    told = found(case(*events))
    assert hours(told["answer", 0]) == 58
    assert hours(told["sort", 0]) == 15
    assert found(case(*events[:3]))["answer", 0].due_at is None


def test_an_approved_overrun_gives_another_deadline_and_keeps_the_first() -> None:
    until = (MONDAY + timedelta(hours=100)).isoformat()
    told = found(case(event("received", 0), event("overrun_approved", 40, duty="answer", until=until)))
    assert hours(told["answer", 0]) == 100
    assert told["answer", 0].standard_at == MONDAY + timedelta(hours=48)
    assert told["answer", 0].extension == 1


def test_the_customers_own_date_takes_the_place_of_two_days() -> None:
    until = (MONDAY + timedelta(days=6)).isoformat()
    told = found(case(event("received", 0), event("registered", 0), event("date_agreed", 1, until=until)))
    assert hours(told["solve_minor", 0]) == 144


def test_a_case_opened_again_runs_anew() -> None:
    told = found(
        case(
            event("received", 0), event("registered", 1), event("carried_out", 5), event("answered", 6),
            event("called_back", 20), event("reopened", 30), state="reopened",
        )
    )  # fmt: skip
    assert told["answer", 0].met_at == MONDAY + timedelta(hours=6)
    assert hours(told["answer", 1]) == 78
    assert told["answer", 1].met_at is None
    assert ("register", 1) not in told


def test_what_was_written_before_the_customer_came_back_is_asked_again() -> None:
    texts = {"solution": "重装", "answer": "已重装"}
    first = (event("received", 0), event("answered", 2, fields=["solution", "answer"]))
    assert outdated(case(*first, **texts)) == set()
    back = (*first, event("reopened", 3))
    assert outdated(case(*back, state="reopened", **texts)) == {"solution", "answer"}
    assert outdated(case(*back, event("changed", 4, fields=["answer"]), **texts)) == {"solution"}
    refused = (*first, event("solution_refused", 3))
    assert outdated(case(*refused, **texts)) == {"solution", "answer"}
    assert outdated(case(*refused)) == set()


@given(
    st.lists(
        st.sampled_from(
            ["registered", "assigned", "answered", "paused", "resumed", "reopened", "called_back"]
        ),
        max_size=12,
    )
)
def test_each_round_of_a_duty_is_there_once(kinds: list[str]) -> None:
    told = deadlines(
        RULES, case(event("received", 0), *(event(k, n + 1) for n, k in enumerate(kinds))), CALENDAR
    )
    keys = [(each.duty, each.round) for each in told]
    assert len(keys) == len(set(keys))
    assert all(each.met_at is None or each.met_at >= each.began_at for each in told)


def test_what_may_be_done_follows_the_state() -> None:
    received = case(event("received", 0), state="received")
    assert "register" in {action.id for action in allowed(RULES, received, "agent")}
    assert "close" not in {action.id for action in allowed(RULES, received, "director")}
    with pytest.raises(ConflictError):
        step(RULES, received, "carry_out", "agent")
    with pytest.raises(UsageError, match="请先填写"):
        step(RULES, received, "register", "agent")
    with pytest.raises(UsageError, match="原因"):
        step(RULES, received, "escalate", "agent")
    with pytest.raises(NotAllowedError):
        step(RULES, case(state="solution_proposed"), "approve", "agent")


def test_a_case_isnt_closed_before_its_callback() -> None:
    close = RULES.action("close")
    assert close is not None
    waiting = case(event("received", 0), event("answered", 2), state="callback_due")
    assert refusal(RULES, waiting, close, "agent") is not None
    called = case(*waiting.events, event("called_back", 3), state="callback_due")
    assert refusal(RULES, called, close, "agent") is None
    again = case(*called.events, event("reopened", 4), event("answered", 5), state="callback_due")
    assert refusal(RULES, again, close, "agent") is not None


@pytest.mark.parametrize(
    ("rank", "remedy", "amount", "may"),
    [("agent", "refund", 100, True), ("agent", "refund", 101, False), ("agent", "compensation", 1, False),
     ("supervisor", "compensation", 1000, True), ("supervisor", "gift", 10, False),
     ("manager", "gift", 10, True)],
)  # fmt: skip
def test_authority_bounds_what_is_promised(rank: str, remedy: str, amount: float, may: bool) -> None:
    assert (may_grant(RULES, rank, remedy, amount) is None) is may
