"""What matters for the next sentence: the customer's mood, what was refused, promised, asked.

A `Scene` is fed with the moments of a call and says the `Situation`; advice is chosen by its fields.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from assistant.nlp.complaint import GOES_ON
from assistant.procedure.definition import Moment

Mood = Literal["calm", "upset", "hot"]
# The customer's feeling: S0 "mood before matter".
_HOT = frozenset({"angry", "furious"})
_UPSET = frozenset({"dissatisfied", "disappointed", "anxious"})
_HOT_FROM, _UPSET_FROM = 0.62, 0.3
_SOLVING = frozenset({"action", "offer", "compensate", "escalate"})
# What an agent does before there is anything to accept or to refuse: a "yes" to it confirms, no more.
_BEFOREHAND = frozenset({
    "greeting", "identify", "ask_need", "listen", "empathy", "apology", "courtesy", "restate", "ask_detail",
    "ask_demand", "verify", "hold", "record",
})  # fmt: skip
_TELLING = frozenset({"explain", "inform", "deadline", "offer", "quote", "recommend", "order", "compensate"})
_CLOSING = frozenset({"anything_else", "satisfaction"})
_FADING = 0.5  # weight of the turns before when another one tells the kind of complaint
_STANDS_OUT = 0.4  # share from which a kind is sure enough for sentences of its own
_SURE_INQUIRY = 0.5  # an inquiry without the form of a question
_SUPERIOR = re.compile(
    r"(找|叫|让|换|要|喊|请|转)(个|你|你们|一下|你们的)*(领导|经理|主管|班长|负责人|老板|上级|能做主的|说了算的|管事的)"
    r"|(让|叫|请)他(自己)?(跟|来|给)(我|你们)"
)
_THREAT = re.compile(
    r"12315|12345|12378|12381|1236\d|消协|工商|市监|市场监管|工信部|银保监|监管|媒体|记者|曝光|抖音|微博|热搜|起诉|法院|律师|法庭|差评|网上发|发到网上|报警"
)
_ADVERSE = re.compile(
    r"(?<!行)(?<!可)(不|没)(行|同意|接受|可能|要这|要你|干)|凭什么|谁要|不够|太少|太久|等不了|不能接受|打发|糊弄|少来这套"
)


_CONSENTS = re.compile(
    r"^(嗯|哦|噢|那|就)*[,，\s]*(行|可以|好|成|中|没问题|没意见)(吧|的|啊|呀|嘞|了|呢)*([,，。!！~\s]|$)"
    r"|(?<!不)(就|也)(行|可以|好|成)(了|吧|啦)*[。!！~\s]*$|就这(么|样)(吧|定|办)|没(什么|啥)?(意见|不妥)"
    r"|^(那|行|好|嗯)*[,，\s]*我(就)?(再)?等(着|你|您|他|她|[一-龥]{1,4}的?(电话|消息|短信|通知|结果|答复))"
)
_NOTHING_MORE = re.compile(
    r"没有?(了|啦|其他|别的|什么)|^(嗯|哦|也|暂时|都)*没有?[。,，!！~\s]*$|不用了|不需要|(就|先)这(样|些)|谢谢|感谢"
)
_WANTS = re.compile(
    r"我(就|只|现在|还是)*(是)?(要(?!投诉|找|问|举报|去|跟|走)|想要|要求|希望)|必须(给|把|要)?"
)
_CALLS = re.compile(
    r"^((您|你)们?好|亲|喂|哈喽|嗨|hello|hi|nihao|还?在(吗|么|不在|嘛)|有人(在)?(吗|么)|人呢|客服|[?？,，。!！~\s])+$",
    re.IGNORECASE,
)
_SIGN = re.compile(r"^[?？,，。!！~\s]+$")
_HOLDING = re.compile(
    r"稍等|稍后|请等|等一?下|(查|看|问|咨询|核实)(一下|看看)|(帮|为|给)您?(查|看)下|(帮|为|给)您(查询|核实|咨询)"
    r"|我(去)?(问问|查查|看看)|(正在|马上).{0,6}(查|核实)"
)
_ENDING = 24  # characters at the end of an agent's turn that say what the customer is left with
_WHAT_NOW = re.compile(
    r"怎么(办|弄|搞|处理|解决|修|赔|退)|接下来|然后呢|打算怎|(退|赔|换|修|管)不(退|赔|换|修|管)|准话|准信"
    r"|给(我)?(一)?个(说法|答复|交代)|到底(什么时候|几点|怎么|能不能|行不行)"
)
_LEAVE = re.compile(r"(可以|行|好|成|同意)(吗|么|不)[?？\s]*$|(行|好|可|成)不(行|好|可以|成)[?？\s]*$")
_PONDERS = re.compile(r"考虑|想一?想|再看看|看看再|商量")
_CONFIRMS = re.compile(
    r"^(嗯|哎|唉|就)*[,，\s]*(对|是(?!不是|吗|谁|哪|什么)|没错|不错|可不|正是|就是|差不多|没漏|没别的|没有?了|就这)"
)
_LOOKED = re.compile(r"批号|批次|生产(日期|标准|记录)|录音|(服务|通话|派工|聊天|维修)记录|监控|台账")
_SHORT = 24  # characters of a simple question
_CORRECTS = re.compile(r"^(不是|不对|不,|不，|错了)|不是.{1,10}是|(你|您)(理解|搞|弄)错")
_QUESTION = re.compile(
    r"[?？]|(吗|呢|么)$|多少|几(点|天|号|个|时|块|张)|什么(时候|东西|意思|材料)|怎么(办|弄|走|用|算|查|开|交)|哪(里|儿|个|天|家)|啥时"
    r"|(能不能|要不要|可不可以|行不行|是不是|有没有|会不会|用不用).{0,10}$|为什么|为啥|((是|对|的)|(?<=.)(能|会|可以))吧[。~～]*$|对吗$"
)


def _mood(label: str, level: float, *, settled: bool) -> Mood:
    """Return the mood of a turn: its own feeling first, then the strain that lingers."""
    if label in _HOT:
        return "hot"
    if label in _UPSET:
        return "hot" if level >= _HOT_FROM and label != "anxious" else "upset"
    return "calm" if settled or level < _UPSET_FROM else "upset"


@dataclass(frozen=True, slots=True)
class Situation:
    """The moment an agent has to answer, after a customer's turn or before one."""

    mood: Mood = "calm"
    complaint: bool = False
    comforted: bool = False
    empathised: bool = False
    restated: bool = False
    confirmed: bool = False
    grieving: bool = False
    kind: str | None = None
    customer_type: str | None = None
    channel: str = ""
    danger: bool = False
    vent: bool = False
    refusals: int = 0
    refusing: bool = False
    asked_demand: bool = False
    beyond: bool = False
    superior: bool = False
    threat: bool = False
    question: bool = False
    calling: bool = False
    settled: bool = False
    simple: bool = False
    what_now: bool = False
    asked_leave: bool = False
    corrected: bool = False
    promised: bool = False
    accepted: bool = False
    agreed: bool = False
    arranged: bool = False
    leaving: bool = False
    handed_over: bool = False
    proposed: bool = False
    looked: bool = False
    waiting: bool = False
    parted: bool = False
    unheard: bool = False
    turns: int = 0


