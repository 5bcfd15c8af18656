"""Numbers written in Chinese, as figures: what is asked and what is known then compare alike."""

from __future__ import annotations

import re

_SPELT = ("零〇", "一壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_DIGITS = {char: value for value, chars in enumerate(_SPELT) for char in chars}
_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_NUMBER = re.compile(f"[{''.join(_DIGITS)}{''.join(_UNITS)}]+")
_SHARE = re.compile(r"百分之(?=[\d零〇一二两三四五六七八九十])")


def arabic(text: str) -> str:
    """Return `text` with its Chinese numbers as figures: 四十八小时 is 48小时, 百分之八十五 is 85.

    Every number is rewritten, also where it is part of a word (一定): for comparing, not for showing.
    """
    return _NUMBER.sub(lambda found: _value(found[0]), _SHARE.sub("", text))


def _value(number: str) -> str:
    if not any(char in _UNITS for char in number):
        return "".join(str(_DIGITS[char]) for char in number)
    total, digit = 0, None
    for char in number:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            total += (1 if digit is None else digit) * _UNITS[char]
            digit = None
    return str(total + (digit or 0))
