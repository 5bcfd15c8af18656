from __future__ import annotations

import pickle
import subprocess
import sys
from textwrap import dedent

import pytest
from score_samples import dialogue, finding, requirement, turn

from assistant.errors import UsageError
from assistant.model import Scorecard, ScoreItem, Span
from assistant.score import ScorecardDefinition, score
from assistant.score.loader import parse_scorecard

CARD = """
scorecard: small
version: "1"
title: 小评分表
grades:
  - {name: 优秀, at_least: 90}
  - {name: 合格, at_least: 60}
  - {name: 不合格, at_least: 0}
sections:
  - name: 开场
    items:
      - {id: opening, title: 开场白, kind: required, points: 20, requires: {source: [G-1]}, functional: 0.9}
      - {id: closing, title: 结束语, kind: required, points: 10, requires: {source: [G-13]}, policy: any}
      - {id: calm, title: 耐心, kind: manual, points: 10, source: [G-R16]}
  - name: 忌语
    items:
      - {id: red, title: 红线, kind: fatal, findings: {source: [B-18], severity: [fatal]}}
      - {id: sale, title: 强卖, kind: fatal, findings: {source: [B-19], severity: [fatal]}, voids: section}
      - {id: shirk, title: 推诿, kind: penalty, points: 40, findings: {source: [B-3]}, cap: 12}
      - {id: other, title: 其他, kind: penalty, points: 20, findings: {source: ["B-*"]}, deduct: {major: 8}}
      - {id: pace, title: 语速, kind: penalty, points: 10, needs: times, findings: {source: [G-R4]}}
"""


@pytest.fixture(scope="module")
def card() -> ScorecardDefinition:
    return parse_scorecard(dedent(CARD))


def item(filled: Scorecard, name: str) -> ScoreItem:
    return next(one for section in filled.sections for one in section.items if one.rule == name)


BOTH_MET = (
    requirement("met", "G-1", level="verbatim"),
    requirement("met", "G-13", rule="standard.closing.goodbye", level="verbatim"),
)
TIMED = (turn(0, "agent", "您好", start=0.0), turn(1, "customer", "你好", start=2.0))


def fill(card: ScorecardDefinition, *findings, requirements=BOTH_MET, turns=TIMED, **more) -> Scorecard:
    return score(card, findings, requirements, turns=turns, **more)


def test_everything_met_and_clean_gives_100(card):
    filled = fill(card)
    assert (filled.total, filled.max, filled.grade) == (100.0, 100.0, "优秀")
    assert item(filled, "opening").max == 20.0
    assert item(filled, "calm").status == "manual"
    assert item(filled, "shirk").status == "clean"


def test_a_major_finding_costs_its_points(card):
    filled = fill(card, finding())
    assert filled.total == 95.0
    assert item(filled, "shirk").points == 35.0
    assert item(filled, "shirk").status == "partly"
    assert item(filled, "shirk").evidence == (0,)


def test_an_item_may_set_its_own_cost(card):
    assert fill(card, finding("banned.retort.again", "B-1")).total == 92.0


@pytest.mark.parametrize(("severity", "total"), [("hint", 100.0), ("minor", 98.0), ("fatal", 90.0)])
def test_cost_follows_severity(card, severity, total):
    assert fill(card, finding(severity=severity)).total == total


def test_an_item_loses_at_most_its_cap(card):
    filled = fill(card, *(finding(turn=index) for index in range(5)))
    assert item(filled, "shirk").points == 28.0
    assert "上限" in item(filled, "shirk").note


def test_functional_wording_earns_its_share(card):
    requirements = (requirement("met", "G-1", level="functional"), BOTH_MET[1])
    filled = fill(card, requirements=requirements)
    assert filled.total == 98.0
    assert (item(filled, "opening").points, item(filled, "opening").status) == (18.0, "partly")


def test_missed_requirement_earns_nothing_and_shows_its_absence(card):
    absence = finding("standard.opening.greeting", "G-1", "minor", at=None)
    filled = fill(card, absence, requirements=(requirement("missed"), BOTH_MET[1]))
    assert filled.total == 80.0
    assert item(filled, "opening").evidence == (0,)
    assert item(filled, "opening").status == "missed"


