"""What a message is after: a linear model and small networks over n-grams, learnt from intents/nlu.

What is quoted, or stands after a colon, is talked about; it says nothing of what is asked for, so the
model reads a placeholder there. The end of a message is heard twice: people tell first and ask last.

It runs on Python 3.10, too, where Rasa does (`rasa_intents`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.chat.project import FALLBACK_INTENT
from assistant.nlp.features import grams, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from assistant.chat.project import Project
    from assistant.nlp.features import Group
    from assistant.nlp.lexicon import Classes
    from assistant.nlp.linear import LinearModel

MODEL = "chat.npz"
HEAD = "intent"
# Below it, or with another one so near, the message is asked back. Chosen on the training sentences, each
# judged by a model that had not seen it.
SURE = 0.4
APART = 0.02
BEYOND = frozenset(["out_of_scope", "nonsense"])
BEYOND_SURE = 0.6
"""Together they have to be so likely; else the likeliest intent of the trade goes before them."""
_QUOTED = re.compile(r"[“「『\"][^”」』\"]+[”」』\"]")
# What asks after the words that are talked about.
_END = r"(?:[\s,，。!！~”」\"]+[^\s,，。!！~”」\"]{2,10}(?:吗|没|不|么|呢|啥)[?？]?)?$"
_AFTER_COLON = re.compile(
    rf"(?<=..)(?<![^户他她方家客人]问)(?<!请教|求助|咨询|问题)[:：]\s*\S.*?(?={_END})", re.DOTALL
)
_MARKS = re.compile(r"[^\w〇]+")
_PAUSES = re.compile(r"[\s,，。!！?？;；~]+")
_SIZES = (1, 2, 3, 4)
_LENGTHS = (1, 2, 4, 8, 16)
_ENDING, _SHORTEST_ENDING = 12, 4  # characters of the last clause that are heard; a shorter one isn't one
# How loudly they speak beside the n-grams.
_OF_MARKS, _OF_CUES, _OF_ENDING = 0.2, 0.3, 0.5


@dataclass(frozen=True, slots=True)
class Guess:
    """An intent and its probability."""

    intent: str
    confidence: float


def read_as(text: str, fold: Mapping[int, str]) -> str:
    """Return a message as the model reads it: folded, what is talked about as one sign."""
    talked = _AFTER_COLON.sub("〇", _QUOTED.sub("〇", text))
    return tidy(talked, fold)


class Sight:
    """What the model sees of a message.

    Classes of words that point the same way, found wherever they stand, are the lookup tables of a project.
    """

    def __init__(self, fold: Mapping[int, str], classes: Classes) -> None:
        """`fold` are foldings of characters, `classes` regular expressions by name."""
        self._fold = fold
        self._cues = [
            (f"%{name}", re.compile("|".join(patterns), re.IGNORECASE)) for name, patterns in classes.items()
        ]

    def features(self, text: str) -> tuple[Group, ...]:
        read = read_as(text, self._fold)
        bare = _MARKS.sub("", read).lower()
        features = set(grams(f"^{bare}$", _SIZES)) if bare else {"^$"}
        features.add(f"#{sum(len(bare) > length for length in _LENGTHS)}")
        return (
            (1.0, features),
            (_OF_MARKS, {"?"} if "?" in read else {"."}),
            (_OF_CUES, {name for name, pattern in self._cues if pattern.search(read)} or {"%"}),
            (_OF_ENDING, set(grams(f"{ending(read)}$", (1, 2, 3), "~"))),
        )


def ending(read: str) -> str:
    """Return the end of the last clause, or of the last two where that one is but a word."""
    clauses = [bare for bare in (_MARKS.sub("", part) for part in _PAUSES.split(read.lower())) if bare]
    last = "".join(clauses[-1:])
    return (last if len(last) >= _SHORTEST_ENDING else "".join(clauses[-2:]))[-_ENDING:]


class IntentModel:
    """Guesses intents, likeliest first; `path` is read at the first message."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def model(self) -> LinearModel:
        """The weights; raises ConfigurationError for a file that is no model."""
        from assistant.nlp.linear import load_model

        return load_model(self._path)

    @cached_property
    def sight(self) -> Sight:
        """What it sees of messages: as much as when it learnt."""
        return Sight(self.model.fold, self.model.lexicon["cues"])

    def warm(self) -> None:
        """Read the model before the first message."""
        self.ranking("")

    @property
    def learnt_from(self) -> str:
        """The digest of the files it was learnt from."""
        return str(self.model.card.get("nlu", ""))

    def ranking(self, text: str) -> list[Guess]:
        """Return all intents with their probabilities, likeliest first; what lies beyond leads when sure."""
        model = self.model
        heard = model.heard(self.sight.features(text))
        chances = model.heads[HEAD].probabilities(heard)
        pairs = zip(chances.tolist(), model.heads[HEAD].labels, strict=True)
        ranked = [Guess(intent, chance) for chance, intent in sorted(pairs, reverse=True)]
        if sum(each.confidence for each in ranked if each.intent in BEYOND) < BEYOND_SURE:
            ranked.sort(key=lambda each: each.intent in BEYOND)
        return ranked

    def guesses(self, text: str) -> list[Guess]:
        """Return the ranking, led by the fallback where the likeliest isn't sure enough."""
        ranking = self.ranking(text)
        if unsure(ranking):
            return [Guess(FALLBACK_INTENT, SURE), *ranking]
        return ranking


