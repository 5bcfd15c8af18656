from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from desk_samples import FOLDER, shipped

from assistant.desk.kpis import figures
from assistant.desk.loader import load_rules
from assistant.desk.record import NAMES, read_fields
from assistant.errors import DeskError, InputError

if TYPE_CHECKING:
    from pathlib import Path


def house(tmp_path: Path, name: str, old: str, new: str) -> list[Path]:
    for path in FOLDER.glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        if path.stem == name:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    return sorted(tmp_path.glob("*.yml"))


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("deadlines", "clock: hours", "clock: moons", "clock"),
        ("deadlines", "approver: supervisor", "approver: nobody", "no such rank: nobody"),
        ("deadlines", "begins: [received]", "begins: [recieved]", "no such event: recieved"),
        ("states", "to: registered", "to: nowhere", "no such state: nowhere"),
        ("states", "needs: [customer", "needs: [costumer", "no such field: costumer"),
        ("kpis", "part: kpis", "part: kpi", "part is one of"),
        ("kpis", "target: 0.85", "target: 0.85, goal: 1", "unknown key goal"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    with pytest.raises(DeskError) as caught:
        load_rules(house(tmp_path, name, old, new))
    assert re.search(rf"{name}\.yml:\d+:\d+: error", str(caught.value))
    assert message in str(caught.value)


def test_the_standards_targets_are_there() -> None:
    targets = {kpi.id: kpi.target for kpi in shipped().kpis.kpis}
    assert targets["connection"] == targets["agent_answer"] == targets["cross_region_satisfaction"] == 0.85
    assert (targets["answer_rate"], targets["timely_rate"], targets["repeat_rate"]) == (1, 1, 0.01)
    assert (targets["inquiry_satisfaction"], targets["key_satisfaction"]) == (0.9, 0.95)
    assert targets["answer_hours"] == 48


def test_figures_of_nothing_are_none_and_repeats_count_against_the_rest() -> None:
    told = {each.kpi.id: each for each in figures(shipped(), {"repeats": 2, "firsts": 100, "cases": 102})}
    assert told["repeat_rate"].value == 0.02
    assert told["repeat_rate"].verdict == "missed"
    assert told["connection"].value is None
    assert told["connection"].verdict is None


def test_fields_are_read_by_value_or_title() -> None:
    kinds = {"kind": {"quality": "产品质量"}}
    read = read_fields(
        {"severity": "重大", "kind": "产品质量", "danger": "是", "what": " 漏水 ", "answer": ""}, kinds
    )
    assert read == {"severity": "grave", "kind": "quality", "danger": True, "what": "漏水", "answer": None}
    for wrong in ({"severity": "very"}, {"nonsense": 1}, {"danger": "maybe"}):
        with pytest.raises(InputError):
            read_fields(wrong, kinds)
    assert {"customer", "what", "demand", "emotion", "validity", "cause", "improvement"} <= NAMES
