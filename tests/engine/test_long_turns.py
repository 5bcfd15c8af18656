"""One turn that says the same thing thousands of times: told, not listed, at a cost that grows with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from small_packs import engine_of, rule

from assistant.engine.findings import MOST_MATCHES
from assistant.model import Conversation, Speaker, Turn
from assistant.score import score
from assistant.score.loader import load_shipped

if TYPE_CHECKING:
    from assistant.model import Report

RULES = (
    rule('{any: ["不归我管"], except: ["不归我管也会"]}'),
    rule('{any: ["归我"]}', id="sample.other.rule"),
    rule('{a: ["保证"], b: ["收益"], within: 4}', "near", id="sample.near.rule"),
    rule('{of: {any: ["请稍等"]}, at_most: 3}', "count", id="sample.count.rule"),
    rule('{trigger: {any: ["办不了"]}, expect: {any: ["因为"]}}', "follow_up", id="sample.up.rule"),
)
PIECES = [
    "不归我管", "不归我管。", "不归我管也会不归我管,", "不 归 我 管", "我说“不归我管”", "保证收益",
    "请稍等,办不了,",
]  # fmt: skip


def fold(piece: str, times: int) -> Report:
    card = load_shipped()
    engine = engine_of(*RULES, scorer=lambda found, due, turns, **_: score(card, found, due, turns=turns))
    turns = (Turn(0, Speaker.CUSTOMER, "我要退货"), Turn(1, Speaker.AGENT, piece * times))
    return engine.run(Conversation("long", turns))


def calls(piece: str, times: int) -> int:
    """Return how many functions are called to fold it, built-in ones among them."""
    count = 0

    def called(_frame: object, event: str, _what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        fold(piece, times)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", PIECES)
def test_four_times_the_text_takes_at_most_six_times_the_steps(piece: str) -> None:
    fold(piece, 2)
    assert calls(piece, 4_000) < 6 * calls(piece, 1_000)


def test_fifty_thousand_times_are_told_not_listed() -> None:
    report = fold("不归我管", 50_000)
    assert len(report.findings) == 2 * MOST_MATCHES
    assert "共有50000处，只列出前200处" in report.findings[0].explanation.because
    assert report.score is not None


def test_up_to_the_limit_each_is_listed() -> None:
    report = fold("不归我管。", MOST_MATCHES)
    assert len({finding.start for finding in report.findings}) == 2 * MOST_MATCHES
    assert not any("只列出" in finding.explanation.because for finding in report.findings)
