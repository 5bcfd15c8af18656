"""Lets an OpenAI-compatible endpoint put the customer's answers into its own words; off by default.

State and facts stay with the simulator: what comes back is used only if it says nothing the built-in
answer and the case don't say. Whatever goes wrong, the built-in words are said, and the reason is logged.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from assistant.errors import ConfigurationError
from assistant.practice.scenario import HARD_CASES, TYPES

if TYPE_CHECKING:
    from assistant.practice.room import Session
    from assistant.practice.scenario import Scenario

_LOG = logging.getLogger(__name__)
_LONGEST = 120  # characters of an answer
_MOST_BYTES = 65_536
_AGENT = re.compile(
    r"为您服务|请问有什么|您好[，,]?这里是|工号|我(们)?(帮|给|为)您|AI|人工智能|语言模型|助手|扮演"
)
_FIGURE = re.compile(
    r"[0-9]+|[零〇一二三四五六七八九十百千两]+(?=[点号天日元块个岁年月周次遍分钟小时成层楼栋室])"
)
_PROMPT = (
    "你在一场客服培训里扮演打电话的客户，只说客户的话。把给你的回答换成这个人会说的口语，意思、事实、数字都不变，不加新的"
    "事实，不替客服说话，不超过六十个字，只输出这一句话。"
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where answers are worded: the address of ``/chat/completions``, the model, a key, seconds to wait."""

    url: str
    model: str
    key: str = ""
    timeout_s: float = 4.0

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise ConfigurationError(f"no http address: {self.url}", code="bad-endpoint")

    def __call__(self, session: Session, built: str) -> str | None:
        """Return other words for `built`; None where they can't be had or can't be trusted."""
        try:
            said = self._ask(session, built)
        except (OSError, URLError, HTTPException, ValueError, KeyError, IndexError, TypeError) as error:
            _LOG.warning("the endpoint gave no wording: %s: %s", type(error).__name__, error)
            return None
        why = untrue(said, built, session.scenario)
        if why:
            _LOG.warning("the endpoint's wording isn't used: %s", why)
            return None
        return said

    def _ask(self, session: Session, built: str) -> str:
        case, customer = session.scenario, session.customer
        kind = TYPES[case.type] + (f"、{HARD_CASES[case.case]}" if case.case else "")
        feels = f"情绪 {customer.emotion}，强度 {customer.intensity:.2f}"
        told = f"客户：{case.customer}，{kind}，{feels}。案情：{case.story}"
        talk: list[dict[str, str]] = []
        for step in session.steps[-4:]:
            talk += [{"role": "user", "content": f"坐席：{step.said.text}"}]
            talk += [{"role": "assistant", "content": step.reply}]
        body = {
            "model": self.model, "temperature": 0.8, "max_tokens": 160, "seed": session.seed,
            "messages": [
                {"role": "system", "content": f"{_PROMPT}\n{told}"}, *talk,
                {"role": "user", "content": f"回答：{built}"},
            ],
        }  # fmt: skip
        headers = {"Content-Type": "application/json"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        request = Request(self.url, json.dumps(body).encode(), headers)  # noqa: S310 (http, see __post_init__)
        with urlopen(request, timeout=self.timeout_s) as answer:  # noqa: S310
            value: dict[str, Any] = json.loads(answer.read(_MOST_BYTES))
        return str(value["choices"][0]["message"]["content"]).strip()


def untrue(said: str, built: str, scenario: Scenario) -> str | None:
    """Return why `said` can't stand for `built`: empty, long, out of character, other facts; None if it can.

    Figures in it must stand in the built-in answer, and those of the answer in it: a customer neither
    invents an amount nor forgets to tell one.
    """
    if not said or "\n" in said or len(said) > _LONGEST:
        return "empty, several lines or too long"
    if _AGENT.search(said):
        return "out of character"
    invented = set(_FIGURE.findall(said)) - set(_FIGURE.findall(built))
    if invented:
        return f"figures nobody told: {', '.join(sorted(invented))}"
    lost = set(_FIGURE.findall(built)) - set(_FIGURE.findall(said))
    if lost:
        return f"figures left out: {', '.join(sorted(lost))}"
    names = [fact.id for fact in scenario.facts if fact.known.search(said) and not fact.known.search(built)]
    told = [fact.id for fact in scenario.facts if fact.opening]
    hidden = [name for name in names if name not in told]
    return f"facts not asked for: {', '.join(hidden)}" if hidden else None
