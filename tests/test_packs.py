"""The shipped packs: sound files, examples that hold, suggestions and standard wordings that are clean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from assistant.engine.fold import Engine
from assistant.examples import run_rules, run_suggestions
from assistant.model import Finding, Speaker, Turn
from assistant.rules.checks import lint
from assistant.rules.loader import LoadResult
from assistant.rules.pack import RuleSet
from assistant.rules.schema import Rule, Script

FOLDER = Path(__file__).parents[1] / "phrase_rules"
FILES = sorted(FOLDER.rglob("*.yml"))
_ID = re.compile(r"^ *- id: *['\"]?([\w.-]+)", re.MULTILINE)
# Reading all packs takes seconds, so the names of tests come from the text alone.
IDS = [name for path in FILES for name in _ID.findall(path.read_text(encoding="utf-8"))]
CALL = {
    "company": "青禾科技", "agent_id": "8012", "agent_name": "李梅", "customer": "王",
    "department": "售后服务部", "phone": "4008001234", "started_at": "2026-11-03T10:00:00",
}  # fmt: skip
FILLED = {
    **CALL,
    "date": "十一月五日下午三点", "issue": "退款没有到账", "reason": "系统正在升级", "topic": "退款进度",
}  # fmt: skip


@pytest.fixture(scope="session")
def rules(shipped_rules: RuleSet) -> dict[str, Rule]:
    return {rule.id: rule for rule in shipped_rules.rules}


@pytest.fixture(scope="session")
def problems(shipped_files: LoadResult) -> list[Any]:
    return [*shipped_files.problems, *lint(shipped_files.files)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(FOLDER).with_suffix("").as_posix())
def test_the_file_is_sound(path, problems):
    errors = [each for each in problems if each.level == "error" and Path(each.path) == path]
    assert not errors, "\n".join(map(str, errors))


def test_every_rule_is_tested(rules):
    assert sorted(IDS) == sorted(rules)
    assert len(IDS) > 100


@pytest.mark.parametrize("name", IDS)
def test_examples(name, rules, shipped_engine):
    failures = list(run_rules(shipped_engine, [rules[name]]))
    assert not failures, "\n".join(map(str, failures))


@pytest.mark.parametrize("name", IDS)
def test_suggestion_fires_no_rule_of_any_pack(name, rules, shipped_engine):
    rule = rules[name]
    failures = [str(failure) for failure in run_suggestions(shipped_engine, [rule])]
    for channel in rule.when.channel or ():
        found = fired(shipped_engine, rule.suggest, channel, rule.when.meta or {})
        failures += [f"{channel}: {finding.rule} at “{finding.text}”" for finding in found]
    assert not failures, "\n".join(failures)


@pytest.mark.parametrize("name", IDS)
def test_standard_wordings_are_clean(name, rules, shipped_engine):
    rule = rules[name]
    meta = {**(rule.when.meta or {}), **CALL}
    failures = [
        f"{wording}: {finding.rule} at “{finding.text}”"
        for script in scripts(rule.match)
        for wording in ([script.script] if isinstance(script.script, str) else script.script)
        for channel in rule.when.channel or ["hotline"]
        for finding in fired(shipped_engine, wording.format_map(FILLED), channel, meta)
        if finding.rule.startswith("banned.")
    ]
    assert not failures, "\n".join(failures)


def test_there_are_standard_wordings(rules):
    assert sum(bool(list(scripts(rule.match))) for rule in rules.values()) > 10


def fired(engine: Engine, text: str, channel: str, meta: dict[str, Any]) -> list[Finding]:
    """Return what one agent's turn fires on this channel: no hints, no absences."""
    meta = {key: value[0] if isinstance(value, list) else value for key, value in meta.items()}
    _, events = engine.feed(engine.start(meta, channel=channel), Turn(0, Speaker.AGENT, text))
    findings = [event.data for event in events if isinstance(event.data, Finding)]
    return [finding for finding in findings if finding.severity > 0 and "absence" not in finding.how]


def scripts(value: Any) -> Iterator[Script]:
    """Yield every standard script in a part of a rule."""
    if isinstance(value, Script):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from scripts(getattr(value, name))
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from scripts(inner)
