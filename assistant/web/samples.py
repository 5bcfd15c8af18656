"""Sample calls for who has no telephone system at hand: the pages play them at speaking speed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from assistant.rules.document import parse_document

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROLES = {"坐席": "agent", "客户": "customer"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A call of our own; `turns` are roles and texts."""

    id: str
    title: str
    channel: str
    meta: Mapping[str, Any]
    turns: tuple[tuple[str, str], ...]


def load_samples() -> tuple[Sample, ...]:
    """Return the samples that come with the product, by id."""
    folder = files("assistant") / "data" / "samples"
    found = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yml")), key=lambda e: e.name)
    return tuple(_sample(parse_document(entry.name, entry.read_bytes()).value) for entry in found)


def _sample(value: Any) -> Sample:
    turns = tuple((_ROLES[role], text) for turn in value["turns"] for role, text in turn.items())
    return Sample(value["id"], value["title"], value["channel"], value["meta"], turns)
