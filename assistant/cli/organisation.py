"""``huashu org``: teams, business lines and agents, in and out as a workbook."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.users import BY, Database, within
from assistant.errors import ExitCode

if TYPE_CHECKING:
    from assistant.organisation.model import Organisation

_WHAT = (("lines", "业务线"), ("teams", "班组"), ("agents", "坐席"), ("memberships", "归属"))
_DONE = (("new", "新增"), ("changed", "变更"), ("ended", "截止"), ("deleted", "删除"))


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        name="org",
        help="Look after business lines, teams and agents.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("import", epilog="Example: huashu org import 组织.xlsx --check")(import_command)
    group.command("export", epilog="Example: huashu org export 组织.xlsx")(export_command)
    app.add_typer(group)


def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A workbook (.xlsx).")],
    check: Annotated[
        bool, typer.Option("--check", help="Say what would change, and change nothing.")
    ] = False,
    database: Database = None,
) -> None:
    """Take a workbook over: all of its rows, or none and everything that is wrong with them."""
    from assistant.errors import InputError
    from assistant.organisation.model import RowsError
    from assistant.organisation.sheets import read_workbook
    from assistant.store.review.facts import take_over

    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", code="unreadable", path=str(file)) from None
    try:
        draft = read_workbook(data, str(file))
        job = partial(take_over, by=BY, draft=draft, dry_run=check)
        changes = within(database, lambda store: store.write(job).result())
    except RowsError as error:
        sys.stderr.writelines(f"huashu: {file}: {problem}\n" for problem in error.problems)
        sys.stderr.write(f"huashu: {file}: {error.message}\n")
        raise typer.Exit(ExitCode.UNREADABLE_INPUT) from None
    told = "，".join(
        f"{name}{done} {changes[f'{what}.{how}']}"
        for what, name in _WHAT
        for how, done in _DONE
        if changes.get(f"{what}.{how}")
    )
    begin = "检查通过，将导入" if check else "已导入"
    sys.stdout.write(f"{begin}：{told or '没有变化'}\n")


def export_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook to write (.xlsx).")],
    template: Annotated[bool, typer.Option("--template", help="Write an empty one to fill in.")] = False,
    database: Database = None,
) -> None:
    """Write the organisation as a workbook, with all that import reads."""
    from assistant.errors import UsageError
    from assistant.organisation.model import Organisation as Empty
    from assistant.organisation.sheets import write_workbook
    from assistant.store.organisation import read_organisation

    known: Organisation = (
        Empty() if template else within(database, lambda store: store.read(read_organisation))
    )
    try:
        file.write_bytes(write_workbook(known))
    except OSError as error:
        raise UsageError(f"{file}: can't be written: {error.strerror}", code="unwritable") from None