@pytest.mark.parametrize(("severity", "total"), [("hint", 90.0), ("minor", 80.0)])
def test_a_miss_that_is_a_mere_hint_may_keep_a_share(severity, total):
    card = parse_scorecard(dedent(CARD).replace("functional: 0.9", "functional: 0.9, hint: 0.5"))
    absence = finding("standard.opening.greeting", "G-1", severity, at=None)
    assert fill(card, absence, requirements=(requirement("missed"), BOTH_MET[1])).total == total


def test_absence_of_a_requirement_is_not_deducted_a_second_time(card):
    absence = finding("standard.opening.greeting", "B-27", "major", at=None)
    assert fill(card, absence, requirements=(requirement("missed"), BOTH_MET[1])).total == 80.0


def test_absence_that_no_required_item_asks_for_is_deducted(card):
    absence = finding("banned.hold.silent", "B-27", "major", at=None)
    missed = requirement("missed", "B-27", rule="banned.hold.silent")
    assert fill(card, absence).total == 92.0
    assert fill(card, absence, requirements=(*BOTH_MET, missed)).total == 92.0


class TestByPart:
    card = parse_scorecard(dedent(CARD).replace("functional: 0.9", "functional: 0.9, partly: by_part"))

    def opening(self, *missing: str, parts: int = 4) -> ScoreItem:
        missed = requirement("missed", missing=missing, parts=parts)
        return item(fill(self.card, requirements=(missed, BOTH_MET[1])), "opening")

    def test_one_of_four_parts_costs_a_quarter(self):
        opening = self.opening("工号")
        assert (opening.points, opening.max, opening.status) == (15.0, 20.0, "partly")
        assert opening.note == "说到 3/4 个要点，缺少：工号"

    def test_all_parts_missing_is_a_miss(self):
        opening = self.opening("问候", "公司", "工号", "询问")
        assert (opening.points, opening.status, opening.note) == (0.0, "missed", "未做到")

    def test_without_parts_a_miss_is_a_miss(self):
        assert self.opening(parts=0).status == "missed"

    def test_a_miss_never_earns_more_than_own_words_for_all(self):
        assert self.opening("工号", parts=20).points == 18.0

    def test_a_hint_keeps_what_is_more(self):
        card = parse_scorecard(
            dedent(CARD).replace("functional: 0.9", "hint: 0.5, partly: by_part"),
        )
        absence = finding("standard.opening.greeting", "G-1", "hint", at=None)
        for missing, points in ((("甲",), 15.0), (("甲", "乙", "丙"), 10.0)):
            missed = requirement("missed", missing=missing, parts=4)
            filled = fill(card, absence, requirements=(missed, BOTH_MET[1]))
            assert item(filled, "opening").points == points

    def test_several_occurrences_name_what_was_missing(self):
        missed = requirement("missed", missing=("工号",), parts=2)
        filled = fill(self.card, requirements=(missed, *BOTH_MET))
        assert item(filled, "opening").points == 15.0
        assert item(filled, "opening").note == "应做到 2 次，做到 1 次；说到 1/2 个要点，缺少：工号"

    def test_a_card_that_does_not_say_so_gives_nothing(self, card):
        missed = requirement("missed", missing=("工号",), parts=4)
        assert item(fill(card, requirements=(missed, BOTH_MET[1])), "opening").points == 0.0


REST = (
    dedent(CARD)
    + """
  - name: 其他
    items:
      - {id: rest-red, title: 其他致命, kind: fatal, findings: {rest: true, severity: [fatal]}}
      - {id: rest, title: 其他, kind: penalty, points: 20, findings: {rest: true}}
"""
)


