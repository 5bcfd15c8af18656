"""The file form of knowledge: unknown keys refused. docs/knowledge.md explains the keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from assistant.knowledge.definition import ROLES, Entry
from assistant.rules.schema import Strict

Id = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)+$", max_length=64)]
Source = Annotated[str, Field(pattern=r"^([GBPMRKD]-[A-Za-z0-9]+|S[0-4]|ours)$")]
Text = Annotated[str, Field(min_length=1, max_length=1_200)]
Short = Annotated[str, Field(min_length=1, max_length=60)]
Shorts = Annotated[list[Short], Field(min_length=1)]


class EntryForm(Strict):
    """An answer and the questions it is for."""

    id: Id
    title: Short
    source: Annotated[list[Source], Field(min_length=1)]
    ask: Shorts
    words: list[Short] = Field(default_factory=list)
    answer: Text
    related: list[Id] = Field(default_factory=list)
    roles: Annotated[list[Literal["agent", "qa", "trainer"]], Field(min_length=1)] | None = None

    def compiled(self, topic: str) -> Entry:
        return Entry(
            id=self.id,
            topic=topic,
            title=self.title,
            source=tuple(self.source),
            ask=tuple(self.ask),
            words=tuple(self.words),
            answer=self.answer.strip(),
            related=tuple(self.related),
            roles=tuple(self.roles or ROLES),
        )


class KnowledgeFile(Strict):
    """The entries of a topic, or how people put things."""

    topic: Annotated[str, Field(pattern=r"^[a-z]+$")] | None = None
    name: Short | None = None
    entries: Annotated[list[EntryForm], Field(min_length=1)] | None = None
    synonyms: dict[Short, Shorts] | None = None
    exclusive: Annotated[list[Shorts], Field(min_length=1)] | None = None
    fillers: Shorts | None = None
    elsewhere: Shorts | None = None

    @model_validator(mode="after")
    def _whole(self) -> KnowledgeFile:
        if len({self.topic is None, self.name is None, self.entries is None}) > 1:
            raise ValueError("topic, name and entries go together")
        if not (self.entries or self.synonyms or self.exclusive or self.fillers or self.elsewhere):
            raise ValueError("give entries, synonyms, exclusive, fillers or elsewhere")
        return self
