"""Drafts a scenario from a stored call: the customer's masked words where they fit, marked gaps elsewhere.

What comes out is YAML that the loader accepts, for a trainer to go over: each line to look at carries 待改.
"""

from __future__ import annotations

import json
import re
from functools import cache
from string import Template
from typing import TYPE_CHECKING, Any

from assistant.model import Speaker
from assistant.text.segment import Segmenter, sentences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from assistant.model import Turn

_MASK = re.compile(r"\[[^\]]*\]|[{}]")
_WORDY = re.compile(r"[\u4e00-\u9fff]")
_END = "。！？!?…~"
_SHORT, _LONG = 5, 90
_SAID = 24
"""Sentences of the customer that are looked at."""
_FIRST, _WHOLE = 4, 10
"""The matter is told in one of the first sentences, one of so many characters at least."""
_NAMES = 4
_STOP = frozenset(
    [
        "我们",
        "你们",
        "他们",
        "咱们",
        "这个",
        "那个",
        "这样",
        "那样",
        "怎么",
        "什么",
        "为什么",
        "已经",
        "还是",
        "就是",
        "不是",
        "没有",
        "可以",
        "现在",
        "一下",
        "一个",
        "时候",
        "知道",
        "觉得",
        "因为",
        "所以",
        "但是",
        "如果",
        "然后",
        "到底",
        "还有",
        "起来",
        "出来",
        "自己",
        "有人",
        "东西",
        "客服",
        "电话",
        "问题",
        "事情",
        "这么",
        "那么",
        "真的",
        "的话",
        "可能",
        "应该",
        "能不能",
        "是不是",
    ]
)
_GREETING = re.compile(r"^(喂|你好|您好|嗯+|对|是的?|好的?|行|哦|啊|谢谢|再见)[，,。！!？?]*$")
_HELLO = re.compile(r"^(喂|你好|您好|嗯|哦|那个)[，,！! ]+")
_DEMANDING = re.compile(r"要求|我要|给我|必须|赔|退|换|道歉|说法|尽快|马上|今天")
_THREAT = re.compile(r"投诉|曝光|12315|工信部|媒体|起诉|律师|差评|举报|消协")
_FACTS: tuple[tuple[str, str, re.Pattern[str], str, str], ...] = (
    ("when", "time",
     re.compile(r"\d+[月号天点]|[一二三四五六七八九十两几]+[天周个月号点]|昨天|今天|前天|上周|上个月"),
     "请问是什么时候的事？", "昨天的事。"),
    ("sum", "amount", re.compile(r"\d+(\.\d+)?(块|元)|[一二三四五六七八九十百千万两]+(块|元)"),
     "请问涉及多少金额？", "具体多少我得看一下账单。"),
    ("before", "history", re.compile(r"打过|找过|反映|上次|之前|第[二三四五]次|说过|答应"),
     "请问您之前联系过我们吗？", "之前打过一次电话，没有下文。"),
)  # fmt: skip
_CHANNELS = frozenset({"hotline", "callback", "chat", "ecommerce"})


