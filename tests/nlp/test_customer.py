"""The model of customers' turns: features, weights, decisions."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Set
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts import texts

from assistant.bootstrap import load_customer
from assistant.errors import ConfigurationError
from assistant.model import EMOTIONS, INTENTS, Speaker, Turn
from assistant.nlp import MODELS
from assistant.nlp.customer import DISPLEASED, DISPLEASED_FROM, MODEL, CustomerModel, last_said
from assistant.nlp.features import customer_voices, grams, mark_features, said_voice, tidy
from assistant.nlp.lexicon import Lexicon
from assistant.nlp.linear import Head, LinearModel, load_model
from assistant.nlp.training import Task, chain_of, matrix_of, train


@pytest.fixture(scope="module")
def model() -> CustomerModel:
    return load_customer()


def said(tidied: str) -> Set[str]:
    """Return the features of the words of a turn."""
    return said_voice(tidied).written()[1]


def turns(*said: tuple[str, str]) -> list[Turn]:
    return [Turn(place, Speaker(role), text) for place, (role, text) in enumerate(said)]


@pytest.mark.parametrize(
    ("text", "emotion", "intent"),
    [
        ("好的谢谢", "grateful", "thanks"),
        ("太感谢您了", "grateful", "thanks"),
        ("再见", "calm", "goodbye"),
        ("你好在吗", "calm", "greeting"),
        ("请问什么时候发货", "calm", "inquiry"),
        ("你们这群骗子!把钱还给我!", "furious", "criticism"),
        ("我要投诉你们!!!什么破服务", "angry", "complaint"),
    ],
)
def test_what_everybody_would_say(model, text, emotion, intent):
    found, intents = model.classify(text, ())
    assert found.label == emotion
    assert intent in {each.name for each in intents}


@pytest.mark.parametrize("pair", [("谢謝您", "谢谢您"), ("ＯＫ", "ok"), ("快点快点!!!!!!!", "快点快点!!!")])
def test_forms_of_one_text_are_one(model, pair):
    assert model.classify(pair[0], ()) == model.classify(pair[1], ())


@given(texts, st.none() | texts)
def test_any_text_gets_a_decision(model, text, before):
    emotion, intents = model.classify(text, turns(("agent", before)) if before else ())
    assert emotion.label in EMOTIONS
    assert 0 <= emotion.intensity <= 1
    assert 0 <= emotion.confidence <= 1
    assert 1 <= len(intents) <= 3
    assert all(each.name in INTENTS and 0 <= each.score <= 1 for each in intents)
    assert [each.score for each in intents] == sorted((each.score for each in intents), reverse=True)


def test_nonsense_is_no_guess(model):
    emotion, intents = model.classify("", ())
    assert emotion.label == "calm"
    assert intents[0].name == "other"


def test_displeasure_lingers(model):
    upset = turns(("customer", "你们太过分了,凭什么不给退"), ("agent", "抱歉"))
    calm = turns(("customer", "好的"), ("agent", "抱歉"))
    text = "那现在怎么办"
    angry = EMOTIONS.index("angry")
    assert model.mood(text, upset)[angry] > model.mood(text, calm)[angry]
    scores = model.scores(text, calm)
    heated, cool = (model.emotion(scores, model.mood(text, context)) for context in (upset, calm))
    assert heated.intensity > cool.intensity


@given(st.lists(st.tuples(st.sampled_from(["agent", "customer"]), texts), max_size=6), texts)
def test_a_mood_is_a_distribution(model, said, text):
    assert np.exp(model.mood(text, turns(*said))).sum() == pytest.approx(1, abs=1e-3)


def test_a_long_first_message_is_likelier_a_grievance(model):
    dissatisfied = EMOTIONS.index("dissatisfied")
    assert model.mood("长" * 100, ())[dissatisfied] > model.mood("短", ())[dissatisfied]


@given(texts, st.floats(-4, 0))
def test_displeasure_is_told_over_all_its_shades(model, text, level):
    mood = np.full(len(EMOTIONS), level, dtype=np.float32)
    scores = model.scores(text)
    chances = model.feelings(scores, mood)
    assert sum(chances.values()) == pytest.approx(1, abs=1e-4)
    told = model.emotion(scores, mood).label
    assert (told in DISPLEASED) == (sum(chances[label] for label in DISPLEASED) >= DISPLEASED_FROM)


def test_kinds_are_ranked(model):
    kinds = model.kinds("快递员把我的包裹扔在雨里,全湿了", ())
    assert kinds[0].name == "delivery"
    assert sum(kind.score for kind in kinds) == pytest.approx(1, abs=1e-4)


def test_placeholders_are_one_sign():
    assert tidy("电话[手机号]", {}) == tidy("电话[数字x]", {}) == "电话〇"


def test_words_of_a_class_are_one_feature():
    lexicon = Lexicon({"broken": ["裂了", "坏了"], "late": ["还没到"], "bad": ["坏了"]})
    assert lexicon.found("杯子裂了", "%") == {"%broken"}
    assert lexicon.found("坏了,还没到", "@") == {"@broken", "@bad", "@late"}
    assert lexicon.found("好的", "%") == set()


def test_word_classes_of_both_sides_are_heard():
    lexicons = {"customer": Lexicon({"late": ["还没到"]}), "agent": Lexicon({"waiting": ["稍等"]})}
    voices = customer_voices("怎么还没到", "请您稍等", "还没到吗", {}, lexicons)
    assert [voice.others for voice in voices[-3:]] == [{"%late"}, {"&waiting"}, {"@late"}]


def test_pauses_are_read_over_where_there_are_some():
    assert any(gram.startswith("~") for gram in said("还没 到"))
    assert not any(gram.startswith("~") for gram in said("还没到"))


def test_a_chain_counts_what_follows():
    chain = chain_of(("a", "b"), [(0, "a"), (0, "a"), (1, "b")], 3, doubt=1)
    assert chain == pytest.approx(np.array([[0.75, 0.25], [1 / 3, 2 / 3], [0.5, 0.5]]))


@given(texts)
def test_words_are_read_without_marks(text):
    marked = text.replace("好", "好!") + "??"
    plain = text.replace("!", " ").replace("?", " ")
    assert not any(mark in gram for gram in said(tidy(marked, {})) for mark in "!?")
    assert mark_features(tidy(marked, {})) != mark_features(tidy(plain, {}))


def test_only_the_last_turns_are_looked_at():
    far = turns(("agent", "您好"), ("customer", "在吗"), *[("customer", "嗯")] * 4)
    assert last_said(far) == (None, "嗯")
    assert last_said(far[:3]) == ("您好", "嗯")
    assert last_said(()) == (None, None)


def test_what_was_said_before_is_heard(model):
    asked = model.scores("没有", turns(("agent", "请问还有其他可以帮您的吗")))
    told = model.scores("没有", turns(("customer", "我等了一周"), ("agent", "师傅联系您了吗")))
    assert not np.array_equal(asked, told)


@given(st.lists(st.tuples(texts, st.none() | texts), max_size=5))
def test_turns_are_read_alike_together_alone_and_written_out(model, said):
    """To the last digit: a live call is heard turn by turn, a recording many turns at once."""
    weights = model.model
    voices = [customer_voices(text, before, None, weights.fold, model.lexicons) for text, before in said]
    together = weights.read(voices)
    for each, scores in zip(voices, together, strict=True):
        assert np.array_equal(weights.read([each])[0], scores)
        assert np.array_equal(weights.heard([voice.written() for voice in each]), scores)


def test_getting_ready_changes_no_answer():
    call = turns(
        ("agent", "您好"), ("customer", "怎么还没到"), ("agent", "请稍等"), ("customer", "都三天了!")
    )
    ready, other = load_customer(), load_customer()
    ready.prepare(call)
    for place in (1, 3):
        assert ready.classify(call[place].text, call[:place]) == other.classify(
            call[place].text, call[:place]
        )


@pytest.fixture
def small() -> LinearModel:
    features = [((1.0, set(grams(text))),) for text in ("好的", "好吧", "不行", "不要")]
    tasks = (
        Task("answer", ("yes", "no"), [("yes",), ("yes",), ("no",), ("no",)], exclusive=True),
        Task("soft", ("ba", "de"), [("de",), ("ba",), (), None], exclusive=False, thresholds=(0.5, 0.5)),
    )
    return train("small", features, tasks, {ord("Ａ"): "a"}, at_least=1)


def test_a_model_is_kept_whole(small, tmp_path):
    small = replace(small, chain=np.eye(3, dtype=np.float32), lexicon={"customer": {"yes": ["好"]}})
    small.save(tmp_path / "small.npz")
    other = load_model(tmp_path / "small.npz")
    assert other.chain is not None
    assert np.array_equal(other.chain, np.eye(3))
    assert other.lexicon == small.lexicon
    assert (other.name, other.heads, other.vocabulary, other.fold) == (
        small.name, small.heads, small.vocabulary, small.fold,
    )  # fmt: skip
    found = {"好", "不", "不要", "新"}
    assert other.scores(found) == pytest.approx(small.scores(found), abs=1e-2)


def test_the_same_sentences_make_the_same_file(small, tmp_path):
    for name in ("one.npz", "two.npz"):
        small.save(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_serving_weighs_as_training_did(small):
    found = {"好", "不", "不要", "新"}
    row = matrix_of([((1.0, found),)], small.vocabulary)
    assert small.scores(found) == pytest.approx((row @ small.weights + small.bias)[0], abs=1e-5)


def test_a_small_file_counts_weights_in_steps_fit_for_each_column(tmp_path):
    chance = np.random.default_rng(1)
    weights = chance.normal(0, (1, 5), (2000, 2)).astype(np.float32)
    weights[0] = 200, 10
    vocabulary = {str(row): row for row in range(len(weights))}
    model = LinearModel("both", vocabulary, weights, np.zeros(2, np.float32), {}, {}, {})
    model.save(tmp_path / "small.npz", small=True)
    read = load_model(tmp_path / "small.npz")
    assert read.steps == pytest.approx(np.array([200 / 127, np.abs(weights[:, 1]).max() / 16]), rel=1e-2)
    assert np.all(np.abs(read.weights * read.steps - weights) <= read.steps * 0.51)


def test_nothing_known_leaves_the_bias(small):
    assert np.array_equal(small.scores(set()), small.bias)


def test_leanings_make_an_answer_likelier():
    even = Head(("a", "b"), 0, exclusive=True)
    leaning = replace(even, leanings=(0.0, 1.0))
    scores = np.zeros(2, dtype=np.float32)
    assert even.probabilities(scores)[1] < leaning.probabilities(scores)[1]


def test_probabilities_of_a_question_with_one_answer_sum_to_one():
    head = Head(("a", "b", "c"), 1, exclusive=True)
    chances = head.probabilities(np.array([9, 1, 2, 3], dtype=np.float32))
    assert chances.sum() == pytest.approx(1)
    assert chances.argmax() == 2


@pytest.mark.parametrize("content", [b"", b"no model", b"PK\x03\x04"])
def test_what_is_no_model_is_told(tmp_path, content):
    (tmp_path / "broken.npz").write_bytes(content)
    with pytest.raises(ConfigurationError, match="can't be read as a model"):
        load_model(tmp_path / "broken.npz")


def test_serving_needs_neither_spacy_nor_scikit_learn():
    code = (
        "import sys; from assistant.bootstrap import load_customer; load_customer().classify('你好', ());"
        "assert not {'spacy', 'sklearn', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603


def test_the_model_is_within_its_budget():
    assert sum(path.stat().st_size for path in MODELS.iterdir()) < 20 << 20
    assert (MODELS / MODEL).is_file()
