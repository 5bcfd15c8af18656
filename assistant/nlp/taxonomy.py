"""The taxonomy of complaints: kinds, gravity, demands, causes, as data (data/taxonomy/complaints.yml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.errors import ConfigurationError

_ENDS = re.compile(r"[。！？!?；;\n]+")  # of sentences: one may suppose what the next one tells


@dataclass(frozen=True, slots=True)
class Cue:
    """What customers say about a thing.

    One of `words` in a sentence that holds none of `supposed`, in a turn that holds none of `unless`.
    """

    id: str
    title: str
    words: re.Pattern[str]
    unless: re.Pattern[str] | None = None
    supposed: re.Pattern[str] | None = None

    def find(self, text: str) -> str | None:
        """Return the words found in `text`, None where there are none."""
        if self.words.search(text) is None or (self.unless is not None and self.unless.search(text)):
            return None
        for sentence in _ENDS.split(text):
            found = self.words.search(sentence)
            if found is not None and not (self.supposed is not None and self.supposed.search(sentence)):
                return found.group()
        return None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of complaint; `learnt` is the model's label for it."""

    id: str
    title: str
    group: str
    learnt: str | None


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Everything the reading of a complaint takes from data."""

    version: str
    kinds: tuple[Kind, ...]
    danger: Cue
    grave: tuple[Cue, ...]
    important: tuple[Cue, ...]
    demands: tuple[Cue, ...]
    responsibility: tuple[Cue, ...]


def parse_taxonomy(text: str, path: str) -> Taxonomy:
    """Read a taxonomy; raises ConfigurationError naming what is wrong."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        data = YAML(typ="safe").load(text)
        return Taxonomy(
            version=str(data["version"]),
            kinds=tuple(
                Kind(kind["id"], kind["title"], kind["group"], kind.get("learnt")) for kind in data["kinds"]
            ),
            danger=_cue({**data["danger"], "reason": "涉及人身或财产安全"}),
            grave=_cues(data["grave"]),
            important=_cues(data["important"]),
            demands=_cues(data["demands"]),
            responsibility=_cues(data["responsibility"]),
        )
    except (YAMLError, KeyError, TypeError) as error:
        raise ConfigurationError(f"not a taxonomy: {error}", code="taxonomy", path=path) from error


def _cues(listed: Sequence[Mapping[str, Any]]) -> tuple[Cue, ...]:
    return tuple(map(_cue, listed))


def _cue(data: Mapping[str, Any]) -> Cue:
    title = data.get("title") or data["reason"]
    unless, supposed = (_any_of(data[name]) if name in data else None for name in ("unless", "supposed"))
    return Cue(data.get("id") or title, title, _any_of(data["words"]), unless, supposed)


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(str(word)) for word in sorted(words, key=lambda w: -len(str(w)))))
