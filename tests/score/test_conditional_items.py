"""Items for some calls only, and what a reviewer decides of items."""

from __future__ import annotations

import pytest

from assistant.errors import ScorecardError, UsageError
from assistant.model import Requirement, Speaker, Turn
from assistant.score import score
from assistant.score.loader import parse_scorecard

CARD = """\
scorecard: house
version: "1"
title: 有条件的评分表
grades: [{name: 合格, at_least: 60}, {name: 不合格, at_least: 0}]
sections:
  - name: 规范
    items:
      - {id: opening, title: 开场, kind: required, points: 40, requires: {source: [G-1]}}
      - {id: hold, title: 等待, kind: required, points: 40, requires: {source: [G-16]}}
      - {id: back, title: 返回致歉, kind: penalty, points: 20, findings: {rest: true}, when: {item: hold}}
      - id: consent
        title: 外呼征得同意
        kind: required
        points: 20
        requires: {source: [G-1]}
        when: {channels: [callback], business_lines: [续保], meta: {direction: [out]}}
      - {id: leak, title: 泄密, kind: fatal, voids: section}
"""
TURNS = (Turn(0, Speaker.AGENT, "您好"), Turn(1, Speaker.CUSTOMER, "你好"))
OPENING = Requirement("r.opening", ("G-1",), "met", "verbatim", 0)
HOLD = Requirement("r.hold", ("G-16",), "missed", None, 0)


def maxima(requirements: list[Requirement], **more: object) -> dict[str, float]:
    filled = score(parse_scorecard(CARD), [], requirements, turns=TURNS, **more)  # type: ignore[arg-type]
    return {item.rule: item.max for section in filled.sections for item in section.items if item.max}


def test_an_item_waits_for_the_one_before_it() -> None:
    assert maxima([OPENING]) == {"opening": 100}
    assert maxima([OPENING, HOLD]) == {"opening": 40, "hold": 40, "back": 20}


@pytest.mark.parametrize(
    ("channel", "meta", "counts"),
    [
        ("callback", {"business_line": "续保", "direction": "out"}, True),
        ("Callback ", {"business_line": " 续保", "direction": "OUT"}, True),
        ("hotline", {"business_line": "续保", "direction": "out"}, False),
        ("callback", {"business_line": "续保", "direction": "in"}, False),
        ("callback", {"business_line": "续保"}, False),
    ],
)
def test_an_item_is_for_calls_that_fit_in_all_it_names(
    channel: str, meta: dict[str, str], counts: bool
) -> None:
    text = CARD.replace("requires: {source: [G-1]}}", "requires: {source: [G-2]}}", 1)
    filled = score(parse_scorecard(text), [], [OPENING], turns=TURNS, channel=channel, meta=meta)
    assert any(item.rule == "consent" and item.max for item in filled.sections[0].items) is counts


def test_people_decide_items() -> None:
    assert maxima([OPENING, HOLD], judged={"hold": "not_applicable"}) == {"opening": 100}
    card = parse_scorecard(CARD)
    missed = score(card, [], [OPENING], turns=TURNS, judged={"opening": "missed"})
    assert (missed.total, missed.sections[0].items[0].status) == (0, "missed")
    void = score(card, [], [OPENING], turns=TURNS, judged={"leak": "missed"})
    assert (void.total, void.reached, void.fatal) == (0, 100, ("leak",))
    with pytest.raises(UsageError):
        score(card, [], [], turns=TURNS, judged={"leak": "met"})
    with pytest.raises(UsageError):
        score(card, [], [], turns=TURNS, judged={"nothing": "met"})


@pytest.mark.parametrize("wrong", ["{item: back}", "{}", "{channel: [x]}", "{meta: {}}"])
def test_conditions_that_say_nothing_or_name_what_comes_later_are_refused(wrong: str) -> None:
    text = CARD.replace("requires: {source: [G-16]}}", f"requires: {{source: [G-16]}}, when: {wrong}}}")
    with pytest.raises(ScorecardError):
        parse_scorecard(text)
