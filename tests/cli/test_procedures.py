from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROCEDURE = """\
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
- step: 2
  name: 道别
  done:
  - acts: [farewell]
examples:
- name: 没有道别
  turns:
  - "坐席: 您好,请问有什么可以帮您?"
  - "客户: 没事了"
  steps: {1: done, 2: missing}
"""


@pytest.fixture
def written(house: Path) -> Path:
    folder = house / "own" / "procedures"
    folder.mkdir(parents=True)
    (folder / "p-house.yml").write_text(PROCEDURE, encoding="utf-8")
    return folder / "p-house.yml"


@pytest.mark.parametrize("path", ["own", "own/procedures", "own/procedures/p-house.yml"])
def test_lint_names_steps_that_no_example_shows(huashu: Callable[..., Any], written: Path, path: str) -> None:
    del written
    result = huashu("procedures", "lint", path)
    assert result.code == 0
    assert ":11:9: warning [step-not-shown]" in result.out
    assert result.out.endswith("1 procedure in 1 file: 0 errors, 1 warning\n")


def test_lint_tells_all_problems_of_all_files(huashu: Callable[..., Any], written: Path) -> None:
    for name, old, new in (("a", "greeting", "greting"), ("b", '"坐席: 您', '"您'), ("c", "4", "4")):
        (written.parent / f"{name}.yml").write_text(PROCEDURE.replace(old, new), encoding="utf-8")
    result = huashu("procedures", "lint", "own")
    assert result.code == 3
    for told in ("did you mean greeting?", "a turn begins with 坐席: or 客户:", "[duplicate-id]"):
        assert told in result.out
    assert huashu("procedures", "test", "own").code == 3
    assert huashu("procedures", "list", "own").code == 3


def test_examples(huashu: Callable[..., Any], written: Path) -> None:
    result = huashu("procedures", "test", "own")
    assert (result.code, result.out) == (0, "1 procedure, 1 example: 0 failures\n")
    written.write_text(PROCEDURE.replace("2: missing", "2: done"), encoding="utf-8")
    result = huashu("procedures", "test", "own")
    assert result.code == 3
    assert "P-HOUSE: step 2 道别 is missing, should be done: 没有道别\n" in result.out
    assert result.out.endswith("1 failure\n")


def test_list(huashu: Callable[..., Any], written: Path) -> None:
    del written
    assert huashu("procedures", "list", "own").out == "P-HOUSE  conversation  2 steps  1 example  本店流程\n"
    assert "P-QUALITY" in huashu("procedures", "list").out


@pytest.mark.parametrize("path", ["nowhere.yml", "empty"])
def test_nothing_to_read_is_misuse(huashu: Callable[..., Any], house: Path, path: str) -> None:
    (house / "empty").mkdir()
    result = huashu("procedures", "lint", path)
    assert result.code == 2
    assert result.err.startswith(f"huashu: {path}: ")
