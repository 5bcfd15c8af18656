"""Private numbers in running text: written, spaced, full-width or spoken (幺三八 ...).

A run of digits is cut into groups at its separators; neighbouring groups are tried together, the
longest first, so that 138 0013 8000 is one phone number and two numbers side by side stay two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SPELLINGS = {
    "0": "０零〇○洞⓪",
    "1": "１一幺么妖腰壹①",
    "2": "２二两兩贰貳②",
    "3": "３三叁參③",
    "4": "４四肆④",
    "5": "５五伍⑤",
    "6": "６六陆陸⑥",
    "7": "７七柒⑦",
    "8": "８八捌⑧",
    "9": "９九玖⑨",
}
DIGITS = {char: value for value, chars in _SPELLINGS.items() for char in value + chars}
_WRITTEN = frozenset("0123456789０１２３４５６７８９")

_D = f"[{''.join(DIGITS)}]"
_SEPARATORS = r"[\s\-‐‑–—－~·•.．,，、。_()（）嗯啊呃额哦]"
_RUN = re.compile(rf"{_D}(?:{_SEPARATORS}{{0,3}}{_D}){{6,}}")
_GROUP = re.compile(rf"{_D}+")
_CHECK_X = re.compile(r"\s?(?:[XxＸｘ](?![A-Za-z0-9])|叉|埃克斯|艾克斯)")

# The gap between a label and its number holds no bracket: a placeholder is no label.
_LINK = r"(?:号码?|是|为|就是|应该|呢|啊|嘛|的|我的|[\s:：,，、=“”\"'])*$"
_ORDER = re.compile(
    r"(?:单|單|运单|流水|合同|编|票|序列|货|凭证|受理|案件|批次|物流|发票|条码|交易|型|批|账单|合约)"
    r"(?:编号|编码|号码|号|码|代码)" + _LINK + r"|[iI][dD]\s?[:：=]?\s?$"
)
_PHONE_LABEL = re.compile(
    r"(?:手机|电话|联系方式|联系号|号码|手机号|致电|回拨|回电|座机|打我|打给我|tel|phone|mobile)" + _LINK,
    re.IGNORECASE,
)
_LANDLINE_LABEL = re.compile(r"(?:座机|固话|固定电话|电话|办公室|家里)" + _LINK)
_ID_LABEL = re.compile(r"(?:身份证|证件)[^\[\]\d]{0,6}$")
_CARD_LABEL = re.compile(r"(?:银行卡|储蓄卡|信用卡|借记卡|卡号|账号|账户|帐号)[^\[\]\d]{0,6}$")
_CODE_BEFORE = re.compile(r"[A-Za-z][-_#]?$")
_NAMED_BEFORE = re.compile(r"(?:tel|phone|mobile|call|vx|wx|wechat)[-_#]?$", re.IGNORECASE)
_MONEY_BEFORE = re.compile(r"[¥￥$]\s?$")
_UNIT_AFTER = re.compile(r"\s?(?:元|块|万|亿|[%％]|美元|人民币|积分|度电|[kKmMgG][bB]|[A-Za-z])")

_PHONE = re.compile(r"(?:0086|86|0)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"(?:0086|86)?(?:0?(?:10|2\d)[2-8]\d{7}|0?[3-9]\d{2}[2-8]\d{6,7})")
_DATE = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_CARD = re.compile(r"(?:62|60|4|5[0-8]|3[4-7]|9[0-9])\d+")
_PHONE_SHAPES = frozenset([
    (3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 4, 3), (4, 3, 4), (3, 4, 2, 2), (3, 2, 2, 2, 2), (3, 5, 3),
    (4, 7), (5, 6), (6, 5),
])  # fmt: skip
# What can't be private whatever stands around it; most runs of digits end here.
_SHAPE = re.compile(
    r"(?:0086|86|0)?1[3-9]\d{9}|(?:0|86|0086)\d{9,12}|[2-8]\d{6,7}"
    r"|[1-8]\d{5}(?:19|20)?\d{2}[01]\d[0-3]\d{4}\d?|[34569]\d{15,18}"
)
_PROVINCES = frozenset([*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55),
                        *range(61, 66), 71, 81, 82, 83])  # fmt: skip
_CONTEXT = 14


@dataclass(frozen=True, slots=True)
class PrivateNumber:
    """Private data at `start`..`end` of a text; `tail` keeps the last four digits."""

    type: str
    start: int
    end: int
    tail: str | None = None


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Neighbouring groups of digits with what stands around them."""

    text: str
    start: int
    end: int
    digits: str
    sizes: tuple[int, ...]
    spoken: bool

    @property
    def before(self) -> str:
        return self.text[max(0, self.start - _CONTEXT) : self.start]

    @property
    def shaped(self) -> str:
        return self.text[self.start : self.end]


def find_numbers(text: str) -> Iterator[PrivateNumber]:
    """Yield phone, landline, ID-card and bank-card numbers from left to right, not overlapping."""
    for run in _RUN.finditer(text):
        groups = [(run.start() + g.start(), run.start() + g.end()) for g in _GROUP.finditer(run.group())]
        yield from _scan(text, groups)


def _scan(text: str, groups: list[tuple[int, int]]) -> Iterator[PrivateNumber]:
    first = 0
    while first < len(groups):
        last = _longest(text, groups, first)
        if isinstance(last, tuple):
            number, first = last
            yield number
            continue
        yield from _spoken_inside(text, *groups[first])
        first += 1


