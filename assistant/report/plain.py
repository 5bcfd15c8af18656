"""Make any value or text fit to be written: JSON, terminals, pages and sheets share these repairs.

The repairs of text keep its length in code points, so spans stay valid.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from enum import Enum
from typing import Any

DIGITS = 4
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNPRINTABLE = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n"},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), 0xFFFD),
    0xFFFE: 0xFFFD,
    0xFFFF: 0xFFFD,
}
_REORDERING = dict.fromkeys((0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)


def rounded(value: float) -> float | None:
    """Return `value` with four digits; None for what JSON can't say (NaN and the infinities)."""
    return round(value, DIGITS) if math.isfinite(value) else None


def well_formed(text: str) -> str:
    """Replace lone surrogates, which no encoding can write, by U+FFFD; the length stays."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def visible(text: str, *, reordering: bool = True) -> str:
    """Replace control characters by their pictures (U+2400 ff.), so that no text steers its reader.

    Tab and line feed stay. With ``reordering=False`` the direction marks go too, for places such as
    a terminal that can't isolate them. The length in code points stays.
    """
    shown = well_formed(text).translate(_UNPRINTABLE)
    return shown if reordering else shown.translate(_REORDERING)


def plain(value: Any, *, digits: int | None = None) -> Any:
    """Turn `value` into what JSON can carry: dict, list, str, int, float, bool, None.

    Floats that aren't finite become None, others are rounded where `digits` is given; dates become
    ISO 8601, and whatever else isn't known its `str`.
    """
    match value:
        case None | bool():
            return value
        case Enum():
            return plain(value.value, digits=digits)
        case str():
            return well_formed(value)
        case int():
            return int(value)
        case float():
            return _number(value, digits)
        case Mapping():
            return {well_formed(str(key)): plain(item, digits=digits) for key, item in value.items()}
        case date() | time():
            return value.isoformat()
        case set() | frozenset():
            return [plain(item, digits=digits) for item in sorted(value, key=str)]
        case bytes() | bytearray() | memoryview():
            return bytes(value).decode("utf-8", "replace")
        case Iterable():
            return [plain(item, digits=digits) for item in value]
        case _:
            return well_formed(str(value))


def dumps(obj: Any, indent: int | None = None) -> str:
    """Return `obj` as JSON that every reader takes: Chinese as it is, no NaN, no lone surrogates."""
    try:
        text = json.dumps(obj, ensure_ascii=False, allow_nan=False, indent=indent)
    except (TypeError, ValueError):
        text = json.dumps(plain(obj), ensure_ascii=False, allow_nan=False, indent=indent)
    return well_formed(text)


def _number(value: float, digits: int | None) -> float | None:
    if not math.isfinite(value):
        return None
    return value if digits is None else round(value, digits)
