"""Sentences fit how the customer is spoken with."""

from __future__ import annotations

import re

import pytest

from assistant.bootstrap import guide_files
from assistant.procedure.bank import Bank, Phrase
from assistant.procedure.loader import load_phrases
from assistant.procedure.situation import Situation
from assistant.settings import Settings

PHRASES = load_phrases(guide_files(Settings(), "phrases"))
BY_PHONE = re.compile(r"别挂|先挂|电话里|现在这个号码|打这个电话来|在线听")


@pytest.mark.parametrize("topic", sorted({f"P-SIX/{step}" for step in range(1, 7)} | {"close", "farewell"}))
@pytest.mark.parametrize("mood", ["calm", "upset", "hot"])
def test_a_chat_is_not_answered_as_a_telephone_call(topic, mood):
    offered = Bank(PHRASES).choose(topic, Situation(mood=mood, channel="chat"), {}, most=99)
    assert len(offered) >= 4
    assert [text for text in offered if BY_PHONE.search(text)] == []


def test_sentences_for_the_channel_come_first_and_an_unknown_channel_gets_all():
    bank = Bank([Phrase("t", "都行"), Phrase("t", "电话里说", channels=frozenset({"hotline"}))])
    assert bank.choose("t", Situation(channel="hotline"), {}) == ("电话里说", "都行")
    assert bank.choose("t", Situation(channel="chat"), {}) == ("都行",)
    assert set(bank.choose("t", Situation(), {})) == {"电话里说", "都行"}
