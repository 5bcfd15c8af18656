"""What an agent does by saying something: empathise, restate, apologise, promise an action.

One model tells all acts of a sentence, several at once; the sentence is the evidence. Procedures and
prompts are built on acts, so their data lists no wordings but those a house insists on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assistant.nlp.features import SIZES, Grams, Voice, tidy

if TYPE_CHECKING:
    from assistant.nlp.linear import LinearModel

Acts = tuple[tuple[str, float], ...]  # names with probabilities
Chances = tuple[tuple[str, float, float], ...]  # and those from which they count

MODEL = "acts.npz"
# Act and what it is, in Chinese; the definitions stand in intents/acts/README.md.
ACTS = {
    "greeting": "问候",
    "identify": "自报家门",
    "ask_need": "询问需求",
    "listen": "倾听",
    "empathy": "共情",
    "apology": "致歉",
    "courtesy": "客套",
    "restate": "复述确认",
    "ask_detail": "询问细节",
    "ask_demand": "询问诉求",
    "verify": "核对信息",
    "hold": "请稍等",
    "explain": "解释",
    "action": "说明行动",
    "deadline": "承诺时限",
    "vague": "空泛承诺",
    "offer": "提出方案",
    "agree_ask": "征求同意",
    "compensate": "补偿",
    "escalate": "上报转交",
    "decline": "拒绝",
    "beyond": "超出权限",
    "take_contact": "留联系方式",
    "followup": "约定回访",
    "satisfaction": "询问满意",
    "anything_else": "询问其他",
    "thanks_feedback": "感谢反馈",
    "thanks_courtesy": "礼貌致谢",
    "farewell": "道别",
    "inform": "告知",
    "recommend": "推荐",
    "promote": "活动告知",
    "order": "确认订单",
    "invite": "邀约",
    "give_contact": "告知联系方式",
    "quote": "报价",
    "remind": "提醒",
    "record": "记录",
}
_CLAUSE = re.compile(r"[^。！？!?;；\n\r…~～\s]+[。！？!?;；\n\r…~～\s]*")
_LONG = 40  # characters without an end mark, as a recogniser leaves them
_STRETCH, _STEP = 28, 14
_LEAST = 2
_TAIL = 6  # characters of a question that only asks for a yes
_REMEMBERED = 512
_FAINT = 0.1  # probability below which an act isn't kept in mind


class Act(NamedTuple):
    """An act, its probability and the words start..end that show it."""

    name: str
    score: float
    start: int
    end: int


class ActModel:
    """Reads agents' turns, sentence by sentence."""

    def __init__(self, path: Path) -> None:
        """Serve the model at `path`, read when it is first needed."""
        self._path = path
        self._recent: dict[str, Chances] = {}

    @cached_property
    def model(self) -> LinearModel:
        """The weights; raises ConfigurationError for a file that is no model."""
        from assistant.nlp.linear import load_model

        return load_model(self._path)

    @property
    def fold(self) -> Mapping[int, str]:
        """Characters and the plain ones they stand for, as the model reads them."""
        return self.model.fold

    @property
    def sha256(self) -> str:
        return self.model.sha256

    def read(self, text: str) -> tuple[Act, ...]:
        """Return the acts of a turn in the order they are done, each once, at its surest words."""
        best: dict[str, Act] = {}
        for start, end in pieces(text):
            for name, score in self.acts_of(text[start:end]):
                known = best.get(name)
                if known is None or score > known.score:
                    best[name] = Act(name, score, start, end)
        return tuple(sorted(best.values(), key=lambda act: (act.start, -act.score)))

    def prepare(self, texts: Iterable[str]) -> None:
        """Read the turns of a conversation (or of the beginning of one) all at once."""
        self._hear(text[start:end] for text in texts for start, end in pieces(text))

    def acts_of(self, sentence: str) -> Acts:
        """Return the acts of one sentence with their probabilities."""
        return tuple((name, chance) for name, chance, least in self._chances(sentence) if chance >= least)

    def likely(self, sentence: str, least: float) -> tuple[tuple[str, float], ...]:
        """Return the acts of one sentence that have the probability `least`, sure or not."""
        return tuple((name, chance) for name, chance, _ in self._chances(sentence) if chance >= least)

    def _chances(self, sentence: str) -> Chances:
        """Return each act that isn't out of the question, its probability and that from which it counts."""
        known = self._recent.get(sentence)
        return self._hear((sentence,))[sentence] if known is None else known

    def _hear(self, sentences: Iterable[str]) -> dict[str, Chances]:
        """Read what isn't remembered of these sentences, and remember it."""
        model, recent = self.model, self._recent
        new = [sentence for sentence in dict.fromkeys(sentences) if sentence not in recent]
        if len(recent) + len(new) > _REMEMBERED:
            recent.clear()
        head = model.heads["act"]
        heard = {}
        voices = [(act_voice(sentence, model.fold),) for sentence in new]
        for sentence, scores in zip(new, model.read(voices), strict=True):
            chances = head.probabilities(scores).tolist()
            each = zip(head.labels, chances, head.thresholds, strict=True)
            heard[sentence] = tuple(found for found in each if found[1] >= _FAINT)
        recent.update(heard)
        return heard


def act_voice(sentence: str, fold: Mapping[int, str]) -> Voice:
    """Return what the model sees of a sentence."""
    return Voice(1.0, (Grams(f"^{tidy(sentence, fold)}$", SIZES),))


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield the sentences of a turn, long ones by stretches, too; a mere "对吗?" belongs to what it asks."""
    start, end = 0, 0
    for found in _CLAUSE.finditer(text):
        first, last = found.span()
        if end and last - first > _TAIL:
            yield from _parts(text, start, end)
            start = first
        elif not end:
            start = first
        end = last
    if end:
        yield from _parts(text, start, end)


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if end - start >= _LEAST:
        yield start, end
    if end - start > _LONG:
        yield from _stretches(text, start, end)


def _stretches(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a long sentence clause by clause in groups, or in windows where it has no commas either."""
    place = start
    while place < end:
        stop = min(place + _STRETCH, end)
        comma = max(text.rfind(mark, place + _STEP, stop) for mark in "，,、")
        if comma > place and stop < end:
            yield place, comma + 1
            place = comma + 1
        else:
            yield place, stop
            if stop == end:
                break
            place += _STEP
