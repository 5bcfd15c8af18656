"""The network beside the linear weights: it learns, is kept whole, and is the same each time."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.nlp.linear import LinearModel, load_model
from assistant.nlp.network import HIDDEN, WIDTH, Network, joined
from assistant.nlp.training import Task, train

# Neither sign tells alone: the answer is yes where exactly one of them stands.
_SAID = [({"a", "b"}, "no"), ({"a"}, "yes"), ({"b"}, "yes"), ({"c"}, "no")] * 100


def made() -> LinearModel:
    features = [((1.0, signs),) for signs, _ in _SAID]
    tasks = (
        Task("answer", ("yes", "no"), [(answer,) for _, answer in _SAID], exclusive=True),
        Task("sign", ("a", "b"), [tuple(signs & {"a", "b"}) for signs, _ in _SAID], exclusive=False),
        Task("third", ("x", "y"), [("xy"[len(signs) - 1],) for signs, _ in _SAID], exclusive=True),
    )
    return train("both", features, tasks, {}, network=0.9)


@pytest.fixture(scope="module")
def both() -> LinearModel:
    return made()


def test_it_learns_what_weights_alone_cant(both):
    head = both.heads["answer"]
    for signs, answer in _SAID[:4]:
        assert head.labels[int(head.probabilities(both.scores(signs)).argmax())] == answer


@pytest.mark.parametrize(("small", "off"), [(False, 0.02), (True, 0.2)])
def test_a_model_with_a_network_is_kept_whole(both, tmp_path, small, off):
    both.save(tmp_path / "both.npz", small=small)
    other = load_model(tmp_path / "both.npz")
    assert other.scores({"a", "c"}) == pytest.approx(both.scores({"a", "c"}), abs=off)
    assert [layer.shape for layer in other.layers] == [layer.shape for layer in both.layers]


def test_the_same_examples_make_the_same_network(both):
    again = made()
    assert np.array_equal(again.weights, both.weights)
    assert all(np.array_equal(*pair) for pair in zip(again.layers, both.layers, strict=True))


def test_questions_after_the_second_stay_linear(both):
    third = both.heads["third"]
    assert not both.layers[2][:, third.start :].any()


def test_joined_networks_give_their_mean():
    chance = np.random.default_rng(3)

    def any_network() -> Network:
        shapes = (5, WIDTH), (WIDTH,), (WIDTH, HIDDEN), (HIDDEN,), (HIDDEN, 3), (3,)
        return Network(*(chance.normal(size=shape).astype(np.float32) for shape in shapes))

    def told(network: Network) -> np.ndarray:
        seen = np.maximum(network.points.sum(axis=0) + network.inner, 0)
        return np.maximum(seen @ network.hidden + network.hidden_bias, 0) @ network.out + network.out_bias

    networks = [any_network() for _ in range(3)]
    assert told(joined(networks)) == pytest.approx(
        np.mean([told(each) for each in networks], axis=0), rel=1e-3
    )
