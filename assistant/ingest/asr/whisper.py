"""Whisper, faster-whisper and WhisperX: {segments: [{start, end, text, speaker?, words?}]}. Times in s."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from assistant.ingest.draft import Draft, DraftTurn, Place
from assistant.ingest.roles import voice

if TYPE_CHECKING:
    from collections.abc import Iterator


def recognises(value: object) -> bool:
    segments = value.get("segments") if isinstance(value, dict) else None
    return isinstance(segments, list) and all(
        isinstance(one, dict) and "text" in one for one in segments[:20]
    )


def drafts(value: Any, place: Place) -> Iterator[Draft]:
    """Yield the one conversation of a result."""
    segments = [one for one in value["segments"] if isinstance(one, dict)]
    turns = [
        DraftTurn(
            str(one.get("text") or ""), voice(_speaker(one)), one.get("start"), one.get("end"), unit=1.0
        )
        for one in segments
    ]
    yield Draft(turns)


def _speaker(segment: dict[str, Any]) -> object:
    """Return the segment's speaker, else the one most of its words have."""
    words = segment.get("words")
    if segment.get("speaker") is not None or not isinstance(words, list):
        return segment.get("speaker")
    named = Counter(str(word["speaker"]) for word in words if isinstance(word, dict) and word.get("speaker"))
    return named.most_common(1)[0][0] if named else None
