"""Training of the model of moves: labelled talks, folded by an engine whose rules alone advise.

Training needs scikit-learn; reading the talks doesn't.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import ConfigurationError
from assistant.ingest import mask_turn
from assistant.model import Conversation, Speaker, Turn
from assistant.procedure.moves import HEAD, MODEL, MOVES, OTHER, PROCEDURES

if TYPE_CHECKING:
    from assistant.engine.fold import Engine
    from assistant.nlp.features import Voice
    from assistant.nlp.linear import LinearModel

_STRENGTH = 0.5
_AT_LEAST = 6  # rows that hold a feature: those of three moments
_KEPT = 0.08  # weights below tell nothing
_OF_NETWORKS = 0.7
_CARD = {
    "task": "what an agent is to do next, beside what the rules of advice say",
    "data": "intents/talks: conversations written for this purpose by people who saw the service standard "
    "alone, labelled by their writers or by others who saw the talks alone",
    "licence": "Apache-2.0",
    "method": "logistic regression and networks over character n-grams of the customer's last words, acts "
    "done, fields of the situation and the rules' own advice; heard where it is surer than they are",
    "limits": "a fifth of its answers isn't what a trainer would have chosen; danger stays with the rules; "
    "figures are in docs/figures.md",
}


@dataclass(frozen=True, slots=True)
class Point:
    """A moment of a talk: what the model sees of it, the rules' move, what is acceptable, best first.

    `source` is the name of the file; `bound`: the rules' move stays, whatever the model says.
    """

    source: str
    talk: str
    procedure: str | None
    voices: tuple[Voice, ...]
    move: str
    bound: bool
    wanted: tuple[str, ...]


def conversation_of(talk: Mapping[str, Any]) -> Conversation:
    """Return a labelled talk as a reader would hand it over."""
    turns = tuple(mask_turn(Turn(i, Speaker(role), text)) for i, (role, text) in enumerate(talk["turns"]))
    return Conversation(talk["id"], turns, channel=talk["channel"])


def points(engine: Engine, folder: Path) -> Iterator[Point]:
    """Yield the labelled moments of the talks in a folder (*.jsonl); raises ConfigurationError."""
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise ConfigurationError("holds no talks (*.jsonl)", code="no-corpus", path=str(folder))
    for path in paths:
        try:
            for line in path.read_text(encoding="utf-8").splitlines():
                yield from _of_talk(engine, path.stem, json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(f"not labelled talks: {error}", code="corpus", path=str(path)) from error


def _of_talk(engine: Engine, source: str, talk: Mapping[str, Any]) -> Iterator[Point]:
    guide = engine.guide
    if guide is None:
        raise ConfigurationError("talks are read by an engine that guides", code="no-guide")
    conversation = conversation_of(talk)
    wanted = {int(turn): tuple(moves) for turn, moves in talk["next"].items()}
    if unknown := {move for moves in wanted.values() for move in moves} - set(MOVES):
        raise ValueError(f"no such move: {', '.join(sorted(unknown))}")
    state = engine.start(conversation.meta, id=conversation.id, channel=conversation.channel)
    for turn in conversation.turns:
        engine.feed(state, turn)
        if turn.index in wanted and state.guidance is not None:
            main, counsel = guide.main(state.guidance), guide.counsel(state.guidance)
            yield Point(
                source,
                conversation.id,
                main.procedure.id if main else None,
                guide.outlook(state.guidance, counsel),
                counsel.move if counsel else OTHER,
                counsel is None or counsel.advice.firm,
                wanted[turn.index],
            )


def moves_model(learnt: Sequence[Point]) -> LinearModel:
    """Return the model of these moments."""
    from assistant.nlp.network import Course
    from assistant.nlp.training import Task, train

    features, gold = [], []
    for point in learnt:
        seen = [voice.written() for voice in point.voices]
        each = [point.wanted[:1], *((move,) for move in point.wanted)]  # the best counts twice
        features += [seen] * len(each)
        gold += each
    task = Task(HEAD, MOVES, gold, exclusive=True, strength=_STRENGTH, evened=0.0)
    known = sorted({point.procedure for point in learnt if point.procedure})
    card = _CARD | {"points": len(learnt), PROCEDURES: known}
    return train(
        "huashu-moves",
        features,
        (task,),
        {},
        at_least=_AT_LEAST,
        least=_KEPT,
        card=card,
        network=_OF_NETWORKS,
        course=Course(epochs=12, batch=64, networks=3),
    )


def train_moves(engine: Engine, talks: Path, target: Path) -> dict[str, Any]:
    """Train the model from the talks in folder `talks` into folder `target`; return figures about it.

    `engine` guides by rules alone. Raises ConfigurationError for talks that can't be read.
    """
    learnt = list(points(engine, talks))
    model = moves_model(learnt)
    target.mkdir(parents=True, exist_ok=True)
    model.save(target / MODEL, small=True)
    return {"points": len(learnt), "features": len(model.vocabulary)}
