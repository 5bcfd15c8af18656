"""Options that several commands take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

Packs = Annotated[
    list[str] | None,
    typer.Option(
        "--pack",
        metavar="PACK",
        help="Rule pack: a file, a folder, or a shipped pack's name (shipped: all of them). "
        "Repeatable. Replaces the packs of the settings.",
    ),
]
Company = Annotated[
    list[str] | None,
    typer.Option("--company", metavar="NAME", help="Name agents may give the company. Repeatable."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write here instead of to stdout.")
]


class Severities(StrEnum):
    """What `--fail-on` takes."""

    none = "none"
    hint = "hint"
    minor = "minor"
    major = "major"
    fatal = "fatal"


FailOn = Annotated[
    Severities | None,
    typer.Option("--fail-on", help="Exit with 1 from this severity of findings on.", show_default="none"),
]
ScorecardOption = Annotated[
    str | None,
    typer.Option(
        "--scorecard",
        metavar="CARD",
        help="Scorecard: a shipped name or a file; auto: the shipped one for the call's channel.",
        show_default="auto",
    ),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, max=64, help="Processes to use.", show_default="1")
]
ProcedureOption = Annotated[
    str | None,
    typer.Option(
        "--procedure", metavar="ID", help="Procedure to judge by, such as P-SIX; else the fitting one."
    ),
]
