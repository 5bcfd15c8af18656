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
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where the models go.")
    ] = None,
    intents: Intents = None,
    licensed: Annotated[
        Path | None,
        typer.Option("--licensed", metavar="DIR", help="Folder of the licensed sets (crosswoz_val.jsonl)."),
    ] = None,
    sources: Annotated[
        bool, typer.Option("--sources", help="Train nothing to keep: tell what each source of text adds.")
    ] = False,
    labelled: Annotated[
        Path | None,
        typer.Option(
            "--on", metavar="DATA", help="With --sources: JSONL to measure on, else by thirds of the text."
        ),
    ] = None,
) -> int:
    """Train all models: the same sentences, rules and licensed sets always give the same files.

    Needs scikit-learn: pip install huashu-assistant[train].
    """
    from assistant.nlp.arithmetic import pin

    pin()
    from assistant.bootstrap import load_engine, shipped_intents, shipped_phrases, shipped_rules
    from assistant.errors import UsageError
    from assistant.settings import Settings

    try:
        from assistant.nlp import recipes
    except ImportError as error:
        raise UsageError(
            "needs scikit-learn: pip install huashu-assistant[train]", code="no-train"
        ) from error
    source = intents or shipped_intents()
    if sources:
        return _sources(source, labelled)
    if output is None:
        raise UsageError("name a folder: --output DIR", code="no-output")
    made = {"customer": recipes.train_customer(source, output)}
    own = (None, None) if intents else (shipped_rules(), shipped_phrases())
    made["conduct"] = recipes.train_conduct(source, licensed, output, *own)
    made["acts"] = recipes.train_acts(source, output)
    if (source / "talks").is_dir():
        from assistant.engine.foresight import train_moves

        rules_alone = load_engine(Settings(), scoring=False, guiding=True, foreseeing=False)
        made["moves"] = train_moves(rules_alone, source / "talks", output)
    if (source / "domain.yml").is_file():
        from assistant.chat.intents import train_chat

        made["chat"] = train_chat(source, output)
    for name, figures in made.items():
        told = ", ".join(f"{value:,} {what}" for what, value in figures.items())
        sys.stdout.write(f"{name}: {told}\n")
    return 0


def _sources(intents: Path, labelled: Path | None) -> int:
    from assistant.nlp.evaluation import read_labelled
    from assistant.nlp.recipes import customer_examples, customer_lexicon, sources

    turns = read_labelled(labelled) if labelled else []
    sys.stdout.write(f"{'source':24} {'turns':>6}  emotions  displeasure\n")
    whole = (0.0, 0.0)
    for name, size, *figures in sources(customer_examples(intents), turns, customer_lexicon(intents)):
        if not name:
            whole = (figures[0], figures[1])
            sys.stdout.write(f"{'all':24} {size:6}  {whole[0]:8.3f}  {whole[1]:11.3f}\n")
        else:
            adds = [one - other for one, other in zip(whole, figures, strict=True)]
            sys.stdout.write(f"{name + ' adds':24} {size:6}  {adds[0]:+8.3f}  {adds[1]:+11.3f}\n")
        sys.stdout.flush()
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
    from assistant.bootstrap import load_acts, load_customer, load_moves

    _card(load_customer().model)
    for model in (load_acts().model, load_moves().model):
        sys.stdout.write("\n")
        _card(model)
    return 0


def _card(model: LinearModel) -> None:
    sys.stdout.write(f"{model.name}  sha256 {model.sha256}\n")
    sys.stdout.write(f"features: {len(model.vocabulary):,}\n")
    for name, head in model.heads.items():
        sys.stdout.write(f"{name}: {', '.join(head.labels)}\n")
    for key, value in model.card.items():
        sys.stdout.write(f"{key}: {value}\n")