_DRAFT = Template("""\
# 根据一通电话起草，原话已经脱敏。请把标着“待改”的地方改好，再试练、发布。
scenario: $id
title: $title  # 待改：一句话说清是什么事
trade: telecom  # 待改：telecom ecommerce express property dealer clinic insurance parking hotel training
channel: $channel
difficulty: 2
company: $company
agent_id: $agent
# 待改：称呼不要用真名；type 是 dominant（主导型）、analytical（分析型）或 sociable（社交型）
customer: {name: 王女士, type: dominant, feeling: $feeling, intensity: $intensity}
outbound: $outbound
briefing: $briefing  # 待改：学员事先知道什么
# 待改：事情的来龙去脉，只有培训师和扮演客户的人看得到
story: $story
problem: $problem  # 待改：坐席怎样复述这件事
grievance: $grievance
opening:  # 待改：客户开口的第一句，至少两种说法
$opening
vent:  # 待改：让客户说下去时，他还会说什么
$vent
handles: {thing: 这件事, since: 好几天了, who: 我, act: 处理}  # 待改：客户嘴里的简称
facts:  # 待改：客户知道什么，坐席要问到什么；key 是必须弄清的
- id: matter
  about: detail
  opening: true
  key: true
  known: $known
  ask: 请问具体是什么情况？
  tell: $grievance
$facts
demands:  # 待改：先要什么，退一步要什么
- $demand
- [至少告诉我什么时候能办好，由谁来办。]
solutions:  # 待改：怎样才算解决；坐席的话要同时含有 words 的每一项
- id: fix
  offer: 这件事由我负责，马上为您核实处理
  by: 今天下午五点前
  words: [核实|处理, 负责|马上]
  value: 1
- id: lead
  offer: 把您的工单升级给主管督办，由主管给您答复
  by: 今天下班前
  words: [主管|升级|督办, 答复|回电]
  value: 0.7
objections:
- {words: 优惠券|积分|代金券, say: [我不要这些，我要你们把事情办好。]}
threats:
$threats
must: [empathy, apology, restate, deadline, followup]
examples:
- name: 先处理心情再处理事情
  outcome: [calmed, settled]
  turns:
  - 您好，很高兴为您服务，请问有什么可以帮您？
  - 让您一直等到现在，换了谁都会着急，您请说，我听着。
  - 我跟您核对一下：{problem}，对吗？
  - "{ask:when}"
  - 给您添了这么多麻烦，真的非常抱歉。
  - "{ask:before}"
  - 给您这样办：{offer:fix}，{by:fix}给您结果，您看可以吗？
  - 感谢您把情况告诉我们，办好以后我亲自给您回电，打您这个号码方便吗？
  - 好的，感谢您的来电，再见。
- name: 让客户等通知
  outcome: [open, hung_up, escalated]
  turns: [您好，请讲。, 我们会尽快处理的。, 您等通知就行。, 再见。, 再见。]
""")


def draft_of(
    turns: Sequence[Turn], report: Mapping[str, Any], *, meta: Mapping[str, Any], taken: Collection[str]
) -> str:
    """Return the YAML text of a draft; `report` is the call's, `taken` are ids the draft may not have."""
    said = [text for turn in turns if turn.role is Speaker.CUSTOMER for text in _sentences(turn.text)][:_SAID]
    words = _by_strength(turns, report) or said or ["这件事一直没有人处理。"]
    core = next((text for text in said[:_FIRST] if len(text) >= _WHOLE), words[0])
    threats = [text for text in said if _THREAT.search(text)]
    demands = [text for text in said if _DEMANDING.search(text) and text not in threats and text != core]
    vents = [text for text in said if text != core and text not in threats]
    agent = str(meta.get("agent_id") or "")
    return _DRAFT.substitute(
        id=_free(taken),
        title=_quoted(_bare(core)[:40]),
        channel=report["channel"] if report["channel"] in _CHANNELS else "hotline",
        company=_quoted(_shown(str(meta.get("company") or "")).strip()[:60] or "本公司"),
        agent=_quoted(agent if re.fullmatch(r"[0-9]{3,6}", agent) else "1001"),
        feeling=_feeling(report),
        intensity=_intensity(report),
        outbound="true" if meta.get("direction") == "out" else "false",
        briefing=_quoted(f"客户反映：{_bare(core)}。请您接待。"),
        story=_quoted("".join(said)[:560] or core),
        problem=_quoted(_agents(core)),
        grievance=_list([core]),
        opening=_items([core, *words[:2], "我这事到底还有没有人管？", "你们到底怎么回事？"], 2),
        vent=_items(
            [*vents, "我等到现在，没有一个人给我准话。", "换了你，你急不急？", "每次都是让我等。"], 4
        ),
        known=_quoted(_keys(core)),
        facts="\n".join(_facts(said)),
        demand=_list([*demands, "今天就给我一个明确的答复。"][:1]),
        threats=_items([*threats, "再没有结果，我就去投诉。", "你们领导是谁，我要找你们领导。"], 2),
    )


