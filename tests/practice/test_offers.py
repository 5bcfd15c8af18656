"""Offers no scenario lists are judged by what they say: done, for how much, against what is wanted."""

from __future__ import annotations

import pytest

from assistant.practice.offers import enough, offer_of, sums_of

COMFORT = "您遇到这样的事，换了谁都会生气，您慢慢说，我听着。"
APOLOGY = "这件事是我们没做好，真的对不起，您受委屈了。"


def understood(room, scenario, *turns, seed=3):
    """Return a session in which the case is understood and the customer no longer heated, then `turns`."""
    session = room.start(scenario, seed)
    case = session.scenario
    asked = [fact.ask for fact in case.facts if fact.key and not fact.opening]
    for said in ("您好，请讲。", COMFORT, f"您是说：{case.problem}，对吗？", *asked, APOLOGY, *turns):
        room.say(session, said)
    return session


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("把一千五退给您", (1500,)),
        ("退您两百块", (200,)),
        ("四百五十九一分不少", (459,)),
        ("多收的36元", (36,)),
        ("赔您1200，今天到账", (1200,)),
        ("一万二的货款", (12000,)),
        ("给您补两次课", ()),
        ("702业主也约好了", ()),
    ],
)
def test_sums_are_read_as_figures_and_in_words(text, sums):
    assert sums_of(text) == sums


def test_less_money_than_a_solution_names_is_not_that_solution(room):
    way = room.scenarios["telecom-video-fee"].solution("refund")
    assert enough("会员停掉，六十块都退给您", way)
    assert enough("会员停掉，多扣的都退给您", way)
    assert not enough("会员停掉，退您二十块", way)


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("dealer-radio", "我安排毛师傅明天上午九点去您家，把六个台重新存好，您看行吗？"),
        ("property-noise", "我跟1203说好，从今天起十二点到两点不许敲，我中午去盯着。"),
    ],
)
def test_what_comes_up_to_the_demand_is_taken_in_other_words(room, scenario, said):
    session = understood(room, scenario, said)
    assert session.steps[-1].heard.solution is None
    assert session.steps[-1].taken.verdict == "accept"


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("shop-wrong-size", "明天上午给您闪送一双对的尺码过来，您看行吗？"),
        ("hotel-invoice", "我明天中午前把抬头正确的电子票发到您邮箱。"),
        ("telecom-outage", "我这就派老赵带光功率计过去，十一点半到您门口。"),
    ],
)
def test_the_customer_says_the_terms_and_a_yes_to_them_is_enough(room, scenario, said):
    session = understood(room, scenario, said)
    assert session.steps[-1].taken.verdict == "terms"
    assert any(line in session.steps[-1].reply for line in session.scenario.demands[0])
    room.say(session, "没问题，就按您说的办，我负责到底。")
    if session.steps[-1].taken.verdict == "doubt":
        room.say(session, "单号发您手机上，上面有我的名字，到点您直接找我。")
    assert session.customer.agreed


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("insurance-claim", "我先给您赔三千，明天到账。"), ("clinic-tooth", "退您一百块，今天下午到账。"),
        ("shop-cooker", "那退您三百？"), ("shop-wrong-size", "我给您补三十块钱，明天到账。"),
    ],
)  # fmt: skip
def test_less_is_haggled_about_with_the_demand_named(room, scenario, said):
    session = understood(room, scenario, said)
    assert session.steps[-1].taken.verdict == "haggle"
    assert any(line in session.steps[-1].reply for line in session.scenario.demands[0])
    assert session.customer.agreed is None
    assert room.finish(session)["weak"][-1]["weak"] == ["too_little"]


def test_what_has_nothing_to_do_with_the_case_does_not_fit(room):
    session = understood(room, "express-document", "我给您赔五十块，今晚到账。")
    assert session.steps[-1].taken.verdict == "misfit"


def test_a_step_with_its_time_is_noted_and_the_outcome_asked_for(room):
    session = understood(room, "dealer-radio", "我今天下午五点前查清是谁动的，给您回电。")
    assert session.steps[-1].taken.verdict == "step"
    assert "nothing" not in session.steps[-1].taken.weak


def test_the_demand_may_be_promised_as_it_was_said(room):
    session = understood(
        room, "dealer-radio", "您希望我们怎么处理呢？", "好，就按您说的办，明天下午五点前给您办好。"
    )
    assert session.customer.agreed


@pytest.mark.parametrize("said", ["好的，我先给您登记一下。", "可以，我尽量帮您申请。", "行，我去反映反映。"])
def test_half_a_yes_promises_nothing(room, said):
    session = understood(room, "shop-wrong-size", "明天上午给您闪送一双对的尺码过来，您看行吗？", said)
    assert session.customer.agreed is None


@pytest.mark.parametrize(
    "said", ["我们高度重视，马上处理。", "这件事由我负责到底。", "请您放心，一定让您满意。"]
)
def test_big_words_are_no_offer(room, said):
    for case in room.scenarios.values():
        assert offer_of(said, case) is None


def test_less_than_what_lies_on_the_table_changes_nothing(room):
    case = room.scenarios["shop-cooker"]
    best = case.solution("renew")
    session = understood(
        room,
        "shop-cooker",
        f"给您这样办：{best.offer}，{best.by}送到，您看行吗？",
        "明天送到以后我给您回电确认能不能用。",
    )
    assert session.customer.agreed == "renew"
    assert not any(step.taken.verdict == "haggle" for step in session.steps)
