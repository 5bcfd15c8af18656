"""Emotion, intents and kind of complaint of a customer's turn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import exp
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.model import Emotion, Intent, Speaker, Turn
from assistant.nlp.features import customer_features

if TYPE_CHECKING:
    from assistant.nlp.linear import LinearModel, Scores

MODEL = "customer.npz"
UNSURE = 0.35  # a likeliest intent below it is no guess: other
UNSURE_EMOTION = 0.25  # a likeliest emotion below it is no guess: calm
# How strong an emotion is where the wording says no more.
LEVELS = {
    "calm": 0.1, "anxious": 0.45, "dissatisfied": 0.55, "angry": 0.8, "furious": 1.0, "disappointed": 0.5,
    "satisfied": 0.5, "grateful": 0.4,
}  # fmt: skip
_MOST_INTENTS = 3
DISPLEASED = frozenset({"dissatisfied", "angry", "furious"})
# Chosen on the open half of the gold turns: displeasure goes on.
_LINGERING = 1.0
_USUAL = 0.3  # displeasure of a customer of whom nothing is known
_FADES = 0.6
_WINDOW = 4  # turns before the one at hand that are looked at
_REMEMBERED = 256  # turns: the context of the next one is among them


class CustomerModel:
    """Classifies turns of customers; the same weights serve check, score, classify and live."""

    def __init__(self, path: Path) -> None:
        """Serve the model at `path`, read when it is first needed."""
        self._path = path
        self._recent: dict[tuple[str, str | None, str | None], Scores] = {}
        self._levels: dict[tuple[str, str | None, str | None], float] = {}

    @cached_property
    def model(self) -> LinearModel:
        """The weights; raises ConfigurationError for a file that is no model."""
        from assistant.nlp.linear import load_model  # numpy: not on the way of `huashu check`

        return load_model(self._path)

    @classmethod
    def of(cls, model: LinearModel) -> CustomerModel:
        """Serve a model that lies in no file."""
        made = cls(Path(model.name))
        made.model = model
        return made

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def sha256(self) -> str:
        return self.model.sha256

    def classify(self, text: str, context: Sequence[Turn]) -> tuple[Emotion, tuple[Intent, ...]]:
        """Return emotion and intents of `text`, said after the turns of `context` (oldest first)."""
        scores = self.scores(text, context)
        return self.emotion(scores, self.lingering(context)), self.intents(scores)

    def lingering(self, context: Sequence[Turn]) -> float:
        """Return how displeased the customer was in the turns before, 0..1; it fades turn by turn."""
        level = _USUAL
        for place, turn in enumerate(context):
            if turn.role is Speaker.CUSTOMER:
                level = max(self._displeased(turn.text, context[:place]), _FADES * level)
        return level

    def _displeased(self, text: str, context: Sequence[Turn]) -> float:
        key = (text, *last_said(context))
        level = self._levels.get(key)
        if level is None:
            if len(self._levels) >= _REMEMBERED:
                self._levels.clear()
            head = self.model.heads["emotion"]
            chances = head.probabilities(self.scores(text, context)).tolist()
            pairs = zip(chances, head.labels, strict=True)
            level = self._levels[key] = sum(chance for chance, label in pairs if label in DISPLEASED)
        return level

    def scores(self, text: str, context: Sequence[Turn] = ()) -> Scores:
        """Return the scores of all heads for `text`, said after the turns of `context` (oldest first)."""
        key = (text, *last_said(context))
        scores = self._recent.get(key)
        if scores is None:
            if len(self._recent) >= _REMEMBERED:
                self._recent.clear()
            model = self.model
            scores = self._recent[key] = model.heard(customer_features(*key, model.fold))
        return scores

    def emotion(self, scores: Scores, lingering: float = _USUAL) -> Emotion:
        """Return the likeliest emotion; calm, with little confidence, where none is likely.

        Displeasure that lingers (`lingering`) makes displeasure likelier now.
        """
        head = self.model.heads["emotion"]
        chances = head.probabilities(scores).tolist()
        share = exp(_LINGERING * (lingering - _USUAL))
        chances = [
            chance * share if label in DISPLEASED else chance
            for chance, label in zip(chances, head.labels, strict=True)
        ]
        whole = sum(chances)
        chances = [chance / whole for chance in chances]
        intensity = sum(chance * LEVELS[label] for label, chance in zip(head.labels, chances, strict=True))
        chance, label = max(zip(chances, head.labels, strict=True))
        if chance < UNSURE_EMOTION:
            return Emotion("calm", intensity, chances[head.labels.index("calm")])
        return Emotion(label, intensity, chance)

    def intents(self, scores: Scores) -> tuple[Intent, ...]:
        """Return one to three intents, likeliest first."""
        head = self.model.heads["intent"]
        ranked = sorted(
            (
                (chance, label, chance >= threshold)
                for chance, label, threshold in zip(
                    head.probabilities(scores).tolist(), head.labels, head.thresholds, strict=True
                )
            ),
            reverse=True,
        )
        chosen = [Intent(label, chance) for chance, label, enough in ranked if enough][:_MOST_INTENTS]
        if chosen:
            return tuple(chosen)
        chance, label, _ = ranked[0]
        return (Intent(label, chance),) if chance >= UNSURE else (Intent("other", 1 - chance),)

    def kinds(self, text: str, context: Sequence[Turn]) -> tuple[Intent, ...]:
        """Return the kinds of complaint with their probabilities, likeliest first."""
        head = self.model.heads["kind"]
        chances = head.probabilities(self.scores(text, context)).tolist()
        pairs = zip(chances, head.labels, strict=True)
        return tuple(Intent(label, chance) for chance, label in sorted(pairs, reverse=True))


def last_said(context: Sequence[Turn]) -> tuple[str | None, str | None]:
    """Return what the agent and what the customer said last, if it is among the last turns."""
    agent = customer = None
    for turn in context[-_WINDOW:]:
        if turn.role is Speaker.CUSTOMER:
            customer = turn.text
        else:
            agent = turn.text
    return agent, customer