def _sentences(text: str) -> Iterator[str]:
    """Yield the sentences that may be used as they are: not masked, neither greetings nor fragments."""
    for start, end in sentences(text):
        said = _shown(text[start:end]).strip()
        if _MASK.search(said) or _GREETING.match(said) or not _WORDY.search(said):
            continue
        said = _HELLO.sub("", " ".join(said.split()))
        if said[-1] not in _END:
            said = said.rstrip("，,；;、 ") + "。"
        if _SHORT <= len(said) <= _LONG:
            yield said


def _shown(text: str) -> str:
    """Return a text without signs that aren't seen: YAML takes none of them."""
    return "".join(sign for sign in text if sign.isprintable() or sign == "\u3000")


def _by_strength(turns: Sequence[Turn], report: Mapping[str, Any]) -> list[str]:
    """Return the customer's sentences, those of the turns that show most emotion first."""
    felt = {turn["index"]: turn["emotion"]["intensity"] for turn in report["turns"] if turn.get("emotion")}
    spoken = [turn for turn in turns if turn.role is Speaker.CUSTOMER]
    ordered = sorted(spoken, key=lambda turn: (-felt.get(turn.index, 0.0), turn.index))
    return [text for turn in ordered for text in _sentences(turn.text) if not _THREAT.search(text)]


def _facts(said: Sequence[str]) -> Iterator[str]:
    for name, about, sign, ask, otherwise in _FACTS:
        found = next((text for text in said if sign.search(text)), None)
        heard = sign.search(found) if found else None
        known = (
            re.escape(heard[0])
            if heard
            else {"when": "昨天", "sum": "金额|账单", "before": "之前|电话"}[name]
        )
        key = ", key: true" if name != "sum" else ""
        yield (
            f"- {{id: {name}, about: {about}{key}, known: {_quoted(known)}, ask: {ask}, "
            f"tell: {_list([found or otherwise])}}}"
        )


@cache  # its dictionary takes a while to read
def _segmenter() -> Segmenter:
    return Segmenter()


def _keys(core: str) -> str:
    """Return a pattern of the words that carry a sentence."""
    words = [word for word in _segmenter().cut(_bare(core)) if len(word) > 1 and word not in _STOP]
    kept = sorted(dict.fromkeys(words), key=len, reverse=True)[:_NAMES] or [_bare(core)[:6]]
    return "|".join(map(re.escape, kept))


def _agents(core: str) -> str:
    """Return the grievance as an agent would say it back."""
    return "您反映的情况是，" + _bare(core).replace("你们", "我们").replace("我", "您").replace(
        "您们", "我们"
    )


def _feeling(report: Mapping[str, Any]) -> str:
    label = ((report.get("emotion") or {}).get("peak") or {}).get("label")
    return label if label in {"anxious", "disappointed", "angry", "furious"} else "dissatisfied"


def _intensity(report: Mapping[str, Any]) -> float:
    value = ((report.get("emotion") or {}).get("peak") or {}).get("intensity", 0.6)
    return round(min(0.9, max(0.4, float(value))), 2)


def _free(taken: Collection[str]) -> str:
    number = 1
    while f"house-{number}" in taken:
        number += 1
    return f"house-{number}"


def _bare(text: str) -> str:
    return text.rstrip(_END + "，,")


def _items(texts: Sequence[str], most: int) -> str:
    return "\n".join(f"- {_quoted(text)}" for text in list(dict.fromkeys(texts))[:most])


def _list(texts: Sequence[str]) -> str:
    return "[" + ", ".join(map(_quoted, texts)) + "]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a YAML one
