"""``huashu qa``: calls into the QA desk; ``huashu report month``: a month in figures."""

from __future__ import annotations

import re
import sys
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.options import Company, Output, Packs, ProcedureOption, ScorecardOption
from assistant.cli.users import BY, Database, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from concurrent.futures import Future

    from assistant.engine.fold import Engine
    from assistant.errors import HuashuError
    from assistant.model import Conversation
    from assistant.settings import Settings
    from assistant.store.database import Store
    from assistant.store.review.cards import Shelf

_AT_ONCE = 32
_WAITING = 4
"""Batches that may wait to be stored."""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


class Format(StrEnum):
    text = "text"
    json = "json"
    xlsx = "xlsx"


def register(app: typer.Typer) -> None:
    group = _group("qa", "The QA desk: import recorded calls, rebuild its figures.")
    group.command("import", epilog="Example: huashu qa import recordings/ --database calls.db")(
        import_command
    )
    group.command("rebuild", epilog="Example: huashu qa rebuild")(rebuild_command)
    app.add_typer(group)
    reports = _group("report", "Figures of stored calls.")
    reports.command("month", epilog="Example: huashu report month 2026-10 --format xlsx -o 十月.xlsx")(
        month_command
    )
    app.add_typer(reports)


def _group(name: str, what: str) -> typer.Typer:
    group = typer.Typer(name=name, help=what, no_args_is_help=True, rich_markup_mode=None)
    group.callback()(lambda: None)
    return group


def import_command(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files and folders of any readable format, or -: stdin."),
    ],
    rescore: Annotated[
        bool, typer.Option("--rescore", help="Give known calls a new report; the old one is kept.")
    ] = False,
    database: Database = None,
    pack: Packs = None,
    procedure: ProcedureOption = None,
    scorecard: ScorecardOption = None,
    company: Company = None,
) -> int:
    """Score recorded calls and store them; each once, whatever its file is called.

    Prints a line for each call: what became of it, its id, its score. What can't be read is told on stderr.
    """
    from assistant.cli.score import counted
    from assistant.ingest import read_paths
    from assistant.settings import load_settings

    flags = {"packs": pack, "scorecard": scorecard, "company": company, "procedure": procedure,
             "database": database}  # fmt: skip
    settings = load_settings(flags)
    conversations = read_paths(paths)
    if sys.stderr.isatty():
        conversations = counted(conversations, paths)
    return within(settings.store, lambda store: _import(store, settings, conversations, rescore=rescore))


def _import(
    store: Store, settings: Settings, conversations: Iterable[Conversation | HuashuError], *, rescore: bool
) -> int:
    from assistant.cli.output import complain
    from assistant.errors import ExitCode, HuashuError

    told: dict[str, int] = {}
    code = ExitCode.CLEAN
    for each in imported(store, house_engine(settings, store)[0], conversations, rescore=rescore):
        if isinstance(each, HuashuError):
            complain(each)
            told["error"] = told.get("error", 0) + 1
            code = ExitCode.UNREADABLE_INPUT
            continue
        told[each["status"]] = told.get(each["status"], 0) + 1
        total = "" if each["total"] is None else f"{each['total']:g}"
        sys.stdout.write(f"{each['status']}\t{each['call_id']}\t{total}\n")
    sys.stdout.write(", ".join(f"{count:,} {status}" for status, count in sorted(told.items())) + "\n")
    return code


def house_engine(settings: Settings, store: Store) -> tuple[Engine, Shelf]:
    """Return the engine that scores by the house's published scorecards, and the shelf they stand on."""
    from assistant.bootstrap import load_engine, load_scorecards
    from assistant.store.review.cards import HouseScorer, Shelf

    engine = load_engine(settings)
    shelf = Shelf(load_scorecards(settings))
    if engine.scorer is None:
        return engine, shelf
    return engine.scored_by(HouseScorer(store, shelf, engine.scorer)), shelf


def imported(
    store: Store,
    engine: Engine,
    conversations: Iterable[Conversation | HuashuError],
    *,
    rescore: bool = False,
) -> Iterator[dict[str, Any] | HuashuError]:
    """Score and store conversations, scoring the next ones while those before are written."""
    from assistant.batch.local import run_many
    from assistant.errors import HuashuError
    from assistant.store.review.intake import take_in

    under_way: list[Future[list[dict[str, Any]]]] = []
    batch: list[tuple[Conversation, dict[str, Any]]] = []
    today = date.today()  # noqa: DTZ011 (the house's own calendar)

    def store_batch() -> None:
        job = partial(take_in, by=BY, calls=list(batch), day=today, rescore=rescore)
        under_way.append(store.write(job))
        batch.clear()

    for judged in run_many(conversations, lambda: _Judge(engine)):
        if isinstance(judged, HuashuError):
            yield judged
            continue
        batch.append(judged)
        if len(batch) == _AT_ONCE:
            store_batch()
        if len(under_way) > _WAITING:
            yield from under_way.pop(0).result()
    if batch:
        store_batch()
    for waiting in under_way:
        yield from waiting.result()


class _Judge:
    """Scores a call, and keeps it beside its report."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, conversation: Conversation, /) -> tuple[Conversation, dict[str, Any]]:
        from assistant.report.wire import report_object

        return conversation, report_object(self._engine.run(conversation))


def rebuild_command(database: Database = None) -> None:
    """Make the figures of stored calls that have none, such as those stored before there were any."""
    from assistant.store.review.facts import rebuild

    made = within(database, lambda store: store.write(rebuild).result())
    sys.stdout.write(f"{made} calls\n")


def month_command(
    month: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month.")],
    output_format: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.text,
    output: Output = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="ID", help="Of this agent alone.")] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="TEAM", help="Of this team alone.")] = None,
    line: Annotated[
        str | None, typer.Option("--line", metavar="LINE", help="Of this business line alone.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="CHANNEL", help="Of this channel alone.")
    ] = None,
    database: Database = None,
) -> None:
    """Write the figures of a month: scores, pass rates, trend, items, rules, emotion, phrases.

    Those of a closed month are as they were when it was closed.
    """
    from assistant.errors import UsageError
    from assistant.report import dumps
    from assistant.report.plain import plain
    from assistant.report.tables import text_of, write_tables
    from assistant.review.tables import tables_of

    if not _MONTH.fullmatch(month):
        raise UsageError(f"{month}: a month is written YYYY-MM", code="bad-month")
    if output_format is Format.xlsx and output is None:
        raise UsageError("a workbook needs a file: name it with -o", code="binary-output")
    whose = {"agent_id": agent, "team": team, "business_line": line, "channel": channel}
    body = within(database, lambda store: _figures(store, month, whose))
    if output_format is Format.xlsx and output is not None:
        with output.open("wb") as stream:
            write_tables(tables_of(body), stream)
        return
    text = dumps(plain(body)) + "\n" if output_format is Format.json else text_of(tables_of(body))
    _written(text, output)


def _written(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def _figures(store: Store, month: str, whose: Mapping[str, str | None]) -> dict[str, Any]:
    from assistant.bootstrap import load_rules, load_scorecards
    from assistant.settings import load_settings
    from assistant.store.review.cards import Shelf
    from assistant.store.review.reports import Scope, Titles, report

    settings = load_settings({})
    rules = {rule.id: rule.title for rule in load_rules(settings).rules}
    shelf = Shelf(load_scorecards(settings))
    scope = Scope(month, month, **whose)
    return store.read(lambda c: report(c, scope, Titles(shelf.titles(c), rules)))
