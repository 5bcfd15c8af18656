"""What is known, once it is loaded: plain frozen values, importable without pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROLES = ("agent", "qa", "trainer")


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer and the questions it is for.

    `ask` are whole questions, `words` what its subject is called, `source` ids of the service standard
    (or the source document, S0 to S4; ``ours``: our own reading), `related` ids of entries one asks for next.
    """

    id: str
    topic: str
    title: str
    source: tuple[str, ...]
    ask: tuple[str, ...]
    answer: str
    words: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    roles: tuple[str, ...] = ROLES


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All entries, and how people put things.

    `topics` names them; `synonyms` leads from a wording to the one used here; each group of
    `exclusive` holds words of which an answer is about one (轻微, 重要, 重大); `fillers` say nothing;
    `elsewhere` are words of things the standard doesn't hold.
    """

    entries: tuple[Entry, ...]
    topics: Mapping[str, str] = field(default_factory=dict)
    synonyms: Mapping[str, str] = field(default_factory=dict)
    exclusive: tuple[tuple[str, ...], ...] = ()
    fillers: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
