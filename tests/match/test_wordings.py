"""Phrase sets, gaps, exceptions, word boundaries, patterns, near pairs, private data, combinations."""

from __future__ import annotations

import pytest
from small_packs import engine_of, rule, said, turn

PLAIN = rule('{any: ["不归我管"]}')


def one(match: str, kind: str = "phrase", *, lists: str = "", extra: str = ""):
    return engine_of(rule(match, kind, extra=extra), lists=lists)


@pytest.mark.parametrize(
    ("wording", "text", "found"),
    [
        ("不归(我|我们)管", "这不归我们管的", ["不归我们管"]),
        ("不归(我|我们)管", "这不归他管的", []),
        ("不归我管(的事|了)?", "这不归我管了啊", ["不归我管了"]),
        ("不归我管(的事|了)?", "这不归我管啊", ["不归我管"]),
        ("不(归|是(我|他))管", "这不是他管的", ["不是他管"]),
        ("不归<we>管", "这不归我这边管的", ["不归我这边管"]),
        ("不归<we>管", "这不归你们管的", []),
        ("保证…收益", "保证一二三四五六收益", ["保证一二三四五六收益"]),
        ("保证…收益", "保证一二三四五六七收益", []),
        ("保证…收益", "保证收益", ["保证收益"]),
        ("保证……收益", "保证一二三四五六七八九十甲乙收益", ["保证一二三四五六七八九十甲乙收益"]),
        ("保证……收益", "保证一二三四五六七八九十甲乙丙收益", []),
        ("保证…收益", "我们保证。收益您看", []),
        ("不归,我管", "这不归我管", ["不归我管"]),
        ("不归我管", "这不归,我管的", ["不归,我管"]),
    ],
)
def test_templates(wording, text, found):
    assert said(one(f'{{any: ["{wording}"]}}', lists="lists: {we: [我, 我这边]}\n"), text) == found


def test_each_place_is_a_finding_and_of_overlapping_ones_the_longest():
    engine = one('{any: ["不归我管", "不归我管的", "我管的"]}')
    assert said(engine, "不归我管的,真不归我管") == ["不归我管的", "不归我管"]


def test_a_wording_doesnt_reach_over_a_sentence_end():
    engine = engine_of(PLAIN)
    assert said(engine, "这个不归。我管这个") == []
    assert said(engine, "这个不归\n我管这个") == []
    assert said(engine, "不。归。我。管") == ["不。归。我。管"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("不归我管", ["不归我管"]),
        ("不归我管也会帮您问", []),
        ("虽然不归我管也会帮您,但那个不归我管", ["不归我管"]),
        ("也会的,不归我管", ["不归我管"]),
    ],
)
def test_an_exception_voids_what_it_overlaps(text, found):
    assert said(one('{any: ["不归我管"], except: ["不归我管也会"]}'), text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("妈的,烦死了", ["妈的"]), ("您妈妈的手机坏了", []), ("妈的手机真烂", ["妈的"])],
)
def test_word_boundaries(text, found):
    assert said(one('{any: ["妈的"], word: true}'), text) == found


def test_without_word_the_inside_of_words_counts():
    assert said(one('{any: ["妈的"]}'), "您妈妈的手机坏了") == ["妈的"]


def test_a_short_wording_isnt_torn_by_a_comma():
    engine = one('{any: ["没办法"]}')
    assert said(engine, "有没,办法是有的") == []
    assert said(engine, "没 办 法") == ["没 办 法"]
    assert said(engine, "没,办,法") == ["没,办,法"]


@pytest.mark.parametrize(
    ("match", "text", "places"),
    [
        ('{all: ["您好", "再见"]}', "您好啊,再见", ["您好", "再见"]),
        ('{all: ["您好", "再见"]}', "您好啊,您好", []),
        ('{at_least: 2, of: ["您好", "再见", "谢谢"]}', "谢谢您,再见", ["谢谢", "再见"]),
        ('{at_least: 2, of: ["您好", "再见", "谢谢"]}', "谢谢您,谢谢", []),
        ('{at_least: 2, of: ["您好", "再见"], except: ["您好再见"]}', "您好再见", []),
    ],
)
def test_all_and_at_least_count_different_wordings(match, text, places):
    assert said(one(match), text) == places


