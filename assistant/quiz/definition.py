"""What an item is once it is loaded, and how it is put to a learner: plain values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["single", "multiple", "fill", "fault", "order"]
KINDS: tuple[str, ...] = get_args(Kind)
BLANK = "____"
_MARKED = re.compile("‹([^›]+)›")
_CLAUSE = re.compile(r"[^，。！？；…：]+[，。！？；…：]*[”’」』]?")


@dataclass(frozen=True, slots=True)
class Item:
    """A question with its answer.

    `right`: the right options; for `fault` the id of the rule that is broken, for `order` the steps in
    order. `wrong`: the other options. `blanks`: what each blank may be filled with, the best first.
    `sentence` is what a `fault` is looked for in, the words marked ‹ ›, `better` the sentence without it.
    `source` are ids of the service standard, `entry` the knowledge it rests on. Difficulty is 1 to 3.
    """

    id: str
    topic: str
    kind: Kind
    question: str
    source: tuple[str, ...]
    difficulty: int
    explain: str
    entry: str | None = None
    right: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    blanks: tuple[tuple[str, ...], ...] = ()
    sentence: str = ""
    better: str = ""

    @property
    def spoken(self) -> str:
        """The sentence without its marks."""
        return _MARKED.sub(r"\1", self.sentence)

    @property
    def faulty(self) -> str:
        """The words marked in the sentence."""
        found = _MARKED.search(self.sentence)
        return found[1] if found else ""

    @property
    def clauses(self) -> tuple[str, ...]:
        """The sentence cut at its signs, for choosing one."""
        return tuple(_CLAUSE.findall(self.spoken))


@dataclass(frozen=True, slots=True)
class Question:
    """An item as it is put to a learner: without its answer.

    `options` are what is chosen from or put in order; of a `fault` the rules, by id, with `names`.
    """

    id: str
    topic: str
    kind: Kind
    difficulty: int
    text: str
    options: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    blanks: int = 0
