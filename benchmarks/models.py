"""Which model understands customers best: those tried, on the open half of the gold turns.

Run ``python -m benchmarks.models [--epochs N] [--data DIR]`` with what requirements/dev.lock names. All
learn from intents/customer alone. Figures: mean F1 over emotions with 20 cases, F1 of displeasure, F1
of the complaint intent, microseconds a turn, size of the weights.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.model import EMOTIONS
from assistant.nlp.corpus import CustomerExample, read_customers
from assistant.nlp.customer import answered
from assistant.nlp.evaluation import f1
from assistant.nlp.features import customer_features
from assistant.nlp.training import SEED, matrix_of, vocabulary_of
from assistant.text.tables import build_tables
from benchmarks.realdata import data_folder
from benchmarks.understanding import DISPLEASURE, Corpus, GoldTurn, emotion_rows, gold_turns

ROOT = Path(__file__).resolve().parents[1]
Predict = Callable[[GoldTurn], tuple[str, bool]]  # the emotion, and whether it is a complaint


def before(turn: GoldTurn) -> str | None:
    """Return the agent's turn right before."""
    last = turn.context[-1] if turn.context else None
    return last.text if last is not None and last.role != "customer" else None


def linear(
    examples: Sequence[CustomerExample], keep: Callable[[str], bool], *, strength: float = 30.0
) -> tuple[Predict, int]:
    """Return logistic regressions over those of our features that `keep` keeps, and their size in bytes."""
    from sklearn.linear_model import LogisticRegression

    fold = build_tables().fold

    def features(text: str, said: str | None) -> set[str]:
        return set(filter(keep, customer_features(text, said, fold)))

    learnt = [features(example.text, answered(example.earlier)) for example in examples]
    vocabulary = vocabulary_of(learnt, 2)
    matrix = matrix_of(learnt, vocabulary)
    feeling = LogisticRegression(C=strength, max_iter=500, class_weight="balanced", random_state=SEED)
    feeling.fit(matrix, [example.emotion for example in examples])
    grievance = LogisticRegression(C=strength, max_iter=500, random_state=SEED)
    grievance.fit(matrix, ["complaint" in example.intents for example in examples])

    def predict(turn: GoldTurn) -> tuple[str, bool]:
        row = matrix_of([features(turn.text, before(turn))], vocabulary)
        return str(feeling.predict(row)[0]), bool(grievance.predict_proba(row)[0, 1] >= 0.2)

    return predict, 2 * len(vocabulary) * (len(EMOTIONS) + 1)


