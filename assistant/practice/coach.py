"""The coach: a hint during the call; after it what was weak, what would be better, what it is worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.practice.scenario import RESULTS
from assistant.report.wire import report_object

if TYPE_CHECKING:
    from assistant.model import Report
    from assistant.practice.customer import Taken
    from assistant.practice.hearing import Heard
    from assistant.practice.room import Session
    from assistant.practice.scenario import Fact, Must, Scenario

SCHEMA = "huashu.debrief/1"
HINT_COST = 2.0
"""Points a hint costs."""
_CARD, _EXERCISE = 0.35, 0.65  # weights of the scorecard and of the exercise in the points
_OUTCOME = {"calmed": 45.0, "settled": 22.0, "open": 6.0, "escalated": 0.0, "hung_up": 0.0}
_MUST, _FACTS, _STEPS, _MOOD = 25.0, 12.0, 10.0, 8.0
_FAULTS = {
    "offence": 5.0,
    "stuffed": 2.5,
    "repeat": 2.0,
    "parrot": 2.0,
    "sorry_again": 2.0,
    "listen_again": 2.0,
}
_MOST_FAULTS = 20.0
_TURNING = 3  # sentences that moved the customer most, each way
_MOVED = 0.04  # change of intensity from which on a sentence is told as a turning one


@dataclass(frozen=True, slots=True)
class Weakness:
    """Why a turn was weak, and sentences that do better; their slots are filled from the case."""

    name: str
    source: tuple[str, ...]
    why: str
    better: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """The result of an earlier try at a scenario."""

    points: float
    outcome: str
    must: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Spoken:
    """An agent's turn, how it was taken, and what the guidance would have `advised` in its place."""

    turn: int
    text: str
    heard: Heard
    taken: Taken
    advised: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """What fills the slots of a better sentence: the scenario, and the facts that were understood."""

    scenario: Scenario
    understood: frozenset[str] = frozenset()


class Coach:
    """Knows the weaknesses; asks the guidance for the rest."""

    def __init__(self, weaknesses: Mapping[str, Weakness]) -> None:
        self._weaknesses = weaknesses

    @property
    def weaknesses(self) -> Mapping[str, Weakness]:
        return self._weaknesses

    def hint(self, session: Session, advised: Sequence[str]) -> str:
        """Return a sentence for this moment: by the guidance, but of this very case where it comes to it."""
        customer, scenario = session.customer, session.scenario
        if not session.steps:
            return f"您好，{scenario.company}，工号{scenario.agent_id}为您服务，请问有什么可以帮您？"
        comforted = any(customer.counts.get(act) for act in ("empathy", "apology", "listen"))
        if customer.agreed is None and comforted:
            if not _restated(session):
                return f"我跟您核对一下：{scenario.problem}，对吗？"
            missing = [fact for fact in _missing(scenario, customer.understood) if fact.key]
            if missing:
                return missing[0].ask
            if customer.intensity <= customer.temper.heat:
                return self._solving(session)
        return advised[0] if advised else _closing(session)

    @staticmethod
    def _solving(session: Session) -> str:
        best = _best(session.scenario, session.customer.tabled)
        return f"给您这样办：{best.offer}，{best.by}办好，您看可以吗？"

    def weak_turn(self, said: Spoken, case: Case) -> dict[str, Any] | None:
        """Return what was weak in a turn and what would have been better there; None for a fair turn."""
        heard, taken, advised = said.heard, said.taken, said.advised
        if "offence" in taken.weak:
            worst = max(heard.offences, key=lambda finding: finding.severity)
            better = [worst.suggestion, *advised]
            why, source = worst.message, list(worst.source)
        else:
            known = next((self._weaknesses[n] for n in taken.weak if n in self._weaknesses), None)
            if known is None:
                return None
            why, source = known.why, list(known.source)
            better = [_filled(text, case) for text in known.better]
            if known.name == "nothing":
                better = [*advised, *better]
        return {
            "turn": said.turn, "text": said.text, "weak": list(taken.weak), "why": why,
            "source": source, "better": list(dict.fromkeys(text for text in better if text))[:2],
        }  # fmt: skip


