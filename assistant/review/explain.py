"""Every point lost, in plain Chinese: which item, how much, by which words, and how to say it better."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COST = re.compile(r"^扣 [\d.]+ 分；?")  # in points of the card's file; the sentence tells those of 100
_BRACKETS = str.maketrans({"(": "（", ")": "）"})
_FULL = str.maketrans({",": "，", ":": "：", ";": "；", "?": "？", "!": "！"})
_SIGN = re.compile(r"(?<=[^\x00-\x7f])[,:;?!]|[,:;?!](?=[^\x00-\x7f])")


@dataclass(frozen=True, slots=True)
class Reason:
    """A finding behind a loss: the turn (from 1), the words (empty for what wasn't said), what is wrong."""

    turn: int
    words: str
    message: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class Loss:
    """Points lost on an item; a veto is told as a sentence of its own."""

    section: str
    item: str
    title: str
    lost: float
    max: float
    sentence: str
    reasons: tuple[Reason, ...]


def losses(score: Mapping[str, Any], findings: Sequence[Mapping[str, Any]]) -> tuple[Loss, ...]:
    """Return what cost points, the dearest first; `findings` are those the score's evidence speaks of.

    The losses add up to the maximum less the total (bonus points apart). Under a veto they are those of the
    score there would be without it; the veto takes what is left.
    """
    left = score.get("reached")
    told = [
        _loss(section["name"], item, findings, left)
        for section in score["sections"]
        for item in section["items"]
        if item["status"] == "fatal" or _reached(item) < item["max"]
    ]
    return tuple(sorted(told, key=lambda each: (-_fatal(each), -each.lost)))


def _fatal(loss: Loss) -> bool:
    return loss.max == 0


def _reached(item: Mapping[str, Any]) -> float:
    """Return the points of an item, those there would be but for a veto."""
    return float(item.get("reached", item["points"]))


def _loss(
    section: str, item: Mapping[str, Any], findings: Sequence[Mapping[str, Any]], left: float | None
) -> Loss:
    title = full_width(item.get("title") or item["rule"])
    reached = _reached(item)
    lost = round(item["max"] - reached, 1)
    note = _COST.sub("", full_width(item.get("note", ""))).rstrip("。")
    if item["status"] == "fatal":
        sentence = f"触犯“{title}”：{note or '一票否决'}。"
        sentence += "" if left is None else f"不计一票否决，其余各项得 {left:g} 分。"
    else:
        sentence = f"“{title}”满分 {item['max']:g} 分，得 {reached:g} 分，扣掉 {lost:g} 分"
        sentence += f"：{note}。" if note else "。"
    reasons = tuple(_reason(findings[place]) for place in item["evidence"] if place < len(findings))
    return Loss(section, item["rule"], title, lost, item["max"], sentence, reasons)


def _reason(finding: Mapping[str, Any]) -> Reason:
    return Reason(
        finding["turn"] + 1, finding["text"] or "", full_width(finding["message"]),
        full_width(finding["suggestion"]),
    )  # fmt: skip


def full_width(text: str) -> str:
    """Set our own words as Chinese is printed; signs between Latin letters or digits stay."""
    return _SIGN.sub(lambda sign: sign[0].translate(_FULL), text.translate(_BRACKETS))
