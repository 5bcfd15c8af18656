"""``huashu serve``: the service."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.cli.options import Company, Packs, ProcedureOption, ScorecardOption


def register(app: typer.Typer) -> None:
    app.command("serve", epilog="Examples: huashu serve · huashu serve --port 9000 --database calls.db")(
        serve_command
    )


def serve_command(
    host: Annotated[
        str | None,
        typer.Option("--host", metavar="HOST", help="Where to listen.", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65_535, help="0: any free one.", show_default="8000")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            "--database", metavar="URL", help="An SQLite file, or postgresql://USER:PASSWORD@HOST/NAME."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=1, max=64, help="Processes of the service.", show_default="1"),
    ] = None,
    pack: Packs = None,
    company: Company = None,
    scorecard: ScorecardOption = None,
    procedure: ProcedureOption = None,
) -> None:
    """Open the service: REST, live calls over WebSocket, the calls that were stored."""
    from dataclasses import replace

    from assistant.settings import load_settings
    from assistant.web.server import serve

    flags = {
        "host": host,
        "database": database,
        "serve_workers": workers,
        "packs": pack,
        "company": company,
        "scorecard": scorecard,
        "procedure": procedure,
    }
    settings = load_settings(flags)
    serve(settings if port is None else replace(settings, port=port))
