"""Finding many strings at once: the first texts by looking up, later ones by an automaton."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from assistant.text.finder import StringFinder

LETTERS = st.text(alphabet="甲乙丙a", max_size=12)
STRINGS = st.lists(st.text(alphabet="甲乙丙a", min_size=1, max_size=4), unique=True, max_size=12)


@given(STRINGS, LETTERS)
def test_both_ways_find_the_same_in_the_same_order(strings, text):
    eager, patient = StringFinder(strings), StringFinder(strings)
    eager._left, patient._left = 0, 1_000
    if strings:
        assert patient.find(text) == eager.find(text)
        assert patient._automaton is None
    assert {text[start:end] for _, start, end in eager.find(text)} == {one for one in strings if one in text}


def test_the_automaton_is_made_once_looking_up_has_taken_as_long():
    finder = StringFinder([str(number) for number in range(640)])
    assert finder.find("17") == finder.find("17") == [(1, 0, 1), (17, 0, 2), (7, 1, 2)]
    assert finder._automaton is None
    assert finder.find("7" * 20)
    assert finder._automaton is not None
    assert finder._numbers == {}


def test_made_ready_it_finds_the_same_at_once():
    strings = [str(number) for number in range(640)]
    patient, ready = StringFinder(strings), StringFinder(strings)
    ready.prepare()
    assert ready._automaton is not None
    assert ready.find("17") == patient.find("17")


def test_texts_looked_up_while_the_automaton_is_made_are_looked_up_whole():
    strings = [str(number) for number in range(2_000)]
    finder = StringFinder(strings)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(finder.find, ["117"] * 400))
    assert finder._automaton is not None
    assert all(each == found[0] for each in found)


def test_without_strings_nothing_is_found():
    assert StringFinder(()).find("您好") == []
