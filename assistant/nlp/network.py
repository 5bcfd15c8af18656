"""Training of the small network that stands beside the linear weights: numpy alone, seeded, repeatable.

Each feature has a point in a space of few dimensions; a turn is the sum of its features' points, which
two layers turn into the scores of the questions. It generalises where n-grams alone are too rare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Matrix = Any  # scipy's sparse matrices carry no types

WIDTH, HIDDEN = 32, 48
_RATE = 3e-3
_DROPPED = 0.3  # share of the sum's dimensions that a training step doesn't see
_LOUD = 3.0  # the sum's length: rows of the matrix are about 1 long
_OF_SIGMOIDS = 0.5  # weight of the questions with many answers beside the one with one
_FIRST, _SECOND = 0.9, 0.999  # Adam's memory


@dataclass(frozen=True, slots=True)
class Course:
    """How networks learn: how often they see all examples, how many at once, how many have a say together."""

    epochs: int = 6
    batch: int = 256
    networks: int = 4


@dataclass(slots=True)
class Network:
    """Points of the features (rows), and the layers above their sum."""

    points: Array
    inner: Array
    hidden: Array
    hidden_bias: Array
    out: Array
    out_bias: Array

    def parameters(self) -> tuple[Array, ...]:
        return (self.inner, self.hidden, self.hidden_bias, self.out, self.out_bias)


COURSE = Course()


def fit_network(
    matrix: Matrix, one: Array, many: Array, weights: Array, seed: int, *, course: Course = COURSE
) -> Network:
    """Return the network of `matrix` for the exclusive labels `one` and the independent labels `many`.

    `weights` say how much each example counts.
    """
    chance = np.random.default_rng(seed)
    labels = one.shape[1] + many.shape[1]
    network = Network(
        _normal(chance, (matrix.shape[1], WIDTH), 0.1),
        np.zeros(WIDTH, np.float32),
        _normal(chance, (WIDTH, HIDDEN), (2 / WIDTH) ** 0.5),
        np.zeros(HIDDEN, np.float32),
        _normal(chance, (HIDDEN, labels), 0.1),
        np.zeros(labels, np.float32),
    )
    adam = _Adam(network)
    rows = matrix.astype(np.float32) * np.float32(_LOUD)
    for epoch in range(course.epochs):
        order = chance.permutation(matrix.shape[0])
        for start in range(0, len(order), course.batch):
            picked = order[start : start + course.batch]
            kept = (chance.random((len(picked), WIDTH)) >= _DROPPED).astype(np.float32) / (1 - _DROPPED)
            adam.rate = _RATE * (1 - epoch / course.epochs)
            _step(network, adam, _Batch(rows[picked], one[picked], many[picked], weights[picked], kept))
    network.points *= np.float32(_LOUD)
    return network


def joined(networks: Sequence[Network]) -> Network:
    """Return one network that gives the mean of what these give."""
    hidden = np.zeros((len(networks) * WIDTH, len(networks) * HIDDEN), np.float32)
    for place, network in enumerate(networks):
        rows, columns = place * WIDTH, place * HIDDEN
        hidden[rows : rows + WIDTH, columns : columns + HIDDEN] = network.hidden
    return Network(
        np.hstack([each.points for each in networks]),
        np.concatenate([each.inner for each in networks]),
        hidden,
        np.concatenate([each.hidden_bias for each in networks]),
        np.vstack([each.out for each in networks]) / np.float32(len(networks)),
        np.mean([each.out_bias for each in networks], axis=0, dtype=np.float32),
    )


def _normal(chance: np.random.Generator, shape: tuple[int, int], spread: float) -> Array:
    return chance.normal(0, spread, shape).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some examples; `kept` scales the dimensions of the sum that this step sees."""

    rows: Matrix
    one: Array
    many: Array
    weights: Array
    kept: Array


def _step(network: Network, adam: _Adam, batch: _Batch) -> None:
    from scipy.sparse import csr_matrix

    rows, exclusive = batch.rows, batch.one.shape[1]
    known, inverse = np.unique(rows.indices, return_inverse=True)
    local = csr_matrix((rows.data, inverse, rows.indptr), shape=(rows.shape[0], len(known)))
    summed = local @ network.points[known] + network.inner
    seen = np.maximum(summed, 0) * batch.kept
    raised = seen @ network.hidden + network.hidden_bias
    above = np.maximum(raised, 0)
    scores = above @ network.out + network.out_bias
    powers = np.exp(scores[:, :exclusive] - scores[:, :exclusive].max(axis=1, keepdims=True))
    wrong = np.hstack(
        [
            powers / powers.sum(axis=1, keepdims=True) - batch.one,
            (1 / (1 + np.exp(-scores[:, exclusive:])) - batch.many) * np.float32(_OF_SIGMOIDS),
        ]
    )
    wrong *= batch.weights[:, None] / len(batch.weights)
    of_hidden = (wrong @ network.out.T) * (raised > 0)
    of_sum = (of_hidden @ network.hidden.T) * batch.kept * (summed > 0)
    gradients = (
        of_sum.sum(axis=0), seen.T @ of_hidden, of_hidden.sum(axis=0), above.T @ wrong, wrong.sum(axis=0),
    )  # fmt: skip
    adam.move(known, local.T @ of_sum, gradients)


class _Adam:
    """Adam's steps; points of features that a batch doesn't hold stay where they are."""

    def __init__(self, network: Network) -> None:
        self.rate = _RATE
        self._network = network
        self._steps = 0
        self._memory = [
            (np.zeros_like(each), np.zeros_like(each)) for each in (network.points, *network.parameters())
        ]

    def move(self, known: NDArray[np.int64], of_points: Array, of_others: tuple[Array, ...]) -> None:
        """Move the points of the rows `known` and all other parameters against their gradients."""
        self._steps += 1
        self._network.points[known] -= self._stride(0, known, of_points)
        for place, (each, gradient) in enumerate(
            zip(self._network.parameters(), of_others, strict=True), start=1
        ):
            np.subtract(each, self._stride(place, slice(None), gradient), out=each)

    def _stride(self, place: int, rows: Any, gradient: Array) -> Array:
        first, second = self._memory[place]
        first[rows] = _FIRST * first[rows] + (1 - _FIRST) * gradient
        second[rows] = _SECOND * second[rows] + (1 - _SECOND) * gradient**2
        rate = self.rate * (1 - _SECOND**self._steps) ** 0.5 / (1 - _FIRST**self._steps)
        return np.asarray(rate * first[rows] / (np.sqrt(second[rows]) + 1e-6), dtype=np.float32)
