"""Required phrases: when they are due, what counts as said, what is missing."""

from __future__ import annotations

import pytest
from small_packs import engine_of, rule, run, statuses, talk

from assistant.model import CallEvent, Conversation, Speaker, Turn

WAIT = '{any: ["等一下"]}'
HELLO = '{any: ["您好"]}'


def required(due: str, expect: str = HELLO, extra: str = ""):
    return engine_of(rule(f"{{expect: {expect}, due: {due}}}", "required", extra=extra))


@pytest.mark.parametrize(
    ("due", "lines", "status", "turn"),
    [
        ("{first: 1}", "坐席: 您好\n坐席: 嗯", "met", 0),
        ("{first: 1}", "坐席: 喂\n坐席: 您好", "missed", 0),
        ("{first: 2}", "坐席: 喂\n客户: 您好\n坐席: 您好", "met", 2),
        ("{first: 2}", "坐席: 喂", "missed", 0),
        ("{last: 1}", "坐席: 您好\n坐席: 再见", "missed", 1),
        ("{last: 2}", "坐席: 您好\n客户: 好\n坐席: 再见\n客户: 再见", "met", 0),
        ("{last: 2}", "坐席: 您好\n坐席: 那个\n坐席: 再见", "missed", 2),
        ("{last: 2}", "坐席: 您好", "met", 0),
        ("{within_s: 5}", "坐席 1.0-2.0: 喂\n坐席 3.0-4.0: 您好", "met", 1),
        ("{within_s: 5}", "坐席 1.0-2.0: 喂\n坐席 6.0-7.0: 您好", "missed", 0),
        ("{within_s: 5}", "坐席: 喂\n坐席: 您好", "not_applicable", None),
        ('{after: {match: {any: ["投诉"]}}, turns: 1}', "客户: 投诉\n坐席: 您好", "met", 1),
        ('{after: {match: {any: ["投诉"]}}, turns: 1}', "客户: 投诉\n坐席: 嗯\n坐席: 您好", "missed", 1),
        ('{after: {match: {any: ["投诉"]}}, turns: 2}', "客户: 投诉\n坐席: 嗯\n坐席: 您好", "met", 2),
        ('{after: {match: {any: ["投诉"]}}, turns: 2}', "客户: 你好\n坐席: 您好", "not_applicable", None),
        ('{after: {match: {any: ["投诉"]}}, turns: 2}', "客户: 投诉", "not_applicable", None),
        (f"{{after: {{speaker: agent, match: {WAIT}}}, turns: 1}}", "坐席: 您好,等一下", "met", 0),
        (f"{{after: {{speaker: agent, match: {WAIT}}}, turns: 1}}", "坐席: 等一下\n坐席: 您好", "met", 1),
        (f"{{after: {{speaker: agent, match: {WAIT}}}, turns: 1}}",
         "坐席: 等一下\n坐席: 嗯\n坐席: 您好", "missed", 1),
        (f"{{before: {{speaker: agent, match: {WAIT}}}, turns: 1}}", "坐席: 您好\n坐席: 等一下", "missed", 1),
        (f"{{before: {{speaker: agent, match: {WAIT}}}, turns: 2}}", "坐席: 您好\n坐席: 等一下", "met", 0),
        ('{before: {match: {any: ["投诉"]}}, turns: 1}', "坐席: 您好\n客户: 投诉", "met", 0),
        ('{before: {match: {any: ["投诉"]}}, turns: 1}', "客户: 投诉\n坐席: 您好", "missed", 0),
        ('{before: {match: {any: ["投诉"]}}, turns: 1}', "坐席: 您好", "not_applicable", None),
        ("{after: {event: hold}, turns: 1}", "坐席: 嗯\n@2.0 hold\n坐席: 您好", "met", 1),
        ("{after: {event: hold}, turns: 1}", "坐席: 您好\n@2.0 hold\n坐席: 嗯", "missed", 1),
        ("{after: {event: hold}, turns: 1}", "坐席: 您好\n@2.0 resume\n坐席: 嗯", "not_applicable", None),
        ("{before: {event: hold}, turns: 1}", "坐席: 您好\n@2.0 hold", "met", 0),
        ("{before: {event: hold}, turns: 1}", "坐席: 您好\n坐席: 嗯\n@2.0 hold", "missed", 1),
    ],
)  # fmt: skip
def test_when_it_is_due(due, lines, status, turn):
    report = run(required(due), lines)
    (requirement,) = report.requirements
    assert (requirement.status, requirement.turn) == (status, turn)
    absences = [finding.turn for finding in report.findings]
    assert absences == ([turn] if status == "missed" else [])


