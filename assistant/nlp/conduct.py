"""Conduct: whether an agent's sentence reads like a breach of the standard, in words no rule lists.

Steps, so that an ordinary sentence costs microseconds: a screen (one weight for each n-gram, plain
Python) says whether it may read like a breach at all, and a bound of it whether that need be asked;
only then a small network is heard, too, which knows the families from each other and from harmless
sentences. The probability is that of the mean of their log odds, less sure for few characters.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from functools import cached_property
from hashlib import sha256
from itertools import pairwise, repeat
from operator import add, attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assistant.errors import ConfigurationError
from assistant.nlp.features import Grams, Voice, grams

if TYPE_CHECKING:
    from assistant.nlp.linear import LinearModel
    from assistant.text.normalise import Squeezed

SIZES = (1, 2, 3)
SCREEN, FAMILIES = "conduct-screen.json", "conduct-families.npz"
HARMLESS = "none"  # the network's first label; the others are families
_CLEAR = 0.9  # probability from which a clause heard alone outweighs its sentence
# In characters: shorter sentences say nothing alone; longer ones are shown by their telling stretch;
# still longer ones are read a stretch at a time.
_LEAST = 4
_WINDOW = 24
_LONG = 64
_STRETCH = 32
# So many n-grams are added to those of a sentence before the network weighs them: short ones stay quiet.
_QUIET = 40
# Characters that stand for what isn't said: the shorter a sentence, the less sure the verdict.
_HEARSAY = 3
_TINY = 1e-7  # no odds are surer
# Sums differ so much at most by the order of their terms.
_ROUNDING = 1e-6


class Verdict(NamedTuple):
    """The likeliest family, the probability of a breach, and the telling stretch start..end."""

    family: str
    probability: float
    start: int
    end: int


class ConductModel:
    """Judges squeezed sentences of agents. `threshold` is the least score that is looked at."""

    def __init__(
        self, weights: Mapping[str, float], bias: float, damping: float, threshold: float, folder: Path
    ) -> None:
        self._weights = weights
        self._bias = bias
        self._damping = damping
        self._threshold = threshold
        self._folder = folder

    @classmethod
    def load(cls, folder: Path) -> ConductModel:
        """Read the model of `folder`; raises ConfigurationError."""
        path = folder / SCREEN
        try:
            screen = json.loads(path.read_text(encoding="utf-8"))
            return cls(screen["weights"], screen["bias"], screen["damping"], screen["threshold"], folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"can't be read as a model: {error}", code="model", path=str(path)
            ) from error

    @cached_property
    def sha256(self) -> str:
        """The digest of both files."""
        return sha256(b"".join((self._folder / name).read_bytes() for name in (SCREEN, FAMILIES))).hexdigest()

    def score(self, text: str) -> float:
        """Return the log odds of a breach in the squeezed sentence `text`."""
        found = grams(text, SIZES)
        get = self._weights.get
        total = sum([get(gram, 0.0) for gram in found])
        return total / math.sqrt(len(found) + self._damping) + self._bias

    def likelihood(self, squeezed: Squeezed, start: int, end: int) -> float:
        """Return the probability of a breach in the likeliest of the sentences around text[start:end].

        A clause that is clear by itself speaks for its sentence: kind words behind a breach don't undo
        it. Here the network is always heard: the screen alone takes strong words for strong feelings.
        """

        def chances(places: Iterator[tuple[int, int]]) -> list[float]:
            around = (place for place in places if place[0] < end and start < place[1])
            return [self._chance(squeezed.text[first:last]) for first, last in around]

        clear = [chance for chance in chances(clauses(squeezed)) if chance >= _CLEAR]
        return max((*chances(pieces(squeezed)), *clear), default=0.0)

    @cached_property
    def _most(self) -> dict[str, float]:
        """What two characters add at most: their own weight and that of the best three they begin."""
        most: dict[str, float] = {}
        for gram, weight in self._weights.items():
            if len(gram) == 3 and weight > most.get(gram[:2], 0.0):
                most[gram[:2]] = weight
        for gram, weight in self._weights.items():
            if len(gram) == 2:
                most[gram] = most.get(gram, 0.0) + weight
        return most

    @cached_property
    def _single(self) -> dict[str, float]:
        """Weights of characters: in a small table of their own they are found sooner."""
        return {gram: weight for gram, weight in self._weights.items() if len(gram) == 1}

    def _may_reach(self, text: str, threshold: float) -> bool:
        """Whether `score` may reach `threshold`: a third of its work rules out most sentences."""
        most = sum(map(self._single.get, text, repeat(0.0)))
        most += sum(map(self._most.get, map(add, text, text[1:]), repeat(0.0)))
        size = max(3 * len(text) - 3, len(text))  # so many n-grams of 1 to 3 characters
        needed = (threshold - self._bias) * math.sqrt(size + self._damping)
        return most + _ROUNDING >= needed

    def read(self, squeezed: Squeezed, at_least: float) -> tuple[float, Verdict | None]:
        """Return what the screen says of the worst sentence of a turn, and the verdict on the turn.

        The first is the probability of a breach; 0 stands for any below `at_least`. There is no
        verdict where all sentences read harmless.
        """
        text = squeezed.text
        needed = math.log(at_least / (1 - at_least)) if at_least > 0 else -math.inf
        needed = min(needed, self._threshold)
        scores = [
            (self.score(text[start:end]), start, end)
            for start, end in pieces(squeezed)
            if self._may_reach(text[start:end], needed)
        ]
        worst = max(scores, default=(-math.inf, 0, 0))[0]
        verdicts = [self._verdict(text, *each) for each in scores if each[0] >= self._threshold]
        return _probability(worst), max(verdicts, key=attrgetter("probability"), default=None)

    def clauses(self, squeezed: Squeezed) -> tuple[Verdict, ...]:
        """Return the verdicts on the clauses of a turn that read like a breach when heard alone."""
        text = squeezed.text
        scores = [(self.score(text[start:end]), start, end) for start, end in clauses(squeezed)]
        return tuple(self._verdict(text, *each) for each in scores if each[0] >= self._threshold)

    @cached_property
    def _network(self) -> LinearModel:
        from assistant.nlp.linear import load_model  # numpy: only when it is needed

        return load_model(self._folder / FAMILIES)

    def _chance(self, text: str) -> float:
        """Return the probability that the sentence `text` is a breach."""
        return self._verdict(text, self.score(text), 0, len(text)).probability

    def _verdict(self, text: str, score: float, start: int, end: int) -> Verdict:
        head = self._network.heads["family"]
        piece = text[start:end]
        harmless, *chances = head.probabilities(self._network.read([(voice(piece),)])[0]).tolist()
        odds = math.log((1 - harmless + _TINY) / (harmless + _TINY))
        likeliest = max(range(len(chances)), key=chances.__getitem__)
        first, last = self._telling(piece)
        return Verdict(
            head.labels[1 + likeliest], _probability((score + odds) / 2), start + first, start + last
        )

    def _telling(self, text: str) -> tuple[int, int]:
        """Return the stretch whose n-grams speak most for a breach."""
        if len(text) <= _WINDOW:
            return 0, len(text)
        get = self._weights.get
        votes = [0.0] * len(text)
        for size in SIZES:
            for place in range(len(text) - size + 1):
                weight = get(text[place : place + size], 0.0) / size
                for inside in range(place, place + size):
                    votes[inside] += weight
        return _best_run(votes)


def voice(text: str) -> Voice:
    """Return the n-grams of a sentence as the network hears them."""
    found = len(set(grams(text, SIZES)))
    return Voice(math.sqrt(found / (found + _QUIET)), (Grams(text, SIZES),))


def _probability(score: float) -> float:
    return 1 / (1 + math.exp(-score)) if score > -math.inf else 0.0


def pieces(squeezed: Squeezed) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a turn; very short ones go with their neighbour.

    Long ones, as a recogniser leaves them, come in overlapping windows.
    """
    start, size = 0, len(squeezed.text)
    for end in (*squeezed.breaks, size):
        if end - start < _LEAST and end < size:
            continue  # goes with what follows
        if end - start > _LONG:
            yield from ((place, min(place + _STRETCH, end)) for place in range(start, end, _STRETCH // 2))
        elif end > start:
            yield start, end
        start = end


def clauses(squeezed: Squeezed) -> Iterator[tuple[int, int]]:
    """Yield the clauses of the sentences that have several; those that say nothing alone are left out."""
    for start, end in pieces(squeezed):
        cuts = [place for place in squeezed.commas if start < place < end]
        if cuts:
            for first, last in pairwise((start, *cuts, end)):
                if last - first >= _LEAST:
                    yield first, last


def _best_run(values: list[float]) -> tuple[int, int]:
    """Return the run with the greatest sum (Kadane)."""
    best, best_run, total, start = -math.inf, (0, len(values)), 0.0, 0
    for place, value in enumerate(values):
        if total <= 0:
            total, start = 0.0, place
        total += value
        if total > best:
            best, best_run = total, (start, place + 1)
    return best_run
