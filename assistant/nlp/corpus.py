"""Reading the training sentences of intents/ (Rasa's YAML shape, labels in each example's metadata)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import ConfigurationError
from assistant.model import EMOTIONS, INTENTS
from assistant.nlp.acts import ACTS


@dataclass(frozen=True, slots=True)
class CustomerExample:
    """A customer's turn with its labels; `before` is the agent's turn it answers."""

    text: str
    before: str | None
    emotion: str
    intents: tuple[str, ...]
    kind: str | None


@dataclass(frozen=True, slots=True)
class AgentExample:
    """An agent's sentence: a breach of `family` (an id of the service standard), or a harmless one (None)."""

    text: str
    family: str | None


@dataclass(frozen=True, slots=True)
class ActTurn:
    """An agent's turn: its sentences, each with what is done by it; `before` is what the customer said."""

    before: str
    said: tuple[tuple[str, tuple[str, ...]], ...]


def read_acts(folder: Path) -> list[ActTurn]:
    """Return the turns of all YAML files of `folder`; raises ConfigurationError for unknown acts."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="safe")
    turns = []
    for path in _files(folder):
        try:
            for turn in yaml.load(path.read_text(encoding="utf-8")):
                said = tuple((str(sentence), tuple(acts)) for sentence, acts in turn["said"])
                unknown = {act for _, acts in said for act in acts} - ACTS.keys()
                if unknown:
                    raise ConfigurationError(
                        f"no such act: {', '.join(sorted(unknown))}", code="unknown-label", path=str(path)
                    )
                turns.append(ActTurn(str(turn["before"] or ""), said))
        except (YAMLError, KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(f"not agents' turns: {error}", code="corpus", path=str(path)) from error
    return turns


def read_customers(folder: Path) -> list[CustomerExample]:
    """Return the examples of all YAML files of `folder`; raises ConfigurationError for unknown labels."""
    return [_customer(path, text, metadata) for path, text, metadata in _examples(folder)]


def read_agents(folder: Path) -> list[AgentExample]:
    """Return the examples of all YAML files of `folder`; raises ConfigurationError."""
    return [AgentExample(text, metadata.get("family")) for _, text, metadata in _examples(folder)]


def _customer(path: Path, text: str, metadata: dict[str, Any]) -> CustomerExample:
    emotion, intents = metadata.get("emotion"), tuple(metadata.get("intents") or ())
    unknown = {emotion, *intents} - {*EMOTIONS, *INTENTS}
    if unknown or not intents:
        raise ConfigurationError(
            f"“{text}”: no such label: {', '.join(map(str, unknown)) or 'intents'}",
            code="unknown-label",
            path=str(path),
        )
    return CustomerExample(text, metadata.get("before"), str(emotion), intents, metadata.get("kind"))


def _examples(folder: Path) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="safe")
    for path in _files(folder):
        try:
            content = yaml.load(path.read_text(encoding="utf-8"))
            for intent in content["nlu"]:
                for example in intent["examples"]:
                    yield path, example["text"].strip("\n"), example["metadata"]
        except (YAMLError, KeyError, TypeError) as error:
            raise ConfigurationError(
                f"not training sentences in Rasa's shape: {error}", code="corpus", path=str(path)
            ) from error


def _files(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("*.yml"))
    if not paths:
        raise ConfigurationError("holds no training sentences (*.yml)", code="no-corpus", path=str(folder))
    return paths
