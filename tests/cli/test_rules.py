from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from assistant.rules.skeleton import kinds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_lint_of_a_good_pack(huashu: Callable[..., Any]) -> None:
    result = huashu("rules", "lint", "tiny.yml")
    assert (result.code, result.out) == (0, "2 rules in 1 file: 0 errors, 0 warnings\n")


def test_lint_shows_place_code_excerpt_and_mend(huashu: Callable[..., Any], house: Path) -> None:
    text = (house / "tiny.yml").read_text(encoding="utf-8")
    (house / "broken.yml").write_text(text.replace("severity: major", "severty: major"), encoding="utf-8")
    result = huashu("rules", "lint", "broken.yml")
    assert result.code == 3
    assert "broken.yml:8:5: error [unknown-key]" in result.out
    assert "severty: major" in result.out
    assert "did you mean severity?" in result.out


def test_lint_reports_all_files(huashu: Callable[..., Any], house: Path) -> None:
    for name in ("a.yml", "b.yml"):
        (house / name).write_text("pack: x\n", encoding="utf-8")
    out = huashu("rules", "lint", "a.yml", "b.yml", "c.yml").out
    assert "a.yml:" in out
    assert "b.yml:" in out
    assert "[no-such-file]" in out


def test_examples_that_hold(huashu: Callable[..., Any]) -> None:
    result = huashu("rules", "test", "tiny.yml")
    assert (result.code, result.out) == (0, "2 rules, 4 examples: 0 failures\n")


def test_examples_that_fail(huashu: Callable[..., Any], house: Path) -> None:
    text = (house / "tiny.yml").read_text(encoding="utf-8")
    (house / "wrong.yml").write_text(text.replace("这个‹不归我们管›", "‹这个不归我们管›"), encoding="utf-8")
    result = huashu("rules", "test", "wrong.yml")
    assert result.code == 3
    assert "tiny.shirking.not-mine" in result.out
    assert result.out.endswith("1 failure\n") or "failures" in result.out


def test_examples_of_an_invalid_pack_are_not_run(huashu: Callable[..., Any], house: Path) -> None:
    (house / "broken.yml").write_text("pack: x\n", encoding="utf-8")
    result = huashu("rules", "test", "broken.yml")
    assert result.code == 3
    assert "broken.yml:1:1" in result.out


def test_list_filters(huashu: Callable[..., Any]) -> None:
    assert len(huashu("rules", "list").out.splitlines()) == 2
    assert "tiny.opening" not in huashu("rules", "list", "--source", "B-3").out
    assert "tiny.shirking" not in huashu("rules", "list", "--severity", "minor").out
    rows = json.loads(huashu("rules", "list", "--family", "shirking", "--format", "json").out)
    assert [row["id"] for row in rows] == ["tiny.shirking.not-mine"]
    assert huashu("rules", "list", "--source", "B-99").out == ""


def test_explain_a_rule(huashu: Callable[..., Any]) -> None:
    out = huashu("rules", "explain", "tiny.shirking.not-mine").out
    for words in ("推卸责任", "B-3", "严重", "不归我(们)?管", "不归我管也会", "我帮您转接", "应当发现"):
        assert words in out


def test_explain_a_requirement(huashu: Callable[..., Any]) -> None:
    assert "前 1 句之内" in huashu("rules", "explain", "tiny.opening.greeting").out


@pytest.mark.parametrize("kind", kinds())
def test_explain_speaks_of_every_kind(huashu: Callable[..., Any], house: Path, kind: str) -> None:
    (house / "new.yml").write_text(
        huashu("rules", "new", "house.some.rule", "--kind", kind).out, encoding="utf-8"
    )
    result = huashu("rules", "explain", "house.some.rule", "--pack", "new.yml")
    assert result.code == 0
    assert "Match(" not in result.out
    assert "=" not in result.out.split("查什么")[1].split("提示语")[0]


def test_explain_an_unknown_id(huashu: Callable[..., Any]) -> None:
    result = huashu("rules", "explain", "tiny.shirking.not-min")
    assert result.code == 2
    assert "did you mean tiny.shirking.not-mine?" in result.err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("这个不是不归我管,我会问", "否定"),
        ("您刚才说“不归我管”是吗", "引用"),
        ("虽然不归我管也会帮您问", "例外"),
    ],
)
def test_explain_a_sentence_that_nearly_fires(huashu: Callable[..., Any], text: str, reason: str) -> None:
    out = huashu("rules", "explain", text).out
    assert "没有发现问题" in out
    assert reason in out.split("差一点触发的规则：")[1]


