"""What is timed: other people's ways of finding phrases or words, and the engine, on the same turns.

Every contender is a function that goes over all turns once.
"""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import import_module
from time import perf_counter_ns, thread_time_ns
from typing import TYPE_CHECKING, Any

from assistant.bootstrap import load_rules
from assistant.engine.fold import Engine
from assistant.ingest import mask
from assistant.match.plan import CompiledRules, Said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from assistant.model import Conversation
    from assistant.settings import Settings


def shipped_phrases(rules: CompiledRules) -> list[str]:
    """Return the phrases the rules of kind phrase look for: wordings written out, where they are few."""
    numbers = {
        number
        for rule in rules.rules
        if rule.kind == "phrase" and isinstance(rule.body, Said)
        for number in rule.body.node.triggers
    }
    return sorted({text for number in numbers for text in rules.entries[number].literals if len(text) > 1})


def phrase_rules(settings: Settings) -> Engine:
    """Return an engine with the shipped rules of kind phrase and no others."""
    rules = load_rules(settings)
    return Engine(replace(rules, rules=tuple(rule for rule in rules.rules if rule.kind == "phrase")))


def automaton(phrases: Sequence[str], texts: Sequence[str]) -> Callable[[], object]:
    """Return the floor: the bare automaton over the text as it is, nothing done with what it finds."""
    find = import_module("ahocorasick_rs").AhoCorasick(list(phrases)).find_matches_as_indexes

    def go() -> None:
        for text in texts:
            find(text, overlapping=True)

    return go


def jieba(texts: Sequence[str]) -> Callable[[], object]:
    library = import_module("jieba")
    library.setLogLevel("ERROR")
    library.initialize()

    def go() -> None:
        for text in texts:
            list(library.cut(text))

    return go


def rjieba(texts: Sequence[str]) -> Callable[[], object]:
    cut = import_module("rjieba").Jieba().cut

    def go() -> None:
        for text in texts:
            list(cut(text, True))

    return go


def phrase_matcher(
    phrases: Sequence[str], texts: Sequence[str]
) -> tuple[Callable[[], object], Callable[[], object]]:
    """Return spaCy's PhraseMatcher on tokens of jieba: from the text, and with the tokens ready.

    Raises ImportError where spaCy isn't installed (extra ``bench``).
    """
    nlp = import_module("spacy").blank("zh", config={"nlp": {"tokenizer": {"segmenter": "jieba"}}})
    matcher = import_module("spacy.matcher").PhraseMatcher(nlp.vocab)
    matcher.add("PHRASE", [nlp.make_doc(phrase) for phrase in phrases])
    ready: list[Any] = [nlp.make_doc(text) for text in texts]

    def whole() -> None:
        for text in texts:
            matcher(nlp.make_doc(text))

    def matching() -> None:
        for doc in ready:
            matcher(doc)

    return whole, matching


def alternation(phrases: Sequence[str], texts: Sequence[str]) -> Callable[[], object]:
    """Return `re` with all phrases as alternatives, the longest first."""
    pattern = re.compile("|".join(map(re.escape, sorted(phrases, key=len, reverse=True))))

    def go() -> None:
        for text in texts:
            pattern.findall(text)

    return go


def masking(texts: Sequence[str]) -> Callable[[], object]:
    """Return privacy masking alone (the engine is timed on texts that were masked before)."""

    def go() -> None:
        for text in texts:
            mask(text)

    return go


def folding(engine: Engine, conversations: Sequence[Conversation]) -> Callable[[], object]:
    """Return whole conversations through `Engine.run`, scorecard included where it has one."""

    def go() -> None:
        for conversation in conversations:
            engine.run(conversation)

    return go


def turn_by_turn(engine: Engine, conversations: Sequence[Conversation]) -> list[tuple[int, int]]:
    """Return the nanoseconds of each single `Engine.feed`, in order: of the processor, of the clock."""
    times: list[tuple[int, int]] = []
    for conversation in conversations:
        state = engine.start(conversation.meta, channel=conversation.channel)
        for item in conversation.items:
            wall, process = perf_counter_ns(), thread_time_ns()
            state, _ = engine.feed(state, item)
            times.append((thread_time_ns() - process, perf_counter_ns() - wall))
    return times
