"""The examples of rules as tests: what is wrong with a rule's examples is told, each in its words."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_packs import pack, tables

from assistant.engine.fold import Engine
from assistant.examples import case_of, run_rules, run_suggestions
from assistant.match.compile import compile_rules
from assistant.model import CallEvent, Speaker
from assistant.rules.loader import load_paths
from assistant.rules.pack import RuleSet, ruleset_of

RULE = """\
- id: {id}
  title: 示例
  source: [B-3]
  kind: {kind}
  severity: {severity}
{extra}  match: {match}
  message: "出现“{{matched}}”"
  suggest: {suggest}
  examples:
    hit: [{hit}]
    miss: [{miss}]
"""


def written(
    hit: str = '"这‹不归我管›的"',
    miss: str = '"我帮您查"',
    *,
    match: str = '{any: ["不归我管"]}',
    kind: str = "phrase",
    id: str = "sample.one.rule",  # noqa: A002
    extra: str = "",
    suggest: str = "我帮您转接,请稍等好吗?",
    severity: str = "major",
) -> str:
    """Return the YAML of a rule with parts replaced."""
    return RULE.format(
        id=id, kind=kind, match=match, extra=extra, hit=hit, miss=miss, suggest=suggest, severity=severity
    )


@pytest.fixture
def loaded(tmp_path: Path):
    """Return a function that loads rules as one pack: the rule set and its engine."""

    def load(*rules: str, lists: str = "") -> tuple[RuleSet, Engine]:
        (tmp_path / "rules.yml").write_text(pack(*rules, lists=lists), encoding="utf-8")
        result = load_paths([tmp_path])
        assert not result.problems, result.problems
        ruleset = ruleset_of(result.files)
        return ruleset, Engine(compile_rules(ruleset, tables()))

    return load


@pytest.fixture
def problems(loaded):
    """Return a function that runs the examples of rules: what is said of each."""

    def run(*rules: str) -> list[str]:
        ruleset, engine = loaded(*rules)
        return [failure.problem for failure in run_rules(engine, ruleset.rules)]

    return run


def test_a_sound_rule(problems):
    assert problems(written()) == []


@pytest.mark.parametrize(
    ("hit", "miss", "told"),
    [
        ('"我帮您查查"', '"好的"', "fires 0 times, should fire once"),
        ('"不归我管,不归我管"', '"好的"', "fires 2 times at “不归我管”, “不归我管”, should fire once"),
        ('"这‹不归我›管"', '"好的"', "fires at “不归我管”, should at the marks"),
        ('"这‹不归我管›"', '"不归我管呀"', "fires at “不归我管”, should not"),
        ("", '"好的"', "has no hit"),
        ('"这‹不归我管›"', "", "has no miss"),
    ],
)
def test_what_is_wrong_is_told(problems, hit, miss, told):
    assert problems(written(hit, miss)) == [told]


@pytest.mark.parametrize(
    ("match", "kind", "hit", "miss", "told"),
    [
        ('{any: ["不归我管", "您打别的"]}', "phrase", '"‹不归我管›"', '"好"', ["您打别的"]),
        ('{any: ["不归我管", "您打别的"]}', "phrase", '"‹不归我管›", "‹您打别的›"', '"好"', []),
        ('{any: ["不归我管"], except: ["不归我管也会"]}', "phrase", '"‹不归我管›"', '"好"', ["不归我管也会"]),
        ('{any: ["不归我管"], except: ["不归我管也会"]}', "phrase", '"‹不归我管›"', '"不归我管也会问"', []),
        ('{a: ["保证", "包"], b: ["收益", "利"]}', "near", '"‹保证有收益›"', '"好"', ["包", "利"]),
        # the only wording of a list can't be taken away
        ('{trigger: {any: ["抱歉"]}, expect: {any: ["我查"]}}', "follow_up", '"‹抱歉›"', '"好"', []),
        ('{trigger: {any: ["抱歉"]}, expect: {any: ["我查", "我问"]}}', "follow_up", '"‹抱歉›"',
         '"抱歉,我查"', ["我问"]),
    ],
)  # fmt: skip
def test_each_wording_and_exception_is_needed(loaded, match, kind, hit, miss, told):
    ruleset, engine = loaded(written(hit, miss, match=match, kind=kind))
    failures = list(run_rules(engine, ruleset.rules))
    assert sorted(failure.example for failure in failures) == sorted(told)
    assert {failure.rule for failure in failures} <= {"sample.one.rule"}


def test_a_failure_reads_as_one_line(loaded):
    ruleset, engine = loaded(written('"我帮您查查", "‹不归我管›"'))
    (failure,) = run_rules(engine, ruleset.rules)
    assert str(failure) == "sample.one.rule: fires 0 times, should fire once: 我帮您查查"


def test_a_rule_runs_alone_but_with_those_it_asks_for(problems):
    other = written('"‹您打别的›,不归我管"', match='{all_of: [{rule: sample.one.rule}, {any: ["您打别的"]}]}',
                    kind="combine", id="sample.two.asks", miss='"您打别的"')  # fmt: skip
    assert problems(written(), other) == []


def test_suggestions_that_fire(loaded):
    clean = written(id="sample.two.clean")
    bad = written(suggest="这个不归我管,您稍等")
    hint = written(id="sample.three.hint", match='{any: ["转接"]}', severity="hint", hit='"‹转接›"')
    ruleset, engine = loaded(bad, clean, hint)
    failures = list(run_suggestions(engine, ruleset.rules))
    assert {failure.rule for failure in failures} == {"sample.one.rule"}
    assert "suggestion fires sample.one.rule at “不归我管”" in [failure.problem for failure in failures]


def case(loaded, hit: str, extra: str = ""):
    ruleset, _ = loaded(written(hit, extra=extra))
    (rule,) = ruleset.rules
    return case_of(rule.examples.hit[0], rule)


def test_one_line_is_an_utterance_of_the_rules_speaker(loaded):
    assert case(loaded, '"这‹不归›我"').conversation.turns[0].role is Speaker.AGENT
    read = case(loaded, '"这‹不归›我"', "  when: {speaker: customer}\n")
    assert read.conversation.turns[0].role is Speaker.CUSTOMER
    assert read.marks == ((0, 1, 3),)
    assert read.conversation.turns[0].text == "这不归我"


def test_several_lines_are_a_conversation(loaded):
    read = case(loaded, '"坐席 1.0-2.0: 您好\\n@3.0 hold\\n客户: ‹好的›"')
    first, event, second = read.conversation.items
    assert (first.role, first.start_s, first.end_s) == (Speaker.AGENT, 1.0, 2.0)
    assert isinstance(event, CallEvent)
    assert (event.name, event.at_s) == ("hold", 3.0)
    assert second.role is Speaker.CUSTOMER
    assert read.marks == ((second.index, 0, 2),)


def test_conditions_of_the_rule_are_met_by_its_examples(loaded):
    extra = "  when: {channel: [chat, online], meta: {direction: [out, in], level: 2}}\n"
    read = case(loaded, '"‹好›"', extra)
    assert read.conversation.channel == "chat"
    assert read.conversation.meta == {"direction": "out", "level": 2}
    own = case(loaded, '{turns: "‹好›", meta: {direction: in, customer: 王}, channel: online}', extra)
    assert own.conversation.channel == "online"
    assert own.conversation.meta == {"direction": "in", "level": 2, "customer": "王"}
    kept = case(loaded, '{turns: "‹好›", meta: {customer: 王}}', extra)
    assert kept.conversation.channel == "chat"


def test_private_data_are_masked_in_examples(loaded):
    for lines in ("给您打‹13812345678›吧,13812345678", "坐席: 给您打‹13812345678›吧,13812345678\\n客户: 好"):
        read = case(loaded, f'"{lines}"')
        (said, *_) = read.conversation.turns
        assert said.text == "给您打[手机号]吧,[手机号]"
        assert [mask.type for mask in said.masks] == ["phone", "phone"]
        assert read.marks == ((0, 3, 8),)
