"""Privacy masking: private data give way to typed placeholders before anything else sees a text.

Masking is idempotent: the placeholders hold no digit, so a masked text stays as it is and the same
masks are found in it again (without `tail`, which the text doesn't carry). Service numbers (95xxx,
10086, 12315, 400, 800), order numbers, amounts and dates are not private.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from assistant.ingest.digits import DIGITS, PrivateNumber, find_numbers
from assistant.model import Mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from assistant.model import Turn

PLACEHOLDERS = {
    "phone": "[手机号]",
    "landline": "[固定电话]",
    "id_card": "[身份证号]",
    "bank_card": "[银行卡号]",
    "plate": "[车牌号]",
    "email": "[邮箱]",
}
_TYPES = {placeholder: type_ for type_, placeholder in PLACEHOLDERS.items()}
_PLACEHOLDER = re.compile("|".join(map(re.escape, _TYPES)))

_SIGNS = frozenset([*DIGITS, *"@＠[艾"])
_D = f"[{''.join(DIGITS)}]"
_SIGNAL = re.compile(rf"[@＠\[]|艾特|{_D}(?:[^。!?！？]{{0,3}}{_D})")

_EMAIL = re.compile(
    r"[A-Za-z0-9](?:[\w.%+-]|[．＿－]){0,63}?\s?(?:@|＠|艾特)\s?"
    r"[A-Za-z0-9][A-Za-z0-9-]{0,62}(?:\s?[.．点]\s?[A-Za-z][A-Za-z0-9-]{1,62}){1,4}",
    re.ASCII,
)

_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼滬遼魯蘇贛晉陝閩貴粵瓊寧雲"
_LETTER = "A-HJ-NP-Za-hj-np-zＡ-ＨＪ-ＮＰ-Ｚ"
_PLATE_SIGN = f"{_LETTER}0-9０-９"
_SPOKEN_SIGN = f"{_LETTER}{''.join(DIGITS)}"
_PLATE = re.compile(
    # 最新A12345款 and 阿里云A10023 are products, not plates
    rf"(?<![最全更创重刷焕崭里讯])[{_PROVINCES}]\s?[{_LETTER}]\s?[·•・.．—–-]?\s?"
    rf"(?:(?:[{_PLATE_SIGN}]\s?){{4,5}}[{_PLATE_SIGN}挂学警港澳領领](?![A-Za-z0-9０-９])"
    rf"|(?:[{_SPOKEN_SIGN}][\s,，]?){{4,5}}[{_SPOKEN_SIGN}挂学警港澳](?![A-Za-z0-9０-９]))"
)


@dataclass(slots=True)
class _Masked:
    """A text on its way; `tails` goes with its placeholders from left to right."""

    text: str
    tails: list[str | None]


def mask(text: str) -> tuple[str, tuple[Mask, ...]]:
    """Return `text` with private data replaced, and where; spans count code points of the result.

    `tail` holds the last four digits of what was masked in this call (phone, landline, ID card,
    bank card); a placeholder that stood in `text` already has none.
    """
    if _SIGNS.isdisjoint(text) or not _SIGNAL.search(text):
        return text, ()
    return _mask(_Masked(text, [None] * len(_PLACEHOLDER.findall(text))))


def mask_turn(turn: Turn) -> Turn:
    """Return `turn` with its text masked; tails already known of its placeholders are kept."""
    if not turn.masks:
        text, masks = mask(turn.text)
        return turn if not masks else replace(turn, text=text, masks=masks)
    known = {(one.start, one.end, one.type): one.tail for one in turn.masks}
    tails = [
        known.get((found.start(), found.end(), _TYPES[found.group()]))
        for found in _PLACEHOLDER.finditer(turn.text)
    ]
    text, masks = _mask(_Masked(turn.text, tails))
    return replace(turn, text=text, masks=masks)


def _mask(state: _Masked) -> tuple[str, tuple[Mask, ...]]:
    # A replacement changes what stands beside its neighbours: go on until nothing is found.
    while any([_replace(state, find) for find in (_find_emails, _find_plates, find_numbers)]):  # noqa: C419
        pass
    masks = tuple(
        Mask(_TYPES[found.group()], found.start(), found.end(), tail)
        for found, tail in zip(_PLACEHOLDER.finditer(state.text), state.tails, strict=True)
    )
    return state.text, masks


def _replace(state: _Masked, find: Callable[[str], Iterable[PrivateNumber]]) -> bool:
    found = list(find(state.text))
    if not found:
        return False
    kept = zip(_PLACEHOLDER.finditer(state.text), state.tails, strict=True)
    tails = [(match.start(), tail) for match, tail in kept]
    tails += [(one.start, one.tail) for one in found]
    pieces, at = [], 0
    for one in found:
        pieces += [state.text[at : one.start], PLACEHOLDERS[one.type]]
        at = one.end
    state.text = "".join(pieces) + state.text[at:]
    state.tails = [tail for _, tail in sorted(tails, key=lambda pair: pair[0])]
    return True


def _find_emails(text: str) -> Iterable[PrivateNumber]:
    if "@" not in text and "＠" not in text and "艾特" not in text:
        return ()
    return [PrivateNumber("email", found.start(), found.end()) for found in _EMAIL.finditer(text)]


def _find_plates(text: str) -> Iterable[PrivateNumber]:
    return [
        PrivateNumber("plate", found.start(), found.end())
        for found in _PLATE.finditer(text)
        if sum(char in DIGITS for char in found.group()) >= 2
    ]
