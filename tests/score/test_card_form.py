"""A scorecard as a form: shown, written back, what is wrong named by its field."""

from __future__ import annotations

from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from assistant.score.form import faults_of, form_of, text_of
from assistant.score.loader import parse_scorecard, shipped_names

TEXT = """\
# 本单位的评分表
scorecard: house
version: "1"
title: 我的评分表
grades:
  - {name: 合格, at_least: 60}
  - {name: 不合格, at_least: 0}
sections:
  - name: 规范
    items:
      - id: opening      # 先问候
        title: 开场白
        kind: required
        points: 20
        requires: {source: [G-1]}
      - {id: shirk, title: 不推诿, kind: penalty, points: 40, findings: {source: [B-3]}}
"""


def shipped(name: str) -> str:
    return (files("assistant") / "data" / "scorecards" / f"{name}.yml").read_text(encoding="utf-8")


def changed(**values: Any) -> dict[str, Any]:
    form = form_of(TEXT)
    for field, value in values.items():
        *steps, last = field.split("__")
        at: Any = form
        for step in steps:
            at = at[int(step) if step.isdigit() else step]
        at[last] = value
    return form


@pytest.mark.parametrize("name", shipped_names())
def test_an_unchanged_form_leaves_the_text_as_it_is(name: str) -> None:
    assert text_of(form_of(shipped(name)), shipped(name)) == shipped(name)


def test_comments_and_the_manner_of_writing_stay() -> None:
    written = text_of(changed(sections__0__items__1__points=30, title="新名称"), TEXT)
    assert written == TEXT.replace("points: 40", "points: 30").replace("我的评分表", "新名称")


def test_a_new_item_and_a_removed_one() -> None:
    form = form_of(TEXT)
    added = {"id": "manner", "title": "语气亲切", "kind": "manual", "points": 10, "source": ["G-R1", "G-R2"]}
    form["sections"][0]["items"] = [form["sections"][0]["items"][1], added]
    written = text_of(form, TEXT)
    assert form_of(written) == form
    assert "source: [G-R1, G-R2]" in written
    assert written.startswith("# 本单位的评分表")


@given(st.permutations(["one", "two", "new"]), st.text(st.characters(categories=["L", "P", "N"]), min_size=1))
@settings(max_examples=25)
def test_what_is_written_reads_as_the_form(order: list[str], title: str) -> None:
    head, section = TEXT[: TEXT.index("  - name")], TEXT[TEXT.index("  - name") :]
    other = section.replace("规范", "忌语  # 从严").replace("id: ", "id: other-")
    form = form_of(head + section + other)
    named = {"one": form["sections"][0], "two": form["sections"][1]}
    named["new"] = {"name": title, "items": [named["two"]["items"][0] | {"id": "new", "title": title}]}
    named["two"]["items"].reverse()
    form["sections"] = [named[each] for each in order[: 1 + len(title) % 3]]
    wanted = deepcopy(form)
    assume(not faults_of(form))
    assert form_of(text_of(form, head + section + other)) == wanted


def test_a_form_needs_no_text_before_it() -> None:
    assert form_of(text_of(form_of(TEXT))) == form_of(TEXT)
    assert parse_scorecard(text_of(form_of(TEXT), "scorecard: [")).id == "house"


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"title": ""}, "title", "必须填写"),
        ({"scorecard": "我的"}, "scorecard", "只能用小写字母和数字，中间可以用“-”或“.”连接"),
        ({"grades__1__at_least": 10}, "grades", "等级从高到低排列，分数线不能重复，最后一级从 0 分起"),
        ({"sections__0__items__1__points": 0}, "sections.0.items.1.points", "要大于 0"),
        ({"sections__0__items__1__points": "十"}, "sections.0.items.1.points", "要填数字"),
        ({"sections__0__items__1__cap": 50}, "sections.0.items.1.cap", "封顶不能大于分值"),
        (
            {"sections__0__items__1__findings": {}},
            "sections.0.items.1.findings",
            "至少要写一条规则、规范条款或类别",
        ),
        ({"sections__0__items__1__id": "opening"}, "sections.0.items.1.id", "编号 opening 用了两次"),
        ({"sections__0__items__1__when": {}}, "sections.0.items.1.when", "至少要写一个条件"),
        (
            {"sections__0__items__0__when": {"item": "shirk"}},
            "sections.0.items.0.when.item",
            "shirk 不是排在本项之前的评分项",
        ),
        ({"sections__0__items": []}, "sections.0.items", "至少要有一项"),
        ({"sections__0__items__0__policy": "some"}, "sections.0.items.0.policy", "只能是 all、each、any"),
    ],
)  # fmt: skip
def test_faults_are_named_by_their_field(values: dict[str, Any], field: str, message: str) -> None:
    (fault,) = faults_of(changed(**values))
    assert (".".join(map(str, fault.field)), fault.message) == (field, message)


def test_a_missing_field_is_named_itself() -> None:
    form = form_of(TEXT)
    del form["sections"][0]["items"][1]["points"]
    del form["sections"][0]["items"][0]["title"]
    assert {fault.field for fault in faults_of(form)} == {
        ("sections", 0, "items", 1, "points"), ("sections", 0, "items", 0, "title"),
    }  # fmt: skip


def test_a_name_of_two_sections() -> None:
    form = form_of(TEXT)
    form["sections"].append({"name": "规范", "items": [{**form["sections"][0]["items"][1], "id": "other"}]})
    (fault,) = faults_of(form)
    assert (fault.field, fault.message) == (("sections", 1, "name"), "已有名为“规范”的部分")
