"""The model of agents' sentences, and the rules that ask it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from small_packs import engine_of, normaliser, rule, said, talk
from texts import texts

from assistant.errors import ConfigurationError
from assistant.nlp import MODELS
from assistant.nlp.conduct import SCREEN, ConductModel, Verdict, pieces
from assistant.text.normalise import Squeezed

LEARNED = rule("{like: B-3, at_least: 0.8}", "learned", id="sample.one.reads-like")
HEARD = 0.5  # the screen's probability from which the network is heard
CLEAR, DOUBTFUL = 0.9, 0.05
RUDE = "你烦不烦啊一天到晚问问问有完没完"
LISTED = rule('{any: ["不归我管"]}', id="sample.one.listed")


@dataclass
class Oracle:
    """A model that takes everything for the same."""

    family: str = "B-3"
    probability: float = 0.9
    sha256: str = "0" * 64

    def read(self, squeezed: Squeezed, at_least: float) -> tuple[float, Verdict | None]:
        size = len(squeezed.text)
        return self.probability, Verdict(self.family, self.probability, 0, size) if size else None

    def likelihood(self, squeezed: Squeezed, start: int, end: int) -> float:
        return self.probability

    def clauses(self, squeezed: Squeezed) -> tuple[Verdict, ...]:
        return ()


@pytest.fixture(scope="module")
def model() -> ConductModel:
    return ConductModel.load(MODELS)


def test_a_rule_finds_what_the_model_takes_for_its_family():
    assert said(engine_of(LEARNED, conduct=Oracle()), "您上别处打听去吧!") == ["您上别处打听去吧"]


@pytest.mark.parametrize("oracle", [Oracle(family="B-4"), Oracle(probability=0.7), None])
def test_a_rule_finds_nothing_else(oracle):
    assert said(engine_of(LEARNED, conduct=oracle), "您上别处打听去吧") == []


def test_customers_are_not_judged():
    assert said(engine_of(LEARNED, conduct=Oracle()), "您上别处打听去吧", role="customer") == []


def test_words_that_a_rule_lists_come_first():
    findings = engine_of(LEARNED, LISTED, conduct=Oracle()).check(
        talk("坐席:这不归我管,您上别处打听去吧").turns[0]
    )
    assert [finding.rule for finding in findings] == ["sample.one.listed"]


@dataclass
class ClauseOracle(Oracle):
    """One that hears B-17 in the last clause alone."""

    def clauses(self, squeezed: Squeezed) -> tuple[Verdict, ...]:
        return (Verdict("B-17", 0.9, squeezed.commas[-1], len(squeezed.text)),)


MILDER = rule("{like: B-17, at_least: 0.8}", "learned", id="sample.two.milder").replace("[B-3]", "[B-17]")
FATAL = MILDER.replace("two.milder", "two.fatal").replace("major", "fatal")


@pytest.mark.parametrize(
    ("rules", "rules_found"),
    [
        ((LEARNED, LISTED, FATAL), ["sample.one.listed", "sample.two.fatal"]),
        ((LEARNED, FATAL), ["sample.one.reads-like", "sample.two.fatal"]),
        ((LEARNED, LISTED, MILDER), ["sample.one.listed"]),
    ],
)
def test_a_fatal_clause_is_told_beside_what_else_was_found(rules, rules_found):
    engine = engine_of(*rules, conduct=ClauseOracle())
    findings = engine.check(talk("坐席:这不归我管,有种就来").turns[0])
    assert sorted(finding.rule for finding in findings) == rules_found


def test_clauses_are_heard_alone(model):
    squeezed = normaliser().squeeze("这不是我们部门的事,您找别人去,爱投诉投诉去")
    whole = model.read(squeezed, 0.5)[1]
    assert whole is not None
    assert whole.family == "B-3"
    heard = {
        squeezed.text[verdict.start : verdict.end]: verdict.family for verdict in model.clauses(squeezed)
    }
    assert heard["爱投诉投诉去"] == "B-17"


@pytest.mark.parametrize(
    ("text", "words"),
    [("这个不归我管,请您再想想别的办法。", "不归我管"), ("那个部门就是慢,我帮您催一下。", "部门就是慢")],
)
def test_kind_words_behind_a_breach_dont_undo_it(model, text, words):
    squeezed = normaliser().squeeze(text)
    place = squeezed.text.index(words)
    assert model.likelihood(squeezed, place, place + len(words)) >= CLEAR


def test_kind_words_are_no_breach_beside_one(model):
    squeezed = normaliser().squeeze("这个不归我管,请您再想想别的办法。")
    place = squeezed.text.index("再想想")
    assert model.likelihood(squeezed, place, place + 3) < DOUBTFUL


@given(texts)
def test_clauses_lie_in_the_text(model, text):
    squeezed = normaliser().squeeze(text)
    for verdict in model.clauses(squeezed):
        assert 0 <= verdict.start < verdict.end <= len(squeezed.text)


def test_the_finding_says_that_a_model_made_it():
    (finding,) = engine_of(LEARNED, conduct=Oracle()).check(talk("坐席:您上别处打听去吧").turns[0])
    assert finding.how == ("similar",)
    assert finding.confidence == 0.9
    assert "把握90%" in finding.explanation.because


def test_a_disguise_is_undone_before_the_model_looks():
    heard: list[str] = []

    class Listener(Oracle):
        def read(self, squeezed: Squeezed, at_least: float) -> tuple[float, Verdict | None]:
            heard.append(squeezed.text)
            return 0.0, None

    said(engine_of(LEARNED, conduct=Listener()), "您上嗯别别别处打聽去吧")
    assert heard == ["您上嗯别别别处打听去吧", "您上别处打听去吧"]


def test_reported_words_dont_count():
    engine = engine_of(LEARNED, conduct=Oracle())
    assert said(engine, "客户说“您上别处打听去吧”") == []
    assert said(engine, "我们不会拿“您上别处打听去吧”这样的话来回答您") == []
    assert said(engine, "您刚才说让您上别处打听去吧") == []
    assert said(engine, "您刚才说什么我没听见,您上别处打听去吧") != []


def test_breaches_score_above_polite_sentences(model):
    assert model.score("这事儿不是我们科室管的您上别处打听去吧") > 1.5
    assert model.score("我帮您联系负责的同事请稍等好吗") < 0


@given(texts)
def test_any_text_can_be_judged(model, text):
    squeezed = normaliser().squeeze(text)
    verdict = model.read(squeezed, 0.5)[1]
    assert verdict is None or (
        0 <= verdict.start < verdict.end <= len(squeezed.text) and 0 < verdict.probability <= 1
    )


def test_long_sentences_are_shown_by_their_telling_stretch(model):
    polite = "请您提供一下订单号我来帮您查询物流的进度麻烦您稍等一下"
    verdict = model.read(normaliser().squeeze(polite * 2 + RUDE + polite), 0.5)[1]
    assert verdict is not None
    assert 2 * len(polite) - 8 <= verdict.start
    assert verdict.end <= 2 * len(polite) + len(RUDE) + 8


def test_the_worst_sentence_counts(model):
    text = f"您好,请您稍等。{RUDE}!请问还有什么可以帮您?"
    squeezed = normaliser().squeeze(text)
    verdict = model.read(squeezed, 0.5)[1]
    assert verdict is not None
    start, end = squeezed.span(verdict.start, verdict.end)
    assert text[start:end] == RUDE


def test_what_is_no_model_is_told(tmp_path):
    (tmp_path / SCREEN).write_text("[]")
    with pytest.raises(ConfigurationError, match="can't be read as a model"):
        ConductModel.load(tmp_path)


DOUBTED = rule('{any: ["把嘴闭上"]}', id="sample.one.mouth", extra="scope: {at_least: 0.5}")


@pytest.mark.parametrize(("probability", "found"), [(0.9, ["把嘴闭上"]), (0.5, ["把嘴闭上"]), (0.4, [])])
def test_a_match_counts_only_in_a_sentence_that_may_be_a_breach(probability, found):
    engine = engine_of(DOUBTED, conduct=Oracle(probability=probability))
    assert said(engine, "拍片的时候请把嘴闭上") == found


def test_without_a_model_every_match_counts():
    assert said(engine_of(DOUBTED), "拍片的时候请把嘴闭上") == ["把嘴闭上"]


@given(texts)
def test_the_quick_look_never_hides_what_the_slow_one_sees(model, text):
    squeezed = normaliser().squeeze(text)
    scores = [model.score(squeezed.text[start:end]) for start, end in pieces(squeezed)]
    exact = 1 / (1 + math.exp(-max(scores))) if scores else 0.0
    for at_least in (0.1, 0.25, 0.6):
        quick, verdict = model.read(squeezed, at_least)
        assert (quick >= at_least) == (exact >= at_least)
        assert (verdict is not None) == (exact >= HEARD)


@given(texts)
def test_every_character_belongs_to_a_sentence(text):
    squeezed = normaliser().squeeze(text)
    covered = {place for start, end in pieces(squeezed) for place in range(start, end)}
    assert covered == set(range(len(squeezed.text)))
