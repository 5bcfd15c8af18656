"""Sentences cut in two: matches over the seam of adjacent turns of one speaker."""

from __future__ import annotations

import pytest
from small_packs import engine_of, normaliser, places, rule, run

from assistant.model import CallEvent, Span

SHIRKING = rule('{any: ["不归我管"], except: ["不归我管也会"]}')


def test_a_phrase_over_the_seam_is_found_at_both_pieces():
    report = run(engine_of(SHIRKING), "坐席: 您说的这个不归我 \n坐席:  管的,您打别的电话")
    (finding,) = report.findings
    assert (finding.turn, finding.start, finding.end, finding.text) == (0, 5, 8, "不归我")
    pieces = [report.turns[span.turn].text[span.start : span.end] for span in finding.spans]
    assert pieces == ["不归我", "管"]
    assert "不归我" in finding.message
    assert finding.message.rstrip("”").endswith("管")


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_every_cut_is_seen_and_emitted_with_the_second_turn(cut):
    engine = engine_of(SHIRKING)
    phrase = "不归我管"
    report = run(engine, f"坐席: 这事{phrase[:cut]}\n坐席: {phrase[cut:]}呀")
    (finding,) = report.findings
    assert finding.spans == (Span(0, 2, 2 + cut), Span(1, 0, 4 - cut))
    assert finding.explanation.normalised == phrase


@pytest.mark.parametrize(
    "lines",
    [
        "坐席: 这事不归我。\n坐席: 管的",
        "坐席: 这事不归我,\n坐席: 管的",
        "坐席: 这事不归我\n客户: 嗯\n坐席: 管的",
        "坐席: 这事不归我\n客户: 管的",
        "客户: 这事不归我\n客户: 管的",
        "坐席: 这事不归我\n坐席: 管也会帮您问",
        "坐席: 我不会说不归我\n坐席: 管的",
        "坐席: 这事不归我\n坐席: 呢。管的",
    ],
    ids=[
        "ended", "comma", "other between", "other speaker", "not the rule's speaker", "exception", "denied",
        "sentence end",
    ],
)  # fmt: skip
def test_what_is_no_cut_sentence_is_silent(lines):
    assert run(engine_of(SHIRKING), lines).findings == ()


@pytest.mark.parametrize(
    ("channel", "found"), [("hotline", 1), ("callback", 1), ("chat", 0), ("ecommerce", 0), ("email", 0)]
)
def test_only_spoken_channels_have_cut_sentences(channel, found):
    report = run(engine_of(SHIRKING), "坐席: 这事不归我\n坐席: 管的", channel=channel)
    assert len(report.findings) == found


def test_a_match_within_one_turn_is_found_once():
    engine = engine_of(rule('{any: ["不归我管(的事)?"]}'))
    report = run(engine, "坐席: 这个不归我管\n坐席: 的事我不知道\n坐席: 不归我管")
    assert places(report.findings) == [(0, "不归我管"), (2, "不归我管")]
    assert all(not finding.spans for finding in report.findings)


def test_neighbours_that_say_nothing_over_the_seam_give_what_they_give_alone():
    report = run(engine_of(SHIRKING), "坐席: 这个不归我管\n坐席: 那个也不归我管")
    assert places(report.findings) == [(0, "不归我管"), (1, "不归我管")]


@pytest.mark.parametrize(
    ("match", "kind", "lines", "text"),
    [
        ('{pattern: "保证.{0,4}收益"}', "pattern", "坐席: 我保证您\n坐席: 的收益", "保证您"),
        ('{near: {a: ["保证"], b: ["收益"], within: 4}}', "combine", "坐席: 我保证您\n坐席: 的收益", None),
        ('{a: ["保证"], b: ["收益"], within: 4}', "near", "坐席: 我保证您\n坐席: 的收益", "保证您"),
        ('{a: ["保证"], b: ["收益"], within: 4, ordered: false}', "near", "坐席: 收益\n坐席: 我保证", "收益"),
    ],
    ids=["pattern", "combine", "near", "near unordered"],
)
def test_kinds_that_look_over_a_seam(match, kind, lines, text):
    report = run(engine_of(rule(match, kind)), lines)
    assert [finding.text for finding in report.findings] == ([] if text is None else [text])


def test_disguises_are_seen_through_over_a_seam():
    engine = engine_of(SHIRKING)
    assert [f.how for f in run(engine, "坐席: 这事不歸 我\n坐席: 管的").findings] == [
        ("traditional", "separator")
    ]
    assert [f.how for f in run(engine, "坐席: 这事不归我\n坐席: 馆的").findings] == [("homophone",)]
    assert [f.text for f in run(engine, "坐席: 这事不归我\n坐席: 我管的").findings] == ["不归我"]


def test_the_same_agent_must_go_on():
    engine = engine_of(SHIRKING)
    lines = "坐席: 这事不归我\n@3.0 transfer\n坐席: 管的"
    assert len(run(engine, lines).findings) == 1
    state = engine.start()
    for item in _with_agents(lines):
        state, _ = engine.feed(state, item)
    assert engine.finish(state).findings == ()


def _with_agents(lines):
    from small_packs import talk

    for item in talk(lines).items:
        yield CallEvent("transfer", item.at_s, "8013") if isinstance(item, CallEvent) else item


def test_the_position_is_that_of_the_first_piece():
    engine = engine_of(rule('{any: ["不归我管"]}', extra="when: {position: {first: 1}}"))
    assert len(run(engine, "坐席: 这事不归我\n坐席: 管的").findings) == 1
    assert run(engine, "坐席: 您好\n坐席: 这事不归我\n坐席: 管的").findings == ()


def test_words_far_from_the_seam_need_not_be_looked_at():
    """The ends that meet decide; the wording itself may begin before them."""
    long = "这件事情我们已经跟您解释过很多遍了您怎么还是不明白呢这个事"
    report = run(engine_of(SHIRKING), f"坐席: {long}不归我\n坐席: 管的{long}")
    (finding,) = report.findings
    assert finding.start == len(long)
    assert normaliser().words(finding.text or "") == "不归我"