@pytest.mark.parametrize(
    ("match", "text", "found"),
    [
        ('{pattern: "退.{0,3}款"}', "退您的款,退款", ["退您的款", "退款"]),
        ('{pattern: "退.{0,3}款"}', "退一二三四款", []),
        ('{pattern: "退款", except: "可以.{0,4}退款"}', "您可以申请退款", []),
        ('{pattern: "退款", except: "可以.{0,4}退款"}', "不给退款", ["退款"]),
        ('{pattern: "qq群"}', "加ＱＱ群", ["ＱＱ群"]),
        ('{pattern: "(歸|归)我管"}', "不歸我管", ["歸我管"]),
        ('{pattern: "[0-9]{3}元"}', "一共１２３元", ["１２３元"]),
        ('{pattern: "x*"}', "没有", []),
    ],
)
def test_patterns(match, text, found):
    assert said(one(match, "pattern"), text) == found


def test_a_pattern_that_takes_too_long_gives_nothing():
    engine = one('{pattern: "(a|aa)+$"}', "pattern")
    assert said(engine, "a" * 2000 + "b") == []


@pytest.mark.parametrize(
    ("match", "text", "found"),
    [
        ('{a: ["保证"], b: ["收益", "利息"], within: 4}', "我保证您有收益的", ["保证您有收益"]),
        ('{a: ["保证"], b: ["收益", "利息"], within: 4}', "保证一二三四利息", ["保证一二三四利息"]),
        ('{a: ["保证"], b: ["收益", "利息"], within: 4}', "保证一二三四五利息", []),
        ('{a: ["保证"], b: ["收益"], within: 4}', "收益我保证", []),
        ('{a: ["保证"], b: ["收益"], within: 4, ordered: false}', "收益我保证", ["收益我保证"]),
        ('{a: ["保证"], b: ["收益"], within: 4}', "我保证。收益您看", []),
        ('{a: ["保证"], b: ["收益"], within: 4}', "我保证!收益", []),
        ('{a: ["保证"], b: ["收益"], within: 4}', "我保证,收益", ["保证,收益"]),
        ('{a: ["保证"], b: ["收益"], within: 0}', "保证收益", ["保证收益"]),
        ('{a: ["保证"], b: ["收益"], within: 4, except: ["没有收益"]}', "保证没有收益", []),
        ('{a: ["保证"], b: ["收益"], within: 4}', "保证收益,保证有收益", ["保证收益", "保证有收益"]),
    ],
)
def test_near(match, text, found):
    assert said(one(match, "near"), text) == found


@pytest.mark.parametrize(
    ("match", "text", "found"),
    [
        ("{types: [phone]}", "给您打13812345678吧", ["[手机号]"]),
        ("{types: [id_card]}", "给您打13812345678吧", []),
        ("{types: [phone, plate]}", "13812345678,沪A12345", ["[手机号]", "[车牌号]"]),
        ('{types: [phone], except: ["本人的号码"]}', "13812345678是本人的号码", []),
        ('{types: [phone], except: ["本人的号码"]}', "本人的号码。记得打13812345678", ["[手机号]"]),
    ],
)
def test_private_data(match, text, found):
    assert said(one(match, "entity"), text) == found


