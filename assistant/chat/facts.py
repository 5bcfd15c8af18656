"""What questions mean by short words, kept as data: data/chat/standard.yml; the knowledge answers them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.knowledge import KnowledgeBase

PARTS = ("deadlines", "severities", "duties", "situations", "families", "techniques", "procedures",
         "channels", "moments", "dangers", "matters")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """What a question may mean by one of its `words`.

    Title, text and source are those of the knowledge `entry` where it names one.
    """

    id: str
    words: tuple[str, ...]
    title: str = ""
    text: str = ""
    source: tuple[str, ...] = ()
    entry: str = ""
    severity: str = ""
    topic: str = ""
    mood: str = ""
    why: str = ""
    page: str = ""
    phrases: tuple[str, ...] = ()


Facts = Mapping[str, tuple[Fact, ...]]


def load_facts(path: Path, knowledge: KnowledgeBase) -> Facts:
    """Read the facts with what the knowledge says of them; raises KnowledgeError with every problem."""
    from assistant.chat.schema import FactsFile
    from assistant.errors import KnowledgeError
    from assistant.knowledge.loader import read_forms

    ((document, file),) = read_forms([path], FactsFile)
    facts: dict[str, tuple[Fact, ...]] = {}
    problems = []
    for part in PARTS:
        read = [each.compiled() for each in getattr(file, part)]
        for at, fact in enumerate(read):
            if fact.entry and knowledge.entry(fact.entry) is None:
                mark = document.mark((part, at, "entry"))
                problems.append(document.problem("unknown-entry", f"there is no entry {fact.entry}", mark))
        facts[part] = tuple(_answered(fact, knowledge) for fact in read)
    if problems:
        raise KnowledgeError(problems)
    return facts


def _answered(fact: Fact, knowledge: KnowledgeBase) -> Fact:
    entry = knowledge.entry(fact.entry)
    if entry is None:
        return fact
    return replace(fact, title=entry.title, text=filled(entry.answer), source=sources(entry.source))


_SLOT = re.compile(r"\{[^{}]+\}")
_DOCUMENTS = ("S0", "S1", "S2", "S3", "S4", "ours")


def sources(known: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of the standard an answer rests on; the documents themselves only where it has none."""
    return tuple(name for name in known if name not in _DOCUMENTS) or tuple(known)


def filled(sentence: str) -> str:
    """Return a sentence with a sign for each value that isn't known."""
    return _SLOT.sub("××", sentence)


def meant(entries: Sequence[Fact], text: str) -> tuple[Fact, ...]:
    """Return the entries a question means: those with the longest of their words in it."""
    lengths = {
        entry.id: max((len(word) for word in entry.words if word.lower() in text.lower()), default=0)
        for entry in entries
    }
    longest = max(lengths.values(), default=0)
    return tuple(entry for entry in entries if longest and lengths[entry.id] == longest)


_ELSEWHERE = re.compile(  # asks something else of a danger: for a check, a rewording, a level, a time
    r"能说|可以说|能不能说|换(个|一个|种)?说法|怎么改|改成|改得|违规|合规|忌语|扣.{0,2}分|打分|几分|多少|情绪|级别|哪一?级|算什么|算不算"
    r"|几天|几小时|多久|多长时间|由?谁(来)?(回访|批|审批|签字)|考考|做题|练(一?练|习)|对练|陪练|演练"
)
_ASKS = re.compile(r"怎么|咋|如何|什么|啥|第一步|下一步|该|办|应对|处理|应付|[?？]|吗$|呢$")
_TOLD = re.compile(
    r"^(刚才|现在|今天|这边|我这|有个|一个|这个|要是|如果|假如|遇到|碰到)*(客户|顾客|客人|业主|住户|租户|用户|乘客|车主|会员|有人|孩子|小孩|老人"
    r"|对方|他|她|家里|楼里|店里|现场|电梯)"
)
_SPARED = re.compile(
    r"(没|没有|未|并未|无)(有)?(任何)?(人|人员|造成|发生|大)*"
    r"(受伤|伤亡|伤着|伤到|着火|起火|漏电|中毒)"
)


def danger(facts: Facts, text: str) -> Fact | None:
    """Return the danger to life or property that a question tells of and asks what to do in."""
    if text.startswith("/") or _ELSEWHERE.search(text) or not (_ASKS.search(text) or _TOLD.search(text)):
        return None
    return _said(facts["dangers"], _SPARED.sub("", text))


def matter(facts: Facts, text: str) -> Fact | None:
    """Return what a question asks of the product itself: its deadlines, limits, pages."""
    return None if text.startswith("/") else _said(facts["matters"], text)


def _said(entries: Sequence[Fact], text: str) -> Fact | None:
    """Return the first entry one of whose words, regular expressions here, is in a text."""
    return next(
        (each for each in entries if any(re.search(word, text, re.IGNORECASE) for word in each.words)), None
    )