def unsure(ranking: list[Guess]) -> bool:
    """Whether the likeliest intent isn't likely enough, or hardly more so than the next."""
    first, second = ranking[0].confidence, ranking[1].confidence if len(ranking) > 1 else 0.0
    return first < SURE or first - second < APART


def train_intents(project: Project, fold: Mapping[int, str] | None = None) -> LinearModel:
    """Return the model of a project's examples; needs scikit-learn. `fold`: foldings of characters.

    Its card holds the digest of the files they come from: it tells whether a model still fits them.
    """
    if fold is None:
        from assistant.text.tables import build_tables

        fold = build_tables().fold
    return learnt(project.examples, project.cues, fold, project.sha256)


def learnt(
    examples: Iterable[tuple[str, str]], cues: Classes, fold: Mapping[int, str], sha256: str = ""
) -> LinearModel:
    """Return the model of pairs of intent and sentence; needs scikit-learn."""
    from assistant.nlp.network import Course
    from assistant.nlp.training import Task, train

    pairs = sorted(set(examples))  # their order doesn't tell
    labels = tuple(sorted({intent for intent, _ in pairs}))
    gold = [(intent,) for intent, _ in pairs]
    task = Task(HEAD, labels, gold, exclusive=True, strength=_STRENGTH, evened=_EVENED, close=_CLOSE)
    sight = Sight(fold, cues)
    model = train(
        "huashu-chat",
        [sight.features(sentence) for _, sentence in pairs],
        (task,),
        fold,
        least=_KEPT,
        card=_CARD | {"nlu": sha256, "examples": len(pairs)},
        network=_OF_NETWORKS,
        course=Course(epochs=12, batch=64, networks=3),
    )
    return replace(model, lexicon={"cues": cues})


def train_chat(folder: Path, target: Path) -> dict[str, int]:
    """Train the model of the project in `folder` into folder `target`; return figures about it."""
    from assistant.chat.reading import load_project

    project = load_project(folder)
    model = train_intents(project)
    model.save(target / MODEL, small=True)
    return {"examples": len(project.examples), "features": len(model.vocabulary)}


_STRENGTH, _EVENED, _CLOSE = 30.0, 0.5, 1e-3
_OF_NETWORKS = 0.7
_KEPT = 0.2  # weights below tell nothing
_CARD = {
    "task": "what a user of the assistant asks for",
    "data": "intents/nlu: sentences written for this purpose in the voices of agents, QA staff and trainers, "
    "and the messages of judging sets that are used up (asked.yml)",
    "licence": "Apache-2.0",
    "method": "logistic regression and networks over character n-grams",
    "limits": "knows the questions of its trade; others are asked back or declined",
}
