from __future__ import annotations

from textwrap import dedent

import pytest
from score_samples import finding

from assistant.errors import ConfigurationError, ExitCode, ScorecardError
from assistant.score import score
from assistant.score.loader import load_scorecard, load_shipped, parse_scorecard, shipped_names

GOOD = dedent(
    """\
    scorecard: mine
    version: "1"
    title: 我的评分表
    grades:
      - {name: 合格, at_least: 60}
      - {name: 不合格, at_least: 0}
    sections:
      - name: 忌语
        items:
          - id: shirk
            title: 推诿
            kind: penalty
            points: 10
            findings: {source: [B-3]}
    """
)


def problems(text: str) -> list[tuple[int, int, str]]:
    with pytest.raises(ScorecardError) as caught:
        parse_scorecard(text, "mine.yml")
    assert caught.value.exit_code is ExitCode.INVALID_RULES
    assert str(caught.value).startswith("mine.yml:")
    return [(one.line, one.column, one.code) for one in caught.value.problems]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("points: 10", "point: 10", [(10, 9, "missing-key"), (13, 9, "unknown-key")]),
        ("points: 10", "points: -1", [(13, 9, "wrong-value")]),
        ("points: 10", "points: 10\n        cap: 11", [(14, 9, "wrong-value")]),
        ("kind: penalty", "kind: penalties", [(10, 9, "unknown-kind")]),
        ("source: [B-3]", "colour: [B-3]", [(14, 20, "unknown-key")]),
        ("{source: [B-3]}", "{}", [(14, 9, "wrong-value")]),
        ("at_least: 0}", "at_least: 5}", [(4, 1, "wrong-value")]),
        ("title: 推诿", "title: 推诿\n        title: 推", [(12, 9, "duplicate-key")]),
        ("points: 10", "points: [", [(13, 17, "yaml")]),
    ],
)
def test_problems_say_line_and_column(old, new, expected):
    assert problems(GOOD.replace(old, new)) == expected


def test_all_problems_come_at_once():
    assert len(problems(GOOD.replace("title: 推诿", "titel: 推诿").replace("points: 10", "points: x"))) == 3


def test_ids_are_unique():
    twice = GOOD + GOOD[GOOD.index("      - id: shirk") :]
    with pytest.raises(ScorecardError, match="shirk"):
        parse_scorecard(twice)


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(ConfigurationError) as caught:
        load_scorecard(tmp_path / "none.yml")
    assert "none.yml" in str(caught.value)


def test_a_file_with_byte_order_mark_loads(tmp_path):
    file = tmp_path / "mine.yml"
    file.write_text(GOOD, encoding="utf-8-sig")
    assert load_scorecard(file).id == "mine"


def test_unknown_shipped_card_names_the_others():
    with pytest.raises(ConfigurationError, match="standard"):
        load_shipped("nothing")


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_cards_load_under_their_name(name):
    card = load_shipped(name)
    assert card.id == name
    assert card.grades[-1].name == "不合格"
    if all(section.weight for section in card.sections):
        assert sum(section.weight for section in card.sections) == 100


@pytest.mark.parametrize("name", shipped_names())
class TestShipped:
    def fill(self, name, *findings):
        return score(load_shipped(name), findings, (), turns=())

    @pytest.mark.parametrize("source", ["B-17", "B-18", "B-20", "HOUSE:退款口径"])
    def test_a_guess_alone_voids_nothing(self, name, source):
        guess = finding("any.family.reads-like", source, "fatal", how="similar", confidence=0.99)
        filled = self.fill(name, guess)
        assert (filled.fatal, filled.reached, filled.unscored) == ((), None, ())
        if source.startswith("B-"):
            assert filled.total == 100
        assert self.fill(name, finding("any.family.sure", source, "fatal")).total == 0

    def test_a_house_rule_costs_points(self, name):
        totals = [
            self.fill(name, finding("house.refund.when", "HOUSE:退款口径", severity)).total
            for severity in ("hint", "minor", "major")
        ]
        assert totals[0] == 100
        assert totals == sorted(totals, reverse=True)
        assert len(set(totals)) == 3
