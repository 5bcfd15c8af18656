"""``huashu classify``: the emotion and intents of customers' utterances."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.lines import STDIN, read_lines

if TYPE_CHECKING:
    from assistant.errors import HuashuError
    from assistant.model import Turn
    from assistant.nlp.customer import CustomerModel


def register(app: typer.Typer) -> None:
    app.command(
        "classify",
        epilog='Examples: huashu classify lines.txt · echo \'{"text": "还没到", "context": [{"role": '
        '"agent", "text": "请稍等"}]}\' | huashu classify --scores',
    )(classify_command)


def classify_command(
    path: Annotated[
        str, typer.Argument(metavar="[FILE]", help="Utterances, one a line, or JSONL; - or nothing: stdin.")
    ] = STDIN,
    scores: Annotated[bool, typer.Option("--scores", help="Add the scores of all labels.")] = False,
) -> int:
    """Tell the emotion and the intents of customers' utterances, one JSON object a line.

    A line is an utterance, or an object with `text` and, where known, `context`: the turns before
    it, oldest first, as objects with `role` and `text`.
    """
    from assistant.bootstrap import load_customer
    from assistant.cli.output import Tally
    from assistant.errors import HuashuError, InputError
    from assistant.report.wire import dumps, error_object

    tally = Tally()
    model = load_customer()
    try:
        source = nullcontext(sys.stdin.buffer) if path == STDIN else Path(path).open("rb")  # noqa: SIM115
    except OSError as error:
        message = f"can't be read: {error.strerror}"
        raise InputError(message, code="unreadable", path=path) from error
    with source as stream:
        for number, line in enumerate(read_lines(stream), start=1):
            written = _answer(number, line, model, scores=scores)
            if isinstance(written, HuashuError):
                tally.error(written)
                written = error_object(written, line=number)
            sys.stdout.write(dumps(written) + "\n")
            sys.stdout.flush()
    return tally.code


def _answer(
    number: int, line: str | HuashuError, model: CustomerModel, *, scores: bool
) -> dict[str, Any] | HuashuError:
    from assistant.errors import InputError

    if not isinstance(line, str):
        return line
    try:
        return _classified(number, line, model, scores=scores)
    except InputError as error:
        return error


def _classified(number: int, line: str, model: CustomerModel, *, scores: bool) -> dict[str, Any]:
    from assistant.ingest import mask
    from assistant.report.wire import classify_object

    said, context, known = _read(line, number)
    text = mask(said)[0]
    emotion, intents = model.classify(text, context)
    told = None
    if scores:
        of_all = model.scores(text, context)
        head = model.model.heads["intent"]
        told = {
            "emotion": model.feelings(of_all, model.mood(text, context)),
            "intents": dict(zip(head.labels, head.probabilities(of_all).tolist(), strict=True)),
        }
    return classify_object(number, text, emotion, intents, id=known, scores=told)


def _read(line: str, number: int) -> tuple[str, list[Turn], str | int | None]:
    """Return text, context and id of a line; raises InputError for an object of another shape."""
    import json

    from assistant.errors import InputError
    from assistant.ingest import mask
    from assistant.model import Speaker, Turn

    if not line.lstrip().startswith("{"):
        return line, [], None
    try:
        data = json.loads(line)
        context = [
            Turn(place, Speaker(turn["role"]), mask(str(turn["text"]))[0])
            for place, turn in enumerate(data.get("context") or ())
        ]
        text = _string(data["text"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        why = f": {error}" if isinstance(error, ValueError) else ""
        wanted = 'an object with "text" and, where known, "context": [{"role": …, "text": …}, …]'
        raise InputError(f"not {wanted}{why}", code="invalid-line", line=number) from error
    known = data.get("id")
    return text, context, known if isinstance(known, str | int) else None


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is no string")
    return value
