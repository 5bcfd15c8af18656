"""The curve of a call, early warning, and whether it is a complaint."""

from __future__ import annotations

import pytest
from small_packs import engine_of, rule, talk

from assistant.bootstrap import load_customer, load_taxonomy
from assistant.errors import ConfigurationError
from assistant.model import Alert, Emotion, Intent, Speaker, Turn
from assistant.nlp.complaint import read_complaint
from assistant.nlp.curve import Curve, summary
from assistant.nlp.taxonomy import parse_taxonomy
from assistant.settings import Settings

LABELS = {"calm": 0.1, "anxious": 0.45, "dissatisfied": 0.55, "angry": 0.8, "satisfied": 0.5}


def call(*labels: str, intent: str = "inquiry") -> tuple[Curve, dict[int, Emotion], list[Turn], list[int]]:
    """Feed customers' turns with these emotions, an agent's turn before each; return also the warnings."""
    curve, emotions, turns, warned = Curve(), {}, [], []
    for label in labels:
        turns.append(Turn(len(turns), Speaker.AGENT, "您好"))
        place = len(turns)
        turns.append(Turn(place, Speaker.CUSTOMER, "……"))
        emotions[place] = Emotion(label, LABELS[label], 0.9)
        if curve.feed(place, emotions[place], (Intent(intent, 0.9),)) is not None:
            warned.append(place)
    return curve, emotions, turns, warned


def test_start_peak_end_and_turn():
    curve, emotions, turns, _ = call("calm", "angry", "dissatisfied", "calm", "satisfied")
    told = summary(curve, emotions, turns)
    assert told is not None
    assert (told["start"], told["end"]) == ("calm", "satisfied")
    assert told["peak"] == {"turn": 3, "label": "angry", "intensity": 0.8}
    assert told["turning_point"] == {"turn": 7, "after_agent_turn": 6}
    assert [point["turn"] for point in told["curve"]] == [1, 3, 5, 7, 9]


@pytest.mark.parametrize("labels", [("calm", "calm"), ("calm", "angry"), ("calm", "satisfied")])
def test_a_call_that_never_calms_down_has_no_turning_point(labels):
    curve, emotions, turns, _ = call(*labels)
    assert "turning_point" not in (summary(curve, emotions, turns) or {})


def test_without_a_customer_there_is_no_curve():
    assert summary(Curve(), {}, []) is None


@pytest.mark.parametrize(
    ("labels", "intent", "warned"),
    [
        (("calm", "anxious", "dissatisfied"), "inquiry", [3]),
        (("calm", "dissatisfied", "angry"), "complaint", []),
        (("calm", "calm", "satisfied"), "inquiry", []),
        (("dissatisfied", "dissatisfied"), "inquiry", [1]),
    ],
)
def test_a_rising_tone_before_any_complaint_warns_once(labels, intent, warned):
    assert call(*labels, intent=intent)[3] == warned


@pytest.fixture(scope="module")
def taxonomy():
    return load_taxonomy(Settings())


@pytest.fixture(scope="module")
def report(taxonomy):
    """Return a function that folds a call of the shipped understanding."""
    engine = engine_of(rule('{any: ["不归我管"]}'), classifier=load_customer(), taxonomy=taxonomy)

    def run(lines: str):
        return engine.run(talk(lines))

    return run


def test_a_complaint(report):
    told = report("""
        坐席:您好,请问有什么可以帮您?
        客户:我买的冰箱用了三天就不制冷了,打了好几次电话都没人管,你们太不负责了!
        坐席:非常抱歉给您添麻烦了
        客户:我要求退款,不然我就打12315投诉
    """).complaint
    assert told["is_complaint"]
    assert told["severity"] == "important"
    assert "refund" in told["demands"]
    assert {signal["turn"] for signal in told["signals"]} == {1, 3}
    assert any("12315" in reason for reason in told["reasons"])
    assert not told["danger"]


@pytest.mark.parametrize(
    "lines",
    [
        "坐席:您好\n客户:请问我的宽带什么时候到期\n坐席:下个月五号\n客户:好的谢谢",
        "坐席:您好\n客户:不是投诉 就问问怎么换套餐\n坐席:我帮您办\n客户:好",
        "坐席:您好\n客户:请问你们的投诉电话是多少\n坐席:您记一下\n客户:好的",
    ],
)
def test_no_complaint(report, lines):
    told = report(lines).complaint
    assert not told["is_complaint"]
    assert told["kinds"] == []
    assert told["severity"] == "minor"


def test_danger_is_grave_in_the_calmest_words(report):
    told = report("坐席:您好\n客户:你好 我家热水器有点漏电 能来看看吗\n坐席:马上安排").complaint
    assert told["danger"]
    assert told["severity"] == "grave"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("厨房冒烟了！保险是不是也要跳？", "冒烟"),
        ("如果再没人来我就投诉。插座冒火花了", "冒火花"),
        ("万一漏电怎么办", None),
        ("保险里住院怎么报", None),
        ("我都快气炸了", None),
        ("空气炸锅着火了", "着火"),
        ("煤气炸了", "煤气炸"),
        ("电瓶车在楼道里冒黑烟", "冒黑烟"),
        ("烧起来了烧起来了", "烧起来"),
        ("一碰水龙头手就发麻", "手就发麻"),
        ("燃气灶打不着火，换了电池也不行", None),
        ("后院起火了，老婆跟我吵", None),
        ("咨询一下保险理赔。去年骨折住院了能赔吗？", None),
    ],
)
def test_what_one_sentence_supposes_another_may_tell(taxonomy, said, found):
    assert taxonomy.danger.find(said) == found


def test_the_report_carries_curve_and_alert(taxonomy):
    engine = engine_of(rule('{any: ["不归我管"]}'), classifier=load_customer(), taxonomy=taxonomy)
    state = engine.start()
    alerts = []
    for turn in talk("坐席:您好\n客户:你好\n坐席:请讲\n客户:我很着急,能不能快一点啊\n坐席:稍等").turns:
        state, events = engine.feed(state, turn)
        alerts += [event.data for event in events if isinstance(event.data, Alert)]
    told = engine.finish(state).emotion
    assert told is not None
    assert told["start"] == "calm"
    assert [alert.turn for alert in alerts] == [3]


def test_kinds_need_evidence(taxonomy):
    said = [Turn(0, Speaker.CUSTOMER, "好的")]
    emotions, intents = {0: Emotion("calm", 0.1, 1)}, {0: (Intent("accept", 1),)}
    told = read_complaint(said, emotions, intents, lambda _: (), taxonomy)
    assert told["confidence"] == 1
    assert not told["signals"]


@pytest.mark.parametrize("text", ["[]", "version: 1", "version: [", "version: 1\nkinds: [{}]"])
def test_what_is_no_taxonomy_is_told(text):
    with pytest.raises(ConfigurationError, match="not a taxonomy"):
        parse_taxonomy(text, "taxonomy.yml")


def test_the_model_and_the_taxonomy_know_the_same_kinds(taxonomy):
    assert {kind.learnt for kind in taxonomy.kinds} == set(load_customer().model.heads["kind"].labels)


@pytest.mark.parametrize("harmless", ["会不会漏电啊", "买个防止触电的插座", "保险能赔受伤吗"])
def test_asking_about_danger_is_none(taxonomy, harmless):
    assert taxonomy.danger.find(harmless) is None
