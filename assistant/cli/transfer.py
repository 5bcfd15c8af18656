"""``huashu export`` and ``huashu import``: stored conversations as JSON Lines."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.users import BY, Database, within

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.store.database import Store

_STDIN = "-"


def register(app: typer.Typer) -> None:
    app.command("export", epilog="Example: huashu export --database calls.db > calls.jsonl")(export_command)
    app.command("import", epilog="Example: huashu import calls.jsonl --database postgresql://…")(
        import_command
    )


def export_command(database: Database = None) -> None:
    """Write the stored conversations that have ended to stdout, one JSON object a line, with all they hold.

    Texts are masked, as they are stored. Users and tokens aren't part of it; the audit log keeps that it was
    done.
    """
    from assistant.report import dumps
    from assistant.store.audit import note
    from assistant.store.transfer import export_conversations

    def run(store: Store) -> None:
        store.write(partial(note, actor=BY, action="conversation.export", target="")).result()
        with store.engine.connect() as connection:
            for told in export_conversations(connection):
                sys.stdout.write(dumps(told) + "\n")

    within(database, run)


def import_command(
    path: Annotated[str, typer.Argument(metavar="[PATH]", help="What export wrote; -: stdin.")] = _STDIN,
    database: Database = None,
) -> None:
    """Store conversations that `huashu export` wrote; those whose id is stored already stay as they are."""

    def run(store: Store) -> tuple[int, int]:
        from assistant.store.transfer import import_conversation

        new = known = 0
        for told in _objects(path):
            if store.write(partial(import_conversation, told=told)).result():
                new += 1
            else:
                known += 1
        return new, known

    new, known = within(database, run, create=True)
    sys.stdout.write(f"{new} imported, {known} known already\n")


def _objects(path: str) -> Iterator[dict[str, Any]]:
    import json

    from assistant.errors import InputError

    for number, line in enumerate(_lines(path), 1):
        try:
            told = json.loads(line)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise InputError("not a JSON object", code="bad-json", path=path, line=number)
        yield told


def _lines(path: str) -> Iterator[str]:
    from assistant.errors import InputError

    if path == _STDIN:
        yield from sys.stdin
        return
    try:
        with Path(path).open(encoding="utf-8") as opened:
            yield from opened
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("can't be read as UTF-8 text", code="unreadable", path=path) from error
