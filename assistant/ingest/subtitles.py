"""SRT and WebVTT: a cue an utterance; who speaks stands in <v name>, in [name] or before a colon."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from assistant.ingest.draft import Draft, DraftTurn
from assistant.ingest.roles import DIARISED_LABEL, NOBODY, ROLE_LABEL, voice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_STAMP = r"(?:\d{1,3}:)?\d{1,2}:\d{1,2}(?:[.,，]\d{1,3})?"
_SETTINGS = r"(?:\s+[a-z]+:\S+)*\s*"
_TIMES = re.compile(rf"\s*({_STAMP})\s*(?:-{{1,3}}>|→)\s*({_STAMP})(?:{_SETTINGS}|\s+(\S.*))")
_NUMBER = re.compile(r"\s*(\d{1,6})\s*")
_LOST = 3
"""Cues whose numbers may be missing in a row before a number alone in its line is something said."""
_ASIDE = re.compile(r"\s*(?:WEBVTT|NOTE|STYLE|REGION)\b")
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
    """Yield the one conversation of a subtitle file; a cue begins at each line of times."""
    cues: list[tuple[re.Match[str], list[str]]] = []
    number, before = 0, ""
    for line in _without_asides(text.split("\n")):
        times = _TIMES.fullmatch(line)
        if times and cues:
            number = _cut_name(cues[-1][1], number)
        elif times:
            number = _number(before) or 1
        if times:
            cues.append((times, [times[3] or ""]))
        elif cues:
            cues[-1][1].append(line)
        before = line
    if cues and len(said := _trimmed(cues[-1][1])) > 1 and _number(said[-1]) and not said[-2].strip():
        cues[-1] = (cues[-1][0], said[:-1])
    turns = [turn for times, said in cues for turn in _cue(times, "\n".join(filter(str.strip, said)))]
    yield Draft(_carried(turns))


def _without_asides(lines: Iterable[str]) -> Iterator[str]:
    """Pass on what isn't a block of notes or styles (they end at a blank line)."""
    aside, fresh = False, True
    for line in lines:
        blank = not line.strip()
        aside = not blank and (aside or (fresh and bool(_ASIDE.match(line)))) and not _TIMES.fullmatch(line)
        fresh = blank
        if not aside:
            yield line


def _cut_name(said: list[str], number: int) -> int:
    """Take the name of the next cue from beneath a cue: its number, or an id; return the number."""
    said[:] = _trimmed(said)
    if len(said) > 1:
        apart = not said[-2].strip()
        following = _number(said[-1])
        if following is not None and (apart or 0 < following - number <= _LOST):
            said.pop()
            return following
        # a blank line and a word in ASCII right above the times: the id of a WebVTT cue
        if apart and len(said) > 2 and said[-1].isascii():
            said.pop()
    return number + 1


def _trimmed(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]


def _number(line: str) -> int | None:
    found = _NUMBER.fullmatch(line)
    return int(found[1]) if found else None


def _cue(times: re.Match[str], text: str) -> list[DraftTurn]:
    """Return the turns of a cue: one for each voice that speaks in it, all at the cue's times."""
    start, end = times[1].replace("，", "."), times[2].replace("，", ".")
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
