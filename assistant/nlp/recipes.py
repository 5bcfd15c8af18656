"""How the shipped models are made: from intents/ and the licensed sets, repeatably.

`customer`: one-against-all logistic regressions over character n-grams, one head for each question.
`conduct`: the screen is a logistic regression over counts of n-grams, damped so that short sentences
don't speak too loudly; the families, and harmless sentences beside them, are learnt by a network.
Needs scikit-learn.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from assistant.model import EMOTIONS, INTENTS
from assistant.nlp.acts import ACTS, act_voice
from assistant.nlp.acts import MODEL as ACT_MODEL
from assistant.nlp.conduct import FAMILIES, HARMLESS, SCREEN, SIZES, pieces, voice
from assistant.nlp.corpus import (
    ActTurn,
    AgentExample,
    CustomerExample,
    read_acts,
    read_agents,
    read_answers,
    read_customers,
    read_dialogues,
    read_lexicon,
)
from assistant.nlp.customer import MODEL, STARTS, CustomerModel, first_row, last_said
from assistant.nlp.evaluation import Labelled, means
from assistant.nlp.features import customer_voices, grams
from assistant.nlp.lexicon import Classes, Lexicon
from assistant.nlp.linear import LinearModel
from assistant.nlp.training import SEED, Task, chain_of, train, train_networks
from assistant.rules.pack import load_ruleset
from assistant.rules.schema import Script
from assistant.text.normalise import Normaliser, Squeezed
from assistant.text.tables import build_tables

LEXICON = "lexicon.yml"
CONVERSATIONS = ("dialogues", "chats")  # of chats, only the customers' turns are labelled
CROSSWOZ = "crosswoz_val.jsonl"
# Breaches by what was said before or comes after: the words alone (不行的哦) are no breach.
_BY_CONTEXT = frozenset({"B-8", "B-16", "B-26"})
_LISTING = frozenset({"phrase", "near", "combine"})
_FILLERS = ("某某", "东方宽带", "李先生", "明天下午")
_SLOT = re.compile(r"\{\w+\}")
_SURE = 8  # times that what must stay harmless is given
_KNOWN = 3  # times that what a rule finds is given
_DAMPING = 60.0
_STRENGTH = 30.0
_CLOSE = 1e-6  # the screen learns to the end: half-way, the same sentences end far apart
_NETWORKS = 3
_CUSTOMER_STRENGTH = 10.0
_INTENT_STRENGTH = 30.0
NETWORK = 0.6  # share of the network in the scores of emotion and intents
# From which probability on an intent holds: chosen on the open half of the gold turns.
_THRESHOLDS = {
    "inquiry": 0.3, "complaint": 0.2, "help": 0.16, "suggestion": 0.1, "praise": 0.1, "criticism": 0.2,
    "threat": 0.05, "demand": 0.25, "cancel": 0.05, "accept": 0.25, "refuse": 0.13, "thanks": 0.16,
    "greeting": 0.25, "goodbye": 0.2, "inform": 0.2, "other": 0.13,
}  # fmt: skip
# Fitted to the same half: what is added to the score of an emotion, and how sure it makes.
_LEANINGS = {
    "calm": -0.48, "anxious": -0.33, "dissatisfied": -0.2, "angry": -0.15, "furious": 0.6,
    "disappointed": 0.27, "satisfied": 0.06, "grateful": 0.24,
}  # fmt: skip
_TEMPERATURE = 1.5
_AT_LEAST, _KEPT = 6, 0.3  # examples that hold a feature; weights below tell nothing
_CARD = {
    "task": "emotion, intents and kind of complaint of a customer's turn in Chinese customer service",
    "data": "intents/customer (sentences), intents/dialogues and intents/chats (conversations), "
    "intents/lexicon.yml (word classes), written for this purpose, labelled by their writers; no public set",
    "licence": "Apache-2.0",
    "method": "logistic regression and four small networks over character n-grams and word classes of the "
    "turn and of both sides' turns before; how emotions follow on each other, from the conversations; "
    "temperature and leanings from real turns, held apart",
    "figures": "F1 on 1,100 real turns held back (2026-11-23): emotions 0.66, displeasure 0.78, complaint "
    "0.79; calls complaint or not 0.80; on 642 sought for rare things 0.65, 0.90, 0.93; "
    "more in docs/figures.md",
    "limits": "knows the words of its examples: displeasure said in plain facts is often taken for calm, "
    "worry for a plain question; no decision about people should rest on it alone",
}
_ACT_STRENGTH = 20.0
_ACT_LEAST = 0.4  # probability from which an act counts
_ACT_WEIGHT = 0.3
_ACT_JOINED = 40  # characters
_MARKS = re.compile(r"[^\w\[\]]+")
_ACT_CARD = {
    "task": "what an agent does by a sentence: empathise, restate, apologise, promise an action …",
    "data": "intents/acts: agents' turns written for this purpose, labelled by their writers",
    "licence": "Apache-2.0",
    "method": "one logistic regression for each act over character n-grams of the sentence",
    "limits": "sees one sentence, not the matter; figures are in docs/figures.md",
}
_FOLDS, _STRETCHES = 3, 300
_HARMLESS = 5_000  # agent turns of CrossWOZ, at most
_LEAST = 0.6  # weights nearer to zero are dropped: they tell nothing
_LOOK = 0.0  # log odds of the screen from which the network is heard


def train_conduct(
    intents: Path,
    licensed: Path | None,
    target: Path,
    packs: Path | None = None,
    phrases: Path | None = None,
) -> dict[str, Any]:
    """Train the model of agents' sentences into folder `target`; return figures about it.

    The rules of `packs` are examples, too, and the ready sentences in `phrases`. Raises
    ConfigurationError for a corpus that can't be read and RulePackError.
    """
    examples = read_agents(intents / "agent")
    examples += read_answers(intents / "dialogues") if (intents / "dialogues").is_dir() else []
    examples += _of_rules(packs) if packs is not None else []
    examples += _ready(phrases) if phrases is not None else []
    if licensed is not None:
        examples += [AgentExample(text, None) for text in _crosswoz_agents(licensed / CROSSWOZ)]
    sentences = list(_judged(examples))
    weights, bias = _screen(sentences)
    target.mkdir(parents=True, exist_ok=True)
    screen = {"bias": bias, "damping": _DAMPING, "threshold": _LOOK, "weights": weights}
    (target / SCREEN).write_text(
        json.dumps(screen, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8"
    )
    families = sorted({e.family for e in sentences if e.family}, key=lambda family: int(family[2:]))
    task = Task("family", (HARMLESS, *families), [(e.family or HARMLESS,) for e in sentences], exclusive=True)
    network = train_networks(
        "conduct", [(voice(e.text).written(),) for e in sentences], task, at_least=4, count=_NETWORKS
    )
    network.save(target / FAMILIES, small=True)
    breaches = sum(example.family is not None for example in examples)
    return {"examples": len(examples), "breaches": breaches, "weights": len(weights)}


def _judged(examples: Sequence[AgentExample]) -> Iterator[AgentExample]:
    """Yield the examples squeezed; of a harmless turn each sentence, too: turns are judged by sentences."""
    normaliser = Normaliser.of(build_tables())
    for example in examples:
        if example.family in _BY_CONTEXT:
            continue
        squeezed = normaliser.squeeze(example.text)
        yield replace(example, text=normaliser.words(example.text))
        if example.family is None:
            yield from (AgentExample(text, None) for text in sentences_of(squeezed) if text != squeezed.text)


def train_customer(intents: Path, target: Path) -> dict[str, Any]:
    """Train the model of customers' turns into folder `target`; return figures about it.

    Raises ConfigurationError for a corpus that can't be read.
    """
    examples = customer_examples(intents)
    model = customer_model(examples, customer_lexicon(intents))
    target.mkdir(parents=True, exist_ok=True)
    model.save(target / MODEL, small=True)
    return {"examples": len(examples), "features": len(model.vocabulary)}


def customer_examples(intents: Path) -> list[CustomerExample]:
    """Return the customers' turns of `intents`: sentences, and conversations where there are some."""
    examples = read_customers(intents / "customer")
    for folder in (intents / name for name in CONVERSATIONS):
        examples += read_dialogues(folder) if folder.is_dir() else []
    return examples


