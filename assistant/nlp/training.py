"""Training of the shipped models: logistic regression over the features of `features`, seeded, repeatable.

Needs scikit-learn, which serving doesn't.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.nlp.linear import Head, LinearModel

SEED = 20261121
Matrix = Any  # scipy's sparse matrices carry no types


@dataclass(frozen=True, slots=True)
class Task:
    """A head to be trained: the `gold` labels of each example (None: the example doesn't count here)."""

    name: str
    labels: tuple[str, ...]
    gold: Sequence[Sequence[str] | None]
    exclusive: bool
    strength: float = 10.0
    thresholds: tuple[float, ...] = ()


def train(
    name: str,
    features: Sequence[set[str]],
    tasks: Sequence[Task],
    fold: Mapping[int, str],
    *,
    at_least: int = 2,
    least: float = 0.0,
    card: Mapping[str, Any] | None = None,
) -> LinearModel:
    """Return the model of `tasks` over the features that stand in `at_least` examples.

    Of these, only what tells something is kept: a weight of `least` or more for one of the labels.
    """
    vocabulary = vocabulary_of(features, at_least)
    matrix = matrix_of(features, vocabulary)
    heads: dict[str, Head] = {}
    columns: list[NDArray[np.float32]] = []
    biases: list[NDArray[np.float32]] = []
    start = 0
    for task in tasks:
        weight, bias = _fit(task, matrix)
        heads[task.name] = Head(task.labels, start, task.exclusive, thresholds=task.thresholds)
        start += len(task.labels)
        columns.append(weight)
        biases.append(bias)
    weight = np.hstack(columns).astype(np.float32)
    telling = np.abs(weight).max(axis=1) >= least
    kept = {gram: at for at, gram in enumerate(gram for gram, row in vocabulary.items() if telling[row])}
    return LinearModel(name, kept, weight[telling], np.concatenate(biases), heads, fold, card or {})


def vocabulary_of(features: Iterable[set[str]], at_least: int) -> dict[str, int]:
    """Return a row for each feature of `at_least` examples, in a fixed order."""
    counts = Counter(feature for found in features for feature in found)
    return {feature: row for row, feature in enumerate(sorted(f for f, n in counts.items() if n >= at_least))}


def matrix_of(features: Sequence[set[str]], vocabulary: Mapping[str, int]) -> Matrix:
    """Return the examples as rows of equal length 1 over known features (as `LinearModel.scores` weighs)."""
    from scipy.sparse import csr_matrix

    indices: list[int] = []
    ends = [0]
    values: list[float] = []
    for found in features:
        rows = sorted(row for row in map(vocabulary.get, found) if row is not None)
        indices += rows
        values += [1 / max(len(rows), 1) ** 0.5] * len(rows)
        ends.append(len(indices))
    return csr_matrix((values, indices, ends), shape=(len(features), len(vocabulary)), dtype=np.float64)


def _fit(task: Task, matrix: Matrix) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from sklearn.linear_model import LogisticRegression

    rows = np.array([row for row, gold in enumerate(task.gold) if gold is not None])
    gold: list[Sequence[str]] = [labels for labels in task.gold if labels is not None]
    part = matrix[rows]
    if task.exclusive:
        model = LogisticRegression(C=task.strength, max_iter=500, class_weight="balanced", random_state=SEED)
        model.fit(part, [labels[0] for labels in gold])
        order = [list(model.classes_).index(label) for label in task.labels]
        both = len(task.labels) == 2  # then scikit-learn keeps one column, for the second class
        weight = np.vstack([-model.coef_, model.coef_]) / 2 if both else model.coef_
        bias = np.concatenate([-model.intercept_, model.intercept_]) / 2 if both else model.intercept_
        return weight[order].T.astype(np.float32), bias[order].astype(np.float32)
    columns: list[NDArray[np.float64]] = []
    biases: list[float] = []
    for label in task.labels:
        model = LogisticRegression(C=task.strength, max_iter=500, random_state=SEED)
        model.fit(part, [label in labels for labels in gold])
        columns.append(np.asarray(model.coef_[0]))
        biases.append(float(model.intercept_[0]))
    return np.stack(columns, axis=1).astype(np.float32), np.array(biases, dtype=np.float32)
