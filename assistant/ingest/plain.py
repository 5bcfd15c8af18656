"""Plain text: a line an utterance, with or without role prefixes and timestamps.

Forms that are read::

    坐席: 您好                      客户：你好               agent: hello
    坐席(8012) 12.0-15.5: 您好      [00:00:12] 客户: 你好     2026-11-21 10:00:05 客服小李: 您好
    客服小王 2026-11-21 10:00:05    (a line of its own, as chat exports write it; the text follows)
    @12.0 hold                      (a call event: ring answer hold resume mute transfer clock)
    工号: 8012                      (above the first turn: what is known of the call)
    -----                           (or =====: the next call begins)
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from assistant.ingest.draft import Draft, DraftEvent, DraftTurn, Place, conversation
from assistant.ingest.encoding import clean
from assistant.ingest.metadata import KEYS, header
from assistant.ingest.roles import DIARISED_LABEL, ROLE_LABEL, voice
from assistant.ingest.settings import DEFAULTS, ReadSettings
from assistant.ingest.times import CLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.model import Conversation

_TIME = rf"(?:{CLOCK}|\d{{1,6}}(?:\.\d{{1,6}})?\s?(?:s|秒)?)"
_SPAN = rf"[（(\[【]?\s?(?P<{{0}}>{_TIME})(?:\s?(?:-->|[-–—~至])\s?(?P<{{1}}>{_TIME}))?\s?[)）\]】]?"
_BEFORE = _SPAN.replace("{0}", "start").replace("{1}", "end").replace("{{", "{").replace("}}", "}")
_AFTER = _SPAN.replace("{0}", "start2").replace("{1}", "end2").replace("{{", "{").replace("}}", "}")


def _prefixed(label: str) -> re.Pattern[str]:
    opening, closing = r"[【\[「<]?", r"[】\]」>]?"
    head = rf"\s*(?:{_BEFORE}\s*)?{opening}(?P<label>{label}){closing}\s*(?:{_AFTER}\s*)?"
    return re.compile(
        rf"{head}(?:[:：]\s*(?P<text>.*)|(?P<alone>(?<=[\d\])）】])\s*))", re.IGNORECASE | re.DOTALL
    )


_ROLE_LINE = _prefixed(ROLE_LABEL)
_DIARISED_LINE = _prefixed(DIARISED_LABEL)
_NAMED_LINE = _prefixed(r"[^\s:：,，。!！?？@\[\]【】()（）\d][^\s:：,，。!！?？]{0,11}")
_EVENT_LINE = re.compile(rf"\s*@\s?({_TIME})\s+([a-zA-Z]+|[\u4e00-\u9fff]{{2,4}})(?:\s+(\S{{1,32}}))?\s*")
_HEADER_LINE = re.compile(r"\s*#?\s*([^:：\s][^:：]{0,19}?)\s*[:：]\s*(\S.{0,199})")
_RULER = re.compile(r"\s*(?:-{3,}|={3,}|\*{3,}|—{3,})\s*")
_ID_HEADERS = frozenset(
    [
        "通话编号",
        "会话编号",
        "会话id",
        "通话id",
        "录音编号",
        "编号",
        "流水号",
        "callid",
        "conversationid",
        "sessionid",
        "id",
    ]
)
_MAX_NAMES = 6


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
    return sum(bool(_ROLE_LINE.fullmatch(line)) for line in text[:20_000].split("\n")) >= 2


@dataclass(slots=True)
class _Reading:
    """What has been read so far of one call."""

    turns: list[DraftTurn] = field(default_factory=list)
    events: list[DraftEvent] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    id: str | None = None
    more: list[str] = field(default_factory=list)

    def add(self, turn: DraftTurn) -> None:
        self.close()
        self.turns.append(turn)

    def close(self) -> None:
        """Give the lines that followed without a prefix to the turn they belong to."""
        if self.more:
            last = self.turns[-1]
            self.turns[-1] = replace(last, text="\n".join(filter(None, (last.text, *self.more))))
            self.more = []


def _draft(lines: list[str]) -> Draft:
    form = _form(lines)
    reading = _Reading()
    for line in lines:
        if line.strip() and not _event(reading, line):
            _utterance(reading, line, form)
    reading.close()
    return Draft(reading.turns, id=reading.id, meta=reading.meta, events=reading.events)


def _form(lines: list[str]) -> re.Pattern[str] | None:
    """Choose what a prefix is here: role words, a diariser's labels, or names that come again."""
    for form in (_ROLE_LINE, _DIARISED_LINE):
        if any(form.fullmatch(line[:2_000]) for line in lines):
            return form
    full = [line for line in lines if line.strip()]
    names = Counter(found["label"] for line in full if (found := _NAMED_LINE.fullmatch(line[:2_000])))
    often = sum(names.values()) * 10 >= 6 * len(full)
    return _NAMED_LINE if often and len(names) <= _MAX_NAMES and sum(names.values()) > len(names) else None


def _event(reading: _Reading, line: str) -> bool:
    found = _EVENT_LINE.fullmatch(line[:200])
    if found:
        reading.events.append(DraftEvent(found[2], found[1], found[3], before=len(reading.turns)))
    return bool(found)


def _utterance(reading: _Reading, line: str, form: re.Pattern[str] | None) -> None:
    found = form.fullmatch(line) if form else None
    if found:
        start, end = found["start"] or found["start2"], found["end"] or found["end2"]
        reading.add(DraftTurn(found["text"] or "", voice(found["label"]), start, end))
    elif not reading.turns and _header(reading, line):
        return
    elif form and reading.turns:
        reading.more.append(line.strip())
    else:
        reading.add(DraftTurn(line.strip()))


def _header(reading: _Reading, line: str) -> bool:
    found = _HEADER_LINE.fullmatch(line)
    if not found:
        return False
    name = header(found[1])
    if name in _ID_HEADERS:
        reading.id = found[2].strip()
    elif name in KEYS:
        reading.meta[found[1]] = found[2].strip()
    else:
        return False
    return True
