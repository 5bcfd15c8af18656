"""``huashu model``: train, measure and describe the models that ship."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assistant.nlp.linear import LinearModel

Intents = Annotated[
    Path | None,
    typer.Option("--intents", metavar="DIR", help="Training sentences.", show_default="the shipped ones"),
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="The models: train, evaluate, info.", no_args_is_help=True)
    group.command("train", epilog="Example: huashu model train --licensed ../data/licensed -o models/")(train)
    group.command("evaluate", epilog="Example: huashu model evaluate labelled.jsonl")(evaluate)
    group.command("info", epilog="Example: huashu model info")(info)
    app.add_typer(group, name="model")


def train(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the models go.")],
    intents: Intents = None,
    licensed: Annotated[
        Path | None,
        typer.Option("--licensed", metavar="DIR", help="Folder of the licensed sets (crosswoz_val.jsonl)."),
    ] = None,
) -> int:
    """Train all models: the same sentences, rules and licensed sets always give the same files.

    Needs scikit-learn: pip install huashu-assistant[train].
    """
    from assistant.bootstrap import shipped_intents, shipped_phrases, shipped_rules
    from assistant.errors import UsageError

    try:
        from assistant.nlp import recipes
    except ImportError as error:
        raise UsageError(
            "needs scikit-learn: pip install huashu-assistant[train]", code="no-train"
        ) from error
    source = intents or shipped_intents()
    made = {"customer": recipes.train_customer(source, output)}
    own = (None, None) if intents else (shipped_rules(), shipped_phrases())
    made["conduct"] = recipes.train_conduct(source, licensed, output, *own)
    made["acts"] = recipes.train_acts(source, output)
    for name, figures in made.items():
        told = ", ".join(f"{value:,} {what}" for what, value in figures.items())
        sys.stdout.write(f"{name}: {told}\n")
    return 0


def evaluate(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="JSONL with text, emotion, intents, and context if known.")
    ],
) -> int:
    """Measure the shipped model of customers: precision, recall, F1 of each label, confusion, calibration."""
    from assistant.bootstrap import load_customer
    from assistant.nlp.evaluation import evaluated, read_labelled

    sys.stdout.writelines(line + "\n" for line in evaluated(load_customer(), read_labelled(data)))
    return 0


def info() -> int:
    """Show the model cards: what the models are, their data, licences, limits."""
    from assistant.bootstrap import load_acts, load_customer

    _card(load_customer().model)
    sys.stdout.write("\n")
    _card(load_acts().model)
    return 0


def _card(model: LinearModel) -> None:
    sys.stdout.write(f"{model.name}  sha256 {model.sha256}\n")
    sys.stdout.write(f"features: {len(model.vocabulary):,}\n")
    for name, head in model.heads.items():
        sys.stdout.write(f"{name}: {', '.join(head.labels)}\n")
    for key, value in model.card.items():
        sys.stdout.write(f"{key}: {value}\n")
