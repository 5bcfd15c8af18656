"""Measuring the model of customers on labelled turns."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import InputError
from assistant.model import EMOTIONS, INTENTS, Emotion, Intent, Speaker, Turn
from assistant.nlp.customer import DISPLEASED

if TYPE_CHECKING:
    from assistant.nlp.customer import CustomerModel

_BINS = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """A customer's turn with the labels it should get."""

    text: str
    context: tuple[Turn, ...]
    emotion: str
    intents: tuple[str, ...]


def read_labelled(path: Path) -> list[Labelled]:
    """Read JSONL with text, emotion, intents and perhaps context; raises InputError."""
    try:
        return [_labelled(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"not labelled turns: {error}", code="labelled", path=str(path)) from error


def _labelled(data: Mapping[str, Any]) -> Labelled:
    context = tuple(
        Turn(place, Speaker(turn["role"]), str(turn["text"]))
        for place, turn in enumerate(data.get("context") or ())
    )
    return Labelled(str(data["text"]), context, str(data["emotion"]), tuple(map(str, data["intents"])))


def evaluated(model: CustomerModel, turns: Sequence[Labelled]) -> Iterator[str]:
    """Yield the lines of the evaluation."""
    found = [model.classify(turn.text, turn.context) for turn in turns]
    emotions = [emotion.label for emotion, _ in found]
    gold = [turn.emotion for turn in turns]
    yield f"{len(turns)} turns"
    yield _HEAD.format("emotion")
    yield from (_row(e, [g == e for g in gold], [f == e for f in emotions]) for e in EMOTIONS)
    yield _HEAD.format("intent")
    for intent in INTENTS:
        said = [any(each.name == intent for each in intents) for _, intents in found]
        yield _row(intent, [intent in turn.intents for turn in turns], said)
    yield "confusion (rows: labelled, columns: found; most frequent)"
    pairs = Counter(zip(gold, emotions, strict=True))
    yield from (f"  {g:13} {f:13} {n:5}" for (g, f), n in pairs.most_common(20) if g != f)
    yield from _calibration(gold, found)


_HEAD = "{:13}  cases precision recall    F1"


def f1(gold: Sequence[bool], found: Sequence[bool]) -> float:
    """Return the harmonic mean of precision and recall; 0 where nothing is right."""
    right = sum(one and other for one, other in zip(gold, found, strict=True))
    return 2 * right / (sum(gold) + sum(found)) if right else 0.0


def means(gold: Sequence[str], found: Sequence[str]) -> tuple[float, float]:
    """Return the mean F1 of the emotions that stand in `gold`, and the F1 of displeasure."""
    each = [f1([g == e for g in gold], [f == e for f in found]) for e in EMOTIONS if e in gold]
    displeased = f1([g in DISPLEASED for g in gold], [f in DISPLEASED for f in found])
    return sum(each) / max(len(each), 1), displeased


def _row(label: str, gold: Sequence[bool], found: Sequence[bool]) -> str:
    right = sum(a and b for a, b in zip(gold, found, strict=True))
    precision, recall = right / max(sum(found), 1), right / max(sum(gold), 1)
    return f"{label:13}  {sum(gold):5} {precision:9.3f} {recall:6.3f} {f1(gold, found):5.3f}"


def _calibration(gold: Sequence[str], found: Sequence[tuple[Emotion, tuple[Intent, ...]]]) -> Iterator[str]:
    """Yield how often the emotion was right, by confidence."""
    yield "calibration (confidence: right)"
    bins: list[list[bool]] = [[] for _ in range(_BINS)]
    for label, (emotion, _) in zip(gold, found, strict=True):
        bins[min(int(emotion.confidence * _BINS), _BINS - 1)].append(emotion.label == label)
    for place, right in enumerate(bins):
        if right:
            share = sum(right) / len(right)
            yield f"  {place / _BINS:.1f}-{(place + 1) / _BINS:.1f}: {share:.3f} of {len(right)}"
