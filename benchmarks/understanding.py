"""How well customers are understood: the shipped model against labels by reading (benchmarks/gold/).

Run ``python -m benchmarks.understanding [--closing] [--parts turns sought] [--data DIR]``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from assistant.ingest import mask, mask_turn
from assistant.model import EMOTIONS, INTENTS, Conversation, Emotion, Speaker, Turn
from assistant.nlp.evaluation import f1
from benchmarks.realdata import data_folder

if TYPE_CHECKING:
    from assistant.engine.fold import Engine

GOLD = Path(__file__).parent / "gold"
PARTS = ("turns", "sought")  # drawn with rare things oversampled; sought later for what was rarest
DISPLEASURE = frozenset({"dissatisfied", "angry", "furious"})
_FILES = {
    "uss": "eval-only/jddc_uss_valid.jsonl",
    "jddc": "eval-only/jddc_chat.jsonl",
    "ecd": "eval-only/ecd.jsonl",
    "crosswoz": "licensed/crosswoz_val.jsonl",
    "qa": "eval-only/jddc_10k_qa.jsonl",
    "heimao": "eval-only/heimao_finance_train_dev.jsonl",
    "fuzhou": "eval-only/fuzhou_nature.jsonl",
    "tipdm": "eval-only/tipdm_dev.jsonl",
}
_LEAST = 20  # cases of a class that counts in the mean
_DRAWS, _BINS = 400, 10

Said = tuple[str | None, str]  # role ("agent", "customer", None where unknown) and text


@dataclass(frozen=True, slots=True)
class GoldTurn:
    """A real turn, masked, with up to four turns before it and its labels."""

    text: str
    context: tuple[Turn, ...]
    emotion: str
    intents: tuple[str, ...]
    readers: tuple[Mapping[str, Any], Mapping[str, Any]]


class Corpus:
    """The public sets, read when they are needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, dict[str, list[Said]]] = {}

    def said(self, name: str, record: str) -> list[Said]:
        """Return what was said in a record of a set; raises OSError, KeyError."""
        if name not in self._read:
            with (self._folder / _FILES[name]).open(encoding="utf-8") as lines:
                self._read[name] = dict(
                    _record(name, row, json.loads(line)) for row, line in enumerate(lines)
                )
        return self._read[name][record]


def _record(name: str, row: int, record: Mapping[str, Any]) -> tuple[str, list[Said]]:
    if "turns" in record:
        return str(record["id"]), [(turn["role"], turn["text"]) for turn in record["turns"]]
    if "context_mixed_roles" in record:
        return str(record["id"]), [(None, text) for text in record["context_mixed_roles"]]
    return f"{name}-{row}", [("customer", record["text"])]


