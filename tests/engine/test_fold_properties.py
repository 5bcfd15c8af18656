"""Live and recorded are the same fold: properties over any conversation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from small_packs import engine_of, rule, tables, turn
from texts import conversations, texts

from assistant.engine.fold import Engine
from assistant.ingest import mask
from assistant.model import Conversation, Finding, Report, Requirement, Speaker, Turn

BANNED = ("不归我管", "你自己看着办", "绝对没有问题", "有本事去投诉", "这是公司规定")
SCRIPT = '{script: "请问还有什么可以帮您", parts: {ask: ["什么可以帮您", "其他问题"]}}'
RULES = (
    rule('{any: ["不归我管", "不是我办的", "{customer}先生"], except: ["不归我管也"]}', id="s.a.phrase"),
    rule('{any: ["妈的"], word: true}', id="s.b.word"),
    rule('{pattern: "保证.{0,6}收益"}', "pattern", id="s.c.pattern"),
    rule('{a: ["保证", "绝对"], b: ["收益", "问题"], ordered: false}', "near", id="s.d.near"),
    rule(SCRIPT, "similar", id="s.e.similar"),
    rule('{all_of: [{not: {any: ["您"]}}, {any: ["不知道"]}]}', "combine", id="s.f.combine"),
    rule("{types: [phone, plate]}", "entity", id="s.g.entity", extra="when: {speaker: any}"),
    rule(f"{{expect: {SCRIPT}, due: {{last: 2}}}}", "required", id="s.h.last"),
    rule('{expect: {any: ["您好"]}, due: {first: 1}}', "required", id="s.i.first"),
    rule('{expect: {any: ["抱歉"]}, due: {after: {match: {any: ["投诉"]}}, turns: 2}}', "required",
         id="s.j.after"),
    rule('{expect: {any: ["谢谢"]}, due: {before: {speaker: agent, match: {any: ["再见"]}}}}', "required",
         id="s.k.before"),
    rule('{first: {any: ["您好"]}, then: {any: ["再见"]}}', "order", id="s.l.order"),
    rule('{of: {any: ["嗯"]}, at_most: 1}', "count", id="s.m.count"),
    rule('{of: {any: ["谢谢"]}, at_least: 20, min_turns: 2}', "ratio", id="s.n.ratio"),
    rule("{min_chars: 4}", "repeat", id="s.o.repeat"),
    rule("{metric: silence, at_most: 5}", "timing", id="s.p.timing"),
    rule('{claim: {any: ["保证"]}, taken_back: {any: ["不归我管"]}}', "contradiction", id="s.q.claim"),
    rule('{trigger: {any: ["抱歉"]}, expect: {any: ["谢谢"]}, within: 1}', "follow_up", id="s.r.follow"),
    rule('{expect: {any: ["您好"]}, due: {within_s: 5}}', "required", id="s.s.within"),
)  # fmt: skip
ENGINE = engine_of(*RULES)


def fold(engine: Engine, call: Conversation) -> tuple[Report, list[Finding], list[Requirement]]:
    """Feed one by one; return the report and what was emitted on the way, in order."""
    state = engine.start(call.meta, id=call.id, channel=call.channel, origin=call.origin)
    findings: list[Finding] = []
    requirements: list[Requirement] = []
    for item in call.items:
        state, events = engine.feed(state, item)
        for event in events:
            if isinstance(event.data, Finding):
                findings.append(event.data)
            elif isinstance(event.data, Requirement):
                requirements.append(event.data)
    return engine.finish(state), findings, requirements


def assert_spans(report: Report) -> None:
    texts_of = {said.index: said.text for said in report.turns}
    for finding in report.findings:
        assert finding.turn in texts_of
        if "absence" in finding.how:
            assert (finding.start, finding.end, finding.text) == (None, None, None)
            continue
        assert finding.start is not None
        assert finding.end is not None
        assert 0 <= finding.start < finding.end <= len(texts_of[finding.turn]) or not finding.text
        assert finding.text == texts_of[finding.turn][finding.start : finding.end]
        for span in finding.spans:
            assert 0 <= span.start <= span.end <= len(texts_of[span.turn])


def assert_in_order(report: Report) -> None:
    places = [(found.turn, -1 if found.start is None else found.start) for found in report.findings]
    assert places == sorted(places)


def assert_sound(engine: Engine, call: Conversation) -> None:
    report, findings, requirements = fold(engine, call)
    assert report == engine.run(call)
    assert_spans(report)
    assert_in_order(report)
    assert all(found in report.findings for found in findings), "something emitted was taken back"
    at_the_end = [found for found in report.findings if found not in findings]
    assert len(findings) + len(at_the_end) == len(report.findings)
    assert report.requirements[: len(requirements)] == tuple(requirements)


@given(conversations())
def test_feeding_one_by_one_is_reading_the_whole(call):
    assert_sound(ENGINE, call)


@given(call=conversations())
@settings(max_examples=60)
def test_no_conversation_upsets_the_shipped_packs(shipped_engine, call):
    assert_sound(shipped_engine, call)


@given(conversations(), st.data())
def test_what_was_emitted_doesnt_depend_on_what_follows(call, data):
    cut = data.draw(st.integers(0, len(call.items)))
    _, before, _ = fold(ENGINE, replace(call, items=call.items[:cut]))
    _, after, _ = fold(ENGINE, call)
    assert after[: len(before)] == before


@given(conversations())
def test_a_fold_leaves_no_trace_in_the_engine(call):
    first = ENGINE.run(call)
    ENGINE.check(turn("不归我管,您打13812345678"))
    assert ENGINE.run(call) == first


@given(conversations())
def test_masking_again_changes_nothing(call):
    again = tuple(
        replace(said, text=text, masks=tuple(replace(m, tail=None) for m in masks))
        for said in call.turns
        for text, masks in [mask(said.text)]
    )
    assert [said.text for said in again] == [said.text for said in call.turns]
    assert ENGINE.run(replace(call, items=again)).findings == ENGINE.run(call).findings


@given(texts)
def test_one_utterance_is_checked_like_a_call_of_one_turn(text):
    said = turn(text)
    found = ENGINE.check(said)
    report = ENGINE.run(Conversation("", (said,)))
    utterance_rules = {"s.a.phrase", "s.b.word", "s.c.pattern", "s.d.near", "s.e.similar", "s.f.combine"}
    assert [f for f in found if f.rule in utterance_rules] == [
        f for f in report.findings if f.rule in utterance_rules
    ]
    assert all("absence" not in f.how for f in found)
    assert found == ENGINE.check(said)


# What can be put between two characters of a phrase without its becoming another one.
BETWEEN = (
    "", " ", "  ", "\u200b", "\ufeff", "\u00ad", "*", ".", "、", "\u3000", "😀", "\u200d", "_", "-",
    "·", "\u0301",
)  # fmt: skip
TRADITIONAL = str.maketrans("归绝对没问题投诉这规", "歸絕對沒問題投訴這規")
WIDE = str.maketrans({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
# Said twice these are words of their own (看看, 问问, 事事, 本本).
REDUPLICATED = "看问本事"
DISGUISED = engine_of(rule("{any: [" + ", ".join(f'"{phrase}"' for phrase in (*BANNED, "加qq群a1")) + "]}"))


def assert_found(said: str, phrase: str) -> Finding:
    """The disguised phrase fires, and the span covers it and nothing else."""
    text = f"您好,{said},再见"
    (finding,) = DISGUISED.check(Turn(0, Speaker.AGENT, text))
    assert (finding.start, finding.end) == (3, 3 + len(said))
    assert finding.text == said
    assert finding.explanation.matched == phrase
    return finding


@given(st.sampled_from(BANNED), st.data())
def test_a_phrase_with_things_between_its_characters_is_found(phrase, data):
    count = len(phrase) - 1
    between = data.draw(st.lists(st.sampled_from(BETWEEN), min_size=count, max_size=count))
    said = "".join(char + gap for char, gap in zip(phrase, [*between, ""], strict=True))
    finding = assert_found(said, phrase)
    assert ("separator" in finding.how) == any(between)


@given(st.sampled_from([*BANNED, "加qq群a1"]), st.booleans(), st.booleans(), st.booleans())
def test_other_forms_of_the_characters_are_found(phrase, traditional, wide, upper):
    said = phrase.translate(TRADITIONAL) if traditional else phrase
    said = said.upper() if upper else said
    said = said.translate(WIDE) if wide else said
    finding = assert_found(said, phrase)
    assert ("traditional" in finding.how) == (said != phrase and phrase.isalpha() and "q" not in phrase)


@given(st.sampled_from(BANNED), st.integers(2, 4), st.data())
def test_a_stuttered_character_hides_nothing(phrase, times, data):
    place = data.draw(st.integers(0, len(phrase) - 2))
    assume(times > 2 or phrase[place] not in REDUPLICATED)
    said = phrase[:place] + phrase[place] * times + phrase[place + 1 :]
    text = f"您好,{said},再见"
    (finding,) = DISGUISED.check(Turn(0, Speaker.AGENT, text))
    assert finding.explanation.matched == phrase
    assert finding.end == 3 + len(said)
    assert finding.start is not None
    assert 3 <= finding.start < 3 + times


@pytest.mark.parametrize("phrase", BANNED)
def test_a_clean_phrase_is_exact(phrase):
    assert assert_found(phrase, phrase).how == ("exact",)


def test_the_tables_know_the_traditional_forms_used_here():
    other = [chr(code) for plain, code in TRADITIONAL.items() if code != plain]
    assert len(other) > 5
    assert tables().traditional.issuperset(other)
