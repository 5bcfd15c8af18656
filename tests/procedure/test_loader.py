"""Files of procedures, advice and phrases: all problems at once, each with its place."""

from __future__ import annotations

import pytest

from assistant.errors import ProcedureError
from assistant.procedure.loader import load_advice, load_phrases, load_procedures

GOOD = """\
procedure: P-HOUSE
version: "1"
name: 本店流程
source: [P-HOUSE]
unit: conversation
steps:
- step: 1
  name: 问好
  done:
  - acts: [greeting]
"""


def problems(tmp_path, text: str, load=load_procedures) -> list[str]:
    path = tmp_path / "house.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProcedureError) as caught:
        load([path])
    return [f"{p.line}:{p.column} {p.code} {p.message}" for p in caught.value.problems]


def test_a_good_file_is_read(tmp_path):
    path = tmp_path / "house.yml"
    path.write_text(GOOD, encoding="utf-8")
    (procedure,) = load_procedures([path])
    assert (procedure.id, procedure.steps[0].name) == ("P-HOUSE", "问好")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("acts: [greeting]", "acts: [greting]", "did you mean greeting?"),
        ("acts: [greeting]", "intents: [thanks]", "the customer's"),
        ("acts: [greeting]", 'words: ["("]', "no regular expression"),
        ("acts: [greeting]", 'words: ["(a+)+b"]', "very long"),
        ("step: 1", "step: 2", "numbered from 1"),
        ("  name: 问好", "  nam: 问好", "did you mean name?"),
        ("  done:\n  - acts: [greeting]", "  event: received", "steps of a case"),
        ("  done:\n", "  optional: perhaps\n  done:\n", "optional"),
    ],
)
def test_each_problem_is_told(tmp_path, old, new, told):
    assert any(told in line for line in problems(tmp_path, GOOD.replace(old, new)))


def test_all_problems_of_all_files_come_at_once_and_ids_are_unique(tmp_path):
    for name, text in (
        ("a.yml", GOOD.replace("greeting", "x")),
        ("b.yml", GOOD.replace("step: 1", "step: x")),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ProcedureError) as caught:
        load_procedures([tmp_path / "a.yml", tmp_path / "b.yml"])
    assert {problem.path.rpartition("/")[2] for problem in caught.value.problems} == {"a.yml", "b.yml"}
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(ProcedureError, match="stands in"):
        load_procedures([tmp_path / "a.yml", tmp_path / "b.yml"])


def test_slots_of_phrases_and_ids_of_advice_are_checked(tmp_path):
    phrases = 'phrases:\n- for: P-SIX/1\n  say: ["您好{surname}"]\n'
    assert any("slots are" in line for line in problems(tmp_path, phrases, load_phrases))
    one = "- {id: a, source: [x], why: 试}\n"
    assert any("ids twice" in line for line in problems(tmp_path, f"advice:\n{one}{one}", load_advice))
