"""The comparable form and the way back to the characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_packs import normaliser
from texts import texts

from assistant.text.normalise import Squeezed
from assistant.text.segment import sentences


def forms(text: str) -> list[Squeezed]:
    """Return the squeezed form and those made of it."""
    first = normaliser().squeeze(text)
    found = [first]
    for alter in (normaliser().fluent, normaliser().collapse, normaliser().undisguise):
        altered = alter(found[-1])
        if altered is not None:
            found.append(altered)
    return found


@given(texts)
def test_positions_ascend_and_index_the_source(text):
    for form in forms(text):
        assert form.source == text
        assert len(form.positions) == len(form.text)
        assert all(a < b for a, b in zip(form.positions, form.positions[1:], strict=False))
        assert all(0 <= place < len(text) for place in form.positions)


@given(texts)
def test_each_character_is_the_fold_of_its_source(text):
    form = normaliser().squeeze(text)
    assert form.text == "".join(normaliser().plain(text[place]) for place in form.positions)
    assert all(char.isalnum() for char in form.text)


@given(texts, st.data())
def test_a_span_squeezes_to_its_place(text, data):
    form = normaliser().squeeze(text)
    if not form.text:
        return
    start = data.draw(st.integers(0, len(form.text) - 1))
    end = data.draw(st.integers(start + 1, len(form.text)))
    first, last = form.span(start, end)
    assert normaliser().squeeze(text[first:last]).text == form.text[start:end]


@given(texts)
def test_breaks_divide_the_text_into_sentences(text):
    for form in forms(text):
        assert form.breaks == sorted(form.breaks)
        assert all(0 <= place <= len(form.text) for place in form.breaks)
        for place in range(len(form.text)):
            start, end = form.sentence(place)
            assert start <= place < end
            assert form.within_sentence(start, end)


@given(texts)
def test_plain_keeps_the_length(text):
    assert len(normaliser().plain(text)) == len(text)


@given(texts)
def test_changed_places_lie_in_the_text(text):
    for form in forms(text)[1:]:
        assert form.how
        assert all(0 <= place < len(form.text) and cost > 0 for place, cost in form.changed.items())


@given(texts)
def test_what_is_said_plainly_has_no_disguise(text):
    form = normaliser().squeeze(form_text := normaliser().words(text))
    if form.text == form_text and form_text:
        assert normaliser().disguises(form, 0, len(form_text)) == ()


@given(texts)
def test_sentences_tile_the_text(text):
    spans = sentences(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [
        ("不*归.我 管", "不归我管"),
        ("不\u200b归\u2060我\ufeff管", "不归我管"),
        ("不歸我管", "不归我管"),
        ("ＱＱ群１２３", "qq群123"),
        ("QQ", "qq"),
        ("不归😀我管", "不归我管"),
        ("_不_归_", "不归"),
        ("", ""),
        ("。。!", ""),
    ],
)
def test_squeezed_forms(text, squeezed):
    assert normaliser().squeeze(text).text == squeezed


@pytest.mark.parametrize(
    ("text", "collapsed"),
    [
        ("不归归我管", "不归我管"),
        ("我我我知道", "我知道"),
        ("谢谢您", None),
        ("看看这个", None),
        ("谢谢谢谢您", "谢您"),
        ("1138", None),
        ("不归我管", None),
    ],
)
def test_stutters_are_collapsed_and_reduplications_kept(text, collapsed):
    form = normaliser().collapse(normaliser().squeeze(text))
    assert (form and form.text) == collapsed


@pytest.mark.parametrize(("text", "plain"), [("芣归莪菅", "不归我管"), ("不归我管", None), ("abc", None)])
def test_lookalikes_are_replaced(text, plain):
    form = normaliser().undisguise(normaliser().squeeze(text))
    assert (form and form.text) == plain


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("不归我管", ()),
        ("不归我 管", ("separator",)),
        ("不歸我管", ("traditional",)),
        ("ＱＱ群号", ("width",)),
        ("不歸*我管", ("traditional", "separator")),
    ],
)
def test_disguises_are_named(text, ways):
    form = normaliser().squeeze(text)
    assert normaliser().disguises(form, 0, len(form.text)) == ways


@pytest.mark.parametrize(
    ("text", "within"),
    [("这事不归。我管", False), ("不。归。我。管", True), ("这事不归,我管", True), ("这事不归\n我管", False)],
)
def test_a_sentence_end_divides_unless_characters_stand_alone(text, within):
    form = normaliser().squeeze(text)
    start = form.text.index("不归")
    assert form.within_sentence(start, start + 4) is within


def test_sentences_carry_their_end_marks():
    text = "您好。请问?!在吗\n好的……"
    assert [text[start:end] for start, end in sentences(text)] == ["您好。", "请问?!", "在吗\n", "好的……"]
