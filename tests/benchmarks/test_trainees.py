"""The benchmark of simulated trainees: its form of data, and what it makes of ours."""

from __future__ import annotations

import pytest

from assistant.bootstrap import load_practice
from assistant.settings import Settings
from benchmarks.trainee_files import CLASSES, OWN, play, read_trainees
from benchmarks.trainees import Run, figures_of, ordered, transcript

TRAINEES = read_trainees(OWN)


@pytest.fixture(scope="module")
def room():
    return load_practice(Settings())


def test_there_is_one_of_each_class():
    assert {trainee.kind for trainee in TRAINEES} == set(CLASSES)


@pytest.mark.parametrize("trainee", TRAINEES, ids=lambda trainee: trainee.name)
def test_a_trainee_calms_whom_it_ought_to(room, trainee):
    session = play(room, trainee, "shop-wrong-size", 4)
    outcome = session.customer.outcome or session.customer.closing
    assert (outcome == "calmed") is (trainee.kind in ("model", "mediocre")) or trainee.kind == "mediocre"
    assert transcript(session).endswith(outcome)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("trainee: a\nclass: model\nturns: {opening: [好]}\npolicy: [farewell]\n", "turns lacks farewell"),
        ("trainee: a\nclass: good\nturns: {opening: [好]}\npolicy: [opening]\n", "class is one of"),
        ("trainee: a\nclass: model\nturns: {opening: [好]}\npolice: [opening]\n", "unknown keys"),
        ("trainee: a\nclass: model\nturns: {start: [好]}\npolicy: [start]\n", "no such kind"),
        ("trainee: a\nclass: model\nturns: [\n", "one.yml:4"),
        ("trainee: a\nclass: model\npolicy: [opening]\n", "'turns' is missing"),
    ],
)
def test_what_is_wrong_with_a_trainee_is_told(tmp_path, text, told):
    (tmp_path / "one.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        read_trainees(tmp_path)


def test_the_order_is_counted_pair_by_pair():
    by_kind = {trainee.kind: trainee for trainee in TRAINEES}
    runs = [
        Run(by_kind["model"], "a", 0, "calmed", 90, 60),
        Run(by_kind["mediocre"], "a", 0, "settled", 50, 80),
        Run(by_kind["banned"], "a", 0, "hung_up", 60, 10),
    ]
    assert ordered(runs) == pytest.approx(2 / 3)
    assert ordered(runs, card=True) == pytest.approx(2 / 3)
    assert figures_of(runs)["model"] == 1
