"""Findings in real turns that a person has judged, without a sentence of theirs in the repository.

An entry names the turn and the sentence by its hash::

    - {set: uss, id: "uss-valid-0001", turn: 5, hash: "0a1b2c3d4e5f", rule: banned.x.y, verdict: true,
       reason: 坐席确实反问了客户}

`verdict` is ``true`` (a real breach), ``false`` (a false finding we live with) or ``debatable``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from assistant.rules.document import parse_document
from assistant.text.normalise import Normaliser
from assistant.text.segment import sentences
from assistant.text.tables import build_tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from assistant.model import Finding

Verdict = Literal["true", "false", "debatable"]
_KEYS = frozenset(("set", "id", "turn", "hash", "rule", "verdict", "reason"))
_DIGEST = re.compile("[0-9a-f]{12}")
_VERDICTS: dict[object, Verdict] = {
    True: "true", False: "false", "true": "true", "false": "false", "debatable": "debatable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding was made; `digest` is that of the sentence (`sentence_digest`)."""

    set: str
    id: str
    turn: int
    digest: str
    rule: str


def default_clean() -> Callable[[str], str]:
    """Return what brings a text into the form it is compared in."""
    return Normaliser.of(build_tables()).words


def sentence_of(text: str, finding: Finding) -> str:
    """Return the sentence of the turn `text` a finding begins in; the turn where it is about all of it."""
    if finding.start is None:
        return text
    at = finding.start
    return next((text[start:end] for start, end in sentences(text) if start <= at < end), text)


def sentence_digest(sentence: str, clean: Callable[[str], str]) -> str:
    """Return the first 12 hex digits of the SHA-256 of the sentence as it is compared."""
    return sha256(clean(sentence).encode()).hexdigest()[:12]


def load_accepted(path: Path) -> dict[Place, Verdict]:
    """Return the verdicts of a file; raises ValueError (with the line) for what is wrong, OSError."""
    document = parse_document(str(path), path.read_bytes())
    entries = document.value or []
    if document.problems or not isinstance(entries, list):
        raise ValueError("\n".join(map(str, document.problems)) or f"{path}: holds a list of entries")
    verdicts: dict[Place, Verdict] = {}
    for number, entry in enumerate(entries):
        where = f"{path}:{document.mark((number,)).line}"
        place, verdict = _entry(entry, where)
        if place in verdicts:
            raise ValueError(f"{where}: the same finding is judged twice")
        verdicts[place] = verdict
    return verdicts


def _entry(entry: object, where: str) -> tuple[Place, Verdict]:
    if not isinstance(entry, dict) or set(entry) != _KEYS:
        raise ValueError(f"{where}: an entry has the keys {', '.join(sorted(_KEYS))}")
    verdict = _VERDICTS.get(entry["verdict"])
    if verdict is None or not isinstance(entry["turn"], int) or not str(entry["reason"]).strip():
        raise ValueError(f"{where}: verdict: true, false or debatable; turn: a number; reason: a sentence")
    if not isinstance(entry["hash"], str) or not _DIGEST.fullmatch(entry["hash"]):
        raise ValueError(f"{where}: hash: 12 hexadecimal digits in quotes")
    place = Place(str(entry["set"]), str(entry["id"]), entry["turn"], entry["hash"], str(entry["rule"]))
    return place, verdict