class TestRest:
    card = parse_scorecard(REST)
    house = ("house.refund.when", "HOUSE:退款口径")

    def test_takes_what_no_other_item_takes(self):
        filled = fill(self.card, finding(*self.house), finding(turn=5))
        assert item(filled, "rest").evidence == (0,)
        assert item(filled, "shirk").evidence == (1,)
        assert filled.unscored == ()

    @pytest.mark.parametrize(("severity", "lost"), [("hint", 0), ("minor", 2), ("major", 5)])
    def test_costs_by_severity(self, severity, lost):
        filled = fill(self.card, finding(*self.house, severity))
        assert item(filled, "rest").note == (f"扣 {lost} 分" if lost else "")

    def test_a_fatal_one_voids(self):
        filled = fill(self.card, finding(*self.house, "fatal"))
        assert (filled.total, filled.fatal) == (0.0, ("house.refund.when",))

    def test_leaves_alone_what_a_later_item_names(self):
        assert fill(self.card, finding("x.y.z", "B-17", "fatal")).fatal == ()

    def test_takes_the_absence_of_what_no_item_asks_for(self):
        absence = finding("house.opening.notice", "HOUSE:告知", "minor", at=None)
        missed = requirement("missed", "HOUSE:告知", rule="house.opening.notice")
        filled = fill(self.card, absence, requirements=(*BOTH_MET, missed))
        assert item(filled, "rest").evidence == (0,)


def test_findings_on_no_item_are_listed(card):
    found = (finding(), finding("house.refund.when", "HOUSE:退款口径"), finding("x.y", "X-1", pending=True))
    absence = finding("standard.opening.greeting", "G-1", "minor", at=None)
    filled = fill(card, *found, absence, requirements=(requirement("missed"), BOTH_MET[1]))
    assert filled.unscored == (1,)


class TestLearned:
    learned = finding("banned.insult.reads-like", "B-18", "fatal", how="similar", confidence=0.99)

    def test_never_voids_unless_the_card_says_so(self, card):
        assert fill(card, self.learned).fatal == ()
        loose = dedent(CARD).replace("severity: [fatal]}}", "severity: [fatal], not_how: []}}")
        assert fill(parse_scorecard(loose), self.learned).fatal == ("banned.insult.reads-like",)

    def test_goes_to_a_reviewer_and_costs_nothing_until_then(self):
        review = "- {id: review, title: 复核, kind: manual, points: 8, findings: {how: [similar]}}\n      "
        card = parse_scorecard(dedent(CARD).replace("- {id: sale", f"{review}- {{id: sale"))
        filled = fill(card, self.learned)
        assert (filled.total, filled.unscored) == (100.0, ())
        assert (item(filled, "review").status, item(filled, "review").evidence) == ("manual", (0,))
        assert item(fill(card), "review").status == "not_applicable"
        judged = fill(card, self.learned, manual={"review": 0})
        assert (item(judged, "review").status, judged.fatal) == ("missed", ())


class TestVeto:
    def test_keeps_in_sight_what_there_would_be(self, card):
        filled = fill(card, finding(), finding("banned.insult.you", "B-18", "fatal", turn=3))
        assert (filled.total, filled.reached) == (0.0, 95.0)
        assert [(one.score, one.reached) for one in filled.sections] == [(0.0, 30.0), (0.0, 65.0)]
        assert (item(filled, "shirk").points, item(filled, "shirk").reached) == (0.0, 35.0)
        assert item(filled, "shirk").note == "扣 5 分"

    def test_of_a_section_too(self, card):
        filled = fill(card, finding("banned.pressure.now", "B-19", "fatal"), finding(turn=5))
        assert [(one.score, one.reached) for one in filled.sections] == [(30.0, None), (0.0, 65.0)]
        assert (filled.total, filled.reached) == (30.0, 95.0)

    def test_without_one_nothing_is_said(self, card):
        filled = fill(card, finding())
        assert (filled.reached, filled.sections[0].reached, item(filled, "shirk").reached) == (None,) * 3


def test_not_applicable_leaves_the_maximum(card):
    """80 of the 100 points are left; a finding of 5 then costs 6.25, and 33.75 of 40 is rounded."""
    requirements = (requirement("not_applicable"), BOTH_MET[1])
    filled = fill(card, finding(), requirements=requirements)
    assert (item(filled, "opening").max, item(filled, "opening").status) == (0.0, "not_applicable")
    assert item(filled, "shirk").max == 50.0
    assert item(filled, "shirk").points == 43.8
    assert (filled.total, filled.max) == (93.8, 100.0)


