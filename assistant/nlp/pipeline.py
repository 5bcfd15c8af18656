"""spaCy components: our words and our understanding of customers in anybody's pipeline.

    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"@tokenizers": "huashu.Words.v1"}}})
    nlp.add_pipe("huashu_customer")
    doc = nlp("怎么还没到啊")
    doc._.emotion, doc._.intents

The component serves the same weights as `huashu classify`. Importing this module imports spaCy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc

from assistant.nlp import MODELS
from assistant.text.segment import Segmenter

if TYPE_CHECKING:
    from spacy.vocab import Vocab

    from assistant.nlp.customer import CustomerModel


class WordTokenizer:
    """Cuts text into jieba's words, whitespace apart; the words joined give the text again."""

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab
        self._segmenter = Segmenter()

    def __call__(self, text: str) -> Doc:
        words = list(self._segmenter.cut(text))
        return Doc(self._vocab, words=words, spaces=[False] * len(words))

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """There is nothing to keep: the words are jieba's own."""
        return b""

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> WordTokenizer:
        return self

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """There is nothing to keep."""

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> WordTokenizer:
        return self


@spacy.registry.tokenizers("huashu.Words.v1")  # type: ignore[attr-defined,untyped-decorator]
def words() -> Callable[[Language], WordTokenizer]:
    """Return what makes the tokenizer of a pipeline."""
    return lambda nlp: WordTokenizer(nlp.vocab)


class CustomerComponent:
    """Sets ``doc._.emotion`` and ``doc._.intents``."""

    def __init__(self, model: CustomerModel) -> None:
        self._model = model

    def __call__(self, doc: Doc) -> Doc:
        doc._.emotion, doc._.intents = self._model.classify(doc.text, ())
        return doc


@Language.factory("huashu_customer", assigns=["doc._.emotion", "doc._.intents"])
def customer_component(nlp: Language, name: str) -> CustomerComponent:
    """Return the component, with the shipped weights."""
    from assistant.nlp.customer import MODEL, CustomerModel

    for attribute in ("emotion", "intents"):
        if not Doc.has_extension(attribute):
            Doc.set_extension(attribute, default=None)
    return CustomerComponent(CustomerModel(MODELS / MODEL))


def blank() -> Any:
    """Return an empty Chinese pipeline with our tokenizer."""
    return spacy.blank("zh", config={"nlp": {"tokenizer": {"@tokenizers": "huashu.Words.v1"}}})
