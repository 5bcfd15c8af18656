"""Finds the entities of a message as Rasa's RegexEntityExtractor and EntitySynonymMapper do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity: the characters start..end of the message, and the value they stand for."""

    name: str
    value: str
    start: int
    end: int


class EntityFinder:
    """Tries the patterns in their order over the whole message; spellings become values by `synonyms`."""

    def __init__(self, patterns: Sequence[tuple[str, str]], synonyms: Mapping[str, str]) -> None:
        self._patterns = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in patterns]
        self._synonyms = {spelling.lower(): value for spelling, value in synonyms.items()}

    def find(self, text: str) -> list[Entity]:
        """Return all entities of `text`; those of different patterns may overlap."""
        return [
            Entity(name, self._synonyms.get(found[0].lower(), found[0]), *found.span())
            for name, pattern in self._patterns
            for found in pattern.finditer(text)
        ]