def test_pending_requirement_is_left_out(card):
    filled = fill(card, requirements=(requirement("pending"), BOTH_MET[1]))
    assert item(filled, "opening").status == "not_applicable"
    assert item(filled, "opening").note == "尚未到期"


def test_timing_item_is_left_out_without_times(card):
    filled = fill(card, turns=dialogue("坐席:您好", "客户:你好"))
    assert item(filled, "pace").status == "not_applicable"
    assert filled.total == filled.max == 100.0


def test_timing_item_counts_with_times(card):
    assert fill(card, finding("timing.rate.fast", "G-R4", "minor")).total == 98.0


@pytest.mark.parametrize(("policy", "points"), [("all", 0.0), ("each", 66.7), ("any", 100.0)])
def test_policy_over_several_occurrences(policy, points):
    text = f"""
    scorecard: one
    version: "1"
    title: 一项
    grades: [{{name: 全部, at_least: 0}}]
    sections:
      - name: 等待
        items:
          - {{id: hold, title: 等待, kind: required, points: 5, requires: {{source: [G-16]}},
             policy: {policy}}}
    """
    statuses = ("met", "missed", "met", "not_applicable")
    requirements = tuple(requirement(status, "G-16") for status in statuses)
    assert score(parse_scorecard(dedent(text)), (), requirements, turns=()).total == points


def test_a_requirement_counts_for_the_first_item_that_asks():
    text = """
    scorecard: two
    version: "1"
    title: 两项
    grades: [{name: 全部, at_least: 0}]
    sections:
      - name: 全部
        items:
          - {id: special, title: 开场, kind: required, points: 6, requires: {source: [G-1]}}
          - {id: general, title: 其余, kind: required, points: 4, requires: {source: ["G-*"], rule: [own.*]}}
    """
    requirements = (requirement("missed"), requirement("met", "H-9", rule="own.rule"))
    filled = score(parse_scorecard(dedent(text)), (), requirements, turns=())
    assert (item(filled, "special").points, item(filled, "general").points) == (0.0, 40.0)


def test_severity_narrows_down_what_is_named():
    card = parse_scorecard(
        dedent(CARD).replace("{source: [B-3]}", "{source: [B-3], rule: [own.*], severity: [major]}")
    )
    assert item(fill(card, finding()), "shirk").status == "partly"
    assert item(fill(card, finding("own.rule", "H-9")), "shirk").status == "partly"
    assert item(fill(card, finding(severity="minor")), "shirk").status == "clean"


def test_pending_findings_never_deduct(card):
    assert fill(card, finding(pending=True), finding("x.y", "B-18", "fatal", pending=True)).total == 100.0


def test_fatal_item_voids_the_call(card):
    filled = fill(card, finding(), finding("banned.insult.curse", "B-18", "fatal", turn=3))
    assert (filled.total, filled.max, filled.grade) == (0.0, 100.0, "不合格")
    assert filled.fatal == ("banned.insult.curse",)
    assert item(filled, "red").status == "fatal"
    assert item(filled, "red").evidence == (1,)
    assert all(section.score == 0 for section in filled.sections)


def test_milder_finding_of_a_fatal_source_is_deducted_instead(card):
    filled = fill(card, finding("banned.insult.mild", "B-18", "minor"))
    assert (filled.total, filled.fatal) == (98.0, ())


def test_fatal_item_may_void_its_section_only(card):
    filled = fill(card, finding("banned.pressure.now", "B-19", "fatal"), finding(turn=5))
    assert [section.score for section in filled.sections] == [30.0, 0.0]
    assert (filled.total, filled.grade, filled.fatal) == (30.0, "不合格", ("banned.pressure.now",))


def test_manual_item_counts_once_points_are_given(card):
    filled = fill(card, manual={"calm": 5})
    assert item(filled, "calm").status == "partly"
    assert item(filled, "calm").max == 9.1
    assert item(filled, "calm").points == 4.6  # half of 9.1 is 4.55, rounded half up
    assert filled.total == 95.5


