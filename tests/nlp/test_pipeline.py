"""spaCy components: the same answers as without spaCy."""

from __future__ import annotations

import warnings

import jieba
import pytest
from hypothesis import given
from texts import texts

from assistant.bootstrap import load_customer

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of what spaCy imports
    from assistant.nlp import pipeline


@pytest.fixture(scope="module")
def nlp():
    made = pipeline.blank()
    made.add_pipe("huashu_customer")
    return made


@given(texts)
def test_a_pipeline_answers_as_classify_does(nlp, text):
    doc = nlp(text)
    assert (doc._.emotion, doc._.intents) == load_customer().classify(text, ())


@given(texts)
def test_words_joined_are_the_text(nlp, text):
    assert nlp.make_doc(text).text == text


def test_the_words_are_jiebas(nlp):
    text = "我要投诉快递员,他把包裹扔在门口"
    assert [token.text for token in nlp.make_doc(text)] == jieba.Tokenizer().lcut(text, HMM=False)


def test_a_pipeline_is_kept_on_disk(nlp, tmp_path):
    import spacy

    nlp.to_disk(tmp_path)
    assert spacy.load(tmp_path)("好的谢谢")._.emotion.label == "grateful"
