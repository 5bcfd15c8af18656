"""Finds the entry a question is for, says how sure that is, and declines what no entry is for.

A question is compared in its squeezed form (width, script and signs folded), numbers as figures, synonyms
brought to one wording. Characters and pairs of characters weigh by how rare they are among the
questions known; what no entry has heard of weighs most, so that a question about something else, put in
the words of ours, falls short. An id of the standard in a question (B-3) decides at once.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from math import exp, log, sqrt
from typing import TYPE_CHECKING

from assistant.text.numbers import arabic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from assistant.knowledge.definition import Entry, Knowledge
    from assistant.text.normalise import Normaliser

LEAST = 0.4
"""Confidence below which nothing is answered."""
FOLLOW_UPS = 3
_ID = re.compile(
    r"(?<![A-Za-z])([GBPMRKD])\s?([-－—_]?)\s?(R?\d{1,2}[ab]?|[A-Z]{3,9})(?![A-Za-z0-9])", re.IGNORECASE
)
_SINGLE = 0.35
_CLASH = 0.55
_ELSEWHERE = 0.6
_CANDIDATES = 8
_ORDER = {"likeness": 1.0, "pairs": 0.3, "signs": 0.7, "named": 0.5}
# Logistic regression on the open questions: python -m benchmarks.knowledge --fit
_BIAS = -7.8
_WEIGHTS = {"likeness": 1.4, "pairs": 3.7, "signs": 5.8, "named": 2.4, "length": 3.0, "lead": 2.2}
_LONG = 12


@dataclass(frozen=True, slots=True)
class Ranked:
    """An entry and the probability that it answers the question, 0 to 1."""

    entry: Entry
    confidence: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered: `text` from `entry`, ids it rests on, and what one may ask next."""

    entry: Entry
    confidence: float
    sources: tuple[str, ...]
    follow_ups: tuple[Entry, ...]

    @property
    def text(self) -> str:
        return self.entry.answer