def test_explain_a_sentence_that_fires(huashu: Callable[..., Any]) -> None:
    out = huashu("rules", "explain", "这个不归我管").out
    assert "‹不归我管›" in out
    assert "差一点" not in out


@pytest.mark.parametrize("kind", kinds())
def test_a_new_rule_passes_lint_and_test_as_it_is(huashu: Callable[..., Any], house: Path, kind: str) -> None:
    (house / "made.yml").write_text(huashu("rules", "new", "house.a.b", "--kind", kind).out, encoding="utf-8")
    lint, test = huashu("rules", "lint", "made.yml"), huashu("rules", "test", "made.yml")
    assert (lint.code, lint.out) == (0, "1 rule in 1 file: 0 errors, 0 warnings\n")
    assert (test.code, test.out.endswith("examples: 0 failures\n")) == (0, True), test.out


def test_diff_adds_a_pack_where_several_stand_on_a_side(huashu: Callable[..., Any], house: Path) -> None:
    extra = huashu("rules", "new", "house.a.b").out.replace("(这|那)(个|件)?事不归(我|我们)管", "什么事")
    (house / "extra.yml").write_text(extra, encoding="utf-8")
    added = huashu("rules", "diff", "tiny.yml", "tiny.yml,extra.yml", "bad.txt").out
    assert added.startswith("NEW(tiny.yml、extra.yml)取代 OLD(tiny.yml)后的变化\n")
    assert "+ 严重 house.a.b #0 “什么事”" in added
    assert "减少 0 处" in added
    assert "不在 NEW" not in added
    replaced = huashu("rules", "diff", "tiny.yml", "extra.yml", "bad.txt").out
    assert "OLD 的规则包 tiny 不在 NEW 中" in replaced
    assert "NEW 写成 tiny.yml,extra.yml" in replaced
    assert huashu("rules", "diff", "tiny.yml", "tiny.yml,,", "bad.txt").code == 0


def test_diff_shows_what_is_gained_and_lost(huashu: Callable[..., Any], house: Path) -> None:
    text = (house / "tiny.yml").read_text(encoding="utf-8")
    (house / "new.yml").write_text(
        text.replace("severity: major", "severity: hint\n    why: 试行"), encoding="utf-8"
    )
    result = huashu("rules", "diff", "tiny.yml", "new.yml", "bad.txt", "good.txt", "--format", "json")
    found = json.loads(result.out)
    assert found["schema"] == "huashu.diff/1"
    assert found["total"]["conversations"] == 2
    assert found["total"]["changed"] == 1
    (change,) = found["conversations"]
    assert [finding["severity"] for finding in change["gained"]] == ["hint"]
    assert [finding["severity"] for finding in change["lost"]] == ["major"]
    assert change["gained"][0]["sentence"] == "这个不归我管"
    assert change["score"]["new"] > change["score"]["old"]


def test_diff_as_text_keeps_going_after_bad_input(huashu: Callable[..., Any], house: Path) -> None:
    (house / "none.yml").write_text('pack: none\nversion: "1"\nrules: []\n', encoding="utf-8")
    result = huashu("rules", "diff", "tiny.yml", "none.yml", "bad.txt", "nowhere.txt", "--workers", "2")
    assert result.code == 4
    assert "- 严重 tiny.shirking.not-mine #2 “不归我管”   这个不归我管" in result.out
    assert "tiny.opening.greeting   +0 -1" in result.out


def test_diff_of_equal_packs(huashu: Callable[..., Any]) -> None:
    out = huashu("rules", "diff", "tiny.yml", "tiny.yml", "bad.txt").out
    assert out.splitlines()[-1].startswith("1 通对话，0 通有变化")


def test_new_rule_passes_lint_and_test(huashu: Callable[..., Any], house: Path) -> None:
    (house / "new.yml").write_text(huashu("rules", "new", "house.some.rule").out, encoding="utf-8")
    assert huashu("rules", "lint", "new.yml").code == 0
    assert huashu("rules", "test", "new.yml").code == 0


def test_new_of_an_unknown_kind(huashu: Callable[..., Any]) -> None:
    assert huashu("rules", "new", "house.some.rule", "--kind", "phrases").code == 2
