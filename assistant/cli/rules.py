"""``huashu rules``: the group and its smaller commands (list, new)."""

from __future__ import annotations

import sys
import unicodedata
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli import rules_diff, rules_explain, rules_lint
from assistant.cli.options import Packs, Severities

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from assistant.match.plan import RulePlan


class Format(StrEnum):
    text = "text"
    json = "json"


def register(app: typer.Typer) -> None:
    from assistant.cli import rules_versions  # it takes `table` from here

    group = typer.Typer(
        name="rules", help="Look after rule packs.", no_args_is_help=True, rich_markup_mode=None
    )
    rules_lint.register(group)
    rules_explain.register(group)
    group.command("list", epilog="Example: huashu rules list --source B-3 --severity major")(list_command)
    rules_diff.register(group)
    group.command("new", epilog="Example: huashu rules new house.refund.promise --kind near > refund.yml")(
        new_command
    )
    rules_versions.register(group)
    app.add_typer(group)


def list_command(
    source: Annotated[
        list[str] | None, typer.Option("--source", metavar="ID", help="Only these sources, such as B-3.")
    ] = None,
    family: Annotated[
        list[str] | None, typer.Option("--family", metavar="NAME", help="Only these families.")
    ] = None,
    severity: Annotated[
        list[Severities] | None, typer.Option("--severity", help="Only these severities.")
    ] = None,
    pack: Packs = None,
    output_format: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.text,
) -> None:
    """List the rules: id, severity, source, kind, title. Repeated filters add up."""
    from assistant.bootstrap import load_rules
    from assistant.report import dumps
    from assistant.settings import load_settings

    rules = load_rules(load_settings({"packs": pack})).rules
    found = [
        _row(rule)
        for rule in sorted(rules, key=lambda each: each.id)
        if (not source or set(source) & set(rule.source))
        and (not family or rule.family in family)
        and (not severity or rule.severity.label in severity)
    ]
    if output_format is Format.json:
        sys.stdout.write(dumps(found, indent=2) + "\n")
        return
    columns = ("id", "severity", "source", "kind", "title")
    shown = [[_cell(row[column]) for column in columns] for row in found]
    sys.stdout.writelines(f"{line}\n" for line in table(shown))


def _cell(value: Any) -> str:
    return " ".join(value) if isinstance(value, list) else str(value)


def _row(rule: RulePlan) -> dict[str, Any]:
    return {
        "id": rule.id,
        "severity": rule.severity.label,
        "source": list(rule.source),
        "kind": rule.kind,
        "title": rule.title,
        "family": rule.family,
        "pack": rule.pack,
    }


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the rows with columns in line; Chinese characters are two columns wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in _each(text))


def _each(text: str) -> Iterable[str]:
    return (sign for sign in text if not unicodedata.combining(sign))


def new_command(
    rule_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the rule, such as house.refund.promise.")
    ],
    kind: Annotated[
        str, typer.Option("--kind", help="Kind of rule; docs/rules.md shows them all.")
    ] = "phrase",
) -> None:
    """Print a commented pack with one rule to begin with."""
    from assistant.rules.skeleton import new_rule

    sys.stdout.write(new_rule(rule_id, kind))
