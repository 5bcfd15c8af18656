"""The benchmark of guided calls: its conversations are the same for a seed, and it sees what differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant.bootstrap import shipped_intents
from assistant.model import Report
from benchmarks.guidance import disagreements, generated, pool


@pytest.fixture(scope="module")
def sentences():
    return pool(shipped_intents())


def test_the_same_seed_makes_the_same_conversations(sentences):
    first = list(generated(5, 7, sentences))
    assert first == list(generated(5, 7, sentences))
    assert first != list(generated(5, 8, sentences))
    assert {turn.role for conversation in first for turn in conversation.items} == {"agent", "customer"}


class Recorded:
    """Stands for an engine: its reports have the prompts and procedures it was made with."""

    def __init__(self, **parts):
        self.report = replace(Report("", "", "live", "scored", (), (), (), (), "", ""), **parts)

    def start(self, meta, **named):
        return object()

    def feed(self, state, item):
        return state, ()

    def counsel(self, state):
        return None

    def standing(self, state):
        return (), ()

    def finish(self, state):
        return self.report

    def run(self, conversation):
        return self.report


def test_a_call_that_ends_otherwise_is_told(sentences):
    calls = list(generated(2, 1, sentences))
    one, other = Recorded(), Recorded(procedures=({"id": "P-SIX"},))
    assert disagreements(one, one, calls) == []
    assert disagreements(one, other, calls) == [call.id for call in calls]
