"""What sounds like a listed wording, and what are ordinary words."""

from __future__ import annotations

import pytest
from hypothesis import given
from small_packs import engine_of, normaliser, rule, said, tables, turn
from texts import texts

from assistant.text.segment import Segmenter
from assistant.text.sound import SoundIndex, sound_groups

LISTED = ("不归我管", "投诉", "没办法", "你自己看着办", "有本事你去告")
INDEX = SoundIndex(sound_groups(LISTED, tables()), tables(), Segmenter())


def heard(text: str) -> str | None:
    form = INDEX.rewrite(normaliser().squeeze(text))
    return form and form.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("这个不归我馆的", "这个不归我管的"),
        ("你自己看着半吧", "你自己看着办吧"),
        ("有本是你去告啊", "有本事你去告啊"),
        ("没办珐的事", "没办法的事"),
    ],
)
def test_homophones_are_heard(text, words):
    assert heard(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "我们去投宿",
        "他们来投宿的话请登记",
        "不归我管",
        "您要投诉吗",
        "我没办法",
        "",
        "hello",
        "不会,我管这个",
        "物归原主",
    ],
)
def test_ordinary_words_and_the_listed_ones_stay(text):
    assert heard(text) is None


@given(texts)
def test_what_was_heard_is_as_long_and_says_what_it_cost(text):
    squeezed = normaliser().squeeze(text)
    form = INDEX.rewrite(squeezed)
    if form is None:
        return
    assert len(form.text) == len(squeezed.text)
    assert form.positions == squeezed.positions
    assert form.how == ("homophone",)
    differing = {i for i, (a, b) in enumerate(zip(form.text, squeezed.text, strict=True)) if a != b}
    assert differing
    assert differing == set(form.changed)
    assert any(words in form.text for words in LISTED)


def test_a_letter_that_is_the_sign_of_a_syllable_is_no_homophone():
    sign = tables().sound[ord("管")]
    assert heard(f"这个不归我{sign}") is None


def test_pieces_shorter_than_two_characters_are_never_tried():
    index = SoundIndex(sound_groups(["管"], tables()), tables(), Segmenter())
    assert index.rewrite(normaliser().squeeze("馆")) is None


@pytest.mark.parametrize("text", ["这个不归我馆", "这个不归我關"])
def test_homophones_through_a_rule(text):
    (found,) = engine_of(rule('{any: ["不归我管"]}')).check(turn(text))
    assert found.text == text[2:]
    assert "homophone" in found.how
    assert found.confidence < 1


def test_a_short_piece_heard_at_a_cost_is_no_finding():
    """Two characters with one of them rewritten say too little."""
    assert said(engine_of(rule('{any: ["傻瓜"]}')), "这个傻刮") == []


def test_customers_words_are_never_taken_by_their_sound():
    engine = engine_of(rule('{any: ["不归我管"]}', extra="when: {speaker: customer}"))
    assert said(engine, "这个不归我管", "customer") == ["不归我管"]
    assert said(engine, "这个不归我馆", "customer") == []