@pytest.mark.parametrize(
    ("match", "text", "found"),
    [
        ('{all_of: [{any: ["退款"]}, {any: ["不行"]}]}', "退款不行", ["退款"]),
        ('{all_of: [{any: ["退款"]}, {not: {any: ["可以"]}}]}', "退款可以", []),
        ('{all_of: [{any: ["退款"]}, {not: {any: ["可以"]}}]}', "不给退款", ["退款"]),
        ('{any_of: [{any: ["退款"]}, {pattern: "换.{0,2}货"}]}', "给您换新货", ["换新货"]),
        ('{any_of: [{any: ["退款"]}, {near: {a: ["换"], b: ["货"], within: 2}}]}', "换个货", ["换个货"]),
        ('{expr: "a and not (b or c)", with: {a: {any: [退款]}, b: {any: [可以]}, c: {any: [马上]}}}',
         "退款", ["退款"]),
        ('{expr: "a and not (b or c)", with: {a: {any: [退款]}, b: {any: [可以]}, c: {any: [马上]}}}',
         "马上退款", []),
        ('{all_of: [{any: ["本人"]}, {entity: [phone]}]}', "本人13812345678", ["本人"]),
        ('{all_of: [{any: ["本人"]}, {entity: [phone]}]}', "本人", []),
        ('{not: {any: ["您"]}}', "你好", ["你好"]),
        ('{not: {any: ["您"]}}', "您好", []),
    ],
)  # fmt: skip
def test_combinations(match, text, found):
    assert said(one(match, "combine"), text)[:1] == found


def test_a_rule_can_ask_for_another():
    other = rule('{all_of: [{rule: sample.one.rule}, {any: ["您打"]}]}', "combine", id="sample.two.asks")
    engine = engine_of(other, PLAIN)
    found = engine.check(turn("不归我管,您打别的电话"))
    assert [finding.rule for finding in found] == ["sample.one.rule", "sample.two.asks"]
    assert said(engine, "您打别的电话") == []
    assert said(engine, "我不会说不归我管,您打别的电话") == []


EVASIONS = {
    "separator": "不归 我*管",
    "traditional": "不歸我管",
    "width": "加ＱＱ群",
    "repeat": "不归归我管",
    "lookalike": "芣归我管",
    "homophone": "不归我馆",
}


@pytest.mark.parametrize(("name", "text"), EVASIONS.items())
def test_each_disguise_is_seen_through_and_named(name, text):
    engine = one('{any: ["不归我管", "加qq群"]}')
    (finding,) = engine.check(turn(f"这个{text}啊"))
    assert finding.text == text
    assert name in finding.how
    assert finding.explanation.normalised in {"不归我管", "加qq群"}


@pytest.mark.parametrize(("name", "text"), EVASIONS.items())
def test_each_disguise_can_be_switched_off(name, text):
    engine = one('{any: ["不归我管", "加qq群"]}', extra=f"evasion: {{{name}: false}}")
    assert said(engine, f"这个{text}啊") == []
    assert said(engine, "这个不归我管啊") == ["不归我管"]
    for other in EVASIONS.keys() - {name}:
        assert said(engine, f"这个{EVASIONS[other]}啊") == [EVASIONS[other]]


@pytest.mark.parametrize(
    ("meta", "text", "found"),
    [
        ({"customer": "王"}, "王先生再见", ["王先生再见"]),
        ({"customer": "王"}, "李先生再见", []),
        ({}, "李先生再见", ["李先生再见"]),
        ({"customer": ["王", "王芳"]}, "王芳先生再见", ["王芳先生再见"]),
    ],
)
def test_a_slot_is_the_value_of_the_call_or_a_gap(meta, text, found):
    assert said(one('{any: ["{customer}先生再见"]}'), text, meta=meta) == found


@pytest.mark.parametrize("text", ["工号8012", "工号八零幺二", "工号八〇一二", "工号８０１２"])
def test_digits_of_a_slot_may_be_spoken(text):
    engine = one('{any: ["工号{agent_id}"]}')
    assert said(engine, text, meta={"agent_id": "8012"}) == [text]
    assert said(engine, text, meta={"agent_id": "8013"}) == []


def test_a_wording_of_nothing_but_an_unknown_slot_is_dropped():
    engine = one('{any: ["{agent_name}", "再见"]}')
    assert said(engine, "李梅,再见") == ["再见"]
    assert said(engine, "李梅,再见", meta={"agent_name": "李梅"}) == ["李梅", "再见"]


def test_message_and_explanation_name_what_was_said():
    (finding,) = engine_of(PLAIN).check(turn("这不歸我管"))
    assert finding.message == "出现“不歸我管”"
    assert finding.explanation.matched == "不归我管"
    assert finding.confidence == 1
    assert finding.source == ("B-3",)
    assert finding.family == "one"
