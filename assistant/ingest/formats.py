"""The registry of formats: JSON shapes, then text shapes, each told by its content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from assistant.errors import InputError
from assistant.ingest.asr import aliyun, funasr, tencent, whisper, xunfei
from assistant.ingest.draft import Draft, Place
from assistant.ingest.plain import plain_drafts
from assistant.ingest.structured import (
    conversation_drafts,
    embedded,
    is_conversation,
    is_turns,
    many,
    turns_draft,
    wrapped,
)
from assistant.ingest.subtitles import is_subtitles, subtitle_drafts
from assistant.ingest.tables import csv_rows, guess_delimiter, sniff, table_drafts

Drafts = Iterator[Draft | InputError]
_MAX_WRAPPERS = 4


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """A shape of JSON: `recognises` looks at the value, `drafts` reads it."""

    name: str
    recognises: Callable[[Any], bool]
    drafts: Callable[[Any, Place], Iterator[Draft | InputError]]


def _is_ours(value: object) -> bool:
    return isinstance(value, dict) and str(value.get("schema", "")).startswith("huashu.")


def _single_turns(value: Any, place: Place) -> Drafts:
    yield turns_draft(value, place)


JSON_FORMATS = (
    JsonFormat("huashu", _is_ours, conversation_drafts),
    JsonFormat("aliyun", aliyun.recognises, aliyun.drafts),
    JsonFormat("tencent", tencent.recognises, tencent.drafts),
    JsonFormat("xunfei", xunfei.recognises, xunfei.drafts),
    JsonFormat("funasr", funasr.recognises, funasr.drafts),
    JsonFormat("whisper", whisper.recognises, whisper.drafts),
    JsonFormat("conversation", is_conversation, conversation_drafts),
    JsonFormat("turns", is_turns, _single_turns),
)


def json_drafts(value: Any, place: Place, depth: int = 0) -> Drafts:
    """Yield the conversations `value` holds; a bad one gives its InputError in its place.

    Raises InputError (``no-conversation`` and what the format raises) where it is one as a whole.
    """
    if isinstance(value, dict) and value.get("schema") == "huashu.error/1":
        line = value.get("line")
        message, code = str(value.get("message"))[:500], str(value.get("code"))[:64]
        yield InputError(
            message, code=code, path=place.path, line=line if isinstance(line, int) else place.line
        )
        return
    for form in JSON_FORMATS:
        if form.recognises(value):
            yield from form.drafts(value, place)
            return
    inside = _inside(value)
    if inside is None or depth >= _MAX_WRAPPERS:
        raise place.error("no conversation found: expected turns with role and text", "no-conversation")
    if isinstance(inside, list) and not is_turns(inside) and not funasr.recognises(inside):
        for one in inside:
            yield from _guarded(embedded(one), place, depth + 1)
    else:
        yield from json_drafts(inside, place, depth + 1)


def _inside(value: Any) -> Any:
    if isinstance(value, list):
        return value or None
    if not isinstance(value, dict):
        return None
    return many(value) or wrapped(value)


def _guarded(value: Any, place: Place, depth: int) -> Drafts:
    try:
        yield from json_drafts(value, place, depth)
    except InputError as error:
        yield error


def text_drafts(text: str, place: Place, suffix: str) -> Iterator[Draft]:
    """Yield the conversations of a text that isn't JSON, without empty ones; raises InputError."""
    for draft in _text_drafts(text, place, suffix):
        if any(turn.text.strip() for turn in draft.turns):
            yield draft


def _text_drafts(text: str, place: Place, suffix: str) -> Iterator[Draft]:
    if is_subtitles(text):
        yield from subtitle_drafts(text)
    elif tencent.is_result_text(text):
        yield Draft(tencent.result_lines(text))
    elif delimiter := sniff(text) or (guess_delimiter(text) if suffix in {".csv", ".tsv"} else None):
        yield from table_drafts(csv_rows(text, delimiter, place), place)
    else:
        yield from plain_drafts(text)