@dataclass(frozen=True, slots=True)
class _Index:
    """The questions known, by term: `postings` lead to places in `owners` with the weight there."""

    postings: Mapping[str, tuple[tuple[int, float], ...]]
    rarity: Mapping[str, float]
    unheard: float
    owners: tuple[int, ...]
    vocabulary: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for an entry, each 0 to 1.

    `likeness` to the nearest question known; `pairs` and `signs`: the shares of the question's pairs of
    characters and of its characters that the entry holds, by weight; `named`: the share that is a name of
    its subject; `length` of the question; `lead` over the next entry.
    """

    likeness: float
    pairs: float
    signs: float
    named: float
    length: float
    lead: float = 0.0

    @property
    def rank(self) -> float:
        return self._weighed(_ORDER)

    @property
    def confidence(self) -> float:
        return 1 / (1 + exp(-_BIAS - self._weighed(_WEIGHTS)))

    def _weighed(self, weights: Mapping[str, float]) -> float:
        return float(sum(weight * getattr(self, name) for name, weight in weights.items()))


@dataclass(frozen=True)
class KnowledgeBase:
    """The entries with an index over their questions; made once, asked in well under a millisecond."""

    knowledge: Knowledge = field(repr=False)
    normaliser: Normaliser = field(repr=False)
    _by_id: Mapping[str, Entry] = field(repr=False)
    _index: _Index = field(repr=False)
    _said: re.Pattern[str] | None = field(repr=False)
    _meant: Mapping[str, str] = field(repr=False)
    _fillers: re.Pattern[str] | None = field(repr=False)
    _groups: tuple[tuple[str, ...], ...] = field(repr=False)
    _claims: tuple[tuple[frozenset[str], ...], ...] = field(repr=False)
    _names: tuple[tuple[str, ...], ...] = field(repr=False)
    _elsewhere: tuple[str, ...] = field(repr=False)

    @classmethod
    def of(cls, knowledge: Knowledge, normaliser: Normaliser) -> KnowledgeBase:
        meant = {
            _plain(normaliser, said): _plain(normaliser, kept) for said, kept in knowledge.synonyms.items()
        }
        said = _any_of(meant)
        fillers = _any_of(_plain(normaliser, word) for word in knowledge.fillers)
        groups = tuple(
            tuple(_folded(word, normaliser, said, meant, None) for word in group)
            for group in knowledge.exclusive
        )

        def fold(text: str) -> str:
            return _folded(text, normaliser, said, meant, fillers)

        return cls(
            knowledge,
            normaliser,
            {entry.id: entry for entry in knowledge.entries},
            _indexed(knowledge.entries, fold),
            said,
            meant,
            fillers,
            groups,
            tuple(_claims(entry, groups, fold) for entry in knowledge.entries),
            tuple(
                tuple(name for name in map(fold, entry.words) if len(name) > 1) for entry in knowledge.entries
            ),
            tuple(_plain(normaliser, word) for word in knowledge.elsewhere),
        )

    def entry(self, entry_id: str) -> Entry | None:
        return self._by_id.get(entry_id)

    def about(self, name: str) -> Entry | None:
        """Return the entry for an id of the standard (B-3): the one it leads, else one that rests on it."""
        return next(iter(self._named(name) or ()), None)

    def fold(self, text: str) -> str:
        """Return the form questions are compared in."""
        return _folded(text, self.normaliser, self._said, self._meant, self._fillers)

    def rank(self, question: str, most: int = 5) -> list[Ranked]:
        """Return the entries that may answer, the likeliest first; none for an id nobody knows."""
        named = self._named(question)
        if named is not None:
            return [Ranked(entry, 1.0 - 0.01 * place) for place, entry in enumerate(named[:most])]
        found = [Ranked(entry, evidence.confidence) for entry, evidence in self.evidence(question)]
        return sorted(found, key=lambda ranked: -ranked.confidence)[:most]

    def answer(self, question: str, *, least: float = LEAST) -> Answer | None:
        """Return the answer, or None where no entry is likely enough to be the right one."""
        ranked = self.rank(question)
        if not ranked or ranked[0].confidence < least:
            return None
        entry = ranked[0].entry
        return Answer(entry, ranked[0].confidence, entry.source, self._follow_ups(entry, ranked[1:]))

    def evidence(self, question: str) -> list[tuple[Entry, Evidence]]:
        """Return what speaks for the likeliest entries, the best first."""
        asked = self.fold(question)
        weights = self._weighed(asked)
        by_size = [{term: weight for term, weight in weights.items() if len(term) == size} for size in (2, 1)]
        seen = [
            (place, self._seen(place, likeness, asked, by_size)) for place, likeness in self._nearest(weights)
        ]
        seen = sorted(seen, key=lambda item: -item[1].rank)[:_CANDIDATES]
        told = []
        for at, (place, found) in enumerate(seen):
            other = seen[0][1].rank if at else seen[1][1].rank if len(seen) > 1 else 0.0
            told.append((self.knowledge.entries[place], replace(found, lead=min(1.0, found.rank - other))))
        return told

    def _named(self, question: str) -> list[Entry] | None:
        """Return the entries for the first id of the standard in the question, None without one.

        Those the id leads come first. An id is taken for one without its dash (B3) only where it is known.
        """
        for found in _ID.finditer(question):
            kind, rest = found[1].upper(), found[3]
            name = f"{kind}-{rest.lower() if rest[0].isdigit() else rest.upper()}"
            entries = [entry for entry in self.knowledge.entries if name in entry.source]
            if entries or (found[2] and rest[0].isdigit()):
                return sorted(entries, key=lambda entry: entry.source.index(name))
        return None

    def _weighed(self, asked: str) -> dict[str, float]:
        index = self._index
        return {
            term: count * index.rarity.get(term, index.unheard) * (_SINGLE if len(term) == 1 else 1.0)
            for term, count in _terms(asked).items()
        }

    def _nearest(self, weights: Mapping[str, float]) -> list[tuple[int, float]]:
        """Return the entries with the likest questions, by place, with the likeness."""
        index = self._index
        norm = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        dots: dict[int, float] = {}
        for term, weight in weights.items():
            for place, there in index.postings.get(term, ()):
                dots[place] = dots.get(place, 0.0) + weight * there
        best: dict[int, float] = {}
        for place, dot in dots.items():
            owner = index.owners[place]
            best[owner] = max(best.get(owner, 0.0), dot / norm)
        return sorted(best.items(), key=lambda item: -item[1])[: 2 * _CANDIDATES]

    def _seen(
        self, place: int, likeness: float, asked: str, by_size: Sequence[Mapping[str, float]]
    ) -> Evidence:
        factor = self._doubt(place, asked)
        vocabulary = self._index.vocabulary[place]
        pairs, signs = (
            sum(there[term] for term in there.keys() & vocabulary) / (sum(there.values()) or 1.0)
            for there in by_size
        )
        named = max((len(name) for name in self._names[place] if name in asked), default=0) / len(asked)
        length = min(len(asked), _LONG) / _LONG
        return Evidence(min(1.0, likeness) * factor, pairs * factor, signs * factor, named * factor, length)

    def _doubt(self, place: int, asked: str) -> float:
        """Return what evidence is worth: less where another of a group is named, or things elsewhere."""
        factor = _ELSEWHERE if any(word in asked for word in self._elsewhere) else 1.0
        for group, held in zip(self._groups, self._claims[place], strict=True):
            said = {word for word in group if word in asked}
            if said and held and not said & held:
                factor *= _CLASH
        return factor

    def _follow_ups(self, entry: Entry, others: Sequence[Ranked]) -> tuple[Entry, ...]:
        wanted = [self._by_id[other] for other in entry.related]
        wanted += [ranked.entry for ranked in others if ranked.confidence >= LEAST / 2]
        return tuple(dict.fromkeys(wanted))[:FOLLOW_UPS]


def _plain(normaliser: Normaliser, text: str) -> str:
    return normaliser.words(arabic(normaliser.plain(text)))


def _folded(
    text: str,
    normaliser: Normaliser,
    said: re.Pattern[str] | None,
    meant: Mapping[str, str],
    fillers: re.Pattern[str] | None,
) -> str:
    plain = _plain(normaliser, text)
    if said is not None:
        plain = said.sub(lambda found: meant[found[0]], plain)
    left = fillers.sub("", plain) if fillers is not None else plain
    return left or plain


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted({word for word in words if word}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _terms(text: str) -> Counter[str]:
    return Counter([*text, *(text[at : at + 2] for at in range(len(text) - 1))])


def _claims(
    entry: Entry, groups: Sequence[tuple[str, ...]], fold: Callable[[str], str]
) -> tuple[frozenset[str], ...]:
    """Return for each group the words the entry's title, questions and words hold."""
    texts = [fold(text) for text in (entry.title, *entry.ask, *entry.words)]
    return tuple(frozenset(word for word in group if any(word in text for text in texts)) for group in groups)


def _indexed(entries: Sequence[Entry], fold: Callable[[str], str]) -> _Index:
    """Weigh the terms of all questions; a term is the rarer the fewer entries know it."""
    known = [[_terms(fold(text)) for text in (entry.title, *entry.ask, *entry.words)] for entry in entries]
    spread = Counter(term for texts in known for term in set().union(*texts))
    count = len(entries)
    rarity = {term: log(1 + count / found) for term, found in spread.items()}
    postings: dict[str, list[tuple[int, float]]] = {}
    owners: list[int] = []
    for owner, texts in enumerate(known):
        for terms in texts:
            weights = {
                term: times * rarity[term] * (_SINGLE if len(term) == 1 else 1.0)
                for term, times in terms.items()
            }
            norm = sqrt(sum(weight * weight for weight in weights.values())) or 1.0
            for term, weight in weights.items():
                postings.setdefault(term, []).append((len(owners), weight / norm))
            owners.append(owner)
    vocabulary = tuple(
        frozenset().union(*texts, _terms(fold(entry.answer)))
        for entry, texts in zip(entries, known, strict=True)
    )
    return _Index(
        {term: tuple(found) for term, found in postings.items()},
        rarity,
        log(1 + count),
        tuple(owners),
        vocabulary,
    )
