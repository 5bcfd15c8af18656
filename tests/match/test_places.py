"""Stretches of text found to lie over one another as if each were compared with each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.match.nodes import NearNode
from assistant.match.places import Apart, Covered

PLACE = st.tuples(st.integers(0, 60), st.integers(1, 9)).map(lambda each: (each[0], each[0] + each[1]))
PLACES = st.lists(PLACE, max_size=40)


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]


@given(PLACES)
def test_apart_keeps_what_lies_over_nothing_kept(places):
    apart, kept = Apart(), []
    for place in places:
        free = not any(overlap(place, other) for other in kept)
        assert apart.overlaps(*place) is not free
        assert apart.add(*place) is free
        kept += [place] if free else []


@given(PLACES, PLACE)
def test_covered_is_what_any_of_them_covers(places, asked):
    assert Covered(places).overlaps(*asked) is any(overlap(asked, place) for place in places)
    assert bool(Covered(places)) is bool(places)


@given(PLACES, PLACES, st.integers(0, 6), st.booleans())
def test_pairs_are_all_that_lie_near_enough(ones, others, within, ordered):
    node = NearNode(frozenset(), frozenset(), within, ordered, frozenset(), frozenset())
    expected = [
        (min(one[0], other[0]), max(one[1], other[1]))
        for one in ones
        for other in others
        if 0 <= max(other[0] - one[1], one[0] - other[1]) <= within and (not ordered or other[0] >= one[1])
    ]
    assert sorted(node._pairs(ones, others)) == sorted(expected)
