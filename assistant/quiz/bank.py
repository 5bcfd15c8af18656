"""All items: put to a learner, judged, looked up."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from assistant.quiz import checking
from assistant.quiz.definition import Item, Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.knowledge import Entry, KnowledgeBase
    from assistant.text.normalise import Normaliser


@dataclass(frozen=True)
class Bank:
    """The items with their topics, by name; `rules` names those a sentence may break."""

    items: tuple[Item, ...]
    topics: Mapping[str, str]
    rules: Mapping[str, str]
    _entries: Mapping[str, Entry] = field(repr=False)
    _normaliser: Normaliser = field(repr=False)
    _by_id: Mapping[str, Item] = field(repr=False)

    @classmethod
    def of(cls, items: Sequence[Item], topics: Mapping[str, str], base: KnowledgeBase) -> Bank:
        named = {rule for item in items if item.kind == "fault" for rule in (*item.right, *item.wrong)}
        about = {rule: base.about(rule) for rule in named}
        entries = {item.entry: base.entry(item.entry) for item in items if item.entry}
        return cls(
            tuple(items),
            dict(topics),
            {rule: entry.title for rule, entry in sorted(about.items()) if entry},
            {name: entry for name, entry in entries.items() if entry},
            base.normaliser,
            {item.id: item for item in items},
        )

    def item(self, item_id: str) -> Item | None:
        return self._by_id.get(item_id)

    def entry(self, item: Item) -> Entry | None:
        """Return the knowledge an item rests on."""
        return self._entries.get(item.entry or "")

    def question(self, item: Item, seed: str = "") -> Question:
        """Return the item as it is asked, its options in an order drawn by `seed`."""
        options = [*item.right, *item.wrong]
        draw = Random(f"{seed}/{item.id}")  # noqa: S311 - no secret hangs on it
        draw.shuffle(options)
        while item.kind == "order" and tuple(options) == item.right:
            draw.shuffle(options)
        return Question(
            id=item.id,
            topic=item.topic,
            kind=item.kind,
            difficulty=item.difficulty,
            text=item.question,
            options=tuple(options),
            names=tuple(self.rules[option] for option in options) if item.kind == "fault" else (),
            clauses=item.clauses if item.kind == "fault" else (),
            blanks=len(item.blanks),
        )

    def judge(self, item: Item, given: Sequence[str]) -> checking.Judged:
        """Judge an answer: options chosen, blanks filled, steps in order; of a fault words, then rule."""
        return checking.judge(item, given, self._normaliser)