def customer_lexicon(intents: Path) -> dict[str, dict[str, list[str]]]:
    """Return the word classes of `intents`; nothing where there are none."""
    path = intents / LEXICON
    return read_lexicon(path) if path.is_file() else {}


def customer_model(
    examples: Sequence[CustomerExample], lexicon: Mapping[str, Classes] | None = None
) -> LinearModel:
    """Return the model of these examples, which knows the word classes of `lexicon`."""
    fold = build_tables().fold
    lexicons = {side: Lexicon(classes) for side, classes in (lexicon or {}).items()}
    features = [
        [voice.written() for voice in customer_voices(e.text, *last_said(e.earlier), fold, lexicons)]
        for e in examples
    ]
    kinds = tuple(sorted({example.kind for example in examples if example.kind}))
    tasks = (
        Task(
            "emotion",
            EMOTIONS,
            [(e.emotion,) for e in examples],
            exclusive=True,
            strength=_CUSTOMER_STRENGTH,
            leanings=tuple(_LEANINGS[emotion] for emotion in EMOTIONS),
            temperature=_TEMPERATURE,
        ),
        Task(
            "intent",
            INTENTS,
            [e.intents for e in examples],
            exclusive=False,
            strength=_INTENT_STRENGTH,
            thresholds=tuple(_THRESHOLDS[intent] for intent in INTENTS),
        ),
        Task("kind", kinds, [(e.kind,) if e.kind else None for e in examples], exclusive=True),
    )
    model = train(
        "huashu-customer",
        features,
        tasks,
        fold,
        at_least=_AT_LEAST,
        least=_KEPT,
        card=_CARD | {"examples": len(examples)},
        network=NETWORK,
    )
    return replace(model, chain=_emotion_chain(examples), lexicon=lexicon or {})


