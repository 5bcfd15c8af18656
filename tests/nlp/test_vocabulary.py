"""Features looked up as numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import texts

from assistant.nlp import MODELS
from assistant.nlp.features import Grams
from assistant.nlp.linear import load_model
from assistant.nlp.vocabulary import Vocabulary

features = st.text(st.characters(exclude_characters="\n", exclude_categories=("Cs",)), min_size=1, max_size=8)


@given(st.lists(features, unique=True), st.lists(features))
def test_a_feature_has_the_row_of_its_place(listed, others):
    vocabulary = Vocabulary(listed)
    rows = {feature: row for row, feature in enumerate(listed)}
    assert list(vocabulary) == listed
    assert vocabulary == rows
    assert vocabulary.rows(others).tolist() == [rows.get(each, -1) for each in others]
    assert [vocabulary.remembered(each) for each in (*listed, *others)] == [
        rows.get(each, -1) for each in (*listed, *others)
    ]


@given(st.lists(st.tuples(texts, st.sampled_from(["", "~", "<"])), max_size=4), st.data())
def test_n_grams_of_many_texts_are_those_written_out(said, data):
    said = [(text.replace("\n", " "), sign) for text, sign in said]
    grams = [
        Grams(text, data.draw(st.sampled_from([(1, 2, 3, 4), (2, 3), (1, 3)])), sign) for text, sign in said
    ]
    written = [
        each.sign + each.text[place : place + size]
        for each in grams
        for size in each.sizes
        for place in range(len(each.text) - size + 1)
    ]
    known = sorted({each for each in written if hash(each) % 3})
    vocabulary = Vocabulary(known)
    numbers, rows = vocabulary.places(range(len(grams)), grams)
    expected = [
        (number, vocabulary[each.sign + each.text[place : place + size]])
        for number, each in enumerate(grams)
        for size in each.sizes
        for place in range(len(each.text) - size + 1)
        if each.sign + each.text[place : place + size] in vocabulary
    ]
    assert sorted(zip(numbers.tolist(), rows.tolist(), strict=True)) == sorted(expected)


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.npz")), ids=lambda path: path.stem)
def test_all_features_of_the_shipped_models_are_told_apart(path):
    vocabulary = load_model(path).known
    assert np.array_equal(vocabulary.rows(vocabulary), np.arange(len(vocabulary)))
    assert vocabulary.rows(["没有这个词条", "0x"]).tolist() == [-1, -1]
