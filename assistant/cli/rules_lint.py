"""``huashu rules lint`` and ``huashu rules test``: is a pack well written, does it do what it says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.problems import counted, errors_of, invalid, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.errors import Problem
    from assistant.rules.loader import LoadResult

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...", help="Files, folders, shipped packs; default: those of the settings."
    ),
]


def register(group: typer.Typer) -> None:
    group.command("lint", epilog="Example: huashu rules lint house/ 本单位.yml")(lint_command)
    group.command("test", epilog="Example: huashu rules test house/")(examples_command)


def lint_command(paths: Paths = None) -> int:
    """Show everything wrong with rule packs: where, what, and how to mend it.

    Exits with 3 if there are errors; warnings alone leave a pack usable.
    """
    loaded, problems = _linted(_paths(paths))
    sys.stdout.writelines(f"{shown(problem)}\n" for problem in problems)
    rules = sum(len(file.content.rules) for file in loaded.files)
    errors = errors_of(problems)
    sys.stdout.write(
        f"{counted(rules, 'rule')} in {counted(len(loaded.files), 'file')}: "
        f"{counted(len(errors), 'error')}, {counted(len(problems) - len(errors), 'warning')}\n"
    )
    return invalid(bool(errors))


def examples_command(paths: Paths = None) -> int:
    """Run the examples of rules: each hit fires once at its marks, each miss stays silent.

    Each wording must be needed by a hit and each exception by a miss, and no suggestion may fire a
    rule. Exits with 3 if anything fails.
    """
    from assistant.bootstrap import load_conduct, load_customer
    from assistant.engine.fold import Engine
    from assistant.examples import run_rules, run_suggestions
    from assistant.match.compile import compile_rules
    from assistant.rules.pack import ruleset_of

    loaded, problems = _linted(_paths(paths))
    errors = errors_of(problems)
    if errors:
        sys.stdout.writelines(f"{shown(problem)}\n" for problem in errors)
        return invalid(wrong=True)
    ruleset = ruleset_of(loaded.files)
    compiled = compile_rules(ruleset)
    engine = Engine(compiled, conduct=load_conduct(compiled), classifier=load_customer())
    failed = 0
    for failure in (*run_rules(engine, ruleset.rules), *run_suggestions(engine, ruleset.rules)):
        failed += 1
        sys.stdout.write(f"{failure}\n")
        sys.stdout.flush()
    examples = sum(len(rule.examples.hit) + len(rule.examples.miss) for rule in ruleset.rules)
    sys.stdout.write(
        f"{counted(len(ruleset.rules), 'rule')}, {counted(examples, 'example')}: "
        f"{counted(failed, 'failure')}\n"
    )
    return invalid(bool(failed))


def _paths(given: list[str] | None) -> tuple[Path, ...]:
    from assistant.bootstrap import rule_paths
    from assistant.settings import load_settings

    return rule_paths(load_settings({"packs": given}).packs)


def _linted(paths: Sequence[Path]) -> tuple[LoadResult, tuple[Problem, ...]]:
    from assistant.rules.checks import lint
    from assistant.rules.loader import load_paths

    loaded = load_paths(paths)
    return loaded, (*loaded.problems, *lint(loaded.files))
