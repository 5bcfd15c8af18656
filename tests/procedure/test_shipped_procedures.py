"""The procedure files that ship: complete, and their examples come out as they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.bootstrap import guide_files, load_engine
from assistant.examples import run_procedures
from assistant.model import Speaker, Turn
from assistant.procedure.loader import lint_procedures, read_procedures
from assistant.settings import Settings

SETTINGS = Settings()
DANGER = ((Speaker.AGENT, "您好,请讲。"), (Speaker.CUSTOMER, "燃气灶漏气了,满屋子都是煤气味,你们快来人!"))
MILD = ((Speaker.AGENT, "您好,请讲。"), (Speaker.CUSTOMER, "送来的杯子有一个小缺口"))
TALK = (
    (Speaker.AGENT, "您好,请问有什么可以帮您?"),
    (Speaker.CUSTOMER, "图书馆周一开门吗?"),
    (Speaker.AGENT, "周一闭馆,周二到周日上午九点开门。请问还有其他需要帮助的吗?"),
    (Speaker.CUSTOMER, "没有了,谢谢。"),
    (Speaker.AGENT, "感谢您的来电,再见。"),
    (Speaker.CUSTOMER, "再见。"),
)
FILES = read_procedures(guide_files(SETTINGS, "procedures"))
SPOKEN = [file for file in FILES if file.unit == "conversation"]


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    """An engine that guides; its rules don't matter here."""
    folder = tmp_path_factory.mktemp("guided")
    (folder / "none.yml").write_text('pack: none\nversion: "1"\nrules: []\n', encoding="utf-8")
    settings = Settings(cache_dir=folder / "cache")
    return load_engine(settings, pack_paths=[folder / "none.yml"], scoring=False, guiding=True)


@pytest.mark.parametrize("file", SPOKEN, ids=lambda file: file.procedure)
def test_examples_come_out_as_they_say(engine, file):
    assert [str(failure) for failure in run_procedures(engine, [file])] == []


def test_every_shipped_file_is_sound_and_every_step_is_shown_by_an_example():
    folder = guide_files(SETTINGS, "procedures")[0].parent
    files, problems = lint_procedures(sorted(folder.iterdir()))
    assert problems == ()
    assert len(files) == len(list(folder.iterdir()))


def test_the_procedures_are_those_of_the_standard():
    listed = Path(__file__).parents[1] / "data" / "standard_ids.txt"
    wanted = [line for line in listed.read_text(encoding="utf-8").split() if line.startswith("P-")]
    assert sorted(file.procedure for file in FILES) == sorted(wanted)


@pytest.mark.parametrize("file", SPOKEN, ids=lambda file: file.procedure)
def test_every_procedure_has_a_clean_example_and_one_that_falls_short(file):
    fit = {"done", "not_applicable"}
    finished = [set(example.steps.values()) for example in file.examples if not example.running]
    assert any(statuses <= fit for statuses in finished)
    assert any(not statuses <= fit for statuses in finished)


def test_what_an_example_gets_wrong_is_told(engine):
    (three,) = (file for file in FILES if file.procedure == "P-THREE")
    clean = three.examples[0]
    wrong = clean.model_copy(update={"steps": {3: "missing"}})
    pending = clean.model_copy(
        update={"turns": clean.turns[:2], "steps": {1: "pending"}, "running": True, "next": 3}
    )
    pending.model_fields_set.add("next")
    changed = three.model_copy(update={"examples": (wrong, pending)})
    told = [failure.problem for failure in run_procedures(engine, [changed])]
    assert told == ["step 3 提供解决方案 is done, should be missing", "step 1 comes next, should be 3"]


def test_the_verdict_says_which_procedure_a_finished_call_is_judged_by(engine):
    """Guidance begins at a lesser suspicion than the verdict."""
    state = engine.start({}, id="mild", channel="hotline")
    for index, (speaker, said) in enumerate(MILD):
        engine.feed(state, Turn(index, speaker, said))
    live, report = engine.standing(state)[0], engine.finish(state)
    assert not report.complaint["is_complaint"]
    assert (live[0]["id"], report.procedures[0]["id"]) == ("P-SIX", "P-GENERAL")
    assert live[0]["next"]["step"] == 1
    assert report.procedures[0]["next"]["step"] == 3


@pytest.mark.parametrize("told", [TALK[:1], TALK])
def test_where_there_is_nothing_to_say_nothing_is_advised(engine, told):
    state = engine.start({}, id="calm", channel="hotline")
    for index, (speaker, said) in enumerate(told):
        engine.feed(state, Turn(index, speaker, said))
    assert engine.counsel(state) is None
    assert engine.standing(state)[0][0]["next"] is None


def test_advice_for_any_procedure_is_given_in_one_that_lacks_its_step(engine):
    state = engine.start({"procedure": "P-THREE"}, id="danger", channel="hotline")
    for index, (speaker, said) in enumerate(DANGER):
        engine.feed(state, Turn(index, speaker, said))
    counsel = engine.counsel(state)
    assert counsel is not None
    assert counsel.advice.id == "safety-gas"
    assert counsel.step in {1, 2, 3}
