"""Chat exports (千牛, 旺旺, 企业微信, QQ): nick and time in a line of their own, the message beneath.

::

    小铺旗舰店:客服小雨  2026-11-08 10:12:33        2026-11-08 10:12:33 阿明(12345678)
    亲,在的呢                                      什么时候发货

    小铺旗舰店:客服小雨 (2026-11-08 10:12:33): 亲,在的呢
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.ingest.metadata import is_call_data
from assistant.ingest.times import CLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN = r"[^\s:：,，。;；!！?？]"
_NICK = rf"(?=[^\n]{{0,32}}[^\W\d_]|\d{{5}}){_PLAIN}{{1,32}}?(?:[:：]{_PLAIN}{{1,24}}?)?"
_SPACED_NICK = rf"{_NICK}(?:[ ]{_PLAIN}{{1,16}}?){{0,2}}"
_DAY = r"(?:\d{1,2}[-/月.]\d{1,2}日?\s+)?"
_NICK_FIRST = re.compile(
    rf"\s*(?P<nick>{_SPACED_NICK})(?:\s+|\s*[(（\[【]\s*){_DAY}(?P<time>{CLOCK})\s*[)）\]】]?(?:\s*[:：]\s*(?P<text>.*)|\s*)"
)
_TIME_FIRST = re.compile(
    rf"\s*[(（\[【]?\s*{_DAY}(?P<time>{CLOCK})\s*[)）\]】]?\s+(?P<nick>{_NICK})"
    r"(?:[(（<]\s?(?:\d{4,12}|[\w.+-]{1,40}@[\w.-]{1,40})\s?[)）>])?\s*[:：]?\s*"
)
_TIME_WORD = re.compile(r"(?:时间|日期|时长|时刻)$")
_YEAR = re.compile(r"\d{4}\D")
_CLOCKS = re.compile(r"\d[:：]\d")
_EXPORT_HEAD = re.compile(r"\s*(?:消息记录\s*[（(].*|消息分组\s*[:：].*|消息对象\s*[:：].*)")
_STATE = re.compile(r"\s*[\[【(（]?(?:已读|未读)[\]】)）]?\s*")
_LONGEST = 200
_MAX_NICKS = 12


@dataclass(frozen=True, slots=True)
class Head:
    """The line above a message."""

    nick: str
    time: str
    text: str

    @property
    def dated(self) -> bool:
        return bool(_YEAR.match(self.time))


def nick_head(line: str) -> Head | None:
    """Return the nick and time that `line` holds, if that is what it is."""
    if not _CLOCKS.search(line[:_LONGEST]):
        return None
    found = (_TIME_FIRST.fullmatch(line) if len(line) <= _LONGEST else None) or _NICK_FIRST.fullmatch(line)
    if not found or is_call_data(found["nick"]) or _TIME_WORD.search(found["nick"]):
        return None
    return Head(found["nick"], found["time"], found.groupdict().get("text") or "")


def nicks_of(lines: Sequence[str]) -> tuple[frozenset[str], int]:
    """Return the nicks of a chat and how many messages they have; none where `lines` are no chat."""
    heads = [nick_head(line) for line in lines]
    nicks = Counter(head.nick for head in heads if head)
    count = sum(nicks.values())
    follows = zip(heads, [*heads[1:], Head("", "", "")], strict=False)
    filled = sum(bool(head and (head.text or not after)) for head, after in follows)
    begins = next((number for number, head in enumerate(heads) if head), _MAX_NICKS)
    dated = all(head.dated for head in heads if head)
    few = len(nicks) <= (_MAX_NICKS if dated else min(_MAX_NICKS, max(2, count // 2)))
    if not count or not few or filled * 10 < 6 * count or begins > 5:
        return frozenset(), 0
    if count == 1 and (begins or not dated):
        return frozenset(), 0
    return frozenset(nicks), count


def is_export_noise(line: str) -> bool:
    """Tell the lines that a messenger writes around the messages: its head, 已读."""
    return bool(_EXPORT_HEAD.fullmatch(line) or _STATE.fullmatch(line))
