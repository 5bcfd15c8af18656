"""``huashu next``: where a conversation stands, and what to say next."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from assistant.cli.options import Company, Packs, ProcedureOption

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from assistant.cli.output import Tally
    from assistant.engine.fold import Engine
    from assistant.errors import HuashuError
    from assistant.model import Conversation, Prompt, Turn


class Standing(NamedTuple):
    """A conversation and where it stands."""

    id: str
    turns: Sequence[Turn]
    procedures: Sequence[Mapping[str, Any]]
    prompts: Sequence[Prompt]


class Format(StrEnum):
    text = "text"
    json = "json"
    jsonl = "jsonl"


def register(app: typer.Typer) -> None:
    app.command(
        "next",
        epilog="Examples: huashu next call.txt · huashu next call.txt --procedure P-FIVE · "
        "tail -20 live.txt | huashu next - --format json",
    )(next_command)


def next_command(
    path: Annotated[
        str, typer.Argument(metavar="FILE", help="A conversation of any readable format, or -: stdin.")
    ],
    output_format: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.text,
    procedure: ProcedureOption = None,
    pack: Packs = None,
    company: Company = None,
) -> int:
    """Say where a running conversation stands in its procedure, and the next step with ready phrases."""
    from assistant.bootstrap import load_engine
    from assistant.cli.output import Tally
    from assistant.ingest import read_paths
    from assistant.settings import load_settings

    settings = load_settings({"packs": pack, "company": company, "procedure": procedure})
    engine = load_engine(settings, scoring=False, guiding=True)
    tally = Tally()
    _WRITERS[output_format](list(_told(engine, read_paths([path]), tally)))
    return tally.code


def _told(
    engine: Engine, conversations: Iterable[Conversation | HuashuError], tally: Tally
) -> Iterator[Standing | HuashuError]:
    from assistant.errors import HuashuError

    for conversation in conversations:
        if isinstance(conversation, HuashuError):
            tally.error(conversation)
            yield conversation
        else:
            yield _standing(engine, conversation)


def _standing(engine: Engine, conversation: Conversation) -> Standing:
    """Follow a conversation to where it stands now."""
    state = engine.start(
        conversation.meta, id=conversation.id, channel=conversation.channel, origin=conversation.origin
    )
    for item in conversation.items:
        engine.feed(state, item)
    procedures, prompts = engine.standing(state)
    return Standing(conversation.id, state.turns, procedures, prompts)


def _write_text(told: list[Standing | HuashuError]) -> None:
    from assistant.report.terminal import console_for, render_standing

    console = console_for(sys.stdout, None, 120)
    for one in told:
        if isinstance(one, Standing):
            render_standing(one.id, one.turns, one.procedures, one.prompts, console)


def _write_json(told: list[Standing | HuashuError]) -> None:
    from assistant.report.wire import dumps

    objects = [_object(one) for one in told]
    sys.stdout.write(dumps(objects[0] if len(objects) == 1 else objects) + "\n")


def _write_jsonl(told: list[Standing | HuashuError]) -> None:
    from assistant.report.wire import dumps

    for one in told:
        sys.stdout.write(dumps(_object(one)) + "\n")


def _object(one: Standing | HuashuError) -> dict[str, Any]:
    from assistant.report.wire import error_object, next_object

    if isinstance(one, Standing):
        return next_object(one.id, one.procedures, one.prompts)
    return error_object(one)


_WRITERS: dict[Format, Callable[[list[Standing | HuashuError]], None]] = {
    Format.text: _write_text,
    Format.json: _write_json,
    Format.jsonl: _write_jsonl,
}
