"""A linear model over named features, with several heads that share the features; needs numpy alone.

Beside the linear weights a small network may stand that adds its own scores (`layers`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from assistant.errors import ConfigurationError
from assistant.nlp.lexicon import Classes
from assistant.nlp.vocabulary import Vocabulary

if TYPE_CHECKING:
    from assistant.nlp.features import Voice

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]
_ROW_BITS = 32
_PART = 1 << 20  # bytes of a file read at once
_ROW = (1 << _ROW_BITS) - 1
# Steps to the usual weight of a column, and the least and most to its largest: the fewer, the smaller.
_TO_USUAL = 3.0
_TO_LARGEST = 16, 127


@dataclass(frozen=True, slots=True)
class Head:
    """A question the model answers: columns `start`... of the scores, one for each of `labels`.

    `exclusive`: exactly one label holds (softmax), else each by itself (sigmoid) from its threshold.
    Scores are divided by `temperature` (1: as they were learnt, not calibrated), then `leanings` are
    added to them, one for each label.
    """

    labels: tuple[str, ...]
    start: int
    exclusive: bool
    temperature: float = 1.0
    thresholds: tuple[float, ...] = ()
    leanings: tuple[float, ...] = ()

    def own(self, scores: Scores) -> Scores:
        """Return the scores of this question among those of all."""
        return scores[self.start : self.start + len(self.labels)]

    def probabilities(self, scores: Scores) -> Scores:
        """Return the probability of each label from the scores of all questions."""
        return self.calibrated(self.own(scores))

    def calibrated(self, own: Scores) -> Scores:
        """Return the probability of each label from the scores of this question."""
        own = own / np.float32(self.temperature)
        if self.leanings:
            own = own + np.array(self.leanings, dtype=np.float32)
        if not self.exclusive:
            return np.asarray(1 / (1 + np.exp(-own)), dtype=np.float32)
        powers = np.exp(own - own.max())
        return np.asarray(powers / powers.sum(), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights of features (rows) for labels (columns); `fold` are the foldings it learnt with.

    Weights may be counts of `steps`, a step for each column, in a byte each. With `layers` (the
    hidden layer, its bias, the way out) the columns after those of the labels are the features'
    points for the network; there may be such columns only. `chain` says how the first question's
    answers follow on each other from turn to turn: rows for first turns, then one for each answer,
    with the chance of each next answer. `lexicon` are the word classes of each side among the features.
    """

    name: str
    vocabulary: Mapping[str, int]
    weights: NDArray[np.float32] | NDArray[np.int8]
    bias: Scores
    heads: Mapping[str, Head]
    fold: Mapping[int, str]
    card: Mapping[str, Any]
    sha256: str = ""
    layers: tuple[Scores, ...] = ()
    steps: Scores | None = None
    chain: Scores | None = None
    lexicon: Mapping[str, Classes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.vocabulary, Vocabulary):
            rows = self.vocabulary
            object.__setattr__(self, "vocabulary", Vocabulary(sorted(rows, key=rows.__getitem__)))

    @property
    def known(self) -> Vocabulary:
        """The vocabulary as it is looked up."""
        return cast("Vocabulary", self.vocabulary)

    def scores(self, features: Iterable[str]) -> Scores:
        """Return the score of each column: the mean weight of known features, times √n, plus bias."""
        return self.heard(((1.0, features),))

    def heard(self, groups: Iterable[tuple[float, Iterable[str]]]) -> Scores:
        """Return the score of each column for groups of features, each as loud as its number says."""
        parts = [(loud, list(features)) for loud, features in groups]
        rows = self.known.rows([feature for _, features in parts for feature in features])
        numbers = np.repeat(np.arange(len(parts)), [len(features) for _, features in parts])
        known = rows >= 0
        return self._all_scored([[loud for loud, _ in parts]], (numbers[known] << _ROW_BITS) + rows[known])[0]

    def read(self, turns: Sequence[Sequence[Voice]]) -> list[Scores]:
        """Return the scores of the columns for each of several turns: looked up together, they take less.

        What a turn gets doesn't depend on the others.
        """
        voices = list(enumerate(voice for turn in turns for voice in turn))
        grams = [(number, each) for number, voice in voices for each in voice.grams]
        numbers, rows = self.known.places([number for number, _ in grams], [each for _, each in grams])
        few = [(number, self.known.remembered(each)) for number, voice in voices for each in voice.others]
        pairs = [(number << _ROW_BITS) + row for number, row in few if row >= 0]
        found = np.append((numbers << _ROW_BITS) + rows, np.array(pairs, np.int64))
        return self._all_scored([[voice.loud for voice in turn] for turn in turns], found)

    def _all_scored(self, loud: Sequence[Sequence[float]], found: Rows) -> list[Scores]:
        """Return the scores of turns whose groups are as loud as told, for pairs of a group and a row.

        A feature counts once in each group; all are added up in a fixed order.
        """
        found.sort()
        if len(found):
            found = found[np.append(found[1:] != found[:-1], True)]
        numbers, rows = found >> _ROW_BITS, found & _ROW
        counts = np.bincount(numbers, minlength=sum(map(len, loud))).tolist()
        voices = [each for turn in loud for each in turn]
        of_each = [each / max(count, 1) ** 0.5 for each, count in zip(voices, counts, strict=True)]
        shares = np.repeat(np.array(of_each, np.float32), counts)
        scores, voice, start = [], 0, 0
        for turn in loud:
            end = start + sum(counts[voice : voice + len(turn)])
            scores.append(self._scored(rows[start:end], shares[start:end]))
            voice, start = voice + len(turn), end
        return scores

    def _scored(self, rows: Rows, shares: Scores) -> Scores:
        """Return the scores for the features of `rows` in their order, each with its share."""
        total = self.bias
        if len(rows):
            said = shares @ self.weights.take(rows, axis=0).astype(np.float32)
            total = total.copy()
            total[-len(said) :] += said if self.steps is None else said * self.steps
        if not self.layers:
            return total
        hidden, hidden_bias, out = self.layers
        labels = out.shape[1]
        above = np.maximum(np.maximum(total[labels:], 0) @ hidden + hidden_bias, 0)
        return np.asarray(total[:labels] + above @ out, dtype=np.float32)

    def save(self, path: Path, *, small: bool = False) -> None:
        """Write the model; the same model gives the same bytes.

        `small`: weights in steps, mostly three to the usual (root mean square) weight of their column.
        """
        weights = self.weights if self.steps is not None else self.weights.astype(np.float16)
        described = {
            "name": self.name,
            "card": self.card,
            "lexicon": self.lexicon,
            "heads": {name: [h.labels, h.start, h.exclusive, h.temperature, h.thresholds, h.leanings]
                      for name, h in self.heads.items()},
        }  # fmt: skip
        codes = sorted(self.fold)
        parts: dict[str, Any] = {
            "described": _bytes(json.dumps(described, ensure_ascii=False, sort_keys=True)),
            "vocabulary": _bytes("\n".join(self.vocabulary)),
            "weights": weights,
            "bias": self.bias,
            "fold_from": np.array(codes, dtype=np.uint32),
            "fold_to": _bytes("".join(self.fold[code] for code in codes)),
        } | {f"layer_{place}": layer for place, layer in enumerate(self.layers)}
        if self.chain is not None:
            parts["chain"] = self.chain
        if self.steps is not None:
            parts["steps"] = self.steps
        elif small:
            steps = _steps(weights.astype(np.float32))
            parts |= {"weights": np.rint(weights / steps).astype(np.int8), "steps": steps}
        np.savez_compressed(path, **parts)


