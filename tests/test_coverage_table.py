"""docs/coverage.yml says where each id of the service standard is checked; here it is held to that."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from assistant.score.loader import load_shipped, shipped_names

ROOT = Path(__file__).parents[1]
IDS = tuple((ROOT / "tests/data/standard_ids.txt").read_text(encoding="utf-8").split())
PAGES = ROOT.parent / "shared" / "domain"
PAGE_NAMES = ("phrases.md", "procedures.md", "complaints.md", "training.md")
AN_ID = re.compile(r"(?<![\w-])(?:G-R\d+|G-\d+[ab]?|B-\d+|P-[A-Z]+|[MRKD]-\d+)(?!\w)")
CHECKED = {"words", "timing", "manual", "procedure", "knowledge", "scenario", "system"}


@cache
def table() -> dict[str, dict[str, Any]]:
    return YAML(typ="safe").load((ROOT / "docs/coverage.yml").read_text(encoding="utf-8"))


@cache
def kinds_by_source() -> dict[str, set[str]]:
    """Kinds of the rules of all packs, by source."""
    kinds: dict[str, set[str]] = {}
    for path in sorted((ROOT / "phrase_rules").rglob("*.yml")):
        for rule in YAML(typ="safe").load(path.read_text(encoding="utf-8")).get("rules") or []:
            for source in rule["source"]:
                kinds.setdefault(source, set()).add(rule["kind"])
    return kinds


def ids_checked_by(way: str) -> list[str]:
    return [name for name in IDS if way in table()["standard"][name]["checked"]]


def test_every_id_is_in_the_table_once_and_no_other():
    assert sorted(table()["standard"]) == sorted(IDS)
    assert len(set(IDS)) == len(IDS)


def test_entries_use_the_known_words():
    for part in table().values():
        for name, entry in part.items():
            assert set(entry) <= {"checked", "planned", "note"}, name
            assert entry["checked"], name
            assert set(entry["checked"]) <= CHECKED, name
            assert entry["note"], name


@pytest.mark.skipif(not PAGES.exists(), reason="the pages of the standard are not beside the checkout")
def test_list_of_ids_is_that_of_the_pages():
    pages = "\n".join((PAGES / name).read_text(encoding="utf-8") for name in PAGE_NAMES)
    assert sorted(set(AN_ID.findall(pages))) == sorted(IDS)


@pytest.mark.parametrize("name", ids_checked_by("words"))
def test_an_id_checked_by_words_has_a_rule(name):
    assert kinds_by_source().get(name, set()) - {"timing"}, f"no rule of any pack has source {name}"


@pytest.mark.parametrize("name", ids_checked_by("timing"))
def test_an_id_checked_by_timing_has_a_rule(name):
    assert kinds_by_source().get(name), f"no rule of any pack has source {name}"


@pytest.mark.parametrize("name", ids_checked_by("manual"))
def test_a_manual_id_is_an_item_of_the_standard_scorecard(name):
    sources = {source for item in load_shipped().items if item.kind == "manual" for source in item.sources}
    assert name in sources


def test_every_source_of_the_packs_is_in_the_table():
    known = {name for part in table().values() for name in part}
    assert sorted(set(kinds_by_source()) - known) == []


@pytest.mark.parametrize("card", shipped_names())
def test_every_source_of_a_scorecard_is_in_the_table(card):
    known = {name for part in table().values() for name in part}
    items = load_shipped(card).items
    named = {source for item in items for source in item.sources}
    named |= {source for item in items if item.selector for source in item.selector.sources}
    assert sorted(name for name in named if "*" not in name and name not in known) == []


def test_findings_that_count_have_a_place_in_the_standard_scorecard():
    """A source decided by words that no item asks for would be found and never scored."""
    selectors = [item.selector for item in load_shipped().items if item.selector]
    patterns = {source for selector in selectors for source in selector.sources}
    globs = [re.compile(pattern.replace("*", ".*")) for pattern in patterns]
    unscored = [name for name in ids_checked_by("words") if not any(glob.fullmatch(name) for glob in globs)]
    assert unscored == ["G-25"]  # asked for by the name of its rules, channels.salon.*