def debrief(
    session: Session, report: Report, outcome: str, coach: Coach, earlier: Sequence[Past]
) -> dict[str, Any]:
    """Return what a trainee gets after the call, as plain values."""
    must = musts(session.scenario, [step.heard for step in session.steps])
    must["提出客户接受的方案"] = session.customer.agreed is not None
    key = [fact for fact in session.scenario.facts if fact.key]
    understood = session.customer.understood
    unasked = _missing(session.scenario, understood)
    opening = session.steps[0].reply if session.steps else ""
    untaken = [fact for fact in session.scenario.facts if fact.opening and fact.id not in understood]
    points = _points(session, report, outcome, must)
    result = Past(points["total"], outcome, must)
    return {
        "schema": SCHEMA,
        "session": session.record(),
        "scenario": {"id": session.scenario.id, "title": session.scenario.title},
        "outcome": {"name": outcome, "meaning": RESULTS[outcome], "intensity": session.customer.intensity},
        "points": points,
        "must": [{"what": what, "done": done} for what, done in must.items()],
        "curve": _curve(session),
        "turning": _turning(session),
        "weak": _weak(session, coach),
        "unasked": [{"fact": fact.id, "key": fact in key, "ask": fact.ask} for fact in unasked],
        "untaken": [{"fact": fact.id, "key": fact in key, "told": opening} for fact in untaken],
        "hints": len(session.hints),
        "comparison": compare(result, earlier),
        "report": report_object(report),
    }


def _weak(session: Session, coach: Coach) -> list[dict[str, Any]]:
    case = Case(session.scenario, frozenset(session.customer.understood))
    found = (
        coach.weak_turn(Spoken(step.turn, step.said.text, step.heard, step.taken, step.advised), case)
        for step in session.steps
    )
    return [weak for weak in found if weak is not None]


def reviewed(
    scenario: Scenario, heard: Sequence[Heard], weak: Sequence[Mapping[str, Any]], report: Report
) -> dict[str, Any]:
    """Return what the two of a classroom get after the call, as plain values."""
    got = {name for turn in heard for name in turn.understood}
    return {
        "schema": "huashu.classroom/1",
        "scenario": {"id": scenario.id, "title": scenario.title},
        "must": [{"what": what, "done": done} for what, done in musts(scenario, heard).items()],
        "offered": max((_worth(scenario, turn) for turn in heard), default=0.0),
        "unasked": [
            {"fact": fact.id, "key": fact.key, "ask": fact.ask}
            for fact in _missing(scenario, got)
        ],
        "weak": [dict(each) for each in weak],
        "report": report_object(report),
    }  # fmt: skip


def _worth(scenario: Scenario, turn: Heard) -> float:
    """Return what the best a turn offers is worth, whether the scenario lists it or not."""
    if turn.solution:
        return scenario.solution(turn.solution).value
    return turn.offer.worth if turn.offer is not None else 0.0


def compare(result: Past, earlier: Sequence[Past]) -> dict[str, Any] | None:
    """Return how a result stands beside earlier tries and the best of them; None for the first try."""
    if not earlier:
        return None
    last, best = earlier[-1], max(earlier, key=lambda past: past.points)
    return {
        "tries": len(earlier) + 1,
        "last": {"points": last.points, "change": round(result.points - last.points, 1)},
        "best": {"points": best.points, "change": round(result.points - best.points, 1),
                 "outcome": best.outcome, "is_new": result.points > best.points},
        "learned": [what for what, done in result.must.items() if done and not last.must.get(what, False)],
        "lost": [what for what, done in result.must.items() if not done and last.must.get(what, False)],
    }  # fmt: skip


def past(debriefed: Mapping[str, Any]) -> Past:
    """Return the result in a stored debrief, to compare later tries with."""
    must = {one["what"]: bool(one["done"]) for one in debriefed["must"]}
    return Past(float(debriefed["points"]["total"]), str(debriefed["outcome"]["name"]), must)


