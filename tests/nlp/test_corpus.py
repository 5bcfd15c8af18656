"""Reading the training text."""

from __future__ import annotations

from collections import Counter

import pytest

from assistant.bootstrap import shipped_intents
from assistant.errors import ConfigurationError
from assistant.model import Speaker
from assistant.nlp.corpus import read_customers, read_dialogues, read_lexicon

_DIALOGUE = """\
dialogues:
- id: one
  trade: shop
  turns:
  - {customer: "在吗", emotion: calm, intents: [greeting]}
  - {agent: "您好"}
  - {customer: "杯子裂了", emotion: dissatisfied, intents: [complaint], kind: quality}
- id: two
  trade: shop
  turns:
  - {customer: "谢谢", emotion: grateful, intents: [thanks]}
"""


def test_each_turn_knows_the_turns_before_it(tmp_path):
    (tmp_path / "some.yml").write_text(_DIALOGUE, encoding="utf-8")
    first, second, other = read_dialogues(tmp_path)
    assert first.earlier == ()
    assert [(turn.role, turn.text) for turn in second.earlier] == [
        (Speaker.CUSTOMER, "在吗"), (Speaker.AGENT, "您好"),
    ]  # fmt: skip
    assert (second.emotion, second.intents, second.kind) == ("dissatisfied", ("complaint",), "quality")
    assert other.earlier == ()
    assert [each.felt for each in (first, second, other)] == ["", "calm", ""]


def test_the_shipped_word_classes_can_be_read():
    lexicon = read_lexicon(shipped_intents() / "lexicon.yml")
    assert set(lexicon) == {"customer", "agent"}
    words = [word for classes in lexicon.values() for each in classes.values() for word in each]
    assert all(word and word == word.strip().lower() for word in words)


@pytest.mark.parametrize("text", ["classes: []", "words: {}", "[", "classes: {customer: [坏了]}"])
def test_what_are_no_word_classes_is_told(tmp_path, text):
    (tmp_path / "lexicon.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError):
        read_lexicon(tmp_path / "lexicon.yml")


def test_a_sentence_answers_the_turn_named_before_it(tmp_path):
    text = "nlu:\n- intent: any\n  examples:\n"
    text += "  - {text: 好, metadata: {emotion: calm, intents: [accept], before: 可以吗}}"
    (tmp_path / "some.yml").write_text(text, encoding="utf-8")
    (example,) = read_customers(tmp_path)
    assert [(turn.role, turn.text) for turn in example.earlier] == [(Speaker.AGENT, "可以吗")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no training text"),
        ("[", "not YAML"),
        ("nlu: []", "not conversations"),
        ("dialogues:\n- turns:\n  - {bot: hello}", "not conversations"),
        ("dialogues:\n- turns:\n  - {customer: a, emotion: x, intents: [other]}", "no such label"),
    ],
)
def test_what_are_no_conversations_is_told(tmp_path, text, told):
    if text is not None:
        (tmp_path / "some.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        read_dialogues(tmp_path)


def test_the_shipped_conversations_are_read():
    examples = read_dialogues(shipped_intents() / "dialogues")
    assert len(examples) > 3_800
    assert {example.source for example in examples} > {"dialogues/shop", "dialogues/trades"}
    assert sum(bool(example.earlier) for example in examples) > 3_400


def test_the_shipped_chats_and_posts_are_read():
    examples = read_dialogues(shipped_intents() / "chats")
    sources = Counter(example.source for example in examples)
    assert sources.keys() == {"chats/chats", "chats/posts"}
    assert sources["chats/chats"] > 6_500
    assert sources["chats/posts"] == 710
    assert not any(example.earlier for example in examples if example.source == "chats/posts")
