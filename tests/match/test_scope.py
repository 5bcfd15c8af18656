"""Negation and quotation: where the words don't count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_packs import engine_of, rule, said
from texts import texts

from assistant.match.scope import for_customer, negated, quoted

PHRASE = "不归我管"
PLAIN = '{any: ["不归我管"]}'


def test_negation_and_quotation_are_seen():
    assert negated("我不会说" + PHRASE, 4)
    assert not negated("我会说" + PHRASE, 3)
    assert quoted("客户说:“" + PHRASE + "”", 5, 9)
    assert not quoted("我说" + PHRASE, 2, 6)


@pytest.mark.parametrize(
    "before",
    [
        "我不会说",
        "我们不能说",
        "绝不会跟您说",
        "没有说",
        "请勿回答",
        "不允许说",
        "我没说过",
        "禁止说",
        "不可以随便说",
    ],
)
def test_what_is_denied_doesnt_count(before):
    assert said(engine_of(rule(PLAIN)), before + PHRASE) == []


@pytest.mark.parametrize(
    "before", ["我会说", "我不会,", "不能退。", "没有,这个", "您不知道这", "不好意思,这事"]
)
def test_what_is_not_denied_counts(before):
    assert said(engine_of(rule(PLAIN)), before + PHRASE) == [PHRASE]


@pytest.mark.parametrize(
    "text",
    [
        f"客户说“{PHRASE}”",
        f"客户刚才说{PHRASE}",
        f"您刚才说{PHRASE}",
        f"同事跟您说:{PHRASE}",
        f"网上写{PHRASE}的那个",
        f"《{PHRASE}》这本书",
        f"他们说过{PHRASE}",
        f'他回复的是"{PHRASE}"这句',
        f"您反映店员“{PHRASE}”,我记下了",
        f"您说上次师傅{PHRASE}",
        f"您说我们的人{PHRASE}",
    ],
)
def test_what_others_said_doesnt_count(text):
    assert said(engine_of(rule(PLAIN)), text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"我跟您说{PHRASE}",
        f"客户说过了,我也问了,这事{PHRASE}",
        f"他说要退款。这个{PHRASE}",
        f"“好的”{PHRASE}",
        f"“{PHRASE}",
    ],
)
def test_what_the_agent_says_counts(text):
    assert said(engine_of(rule(PLAIN)), text) == [PHRASE]


@pytest.mark.parametrize(
    ("scope", "denied", "reported"),
    [
        ("{negation: false}", [PHRASE], []),
        ("{quotation: false}", [], [PHRASE]),
        ("{negation: false, quotation: false}", [PHRASE], [PHRASE]),
        ("{}", [], []),
    ],
)
def test_each_is_switched_off_by_itself(scope, denied, reported):
    engine = engine_of(rule(PLAIN, extra=f"scope: {scope}"))
    assert said(engine, "我没有说" + PHRASE) == denied
    assert said(engine, f"客户说“{PHRASE}”") == reported


@given(texts, st.integers(0, 40), st.integers(0, 40))
def test_any_text_can_be_asked(text, start, length):
    start = min(start, len(text))
    end = min(start + length, len(text))
    assert negated(text, start) in {True, False}
    assert quoted(text, start, end) in {True, False}
    assert for_customer(text, start, end) in {True, False}


@given(texts)
def test_nothing_before_is_neither_denied_nor_reported(text):
    assert not negated(text, 0)
    assert not quoted(text, 0, len(text))


def test_a_match_that_runs_out_of_the_quotation_is_still_quoted():
    engine = engine_of(rule('{any: ["快点说(我)?"]}'))
    assert said(engine, "您说窗口催您“快点说”,我记下了") == []
    assert said(engine, "“你”快点说,我等着") == ["快点说,我"]


@pytest.mark.parametrize(
    "text",
    [
        f"您说他们{PHRASE}就挂了,对吗?",
        f"您刚才说跑了两趟都{PHRASE},是吗?",
        f"让您听了半天{PHRASE},对吗?",
        f"张女士,您反映的是店里{PHRASE},是这样吧",
        f"换了我,听到{PHRASE},也会着急的",
        f"跑了三趟都说{PHRASE},换了我也着急",
        f"谁碰上{PHRASE}都生气",
    ],
)
def test_the_customers_view_doesnt_count(text):
    assert said(engine_of(rule(PLAIN)), text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"您说个没完是吧,{PHRASE}",
        f"您说{PHRASE}凭什么找我,是吗",
        f"换了我也着急,可是{PHRASE}",
        f"您自己不看清楚,{PHRASE},换了我也着急",
        f"换谁来都{PHRASE}",
        f"换了我也烦你,{PHRASE}",
        f"您说跑了两趟,对吗?{PHRASE}",
    ],
)
def test_what_only_looks_like_the_customers_view_counts(text):
    assert said(engine_of(rule(PLAIN)), text) == [PHRASE]


def test_what_others_than_agents_say_or_rules_ask_for_is_no_breach_to_excuse():
    text = f"换了我,听到{PHRASE},也会着急的"
    manners = rule(PLAIN).replace("[B-3]", "[M-4]")
    assert said(engine_of(manners), text) == [PHRASE]