def test_an_absence_has_no_place_and_says_absence():
    (finding,) = run(required("{first: 1}"), "坐席: 喂").findings
    assert (finding.start, finding.end, finding.text, finding.how) == (None, None, None, ("absence",))
    assert finding.explanation.because


@pytest.mark.parametrize(("once", "count"), [("false", 2), ("true", 1)])
def test_each_occasion_counts_or_the_first_only(once, count):
    due = f'{{after: {{match: {{any: ["投诉"]}}}}, turns: 1, once: {once}}}'
    report = run(required(due), "客户: 投诉\n坐席: 嗯\n客户: 我要投诉\n坐席: 哦")
    assert statuses(report) == ["missed"] * count


def test_an_occasion_while_one_is_open_is_the_same():
    due = '{after: {match: {any: ["投诉"]}}, turns: 2}'
    report = run(required(due), "客户: 投诉\n坐席: 嗯\n客户: 投诉\n坐席: 哦\n坐席: 您好")
    assert statuses(report) == ["missed"]


def test_an_occasion_that_is_denied_or_reported_is_none():
    due = '{after: {match: {any: ["投诉"]}}, turns: 1}'
    assert statuses(run(required(due), "客户: 我不会投诉的\n坐席: 嗯")) == ["not_applicable"]


def test_a_stated_moment_is_kept():
    """Decided as soon as it can be, and then no more."""
    engine = required("{first: 2}")
    state = engine.start()
    said = []
    for item in talk("坐席: 喂\n坐席: 嗯\n坐席: 您好").items:
        state, events = engine.feed(state, item)
        said.append([event.data.status for event in events if event.type == "requirement"])
    assert said == [[], ["missed"], []]


def test_no_turn_of_the_speaker():
    assert statuses(run(required("{first: 1}"), "客户: 您好")) == ["not_applicable"]
    assert statuses(run(required("{last: 1}"), "客户: 您好")) == ["not_applicable"]
    assert required("{first: 1}").run(Conversation("", ())).findings == ()


def test_disguised_words_meet_it():
    assert statuses(run(required("{first: 1}", '{any: ["感谢您"]}'), "坐席: 感感谢您")) == ["met"]
    assert statuses(run(required("{first: 1}", '{any: ["感谢您"]}'), "坐席: 感謝 您")) == ["met"]


OPENING = (
    '{script: "您好,{company}工号{agent_id}为您服务", verbatim: 85, optional: [service], across: 2, parts: '
    '{hello: ["您好", "早上好"], company: ["{company}"], number: ["工号{agent_id}"], service: ["为您服务"]}}'
)
META = {"company": "青禾科技", "agent_id": "8012"}


def opening(lines: str, meta: dict[str, str] | None = None, script: str = OPENING, due: str = "{first: 2}"):
    return run(required(due, script), lines, meta=META if meta is None else meta)


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        ("坐席: 您好,青禾科技工号8012为您服务", "verbatim"),
        ("坐席: 您好青禾科技,工号八零幺二,为您服务", "functional"),
        ("坐席: 早上好,这里是青禾科技,我的工号8012,请讲", "functional"),
        ("坐席: 您好,青禾科技\n坐席: 我工号8012", "functional"),
        ("坐席: 您好\n客户: 喂\n坐席: 青禾科技工号8012", "functional"),
    ],
)
def test_a_script_is_said_verbatim_or_by_its_parts(lines, level):
    (requirement,) = opening(lines).requirements
    assert (requirement.status, requirement.level) == ("met", level)
    assert requirement.score is not None
    assert (requirement.score >= 85) == (level == "verbatim")
    assert (requirement.missing, requirement.parts) == ((), 3)


