"""``huashu schema``: the published JSON Schemas of what the commands write."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("schema", epilog="Example: huashu schema report > report.schema.json")(schema_command)


def schema_command(
    name: Annotated[
        str | None, typer.Argument(help="Name of an object; without one the names are listed.")
    ] = None,
) -> None:
    """Print the JSON Schema of an object of the wire format."""
    from assistant.report import dumps, schema, schema_names

    if name is None:
        sys.stdout.write("".join(f"{known}\n" for known in schema_names()))
    else:
        sys.stdout.write(dumps(schema(name), indent=2) + "\n")
