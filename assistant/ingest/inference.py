"""Roles from content: who speaks like an agent and who like a customer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.model import Speaker

if TYPE_CHECKING:
    from collections.abc import Sequence

# (weight, wording); both scripts, since a transcript may come in either.
_AGENT = (
    (
        5.0,
        (
            r"(?:为|為)您服(?:务|務)|工号|工號|(?:请|請)(?:问|問)有(?:什么|什麼)可以|"
            r"(?:欢迎|歡迎)(?:致电|致電|光临|再次)|感(?:谢|謝)您的(?:来|來)(?:电|電)"
        ),
    ),
    (
        3.0,
        (
            r"(?:请|請)稍(?:等|后|候)|(?:帮|幫)您|(?:给|給)您|(?:为|為)您|您稍等|让您久等|亲亲|亲[,，~～]|"
            r"我是.{0,10}(?:客服|话务员|专员|管家)"
        ),
    ),
    (
        2.0,
        (
            r"(?:请|請)(?:问|問)您|(?:请|請)您|您看|您放心|不客气|祝您|您这边|您那边|"
            r"(?:还|還)有(?:什么|其他).{0,6}(?:帮|幫)|(?:核实|核實|登记|登記|反馈)一下"
        ),
    ),
    (0.8, r"您|非常抱歉|(?:对|對)不起|感(?:谢|謝)您"),
)  # fmt: skip
_CUSTOMER = (
    (
        3.0,
        (
            r"(?:你|妳|您)(?:们|們)|我要(?:投诉|投訴|退|找|办|取消)|(?:凭|憑)什(?:么|麼)|骗人|差评|"
            r"你(?:给|給)我|我的(?:手机|快递|包裹|订单|钱|卡|宽带|车|套餐|房)"
        ),
    ),
    (
        2.0,
        (
            r"怎(?:么|麼)(?:还|還|回事|办|搞|这么|会|又)|我想(?:问|咨询|查|退|办)|(?:帮|给)我|什么时候|"
            r"你好[,，]?我|为什么|麻烦你|我(?:昨天|前天|上个?月|上周|买的|在.{1,6}买|家)"
        ),
    ),
    (
        1.0,
        (
            r"我要|我想|^喂|能不能|可不可以|有没有|多少钱|"
            r"^(?:嗯|哦|行|好吧|好的|对|是的|知道了|谢谢|算了)[。,，!！吧啊呀]*$"
        ),
    ),
)  # fmt: skip
_BOT = re.compile(
    r"请?按[0-9零一二三四五六七八九井*#]|请按|普通话服务|语音导航|智能(?:客服|助手)|(?:转|接)?人工(?:服务)?请"
)
_AGENT_CUES = tuple((weight, re.compile(pattern)) for weight, pattern in _AGENT)
_CUSTOMER_CUES = tuple((weight, re.compile(pattern, re.MULTILINE)) for weight, pattern in _CUSTOMER)
_ENOUGH = 200


def agentness(text: str) -> float:
    """Return how much `text` sounds like an agent (above 0) or like a customer (below 0)."""
    said = text[:1000]
    agent = sum(weight for weight, cue in _AGENT_CUES if cue.search(said))
    return agent - sum(weight for weight, cue in _CUSTOMER_CUES if cue.search(said))


def infer_roles(
    labels: Sequence[str | None], texts: Sequence[str], known: Sequence[Speaker | None]
) -> list[Speaker]:
    """Return a role for every turn; a given one (`known`) stays.

    Turns that share a label share a role. Turns with neither role nor label are judged one by one;
    one without any cue answers the turn before it.
    """
    by_label = _label_roles(labels, texts, known)
    roles: list[Speaker] = []
    for label, text, role in zip(labels, texts, known, strict=True):
        decided = role or (by_label.get(label) if label is not None else None)
        roles.append(decided or _single(text, roles[-1] if roles else None))
    return roles


def _single(text: str, previous: Speaker | None) -> Speaker:
    score = agentness(text)
    if abs(score) >= 1.0 or previous is None:
        return Speaker.AGENT if score >= 0 else Speaker.CUSTOMER
    return Speaker.CUSTOMER if previous is Speaker.AGENT else Speaker.AGENT


def _label_roles(
    labels: Sequence[str | None], texts: Sequence[str], known: Sequence[Speaker | None]
) -> dict[str, Speaker]:
    said: dict[str, list[str]] = {}
    for label, text, role in zip(labels, texts, known, strict=True):
        if label is not None and role is None and len(said.setdefault(label, [])) < _ENOUGH:
            said[label].append(text)
    roles = {label: Speaker.BOT for label, lines in said.items() if len(said) > 1 and _is_bot(lines)}
    scores = {
        label: sum(map(agentness, said[label])) / len(said[label]) for label in said if label not in roles
    }
    named = {role for role in known if role is not None}
    return roles | _share(scores, named)


def _share(scores: dict[str, float], named: set[Speaker]) -> dict[str, Speaker]:
    """Give the most agent-like label the agent's role; the first to speak wins a tie."""
    if not scores:
        return {}
    if len(scores) == 1 and Speaker.AGENT not in named and Speaker.CUSTOMER not in named:
        # one voice for the whole call: the diariser told nobody apart
        return {}
    agents = set() if Speaker.AGENT in named else {max(scores, key=lambda label: scores[label])}
    # after a transfer a second agent speaks; a third voice that doesn't sound like one is the customer's side
    least = min(scores, key=lambda label: scores[label])
    spare = [label for label in scores if label not in agents and label != least and scores[label] >= 1.5]
    agents |= set(spare)
    if Speaker.CUSTOMER in named and Speaker.AGENT not in named:
        agents = set(scores)
    return {label: Speaker.AGENT if label in agents else Speaker.CUSTOMER for label in scores}


def _is_bot(lines: list[str]) -> bool:
    return sum(bool(_BOT.search(line)) for line in lines) * 2 > len(lines)
