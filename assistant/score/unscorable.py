"""Calls that can't be judged are kept out of the score: a number for them would be a lie."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from assistant.model import Speaker, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_TURNS = 2
# Above these shares the transcript says nothing reliable (ours).
MAX_GARBAGE = 0.3  # of all characters that aren't spaces
MAX_FILLERS = 0.8  # of all turns with text, in calls of at least MIN_FILLER_TURNS
MIN_FILLER_TURNS = 5
LONG_TURN = 40  # characters; nobody hums that long

_SILENCE = re.compile(
    r"[\[(【（<〈{]?(静音|无声|无语音|无人声|空白|沉默|silence|no ?speech|blank)[\])】）>〉}]?", re.IGNORECASE
)
_TEST = re.compile(r"测试|试音|试机|试线|test", re.IGNORECASE)
_TEST_ONLY = re.compile(
    r"(测试|试音|试机|试线|test(ing)?|一下|电话|线路|录音|通话|系统|设备|麦克风|喂|你好|您好|hello|"
    r"这是|这个|是|个|在|正在|收到|听得到|听得见|听到|听见|能|可以|了|吗|么|呢|啊|的|嗯|好|有|没有|声音|再见|"
    r"[一二三四五六七八九零\d]|ok)+",
    re.IGNORECASE,
)
_FILLER = re.compile(r"[嗯啊呃哦额噢唔哎唉诶欸呵嘿哈喔]+|um+|uh+|er+|hm+", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_BOXES = re.compile("[\ufffd□■▯]")
_MOJIBAKE = re.compile(r"(锟斤拷|烫{3,}|屯{3,})+")


def _words(turn: Turn) -> str:
    """Return the text of a turn without punctuation and spaces."""
    return "".join(_WORDS.findall(turn.text))


def _is_garbage(char: str) -> bool:
    """Tell characters that no speech becomes: replacement, private use, unassigned, control, boxes."""
    return char in "\ufffd□■▯" or unicodedata.category(char) in {"Co", "Cn", "Cc", "Cs"}


def garbage_share(turns: Sequence[Turn]) -> float:
    """Return the share of characters (without spaces) that are broken encoding, 0..1."""
    text = "".join("".join(turn.text.split()) for turn in turns)
    if not text:
        return 0.0
    if text.isprintable() and not _BOXES.search(text) and not _MOJIBAKE.search(text):
        return 0.0
    rest = _MOJIBAKE.sub("", text)
    broken = len(text) - len(rest) + sum(map(_is_garbage, rest))
    return broken / len(text)


def _only_fillers(turns: Sequence[Turn]) -> bool:
    if len(turns) < MIN_FILLER_TURNS:
        return False
    empty = sum(1 for turn in turns if len(turn.text) <= LONG_TURN and _says_nothing(_words(turn)))
    return empty / len(turns) > MAX_FILLERS


def _says_nothing(words: str) -> bool:
    return not words or _FILLER.fullmatch(words) is not None


def _is_test(turns: Sequence[Turn]) -> bool:
    if not any(_TEST.search(turn.text) for turn in turns):
        return False
    words = [_words(turn) for turn in turns]
    return any(map(_TEST.search, words)) and all(_TEST_ONLY.fullmatch(one) for one in words if one)


def unscorable_reason(turns: Sequence[Turn]) -> str | None:
    """Return in Chinese why a call can't be scored, or None when it can.

    Looks at the turns of agents and customers alone; bots and system lines are no conversation.
    """
    spoken = [turn for turn in turns if turn.role in {Speaker.AGENT, Speaker.CUSTOMER} and turn.text.strip()]
    if not turns:
        return "没有对话内容"
    if all(_SILENCE.fullmatch(turn.text.strip()) for turn in spoken):
        return "整通静音，没有有效语音"
    if garbage_share(spoken) > MAX_GARBAGE:
        return f"转写质量过差：乱码字符超过 {MAX_GARBAGE:.0%}"
    if _is_test(spoken):
        return "测试通话"
    if not any(turn.role is Speaker.AGENT for turn in spoken):
        return "没有坐席发言"
    if not any(turn.role is Speaker.CUSTOMER for turn in spoken):
        return "没有客户发言"
    if len(spoken) < MIN_TURNS:
        return f"有效对话不足 {MIN_TURNS} 句"
    if _only_fillers(spoken):
        return f"转写质量过差：仅有语气词的语句超过 {MAX_FILLERS:.0%}"
    return None
