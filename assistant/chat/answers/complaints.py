"""Answers about complaints: deadlines, gravity, who does what, and further knowledge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.chat.advisor import Reply
from assistant.chat.facts import filled, meant, sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.chat.advisor import Advisor, Asked
    from assistant.chat.facts import Fact

_AND = re.compile(r"^那?(么|要是)?.{1,6}?(的)?(呢|呀|又)[?？。]?$")  # 那重大的呢
_OURS = "我们的归纳"
_SURE = 0.4  # how well an entry of the knowledge base has to fit
_NEAR = 0.15  # from which on an entry is offered
_SURER = 0.7  # how well it has to where short words of the question would do


def cited(source: Sequence[str]) -> str:
    """Return where an answer stands."""
    return f"（依据 {'、'.join(_OURS if name == 'ours' else name for name in source)}）" if source else ""


def _listed(kind: str, head: str, entries: Sequence[Fact]) -> Reply:
    sign = "· " if len(entries) > 1 else ""
    lines = [f"{sign}{entry.text}{cited(entry.source)}" for entry in entries]
    data = {"kind": kind, "entries": [entry.id for entry in entries],
            "source": [source for entry in entries for source in entry.source]}  # fmt: skip
    return Reply(head + "\n".join(lines), (), data, topic=kind)


def looked_up(
    advisor: Advisor, question: str, *, least: float = _SURE, kind: str = "knowledge"
) -> Reply | None:
    """Return the answer of the knowledge, None where it isn't as sure as `least`."""
    found = advisor.knowledge.answer(question) if advisor.knowledge and question else None
    if found is None or found.confidence < least:
        return None
    source = sources(found.sources)
    buttons = tuple((entry.title, entry.ask[0]) for entry in found.follow_ups)
    data = {"kind": kind, "entries": [found.entry.id], "source": list(source)}
    return Reply(filled(found.text) + cited(source), buttons, data, topic=kind)


def deadline(advisor: Advisor, asked: Asked) -> Reply:
    """Say until when something has to be done."""
    known = looked_up(advisor, asked.text, least=_SURER, kind="deadline")
    if known is not None:
        return known
    found = meant(advisor.facts["deadlines"], asked.words)
    if found:
        return _listed("deadline", "", found)
    grades = [each for each in advisor.facts["deadlines"] if each.id in ("minor", "important", "grave")]
    return _listed("deadline", "投诉时限按级别分：\n", grades)


def severity(advisor: Advisor, asked: Asked) -> Reply:
    """Say how grave a complaint is, or how that is decided."""
    if asked.slots.get("topic") == "deadline" and _AND.match(asked.text):
        return deadline(advisor, asked)
    entries = advisor.facts["severities"]
    found = meant(entries, asked.words)
    if not found or len(found) == len(entries):
        return _listed("severity", "投诉分三级，看安全、影响面、次数和金额，不看客户嗓门大小：\n", entries)
    named = tuple(each for each in entries if each.title in asked.words)
    if len(named) > 1:  # how they differ
        return _listed("severity", "", named)
    graver = found[-1]
    reply = _listed("severity", "", (graver,))
    tail = "\n拿不准时就高不就低，先报主管。"
    return Reply(
        reply.text + tail,
        (("这个级别几天办完", f'/ask_deadline{{"severity": "{graver.title}"}}'),),
        reply.data,
        topic="severity",
    )


def escalation(advisor: Advisor, asked: Asked) -> Reply:
    """Say who handles, approves, is told."""
    known = looked_up(advisor, asked.text, least=_SURER, kind="duty")
    if known is not None:
        return known
    found = meant(advisor.facts["duties"], asked.words)
    usual = [each for each in advisor.facts["duties"] if each.id in ("agent", "approve")]
    return _listed("duty", "", found[:2] or usual)


def knowledge(advisor: Advisor, asked: Asked) -> Reply:
    """Answer from the knowledge base; say so where nothing fits."""
    known = looked_up(advisor, asked.text)
    if known is not None:
        return known
    near = advisor.knowledge.rank(asked.text, 3) if advisor.knowledge and asked.text else ()
    buttons = tuple((each.entry.title, each.entry.ask[0]) for each in near if each.confidence >= _NEAR)
    offered = "，也可能您想问下面这些" if buttons else ""
    text = f"这个我不知道：服务标准里没有对得上的条目。换个说法再问问，或者问您的班长{offered}。"
    return Reply(text, buttons, {"kind": "unknown"})
