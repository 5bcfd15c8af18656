"""Steps of a procedure: done, missing, out of order, late, repeated, undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moments import agent, customer, procedure, step

from assistant.model import Span
from assistant.procedure import tracker
from assistant.procedure.conformance import align
from assistant.procedure.definition import Procedure, Sign, Step

ACTS = ("empathy", "restate", "apology", "action", "thanks_feedback", "followup")
SIX = procedure(*(step(number, act) for number, act in enumerate(ACTS, start=1)), opening=False)


def told(what: Procedure, *moments, final: bool = True) -> tracker.Standing:
    track = tracker.start(what)
    for moment in moments:
        tracker.feed(track, moment)
    return tracker.standing(track, final=final)


def statuses(*done: str, what: Procedure = SIX, final: bool = True) -> list[str]:
    moments = [customer(0), *(agent(1 + 2 * at, act) for at, act in enumerate(done))]
    return [state.status for state in told(what, *moments, final=final).steps]


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (ACTS, ["done"] * 6),
        ((), ["missing"] * 6),
        (("empathy", "apology"), ["done", "missing", "done", "missing", "missing", "missing"]),
        (("empathy", "restate", "action", "apology", "thanks_feedback", "followup"),
         ["done", "done", "out_of_order", "done", "done", "done"]),
        (("action", "empathy", "restate", "apology", "thanks_feedback", "followup"),
         ["done", "done", "done", "out_of_order", "done", "done"]),
    ],
)  # fmt: skip
def test_order_and_absence(done, expected):
    assert statuses(*done) == expected


@pytest.mark.parametrize(
    ("done", "mend"),
    [
        (("empathy", "apology", "restate"), "第2步“第2件事”提到第3步“第3件事”之前"),
        (("followup", "empathy", "restate"), "第6步“第6件事”换到第2步“第2件事”之后"),
    ],
)
def test_a_displaced_step_is_told_where_it_belongs(done, mend):
    standing = told(SIX, customer(0), *(agent(1 + 2 * at, act) for at, act in enumerate(done)))
    assert mend in standing.mends


def test_what_is_open_while_the_call_runs_is_pending_and_the_first_of_it_is_next():
    standing = told(SIX, customer(0), agent(1, "empathy"), final=False)
    assert [state.status for state in standing.steps] == ["done"] + ["pending"] * 5
    assert standing.current == 1
    assert standing.following is not None
    assert standing.following.number == 2


def test_thanks_before_the_customer_spoke_are_a_form_where_the_procedure_says_so():
    assert told(SIX, agent(0, "thanks_feedback"), customer(1)).steps[4].status == "missing"
    free = procedure(step(1, "greeting"))
    assert told(free, agent(0, "greeting")).steps[0].status == "done"


def test_a_step_done_too_often_is_repeated():
    what = procedure(step(1, "apology", at_most=2))
    assert [statuses(*["apology"] * n, what=what) for n in (2, 3)] == [["done"], ["repeated"]]


def test_a_step_done_late_is_late():
    what = procedure(step(1, "empathy", within=2), opening=False)
    assert statuses("inform", "empathy", what=what) == ["done"]
    assert statuses("inform", "inform", "empathy", what=what) == ["late"]


def test_the_customer_undoes_a_step_until_it_is_done_again():
    refused = Sign(by="customer", intents=frozenset({"refuse"}))
    what = procedure(step(1, "offer", reopened=refused))
    offer, no = agent(1, "offer"), customer(2, "refuse")
    assert told(what, customer(0), offer, no).steps[0].status == "regressed"
    assert told(what, customer(0), no, offer).steps[0].status == "done"
    assert told(what, customer(0), offer, no, agent(3, "offer")).steps[0].status == "done"


def test_parts_belong_together_within_two_turns_of_the_agent():
    parts = {"做什么": (Sign(acts=frozenset({"action"})),), "何时": (Sign(acts=frozenset({"deadline"})),)}
    what = procedure(Step(1, "行动", parts))
    near = told(what, agent(0, "action"), customer(1), agent(2, "deadline"))
    assert (near.steps[0].status, near.steps[0].turns) == ("done", (2,))
    assert {span.turn for span in near.steps[0].evidence} == {0, 2}
    far = told(what, agent(0, "action"), agent(1), agent(2, "deadline"))
    assert far.steps[0].status == "missing"


def test_evidence_is_the_words_of_a_sign():
    import re

    sign = Sign(words=re.compile("十八点前"), unless=re.compile("可能"))
    what = procedure(Step(1, "时限", {"何时": (sign,)}))
    text = "今天十八点前给您回电"
    assert told(what, agent(0, text=text)).steps[0].evidence == (Span(0, 2, 6),)
    assert told(what, agent(0, text="可能" + text)).steps[0].status == "missing"


@pytest.mark.parametrize(
    ("log", "fitness"),
    [([1, 2, 3], 1.0), ([], 0.0), ([1, 3], 1 - 1 / 5), ([2, 1, 3], 1 - 2 / 6), ([1, 1, 2, 3], 1.0)],
)
def test_conformance_by_hand(log, fitness):
    assert align(log, (1, 2, 3)).fitness == pytest.approx(fitness)


def test_steps_to_come_cost_nothing_while_the_call_runs():
    assert align([1], (1, 2, 3), running=True).fitness == 1.0
    assert align([2], (1, 2, 3), running=True).missing == (1,)


@given(st.lists(st.integers(1, 6), max_size=20), st.booleans())
def test_conformance_is_a_share_and_what_fits_is_in_order(log, running):
    result = align(log, range(1, 7), frozenset({5}), {2: 1}, running=running)
    assert 0 <= result.fitness <= 1
    kept = [log[place] for place in result.kept]
    assert kept == sorted(set(kept))
    assert set(log) == {*kept, *result.displaced}
    assert not set(result.missing) & set(log)


MOMENTS = st.lists(
    st.one_of(
        st.lists(st.sampled_from(ACTS), max_size=3).map(lambda acts: ("agent", acts)),
        st.lists(st.sampled_from(["refuse", "accept", "complaint"]), max_size=2).map(
            lambda i: ("customer", i)
        ),
    ),
    max_size=15,
)


@given(MOMENTS)
def test_looking_at_a_running_call_changes_nothing(talk):
    moments = [
        agent(at, *what) if who == "agent" else customer(at, *what) for at, (who, what) in enumerate(talk)
    ]
    looked = tracker.start(SIX)
    for moment in moments:
        tracker.feed(looked, moment)
        tracker.standing(looked, final=False)
    assert tracker.standing(looked, final=True) == told(SIX, *moments)
