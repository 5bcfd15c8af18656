"""Problems of rule files as the pages tell them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import assistant.rules
from assistant.errors import Problem
from assistant.rules.checks import lint
from assistant.rules.loader import load_contents
from assistant.web.rules.wording import SENTENCES, sentence, told

RULES = Path(assistant.rules.__file__).parent
MAKERS = {"problem": 0, "refuse": 0, "Problem": 3}
WRONG = """\
pack: house
version: "1"
rules:
  - id: house.one
    title: 一
    source: [B-3]
    kind: pattern
    severity: 大
    match: {pattern: "(abc"}
    message: 出现“{matched}”
    suggest: 我帮您处理,好吗?
"""


def codes() -> set[str]:
    """Return the codes that the checks of the rules write out."""
    found = set()
    for path in RULES.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                place = MAKERS.get(name)
                code = call.args[place] if place is not None and len(call.args) > place else None
                if isinstance(code, ast.Constant) and isinstance(code.value, str):
                    found.add(code.value)
    return found | {"no-hit", "no-miss"}


def test_each_code_has_a_chinese_sentence():
    assert len(codes()) > 30
    assert codes() - SENTENCES.keys() == set()


@pytest.mark.parametrize("said", SENTENCES.values())
def test_sentences_are_chinese_and_end(said):
    assert said.endswith("。")
    assert "," not in said


def problem(code: str, message: str) -> Problem:
    return Problem("a.yml", 1, 1, code, message)


@pytest.mark.parametrize(
    ("code", "message", "shown"),
    [
        ("missing-key", "examples is missing", "缺少必填项 examples。"),
        ("wrong-type", "unknown value 大; known here: hint, minor", "“大”不在可选范围内，可选：hint、minor。"),  # noqa: E501
        ("unknown-key", "unknown key titel; did you mean title?", "没有 titel 这个项目，请检查拼写。是不是想写 title？"),  # noqa: E501
        ("yet-unknown", "whatever", "whatever"),
    ],
)  # fmt: skip
def test_what_was_written_and_what_may_be_is_named(code, message, shown):
    assert sentence(problem(code, message)) == shown


def test_a_file_is_told_in_chinese_and_at_its_places():
    problems = load_contents({"a.yml": WRONG.encode()}).problems
    shown = [told(each)["message"] for each in problems]
    assert "缺少必填项 examples。" in shown
    assert any("“大”不在可选范围内" in each for each in shown)
    assert any("括号没有成对" in each for each in shown)


def test_what_a_pattern_lacks_is_told():
    whole = WRONG.replace("大", "major") + "    examples: {hit: [‹abc›], miss: [abd]}\n"
    (fault,) = [
        each for each in lint(load_contents({"a.yml": whole.encode()}).files) if each.level == "error"
    ]
    assert "括号没有成对" in sentence(fault)
