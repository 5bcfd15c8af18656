"""腾讯云: 录音文件识别 (Response.Data with ResultDetail, or only the lines of Result), and its callback.

ResultDetail has ms; a line of Result reads ``[0:1.500,0:3.200,0]  您好``: from, to (minutes:seconds)
and the speaker or channel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from assistant.ingest.draft import Draft, DraftTurn, Place
from assistant.ingest.roles import voice
from assistant.ingest.structured import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(
    r"\s*\[(\d{1,4}:\d{1,2}(?:\.\d{1,6})?),(\d{1,4}:\d{1,2}(?:\.\d{1,6})?)(?:,(\w{1,20}))?\]\s*(.*)"
)
_FAILED = 3


def recognises(value: object) -> bool:
    return isinstance(value, dict) and _data(value) is not None


def drafts(value: Any, place: Place) -> Iterator[Draft]:
    """Yield the conversation of one result; raises InputError (``asr-failed``)."""
    data = _data(value) or {}
    if data.get("Status") == _FAILED or str(data.get("StatusStr")) == "failed":
        raise place.error(f"the transcription has failed: {str(data.get('ErrorMsg'))[:80]}", "asr-failed")
    detail = embedded(data.get("ResultDetail") or data.get("resultDetail"))
    text = data.get("Result") or data.get("text")
    turns = _detailed(detail) if isinstance(detail, list) and detail else result_lines(str(text or ""))
    task = data.get("TaskId") or data.get("requestId")
    yield Draft(turns, id=None if task is None else str(task), by_time=True)


def _data(value: dict[str, Any]) -> dict[str, Any] | None:
    inside = value.get("Response") if isinstance(value.get("Response"), dict) else value
    data = inside.get("Data") if isinstance(inside, dict) and isinstance(inside.get("Data"), dict) else inside
    if not isinstance(data, dict):
        return None
    if "ResultDetail" in data or "resultDetail" in data or ("StatusStr" in data and "Result" in data):
        return data
    return data if is_result_text(data.get("Result")) or is_result_text(data.get("text")) else None


def is_result_text(text: object) -> bool:
    return isinstance(text, str) and bool(_LINE.match(text[:4_000]))


def result_lines(text: str) -> list[DraftTurn]:
    """Return the turns of the `Result` text; a line of another shape goes with the one before it."""
    turns = []
    for line in text.split("\n"):
        if found := _LINE.fullmatch(line):
            turns.append(DraftTurn(found[4], voice(found[3]), found[1], found[2]))
        elif line.strip():
            turns.append(DraftTurn(line.strip(), turns[-1].voice if turns else voice(None)))
    return turns


def _detailed(detail: list[Any]) -> list[DraftTurn]:
    return [
        DraftTurn(
            str(one.get("FinalSentence") or one.get("WrittenText") or ""),
            voice(one.get("SpeakerRoleName") or one.get("SpeakerId")),
            one.get("StartMs"),
            one.get("EndMs"),
            unit=0.001,
        )
        for one in detail
        if isinstance(one, dict)
    ]
