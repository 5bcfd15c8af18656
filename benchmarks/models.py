"""Which model understands customers best: those tried, on the open half of the gold turns.

Run ``python -m benchmarks.models [--epochs N] [--data DIR]`` with what requirements/dev.lock names. All
learn from intents/customer and intents/dialogues alone. Figures: mean F1 over emotions with 20 cases, F1
of displeasure, F1 of the complaint intent, microseconds a turn, size of the weights.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from assistant.model import EMOTIONS, Turn
from assistant.nlp.corpus import CustomerExample
from assistant.nlp.customer import last_said
from assistant.nlp.evaluation import f1
from assistant.nlp.features import Group, customer_voices
from assistant.nlp.lexicon import Lexicon
from assistant.nlp.recipes import NETWORK, customer_examples, customer_lexicon
from assistant.nlp.training import SEED, Task, train
from assistant.text.tables import build_tables
from benchmarks.realdata import data_folder
from benchmarks.understanding import DISPLEASURE, Corpus, GoldTurn, emotion_rows, gold_turns

ROOT = Path(__file__).resolve().parents[1]
Predict = Callable[[GoldTurn], tuple[str, bool]]  # the emotion, and whether it is a complaint


def ours(
    examples: Sequence[CustomerExample], groups: int | None, network: float = 0.0
) -> tuple[Predict, int]:
    """Return our model over the first `groups` groups of its features (all: None), and its size in bytes."""
    fold = build_tables().fold
    lexicons = {side: Lexicon(classes) for side, classes in customer_lexicon(ROOT / "intents").items()}

    def features(text: str, earlier: Sequence[Turn]) -> tuple[Group, ...]:
        voices = customer_voices(text, *last_said(earlier), fold, lexicons)[:groups]
        return tuple(voice.written() for voice in voices)

    tasks = (
        Task("emotion", EMOTIONS, [(each.emotion,) for each in examples], exclusive=True),
        Task("intent", ("complaint",), [each.intents for each in examples], exclusive=False),
    )
    learnt = [features(each.text, each.earlier) for each in examples]
    model = train("tried", learnt, tasks, fold, at_least=3, network=network)

    def predict(turn: GoldTurn) -> tuple[str, bool]:
        scores = model.heard(features(turn.text, turn.context))
        said = model.heads["intent"].probabilities(scores)[0]
        return EMOTIONS[int(model.heads["emotion"].probabilities(scores).argmax())], bool(said >= 0.2)

    return predict, 2 * model.weights.size


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
    examples = customer_examples(ROOT / "intents")
    sys.stdout.write("| model | emotions | displeasure | complaint | µs a turn | MiB |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- | --- |\n")
    contenders: dict[str, Callable[[], tuple[Predict, int]]] = {
        "n-grams of the turn": lambda: ours(examples, 1),
        "and its marks": lambda: ours(examples, 2),
        "and the agent's turn before": lambda: ours(examples, 3),
        "and the customer's turn before": lambda: ours(examples, 4),
        "and word classes": lambda: ours(examples, None),
        "networks over the same": lambda: ours(examples, None, network=1.0),
        "both (shipped form, single turns)": lambda: ours(examples, None, network=NETWORK),
        "spaCy textcat bow": lambda: textcat(examples, "spacy.TextCatBOW.v3", options.epochs),
        "spaCy textcat ensemble": lambda: textcat(examples, "spacy.TextCatEnsemble.v2", options.epochs),
    }
    for name, make in contenders.items():
        sys.stdout.write(row(name, make(), turns) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
