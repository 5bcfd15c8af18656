"""Training of the shipped models: logistic regression over the features of `features`, seeded, repeatable.

Needs scikit-learn, which serving doesn't.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.nlp.features import Group
from assistant.nlp.linear import Head, LinearModel
from assistant.nlp.network import COURSE, Course

SEED = 20261121
_UNSEEN = -10.0  # score of a label that no example has
_EVENED = 0.5  # how far the network counts rare labels as often as common ones
Matrix = Any  # scipy's sparse matrices carry no types


@dataclass(frozen=True, slots=True)
class Task:
    """A head to be trained: the `gold` labels of each example (None: the example doesn't count here).

    `evened`: how far rare labels of an exclusive head count as much as common ones (0: not at all, 1: fully);
    `close`: how near the weights come to the best ones.
    """

    name: str
    labels: tuple[str, ...]
    gold: Sequence[Sequence[str] | None]
    exclusive: bool
    strength: float = 10.0
    thresholds: tuple[float, ...] = ()
    leanings: tuple[float, ...] = ()  # added to the calibrated scores of the labels
    temperature: float = 1.0
    evened: float = 1.0
    close: float = 1e-4


def train(
    name: str,
    features: Sequence[Sequence[Group]],
    tasks: Sequence[Task],
    fold: Mapping[int, str],
    *,
    at_least: int = 2,
    least: float = 0.0,
    card: Mapping[str, Any] | None = None,
    network: float = 0.0,
    course: Course = COURSE,
) -> LinearModel:
    """Return the model of `tasks` over the features that stand in `at_least` examples.

    Of these, only what tells something is kept: a weight of `least` or more for one of the labels.
    Networks that learn the first question (one label) and the second (several), too, have the share
    `network` in their scores.
    """
    vocabulary = vocabulary_of(features, at_least)
    matrix = matrix_of(features, vocabulary)
    heads: dict[str, Head] = {}
    columns: list[NDArray[np.float32]] = []
    biases: list[NDArray[np.float32]] = []
    start = 0
    for task in tasks:
        weight, bias = _fit(task, matrix)
        heads[task.name] = Head(
            task.labels, start, task.exclusive, task.temperature, task.thresholds, task.leanings
        )
        start += len(task.labels)
        columns.append(weight)
        biases.append(bias)
    weight = np.hstack(columns).astype(np.float32)
    telling = np.abs(weight).max(axis=1) >= least
    kept = {gram: at for at, gram in enumerate(gram for gram, row in vocabulary.items() if telling[row])}
    model = LinearModel(name, kept, weight[telling], np.concatenate(biases), heads, fold, card or {})
    if network:
        model = _with_network(model, matrix_of(features, kept), tasks, network, course)
    return model


def _with_network(
    model: LinearModel, matrix: Matrix, tasks: Sequence[Task], part: float, course: Course
) -> LinearModel:
    """Return `model` with networks beside its linear weights, over the same features."""
    from assistant.nlp.network import fit_network, joined

    one = _marked(tasks[0])
    many = _marked(tasks[1]) if len(tasks) > 1 else np.zeros((len(one), 0), np.float32)
    counts = one.sum(axis=0)
    weights = ((counts.mean() / np.maximum(counts, 1)) ** _EVENED)[one.argmax(axis=1)]
    weights = (weights / weights.mean()).astype(np.float32)
    network = joined(
        [
            fit_network(matrix, one, many, weights, SEED + each, course=course)
            for each in range(course.networks)
        ]
    )
    learnt, labels = network.out.shape[1], model.weights.shape[1]
    share = np.zeros(labels, np.float32)
    share[:learnt] = part
    out = np.zeros((network.out.shape[0], labels), np.float32)
    out[:, :learnt] = network.out * part
    bias = model.bias * (1 - share)
    bias[:learnt] += network.out_bias * part
    return replace(
        model,
        weights=np.hstack([model.weights * (1 - share), network.points]),
        bias=np.concatenate([bias, network.inner]).astype(np.float32),
        layers=(network.hidden, network.hidden_bias, out),
    )


def train_networks(
    name: str, features: Sequence[Sequence[Group]], task: Task, *, at_least: int = 2, count: int = 1
) -> LinearModel:
    """Return a model whose only way from the features to the (exclusive) labels of `task` is by networks.

    `count` of them, which differ in what they began with, have a say: the mean of their scores counts.
    """
    from assistant.nlp.network import fit_network, joined

    vocabulary = vocabulary_of(features, at_least)
    matrix, one = matrix_of(features, vocabulary), _marked(task)
    none, even = np.zeros((len(one), 0), np.float32), np.ones(len(one), np.float32)
    network = joined([fit_network(matrix, one, none, even, SEED + place) for place in range(count)])
    return LinearModel(
        name,
        vocabulary,
        network.points,
        np.concatenate([network.out_bias, network.inner]),
        {task.name: Head(task.labels, 0, exclusive=True)},
        {},
        {},
        layers=(network.hidden, network.hidden_bias, network.out),
    )


def chain_of(
    labels: Sequence[str], following: Iterable[tuple[int, str]], rows: int, doubt: float = 2.0
) -> NDArray[np.float32]:
    """Return how likely each label is after what each of the `rows` stands for.

    `following` are pairs of a row and the label found there; each label counts `doubt` times before
    anything is seen.
    """
    counts = np.full((rows, len(labels)), doubt)
    for row, label in following:
        counts[row, labels.index(label)] += 1
    return np.asarray(counts / counts.sum(axis=1, keepdims=True), dtype=np.float32)


def _marked(task: Task) -> NDArray[np.float32]:
    return np.array([[label in (gold or ()) for label in task.labels] for gold in task.gold], np.float32)


def vocabulary_of(features: Iterable[Sequence[Group]], at_least: int) -> dict[str, int]:
    """Return a row for each feature of `at_least` examples, in a fixed order."""
    counts = Counter(feature for groups in features for _, found in groups for feature in found)
    return {feature: row for row, feature in enumerate(sorted(f for f, n in counts.items() if n >= at_least))}


def matrix_of(features: Sequence[Sequence[Group]], vocabulary: Mapping[str, int]) -> Matrix:
    """Return the examples as rows: groups of known features, each as long as it is loud.

    So `LinearModel.heard` weighs them.
    """
    from scipy.sparse import csr_matrix

    indices: list[int] = []
    ends = [0]
    values: list[float] = []
    for groups in features:
        for loud, found in groups:
            rows = sorted(row for row in map(vocabulary.get, found) if row is not None)
            indices += rows
            values += [loud / max(len(rows), 1) ** 0.5] * len(rows)
        ends.append(len(indices))
    return csr_matrix((values, indices, ends), shape=(len(features), len(vocabulary)), dtype=np.float64)


def _counted(labels: Sequence[str], evened: float) -> str | dict[str, float] | None:
    """Return how much examples of each label count, for scikit-learn."""
    if not evened:
        return None
    if evened == 1:
        return "balanced"
    counts = Counter(labels)
    mean = len(labels) / len(counts)
    return {label: (mean / count) ** evened for label, count in counts.items()}


def _fit(task: Task, matrix: Matrix) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    from sklearn.linear_model import LogisticRegression

    rows = np.array([row for row, gold in enumerate(task.gold) if gold is not None])
    gold: list[Sequence[str]] = [labels for labels in task.gold if labels is not None]
    part = matrix[rows]
    seen = {label for labels in gold for label in labels}
    if task.exclusive:
        every = np.zeros((part.shape[1], len(task.labels)), np.float32)
        shifts = np.array([0.0 if label in seen else _UNSEEN for label in task.labels], np.float32)
        if len(seen) < 2:
            return every, shifts
        firsts = [labels[0] for labels in gold]
        model = LogisticRegression(
            C=task.strength,
            max_iter=500,
            tol=task.close,
            class_weight=_counted(firsts, task.evened),
            random_state=SEED,
        )
        model.fit(part, firsts)
        both = len(model.classes_) == 2  # then scikit-learn keeps one column, for the second class
        weight = np.vstack([-model.coef_, model.coef_]) / 2 if both else model.coef_
        bias = np.concatenate([-model.intercept_, model.intercept_]) / 2 if both else model.intercept_
        for place, label in enumerate(model.classes_):
            every[:, task.labels.index(label)] = weight[place]
            shifts[task.labels.index(label)] = bias[place]
        return every, shifts
    columns: list[NDArray[np.float64]] = []
    biases: list[float] = []
    for label in task.labels:
        if label not in seen:
            columns.append(np.zeros(part.shape[1]))
            biases.append(_UNSEEN)
            continue
        model = LogisticRegression(C=task.strength, max_iter=500, random_state=SEED)
        model.fit(part, [label in labels for labels in gold])
        columns.append(np.asarray(model.coef_[0]))
        biases.append(float(model.intercept_[0]))
    return np.stack(columns, axis=1).astype(np.float32), np.array(biases, dtype=np.float32)
