"""Plain text: a line an utterance, with or without role prefixes and timestamps.

Forms that are read::

    坐席: 您好                      客户：你好               agent: hello
    坐席(8012) 12.0-15.5: 您好      [00:00:12] 客户: 你好     2026-11-21 10:00:05 客服小李: 您好
    客服周敏: 您好                  【客服】您好              09:00:01 客服 您好
    客服<TAB>您好                   客服 您好                 客服 (alone in its line; the text follows)
    客服小王 2026-11-21 10:00:05    (a line of its own, as chat exports write it; the text follows: `chats`)
    @12.0 hold                      (a call event: ring answer hold resume mute transfer clock)
    工号: 8012    坐席工号 8012       (above the first turn: what is known of the call)
    -----                           (or =====: the next call begins)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from assistant.ingest.chats import is_export_noise
from assistant.ingest.draft import Draft, DraftEvent, DraftTurn, Place, conversation
from assistant.ingest.encoding import clean
from assistant.ingest.inference import agentness
from assistant.ingest.metadata import ID_KEYS, header, is_call_data
from assistant.ingest.prefixes import Form, begins_turn, form_of
from assistant.ingest.roles import voice
from assistant.ingest.settings import DEFAULTS, ReadSettings
from assistant.ingest.times import DATED, MOMENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.model import Conversation

_EVENT_LINE = re.compile(rf"\s*@\s?({MOMENT})\s+([a-zA-Z]+|[\u4e00-\u9fff]{{2,4}})(?:\s+(\S{{1,32}}))?\s*")
_MOMENT_LINE = re.compile(rf"\s*{DATED}\s*")
_HEADER_LINE = re.compile(r"\s*#?\s*([^:：\s][^:：]{0,19}?)\s*[:：]\s*(\S.{0,199})")
_RULER = re.compile(r"\s*(?:-{3,}|={3,}|\*{3,}|—{3,})\s*")
_HEAD_LINE = re.compile(r"\s*#?\s*(\S{1,12})\s+(\S.{0,199})")
# What sounds like speech above the first labelled line is speech; a title or a date is not.
_SPEECH = re.compile(r"[您你妳我吗呢吧嘛]|[。！？!?…~～]\s*$|\b(?:hello|hi|your?|I)\b", re.IGNORECASE)
_MAX_HEAD = 80
TITLE = "标题"


def read_text(
    text: str,
    *,
    id: str = "text",  # noqa: A002  the model's own word
    settings: ReadSettings = DEFAULTS,
) -> Conversation:
    """Return the conversation that `text` holds in the plain form (see the module).

    Raises InputError (``no-turns``, ``too-many-turns``).
    """
    place = Place(stem=id, max_turns=settings.max_turns)
    draft = _draft(clean(text).split("\n"))
    if not draft.turns:
        raise place.error("no utterance found: write lines such as 坐席: 您好", "no-turns")
    return conversation(draft, place)


def plain_drafts(text: str) -> Iterator[Draft]:
    """Yield the calls of a plain text; a ruled line (--- or ===) stands between two."""
    lines: list[str] = []
    for line in text.split("\n"):
        if not _RULER.fullmatch(line):
            lines.append(line)
            continue
        if any(map(str.strip, lines)):
            yield _draft(lines)
        lines = []
    if any(map(str.strip, lines)):
        yield _draft(lines)


def has_prefixes(text: str) -> bool:
    """Tell whether `text` holds two or more lines that begin with a role."""
    return sum(map(begins_turn, text[:20_000].split("\n"))) >= 2


@dataclass(slots=True)
class _Reading:
    """What has been read so far of one call."""

    turns: list[DraftTurn] = field(default_factory=list)
    events: list[DraftEvent] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    id: str | None = None
    more: list[str] = field(default_factory=list)
    at: str | None = None

    def add(self, turn: DraftTurn) -> None:
        self.close()
        self.turns.append(turn if turn.start or not self.at else replace(turn, start=self.at))
        self.at = None

    def close(self) -> None:
        """Give the lines that followed without a prefix to the turn they belong to."""
        if self.more:
            last = self.turns[-1]
            self.turns[-1] = replace(last, text="\n".join(filter(None, (last.text, *self.more))))
            self.more = []


def _draft(lines: list[str]) -> Draft:
    lines = [line for line in lines if line.strip() and not is_export_noise(line)]
    form = form_of(lines)
    reading = _Reading()
    for line in lines:
        if not _event(reading, line):
            _utterance(reading, line, form)
    reading.close()
    return Draft(reading.turns, id=reading.id, meta=reading.meta, events=reading.events)


def _event(reading: _Reading, line: str) -> bool:
    found = _EVENT_LINE.fullmatch(line[:200])
    if found:
        reading.events.append(DraftEvent(found[2], found[1], found[3], before=len(reading.turns)))
    return bool(found)


def _utterance(reading: _Reading, line: str, form: Form | None) -> None:
    found = form.match(line) if form else None
    if found:
        reading.add(DraftTurn(found.text, voice(found.label), found.start, found.end))
    elif form and _MOMENT_LINE.fullmatch(line):
        reading.at = line.strip()
    elif not reading.turns and (_header(reading, line) or (form and _head(reading, line))):
        return
    elif form and reading.turns:
        reading.more.append(line.strip())
    else:
        reading.add(DraftTurn(line.strip()))


def _header(reading: _Reading, line: str) -> bool:
    """Take `工号: 8012`; other names before a colon may be anything."""
    found = _HEADER_LINE.fullmatch(line)
    if not found or not is_call_data(found[1]):
        return False
    _note(reading, found[1], found[2])
    return True


def _head(reading: _Reading, line: str) -> bool:
    """Take what stands above the first labelled line and isn't speech: `坐席工号 8012`, a title."""
    found = _HEAD_LINE.fullmatch(line)
    if found and is_call_data(found[1]):
        _note(reading, found[1], found[2])
        return True
    if len(line) > _MAX_HEAD or _SPEECH.search(line) or agentness(line):
        return False
    named = _HEADER_LINE.fullmatch(line)
    _note(reading, *(named.groups() if named else (TITLE, line)))
    return True


def _note(reading: _Reading, name: str, value: str) -> None:
    if header(name) in ID_KEYS:
        reading.id = value.strip()
    else:
        reading.meta.setdefault(name, value.strip())