def neural(examples: Sequence[CustomerExample]) -> tuple[Predict, int]:
    """Return a small network over a dense projection of the same features (numpy could serve it)."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.neural_network import MLPClassifier

    fold = build_tables().fold
    learnt = [customer_features(example.text, answered(example.earlier), fold) for example in examples]
    vocabulary = vocabulary_of(learnt, 2)
    projection = TruncatedSVD(256, random_state=SEED)

    def dense(rows: Any) -> Any:
        return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9) * 3

    inputs = dense(projection.fit_transform(matrix_of(learnt, vocabulary)))
    options = {"hidden_layer_sizes": (128,), "early_stopping": True, "max_iter": 60, "random_state": SEED}
    feeling = MLPClassifier(**options).fit(inputs, [example.emotion for example in examples])
    grievance = MLPClassifier(**options).fit(inputs, ["complaint" in example.intents for example in examples])

    def predict(turn: GoldTurn) -> tuple[str, bool]:
        row = matrix_of([customer_features(turn.text, before(turn), fold)], vocabulary)
        point = dense(projection.transform(row))
        return str(feeling.predict(point)[0]), bool(grievance.predict_proba(point)[0, 1] >= 0.3)

    return predict, 2 * len(vocabulary) * 256


def textcat(examples: Sequence[CustomerExample], architecture: str, epochs: int) -> tuple[Predict, int]:
    """Return spaCy's text categorizer on characters, one for emotions and the complaint."""
    import spacy
    from spacy.training import Example
    from spacy.util import minibatch
    from thinc.api import fix_random_seed

    fix_random_seed(SEED)
    model: dict[str, Any] = {
        "@architectures": architecture,
        **(
            {"exclusive_classes": False, "ngram_size": 3, "no_output_layer": False}
            if "BOW" in architecture
            else {}
        ),
    }
    if "Ensemble" in architecture:
        model |= {
            "linear_model": {
                "@architectures": "spacy.TextCatBOW.v3", "exclusive_classes": False, "ngram_size": 3,
                "length": 262144, "no_output_layer": False,
            },
            "tok2vec": {
                "@architectures": "spacy.HashEmbedCNN.v2", "pretrained_vectors": None,
                "width": 96,
                "depth": 2, "embed_size": 2000, "window_size": 1, "maxout_pieces": 3,
                "subword_features": True,
            },
        }  # fmt: skip
    nlp = spacy.blank("zh")  # characters
    pipe: Any = nlp.add_pipe("textcat_multilabel", config={"model": model, "threshold": 0.3})
    for label in (*EMOTIONS, "complaint"):
        pipe.add_label(label)
    learnt = [Example.from_dict(nlp.make_doc(each.text), {"cats": _cats(each)}) for each in examples]
    nlp.initialize(lambda: learnt)
    shuffled = random.Random(SEED)  # noqa: S311
    for _ in range(epochs):
        shuffled.shuffle(learnt)
        for batch in minibatch(learnt, 64):  # type: ignore[no-untyped-call]
            nlp.update(batch, drop=0.2)

    def predict(turn: GoldTurn) -> tuple[str, bool]:
        cats = nlp(turn.text).cats
        return max(EMOTIONS, key=lambda emotion: cats[emotion]), cats["complaint"] >= 0.3

    return predict, len(nlp.to_bytes())


def _cats(example: CustomerExample) -> dict[str, bool]:
    return {e: e == example.emotion for e in EMOTIONS} | {"complaint": "complaint" in example.intents}


def row(name: str, made: tuple[Predict, int], turns: Sequence[GoldTurn]) -> str:
    """Return one line of the table."""
    predict, size = made
    started = time.process_time()
    found = [predict(turn) for turn in turns]
    each = (time.process_time() - started) / len(turns) * 1e6
    mean = {title: score for title, _, score in emotion_rows(turns, [emotion for emotion, _ in found])}
    displeased = f1(
        [turn.emotion in DISPLEASURE for turn in turns], [emotion in DISPLEASURE for emotion, _ in found]
    )
    complaint = f1(["complaint" in turn.intents for turn in turns], [said for _, said in found])
    overall = next(score for title, score in mean.items() if title.startswith("mean"))
    return (
        f"| {name} | {overall:.3f} | {displeased:.3f} | {complaint:.3f} | {each:.0f} | {size / 2**20:.1f} |"
    )


def main(arguments: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--data")
    options = parser.parse_args(None if arguments is None else list(arguments))
    folder = data_folder(options.data)
    if folder is None:
        sys.stderr.write("the data sets aren't here: --data DIR\n")
        return 2
    turns = gold_turns(Corpus(folder), closing=False)
    examples = read_customers(ROOT / "intents" / "customer")
    sys.stdout.write("| model | emotions | displeasure | complaint | µs a turn | MiB |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- | --- |\n")
    contenders: dict[str, Callable[[], tuple[Predict, int]]] = {
        "n-grams 1-4": lambda: linear(examples, lambda f: f[0] not in "<~#"),
        "n-grams 1-4, with the turn before": lambda: linear(examples, lambda f: f[0] not in "~#"),
        "the same, also without marks (shipped)": lambda: linear(examples, lambda _: True),
        "n-grams 1-2": lambda: linear(examples, lambda f: f[0] not in "<~#" and len(f) < 3),
        "network of 256-128 over the same": lambda: neural(examples),
        "spaCy textcat bow": lambda: textcat(examples, "spacy.TextCatBOW.v3", options.epochs),
        "spaCy textcat ensemble": lambda: textcat(examples, "spacy.TextCatEnsemble.v2", options.epochs),
    }
    for name, make in contenders.items():
        sys.stdout.write(row(name, make(), turns) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