def _steps(weights: Scores) -> Scores:
    """Return the step in which the weights of each column are counted."""
    if not len(weights):
        return np.ones(weights.shape[1], dtype=np.float32)
    largest = np.maximum(np.abs(weights).max(axis=0), 1e-6)
    usual = np.maximum(np.sqrt(np.square(weights).mean(axis=0)), 1e-6)
    return np.asarray(largest / np.clip(_TO_USUAL * largest / usual, *_TO_LARGEST), dtype=np.float32)


def load_model(path: Path) -> LinearModel:
    """Read a model that `LinearModel.save` wrote; raises ConfigurationError for anything else."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as parts:
            described = json.loads(_text(parts["described"]))
            steps = parts.get("steps")
            weights = parts["weights"] if steps is not None else parts["weights"].astype(np.float32)
            return LinearModel(
                name=described["name"],
                vocabulary=Vocabulary.of(parts["vocabulary"].tobytes()),
                weights=weights,
                bias=parts["bias"],
                heads={name: _head(head) for name, head in described["heads"].items()},
                fold=dict(zip(parts["fold_from"].tolist(), _text(parts["fold_to"]), strict=True)),
                card=described["card"],
                sha256=_digest(path),
                layers=tuple(parts[name] for name in sorted(parts) if name.startswith("layer_")),
                steps=steps,
                chain=parts.get("chain"),
                lexicon=described.get("lexicon", {}),
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ConfigurationError(
            f"can't be read as a model: {error}", code="model", path=str(path)
        ) from error


def _digest(path: Path) -> str:
    digest = hashlib.sha256()  # hashlib.file_digest isn't in Python 3.10, in which Rasa runs
    with path.open("rb") as file:
        while part := file.read(_PART):
            digest.update(part)
    return digest.hexdigest()


def _head(described: Sequence[Any]) -> Head:
    labels, start, exclusive, temperature, *numbers = described
    return Head(tuple(labels), start, exclusive, temperature, *map(tuple, numbers))


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(array: NDArray[np.uint8]) -> str:
    return array.tobytes().decode()
