"""Times of transcripts: clocks, seconds, milliseconds and dates become seconds from the start.

A time that makes no sense is unknown, not nought: negative ones (ASR engines write -1 for "not
known"), infinite ones and those beyond a week become None; an end before its start is dropped.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WEEK_S = 7 * 86_400.0
_EPOCH_S = 1e9
_HALF_DAY_CALL_S = 3 * 3_600.0
_CLOCK = re.compile(r"(?:(\d{1,3})[:：])?(\d{1,3})[:：](\d{1,2}(?:[.,]\d{1,9})?)")
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.\d{1,18})?(?:e[+-]?\d{1,3})?\s*(ms|毫秒|s|秒)?", re.IGNORECASE)
_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]*(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2}(?:[.,]\d{1,9})?))?秒?"
)
_DAY = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[T\s]*"
_TIME_OF_DAY = r"\d{1,3}[:：]\d{1,2}(?:[:：]\d{1,2})?(?:[.,]\d{1,6})?"
DATED = _DAY + _TIME_OF_DAY
CLOCK = rf"(?:{_DAY})?{_TIME_OF_DAY}"
MOMENT = rf"(?:{CLOCK}|\d{{1,6}}(?:\.\d{{1,6}})?\s?(?:s|秒)?)"


def seconds(value: object, unit: float = 1.0) -> float | None:
    """Return `value` (number, clock, date, datetime cell) as seconds, or None.

    A bare number counts in `unit` seconds (0.001 for milliseconds). Dates and epoch times come
    back as seconds since 1970: `relative` turns them into seconds from the start.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _finite(float(value) if abs(value) < 1e18 else math.inf, unit)
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    if isinstance(value, time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    if isinstance(value, timedelta):
        return _finite(value.total_seconds(), 1.0)
    return _written(value, unit) if isinstance(value, str) and len(value) <= 64 else None


def _finite(value: float, unit: float) -> float | None:
    if not math.isfinite(value) or value < 0:
        return None
    return round(value * unit, 3)


def _written(text: str, unit: float) -> float | None:
    text = text.strip()
    if found := _CLOCK.fullmatch(text):
        hours, minutes, rest = found.groups()
        return round(int(hours or 0) * 3600 + int(minutes) * 60 + float(rest.replace(",", ".")), 3)
    if found := _NUMBER.fullmatch(text):
        named = (found[1] or "").lower()
        bare = text[: found.start(1)] if named else text
        return _finite(float(bare), {"ms": 0.001, "毫秒": 0.001, "s": 1.0, "秒": 1.0}.get(named, unit))
    return _dated(text)


def _dated(text: str) -> float | None:
    found = _DATE.match(text)
    if not found:
        return None
    year, month, day, hour, minute = (int(found[n]) for n in range(1, 6))
    try:
        start = datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None
    return start.timestamp() + float((found[6] or "0").replace(",", "."))


def guess_unit(starts: Sequence[object], ends: Sequence[object], characters: int) -> float:
    """Return 0.001 where bare numbers must be milliseconds, else 1.0.

    Fractions are seconds. Whole numbers are milliseconds where a character would otherwise take
    ten seconds to say, or where the call would last longer than three hours.
    """
    numbers = [
        value for value in (*starts, *ends) if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    small = [value for value in numbers if abs(value) < _EPOCH_S]
    if not small or any(isinstance(value, float) and not value.is_integer() for value in small):
        return 1.0
    spoken = [
        end - start
        for start, end in zip(starts, ends, strict=True)
        if isinstance(start, int | float) and isinstance(end, int | float) and end > start
    ]
    if spoken and characters:
        return 0.001 if sum(spoken) / characters > 10 else 1.0
    return 0.001 if max(small) > _HALF_DAY_CALL_S else 1.0


def relative(starts: Sequence[float | None]) -> float:
    """Return what to take off all times so that they count from the start of the call.

    Nought, unless they are dates, epoch times (in s or ms) or times of the day.
    """
    known = [start for start in starts if start is not None]
    first = min(known, default=0.0)
    return first if first >= _HALF_DAY_CALL_S else 0.0


def sensible(start: float | None, end: float | None) -> tuple[float | None, float | None]:
    """Return both times with what can't be true left out."""
    start = None if start is None or not 0 <= start <= WEEK_S else round(start, 3)
    end = None if end is None or not 0 <= end <= WEEK_S else round(end, 3)
    return start, None if start is not None and end is not None and end < start else end
