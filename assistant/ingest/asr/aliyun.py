"""阿里云: 录音文件识别 (Result.Sentences) and 百炼 Paraformer (transcripts[].sentences). Times in ms.

A two-channel recording is told apart by ChannelId, a diarised one by SpeakerId.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.ingest.draft import Draft, DraftTurn, Place
from assistant.ingest.roles import voice
from assistant.ingest.structured import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator


def recognises(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    return _sentences(value) is not None or _transcripts(value) is not None or _failed(value)


def drafts(value: Any, place: Place) -> Iterator[Draft]:
    """Yield the conversation of one result; raises InputError (``asr-failed``)."""
    sentences = _sentences(value)
    if sentences is None and _transcripts(value) is None:
        raise place.error(f"the transcription has failed: {str(value['StatusText'])[:80]}", "asr-failed")
    task = value.get("TaskId")
    turns = _file_turns(sentences) if sentences is not None else _model_turns(_transcripts(value) or [])
    yield Draft(turns, id=task if isinstance(task, str) else None, by_time=True)


def _sentences(value: dict[str, Any]) -> list[Any] | None:
    result = embedded(value.get("Result"))
    found = result.get("Sentences") if isinstance(result, dict) else value.get("Sentences")
    return found if isinstance(found, list) else None


def _transcripts(value: dict[str, Any]) -> list[Any] | None:
    found = value.get("transcripts")
    return found if isinstance(found, list) else None


def _failed(value: dict[str, Any]) -> bool:
    return "StatusText" in value and "TaskId" in value


def _file_turns(sentences: list[Any]) -> list[DraftTurn]:
    several = len({one.get("ChannelId") for one in sentences if isinstance(one, dict)}) > 1
    return [
        DraftTurn(
            str(one.get("Text") or ""),
            voice(_label(one.get("ChannelId"), one.get("SpeakerId"), several=several)),
            one.get("BeginTime"),
            one.get("EndTime"),
            unit=0.001,
        )
        for one in sentences
        if isinstance(one, dict)
    ]


def _label(channel: object, speaker: object, *, several: bool) -> object:
    """Return who speaks: the channel where there are two, else the diariser's number."""
    return channel if several or speaker is None else speaker


def _model_turns(transcripts: list[Any]) -> list[DraftTurn]:
    several = len(transcripts) > 1
    made = []
    for transcript in transcripts:
        sentences = transcript.get("sentences") if isinstance(transcript, dict) else None
        for one in sentences if isinstance(sentences, list) else ():
            if isinstance(one, dict):
                label = _label(transcript.get("channel_id"), one.get("speaker_id"), several=several)
                begin, end = one.get("begin_time"), one.get("end_time")
                made.append(DraftTurn(str(one.get("text") or ""), voice(label), begin, end, unit=0.001))
    return made
