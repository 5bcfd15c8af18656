"""``huashu init``: write out a folder in which a house keeps its own rules, procedures and wordings."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

_RULE = "house.shirking.not-ours"
_SCORECARD, _PROCEDURE, _SCENARIO = "standard", "p-six", "dealer-radio"
_PROJECT = ("domain.yml", "launch_rasa.py")
# What the shipped config.yml says, and what that of a house does.
_SETTINGS = {
    "  packs: [shipped]\n": "  packs: [shipped, phrase_rules]\n",
    "  # guidance: [house/]\n": "  guidance: [house/]\n",
    "  # intents: intents/\n": "  intents: intents/\n",
}


def register(app: typer.Typer) -> None:
    app.command("init", epilog="Example: huashu init our-house")(init_command)


def init_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder; made where there is none.")],
) -> int:
    """Write out a folder of the house to edit: settings, rules, scorecard, procedure, scenario, Rasa project.

    Files that are there already stay as they are.
    """
    written = kept = 0
    for place, content in _files():
        target = folder / place
        if target.exists():
            kept += 1
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            shutil.copyfile(content, target)
        else:
            target.write_text(content, encoding="utf-8")
        written += 1
    stayed = f", {kept} were there already" if kept else ""
    sys.stdout.write(f"{folder}: {written} files written{stayed}; README.md says what they are\n")
    return 0


def _files() -> Iterator[tuple[str, str | Path]]:
    """Yield where in the folder a file goes, and its text or where it lies now; raises UsageError."""
    from assistant.bootstrap import (
        guide_files,
        shipped_actions,
        shipped_config,
        shipped_data,
        shipped_intents,
    )
    from assistant.rules.skeleton import new_rule
    from assistant.settings import Settings

    data = shipped_data()
    yield "README.md", data / "house.md"
    config = shipped_config().read_text(encoding="utf-8")
    for shipped, own in _SETTINGS.items():
        config = config.replace(shipped, own)
    yield "config.yml", config
    yield "phrase_rules/house.yml", new_rule(_RULE, "phrase")
    card = (data / "scorecards" / f"{_SCORECARD}.yml").read_text(encoding="utf-8")
    yield "scorecards/house.yml", card.replace(f"scorecard: {_SCORECARD}\n", "scorecard: house\n", 1)
    for part, name in (("procedures", _PROCEDURE), ("scenarios", _SCENARIO)):
        yield from (
            (f"house/{part}/{path.name}", path) for path in guide_files(Settings(), part) if path.stem == name
        )
    intents = shipped_intents()
    for path in (*map(intents.joinpath, _PROJECT), *intents.glob("nlu/*.yml"), *intents.glob("rules/*.yml")):
        yield f"intents/{path.relative_to(intents).as_posix()}", path
    for path in shipped_actions().glob("*.py"):
        yield f"actions/{path.name}", path