@pytest.mark.parametrize(
    ("lines", "missing"),
    [
        ("坐席: 您好,工号8012\n坐席: 请讲", ("company",)),
        ("坐席: 您好,我是青禾科技,工号8013\n坐席: 请讲", ("number",)),
        ("坐席: 喂\n坐席: 请讲", ("hello", "company", "number")),
    ],
)
def test_missing_parts_are_named(lines, missing):
    report = opening(lines)
    (requirement,) = report.requirements
    assert requirement.status == "missed"
    assert requirement.missing == missing
    assert requirement.parts == 3
    assert len(report.findings) == 1


def test_the_nearest_sentence_is_shown():
    (requirement,) = opening("坐席: 您好,工号8012为您服务\n坐席: 请讲").requirements
    assert requirement.nearest is not None
    assert (requirement.nearest.turn, requirement.nearest.text) == (0, "您好,工号8012为您服务")
    assert 50 < requirement.nearest.score < 100


def test_parts_over_more_turns_than_allowed_are_missed():
    lines = "坐席: 您好\n坐席: 青禾科技\n坐席: 工号8012"
    assert statuses(opening(lines, due="{first: 3}")) == ["missed"]
    wide = OPENING.replace("across: 2", "across: 3")
    assert statuses(opening(lines, script=wide, due="{first: 3}")) == ["met"]


def test_a_part_of_nothing_but_an_unknown_value_is_not_due():
    assert statuses(opening("坐席: 您好,工号8012", {"agent_id": "8012"})) == ["met"]
    assert statuses(opening("坐席: 您好,工号", {"agent_id": "8012"})) == ["missed"]


def test_an_unknown_value_beside_text_is_a_gap():
    assert statuses(opening("坐席: 您好,青禾科技,工号三三三", {"company": "青禾科技"})) == ["met"]


def test_a_script_without_parts_goes_by_similarity():
    script = '{script: ["请问还有什么可以帮您", "您还有其他问题吗"], verbatim: 80}'
    assert statuses(run(required("{last: 1}", script), "坐席: 请问还有什么可以帮到您")) == ["met"]
    assert statuses(run(required("{last: 1}", script), "坐席: 您还有其它问题吗")) == ["met"]
    assert statuses(run(required("{last: 1}", script), "坐席: 那没事了吧")) == ["missed"]


def test_similar_finds_a_script():
    engine = engine_of(rule('{script: "本通话可能会被录音请您知悉", verbatim: 80}', "similar"))
    (finding,) = run(engine, "坐席: 本次通话可能会被录音,请您知悉").findings
    assert finding.how[-1] == "similar"
    assert finding.explanation.score is not None
    assert finding.explanation.score > 80
    assert run(engine, "坐席: 请您稍等一下").findings == ()


def test_the_company_may_have_several_names():
    engine = engine_of(
        rule(f"{{expect: {OPENING}, due: {{first: 1}}}}", "required"), company=["青禾科技", "青禾"]
    )
    assert statuses(run(engine, "坐席: 您好,青禾,工号8012", meta={"agent_id": "8012"})) == ["met"]
    assert statuses(run(engine, "坐席: 您好,蓝天,工号8012", meta={"agent_id": "8012"})) == ["missed"]
    # what the call itself says goes before the house's name
    meta = {"agent_id": "8012", "company": "蓝天"}
    assert statuses(run(engine, "坐席: 您好,蓝天,工号8012", meta=meta)) == ["met"]


def test_an_event_before_any_turn():
    call = Conversation("", (CallEvent("hold", 0.0), Turn(0, Speaker.AGENT, "您好")))
    assert [r.status for r in required("{after: {event: hold}, turns: 1}").run(call).requirements] == ["met"]
    report = required("{before: {event: hold}, turns: 1}").run(call)
    assert [r.status for r in report.requirements] == ["not_applicable"]