@pytest.mark.parametrize("manual", [{"calm": 11}, {"calm": -1}, {"nobody": 1}, {"opening": 1}])
def test_manual_points_that_cannot_be_are_refused(card, manual):
    with pytest.raises(UsageError):
        fill(card, manual=manual)


class TestOverlap:
    def test_the_dearer_finding_deducts_and_the_other_points_to_it(self, card):
        dear, cheap = finding("banned.retort.a", "B-1", at=(2, 8)), finding(at=(4, 10))
        filled = fill(card, cheap, dear)
        assert filled.total == 92.0
        assert item(filled, "shirk").points == 40.0
        assert item(filled, "shirk").evidence == (0,)
        assert "banned.retort.a" in item(filled, "shirk").note

    def test_a_measured_time_overlaps_nothing(self, card):
        fast = finding("timing.rate.fast", "G-R4", "minor", at=(0, 40), how="timing")
        assert fill(card, fast, finding(at=(3, 7))).total == 93.0

    def test_neighbours_do_not_overlap(self, card):
        assert fill(card, finding(at=(0, 4)), finding("banned.retort.a", "B-1", at=(4, 8))).total == 87.0

    def test_same_characters_of_another_turn_do_not_overlap(self, card):
        assert fill(card, finding(turn=1), finding("banned.retort.a", "B-1", turn=3)).total == 87.0

    def test_a_finding_over_two_turns_overlaps_in_both(self, card):
        long = finding("banned.retort.a", "B-1", turn=1, at=(5, 9))
        parts = (Span(1, 5, 9), Span(2, 0, 6))
        long = type(long)(**{name: getattr(long, name) for name in long.__slots__} | {"spans": parts})
        assert fill(card, long, finding(turn=2, at=(3, 7))).total == 92.0

    def test_of_a_chain_the_dearest_set_counts(self, card):
        """A and C lie apart and cost 16 together; B between them costs 8 and touches both."""
        a = finding("banned.a.a", "B-1", at=(0, 4))
        b = finding("banned.b.b", "B-1", at=(3, 9))
        c = finding("banned.c.c", "B-1", at=(8, 12))
        assert fill(card, a, b, c).total == 84.0

    def test_an_exhausted_item_leaves_the_characters_to_the_other(self, card):
        spent = [finding(turn=index) for index in range(3, 6)]
        contested = (finding(turn=9, severity="fatal"), finding("banned.retort.a", "B-1", "minor", turn=9))
        assert fill(card, *spent, *contested).total == 100 - 12 - 2


def test_findings_cost_a_call_at_most_its_cap():
    capped = parse_scorecard(dedent(CARD).replace("grades:", "cap: 15\ngrades:"))
    filled = fill(capped, *(finding(turn=n) for n in (1, 2, 3)), finding("banned.retort.a", "B-1", turn=4))
    assert filled.total == 85.0
    assert (item(filled, "shirk").points, item(filled, "other").points) == (28.0, 17.0)
    assert "单通" in item(filled, "other").note


def test_section_weights_share_the_hundred():
    text = """
    scorecard: weighted
    version: "1"
    title: 加权
    grades: [{name: 全部, at_least: 0}]
    sections:
      - name: 甲
        weight: 30
        items:
          - {id: a, title: 甲一, kind: required, points: 5, requires: {source: [G-1]}}
          - {id: b, title: 甲二, kind: required, points: 10, requires: {source: [G-13]}}
      - name: 乙
        weight: 70
        items: [{id: c, title: 乙一, kind: penalty, points: 10, findings: {source: [B-3]}}]
    """
    card = parse_scorecard(dedent(text))
    requirements = (requirement("missed"), requirement("met", "G-13", rule="standard.closing.x"))
    filled = score(card, (finding(),), requirements, turns=())
    assert [(section.score, section.max) for section in filled.sections] == [(20.0, 30.0), (35.0, 70.0)]
    alone = score(card, (finding(),), (), turns=())
    assert [(section.score, section.max) for section in alone.sections] == [(0.0, 0.0), (50.0, 100.0)]


