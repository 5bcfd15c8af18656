"""``huashu score``: recorded conversations to reports."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import Company, FailOn, Output, Packs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.errors import HuashuError
    from assistant.model import Conversation, Report
    from assistant.settings import Settings


class Format(StrEnum):
    text = "text"
    json = "json"
    jsonl = "jsonl"
    html = "html"
    xlsx = "xlsx"


def register(app: typer.Typer) -> None:
    app.command(
        "score",
        epilog="Examples: huashu score call.txt · huashu score recordings/ --format xlsx -o 质检.xlsx · "
        "cat calls.jsonl | huashu score - --format jsonl --workers 4",
    )(score_command)


def score_command(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH...", help="Files and folders of any readable format, or -: stdin."),
    ],
    output_format: Annotated[
        Format, typer.Option("--format", help="How to write the reports.")
    ] = Format.text,
    output: Output = None,
    pack: Packs = None,
    procedure: Annotated[
        str | None, typer.Option("--procedure", metavar="ID", help="Procedure to follow (reserved).")
    ] = None,
    scorecard: Annotated[
        str | None, typer.Option("--scorecard", metavar="CARD", help="Scorecard: a shipped name or a file.")
    ] = None,
    company: Company = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=64, help="Processes to use.", show_default="1")
    ] = None,
    fail_on: FailOn = None,
) -> int:
    """Score recorded conversations: findings, required phrases, the scorecard.

    A file that can't be read is reported in its place and never stops the rest.
    """
    from assistant.cli.output import Tally
    from assistant.settings import load_settings

    flags = {
        "packs": pack,
        "scorecard": scorecard,
        "company": company,
        "workers": workers,
        "fail_on": fail_on,
    }
    settings = load_settings(flags)
    tally = Tally(settings.failing)
    _write(tally.watch(_reports(paths, settings)), output_format, output)
    return tally.code


def _reports(paths: list[str], settings: Settings) -> Iterator[Report | HuashuError]:
    from assistant.batch.local import run_many
    from assistant.bootstrap import engine_factory
    from assistant.ingest import read_paths

    factory = engine_factory(settings)
    engine = factory()  # packs with problems are told before anything is read
    conversations = _shown(read_paths(paths))
    return run_many(conversations, (lambda: engine) if settings.workers == 1 else factory, settings.workers)


def _shown(conversations: Iterator[Conversation | HuashuError]) -> Iterator[Conversation | HuashuError]:
    """Pass conversations on, counting them on a terminal."""
    if not sys.stderr.isatty():
        yield from conversations
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.completed} conversations"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        for conversation in conversations:
            yield conversation
            progress.advance(task)


def _write(reports: Iterator[Report | HuashuError], chosen: Format, output: Path | None) -> None:
    from assistant.errors import UsageError
    from assistant.report import write_reports

    if output is not None:
        write_reports(reports, chosen.value, output)
    elif chosen is Format.xlsx and sys.stdout.isatty():
        raise UsageError("a workbook can't be shown on a terminal: name a file with -o", code="binary-output")
    else:
        write_reports(reports, chosen.value, sys.stdout)
