"""``huashu desk``: cases and counters of other systems in and out, the report, the deadlines."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.users import BY, Database, within

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.desk.house import Desk
    from assistant.store.database import Store

File = Annotated[Path, typer.Argument(metavar="FILE", help="A CSV (UTF-8) or XLSX file with a header.")]
OutFile = Annotated[Path, typer.Argument(metavar="FILE", help="Where to write: .csv or .xlsx.")]
Month = Annotated[str, typer.Option("--month", metavar="YYYY-MM", help="The month, or the first of several.")]
_XLSX = ".xlsx"


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        name="desk",
        help="The complaint desk: import, export, report.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    group.command("import", epilog="Example: huashu desk import 工单.xlsx")(import_command)
    group.command("export", epilog="Example: huashu desk export cases.csv")(export_command)
    group.command("counters", epilog="Example: huashu desk counters 话务.csv")(counters_command)
    group.command("renewals", epilog="Example: huashu desk renewals 续保名单.xlsx")(renewals_command)
    group.command("report", epilog="Example: huashu desk report 2026-11.xlsx --month 2026-11")(report_command)
    group.command("due", epilog="Example: huashu desk due")(due_command)
    app.add_typer(group)


def import_command(file: File, database: Database = None) -> None:
    """Take over the cases of another system, by the titles of its columns; known ones stay as they are.

    A row that can't be understood is reported with its number and stops nothing; the exit code is 4 then.
    Columns that aren't taken are named. What `huashu desk export` wrote is known by its numbers.
    """
    from assistant.cli.output import complain_text
    from assistant.store.desk.ledger import Acting
    from assistant.store.desk.sheets import import_case, read_table, unknown_columns

    rows = read_table(file)
    if unknown := unknown_columns(rows):
        complain_text(f"{file}: 没有导入这些列：{'、'.join(unknown)}")

    def run(store: Store, desk: Desk) -> int:
        def one(row: dict[str, Any]) -> Callable[[Any], bool]:
            return lambda connection: import_case(Acting(connection, desk, _who(), _now()), row)

        return _each(rows, lambda row: store.write(one(row)).result(), "imported, {} known already", file)

    raise typer.Exit(_with_desk(database, run))


def export_command(file: OutFile, database: Database = None) -> None:
    """Write all cases with their records as CSV or XLSX."""
    from assistant.store.audit import note
    from assistant.store.desk.sheets import write_cases

    def run(store: Store, desk: Desk) -> int:
        store.write(partial(note, actor=BY, action="case.export", target="")).result()
        with file.open("wb") as stream:
            return store.read(
                partial(write_cases, desk=desk, stream=stream, xlsx=file.suffix.lower() == _XLSX)
            )

    sys.stdout.write(f"{_with_desk(database, run)} cases\n")


def counters_command(file: File, database: Database = None) -> None:
    """Take over the phone system's counters: 日期, 班组, 呼入数, 接通数, 请求人工数, 人工接听数."""
    from assistant.store.desk.figures import keep_counters
    from assistant.store.desk.sheets import read_counters, read_table

    rows = read_table(file)

    def run(store: Store) -> int:
        def keep(row: dict[str, Any]) -> bool:
            return bool(store.write(partial(keep_counters, rows=[read_counters(row)])).result())

        return _each(rows, keep, "kept, {} refused", file)

    raise typer.Exit(within(database, run))


def renewals_command(file: File, database: Database = None) -> None:
    """Put the contacts of policies that expire on the queue: 保单号, 客户, 到期日, 电话 where there is one.

    Phone numbers are kept encrypted, which takes the key of contact data.
    """
    from assistant.cli.contacts import keys_of
    from assistant.store.desk.ledger import Acting
    from assistant.store.desk.sheets import import_renewal, read_table, tells_phones

    rows = read_table(file)
    keys = keys_of(database) if tells_phones(rows) else None

    def run(store: Store, desk: Desk) -> int:
        def one(row: dict[str, Any]) -> Callable[[Any], bool]:
            return lambda connection: import_renewal(Acting(connection, desk, _who(), _now()), row, keys)

        return _each(rows, lambda row: store.write(one(row)).result(), "queued, {} known already", file)

    raise typer.Exit(_with_desk(database, run))


def report_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook to write: .xlsx.")],
    month: Month,
    to: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM", help="The last month.", show_default="the same")
    ] = None,
    database: Database = None,
) -> None:
    """Write the report of a month or quarter: figures against their targets, trend, analysis."""
    import re

    from assistant.errors import UsageError
    from assistant.store.desk.figures import Asked
    from assistant.store.desk.sheets import write_report

    if file.suffix.lower() != _XLSX:
        raise UsageError(f"{file}: the report is a workbook, the file has to end in .xlsx", code="bad-ending")
    last = to or month
    if not all(re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", each) for each in (month, last)) or last < month:
        raise UsageError("--month and --to are months such as 2026-11, in their order", code="bad-month")

    def run(store: Store, desk: Desk) -> int:
        with file.open("wb") as stream:
            store.read(partial(write_report, desk=desk, asked=Asked(month, last), stream=stream))
        return 0

    _with_desk(database, run)


def due_command(database: Database = None) -> None:
    """Tell deadlines that are near or missed now, as the service does; print how many. For a cron job."""
    from assistant.store.desk.clock import claim_deadlines

    def run(store: Store, desk: Desk) -> int:
        return store.write(partial(claim_deadlines, desk=desk, now=_now(), most=100_000)).result()

    sys.stdout.write(f"{_with_desk(database, run)} told\n")


def _each(rows: list[dict[str, Any]], keep: Callable[[dict[str, Any]], bool], said: str, file: Path) -> int:
    from assistant.cli.output import complain
    from assistant.errors import ExitCode, InputError

    done = other = wrong = 0
    for line, row in enumerate(rows, 2):
        try:
            if keep(row):
                done += 1
            else:
                other += 1
        except InputError as error:
            wrong += 1
            complain(InputError(error.message, code=error.code, path=str(file), line=line))
    sys.stdout.write(
        f"{done} {said.format(other)}\n" if "known" in said else f"{done} {said.format(wrong)}\n"
    )
    return ExitCode.UNREADABLE_INPUT if wrong else ExitCode.CLEAN


def _with_desk(database: str | None, run: Callable[[Store, Desk], int]) -> int:
    from assistant.bootstrap import load_desk
    from assistant.settings import load_settings

    desk = load_desk(load_settings())
    return within(database, lambda store: run(store, desk))


def _who() -> Any:
    from assistant.desk.house import Person

    return Person(BY, "agent")


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)