def entries(name: str, *, closing: bool) -> Iterator[dict[str, Any]]:
    """Yield the labels of one half of `name` (turns, sought, calls)."""
    if closing:
        with lzma.open(GOLD / f"{name}-closing.jsonl.xz", "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    else:
        with (GOLD / f"{name}-open.jsonl").open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def gold_turns(corpus: Corpus, *, closing: bool, parts: Sequence[str] = PARTS) -> list[GoldTurn]:
    """Join the labels of one half with the data; raises ValueError where a text isn't the labelled one."""
    return [turn for part in parts for turn in _joined(corpus, part, closing=closing)]


def _joined(corpus: Corpus, part: str, *, closing: bool) -> list[GoldTurn]:
    joined = []
    for entry in entries(part, closing=closing):
        said = corpus.said(entry["set"], entry["id"])
        text = said[entry["turn"]][1]
        _same(text, entry)
        context = [
            Turn(place, Speaker(role or "agent"), mask(before)[0])
            for place, (role, before) in enumerate(said[max(0, entry["turn"] - 4) : entry["turn"]])
        ]
        joined.append(
            GoldTurn(
                mask(text)[0],
                tuple(context),
                entry["emotion"],
                tuple(entry["intents"]),
                (entry["first"], entry["second"]),
            )
        )
    return joined


def _same(text: str, entry: Mapping[str, Any]) -> None:
    if hashlib.sha256(text.encode()).hexdigest()[:12] != entry["sha"]:
        raise ValueError(f"{entry['set']} {entry['id']}: not the text that was labelled")


def kappa(one: Sequence[object], other: Sequence[object]) -> float:
    """Return Cohen's kappa of two readers."""
    size = len(one)
    agreed = sum(a == b for a, b in zip(one, other, strict=True)) / size
    first, second = Counter(one), Counter(other)
    chance = sum(first[label] * second[label] for label in first) / size**2
    return (agreed - chance) / (1 - chance)


def emotion_rows(turns: Sequence[GoldTurn], found: Sequence[str]) -> Iterator[tuple[str, int, float]]:
    """Yield F1 of each emotion, of displeasure, and the mean over emotions with enough cases."""
    gold = [turn.emotion for turn in turns]
    scores = {e: f1([g == e for g in gold], [f == e for f in found]) for e in EMOTIONS}
    counts = Counter(gold)
    enough = [scores[e] for e in EMOTIONS if counts[e] >= _LEAST]
    yield from ((e, counts[e], scores[e]) for e in EMOTIONS)
    yield f"mean of those with {_LEAST} cases", len(gold), sum(enough) / len(enough)
    displeased = [g in DISPLEASURE for g in gold]
    yield "displeasure", sum(displeased), f1(displeased, [f in DISPLEASURE for f in found])


def intent_rows(
    turns: Sequence[GoldTurn], found: Sequence[Sequence[str]]
) -> Iterator[tuple[str, int, float]]:
    """Yield F1 of each intent."""
    for intent in INTENTS:
        gold = [intent in turn.intents for turn in turns]
        yield intent, sum(gold), f1(gold, [intent in each for each in found])


def interval(
    gold: Sequence[str], found: Sequence[str], figure: Callable[[Sequence[str], Sequence[str]], float]
) -> tuple[float, float]:
    """Return where 95 % of the figures of turns drawn anew lie (bootstrap)."""
    chance = random.Random(1)  # noqa: S311
    places = range(len(gold))
    drawn = (chance.choices(places, k=len(gold)) for _ in range(_DRAWS))
    figures = sorted(figure([gold[i] for i in draw], [found[i] for i in draw]) for draw in drawn)
    return figures[_DRAWS // 40], figures[-(_DRAWS // 40) - 1]


def _mean(gold: Sequence[str], found: Sequence[str]) -> float:
    counts = Counter(gold)
    return fmean(f1([g == e for g in gold], [f == e for f in found]) for e in EMOTIONS if counts[e] >= _LEAST)


def _displeasure(gold: Sequence[str], found: Sequence[str]) -> float:
    return f1([g in DISPLEASURE for g in gold], [f in DISPLEASURE for f in found])


def calibration_error(turns: Sequence[GoldTurn], emotions: Sequence[Emotion]) -> float:
    """Return the expected calibration error of the emotions: how far sureness is from being right."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for turn, emotion in zip(turns, emotions, strict=True):
        right = turn.emotion == emotion.label
        bins[min(int(emotion.confidence * _BINS), _BINS - 1)].append((emotion.confidence, right))
    return sum(abs(sum(sure - right for sure, right in each)) for each in bins) / len(turns)


def agreement(turns: Sequence[GoldTurn]) -> Iterator[tuple[str, float]]:
    """Yield the readers' agreement (Cohen's kappa)."""
    one, other = ([turn.readers[reader] for turn in turns] for reader in (0, 1))
    yield "emotion", kappa([r["emotion"] for r in one], [r["emotion"] for r in other])
    yield "displeasure", kappa(*([r["emotion"] in DISPLEASURE for r in side] for side in (one, other)))
    yield "first intent", kappa([r["intents"][0] for r in one], [r["intents"][0] for r in other])
    yield "complaint", kappa(*(["complaint" in r["intents"] for r in side] for side in (one, other)))


def call_rows(corpus: Corpus, engine: Engine, *, closing: bool) -> Iterator[tuple[str, int, float]]:
    """Yield how well complaints are told from other calls, and what guessing the commoner would give."""
    gold, found, right_severity = [], [], []
    for entry in entries("calls", closing=closing):
        said = corpus.said(entry["set"], entry["id"])
        _same("\n".join(text for _, text in said), entry)
        turns = [
            mask_turn(Turn(place, Speaker(role or "customer"), text))
            for place, (role, text) in enumerate(said)
        ]
        told = engine.run(Conversation(entry["id"], tuple(turns), {}, "chat")).complaint or {}
        gold.append(bool(entry["complaint"]))
        found.append(bool(told.get("is_complaint")))
        if gold[-1] and found[-1]:
            right_severity.append(told["severity"] == entry["severity"])
    other, none = [not g for g in gold], [not f for f in found]
    yield "complaint", sum(gold), f1(gold, found)
    yield "no complaint", sum(other), f1(other, none)
    yield "mean", len(gold), (f1(gold, found) + f1(other, none)) / 2
    yield "mean, always no complaint", len(gold), f1(other, [True] * len(gold)) / 2
    yield (
        "recall of complaints",
        sum(gold),
        sum(g and f for g, f in zip(gold, found, strict=True)) / sum(gold),
    )
    yield "recall of others", sum(other), sum(g and f for g, f in zip(other, none, strict=True)) / sum(other)
    yield "severity right", len(right_severity), sum(right_severity) / max(len(right_severity), 1)


def appeal_rows(corpus: Corpus, classify: Classify) -> Iterator[tuple[str, int, float]]:
    """Yield F1 of the inquiries among citizens' appeals: style can't be the cue."""
    gold, found = [], []
    with (GOLD / "fuzhou.jsonl").open(encoding="utf-8") as lines:
        for entry in map(json.loads, lines):
            text = corpus.said("fuzhou", entry["id"])[0][1]
            _same(text, entry)
            gold.append(entry["label"] == "inquiry")
            found.append(classify(mask(text)[0], ())[1][0] == "inquiry")
    yield "inquiry", sum(gold), f1(gold, found)


Classify = Callable[[str, Sequence[Turn]], tuple[str, Sequence[str]]]


def shipped() -> Classify:
    """Return the shipped model as a function of a text and the turns before it."""
    from assistant.bootstrap import load_customer

    model = load_customer()

    def classify(text: str, context: Sequence[Turn]) -> tuple[str, Sequence[str]]:
        emotion, intents = model.classify(text, context)
        return emotion.label, [intent.name for intent in intents]

    return classify


def _line(turn: GoldTurn) -> str:
    context = [{"role": said.role, "text": said.text} for said in turn.context]
    labelled = {"text": turn.text, "context": context, "emotion": turn.emotion, "intents": turn.intents}
    return json.dumps(labelled, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--closing", action="store_true", help="the closing half: opened once, at the end")
    parser.add_argument("--data", help="folder of the public sets")
    parser.add_argument(
        "--jsonl", type=Path, help="write the open half here (for `huashu model train --sources --on`)"
    )
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=list(PARTS), help="of the labelled turns"
    )
    options = parser.parse_args(arguments)
    folder = data_folder(options.data)
    if folder is None:
        sys.stderr.write("the data sets aren't here: --data DIR\n")
        return 2
    if options.jsonl is not None:
        lines = map(_line, gold_turns(Corpus(folder), closing=False, parts=options.parts))
        options.jsonl.write_text("".join(lines), encoding="utf-8")
        return 0
    corpus = Corpus(folder)
    turns = gold_turns(corpus, closing=options.closing, parts=options.parts)
    classify = shipped()
    found = [classify(turn.text, turn.context) for turn in turns]
    half = "closing" if options.closing else "open"
    sys.stdout.write(f"{half} half: {len(turns)} turns ({', '.join(options.parts)})\n")
    sys.stdout.write("agreement of the readers (kappa): ")
    sys.stdout.write(", ".join(f"{name} {value:.3f}" for name, value in agreement(turns)) + "\n")
    for name, cases, score in (
        *emotion_rows(turns, [emotion for emotion, _ in found]),
        *intent_rows(turns, [intents for _, intents in found]),
    ):
        sys.stdout.write(f"{name:28} {cases:5} cases  F1 {score:.3f}\n")
    from assistant.bootstrap import load_customer, load_engine
    from assistant.settings import Settings

    gold, emotions = [turn.emotion for turn in turns], [emotion for emotion, _ in found]
    for name, figure in (("mean", _mean), ("displeasure", _displeasure)):
        low, high = interval(gold, emotions, figure)
        sys.stdout.write(f"{name + ', 95 % of draws':28} {low:.3f}-{high:.3f}\n")
    model = load_customer()
    error = calibration_error(turns, [model.classify(turn.text, turn.context)[0] for turn in turns])
    sys.stdout.write(f"expected calibration error of emotions {error:.3f}\n")
    sys.stdout.write("whole calls\n")
    for name, cases, score in call_rows(corpus, load_engine(Settings()), closing=options.closing):
        sys.stdout.write(f"{name:28} {cases:5} calls  {score:.3f}\n")
    sys.stdout.write("citizens' appeals\n")
    for name, cases, score in appeal_rows(corpus, classify):
        sys.stdout.write(f"{name:28} {cases:5} cases  F1 {score:.3f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