def _points(session: Session, report: Report, outcome: str, must: Mapping[str, bool]) -> dict[str, float]:
    """Return the points: 0.35 of the scorecard's hundred, 0.65 of the exercise's, less the hints."""
    card = 100 * report.score.total / report.score.max if report.score and report.score.max else 0.0
    key = [fact for fact in session.scenario.facts if fact.key]
    got = sum(fact.id in session.customer.understood for fact in key)
    exercise = (
        _OUTCOME[outcome]
        + _MUST * sum(must.values()) / len(must)
        + _FACTS * got / len(key)
        + _STEPS * (report.procedures[0]["conformance"] if report.procedures else 0.0)
        + _MOOD * (1 - session.customer.intensity)
    )
    faults = sum(_FAULTS.get(tag, 0.0) for step in session.steps for tag in step.taken.weak)
    exercise = max(0.0, exercise - min(_MOST_FAULTS, faults))
    hints = HINT_COST * len(session.hints)
    total = max(0.0, _CARD * card + _EXERCISE * exercise - hints)
    return {
        "total": round(total, 1),
        "scorecard": round(card, 1),
        "exercise": round(exercise, 1),
        "hints": -hints,
    }


def musts(scenario: Scenario, heard: Sequence[Heard]) -> dict[str, bool]:
    """Return what a good call of the scenario contains and whether it was among the agent's turns."""
    sound = [turn for turn in heard if not turn.stuffed]
    return {must.what: _contained(must, sound) for must in scenario.must}


def _contained(must: Must, sound: Sequence[Heard]) -> bool:
    if must.words is not None:
        return any(must.words.search(turn.text) for turn in sound)
    return any(must.acts & turn.acts for turn in sound)


def _curve(session: Session) -> list[dict[str, Any]]:
    start = session.customer.start
    return [{"turn": -1, "emotion": session.scenario.feeling, "intensity": start}] + [
        {"turn": step.turn + 1, "emotion": step.emotion, "intensity": step.intensity}
        for step in session.steps
    ]


def _turning(session: Session) -> list[dict[str, Any]]:
    """Return the sentences that calmed or upset the customer most, in their order."""
    moved = [step for step in session.steps if abs(step.taken.change) >= _MOVED]
    falls = sorted((s for s in moved if s.taken.change < 0), key=lambda s: s.taken.change)[:_TURNING]
    rises = sorted((s for s in moved if s.taken.change > 0), key=lambda s: -s.taken.change)[:_TURNING]
    return [
        {"turn": step.turn, "text": step.said.text, "change": step.taken.change, "reply": step.reply,
         "by": [*step.taken.good] if step.taken.change < 0 else [*step.taken.weak]}
        for step in sorted((*falls, *rises), key=lambda step: step.turn)
    ]  # fmt: skip


def _restated(session: Session) -> bool:
    opened = {fact.id for fact in session.scenario.facts if fact.key and fact.opening}
    return bool(opened & session.customer.understood)


def _missing(scenario: Scenario, understood: Collection[str]) -> list[Fact]:
    """Return the facts still to be asked for: not those the customer's first words told."""
    return [fact for fact in scenario.facts if not fact.opening and fact.id not in understood]


def _best(scenario: Scenario, tabled: str | None = None) -> Any:
    """Return the solution worth offering: the best one that isn't on the table."""
    others = [one for one in scenario.solutions if one.id != tabled] or list(scenario.solutions)
    return max(others, key=lambda one: one.value)


def _closing(session: Session) -> str:
    if session.customer.agreed is None:
        return f"我跟您核对一下：{session.scenario.problem}，对吗？"
    return "办好以后我再给您回电确认，打您现在这个号码方便吗？"


def _filled(text: str, case: Case) -> str:
    """Fill the slots of a better sentence from the case; empty where nothing is left to ask."""
    scenario = case.scenario
    missing = _missing(scenario, case.understood)
    if "{ask}" in text and not missing:
        return ""
    best = _best(scenario)
    values = {
        "problem": scenario.problem,
        "offer": best.offer,
        "by": best.by,
        "customer": scenario.customer,
        "ask": missing[0].ask if missing else "",
    }
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
