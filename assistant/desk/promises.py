"""Promises an agent makes: a sentence with a duty and a time (24小时内给您答复), and when it falls due."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from assistant.desk.calendar import DAY, SHANGHAI, WorkingCalendar
from assistant.desk.clocks import advance

if TYPE_CHECKING:
    from assistant.desk.definition import Clock, PromiseWords

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_N = r"(?P<n>\d{1,3}|[零一二两三四五六七八九十百]{1,4}|半)"
_UNITS: tuple[tuple[str, Clock, float], ...] = (
    ("分钟", "hours", 1 / 60), ("小时", "hours", 1), ("钟头", "hours", 1), ("工作日", "working_days", 1),
    ("天", "days", 1), ("日", "days", 1), ("周", "days", 7), ("星期", "days", 7), ("礼拜", "days", 7),
)  # fmt: skip
_WITHIN = re.compile(
    rf"(?:(?:\d{{1,3}}|[一二两三四五六七八九])(?:到|至|-|~|～))?{_N}\s*个?"
    r"(?P<unit>工作日|分钟|小时|钟头|天|日|周|星期|礼拜)(?:之内|以内|内|左右)"
)
_HOUR = r"(?P<h>\d{1,2}|[一二两三四五六七八九十]{1,3})(?:点|时|:|：)(?P<half>半|\d{2})?"
_PART = r"(?P<part>凌晨|早上|上午|中午|下午|傍晚|晚上|今晚)?"
_DAYS = {"今天": 0, "今日": 0, "当天": 0, "今晚": 0, "明天": 1, "明日": 1, "明早": 1, "后天": 2}
_WEEKDAYS = "一二三四五六日"
_DAY = re.compile(
    rf"(?P<day>今天|今日|当天|明天|明日|明早|后天|今晚|(?:这|本|下)?(?:周|星期|礼拜)[一二三四五六日天]|\d{{1,2}}月\d{{1,2}}[日号])?"
    rf"{_PART}(?:的)?(?:{_HOUR}(?:整|左右)?(?:之前|以前|前)?|(?P<off>下班前?|下班之前))?"
)
_PART_ENDS = {"凌晨": 6, "早上": 10, "上午": 12, "中午": 14, "下午": 18, "傍晚": 19, "晚上": 22, "今晚": 22}
_SENTENCE = re.compile(r"[^。！!？?；;\n]+[。！!？?；;]?")
_CLAUSE = re.compile(r"[^，,、]+[，,、]?")
_CONDITION = re.compile(r"如果|要是|假如|若是|一旦")


@dataclass(frozen=True, slots=True)
class Promise:
    """What an agent promised: the sentence's place in its turn, the words of the time, when it falls due."""

    turn: int
    start: int
    end: int
    text: str
    time: str
    due_at: datetime
    confidence: float


def find_promises(
    turns: Sequence[Mapping[str, Any]], began_at: datetime, words: PromiseWords, calendar: WorkingCalendar
) -> Iterator[Promise]:
    """Yield the promises of a call's agents; `turns` are those of a report, `began_at` is its start."""
    duty = re.compile("|".join(map(re.escape, words.duties)))
    unless = re.compile("|".join(map(re.escape, words.unless))) if words.unless else None
    for turn in turns:
        if turn["role"] != "agent":
            continue
        said_at = began_at + timedelta(seconds=float(turn.get("end_s") or turn.get("start_s") or 0))
        for start, end in _pieces(turn["text"], duty, said_at, calendar):
            piece = turn["text"][start:end]
            if unless is not None and unless.search(piece):
                continue
            when = _when(piece, said_at, calendar)
            if when is not None:
                sure = 0.6 if _CONDITION.search(piece) else 0.9
                yield Promise(turn["index"], start, end, piece, *when, sure)


def _pieces(
    text: str, duty: re.Pattern[str], said_at: datetime, calendar: WorkingCalendar
) -> Iterator[tuple[int, int]]:
    """Yield the shortest runs of clauses of a sentence that hold a duty and a time."""

    def holds(start: int, end: int) -> bool:
        run = text[start:end]
        return duty.search(run) is not None and _when(run, said_at, calendar) is not None

    for sentence in _SENTENCE.finditer(text):
        begun: list[int] = []
        for clause in _CLAUSE.finditer(sentence.group()):
            start, end = (sentence.start() + place for place in clause.span())
            begun.append(start)
            nearest = next((place for place in reversed(begun) if holds(place, end)), None)
            if nearest is not None:
                run = text[nearest:end]
                yield nearest + len(run) - len(run.lstrip()), end - len(run) + len(run.rstrip("，,、;； "))
                begun = []


def _when(sentence: str, said_at: datetime, calendar: WorkingCalendar) -> tuple[str, datetime] | None:
    """Return the words of the first time in a sentence, and the moment they name."""
    within = _WITHIN.search(sentence)
    if within is not None:
        number = _number(within["n"])
        clock, factor = next((clock, factor) for unit, clock, factor in _UNITS if unit == within["unit"])
        if number:
            amount = number * factor * (3_600 if clock == "hours" else 1)
            amount *= 86_400 if clock == "days" else 1
            return within.group(), advance(clock, said_at, amount, calendar)
    for found in _DAY.finditer(sentence):
        due = _named(found, said_at, calendar)
        if due is not None:
            return found.group(), due
    return None


def _named(found: re.Match[str], said_at: datetime, calendar: WorkingCalendar) -> datetime | None:
    here = said_at.astimezone(SHANGHAI)
    if not (found["day"] or found["h"] or found["off"]):
        return None
    day = _day(found["day"], here.date())
    if day is None:
        return None
    if found["h"]:
        hour = int(_number(found["h"]) or 0)
        if not found["half"] and not found["part"] and not found["day"] and "点" not in found.group():
            return None
        minute = 30 if found["half"] == "半" else int(found["half"] or 0)
        if hour < 12 and (found["part"] in ("下午", "傍晚", "晚上", "今晚") or found["day"] == "今晚"):
            hour += 12
        if hour > 23 or minute > 59:
            return None
        due = datetime.combine(day, time(hour, minute), SHANGHAI)
        return due if due > here else None
    if found["off"]:
        return calendar.hours_of(day)[1]
    part = found["part"] or ("今晚" if found["day"] == "今晚" else "早上" if found["day"] == "明早" else None)
    if part:
        return datetime.combine(day, time(_PART_ENDS[part]), SHANGHAI)
    return datetime.combine(day + DAY, time(), SHANGHAI)


def _day(word: str | None, today: date) -> date | None:
    if word is None:
        return today
    if word in _DAYS:
        return today + DAY * _DAYS[word]
    dated = re.fullmatch(r"(\d{1,2})月(\d{1,2})[日号]", word)
    if dated:
        try:
            named = date(today.year, int(dated[1]), int(dated[2]))
        except ValueError:
            return None
        return named if named >= today else named.replace(year=today.year + 1)
    weekday = _WEEKDAYS.index(word[-1].replace("天", "日"))
    ahead = (weekday - today.weekday()) % 7
    if word.startswith("下"):
        ahead = 7 - today.weekday() + weekday
    return today + DAY * ahead


def _number(text: str) -> float | None:
    if text.isdigit():
        return int(text)
    if text == "半":
        return 0.5
    if "百" in text or not all(sign in _DIGITS or sign == "十" for sign in text):
        return None
    tens, ten, ones = text.partition("十")
    if not ten:
        return _DIGITS[text] if len(text) == 1 else None
    return _DIGITS.get(tens, 1) * 10 + (_DIGITS[ones] if ones else 0)
