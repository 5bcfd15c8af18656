"""Conditions: who speaks, where in the call, on which channel, when, and in what mood."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from small_packs import engine_of, places, rule, run, said, statuses

from assistant.model import CallEvent, Conversation, Emotion, Intent, Speaker, Turn

WORD = '{any: ["不归我管"]}'
CALL = "坐席: 不归我管1\n客户: 不归我管2\n坐席: 不归我管3\n坐席: 不归我管4"


def found(extra: str, lines: str = CALL, **options) -> list[int]:
    """Return the turns in which the rule fires."""
    report = run(engine_of(rule(WORD, extra=extra)), lines, **options)
    return [finding.turn for finding in report.findings]


@pytest.mark.parametrize(
    ("speaker", "turns"), [("agent", [0, 2, 3]), ("customer", [1]), ("any", [0, 1, 2, 3]), ("bot", [])]
)
def test_speaker(speaker, turns):
    assert found(f"when: {{speaker: {speaker}}}") == turns


def test_a_bots_and_a_systems_words():
    bot = engine_of(rule(WORD, extra="when: {speaker: bot}"))
    anybody = engine_of(rule(WORD, extra="when: {speaker: any}"))
    assert said(bot, "不归我管", "bot") == ["不归我管"]
    assert said(bot, "不归我管", "agent") == []
    assert said(anybody, "不归我管", "system") == ["不归我管"]


@pytest.mark.parametrize(
    ("position", "turns"),
    [("{first: 1}", [0]), ("{first: 2}", [0, 2]), ("{after: 1}", [2, 3]), ("{first: 2, after: 1}", [2])],
)
def test_position_counts_the_speakers_own_turns(position, turns):
    assert found(f"when: {{position: {position}}}") == turns


def test_channel():
    extra = "when: {channel: [chat, online]}"
    assert found(extra, channel="chat") == [0, 2, 3]
    assert found(extra, channel="hotline") == []


@pytest.mark.parametrize(
    ("meta", "fires"),
    [
        ({"direction": "out", "level": 2}, True),
        ({"direction": "in", "level": 1}, True),
        ({"direction": "out"}, False),
        ({"direction": "other", "level": 1}, False),
        ({}, False),
    ],
)
def test_meta(meta, fires):
    extra = "when: {meta: {direction: [in, out], level: [1, 2]}}"
    assert bool(found(extra, meta=meta)) is fires


def test_the_latest_customer_turn():
    extra = 'when: {customer: {any: ["退款"]}}'
    assert found(extra, "坐席: 不归我管\n客户: 我要退款\n坐席: 不归我管\n客户: 好吧\n坐席: 不归我管") == [2]


@pytest.mark.parametrize(
    ("valid", "day", "fires"),
    [
        ("{from: 2026-01-01}", "2026-01-01", True),
        ("{from: 2026-01-01}", "2025-12-31", False),
        ("{to: 2026-01-01}", "2026-01-01T23:59:00", True),
        ("{to: 2026-01-01}", "2026-01-02", False),
        ("{from: 2026-01-01, to: 2026-01-31}", "2026-01-15", True),
        ("{from: 2026-01-01, to: 2026-01-31}", "2026-02-01", False),
    ],
)
def test_validity_goes_by_the_day_of_the_call(valid, day, fires):
    assert bool(found(f"valid: {valid}", meta={"started_at": day})) is fires


def test_a_call_without_a_date_is_of_today():
    today = date.today()  # noqa: DTZ011
    past, future = today - timedelta(days=2), today + timedelta(days=2)
    for meta in ({}, {"started_at": "sometime"}):
        assert found(f"valid: {{from: {past}, to: {future}}}", meta=meta) == [0, 2, 3]
        assert found(f"valid: {{to: {past}}}", meta=meta) == []


def test_one_engine_serves_calls_of_different_days():
    engine = engine_of(rule(WORD, extra="valid: {from: 2026-01-01, to: 2026-01-31}"))
    days = ["2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01", "2026-01-31"]
    counts = [len(run(engine, CALL, meta={"started_at": day}).findings) for day in days]
    assert counts == [0, 3, 3, 0, 3]


class Moods:
    """A classifier that knows two words."""

    name = "moods"
    sha256 = "0" * 64

    def __init__(self) -> None:
        self.contexts: list[int] = []

    def prepare(self, turns):
        """It needs none."""

    def classify(self, text, context):
        self.contexts.append(len(context))
        if "气死" in text:
            return Emotion("angry", 0.8, 0.9), (Intent("complaint", 0.9), Intent("demand", 0.5))
        return Emotion("calm", 0.1, 0.9), (Intent("inquiry", 0.9),)


ANGRY = "客户: 气死我了\n坐席: 不归我管\n客户: 好吧\n坐席: 不归我管"


@pytest.mark.parametrize(
    ("extra", "turns"),
    [
        ("when: {emotion: [angry, furious]}", [1]),
        ("when: {emotion: [calm]}", [3]),
        ("when: {intent: [demand]}", [1]),
        ("when: {emotion: [angry], intent: [inquiry]}", []),
    ],
)
def test_emotion_and_intent_of_the_latest_customer_turn(extra, turns):
    engine = engine_of(rule(WORD, extra=extra), classifier=Moods())
    assert [finding.turn for finding in run(engine, ANGRY).findings] == turns
    assert found(extra, ANGRY) == []


@pytest.mark.parametrize(
    ("node", "turns"),
    [
        ('{all_of: [{emotion: [angry]}, {any: ["不归我管"]}]}', [1]),
        ('{all_of: [{emotion: [angry], min_intensity: 0.9}, {any: ["不归我管"]}]}', []),
        ('{all_of: [{intent: [complaint]}, {any: ["不归我管"]}]}', [1]),
        ('{all_of: [{not: {emotion: [angry]}}, {any: ["不归我管"]}]}', [3]),
    ],
)
def test_nodes_of_the_classifier(node, turns):
    engine = engine_of(rule(node, "combine"), classifier=Moods())
    assert [finding.turn for finding in run(engine, ANGRY).findings] == turns
    assert run(engine_of(rule(node, "combine")), ANGRY).findings == ()


def test_a_report_carries_what_the_classifier_said():
    moods = Moods()
    report = run(engine_of(rule(WORD), classifier=moods), ANGRY)
    assert {index: emotion.label for index, emotion in report.emotions.items()} == {0: "angry", 2: "calm"}
    assert report.intents[0][0] == Intent("complaint", 0.9)
    assert report.model == {"name": "moods", "sha256": "0" * 64}
    assert moods.contexts == [0, 2]
    assert run(engine_of(rule(WORD)), ANGRY).model is None


def test_what_cant_be_judged_is_not_applicable():
    expect = '{expect: {emotion: [calm]}, due: {after: {match: {any: ["气死"]}}, turns: 1}}'
    report = run(engine_of(rule(expect, "required")), ANGRY)
    assert statuses(report) == ["not_applicable"]
    assert report.findings == ()
    report = run(engine_of(rule(expect, "required"), classifier=Moods()), ANGRY)
    assert statuses(report) == ["missed"]


def test_a_customer_rule_sees_its_own_turns_emotion():
    engine = engine_of(
        rule('{all_of: [{emotion: [angry]}, {any: ["气死"]}]}', "combine", extra="when: {speaker: customer}"),
        classifier=Moods(),
    )
    assert places(run(engine, ANGRY).findings) == [(0, "气死")]


def test_an_agents_id_comes_from_the_turn_or_the_line():
    items = (
        CallEvent("answer", 0.0, "8012"),
        Turn(0, Speaker.AGENT, "不归我管"),
        CallEvent("transfer", 9.0, "8013"),
        Turn(1, Speaker.AGENT, "不归我管"),
        Turn(2, Speaker.AGENT, "不归我管", agent_id="8014"),
    )
    report = engine_of(rule(WORD)).run(Conversation("", items))
    assert [finding.agent_id for finding in report.findings] == ["8012", "8013", "8014"]
    assert [said.agent_id for said in report.turns] == ["8012", "8013", "8014"]
