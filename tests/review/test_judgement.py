"""Verdicts on a real report: what they do to the score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.bootstrap import scorer
from assistant.engine.fold import Engine
from assistant.errors import UsageError
from assistant.ingest import read_text
from assistant.report.wire import report_object, score_object
from assistant.review.explain import full_width, losses
from assistant.review.facts import facts_of
from assistant.review.judgement import Verdict, added_finding, check_verdict, rescore
from assistant.score import unscorable_reason
from assistant.score.loader import parse_scorecard

if TYPE_CHECKING:
    from assistant.model import Report

CARD = """\
scorecard: house
version: "1"
title: 小评分表
grades: [{name: 合格, at_least: 60}, {name: 不合格, at_least: 0}]
sections:
  - name: 规范
    items:
      - {id: opening, title: 开场, kind: required, points: 20, requires: {rule: ["*opening*"]}}
      - {id: shirking, title: 不推诿, kind: penalty, points: 40, findings: {source: [B-3]}}
      - {id: manner, title: 语气亲切, kind: manual, points: 10}
      - id: chat-only
        title: 网聊用语
        kind: penalty
        points: 10
        findings: {source: [B-2]}
        when: {channels: [chat]}
      - {id: veto, title: 泄密(人工判定), kind: fatal}
      - {id: rest, title: 其他, kind: penalty, points: 20, findings: {rest: true}}
"""
CALL = """\
坐席: 什么事
客户: 我的快递三天了还没到,你们怎么回事!
坐席: 这个不归我管,您找别人
客户: 我要投诉你们!
坐席: 好吧,再见
"""
RULE = {"id": "house.cold", "title": "冷淡", "source": ["HOUSE:1"], "family": "manner", "severity": "minor"}


@pytest.fixture(scope="module")
def card() -> object:
    return parse_scorecard(CARD)


@pytest.fixture(scope="module")
def report(shipped_engine: Engine, card: object) -> Report:
    engine = shipped_engine.scored_by(scorer(card))  # type: ignore[arg-type]
    engine._unscorable = unscorable_reason
    return engine.run(read_text(CALL))


def places_of(report: Report, source: str) -> list[str]:
    return [str(n) for n, one in enumerate(report.findings) if source in one.source]


def item(score: object, name: str) -> dict[str, object]:
    told = score_object(score)  # type: ignore[arg-type]
    return next(one for section in told["sections"] for one in section["items"] if one["rule"] == name)


def test_no_verdicts_change_nothing(report: Report, card: object) -> None:
    assert rescore(report, card, []) == report.score  # type: ignore[arg-type]


def test_an_overturned_finding_gives_its_points_back(report: Report, card: object) -> None:
    given = [Verdict("finding", place, "overturn", "客户说的") for place in places_of(report, "B-3")]
    assert given
    after = rescore(report, card, given)  # type: ignore[arg-type]
    assert report.score is not None
    assert after.total > report.score.total
    assert item(after, "shirking")["points"] == item(after, "shirking")["max"]


def test_an_overturned_absence_means_it_was_said(report: Report, card: object) -> None:
    absence = next(
        n for n, one in enumerate(report.findings) if "absence" in one.how and "opening" in one.rule
    )
    assert item(report.score, "opening")["status"] == "missed"
    after = rescore(report, card, [Verdict("finding", str(absence), "overturn", "说过")])  # type: ignore[arg-type]
    assert item(after, "opening")["status"] in ("met", "partly")


def test_items_are_decided_by_people(report: Report, card: object) -> None:
    decided = [
        Verdict("item", "opening", "not_applicable", "转接来电"),
        Verdict("item", "manner", "points", points=5),
    ]
    after = rescore(report, card, decided)  # type: ignore[arg-type]
    assert item(after, "opening")["max"] == 0
    assert item(after, "manner")["points"] == pytest.approx(item(after, "manner")["max"] / 2, abs=0.06)  # type: ignore[operator]
    void = rescore(report, card, [Verdict("item", "veto", "missed", "透露了客户地址")])  # type: ignore[arg-type]
    assert (void.total, void.grade, void.fatal) == (0, "不合格", ("veto",))


def test_items_for_other_calls_take_no_finding(report: Report, card: object) -> None:
    assert item(report.score, "chat-only")["status"] == "not_applicable"


def test_words_that_are_selected_become_a_finding(report: Report, card: object) -> None:
    added = added_finding(report, RULE, 4, 0, 2)
    after = rescore(report, card, [], [added])  # type: ignore[arg-type]
    assert added.text == "好吧"
    assert report.score is not None
    assert after.total < report.score.total


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict("finding", "999", "overturn", "x"),
        Verdict("finding", "0", "overturn"),
        Verdict("finding", "0", "met", "x"),
        Verdict("item", "nothing", "confirm"),
        Verdict("item", "rest", "met", "x"),
        Verdict("item", "manner", "points"),
        Verdict("added", "1", "add", "x", finding={"turn": 0, "start": 2, "end": 99}),
    ],
)
def test_what_cannot_be_said_is_refused(report: Report, card: object, verdict: Verdict) -> None:
    with pytest.raises(UsageError):
        check_verdict(report, card, verdict)  # type: ignore[arg-type]


def test_every_lost_point_is_explained(report: Report, card: object) -> None:
    told = report_object(report)
    found = losses(told["score"], told["findings"])
    assert sum(each.lost for each in found) == pytest.approx(told["score"]["max"] - told["score"]["total"])
    shirking = next(each for each in found if each.item == "shirking")
    assert shirking.sentence.startswith("“不推诿”满分 ")
    assert any("不归我管" in reason.words for reason in shirking.reasons)
    assert all(each.reasons for each in found)


def test_a_veto_takes_no_points_from_items_without_fault(report: Report, card: object) -> None:
    void = score_object(rescore(report, card, [Verdict("item", "veto", "missed", "透露了客户地址")]))  # type: ignore[arg-type]
    told = report_object(report)
    fatal, *others = losses(void, told["findings"])
    assert fatal.item == "veto"
    assert f"其余各项得 {void['reached']:g} 分" in fatal.sentence
    assert others == list(losses(told["score"], told["findings"]))
    assert facts_of(told, void, told["findings"]).items == facts_of(told, told["score"], []).items


def test_our_words_are_set_as_chinese_is_printed() -> None:
    assert full_width("情况(如 A:B),请稍等!3:05 结束") == "情况（如 A:B），请稍等！3:05 结束"


def test_facts_count_what_calms(report: Report) -> None:
    told = report_object(report)
    facts = facts_of(told, told["score"], told["findings"])
    assert facts.scored
    assert facts.items["shirking"][0] < facts.items["shirking"][1]
    assert sum(facts.rules.values()) == len(told["findings"])
    assert all(times >= eased for times, eased in facts.phrases.values())
    assert "您找别人" in facts.phrases