def _emotion_chain(examples: Sequence[CustomerExample]) -> NDArray[np.float32]:
    """Return how emotions follow on each other: first messages short and long, then after each emotion.

    Short first messages are those of conversations; long ones may be sentences that stand alone.
    """
    following: list[tuple[int, str]] = []
    for example in examples:
        row = first_row(example.text)
        if example.felt:
            following.append((STARTS + EMOTIONS.index(example.felt), example.emotion))
        elif row or example.felt is not None:
            following.append((row, example.emotion))
    return chain_of(EMOTIONS, following, STARTS + len(EMOTIONS))


def train_acts(intents: Path, target: Path) -> dict[str, Any]:
    """Train the model of what agents do into folder `target`; return figures about it.

    Raises ConfigurationError for a corpus that can't be read.
    """
    turns = read_acts(intents / "acts")
    model = acts_model(turns)
    target.mkdir(parents=True, exist_ok=True)
    model.save(target / ACT_MODEL, small=True)
    return {"turns": len(turns), "features": len(model.vocabulary)}


def acts_model(turns: Sequence[ActTurn]) -> LinearModel:
    """Return the model of these turns: of their sentences, and of neighbours run together.

    Recognisers write no marks, so two or three sentences often come as one.
    """
    fold = build_tables().fold
    examples = [example for turn in turns for example in _run_together(turn)]
    counts = Counter(act for _, acts in examples for act in acts)
    labels = tuple(act for act in ACTS if 0 < counts[act] < len(examples))
    task = Task("act", labels, [acts for _, acts in examples], exclusive=False, strength=_ACT_STRENGTH,
                thresholds=(_ACT_LEAST,) * len(labels))  # fmt: skip
    features = [(act_voice(text, fold).written(),) for text, _ in examples]
    return train(
        "huashu-acts", features, (task,), fold, least=_ACT_WEIGHT, card=_ACT_CARD | {"turns": len(turns)}
    )


def _run_together(turn: ActTurn) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from turn.said
    for (one, acts), (other, more) in pairwise(turn.said):
        if len(one) + len(other) <= _ACT_JOINED:
            yield (
                _MARKS.sub("", one) + _MARKS.sub("", other),
                (*acts, *(act for act in more if act not in acts)),
            )


def sources(
    examples: Sequence[CustomerExample],
    turns: Sequence[Labelled],
    lexicon: Mapping[str, Classes] | None = None,
) -> Iterator[tuple[str, int, float, float]]:
    """Yield what the text teaches, whole and without each source: size, mean F1 of emotions, of displeasure.

    Measured on `turns`; without them on a third of the examples at a time, which doesn't learn then.
    """
    names = sorted({example.source for example in examples})
    for left_out in (None, *names):
        size = sum(left_out in {None, example.source} for example in examples)
        gold: list[str] = []
        found: list[str] = []
        for learnt, asked in _parts(examples, turns):
            model = CustomerModel.of(customer_model([e for e in learnt if e.source != left_out], lexicon))
            gold += [turn.emotion for turn in asked]
            found += [model.classify(turn.text, turn.context)[0].label for turn in asked]
        yield left_out or "", size, *means(gold, found)


