"""Scenarios and wordings as they ship: complete, coherent, free of slips."""

from __future__ import annotations

import re

import pytest

from assistant.bootstrap import practice_files
from assistant.errors import PracticeError
from assistant.model import Turn
from assistant.practice.examples import run_examples, spoken
from assistant.practice.hearing import TOPICS, hear
from assistant.practice.loader import load_coach, load_scenarios, load_wordings
from assistant.practice.scenario import HARD_CASES, TRADES, TYPES
from assistant.practice.wording import SLOT, Voice, Wordings
from assistant.settings import Settings

FILES = practice_files(Settings())
SCENARIOS = load_scenarios(FILES["scenarios"])
WORDINGS = load_wordings(FILES["wordings"])
OCCASIONS = {wording.say for wording in WORDINGS}
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;:!?][\u4e00-\u9fff]")
BROKEN = re.compile(r"[，。！？；：]{2,}|^[，。！？、]|的的|\s")


def lines_of(case):
    """Every sentence the customer of a scenario may say."""
    yield from (*case.grievance, *case.opening, *case.vent, *case.threats)
    for fact in case.facts:
        yield from fact.tell
    for demands in case.demands:
        yield from demands
    for way in case.solutions:
        yield from way.accept
    for objection in case.objections:
        yield from objection.say


ALL_LINES = [wording.text for wording in WORDINGS] + [line for case in SCENARIOS for line in lines_of(case)]


def test_there_are_enough_of_them():
    assert len(SCENARIOS) >= 24
    assert {case.trade for case in SCENARIOS} == set(TRADES)
    assert {case.type for case in SCENARIOS} == set(TYPES)
    assert {case.case for case in SCENARIOS} == {*HARD_CASES, None}
    assert {"R-1", "R-2"} <= {source for case in SCENARIOS for source in case.source}
    assert len({wording.text for wording in WORDINGS}) >= 500


@pytest.mark.parametrize("case", SCENARIOS, ids=lambda case: case.id)
def test_a_scenario_can_be_solved_by_its_own_words(case, room):
    acts = room._acts
    opened = {fact.id for fact in case.facts if fact.opening}
    restated = hear(f"我跟您核对一下：{case.problem}，对吗？", case, acts, told=opened, before=["您好"])
    assert restated.restates
    assert {fact.id for fact in case.facts if fact.opening and fact.key} <= restated.understood
    assert restated.solution is None
    for fact in case.facts:
        if not fact.opening:
            asked = hear(fact.ask, case, acts, told=opened, before=["您好"])
            assert asked.asked == (fact.id,), fact.ask
    for way in case.solutions:
        offered = hear(
            f"给您这样办：{way.offer}，{way.by}办好，您看可以吗？", case, acts, told=opened, before=["您好"]
        )
        assert offered.solution is not None, way.offer
        assert case.solution(offered.solution).value >= way.value
        assert offered.concrete, way.by
        assert not offered.stuffed


def test_the_examples_end_as_they_say(room):
    assert [str(failure) for failure in run_examples(room)] == []
    assert [str(failure) for failure in run_examples(room, seed=5)] == []


def test_no_sentence_has_a_slip():
    slips = [line for line in ALL_LINES if HALF_WIDTH.search(line) or BROKEN.search(line)]
    unpaired = [line for line in ALL_LINES if line.count("“") != line.count("”")]
    assert (slips, unpaired) == ([], [])


def test_every_slot_is_filled_from_a_case():
    for case in SCENARIOS:
        voice = Voice(case.type, case.case, case.trade, {**case.handles, "company": "x", "surname": "王"})
        assert {"thing", "since"} <= voice.values.keys(), case.id
    assert {slot for wording in WORDINGS for slot in SLOT.findall(wording.text)} <= {
        "thing",
        "since",
        "surname",
    }


@pytest.mark.parametrize("band", ["calm", "upset", "hot"])
def test_there_is_something_to_say_on_every_occasion(band):
    from random import Random

    voice = Voice("analytical", None, "hotel", {"thing": "房", "since": "三天了", "surname": "王"})
    book = Wordings(WORDINGS)
    own = {"guarded", "want"}  # said by wary customers alone; before a demand of the case
    silent = {say for say in OCCASIONS - own if not book.choose(say, band, voice, [], Random(1))}
    assert silent == set()
    for topic in (*TOPICS, "name"):
        assert f"blank.{topic}" in OCCASIONS


def test_the_coach_knows_what_weakens_a_turn(room):
    known = load_coach(FILES["coach"])
    assert {"vague", "parrot", "sorry_again", "repeat", "stuffed", "too_early", "nothing"} <= set(known)


def test_no_better_sentence_of_the_coach_breaks_a_rule(room):
    from assistant.practice.coach import Case, _filled

    for case in SCENARIOS:
        for weakness in room._coach.weaknesses.values():
            for better in weakness.better:
                text = _filled(better, Case(case))
                assert "{" not in text
                grave = [
                    finding.rule
                    for finding in room._engine.check(Turn(0, "agent", text))
                    if finding.severity >= 2 and not finding.pending
                ]
                assert grave == [], text


def test_problems_are_told_with_their_place(tmp_path):
    source = FILES["scenarios"][0].read_text(encoding="utf-8")
    (tmp_path / "one.yml").write_text(source.replace("difficulty: ", "dificulty: ", 1), encoding="utf-8")
    (tmp_path / "two.yml").write_text(source, encoding="utf-8")
    (tmp_path / "three.yml").write_text(source, encoding="utf-8")
    with pytest.raises(PracticeError) as caught:
        load_scenarios(sorted(tmp_path.glob("*.yml")))
    codes = {(problem.path.rsplit("/", 1)[1], problem.code) for problem in caught.value.problems}
    assert ("one.yml", "unknown-key") in codes
    assert ("two.yml", "duplicate-id") in codes
    assert all(problem.line > 0 and problem.column > 0 for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("value: 1,", "value: 0.9,", "no solution meets the demand"),
        ("key: true, ", "", "the opening holds no key fact|no key fact is left"),
        ("about: amount", "about: amounts", "unknown topic"),
        ("problem: ", "problem: 别的事 # ", "doesn't restate"),
    ],
)
def test_a_scenario_that_does_not_hold_together_is_refused(tmp_path, old, new, told):
    (path,) = (path for path in FILES["scenarios"] if path.stem == "telecom-video-fee")
    (tmp_path / "one.yml").write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(PracticeError, match=told):
        load_scenarios([tmp_path / "one.yml"])


def test_an_example_speaks_the_words_of_its_case():
    case = next(case for case in SCENARIOS if case.id == "dealer-radio")
    assert spoken("{problem}", case) == case.problem
    with pytest.raises(KeyError):
        spoken("{ask:nothing}", case)
