"""A session: what moves the customer, what does not, and that it can be made again."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.errors import UsageError
from assistant.practice.coach import Past, compare, past
from assistant.practice.room import Said

GREETING = "您好，速达快递，工号0216为您服务，请问有什么可以帮您？"
EMPATHY = "老人等着用，东西却不见了，换了我也会着急，您慢慢说，我听着。"
RESTATED = "您是说给母亲买的血压计昨天显示门卫签收，可是家里人都没有拿到，对吗？"
QUESTION = "请问您联系过派件员吗，他怎么说？"
SOLUTION = (
    "我马上联系派件员核实去向，找到了今天就送到您手上，确认丢失就按购买价全额赔付，"
    "今天下午六点前给您答复，您看可以吗？"
)
FAREWELL = "感谢您的来电，再见。"
SENTENCES = (
    GREETING,
    EMPATHY,
    RESTATED,
    QUESTION,
    SOLUTION,
    FAREWELL,
    "真的很抱歉。",
    "我们会尽快处理。",
    "这是规定，我也没办法。",
    "请您稍等，我查一下。",
    "您希望我们怎么处理呢？",
    "嗯",
    "您贵姓？",
    "请问还有其他需要帮助的吗？",
    "哈哈哈",
    "?",
    "办不了。",
    "我给您申请一张优惠券。",
    "打您这个号码方便吗？",
    "ok",
    "因为最近单量大。",
    "您的订单号是多少？",
)


def played(room, *turns, scenario="express-signed", seed=1, pace=10.0):
    session = room.start(scenario, seed)
    replies = [room.say(session, turn, place * pace) for place, turn in enumerate(turns) if not session.over]
    return session, replies


def test_following_the_steps_calms_the_customer(room):
    session, replies = played(room, GREETING, EMPATHY, RESTATED, QUESTION, SOLUTION, FAREWELL)
    assert session.customer.outcome == "calmed"
    levels = [reply.intensity for reply in replies]
    assert levels == sorted(levels, reverse=True)
    assert replies[-1].emotion in ("satisfied", "grateful")
    assert "courier" in replies[3].revealed
    assert replies[4].promised == (SOLUTION,)


def test_a_solution_before_the_case_is_understood_does_not_satisfy(room):
    session, _ = played(room, GREETING, SOLUTION)
    assert session.customer.agreed is None
    assert session.steps[-1].taken.verdict in ("no_facts", "too_hot")
    session, _ = played(
        room, GREETING, EMPATHY, SOLUTION, RESTATED, QUESTION, SOLUTION.replace("马上", "现在就")
    )
    assert session.customer.agreed == "find"


def test_a_solution_without_a_time_is_asked_for_one(room):
    untimed = "我联系派件员核实去向，确认丢失就按购买价赔付，您看可以吗？"
    session, _ = played(room, GREETING, EMPATHY, RESTATED, QUESTION, untimed)
    assert session.steps[-1].taken.verdict == "when"
    room.say(session, "今天下午六点前给您结果。", 60)
    assert session.customer.agreed == "find"


def test_a_solution_of_another_trade_does_not_fit(room):
    session, _ = played(
        room, GREETING, EMPATHY, RESTATED, QUESTION, "给您调回十一楼的大床房，今天六点前，您看可以吗？"
    )
    assert session.customer.agreed is None


@pytest.mark.parametrize(
    "said", [EMPATHY, "真的很抱歉。", "理解，抱歉，登记，退款，回电，今天18点前，感谢。"]
)
def test_what_is_said_over_and_over_never_calms(room, said):
    session, replies = played(room, GREETING, *[said + "吧" * n for n in range(20)])
    assert session.customer.outcome in ("hung_up", "escalated")
    assert replies[-1].intensity > replies[0].intensity


def test_empathy_wears_out(room):
    kind = [
        "我理解您的心情。",
        "换作是我也会生气的。",
        "您的感受我完全能体会到。",
        "碰上这样的事谁都会难过的。",
    ]
    session, _ = played(room, GREETING, *kind)
    changes = [step.taken.change for step in session.steps[1:]]
    assert changes[0] < changes[1] < 0
    assert max(changes[2:]) > 0


def test_banned_phrases_upset_and_leave_a_mark(room):
    banned = "这是规定，我也没办法，这不归我管。"
    session, replies = played(room, GREETING, banned, EMPATHY, RESTATED, QUESTION, SOLUTION, FAREWELL)
    assert replies[1].intensity > replies[0].intensity
    assert session.steps[1].taken.weak[0] == "offence"
    assert session.customer.outcome != "calmed"


def test_the_customer_minds_waiting_less_where_it_was_announced(room):
    held, _ = played(room, GREETING, "请您稍等，我查一下记录，好吗？")
    silent, _ = played(room, GREETING, EMPATHY)
    room.say(held, RESTATED, 10 + 80)
    room.say(silent, RESTATED, 10 + 80)
    assert "slow" not in held.steps[-1].taken.weak
    assert "slow" in silent.steps[-1].taken.weak


def test_what_was_told_is_not_gladly_told_again(room):
    session, replies = played(room, GREETING, QUESTION, EMPATHY, "请问派件员那边您问过吗？")
    assert "asked_again" in session.steps[-1].taken.weak
    assert "不接" in replies[-1].text


def test_types_move_at_their_own_pace(room):
    sociable, _ = played(room, "您好，请讲。", "换了我也会着急，您的心情我理解。", scenario="shop-wrong-size")
    dominant, _ = played(room, "您好，请讲。", "换了我也会着急，您的心情我理解。", scenario="clinic-tooth")
    assert sociable.steps[-1].taken.change < dominant.steps[-1].taken.change < 0


def test_time_runs_out(room):
    session, _ = played(room, GREETING, EMPATHY, pace=500)
    assert session.customer.outcome == "open"
    with pytest.raises(UsageError):
        room.say(session, "喂？", 1200)


def test_the_trainee_ends_the_call_too_soon(room):
    session, _ = played(room, GREETING, EMPATHY, FAREWELL)
    assert session.customer.outcome is None
    room.say(session, "那就这样，再见。", 60)
    assert session.customer.outcome == "open"


@pytest.mark.parametrize(("text", "at_s"), [("  ", None), ("喂", 5.0)])
def test_what_can_not_be_said_is_refused(room, text, at_s):
    session, _ = played(room, GREETING, EMPATHY)
    with pytest.raises(UsageError):
        room.say(session, text, at_s)


def test_an_unknown_scenario_or_record_is_refused(room):
    with pytest.raises(UsageError):
        room.start("nothing")
    with pytest.raises(UsageError):
        room.restore({"schema": "other"})


def conversations():
    return st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=14)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=conversations(), seed=st.integers(0, 50), place=st.integers(0, 25))
def test_whatever_is_said_the_customer_answers_in_character(room, turns, seed, place):
    name = sorted(room.scenarios)[place]
    session, replies = played(room, *turns, scenario=name, seed=seed)
    texts = [reply.text for reply in replies]
    assert all(texts)
    assert not any("{" in text or "}" in text for text in texts)
    assert all(one != other for one, other in pairwise(texts))
    for reply in replies:
        assert 0 <= reply.intensity <= 1
        assert 0 <= reply.trust <= 1
        assert 0 <= reply.patience <= 1.2
    again = room.restore(json.loads(json.dumps(session.record())))
    assert [step.reply for step in again.steps] == texts
    assert json.dumps(room.finish(again), ensure_ascii=False) == json.dumps(
        room.finish(session), ensure_ascii=False
    )


def test_seeds_differ(room):
    talks = {
        tuple(r.text for r in played(room, GREETING, EMPATHY, RESTATED, seed=seed)[1]) for seed in range(6)
    }
    assert len(talks) > 1


def test_a_hint_costs_points_and_moves_on(room):
    session, _ = played(room, GREETING, EMPATHY)
    assert session.scenario.problem in room.hint(session)
    room.say(session, RESTATED, 30)
    assert room.hint(session) == session.scenario.fact("courier").ask
    room.say(session, QUESTION, 40)
    assert "派件员" in room.hint(session)
    room.say(session, SOLUTION, 50)
    told = room.finish(session)
    other, _ = played(room, GREETING, EMPATHY, RESTATED, QUESTION, SOLUTION)
    assert told["hints"] == 3
    assert told["points"]["hints"] == -6
    assert room.finish(other)["points"]["total"] == pytest.approx(told["points"]["total"] + 6, abs=0.2)


def test_the_debrief_tells_what_was_weak_and_what_is_better(room):
    session, _ = played(room, GREETING, "我们会尽快处理的。", "这是规定，我也没办法。", FAREWELL)
    told = room.finish(session)
    assert told["schema"] == "huashu.debrief/1"
    assert told["report"]["origin"] == "practice"
    assert told["report"]["procedures"][0]["id"] == "P-SIX"
    vague, banned = told["weak"][:2]
    assert vague["weak"] == ["vague"]
    assert "今天下午六点前" in vague["better"][0]
    assert "B-5" in banned["source"]
    assert {one["fact"] for one in told["unasked"] if one["key"]} >= {"courier"}
    assert [point["turn"] for point in told["curve"]] == [-1, 1, 3, 5, 7]
    assert any(one["change"] > 0 and one["turn"] == 4 for one in told["turning"])
    assert not all(one["done"] for one in told["must"])


def test_results_are_compared_with_earlier_ones(room):
    first = room.finish(played(room, GREETING, EMPATHY, FAREWELL, FAREWELL)[0])
    session, _ = played(room, GREETING, EMPATHY, RESTATED, QUESTION, SOLUTION, FAREWELL)
    second = room.finish(session, [past(first)])
    assert first["comparison"] is None
    assert second["comparison"]["tries"] == 2
    assert second["comparison"]["best"]["is_new"]
    assert "复述确认" in second["comparison"]["learned"]


@given(st.lists(st.floats(0, 100), min_size=1, max_size=6), st.floats(0, 100))
def test_the_best_is_the_best(points, now):
    earlier = [Past(one, "calmed", {}) for one in points]
    told = compare(Past(now, "calmed", {}), earlier)
    assert told["best"]["points"] == max(points)
    assert told["best"]["is_new"] is (now > max(points))


def test_a_recorded_wording_is_kept(room):
    session = room.start("express-signed", 1)
    room._take(session, Said(GREETING, 0.0, "喂，我的快递呢？"))
    again = room.restore(session.record())
    assert again.steps[0].reply == "喂，我的快递呢？"


def test_warming_up_leaves_nothing_behind(room):
    turns = (GREETING, EMPATHY, RESTATED, QUESTION, SOLUTION)
    before = [reply.text for reply in played(room, *turns)[1]]
    room.warm()
    assert [reply.text for reply in played(room, *turns)[1]] == before
