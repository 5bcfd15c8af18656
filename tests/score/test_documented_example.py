"""The worked example of docs/scorecard.md, computed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from score_samples import finding, requirement

from assistant.score import score
from assistant.score.loader import parse_scorecard

PAGE = (Path(__file__).parents[2] / "docs" / "scorecard.md").read_text(encoding="utf-8")
CARD = re.search(r"```yaml\n(scorecard: .*?)```", PAGE, re.DOTALL)
ROW = re.compile(r"^\| ([a-z-]+) \| [^|]* \| ([\d.]+) of ([\d.]+) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def filled():
    assert CARD is not None
    findings = (
        finding("hotline.closing.farewell", "G-13", "minor", turn=9, at=None),
        finding("banned.shirking.not-mine", "B-3", "major", turn=3, at=(2, 6)),
        finding("banned.brush-off.inside", "B-15", "minor", turn=3, at=(4, 6)),
        finding("banned.brush-off.later", "B-15", "minor", turn=5),
    )
    requirements = (
        requirement("met", "G-1", level="functional"),
        requirement("missed", "G-13", rule="hotline.closing.farewell"),
        requirement("not_applicable", "G-16", rule="hotline.hold.ask"),
    )
    return score(parse_scorecard(CARD[1]), findings, requirements, turns=())


def test_rows_of_the_table(filled):
    items = {item.rule: (item.points, item.max) for section in filled.sections for item in section.items}
    rows = {name: (float(points), float(most)) for name, points, most in ROW.findall(PAGE)}
    assert len(rows) == 4
    assert {name: items[name] for name in rows} == rows


def test_total_of_the_table(filled):
    assert f"**{filled.total:g} of {filled.max:g}** {filled.grade}" in PAGE


def test_every_key_of_a_card_is_documented():
    from assistant.score import schema

    forms = (schema.PenaltyItem, schema.RequiredItem, schema.ManualItem, schema.FatalItem, schema.BonusItem)
    forms += (schema.ScorecardFile, schema.SectionForm, schema.BonusForm, schema.Findings)
    keys = {key for form in forms for key in form.model_fields}
    assert sorted(key for key in keys if not re.search(rf"\b{key}\b", PAGE)) == []
