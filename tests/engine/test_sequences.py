"""Rules over several turns: order, count, ratio, repeat, contradiction, follow-up; what is pending."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_packs import engine_of, places, rule, run, talk, turn

from assistant.model import Conversation, Speaker, Turn

HI, BYE = '{any: ["您好"]}', '{any: ["再见"]}'


def found(kind: str, match: str, lines: str, extra: str = "") -> list[tuple[int, str | None]]:
    return places(run(engine_of(rule(match, kind, extra=extra)), lines).findings)


@pytest.mark.parametrize(
    ("lines", "breach"),
    [
        ("坐席: 再见\n坐席: 您好", [(0, "再见")]),
        ("坐席: 您好\n坐席: 再见", []),
        ("坐席: 再见", []),
        ("坐席: 您好", []),
        ("坐席: 您好,再见", []),
        ("坐席: 再见,您好", [(0, "再见")]),
        ("坐席: 再见\n坐席: 再见\n坐席: 您好\n坐席: 再见\n坐席: 您好", [(0, "再见")]),
        ("客户: 再见\n坐席: 您好", []),
        ("坐席: 我不会说再见\n坐席: 您好", []),
    ],
)
def test_order(lines, breach):
    assert found("order", f"{{first: {HI}, then: {BYE}}}", lines) == breach


def test_a_breach_of_order_says_so():
    (finding,) = run(
        engine_of(rule(f"{{first: {HI}, then: {BYE}}}", "order")), "坐席: 再见\n坐席: 您好"
    ).findings
    assert finding.how == ("order",)


@pytest.mark.parametrize(
    ("match", "lines", "places_found"),
    [
        (f"{{of: {HI}, at_most: 2}}", "坐席: 您好,您好\n坐席: 您好\n坐席: 您好", [(1, "您好")]),
        (f"{{of: {HI}, at_most: 2}}", "坐席: 您好\n客户: 您好\n坐席: 您好", []),
        (f"{{of: {HI}, at_most: 0}}", "坐席: 喂\n坐席: 您好", [(1, "您好")]),
        (f"{{of: {HI}, at_least: 2}}", "坐席: 您好\n坐席: 喂", [(1, None)]),
        (f"{{of: {HI}, at_least: 2}}", "坐席: 您好\n坐席: 您好", []),
        (f"{{of: {HI}, at_least: 1, min_turns: 3}}", "坐席: 喂\n坐席: 喂", []),
        (f"{{of: {HI}, at_least: 1, min_turns: 2}}", "坐席: 喂\n坐席: 喂\n客户: 好", [(1, None)]),
        (f"{{of: {HI}, at_least: 1}}", "客户: 喂", []),
    ],
)
def test_count(match, lines, places_found):
    assert found("count", match, lines) == places_found


@pytest.mark.parametrize(
    ("match", "polite", "turns", "places_found"),
    [
        (f"{{of: {HI}, at_least: 20}}", 2, 10, []),
        (f"{{of: {HI}, at_least: 21}}", 2, 10, [(9, None)]),
        (f"{{of: {HI}, at_most: 20}}", 2, 10, []),
        (f"{{of: {HI}, at_most: 19}}", 2, 10, [(1, "您好")]),
        (f"{{of: {HI}, at_least: 21}}", 0, 9, []),
        (f"{{of: {HI}, at_least: 21, min_turns: 9}}", 0, 9, [(8, None)]),
        (f"{{of: {HI}, at_most: 19}}", 0, 10, []),
    ],
)
def test_ratio(match, polite, turns, places_found):
    lines = "\n".join(["坐席: 您好"] * polite + ["坐席: 那个"] * (turns - polite))
    assert found("ratio", match, lines) == places_found


SENTENCE = "请您提供一下订单号码"


@pytest.mark.parametrize(
    ("match", "lines", "turns"),
    [
        ("{}", f"坐席: {SENTENCE}\n客户: 嗯\n坐席: {SENTENCE}", [2]),
        ("{}", f"坐席: {SENTENCE}\n坐席: {SENTENCE}吧", [1]),
        ("{}", f"坐席: {SENTENCE}\n坐席: 请您告诉我什么时候买的", []),
        ("{}", f"坐席: {SENTENCE}\n客户: {SENTENCE}", []),
        ("{}", "坐席: 您好\n坐席: 您好", []),
        ("{min_chars: 2}", "坐席: 您好\n坐席: 您好", [1]),
        ("{times: 3}", f"坐席: {SENTENCE}\n坐席: {SENTENCE}\n坐席: {SENTENCE}\n坐席: {SENTENCE}", [2]),
        ("{within: 1}", f"坐席: {SENTENCE}\n坐席: 好的\n坐席: {SENTENCE}", []),
        ("{within: 2}", f"坐席: {SENTENCE}\n坐席: 好的\n坐席: {SENTENCE}", [2]),
        (f"{{only: {HI}}}", f"坐席: {SENTENCE}\n坐席: {SENTENCE}", []),
        (f"{{only: {HI}}}", f"坐席: 您好{SENTENCE}\n坐席: 您好{SENTENCE}", [1]),
        ("{similarity: 50}", "坐席: 请您提供一下订单号码\n坐席: 请您提供一下手机号码", [1]),
    ],
)
def test_repeat(match, lines, turns):
    report = run(engine_of(rule(match, "repeat")), lines, masked=False)
    assert [finding.turn for finding in report.findings] == turns
    assert all(finding.text == report.turns[finding.turn].text for finding in report.findings)


CLAIM = '{claim: {any: ["可以退"]}, taken_back: {any: ["不能退", "退不了"]}}'


@pytest.mark.parametrize(
    ("lines", "breach"),
    [
        ("坐席: 可以退\n客户: 好\n坐席: 不能退", [(2, "不能退")]),
        ("坐席: 不能退\n坐席: 可以退", []),
        ("坐席: 可以退的,哦退不了", [(0, "退不了")]),
        ("坐席: 退不了,哦可以退", []),
        ("坐席: 可以退\n坐席: 不能退\n坐席: 退不了", [(1, "不能退")]),
        ("客户: 可以退\n坐席: 不能退", []),
    ],
)
def test_contradiction(lines, breach):
    report = run(engine_of(rule(CLAIM, "contradiction")), lines)
    assert places(report.findings) == breach
    for finding in report.findings:
        assert finding.how[-1] == "contradiction"
        pieces = [report.turns[span.turn].text[span.start : span.end] for span in finding.spans]
        assert pieces == [breach[0][1], "可以退"]


@pytest.mark.parametrize(
    ("options", "lines", "breach"),
    [
        ("within: 1", "坐席: 抱歉\n坐席: 那个\n坐席: 我帮您查", [(0, "抱歉")]),
        ("within: 2", "坐席: 抱歉\n坐席: 那个\n坐席: 我帮您查", []),
        ("within: 1", "坐席: 抱歉\n客户: 快点\n坐席: 我帮您查", []),
        ("within: 0", "坐席: 抱歉\n坐席: 我帮您查", [(0, "抱歉")]),
        ("within: 0", "坐席: 抱歉,我帮您查", []),
        ("within: 0", "坐席: 我帮您查,抱歉", []),
        ("within: 2", "坐席: 抱歉", [(0, "抱歉")]),
        ("within: 1, at_least: 2", "坐席: 抱歉\n坐席: 那个\n坐席: 那个", []),
        ("within: 1, at_least: 2", "坐席: 抱歉\n坐席: 抱歉\n坐席: 那个", [(1, "抱歉")]),
        ("within: 1, at_least: 2", "坐席: 抱歉\n坐席: 我帮您查\n坐席: 抱歉\n坐席: 嗯", []),
        ("direction: before", "坐席: 抱歉\n坐席: 我帮您查", [(0, "抱歉")]),
        ("direction: before", "坐席: 我帮您查\n坐席: 抱歉", []),
        ("direction: before", "客户: 您说我帮您查\n坐席: 抱歉", []),
        ("direction: before", "坐席: 我帮您查,抱歉", []),
        ("direction: before", "坐席: 抱歉,我帮您查", [(0, "抱歉")]),
    ],
)
def test_follow_up(options, lines, breach):
    match = f'{{trigger: {{any: ["抱歉"]}}, expect: {{any: ["我帮您查"]}}, {options}}}'
    assert found("follow_up", match, lines) == breach


def test_what_waits_for_later_turns_is_pending():
    match = '{trigger: {any: ["抱歉"]}, expect: {any: ["我帮您查"]}, within: 1}'
    engine = engine_of(rule(match, "follow_up"))
    (finding,) = engine.check(turn("抱歉"))
    assert finding.pending
    assert engine.check(turn("抱歉,我帮您查")) == ()
    assert not run(engine, "坐席: 抱歉").findings[0].pending


def test_a_stated_moment_decides_a_follow_up():
    match = '{trigger: {any: ["抱歉"]}, expect: {any: ["我帮您查"]}, within: 1}'
    engine = engine_of(rule(match, "follow_up"))
    state = engine.start()
    counts = []
    for item in talk("坐席: 抱歉\n客户: 嗯\n坐席: 那个\n坐席: 我帮您查").items:
        state, events = engine.feed(state, item)
        counts.append(len(events))
    assert counts == [0, 0, 1, 0]
    assert len(engine.finish(state).findings) == 1


RUNG = "@0.0 ring\n@12.0 answer"
SPEECH = "这个问题我们会在三个工作日之内给您一个答复请您放心"


@pytest.mark.parametrize(
    ("match", "lines", "turns"),
    [
        ("{metric: speech_rate, at_most: 300}", f"坐席 0.0-4.0: {SPEECH}", [0]),
        ("{metric: speech_rate, at_most: 300}", f"坐席 0.0-6.0: {SPEECH}", []),
        ("{metric: speech_rate, at_least: 120}", f"坐席 0.0-20.0: {SPEECH}", [0]),
        ("{metric: speech_rate, at_most: 300}", "坐席 0.0-0.1: 好的好的", []),
        ("{metric: speech_rate, at_most: 300, min_chars: 2}", "坐席 0.0-0.1: 好的好的", [0]),
        ("{metric: silence, at_most: 5}", "客户 0.0-1.0: 喂\n坐席 7.0-8.0: 您好", [1]),
        ("{metric: silence, at_most: 5}", "坐席 0.0-1.0: 喂\n坐席 7.0-8.0: 您好", [1]),
        ("{metric: silence, at_most: 6}", "客户 0.0-1.0: 喂\n坐席 7.0-8.0: 您好", []),
        ("{metric: overlap, at_most: 1}", "客户 0.0-5.0: 我跟你说\n坐席 2.0-6.0: 您好", [1]),
        ("{metric: overlap, at_most: 1}", "客户 0.0-5.0: 我跟你说\n坐席 4.5-6.0: 您好", []),
        ("{metric: overlap, at_most: 1}", "坐席 0.0-5.0: 我跟你说\n坐席 2.0-6.0: 您好", []),
        ("{metric: response, at_most: 3}", "客户 0.0-5.0: 在吗\n坐席 9.0-10.0: 在的", [1]),
        ("{metric: response, at_most: 3}", "坐席 0.0-5.0: 在吗\n坐席 9.0-10.0: 在的", []),
        ("{metric: response, at_most: 3}", "坐席 0.0-5.0: 在吗\n客户 9.0-10.0: 在的", []),
        ("{metric: ring, at_most: 10}", f"{RUNG}\n坐席 12.0-13.0: 您好\n坐席 14.0-15.0: 嗯", [0]),
        ("{metric: ring, at_most: 10}", "@0.0 ring\n@9.0 answer\n坐席 12.0-13.0: 您好", []),
        ("{metric: ring, at_most: 10}", "坐席 12.0-13.0: 您好", []),
        ("{metric: silence, at_most: 5}", "客户: 喂\n坐席: 您好", []),
        ("{metric: speech_rate, at_most: 1}", f"坐席: {SPEECH}", []),
    ],
)
def test_timing(match, lines, turns):
    report = run(engine_of(rule(match, "timing")), lines)
    assert [finding.turn for finding in report.findings] == turns
    assert all(finding.how == ("timing",) for finding in report.findings)


def test_a_ring_without_times_of_turns():
    lines = f"{RUNG}\n坐席: 您好\n坐席: 嗯"
    assert found("timing", "{metric: ring, at_most: 10}", lines) == [(0, "您好")]


@pytest.mark.parametrize("role", ["customer", "bot", "system"])
@pytest.mark.parametrize(
    ("kind", "match"),
    [
        ("order", f"{{first: {HI}, then: {BYE}}}"),
        ("count", f"{{of: {HI}, at_most: 0}}"),
        ("count", '{of: {not: {any: ["没有"]}}, at_most: 0}'),
        ("repeat", "{min_chars: 2}"),
        ("contradiction", f"{{claim: {BYE}, taken_back: {HI}}}"),
        ("follow_up", f'{{trigger: {BYE}, expect: {{any: ["没有"]}}}}'),
        ("follow_up", f'{{trigger: {HI}, expect: {{any: ["没有"]}}, direction: before}}'),
        ("timing", "{metric: speech_rate, at_most: 1, min_chars: 1}"),
    ],
)
def test_words_of_others_dont_count(kind, match, role):
    said = [
        Turn(index, Speaker(role), text, start_s=index * 2.0, end_s=index * 2.0 + 1)
        for index, text in enumerate(["再见", "您好", "再见", "您好"])
    ]
    own = [replace(one, role=Speaker.AGENT) for one in said]
    engine = engine_of(rule(match, kind))
    assert engine.run(Conversation("", tuple(said))).findings == ()
    assert engine.run(Conversation("", tuple(own))).findings != ()
