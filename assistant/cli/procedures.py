"""``huashu procedures``: lint, test and list procedure files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.problems import counted, errors_of, invalid, shown
from assistant.cli.rules import table

if TYPE_CHECKING:
    from assistant.settings import Settings

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PATH]...",
        help="Files, folders of files, folders of the house; default: those of the settings.",
    ),
]
_PART = "procedures"  # a folder of the house holds them in a folder of that name


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        name="procedures", help="Look after procedures.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("lint", epilog="Example: huashu procedures lint house/")(lint_command)
    group.command("test", epilog="Example: huashu procedures test house/procedures/p-six.yml")(
        examples_command
    )
    group.command("list", epilog="Example: huashu procedures list")(list_command)
    app.add_typer(group)


def lint_command(paths: Paths = None) -> int:
    """Show everything wrong with procedure files: where, what, and how to mend it.

    Exits with 3 if there are errors; a warning says that no example shows a step done.
    """
    from assistant.procedure.loader import lint_procedures
    from assistant.settings import load_settings

    named = _files(load_settings(), paths)
    files, problems = lint_procedures(named)
    sys.stdout.writelines(f"{shown(problem)}\n" for problem in problems)
    errors = errors_of(problems)
    sys.stdout.write(
        f"{counted(len(files), 'procedure')} in {counted(len(named), 'file')}: "
        f"{counted(len(errors), 'error')}, {counted(len(problems) - len(errors), 'warning')}\n"
    )
    return invalid(bool(errors))


def examples_command(paths: Paths = None) -> int:
    """Run the examples of procedures: the steps they name come out as they say, so does the next one.

    Exits with 3 if one fails.
    """
    from assistant.bootstrap import load_engine
    from assistant.examples import run_procedures
    from assistant.procedure.loader import lint_procedures
    from assistant.settings import load_settings

    settings = load_settings()
    named = _files(settings, paths)
    files, problems = lint_procedures(named)
    errors = errors_of(problems)
    if errors:
        sys.stdout.writelines(f"{shown(problem)}\n" for problem in errors)
        return invalid(wrong=True)
    engine = load_engine(settings, scoring=False, guiding=True, procedures=named)
    failed = 0
    for failure in run_procedures(engine, files):
        failed += 1
        sys.stdout.write(f"{failure}\n")
        sys.stdout.flush()
    examples = sum(len(file.examples) for file in files)
    sys.stdout.write(
        f"{counted(len(files), 'procedure')}, {counted(examples, 'example')}: {counted(failed, 'failure')}\n"
    )
    return invalid(bool(failed))


def list_command(paths: Paths = None) -> None:
    """List procedures: id, unit, number of steps and of examples, name."""
    from assistant.procedure.loader import read_procedures
    from assistant.settings import load_settings

    files = read_procedures(_files(load_settings(), paths))
    rows = [
        [
            file.procedure,
            file.unit,
            counted(len(file.steps), "step"),
            counted(len(file.examples), "example"),
            file.name,
        ]
        for file in sorted(files, key=lambda file: file.procedure)
    ]
    sys.stdout.writelines(f"{line}\n" for line in table(rows))


def _files(settings: Settings, given: list[str] | None) -> list[Path]:
    """Return the procedure files meant; raises UsageError where there is none."""
    from assistant.bootstrap import guide_files
    from assistant.errors import UsageError
    from assistant.rules.files import rule_files

    if not given:
        return guide_files(settings, _PART)
    folders = [Path(path) / _PART if (Path(path) / _PART).is_dir() else Path(path) for path in given]
    for path in folders:
        if not path.exists():
            raise UsageError("there is no such file", code="no-such-file", path=str(path))
        if path.is_dir() and not any(rule_files([path])):
            raise UsageError("the folder holds no .yml file", code="no-procedures", path=str(path))
    return list(rule_files(folders))