def _longest(text: str, groups: list[tuple[int, int]], first: int) -> tuple[PrivateNumber, int] | None:
    lengths = 0
    stop = first
    while stop < len(groups) and lengths < 22:
        lengths += groups[stop][1] - groups[stop][0]
        stop += 1
    digits = "".join(DIGITS[char] for low, high in groups[first:stop] for char in text[low:high])
    for end in range(stop, first, -1):
        if _SHAPE.fullmatch(digits) and (number := _classify(_candidate(text, groups[first:end]))):
            return number, end
        digits = digits[: len(digits) - (groups[end - 1][1] - groups[end - 1][0])]
    return None


def _spoken_inside(text: str, start: int, end: int) -> Iterable[PrivateNumber]:
    """A spoken number runs into its neighbours: 一三八……零零一共 holds a digit word too many."""
    if not 12 <= end - start <= 21 or any(char in _WRITTEN for char in text[start:end]):
        return
    for trim in ((0, 1), (1, 0), (0, 2), (2, 0), (1, 1)):
        number = _classify(_candidate(text, [(start + trim[0], end - trim[1])]))
        if number:
            yield number
            return


def _candidate(text: str, groups: list[tuple[int, int]]) -> _Candidate:
    start, end = groups[0][0], groups[-1][1]
    digits = "".join(DIGITS[char] for low, high in groups for char in text[low:high])
    sizes = tuple(high - low for low, high in groups)
    spoken = all(char not in _WRITTEN for low, high in groups for char in text[low:high])
    return _Candidate(text, start, end, digits, sizes, spoken)


def _classify(one: _Candidate) -> PrivateNumber | None:
    if not 7 <= len(one.digits) <= 19:
        return None
    return _id_card(one) or (None if _is_other(one) else _bank_card(one) or _phone(one) or _landline(one))


def _is_other(one: _Candidate) -> bool:
    """Tell order numbers, codes and amounts from private numbers by what stands beside them."""
    before = one.before
    if _ORDER.search(before) or _MONEY_BEFORE.search(before) or _UNIT_AFTER.match(one.text, one.end):
        return True
    if _CODE_BEFORE.search(before) and not _NAMED_BEFORE.search(before):
        return True
    return bool(re.fullmatch(r"\d{1,3}(?:[,，]\d{3})+", one.shaped))


def _id_card(one: _Candidate) -> PrivateNumber | None:
    digits, end = one.digits, one.end
    if len(digits) == 17 and (check := _CHECK_X.match(one.text, end)):
        digits, end = digits + "X", check.end()
    labelled = _ID_LABEL.search(one.before)
    if len(digits) == 15 and labelled and _born(f"{digits[:6]}19{digits[6:]}"):
        return PrivateNumber("id_card", one.start, end, digits[-4:])
    if len(digits) != 18 or not _born(digits) or not (labelled or _is_checked(digits)):
        return None
    return PrivateNumber("id_card", one.start, end, digits[-4:])


def _is_checked(number: str) -> bool:
    from stdnum.cn import ric

    return ric.calc_check_digit(number) == number[-1]


def _born(number: str) -> bool:
    if int(number[:2]) not in _PROVINCES:
        return False
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14])) >= date(1900, 1, 1)
    except ValueError:
        return False


def _bank_card(one: _Candidate) -> PrivateNumber | None:
    if len(one.digits) < 16 or not _CARD.fullmatch(one.digits):
        return None
    from stdnum import luhn

    labelled = _CARD_LABEL.search(one.before)
    if not labelled and not (luhn.is_valid(one.digits) and (one.spoken or _card_shape(one.sizes))):
        return None
    return PrivateNumber("bank_card", one.start, one.end, one.digits[-4:])


def _card_shape(sizes: tuple[int, ...]) -> bool:
    return (
        len(sizes) == 1 or set(sizes) == {1} or set(sizes[:-1]) == {4} or (len(sizes) == 2 and sizes[0] == 6)
    )


def _phone(one: _Candidate) -> PrivateNumber | None:
    found = _PHONE.fullmatch(one.digits)
    if not found:
        return None
    labelled = _PHONE_LABEL.search(one.before)
    if not (labelled or one.spoken or _phone_shape(one, len(one.digits) - 11)):
        return None
    return PrivateNumber("phone", _plus(one), one.end, one.digits[-4:])


def _phone_shape(one: _Candidate, prefix: int) -> bool:
    """Tell a phone number from a list of numbers, a decimal or an IP address by its groups."""
    sizes = one.sizes
    if prefix and sizes[0] == prefix:
        sizes = sizes[1:]
    elif prefix:
        sizes = (sizes[0] - prefix, *sizes[1:])
    return len(sizes) == 1 or set(sizes) == {1} or sizes in _PHONE_SHAPES


def _landline(one: _Candidate) -> PrivateNumber | None:
    digits = one.digits
    if len(digits) <= 8:
        known = _LANDLINE_LABEL.search(one.before) and digits[0] in "2345678" and not _DATE.fullmatch(digits)
        return PrivateNumber("landline", one.start, one.end, digits[-4:]) if known else None
    abroad = digits.startswith(("86", "0086")) and one.text[: one.start].endswith("+")
    if not _LANDLINE.fullmatch(digits) or not (digits[0] == "0" or abroad):
        return None
    return PrivateNumber("landline", _plus(one), one.end, digits[-4:])


def _plus(one: _Candidate) -> int:
    """Return the start with the + of a country code or the parenthesis of an area code."""
    sign = one.text[one.start - 1 : one.start]
    closed = sign in {"(", "（"} and re.search(r"[)）]", one.shaped)
    return one.start - 1 if sign == "+" or closed else one.start
