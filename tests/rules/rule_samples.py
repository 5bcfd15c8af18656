"""Rule files for tests. ``§`` in a sample stands where a problem is expected."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

from assistant.rules.checks import lint
from assistant.rules.loader import load_paths

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.errors import Problem

HEAD = 'pack: sample\nversion: "1"\n'
RULE = """\
  - id: {id}
    title: 推卸责任
    source: [{source}]
    kind: {kind}
    severity: {severity}
{extra}    match: {match}
    message: {message}
    suggest: 我帮您转接同事,请稍等好吗?
    examples: {examples}
"""
EXAMPLES = '{hit: ["这‹不归我管›"], miss: ["我帮您查"]}'


def rule(
    rule_id: str = "sample.shirking.one",
    *,
    match: str = '{any: ["不归我管"]}',
    kind: str = "phrase",
    severity: str = "major",
    source: str = "B-3",
    message: str = '"出现“{matched}”"',
    examples: str = EXAMPLES,
    extra: str = "",
) -> str:
    """Return the YAML of one sound rule with parts replaced."""
    lines = "".join(f"    {line}\n" for line in extra.splitlines())
    return RULE.format(
        id=rule_id, match=match, kind=kind, severity=severity, source=source,
        message=message, examples=examples, extra=lines,
    )  # fmt: skip


def pack(*rules: str, head: str = HEAD, lists: str = "") -> str:
    """Return the YAML of a file with these rules."""
    return f"{head}{lists}rules:\n" + "".join(rules)


def marked(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text without its marks, and the line and column of each mark."""
    places = []
    while "§" in text:
        before, _, after = text.partition("§")
        places.append((before.count("\n") + 1, len(before) - before.rfind("\n")))
        text = before + after
    return text, places


def problems_of(folder: Path, text: str, name: str = "rules.yaml") -> tuple[Problem, ...]:
    """Write one file; return what loading and linting say of the folder."""
    (folder / name).write_text(dedent(text), encoding="utf-8")
    return check_folder(folder)


def check_folder(folder: Path) -> tuple[Problem, ...]:
    result = load_paths([folder])
    return (*result.problems, *lint(result.files, clean=clean))


def clean(text: str) -> str:
    """Stand-in for the normaliser: without punctuation and spaces, lower case."""
    return "".join(sign for sign in text.lower() if sign.isalnum())
