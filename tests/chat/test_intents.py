"""What the model hears of a message."""

from __future__ import annotations

import pytest

from assistant.chat.intents import Sight, ending, learnt


@pytest.mark.parametrize(
    ("message", "heard"),
    [
        ("客户等了三天没人理 刚打来骂我 怎么回", "刚打来骂我怎么回"),
        ("他不接受方案，我下一步说什么？", "我下一步说什么"),
        ("说好三天回电,到底几天,算吗", "到底几天算吗"),
        ("你好", "你好"),
        ("？？", ""),
    ],
)
def test_the_last_clause_is_heard_with_the_one_before_where_it_is_but_a_word(
    message: str, heard: str
) -> None:
    assert ending(message) == heard


def test_what_is_quoted_does_not_count() -> None:
    sight = Sight({}, {})
    assert sight.features("“不归我管”能说吗") == sight.features("“今天天气怎么样”能说吗")
    assert sight.features("“不归我管”能说吗") != sight.features("“不归我管”怎么改")


def test_what_stands_after_a_colon_counts_where_who_asks_stands_before_it() -> None:
    sight = Sight({}, {})
    assert sight.features("帮我查一下：不归我管") == sight.features("帮我查一下：明天到")
    assert sight.features("客户问：几天到") == sight.features("客户问：多少钱")
    assert sight.features("徒弟问：几天到") != sight.features("徒弟问：多少钱")


def test_classes_of_words_are_found_wherever_they_stand() -> None:
    sight = Sight({}, {"w_time": ("(几天|多久)",)})
    cues = [
        {feature for feature in group if feature.startswith("%")} for _, group in sight.features("要多久呢")
    ]
    assert {"%w_time"} in cues


def test_the_same_sentences_in_another_order_give_the_same_model() -> None:
    pairs = [("ask", "几天办完"), ("ask", "多久办完"), ("bye", "再见了"), ("bye", "先再见")] * 2
    one, other = learnt(pairs, {}, {}), learnt(reversed(pairs), {}, {})
    assert one.vocabulary == other.vocabulary
    assert (one.weights == other.weights).all()
    assert one.card["examples"] == 4
