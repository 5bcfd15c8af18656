"""FunASR: a list of {key, text, sentence_info: [{text, start, end, spk}]}, or stamp_sents. Times in ms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from assistant.ingest.draft import Draft, DraftTurn, Place
from assistant.ingest.roles import voice

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG = re.compile(r"<\|[^|<>]{0,40}\|>")  # SenseVoice: <|zh|><|NEUTRAL|>


def recognises(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(map(_is_result, value[:20]))
    return _is_result(value)


def _is_result(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    sentences = isinstance(value.get("sentence_info") or value.get("stamp_sents"), list)
    return sentences or (
        "key" in value and "text" in value and not {"turns", "messages", "role"} & set(value)
    )


def drafts(value: Any, place: Place) -> Iterator[Draft]:
    """Yield one conversation a recognised recording."""
    for result in value if isinstance(value, list) else [value]:
        if not isinstance(result, dict):
            continue
        sentences = result.get("sentence_info") or result.get("stamp_sents")
        turns = (
            [_turn(one) for one in sentences if isinstance(one, dict)] if isinstance(sentences, list) else []
        )
        if not turns:
            turns = [DraftTurn(_TAG.sub("", str(result.get("text") or "")))]
        key = result.get("key") or result.get("wav_name")
        yield Draft(turns, id=key if isinstance(key, str) else None, by_time=True)


def _turn(one: dict[str, Any]) -> DraftTurn:
    text = one.get("text") or one.get("sentence") or f"{one.get('text_seg') or ''}{one.get('punc') or ''}"
    if "text_seg" in one:
        text = re.sub(r"(?<=[一-龥])\s+(?=[一-龥])", "", str(text))
    return DraftTurn(
        _TAG.sub("", str(text)), voice(one.get("spk")), one.get("start"), one.get("end"), unit=0.001
    )
