"""Emotion, intents and kind of complaint of a customer's turn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.model import Emotion, Intent, Speaker, Turn
from assistant.nlp.features import customer_voices
from assistant.nlp.lexicon import Lexicon

if TYPE_CHECKING:
    from assistant.nlp.linear import LinearModel, Scores

Said = tuple[str, str | None, str | None]  # a turn, and what agent and customer said last before it

MODEL = "customer.npz"
UNSURE = 0.2  # a likeliest intent below it is no guess: other
UNSURE_EMOTION = 0.3  # an emotion below it, other than displeasure, is no guess: calm
# How strong an emotion is where the wording says no more.
LEVELS = {
    "calm": 0.1, "anxious": 0.45, "dissatisfied": 0.55, "angry": 0.8, "furious": 1.0, "disappointed": 0.5,
    "satisfied": 0.5, "grateful": 0.4,
}  # fmt: skip
_MOST_INTENTS = 3
DISPLEASED = frozenset({"dissatisfied", "angry", "furious"})
# Chosen on the open half of the gold turns.
DISPLEASED_FROM = 0.45  # probability of displeasure, of whatever shade, from which on it is told
_HEEDED = {"anxious": 1.8}  # worry is said in few words: it is told where it is nearly as likely as calm
_FOLLOWING = 0.7  # weight of how feelings follow on each other, beside the words
STARTS = 2  # rows for first messages in a chain of emotions
_WRITTEN = 60  # characters from which a first message is a letter: few write as much without a grievance
_WINDOW = 4  # turns before the one at hand that are looked at
_REMEMBERED = 256  # turns: the context of the next one is among them


class CustomerModel:
    """Classifies turns of customers; the same weights serve check, score, classify and live."""

    def __init__(self, path: Path) -> None:
        """Serve the model at `path`, read when it is first needed."""
        self._path = path
        self._recent: dict[Said, Scores] = {}

    @cached_property
    def model(self) -> LinearModel:
        """The weights; raises ConfigurationError for a file that is no model."""
        from assistant.nlp.linear import load_model  # numpy: not on the way of `huashu check`

        return load_model(self._path)

    @cached_property
    def lexicons(self) -> dict[str, Lexicon]:
        """The word classes of each side that the model knows."""
        return {side: Lexicon(classes) for side, classes in self.model.lexicon.items()}

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
        return self.emotion(scores, self.mood(text, context)), self.intents(scores)

    def mood(self, text: str, context: Sequence[Turn]) -> Scores:
        """Return how likely each emotion is for who says `text` after `context`, whatever the words.

        Feelings last: who was angry is seldom content a turn later. Values are logarithms.
        """
        import numpy as np

        head, chain = self.model.heads["emotion"], self.model.chain
        if chain is None:
            return np.zeros(len(head.labels), dtype=np.float32)
        expected: Scores | None = None
        for place in range(max(0, len(context) - _WINDOW), len(context)):
            said = context[place].text
            if context[place].role is Speaker.CUSTOMER:
                before = self._starts[first_row(said)] if expected is None else expected
                felt = head.own(self.scores(said, context[:place])) + _FOLLOWING * before
                chances = np.exp(felt - felt.max())
                expected = np.log((chances / chances.sum()) @ chain[STARTS:])
        return np.asarray(self._starts[first_row(text)] if expected is None else expected, dtype=np.float32)

    @cached_property
    def _starts(self) -> Scores:
        """The mood of first messages, in rows."""
        import numpy as np

        chain = self.model.chain
        return np.zeros((STARTS, 0), np.float32) if chain is None else np.log(chain[:STARTS])

    def feelings(self, scores: Scores, mood: Scores) -> dict[str, float]:
        """Return the probability of each emotion, in a customer who was in this `mood`."""
        head = self.model.heads["emotion"]
        felt = head.own(scores) + _FOLLOWING * mood
        return dict(zip(head.labels, head.calibrated(felt).tolist(), strict=True))

    def prepare(self, turns: Sequence[Turn]) -> None:
        """Read the customer's turns of a conversation (or of the beginning of one) all at once."""
        turns = turns[-_REMEMBERED:]
        self._hear(
            (turn.text, *last_said(turns[:place]))
            for place, turn in enumerate(turns)
            if turn.role is Speaker.CUSTOMER
        )

    def scores(self, text: str, context: Sequence[Turn] = ()) -> Scores:
        """Return the scores of all heads for `text`, said after the turns of `context` (oldest first)."""
        key = (text, *last_said(context))
        scores = self._recent.get(key)
        if scores is None:
            scores = self._hear((key,))[key]
        return scores

    def _hear(self, keys: Iterable[Said]) -> dict[Said, Scores]:
        """Read what isn't remembered of these turns, and remember it."""
        model, recent = self.model, self._recent
        new = [key for key in dict.fromkeys(keys) if key not in recent]
        if len(recent) + len(new) > 2 * _REMEMBERED:
            recent.clear()
        voices = [customer_voices(*key, model.fold, self.lexicons) for key in new]
        heard = dict(zip(new, model.read(voices), strict=True))
        recent.update(heard)
        return heard

    def emotion(self, scores: Scores, mood: Scores) -> Emotion:
        """Return the emotion; calm, with little confidence, where none is likely.

        Whether the customer is displeased is decided first, over all shades of it, then the shade.
        """
        chances = self.feelings(scores, mood)
        intensity = sum(chance * LEVELS[label] for label, chance in chances.items())
        displeased = sum(chances[label] for label in DISPLEASED) >= DISPLEASED_FROM
        shades = {label for label in chances if (label in DISPLEASED) == displeased}
        label = max(shades, key=lambda each: (chances[each] * _HEEDED.get(each, 1.0), each))
        if not displeased and chances[label] < UNSURE_EMOTION:
            return Emotion("calm", intensity, chances["calm"])
        return Emotion(label, intensity, chances[label])

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


def first_row(text: str) -> int:
    """Return the row of a chain of emotions for a first message: short ones, long ones."""
    return int(len(text) >= _WRITTEN)


def last_said(context: Sequence[Turn]) -> tuple[str | None, str | None]:
    """Return what the agent and what the customer said last, if it is among the last turns."""
    agent = customer = None
    for turn in context[-_WINDOW:]:
        if turn.role is Speaker.CUSTOMER:
            customer = turn.text
        else:
            agent = turn.text
    return agent, customer
