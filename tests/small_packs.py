"""Engines of small packs written in a test, conversations written as lines."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import indent
from typing import Any

from assistant.engine.fold import Engine
from assistant.ingest import mask, read_text
from assistant.match.compile import compile_rules
from assistant.model import Conversation, Finding, Report, Speaker, Turn
from assistant.rules.loader import load_paths
from assistant.rules.pack import ruleset_of
from assistant.text.normalise import Normaliser
from assistant.text.tables import CharacterTables, build_tables

_HEAD = 'pack: sample\nversion: "1"\n'
_RULE = """\
- id: {id}
  title: 示例
  source: [B-3]
  kind: {kind}
  severity: major
{extra}  match: {match}
  message: "出现“{{matched}}”"
  suggest: 我帮您转接同事,请稍等好吗?
  examples: {{hit: [], miss: []}}
"""


@cache
def tables() -> CharacterTables:
    """The character tables, made once: they take longer than all packs of a test file."""
    return build_tables()


@cache
def normaliser() -> Normaliser:
    return Normaliser.of(tables())


def rule(match: str, kind: str = "phrase", *, id: str = "sample.one.rule", extra: str = "") -> str:  # noqa: A002
    """Return the YAML of one rule; `match` in flow form, `extra` as lines of further keys."""
    further = indent(extra.strip() + "\n", "  ") if extra else ""
    return _RULE.format(id=id, kind=kind, match=match, extra=further)


def pack(*rules: str, lists: str = "") -> str:
    return f"{_HEAD}{lists}rules:\n" + "".join(rules)


@cache
def _compiled(text: str) -> Any:
    with TemporaryDirectory() as folder:
        path = Path(folder, "rules.yml")
        path.write_text(text, encoding="utf-8")
        result = load_paths([path])
    assert not result.problems, "\n".join(f"{problem}\n{problem.excerpt}" for problem in result.problems)
    return compile_rules(ruleset_of(result.files), tables())


def engine_of(*rules: str, lists: str = "", **options: Any) -> Engine:
    """Return an engine for these rules alone."""
    return Engine(_compiled(pack(*rules, lists=lists)), **options)


def turn(text: str, role: str = "agent", index: int = 0) -> Turn:
    """Return a turn with its private data masked."""
    masked, masks = mask(text)
    return Turn(index, Speaker(role), masked, masks)


def talk(
    lines: str, *, channel: str = "hotline", meta: dict[str, Any] | None = None, masked: bool = True
) -> Conversation:
    """Read lines with role prefixes (坐席 and 客户, times and events as in the examples of rules)."""
    read = read_text("\n".join(line.strip() for line in lines.strip().splitlines()))
    items = tuple(_masked(item) if masked and isinstance(item, Turn) else item for item in read.items)
    return Conversation("test", items, meta or {}, channel)


def _masked(said: Turn) -> Turn:
    masked, masks = mask(said.text)
    return said if not masks else Turn(
        said.index, said.role, masked, masks, said.start_s, said.end_s, said.agent_id, said.role_inferred
    )  # fmt: skip


def run(engine: Engine, lines: str, **options: Any) -> Report:
    return engine.run(talk(lines, **options))


def places(findings: tuple[Finding, ...]) -> list[tuple[int, str | None]]:
    """Return turn and characters of each finding."""
    return [(finding.turn, finding.text) for finding in findings]


def said(
    engine: Engine, text: str, role: str = "agent", meta: dict[str, Any] | None = None
) -> list[str | None]:
    """Return the characters of the findings in one utterance."""
    return [finding.text for finding in engine.check(turn(text, role), meta)]


def statuses(report: Report) -> list[str]:
    return [requirement.status for requirement in report.requirements]
