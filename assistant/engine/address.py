"""How a customer is addressed in a sentence that is proposed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_ADDRESSED = ("先生", "女士", "小姐", "老师", "经理", "师傅", "阿姨", "叔叔", "医生", "总")
_TITLES = {"m": "先生", "male": "先生", "男": "先生", "f": "女士", "female": "女士", "女": "女士"}
_SALUTED = re.compile(r"(?<=尊敬的)\{customer\}")
_NAMELESS = re.compile(r"[,，]\{customer\}|\{customer\}[,，]?")


def address(meta: Mapping[str, Any]) -> str | None:
    """Return how to address the customer of a call (``customer``, ``gender``); None without a title."""
    name = str(meta.get("customer") or "")
    if name.endswith(_ADDRESSED):
        return name
    title = _TITLES.get(str(meta.get("gender", "")).lower(), "")
    return name[:1] + title if name and title else None


def addressed(sentence: str, meta: Mapping[str, Any]) -> str:
    """Return the sentence with its slot ``{customer}`` filled, or left out with its comma."""
    name = address(meta)
    if name is not None:
        return sentence.replace("{customer}", name)
    return _NAMELESS.sub("", _SALUTED.sub("客户", sentence))
