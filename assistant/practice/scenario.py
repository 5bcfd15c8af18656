"""What a role-play is about once it is loaded: plain frozen values, importable without pydantic."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

CustomerType = Literal["dominant", "analytical", "sociable"]
HardCase = Literal["no_time", "harassed", "silent", "hopeless"]
Outcome = Literal["calmed", "settled", "open", "escalated", "hung_up"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
Trade = Literal[
    "telecom",
    "ecommerce",
    "express",
    "property",
    "dealer",
    "clinic",
    "insurance",
    "parking",
    "hotel",
    "training",
]
TRADES: Mapping[str, str] = {
    "telecom": "电信",
    "ecommerce": "电商售后",
    "express": "快递物流",
    "property": "物业",
    "dealer": "汽车4S店",
    "clinic": "医疗门诊",
    "insurance": "保险",
    "parking": "停车",
    "hotel": "酒店",
    "training": "培训机构",
}
TYPES: Mapping[str, str] = {"dominant": "主导型", "analytical": "分析型", "sociable": "社交型"}
HARD_CASES: Mapping[str, str] = {
    "no_time": "没时间",
    "harassed": "被骚扰怕了",
    "silent": "有怨不说",
    "hopeless": "觉得回访没用",
}
RESULTS: Mapping[str, str] = {
    "calmed": "客户平静下来，问题有了着落",
    "settled": "客户勉强接受，气还没消",
    "open": "通话结束，问题没有着落",
    "escalated": "客户要去别处投诉",
    "hung_up": "客户挂断了电话",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the customer knows.

    `about` is the topic of a question that asks for it, `asked` words of a question that mean just this,
    `known` the words by which the agent shows to have got it. A `key` fact has to be understood before a
    solution satisfies; `opening`: it is in the customer's first words.
    """

    id: str
    about: str
    tell: tuple[str, ...]
    ask: str
    known: re.Pattern[str]
    asked: re.Pattern[str] | None = None
    key: bool = False
    opening: bool = False


@dataclass(frozen=True, slots=True)
class Solution:
    """A way out: what an agent would `offer` (a clause of its own) and until when (`by`).

    It is heard where every one of the patterns `words` is found in one turn. `value` 1 meets the demand,
    less is a position the customer falls back to. `accept` are the customer's own words on it.
    """

    id: str
    offer: str
    by: str
    words: tuple[re.Pattern[str], ...]
    value: float = 1.0
    accept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objection:
    """What the customer answers to words of a certain kind, such as a voucher instead of a repair."""

    words: re.Pattern[str]
    say: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Must:
    """What a good call of this scenario contains: one of `acts`, or `words` of the agent."""

    what: str
    acts: frozenset[str] = frozenset()
    words: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """Turns of an agent and how the call then ends; run as a test."""

    name: str
    turns: tuple[str, ...]
    outcome: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One case: who calls, what happened, what is wanted, what solves it, where it goes wrong.

    `briefing` is what the trainee sees before the call, `story` what the trainer knows. `problem` restates
    the grievance in an agent's words; `grievance` is the same in the customer's. `handles` are short forms
    for the wordings (thing, since, who, act). `limit_s` seconds, then the customer has to go. `sha256` is
    that of the file it was read from.
    """

    id: str
    title: str
    trade: Trade
    channel: str
    difficulty: int
    source: tuple[str, ...]
    company: str
    agent_id: str
    customer: str
    type: CustomerType
    case: HardCase | None
    feeling: str
    intensity: float
    outbound: bool
    limit_s: float
    briefing: str
    story: str
    problem: str
    grievance: tuple[str, ...]
    opening: tuple[str, ...]
    vent: tuple[str, ...]
    handles: Mapping[str, str]
    facts: tuple[Fact, ...]
    demands: tuple[tuple[str, ...], ...]
    solutions: tuple[Solution, ...]
    objections: tuple[Objection, ...]
    threats: tuple[str, ...]
    must: tuple[Must, ...]
    examples: tuple[Example, ...]
    sha256: str = ""

    @property
    def meta(self) -> dict[str, str]:
        """What the fold is told of the call."""
        return {
            "company": self.company,
            "agent_id": self.agent_id,
            "customer": self.customer,
            "customer_type": self.type,
            "direction": "out" if self.outbound else "in",
        }

    def fact(self, name: str) -> Fact:
        """Return a fact; raises KeyError."""
        return {fact.id: fact for fact in self.facts}[name]

    def solution(self, name: str) -> Solution:
        """Return a solution; raises KeyError."""
        return {solution.id: solution for solution in self.solutions}[name]