@dataclass(slots=True)
class Scene:
    """A call as its moments tell it, fed turn by turn."""

    customer_type: str | None = None
    channel: str = ""
    mood: Mood = "calm"
    complaint: bool = False
    comforted: bool = False
    empathised: bool = False
    restated: bool = False
    confirmed: bool = False
    grieving: bool = False
    danger: bool = False
    refusals: int = 0
    refusing: bool = False
    asked_demand: bool = False
    beyond: bool = False
    superior: bool = False
    threat: bool = False
    question: bool = False
    calling: bool = False
    settled: bool = False
    simple: bool = False
    what_now: bool = False
    asked_leave: bool = False
    corrected: bool = False
    promised: bool = False
    accepted: bool = False
    arranged: bool = False
    leaving: bool = False
    proposed: bool = False
    looked: bool = False
    waiting: bool = False
    parted: bool = False
    agent: str | None = None
    handed_over: bool = False
    agreed: bool = False
    done: frozenset[str] = frozenset()
    answered: bool = False
    asked: bool = False
    held: bool = False
    asks_leave: bool = False
    kinds: dict[str, float] = field(default_factory=dict)
    turns: int = 0

    def feed(self, moment: Moment, *, level: float, danger: bool, kinds: Mapping[str, float]) -> None:
        """Take a turn; `level` is the smoothed strain, `kinds` those of a complaining turn."""
        if moment.side == "customer":
            self._customer(moment, level, danger, kinds)
        else:
            self._agent(moment)

    def _customer(self, moment: Moment, level: float, danger: bool, kinds: Mapping[str, float]) -> None:
        self.turns += 1
        label = moment.emotion.label if moment.emotion else "calm"
        named = {intent.name for intent in moment.intents}
        text = moment.turn.text
        mood = _mood(label, level, settled="accept" in named)
        if mood == "hot" and self.mood == "calm":
            self.comforted = False
        self.mood = mood
        self.danger = danger
        self.grieving = bool(named & {"complaint", "criticism", "threat"})
        self.threat = bool(_THREAT.search(text)) or "threat" in named
        self.superior = self.superior or bool(_SUPERIOR.search(text))
        self.corrected = "restate" in self.done and ("refuse" in named or bool(_CORRECTS.search(text)))
        self._confirm(named, text)
        self._ask(moment)
        self._answer(named, text)
        self.leaving = "goodbye" in named
        self.parted = self.parted and (self.leaving or self.accepted) and not self.question
        self.answered = False
        if kinds:
            self.kinds = {name: share * _FADING for name, share in self.kinds.items()}
        for name, share in kinds.items():
            self.kinds[name] = self.kinds.get(name, 0.0) + share

    def _confirm(self, named: set[str], text: str) -> None:
        """See whether the customer confirms what was restated; one who goes on telling does not."""
        if self.corrected:
            self.confirmed = False
        elif "restate" in self.done:
            agrees = "accept" in named or bool(_CONFIRMS.search(text) or _WANTS.search(text))
            self.confirmed = self.confirmed or agrees

    def _ask(self, moment: Moment) -> None:
        """See whether the customer's words since the agent last spoke hold a question."""
        text = moment.turn.text
        sure = any(intent.name == "inquiry" and intent.score >= _SURE_INQUIRY for intent in moment.intents)
        asks = bool(_QUESTION.search(text)) or (sure and not _CONSENTS.search(text))
        self.calling = bool(_CALLS.search(text)) and not _SIGN.search(text)
        asks = asks and not self.calling
        self.question = asks or (self.question and not self.answered)
        self.simple = asks and len(text) <= _SHORT
        self.what_now = asks and bool(_WHAT_NOW.search(text))

    def _answer(self, named: set[str], text: str) -> None:
        """See what the customer says to a proposal: refuses or accepts it, demands something else."""
        proposal = not self.held and (bool(self.done - _BEFOREHAND) if self.done else not self.asked)
        settled = bool(self.done & _CLOSING and _NOTHING_MORE.search(text))
        adverse = "refuse" in named or bool(_ADVERSE.search(text))
        refused = adverse and self.proposed and proposal and not settled
        consents = bool(named & {"accept", "thanks"}) or bool(_CONSENTS.search(text))
        confirms = "restate" in self.done and bool(_CONFIRMS.search(text))
        consents = consents and not (confirms or GOES_ON.search(text) or _PONDERS.search(text))
        demands = "demand" in named or bool(_WANTS.search(text))
        still = not (self.answered or demands or self.grieving)  # what was said just before
        accepted = settled or (consents and proposal) or (still and self.accepted)
        self.accepted = accepted and not (refused or self.question)
        nothing_more = settled and "anything_else" in self.done
        self.settled = (nothing_more or (still and self.settled)) and self.accepted
        self.refusing = refused and not self.corrected
        if self.refusing:
            self.refusals += 1
            self.asked_demand = demands
            self.proposed = False
        elif self.accepted:
            self.refusals = 0
        self.asked_demand = self.asked_demand or demands
        self.agreed = self.agreed or (self.accepted and (self.proposed or self.promised))
        self.asked_leave = not self.held and ("agree_ask" in self.done or self.asks_leave)

    def _agent(self, moment: Moment) -> None:
        acts = frozenset(act.name for act in moment.acts)
        self.done = self.done | acts if self.answered else acts
        self.answered = True
        ending = moment.turn.text[-_ENDING:]
        self.asked, self.asks_leave = bool(_QUESTION.search(ending)), bool(_LEAVE.search(ending))
        if moment.turn.agent_id and self.agent and moment.turn.agent_id != self.agent:
            self.handed_over = True
        self.agent = moment.turn.agent_id or self.agent
        self.looked = self.looked or bool(_LOOKED.search(moment.turn.text))
        self.held = bool(_HOLDING.search(ending)) and not (self.asked or self.done & _TELLING)
        put_off = "vague" in self.done and not (self.asked or self.done & (_TELLING | _SOLVING))
        self.waiting = self.held or put_off
        if acts & {"restate", "ask_detail"}:
            self.handed_over = False
        if acts & {"empathy", "listen"}:
            self.comforted = True
        self.empathised = self.empathised or "empathy" in acts
        self.restated = self.restated or "restate" in acts
        if "ask_demand" in acts:
            self.asked_demand = True
        if acts & _SOLVING:
            self.proposed = True
        self.arranged = self.arranged or (
            (self.agreed or self.promised) and bool(acts & {"followup", "take_contact", "satisfaction"})
        )
        if "escalate" in acts:
            self.superior = False
        self.beyond = "beyond" in acts and "escalate" not in acts
        self.promised = self.promised or "deadline" in acts
        self.leaving = self.parted = "farewell" in acts

    @property
    def unheard(self) -> bool:
        return self.turns == 0

    def situation(self) -> Situation:
        """Return the situation as it stands."""
        fields: dict[str, Any] = {
            name: getattr(self, name)
            for name in Situation.__dataclass_fields__
            if name not in ("kind", "vent")
        }
        vent = self.mood == "hot" and self.proposed and not self.refusals
        return Situation(kind=self._kind(), vent=vent, **fields)

    def _kind(self) -> str | None:
        """Return the kind of complaint the newest turns speak of; None where no kind stands out."""
        if not self.kinds:
            return None
        kind = max(self.kinds, key=lambda name: (self.kinds[name], name))
        return kind if self.kinds[kind] >= _STANDS_OUT * sum(self.kinds.values()) else None
