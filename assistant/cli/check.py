"""``huashu check``: one utterance, or one a line."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.lines import STDIN, read_lines
from assistant.cli.options import Company, FailOn, Packs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from assistant.cli.output import Tally
    from assistant.engine.fold import Engine
    from assistant.errors import HuashuError
    from assistant.model import Finding


class Role(StrEnum):
    agent = "agent"
    customer = "customer"


class Format(StrEnum):
    text = "text"
    json = "json"
    jsonl = "jsonl"


def register(app: typer.Typer) -> None:
    app.command(
        "check",
        epilog="Examples: huashu check 这个不是我办的 · cat lines.txt | huashu check - --format jsonl",
    )(check_command)


def check_command(
    text: Annotated[
        str, typer.Argument(metavar="[TEXT]", help="The utterance; - or nothing: lines on stdin.")
    ] = STDIN,
    role: Annotated[Role, typer.Option("--role", help="Who says it.")] = Role.agent,
    output_format: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.text,
    pack: Packs = None,
    company: Company = None,
    fail_on: FailOn = None,
) -> int:
    """Check one utterance, or each line of stdin, against the rules that need no more than that.

    What must be said but isn't (openings, closings) is found by `huashu score`, which sees whole calls.
    """
    from assistant.bootstrap import load_engine
    from assistant.cli.output import Tally
    from assistant.settings import load_settings

    settings = load_settings({"packs": pack, "company": company, "fail_on": fail_on})
    engine = load_engine(settings, scoring=False)
    tally = Tally(settings.failing)
    lines = read_lines(sys.stdin.buffer) if text == STDIN else iter([_argument(text)])
    _WRITERS[output_format](_checked(engine, role.value, lines, tally), several=text == STDIN)
    return tally.code


def _argument(text: str) -> str:
    from assistant.ingest.encoding import clean

    return clean(text)


Checked = tuple[str, str, tuple["Finding", ...], "Engine"]


def _checked(
    engine: Engine, role: str, lines: Iterator[str | HuashuError], tally: Tally
) -> Iterator[Checked | HuashuError]:
    from assistant.errors import HuashuError
    from assistant.ingest import mask
    from assistant.model import Speaker, Turn

    for line in lines:
        if isinstance(line, HuashuError):
            tally.error(line)
            yield line
            continue
        text, masks = mask(line)
        findings = engine.check(Turn(0, Speaker(role), text, masks))
        tally.findings(findings)
        yield text, role, findings, engine


def _object(checked: Checked | HuashuError) -> dict[str, Any]:
    from assistant.errors import HuashuError
    from assistant.report.wire import check_object, error_object

    if isinstance(checked, HuashuError):
        return error_object(checked)
    text, role, findings, engine = checked
    return check_object(text, role, findings, engine.packs)


def _write_json(results: Iterator[Checked | HuashuError], *, several: bool) -> None:
    from assistant.report.wire import dumps

    if not several:
        sys.stdout.write(dumps(_object(next(results)), indent=2) + "\n")
        return
    separator = "[\n"
    for result in results:
        sys.stdout.write(separator + dumps(_object(result)))
        separator = ",\n"
    sys.stdout.write("[]\n" if separator.startswith("[") else "\n]\n")


def _write_jsonl(results: Iterator[Checked | HuashuError], *, several: bool) -> None:
    from assistant.report.wire import dumps

    for result in results:
        sys.stdout.write(dumps(_object(result)) + "\n")
        sys.stdout.flush()


def _write_text(results: Iterator[Checked | HuashuError], *, several: bool) -> None:
    from assistant.cli.utterance import utterance
    from assistant.errors import HuashuError

    colour = sys.stdout.isatty()
    for result in results:
        if not isinstance(result, HuashuError):
            text, _, findings, _ = result
            sys.stdout.write(utterance(text, findings, colour=colour, brief=several) + "\n")
            sys.stdout.flush()


_WRITERS: dict[Format, Callable[..., None]] = {
    Format.text: _write_text,
    Format.json: _write_json,
    Format.jsonl: _write_jsonl,
}
