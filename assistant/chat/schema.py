"""The file form of the facts: unknown keys refused."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from assistant.chat.facts import Fact
from assistant.rules.schema import Strict

Text = Annotated[str, Field(min_length=1, max_length=300)]


def _compiles(written: str) -> str:
    try:
        re.compile(written)
    except re.error as error:
        raise ValueError(f"不是正则表达式：{error}") from error
    return written


Pattern = Annotated[Text, AfterValidator(_compiles)]
Words = Annotated[list[Text], Field(min_length=1)]


class Entry(Strict):
    """What all entries have."""

    id: Text
    words: Words

    def compiled(self) -> Fact:
        said: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.model_dump().items()
        }
        return Fact(**said)


class Told(Entry):
    """A question with an answer of its own."""

    title: Text
    source: Words
    text: Text


class Known(Entry):
    """A question that an entry of the knowledge answers."""

    entry: Text


class Family(Known):
    """A family of banned phrases."""

    severity: Literal["致命", "严重", "轻微", "提示"]


class Technique(Known):
    """A way to meet objections; `topic` of the phrase bank holds sentences for it."""

    topic: Text


class Named(Entry):
    """Something known by other words."""


class Channel(Entry):
    """A channel as rules name it, and in Chinese."""

    title: Text


class Moment(Entry):
    """A moment of a call as agents tell of it, and the topic of the phrase bank that helps then."""

    topic: Text
    mood: Literal["calm", "upset", "hot"]
    why: Text


class Danger(Told):
    """A danger to life or property: `words` are regular expressions, `phrases` what to say first."""

    words: Annotated[list[Pattern], Field(min_length=1)]
    phrases: Words


class Matter(Entry):
    """Something the product knows of itself: `words` are regular expressions, `page` shows it."""

    words: Annotated[list[Pattern], Field(min_length=1)]
    page: Text
    text: Text


class FactsFile(Strict):
    """All parts."""

    deadlines: list[Known]
    severities: list[Told]
    duties: list[Known]
    situations: list[Known]
    families: list[Family]
    techniques: list[Technique]
    procedures: list[Named]
    channels: list[Channel]
    moments: list[Moment]
    dangers: list[Danger]
    matters: list[Matter]
