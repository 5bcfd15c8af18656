"""What a wording template is made of (see docs/rules.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_EXPANSIONS = 2000
MAX_STRINGS = 100_000_000
MAX_DEPTH = 20
GAP = 6
SLOT_NAMES = (
    "company", "agent_id", "agent_name", "customer", "department", "phone", "date", "issue",
    "reason", "topic",
)  # fmt: skip


class TemplateError(ValueError):
    """A wording that can't be read. `offset` counts characters of `source`.

    `source` is the wording itself, or the entry of the word list `list_name` the fault lies in;
    `code` is a stable name of the fault; `ring` names word lists that name each other.
    """

    def __init__(
        self,
        message: str,
        offset: int = 0,
        *,
        source: str = "",
        list_name: str | None = None,
        code: str = "template",
        ring: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.ring = tuple(ring)
        self.code = code
        self.message = message
        self.offset = offset
        self.source = source
        self.list_name = list_name


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it is compared (already cleaned, never empty)."""

    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Zero to `max` characters inside the sentence."""

    max: int


@dataclass(frozen=True, slots=True)
class Slot:
    """A value of the call's metadata."""

    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the alternatives; `optional`: or nothing."""

    alternatives: tuple[tuple[Part, ...], ...]
    optional: bool = False


Part: TypeAlias = Literal | Choice | Gap | Slot
Atom: TypeAlias = str | Gap | Slot
Variant: TypeAlias = tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed wording: `parts` in order, `wording` as it was written."""

    parts: tuple[Part, ...]
    wording: str


def count_strings(parts: Iterable[Part]) -> int:
    """Return how many strings the parts stand for, duplicates included (a gap counts as one)."""
    total = 1
    for part in parts:
        if isinstance(part, Choice):
            total *= sum(map(count_strings, part.alternatives)) + part.optional
    return total


def leaves(parts: Iterable[Part]) -> Iterator[Literal | Gap | Slot]:
    """Yield texts, gaps and slots, also those inside alternatives."""
    for part in parts:
        if isinstance(part, Choice):
            for alternative in part.alternatives:
                yield from leaves(alternative)
        else:
            yield part
