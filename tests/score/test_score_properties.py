"""What holds for every scorecard, whatever the findings."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from score_samples import finding, requirement, turn

from assistant.score import score
from assistant.score.loader import parse_scorecard

if TYPE_CHECKING:
    from random import Random

    from assistant.model import Finding, Requirement, Scorecard

GRADES = "grades: [{name: 好, at_least: 80}, {name: 差, at_least: 0}]"
SECTIONS = """
sections:
  - name: 甲
    items:
      - {id: a, title: 甲一, kind: required, points: 7, requires: {source: [G-1]}, functional: 0.7}
      - {id: b, title: 甲二, kind: required, points: 3, requires: {source: [G-2]}, policy: all}
      - {id: v, title: 否决, kind: fatal, findings: {source: [B-4], severity: [fatal]}, voids: section}
      - {id: c, title: 甲三, kind: penalty, points: 9, findings: {source: [B-1]}, cap: 6}
  - name: 乙
    items:
      - {id: d, title: 乙一, kind: penalty, points: 11, findings: {source: [B-2]}}
      - {id: e, title: 乙二, kind: penalty, points: 4, findings: {source: ["B-*"]},
         deduct: {hint: 0.3, major: 3}}
bonus: {cap: 4, items: [{id: f, title: 加分, points: 3, requires: {source: [G-2]}}]}
"""


def _card(extra: str = "", sections: str = SECTIONS):
    return parse_scorecard(f'scorecard: x\nversion: "1"\ntitle: 例\n{GRADES}\n{extra}\n{dedent(sections)}')


CARDS = [
    _card(),
    _card("cap: 17.5"),
    _card(sections=SECTIONS.replace("name: 甲\n", "name: 甲\n    weight: 33.3\n")),
]
CARD = st.sampled_from(CARDS)
TURNS = tuple(turn(index, "agent", "x" * 12) for index in range(4))


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    start = draw(st.integers(0, 9))
    made = finding(
        draw(st.sampled_from(["r.one.x", "r.two.x"])),
        draw(st.sampled_from(["B-1", "B-2", "B-3", "B-4"])),
        draw(st.sampled_from(["hint", "minor", "major", "fatal"])),
        turn=draw(st.integers(0, 2)),
        at=(start, draw(st.integers(start + 1, 12))),
        pending=draw(st.booleans()) and draw(st.booleans()),
    )
    return replace(made, text=str(start))


REQUIREMENT = st.builds(
    lambda status, source, level: requirement(status, source, level=level if status == "met" else None),
    st.sampled_from(["met", "missed", "pending", "not_applicable"]),
    st.sampled_from(["G-1", "G-2"]),
    st.sampled_from(["verbatim", "functional", None]),
)
FINDINGS = st.lists(findings(), max_size=9)
REQUIREMENTS = st.lists(REQUIREMENT, max_size=5)
quick = settings(max_examples=120, deadline=None)


def fill(card, found: list[Finding], required: list[Requirement]) -> Scorecard:
    return score(card, found, required, turns=TURNS)


@quick
@given(CARD, FINDINGS, REQUIREMENTS)
def test_total_lies_between_zero_and_the_maximum(card, found, required):
    filled = fill(card, found, required)
    assert 0 <= filled.total <= filled.max == 100.0
    for section in filled.sections[:-1]:
        assert all(0 <= item.points <= item.max for item in section.items)


@quick
@given(CARD, FINDINGS, REQUIREMENTS)
def test_items_add_up_to_sections_and_sections_to_the_total(card, found, required):
    filled = fill(card, found, required)
    assert round(sum(section.score for section in filled.sections), 6) == filled.total
    assert round(sum(section.max for section in filled.sections), 6) == filled.max
    for section in filled.sections:
        assert round(sum(item.points for item in section.items), 6) == section.score
        assert round(sum(item.max for item in section.items), 6) == section.max


@quick
@given(CARD, FINDINGS, findings(), REQUIREMENTS)
def test_one_more_finding_never_raises_the_score(card, found, more, required):
    assert fill(card, [*found, more], required).total <= fill(card, found, required).total


@quick
@given(CARD, FINDINGS, REQUIREMENTS, st.randoms(use_true_random=False))
def test_order_does_not_matter(card, found, required, random: Random):
    mixed, others = random.sample(found, len(found)), random.sample(required, len(required))
    before, after = fill(card, found, required), fill(card, mixed, others)
    assert (before.total, before.grade, before.fatal) == (after.total, after.grade, after.fatal)
    assert [one.score for one in before.sections] == [one.score for one in after.sections]


@quick
@given(CARD, FINDINGS, REQUIREMENTS)
def test_not_applicable_is_as_if_never_asked_and_never_below_missed(card, found, required):
    total = fill(card, found, required).total
    assert fill(card, found, [*required, requirement("not_applicable", "G-2")]).total == total
    # rounding to 0.1 is per item: five items may differ by half of 0.1 each
    assert fill(card, found, [*required, requirement("missed", "G-2")]).total <= total + 0.25