def _parts(
    examples: Sequence[CustomerExample], turns: Sequence[Labelled]
) -> Iterator[tuple[Sequence[CustomerExample], Sequence[Labelled]]]:
    """Yield what to learn from and what to ask then; neighbours (of a conversation) stay together."""
    if turns:
        yield examples, turns
        return
    stretch = max(len(examples) // _STRETCHES, 1)
    for part in range(_FOLDS):
        asked = [place // stretch % _FOLDS == part for place in range(len(examples))]
        yield (
            [e for e, out in zip(examples, asked, strict=True) if not out],
            [
                Labelled(e.text, e.earlier, e.emotion, e.intents)
                for e, out in zip(examples, asked, strict=True)
                if out
            ],
        )


def _of_rules(packs: Path) -> list[AgentExample]:
    """Return what rules know: hits are breaches, what they suggest or must not find is harmless."""
    said: list[AgentExample] = []
    for rule in load_ruleset([packs]).rules:
        said += [AgentExample(rule.suggest, None)] * _SURE
        said += [AgentExample(script, None) for script in _scripts(rule.match) for _ in range(_SURE // 2)]
        if rule.kind == "learned":
            said += [AgentExample(miss, None) for miss in rule.examples.miss if isinstance(miss, str)] * _SURE
        family = rule.source[0]
        if rule.kind in _LISTING and rule.when.speaker == "agent" and family.startswith("B-"):
            hits = (hit for hit in rule.examples.hit if isinstance(hit, str) and "\n" not in hit)
            said += [AgentExample(hit.replace("‹", "").replace("›", ""), family) for hit in hits] * _KNOWN
    return said


def _ready(phrases: Path) -> list[AgentExample]:
    """Return the ready sentences of the phrase bank: all are harmless."""
    from ruamel.yaml import YAML

    yaml = YAML(typ="safe")
    cells = (
        cell for path in sorted(phrases.glob("*.yml")) for cell in yaml.load(path.read_bytes())["phrases"]
    )
    texts = [text for cell in cells for text in cell["say"]]
    return [AgentExample(_SLOT.sub(filler, text), None) for text in texts for filler in _FILLERS]


def _scripts(value: object) -> Iterator[str]:
    """Yield the standard wordings in a part of a rule, their slots filled with a sign."""
    if isinstance(value, Script):
        for script in [value.script] if isinstance(value.script, str) else value.script:
            yield from (_SLOT.sub(filler, script) for filler in _FILLERS)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _scripts(getattr(value, name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _scripts(inner)


def sentences_of(squeezed: Squeezed) -> list[str]:
    """Return the sentences of a turn as the screen reads them."""
    return [squeezed.text[start:end] for start, end in pieces(squeezed)]


def _screen(examples: Sequence[AgentExample]) -> tuple[dict[str, float], float]:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression

    vectors = CountVectorizer(analyzer=lambda text: grams(text, SIZES), min_df=1)
    counts = vectors.fit_transform([example.text for example in examples]).astype(np.float64)
    sizes = np.asarray(counts.sum(axis=1)).ravel()
    counts = counts.multiply(1 / np.sqrt(sizes + _DAMPING)[:, None]).tocsr()
    model = LogisticRegression(C=_STRENGTH, tol=_CLOSE, max_iter=5000, random_state=SEED)
    model.fit(counts, [example.family is not None for example in examples])
    pairs = zip(vectors.get_feature_names_out(), model.coef_[0], strict=True)
    kept = {str(gram): round(float(weight), 2) for gram, weight in pairs if abs(weight) >= _LEAST}
    return kept, round(float(model.intercept_[0]), 3)


def _crosswoz_agents(path: Path) -> Iterator[str]:
    said = []
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            said += [turn["text"] for turn in json.loads(line)["turns"] if turn["role"] == "agent"]
    yield from np.random.default_rng(SEED).permutation(np.array(said, dtype=object))[:_HARMLESS]