BONUS = (
    dedent(CARD)
    + """
bonus:
  name: 加分项
  cap: 3
  items:
    - {id: verbatim, title: 标准开场, points: 2, requires: {source: [G-1]}, level: verbatim}
    - {id: kind, title: 主动, points: 2}
"""
)


class TestBonus:
    def test_adds_points_in_a_section_of_its_own(self):
        filled = fill(parse_scorecard(BONUS), finding())
        assert filled.total == 97.0
        assert (filled.sections[-1].score, filled.sections[-1].max) == (2.0, 0.0)
        assert item(filled, "verbatim").status == "bonus"

    def test_asks_for_its_level(self):
        requirements = (requirement("met", "G-1", level="functional"), BOTH_MET[1])
        assert fill(parse_scorecard(BONUS), requirements=requirements).total == 98.0

    def test_is_capped(self):
        assert fill(parse_scorecard(BONUS), finding(), manual={"kind": 2}).total == 98.0

    def test_stays_within_the_maximum(self):
        assert fill(parse_scorecard(BONUS), finding(severity="minor")).total == 100.0
        assert fill(parse_scorecard(BONUS)).total == 100.0

    def test_may_pass_the_maximum_if_the_card_says_so(self):
        card = parse_scorecard(BONUS.replace("cap: 3", "cap: 3\n  above_maximum: true"))
        assert fill(card).total == 102.0

    def test_is_void_with_the_call(self):
        assert fill(parse_scorecard(BONUS), finding("x.y", "B-18", "fatal")).total == 0.0


def test_low_confidence_is_left_to_the_next_item():
    card = parse_scorecard(
        dedent(CARD).replace("severity: [fatal]}}", "severity: [fatal], min_confidence: 0.8}}")
    )
    sure, unsure = (finding("x.y", "B-18", "fatal", confidence=value) for value in (0.8, 0.79))
    assert fill(card, sure).total == 0.0
    assert fill(card, unsure).total == 90.0


class TestAgents:
    turns = (
        turn(0, "agent", "您好", agent_id="8001"),
        turn(1, "customer", "你好"),
        turn(2, "agent", "我帮您转接", agent_id="8001"),
        turn(3, "agent", "您好", agent_id="8002"),
        turn(4, "agent", "再见", agent_id="8002"),
    )

    def test_each_answers_for_own_turns(self, card):
        requirements = (
            requirement("met", "G-1", level="verbatim", turn=0),
            requirement("missed", "G-13", rule="standard.closing.goodbye"),
        )
        absence = finding("standard.closing.goodbye", "G-13", "minor", turn=4, at=None)
        filled = fill(card, finding(turn=2), absence, requirements=requirements, turns=self.turns)
        first, second = filled.by_agent
        assert (first.agent_id, first.total) == ("8001", pytest.approx(93.8))
        assert (second.agent_id, second.total) == ("8002", pytest.approx(85.7))

    def test_agents_given_go_before_those_of_the_turns(self, card):
        filled = fill(card, finding(turn=3), turns=self.turns, agents={0: "甲", 3: "乙"})
        assert [one.agent_id for one in filled.by_agent] == ["甲", "乙"]
        assert filled.by_agent[0].total == 100.0 > filled.by_agent[1].total

    def test_one_agent_needs_no_division(self, card):
        assert fill(card, turns=self.turns[:3]).by_agent == ()


def test_nothing_applicable_is_no_score():
    card = parse_scorecard(dedent(CARD))
    only = type(card)(card.id, card.version, card.title, card.sections[:1], card.grades)
    filled = score(only, (), (), turns=())
    assert (filled.total, filled.max, filled.grade) == (0.0, 0.0, "未评分")


def test_a_definition_can_be_pickled(card):
    assert pickle.loads(pickle.dumps(card)) == card  # noqa: S301


def test_scoring_needs_neither_pydantic_nor_yaml():
    code = "import sys, assistant.score; print([m for m in ('pydantic', 'ruamel.yaml') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"
