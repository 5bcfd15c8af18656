"""Reading the training text of intents/.

Sentences stand in Rasa's YAML shape with labels in each example's metadata (customer/, agent/); whole
conversations as lists of turns (dialogues/, chats/).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.errors import ConfigurationError
from assistant.model import EMOTIONS, INTENTS, Speaker, Turn
from assistant.nlp.acts import ACTS


@dataclass(frozen=True, slots=True)
class CustomerExample:
    """A customer's turn with its labels; `earlier` are the turns before it, oldest first.

    `felt` is the emotion of the customer's turn before in the conversation, empty at its start; None
    for a sentence that stands alone.
    """

    text: str
    earlier: tuple[Turn, ...]
    emotion: str
    intents: tuple[str, ...]
    kind: str | None
    source: str = ""
    felt: str | None = None


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
    turns = []
    for path, content in _files(folder):
        try:
            for turn in content:
                said = tuple((str(sentence), tuple(acts)) for sentence, acts in turn["said"])
                unknown = {act for _, acts in said for act in acts} - ACTS.keys()
                if unknown:
                    raise ConfigurationError(
                        f"no such act: {', '.join(sorted(unknown))}", code="unknown-label", path=str(path)
                    )
                turns.append(ActTurn(str(turn["before"] or ""), said))
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(f"not agents' turns: {error}", code="corpus", path=str(path)) from error
    return turns


def read_customers(folder: Path) -> list[CustomerExample]:
    """Return the examples of all YAML files of `folder`; raises ConfigurationError for unknown labels."""
    return [_customer(path, text, metadata) for path, text, metadata in _examples(folder)]


def read_dialogues(folder: Path) -> list[CustomerExample]:
    """Return the customers' turns of the conversations in `folder`, each with the turns before it.

    Raises ConfigurationError for unknown labels.
    """
    return [example for example in _conversations(folder) if isinstance(example, CustomerExample)]


def read_agents(folder: Path) -> list[AgentExample]:
    """Return the examples of all YAML files of `folder`; raises ConfigurationError."""
    return [AgentExample(text, metadata.get("family")) for _, text, metadata in _examples(folder)]


def read_answers(folder: Path) -> list[AgentExample]:
    """Return what agents say in the conversations in `folder`, each once: harmless if not marked.

    Raises ConfigurationError for unknown labels.
    """
    said = (example for example in _conversations(folder) if isinstance(example, AgentExample))
    return list(dict.fromkeys(said))


def read_lexicon(path: Path) -> dict[str, dict[str, list[str]]]:
    """Return the word classes of each side; raises ConfigurationError for anything else."""
    for _, content in _files(path.parent, path.name):
        try:
            return {
                side: {str(name): [str(word) for word in words] for name, words in classes.items()}
                for side, classes in content["classes"].items()
            }
        except (AttributeError, KeyError, TypeError) as error:
            raise ConfigurationError(f"no word classes: {error}", code="corpus", path=str(path)) from error
    return {}


def _customer(path: Path, text: str, metadata: Mapping[str, Any]) -> CustomerExample:
    before = metadata.get("before")
    earlier = (Turn(0, Speaker.AGENT, before),) if before else ()
    return _labelled(path, text, earlier, metadata)


def _labelled(path: Path, text: str, earlier: tuple[Turn, ...], labels: Mapping[str, Any]) -> CustomerExample:
    emotion, intents = labels.get("emotion"), tuple(labels.get("intents") or ())
    unknown = {emotion, *intents} - {*EMOTIONS, *INTENTS}
    if unknown or not intents:
        raise ConfigurationError(
            f"“{text}”: no such label: {', '.join(map(str, unknown)) or 'intents'}",
            code="unknown-label",
            path=str(path),
        )
    return CustomerExample(text, earlier, str(emotion), intents, labels.get("kind"), _source(path))


def _source(path: Path) -> str:
    """Return where an example comes from: the folder, and the kind of conversation if files are numbered."""
    folder, (name, _, number) = path.parent.name, path.stem.rpartition("-")
    return f"{folder}/{name}" if number.isdigit() else folder


def _turns(path: Path, turns: Sequence[Mapping[str, Any]]) -> Iterator[CustomerExample | AgentExample]:
    said: list[Turn] = []
    felt = ""
    for place, turn in enumerate(turns):
        if "customer" in turn:
            yield replace(_labelled(path, turn["customer"], tuple(said), turn), felt=felt)
            felt = turn["emotion"]
            said.append(Turn(place, Speaker.CUSTOMER, turn["customer"]))
        else:
            yield AgentExample(turn["agent"], turn.get("family"))
            said.append(Turn(place, Speaker.AGENT, turn["agent"]))


def _conversations(folder: Path) -> Iterator[CustomerExample | AgentExample]:
    for path, content in _files(folder):
        try:
            for dialogue in content["dialogues"]:
                yield from _turns(path, dialogue["turns"])
        except (KeyError, TypeError) as error:
            raise ConfigurationError(
                f"not conversations (dialogues, turns, agent or customer): {error}",
                code="corpus",
                path=str(path),
            ) from error


def _examples(folder: Path) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    for path, content in _files(folder):
        try:
            for intent in content["nlu"]:
                for example in intent["examples"]:
                    yield path, example["text"].strip("\n"), example["metadata"]
        except (KeyError, TypeError) as error:
            raise ConfigurationError(
                f"not training sentences in Rasa's shape: {error}", code="corpus", path=str(path)
            ) from error


def _files(folder: Path, pattern: str = "*.yml") -> Iterator[tuple[Path, Any]]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    yaml = YAML(typ="safe")
    paths = sorted(folder.glob(pattern))
    if not paths:
        raise ConfigurationError(f"holds no training text ({pattern})", code="no-corpus", path=str(folder))
    for path in paths:
        try:
            yield path, yaml.load(path.read_text(encoding="utf-8"))
        except YAMLError as error:
            raise ConfigurationError(f"not YAML: {error}", code="corpus", path=str(path)) from error
