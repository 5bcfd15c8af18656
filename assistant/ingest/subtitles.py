"""SRT and WebVTT: a cue an utterance; who speaks stands in <v name>, in [name] or before a colon."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.ingest.draft import Draft, DraftTurn
from assistant.ingest.roles import DIARISED_LABEL, NOBODY, ROLE_LABEL, voice

if TYPE_CHECKING:
    from collections.abc import Iterator

_STAMP = r"(?:\d{1,3}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}"
_TIMES = re.compile(rf"\s*({_STAMP})\s*-->\s*({_STAMP})(?:\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]{1,64})>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]{0,80}>|<\d[\d:.]*>|\{\\[^}]{0,40}\}")
_SPEAKER = re.compile(
    rf"\s*(?:[\[【(（](?P<boxed>{ROLE_LABEL}|{DIARISED_LABEL})[\]】)）]\s*[:：]?|(?P<bare>{ROLE_LABEL}|{DIARISED_LABEL})\s*[:：])\s*",
    re.IGNORECASE,
)


def is_subtitles(text: str) -> bool:
    """Tell WebVTT by its first word, SRT by a line of times among the first lines."""
    return text.lstrip().startswith("WEBVTT") or any(map(_TIMES.fullmatch, text[:4_000].split("\n")[:8]))


def subtitle_drafts(text: str) -> Iterator[Draft]:
    """Yield the one conversation of a subtitle file; blocks that are no cues are passed over."""
    turns: list[DraftTurn] = []
    for block in re.split(r"\n[ \t]*\n+", text):
        lines = block.strip("\n").split("\n")
        at = next((n for n, line in enumerate(lines[:3]) if _TIMES.fullmatch(line)), None)
        if at is not None:
            turns += _cue(lines[at], "\n".join(lines[at + 1 :]))
    yield Draft(_carried(turns))


def _cue(times: str, text: str) -> list[DraftTurn]:
    """Return the turns of a cue: one for each voice that speaks in it, all at the cue's times."""
    found = _TIMES.fullmatch(times)
    start, end = (found[1], found[2]) if found else (None, None)
    parts = _VOICE.split(text)
    turns = [_turn(parts[0], start, end)] if parts[0].strip() else []
    pairs = zip(parts[1::2], parts[2::2], strict=True)
    return turns + [replace(_turn(said, start, end), voice=voice(name)) for name, said in pairs]


def _turn(said: str, start: str | None, end: str | None) -> DraftTurn:
    text = html.unescape(_TAG.sub("", said))
    found = _SPEAKER.match(text)
    who = voice(found["boxed"] or found["bare"]) if found else NOBODY
    return DraftTurn(text[found.end() :] if found else text, who, start, end)


def _carried(turns: list[DraftTurn]) -> list[DraftTurn]:
    """Give a cue without a speaker the one before it, where the file names speakers at all."""
    carried: list[DraftTurn] = []
    for turn in turns:
        unnamed = turn.voice == NOBODY and carried
        carried.append(replace(turn, voice=carried[-1].voice) if unnamed else turn)
    return carried
