"""``huashu score``: recorded conversations to reports."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import Company, FailOn, Output, Packs, ProcedureOption, ScorecardOption, Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assistant.batch.local import Runner
    from assistant.engine.fold import Engine
    from assistant.errors import HuashuError, InputError
    from assistant.model import Conversation, Report
    from assistant.report.formats import Written
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
    procedure: ProcedureOption = None,
    scorecard: ScorecardOption = None,
    company: Company = None,
    workers: Workers = None,
    fail_on: FailOn = None,
) -> int:
    """Score recorded conversations: findings, required phrases, the scorecard.

    A file that can't be read is reported in its place and never stops the rest.
    """
    from assistant.batch.local import run_many
    from assistant.cli.output import Tally
    from assistant.ingest import read_paths
    from assistant.settings import load_settings

    flags = {
        "packs": pack,
        "scorecard": scorecard,
        "company": company,
        "procedure": procedure,
        "workers": workers,
        "fail_on": fail_on,
    }
    settings = load_settings(flags)
    on_terminal = sys.stdout.isatty() and sys.stderr.isatty()
    tally = Tally(settings.failing, told=on_terminal and output is None and output_format is Format.text)
    as_json = output_format in (Format.json, Format.jsonl)
    loaded = _loaded(settings, as_json=as_json)
    conversations = guesses_told(read_paths(paths))
    if sys.stderr.isatty() and not (as_json and output is None and sys.stdout.isatty()):
        conversations = counted(conversations, paths)
    _write(tally.watch(run_many(conversations, loaded, settings.workers)), output_format, output)
    return tally.code


def _loaded(settings: Settings, *, as_json: bool) -> Callable[[], Runner[Report | Written]]:
    """Return what makes the runners; packs with problems are told now, before anything is read."""
    from assistant.bootstrap import load_engine

    factory = partial(_engine, settings, as_json=as_json)
    if settings.workers > 1:
        load_engine(settings)
        return factory
    runner = factory()
    return lambda: runner


def _engine(settings: Settings, *, as_json: bool) -> Runner[Report | Written]:
    from assistant.bootstrap import load_engine

    engine = load_engine(settings)
    return JsonRunner(engine) if as_json else engine


@dataclass(frozen=True, slots=True)
class JsonRunner:
    """Writes the reports where they are made, so that the one who collects them needn't."""

    engine: Engine

    def run(self, conversation: Conversation, /) -> Written:
        from assistant.report.formats import written

        return written(self.engine.run(conversation))


def guesses_told(
    conversations: Iterator[Conversation | InputError],
) -> Iterator[Conversation | InputError]:
    """Pass conversations on, saying on stderr once a file which columns were guessed."""
    from assistant.cli.output import complain_text
    from assistant.ingest import GUESSED
    from assistant.model import Conversation

    told: set[str | None] = set()
    for one in conversations:
        guess = one.meta.get(GUESSED) if isinstance(one, Conversation) else None
        if guess and one.path not in told:
            told.add(one.path)
            complain_text(f"{one.path}: warning: columns guessed from their cells ({guess}): check a report")
        yield one


def counted(
    conversations: Iterator[Conversation | InputError], paths: list[str]
) -> Iterator[Conversation | InputError]:
    """Pass conversations on with a progress bar over their files on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.fields[read]} conversations"), TimeElapsedColumn())
    console = Console(stderr=True)
    files: set[str | None] = set()
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        task = progress.add_task("", total=_count_files(paths), read=0)
        for number, conversation in enumerate(conversations, start=1):
            yield conversation
            files.add(conversation.path)
            progress.update(task, completed=len(files), read=number)


def _count_files(paths: list[str]) -> int | None:
    """Return how many files `paths` hold; None where nobody knows (stdin, one file of many calls)."""
    from assistant.ingest import READABLE

    if len(paths) == 1 and not Path(paths[0]).is_dir():
        return None
    folders = [Path(path) for path in paths if Path(path).is_dir()]
    inside = sum(each.suffix.lower() in READABLE for folder in folders for each in folder.rglob("*"))
    return inside + len(paths) - len(folders)


def _write(reports: Iterator[Report | Written | HuashuError], chosen: Format, output: Path | None) -> None:
    from assistant.errors import UsageError
    from assistant.report import write_reports

    if output is not None:
        write_reports(reports, chosen.value, output)
    elif chosen is Format.xlsx and sys.stdout.isatty():
        raise UsageError("a workbook can't be shown on a terminal: name a file with -o", code="binary-output")
    else:
        write_reports(reports, chosen.value, sys.stdout)
