"""What a customer hears in an agent's turn: the fold's findings and the acts, held against the case.

A word alone does nothing: a sentence counts by what it does (its acts) and by what it has to do with
the case (facts, solutions). Piled-up keywords and sentences said before are heard as what they are.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.model import Finding, Severity
from assistant.nlp.acts import pieces
from assistant.practice.offers import Offer, enough, offer_of
from assistant.practice.scenario import Fact, Scenario
from assistant.practice.topics import ACT_WORDS, CONCRETE, KEYWORDS, PROGRESS, REQUEST, TOPICS, VAGUE, VOUCHES

_ASKING = frozenset({"ask_detail", "verify", "ask_need"})
_OTHER_QUESTIONS = frozenset({
    "agree_ask", "ask_demand", "anything_else", "satisfaction", "take_contact", "followup",
})  # fmt: skip
_SOLVING = frozenset({"action", "offer", "compensate", "escalate", "order", "invite"})
_OFFERING = _SOLVING | {"deadline", "agree_ask"}
_TELLING = frozenset(
    {"restate", "empathy", "apology", "record", "explain", "ask_detail", "verify", "listen", "inform"}
)  # fmt: skip
_BACKWARD = frozenset({"restate", "apology", "empathy"})  # sentences that look back offer nothing
_RESTATES = re.compile(
    r"您(是说|的意思|反映|刚才(说|提)|说的(是|情况))|我?(跟您|给您)?(核对|复述|确认)一[下遍]|也就是说"
)
_QUESTION = re.compile(r"[?？]|(吗|呢|么)[。,，]?$")
_ASKS_BACK = re.compile(r"(对吗|是吗|对不对|是吧|对吧|是这样吗)[?？。]?$")
_KIND = frozenset({"empathy", "apology", "thanks_feedback"})
CIVIL = _KIND | {
    "listen",
    "agree_ask",
    "ask_demand",
    "followup",
    "satisfaction",
    "take_contact",
    "give_contact",
}
FELT = frozenset(f"B-{number}" for number in (*range(1, 8), 9, 10, *range(12, 21), 22, 23))
"""Families of banned phrases a customer takes offence at."""
_LEAVE = re.compile(
    r"((可以|行|好|成|合适|愿意|接受|同意|满意|妥当)(吗|么|吧|不|呀|啊)*|(好不好|行不行|成不成|中不中|要得不|合不合适|可不可以|好伐)(呀|啊|呢|嘛)?"
    r"|(意下如何|怎么样|可好|是否可行|是否同意|是否接受|是否妥当|您看呢))[?？。]?$"
)
_INDIRECT = re.compile(
    r"(就|才|好|来|能)(能)?(知道|看出|清楚|明白|弄清|查出|判断)[^，。？?]*(哪|什么|谁|怎么)[^？?]*$"
)
_ASKS = re.compile(r"什么|哪|多少|怎么|几(点|天|个|号)|有没有|是不是|请问|为何|为什么")
_GOODBYE = re.compile(r"(再见|再会|拜拜)[。！!~～]*$")
_NAME = re.compile(r"贵姓|怎么称呼|您(的)?(姓名|名字)|您姓什么")
_PHONE = re.compile(
    r"(电话|手机|号码|联系方式)[^，。]{0,6}(多少|几|什么|报|留|念|提供|给我)|(报|留|念|提供|告诉)[^，。]{0,8}(电话|手机|号码|联系方式)"
)
_SORRY = re.compile(
    r"歉|对不起|对不住|不好意思|赔(个|您)?(不是|罪|礼)|过意不去|愧|辜负|怪(我|我们)|怨(我|我们)|理亏|(我|我们|公司)[^，。]{0,8}"
    r"(错|疏|失误|没做|没有做|没弄|没安排|没照顾|不周|不到位|不好|的锅|责任|不是|大意|失信|没到家)"
)
"""An apology takes the blame or says sorry; a promise in solemn words is none."""
_MEANT_WELL, _LIKELY = frozenset({"empathy", "listen", "give_contact"}), 0.22
"""Acts that are taken for meant, and the probability that is enough: people hear them in many words."""
_CHECKS = re.compile(r"[听说讲][^，。?？]{0,4}(明白|清楚|懂)")
_AGAIN = re.compile(
    r"(?<![要让得想])我(可以|就|也)?再(给|跟|同|为)您|没(说|讲|交代)清|(哪|有)[^，。?？]{0,5}(没|不)[^，。?？]{0,3}(懂|清楚|明白|放心)"
    r"|放心不下|还有(什么|哪|啥|其他)[^，。?？]{0,6}(问|补充|了解|帮)"
)
"""Who asks whether it was understood and offers to say it again, or asks what is left, is only careful."""
_ABOUT_US = re.compile(r"遗漏|漏|含糊|清楚|明白|清晰|准确|补充|对得上|我(说|讲|记|听|理解)")
"""Asks for a judgement of what the agent said."""
_AGREES = re.compile(
    r"^(对的?|是的?|没错|就是|可以|行|能|好的?|成|没问题|一定|当然|照您|按您)([，。,！!]|这|就|都|按|照|给|说)"
    r"|说到做到|答应您"
)
"""Says yes to terms the customer has just named."""
_HEDGES = re.compile(
    r"登记|记下|反映|反馈|问问|看看|请示|申请|商量|尽量|争取|催|应该|可能|再说|不过|但是?|先"
)
"""Takes back half of a yes."""
_AS_ASKED = re.compile(
    r"(按|照|依)着?(您|你)(说的|的意思|的要求|这条|提的)[^，。？?]{0,6}(办|来|做|弄)|就是(您|你)(要|说)的|您(说|提|要)的[^，。？?]{0,8}(都|全)[^，。？?]{0,4}(办|做|给|答应)"
)
"""Promises what the customer asked for, by no other words than these."""
_PLAINLY = re.compile(r"^(那|要不|要么|我|我们|这样|就|先|行了|好了|，|,)*(给您)?[退赔补换免减](给)?您")
_ECHO = "echo"  # beside the acts: the sentence says the grievance again
_ECHOED = 0.5  # share of the grievance's character pairs
_GRAMS = 2
_ALIKE = 0.62  # share of character pairs from which two turns are one sentence said twice
_SHORT = 6  # characters: shorter turns may be repeated
_PILED_UP = 4  # kinds of keywords in a turn ...
_DENSE = 9  # ... with so few characters for each
_LIST_TOKEN, _LIST = 5, 6  # characters of an item and items of a turn that is a mere list
_LISTED = 0.7
_SPLIT = re.compile(r"[,，、。;；!！?？\s]+")


class ActReader(Protocol):
    """Tells the acts of one sentence with their probabilities; `likely`: those of at least this one."""

    def acts_of(self, sentence: str) -> tuple[tuple[str, float], ...]: ...

    def likely(self, sentence: str, least: float) -> tuple[tuple[str, float], ...]: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """An agent's turn as the customer takes it.

    `asked` are facts asked for, `again` those asked for that had been told; `blank` is the topic of a
    question the customer knows no answer to. `understood` are the facts the agent shows to have got,
    `restates` that the case was put in the agent's words, `related` that the turn speaks of the case.
    `solution` names what was offered, `offer` is something definite that isn't in the scenario; `remedy`:
    something is done, `gift`: something is given, `concrete`: a time was named, `progress`: a step that helps
    by itself, such as getting out of danger; `vouches`: gives something to hold the agent to; `agrees`: says
    yes, `as_asked`: promises what the customer asked for.
    """

    text: str
    acts: frozenset[str]
    offences: tuple[Finding, ...] = ()
    asked: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    blank: str | None = None
    understood: frozenset[str] = frozenset()
    restates: bool = False
    related: bool = False
    solution: str | None = None
    offer: Offer | None = None
    remedy: bool = False
    gift: bool = False
    concrete: bool = False
    progress: bool = False
    agrees: bool = False
    as_asked: bool = False
    vague: bool = False
    vouches: bool = False
    stuffed: bool = False
    repeated: bool = False
    gap_s: float | None = None


def hear(
    text: str,
    scenario: Scenario,
    acts: ActReader,
    *,
    told: Collection[str],
    before: Sequence[str],
    findings: Sequence[Finding] = (),
    gap_s: float | None = None,
) -> Heard:
    """Return what the customer hears in `text`.

    `told` are the facts already told, `before` the agent's earlier turns, `findings` those of the fold in
    this turn, `gap_s` seconds since the customer spoke.
    """
    sentences = _sentences(text, acts, scenario)
    done = frozenset(name for _, names in sentences for name in names)
    if _GOODBYE.search(text):
        done |= {"farewell"}
    stuffed = _stuffed(text)
    forward = [(said, names) for said, names in sentences if not (names & _BACKWARD) or names & _SOLVING]
    does = frozenset(name for _, names in forward for name in names)
    said_forward = "".join(said for said, _ in forward)
    solution = None if stuffed else _solution(said_forward, scenario, does)
    offered = "".join(said for said, names in forward if _may_offer(said, names))
    opening = not before
    if opening:
        done -= {"ask_demand"}
    asked, again, blank = ((), (), None) if stuffed or opening else _questions(sentences, scenario, told)
    understood = frozenset() if stuffed else _understood(sentences, scenario)
    concrete = (
        not opening
        and bool(does & (_SOLVING | {"deadline", "followup", "order"}))
        and any(CONCRETE.search(said) for said, _ in forward)
    )
    return Heard(
        text=text,
        acts=done,
        offences=_offences(findings, text, sentences),
        asked=asked,
        again=again,
        blank=blank,
        understood=understood,
        restates="restate" in done or bool(understood and _RESTATES.search(text)),
        related=bool(understood) or _names(text, scenario),
        solution=solution,
        offer=None if stuffed or solution or not offered else offer_of(offered, scenario),
        remedy=bool(does & _SOLVING),
        gift=bool(does & {"offer", "compensate"}),
        concrete=concrete and not stuffed,
        progress=not stuffed and bool(PROGRESS.search(text)),
        agrees=not stuffed and bool(_AGREES.search(text)) and not _HEDGES.search(text),
        as_asked=not stuffed and bool(_AS_ASKED.search(said_forward)) and not _ASKS_BACK.search(text),
        vague=not concrete and any("vague" in names or VAGUE.search(said) for said, names in forward),
        vouches=not stuffed and bool(VOUCHES.search(text)),
        stuffed=stuffed,
        repeated=not asked and any(alike(text, earlier) for earlier in before),
        gap_s=gap_s,
    )


def _may_offer(said: str, names: frozenset[str]) -> bool:
    """Whether a sentence may offer something: by its acts, or in so many words (退您三百)."""
    if names & _OFFERING:
        return bool(names & _SOLVING) or "followup" not in names
    return bool(_PLAINLY.search(said))


def alike(one: str, other: str) -> bool:
    """Whether two turns are nearly the same words."""
    if len(one) < _SHORT or len(other) < _SHORT:
        return False
    first, second = _pairs(one), _pairs(other)
    return len(first & second) >= _ALIKE * min(len(first), len(second)) and (
        len(first & second) >= _ALIKE * 0.75 * max(len(first), len(second))
    )


def _pairs(text: str) -> set[str]:
    plain = _SPLIT.sub("", text)
    return {plain[at : at + _GRAMS] for at in range(max(1, len(plain) - 1))}


def _sentences(text: str, acts: ActReader, scenario: Scenario) -> list[tuple[str, frozenset[str]]]:
    """Return sentences and stretches of long ones with their acts.

    A stretch of a restatement restates; a sentence that says a solution of the case and asks nothing acts.
    """
    found: list[tuple[str, frozenset[str]]] = []
    restated = 0
    for start, end in pieces(text):
        said = text[start:end]
        names = _acts(said, acts)
        if _echoes(said, scenario.problem):
            restated, names = max(restated, end), names - _SOLVING | {"restate", _ECHO}
        elif end <= restated or (_ASKS_BACK.search(said.strip()) and _RESTATES.search(said)):
            restated, names = max(restated, end), names - _SOLVING | {"restate"}
        elif _offers(said, scenario):
            names = names - {"restate"} | ({"action"} if not names & _SOLVING else set())
        elif "restate" in names and not names & _SOLVING:
            restated = max(restated, end)
        found.append((said, names))
    return found


def _acts(sentence: str, acts: ActReader) -> frozenset[str]:
    known = frozenset(name for name, _ in acts.acts_of(sentence))
    known |= _MEANT_WELL.intersection(name for name, _ in acts.likely(sentence, _LIKELY))
    if "apology" in known and not _SORRY.search(sentence):
        known -= {"apology"}
    heard = (name for name, words in ACT_WORDS.items() if name not in known and words.search(sentence))
    return known.union(heard)


def _echoes(sentence: str, problem: str) -> bool:
    """Whether a sentence says the grievance again, by its pairs of characters."""
    wanted = _pairs(problem)
    return len(wanted & _pairs(sentence)) >= _ECHOED * len(wanted)


def _offers(sentence: str, scenario: Scenario) -> bool:
    """Whether a sentence says a solution and neither asks nor looks back."""
    if _ASKS_BACK.search(sentence.strip()) or _ASKS.search(sentence):
        return False
    return any(all(words.search(sentence) for words in one.words) for one in scenario.solutions)


def _offences(
    findings: Sequence[Finding], text: str, sentences: Sequence[tuple[str, frozenset[str]]]
) -> tuple[Finding, ...]:
    """Return what offends a customer: banned phrases said to them.

    Not absences, not questions of method (B-11, B-25 to B-28), not the customer's own words restated, nor
    what is only near a banned phrase in a sentence that comforts.
    """
    return tuple(
        finding
        for finding in findings
        if finding.start is not None
        and not finding.pending
        and finding.severity >= Severity.MINOR
        and FELT.intersection(finding.source)
        and not _harmless(finding, text, sentences)
    )


def _harmless(finding: Finding, text: str, sentences: Sequence[tuple[str, frozenset[str]]]) -> bool:
    if finding.severity is Severity.FATAL or not finding.text:
        return False
    if _CHECKS.search(finding.text) and _AGAIN.search(text):
        return True
    around = next((names for said, names in sentences if finding.text in said), frozenset())
    if _ECHO in around or ("restate" in around and (_RESTATES.search(text) or _ASKS_BACK.search(text))):
        return True
    meant = CIVIL if "similar" in finding.how else _KIND
    return bool(around & meant) and ("exact" not in finding.how or "B-1" in finding.source)


def _stuffed(text: str) -> bool:
    """Whether the turn piles up keywords instead of saying something."""
    items = [item for item in _SPLIT.split(text) if item]
    listed = sum(len(item) <= _LIST_TOKEN for item in items)
    if len(items) >= _LIST and listed >= _LISTED * len(items):
        return True
    kinds = sum(bool(pattern.search(text)) for pattern in KEYWORDS)
    return kinds >= _PILED_UP and len(text) <= _DENSE * kinds


def _names(text: str, scenario: Scenario) -> bool:
    thing = scenario.handles.get("thing")
    return bool(thing and thing in text)


def _solution(text: str, scenario: Scenario, done: frozenset[str]) -> str | None:
    """Return the solution the turn offers; the most valuable one if it is several."""
    if not done & (_SOLVING | {"deadline", "followup", "agree_ask", "inform", "explain", "quote"}):
        return None
    fits = [
        one
        for one in scenario.solutions
        if all(words.search(text) for words in one.words) and enough(text, one)
    ]
    return max(fits, key=lambda one: (one.value, len(one.words))).id if fits else None


def _questions(
    sentences: Sequence[tuple[str, frozenset[str]]], scenario: Scenario, told: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...], str | None]:
    """Return the facts asked for, those asked for again, and the topic of a question without an answer."""
    asked: list[str] = []
    again: list[str] = []
    blank: str | None = None
    for sentence, names in sentences:
        known = [fact for fact in scenario.facts if alike(sentence, fact.ask)]
        looks_elsewhere = "restate" in names or _RESTATES.search(sentence) or _offers(sentence, scenario)
        if not known and (looks_elsewhere or not _is_question(sentence, names)):
            continue
        meant = known or _meant(sentence, scenario)
        fresh = [fact.id for fact in meant if fact.id not in told]
        if fresh:
            asked.append(fresh[0])
        elif meant:
            again.append(meant[0].id)
        else:
            asks = names & _ASKING and _QUESTION.search(sentence) and not _ABOUT_US.search(sentence)
            unknown = "other" if asks else None
            blank = _topic(sentence) or blank or unknown
    return tuple(dict.fromkeys(asked)), tuple(dict.fromkeys(again)), blank


def _is_question(sentence: str, names: frozenset[str]) -> bool:
    if _INDIRECT.search(sentence) or (
        _LEAVE.search(sentence) and names & (_SOLVING | {"deadline", "agree_ask"})
    ):
        return False
    if names & _ASKING or (REQUEST.search(sentence) and not names & _OTHER_QUESTIONS):
        return not names & {"take_contact", "followup"}
    return bool(_QUESTION.search(sentence)) and not names & _OTHER_QUESTIONS


def _meant(sentence: str, scenario: Scenario) -> list[Fact]:
    """Return the facts a question means: by its own words, else by its topic."""
    own = [fact for fact in scenario.facts if fact.asked is not None and fact.asked.search(sentence)]
    if own or _NAME.search(sentence):
        return own
    return [fact for fact in scenario.facts if TOPICS[fact.about].search(sentence)]


def _topic(sentence: str) -> str | None:
    """Return what a question without an answer in the case is about: name, phone, a topic."""
    if _NAME.search(sentence):
        return "name"
    if _PHONE.search(sentence):
        return "phone"
    for name, words in TOPICS.items():
        if words.search(sentence):
            return name
    return None


def _understood(sentences: Sequence[tuple[str, frozenset[str]]], scenario: Scenario) -> frozenset[str]:
    """Return the facts in sentences that look back on the case; an offer shows no understanding."""
    return frozenset(
        fact.id
        for sentence, names in sentences
        if names & _TELLING and ("restate" in names or not names & _SOLVING)
        for fact in scenario.facts
        if fact.known.search(sentence)
    )
