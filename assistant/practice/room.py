"""The practice room: start a session, say something, ask for a hint, finish with a debrief.

A session is folded by the same engine as a real call (origin ``practice``). It is made again from its
record: scenario, seed, what was said when, which hints were taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any

from assistant.errors import UsageError
from assistant.ingest import mask_turn
from assistant.model import Finding, Severity, Speaker, Turn
from assistant.nlp.acts import pieces
from assistant.practice.coach import Case, Coach, Past, Spoken, debrief, reviewed
from assistant.practice.customer import Customer, Taken, customer_of
from assistant.practice.examples import play
from assistant.practice.hearing import CIVIL, ActReader, Heard, hear
from assistant.practice.reply import Speech
from assistant.practice.scenario import Scenario
from assistant.practice.wording import Voice, Wordings

if TYPE_CHECKING:
    from assistant.engine.fold import Engine, Event, State

SCHEMA = "huashu.practice/1"
_PAUSE = 1.0  # seconds after which the customer answers
_BREACH = "这事不归我管。"  # makes the model of agents' sentences look closely
_FELT = 0.3  # likelihood of a breach below which a sentence is taken as it is meant ...
_FELT_CIVIL = 0.65  # ... where it comforts, listens or asks what is wanted ...
_FELT_UNLISTED = 0.93  # ... and where no rule lists its words
_OF_CUSTOMER = re.compile(r"[您你](们|这|那|的|刚才|说){0,3}(话(?!说)|态度|口气|语气|嗓门|脾气)")
"""Speaks of how the customer speaks, which is no kindness."""
Worder = Callable[["Session", str], str | None]
"""Puts the customer's built-in answer into other words; None where it can't."""


@dataclass(frozen=True, slots=True)
class Said:
    """A trainee's turn as it was recorded; `reply` is the customer's answer if others worded it."""

    text: str
    at_s: float | None = None
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange: what was said and heard, what it did, and how the customer felt after it."""

    said: Said
    turn: int
    heard: Heard
    taken: Taken
    reply: str
    intensity: float
    emotion: str
    advised: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class Session:
    """A role-play under way. `hints` are the exchanges before which a hint was taken."""

    scenario: Scenario
    seed: int
    customer: Customer
    speech: Speech
    state: State
    steps: list[Step] = field(default_factory=list)
    hints: list[int] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return self.customer.outcome is not None

    def record(self) -> dict[str, Any]:
        """Return what makes the session again, as plain values."""
        turns = [
            {"text": step.said.text, "at_s": step.said.at_s}
            | ({"reply": step.reply} if step.said.reply is not None else {})
            for step in self.steps
        ]
        return {
            "schema": SCHEMA, "scenario": self.scenario.id, "seed": self.seed, "turns": turns,
            "hints": list(self.hints),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reply:
    """The customer's answer, the state after it, and the fold's events for both turns."""

    text: str
    emotion: str
    intensity: float
    trust: float
    patience: float
    revealed: tuple[str, ...]
    promised: tuple[str, ...]
    outcome: str | None
    events: tuple[Event, ...] = ()

    def told(self) -> dict[str, Any]:
        """Return the reply as plain values, without the events."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name in self.__dataclass_fields__
            if name != "events"
            for value in (getattr(self, name),)
        }


class Room:
    """Scenarios, an engine and the customers' words, ready for any number of sessions."""

    def __init__(
        self,
        engine: Engine,
        acts: ActReader,
        scenarios: Sequence[Scenario],
        wordings: Wordings,
        coach: Coach,
        *,
        worder: Worder | None = None,
    ) -> None:
        self._engine = engine
        self._acts = acts
        self._wordings = wordings
        self._coach = coach
        self._worder = worder
        self.scenarios: Mapping[str, Scenario] = {scenario.id: scenario for scenario in scenarios}

    def beside(self, engine: Engine, more: Sequence[Scenario] = ()) -> Room:
        """Return a room for another engine and with more scenarios that shares all else with this one."""
        return Room(
            engine,
            self._acts,
            (*self.scenarios.values(), *more),
            self._wordings,
            self._coach,
            worder=self._worder,
        )

    def warm(self) -> None:
        """Play a call nobody hears, to its debrief: what is loaded or built when first used is then there."""
        for case in islice(self.scenarios.values(), 1):
            session = play(self, case, case.examples[0])
            self.hint(session)
            self.finish(session)
        self._engine.likelihood(_BREACH, 0, len(_BREACH))

    def start(self, scenario: str, seed: int = 0) -> Session:
        """Begin; the trainee speaks first. Raises UsageError for an unknown scenario."""
        case = self._scenario(scenario)
        return Session(
            scenario=case,
            seed=seed,
            customer=customer_of(case, Random(f"{seed}/{case.id}")),  # noqa: S311 (no secret)
            speech=Speech(case, self._wordings, _voice(case)),
            state=self._engine.start(
                case.meta, id=f"practice-{case.id}-{seed}", channel=case.channel, origin="practice"
            ),
        )

    def _scenario(self, name: str) -> Scenario:
        case = self.scenarios.get(name)
        if case is None:
            raise UsageError(f"there is no scenario {name}", code="no-such-scenario")
        return case

    def say(self, session: Session, text: str, at_s: float | None = None) -> Reply:
        """Take a trainee's turn at `at_s` seconds; return the customer's answer.

        Raises UsageError for an empty turn, after the end, or for a time before the last one.
        """
        return self._take(session, Said(text.strip(), at_s), self._worder)

    def _take(self, session: Session, said: Said, worder: Worder | None = None) -> Reply:
        _check(session, said)
        advised = self._advised(session)
        customer, state = session.customer, session.state
        turn = mask_turn(Turn(2 * len(session.steps), Speaker.AGENT, said.text, start_s=said.at_s))
        state, events = self._engine.feed(state, turn)
        findings = tuple(event.data for event in events if isinstance(event.data, Finding))
        heard = self._hear(session, turn.text, findings, said.at_s)
        taken = customer.hear(heard, said.at_s)
        chance = Random(f"{session.seed}/{session.scenario.id}/{len(session.steps)}")  # noqa: S311
        built = session.speech.reply(customer, heard, taken, chance)
        if customer.turns == 1:
            customer.revealed += [fact.id for fact in session.scenario.facts if fact.opening]
        worded = said.reply
        if worded is None and worder is not None:
            worded = worder(session, built)
        reply = worded or built
        answered = None if said.at_s is None else said.at_s + _PAUSE
        answer = mask_turn(Turn(turn.index + 1, Speaker.CUSTOMER, reply, start_s=answered))
        session.state, more = self._engine.feed(state, answer)
        kept = Said(said.text, said.at_s, worded)
        session.steps.append(
            Step(
                kept, turn.index, heard, taken, reply, customer.intensity, customer.emotion, advised, findings
            )
        )
        return _reply(customer, reply, (*events, *more))

    def _hear(self, session: Session, text: str, findings: Sequence[Finding], at_s: float | None) -> Heard:
        last = session.steps[-1].said.at_s if session.steps else None
        gap = None if at_s is None or last is None else at_s - last - _PAUSE
        return hear(
            text,
            session.scenario,
            self._acts,
            told=session.customer.revealed,
            before=[step.said.text for step in session.steps],
            findings=self._felt(text, findings),
            gap_s=gap,
        )

    def _felt(self, text: str, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return the findings somebody who listens feels: what is strong by its words alone offends nobody.

        What is told of others is told, however it is meant. A small slip no rule lists is let pass.
        """
        return tuple(finding for finding in findings if self._is_felt(text, finding))

    def _is_felt(self, text: str, finding: Finding) -> bool:
        if finding.start is None or finding.end is None:
            return True
        unlisted = "similar" in finding.how
        if unlisted and finding.severity <= Severity.MINOR:
            return False
        if "B-20" in finding.source and not unlisted:
            return True
        civil = self._is_civil(text, finding.start)
        least = _FELT_UNLISTED if unlisted else _FELT_CIVIL if civil else _FELT
        return self._engine.likelihood(text, finding.start, finding.end) >= least

    def _is_civil(self, text: str, place: int) -> bool:
        """Whether the sentence at `place` does something kind."""
        return any(
            start <= place < end
            and not _OF_CUSTOMER.search(text[start:end])
            and CIVIL.intersection(name for name, _ in self._acts.acts_of(text[start:end]))
            for start, end in pieces(text)
        )

    def _advised(self, session: Session) -> tuple[str, ...]:
        counsel = self._engine.counsel(session.state)
        return counsel.phrases if counsel is not None else ()

    def hint(self, session: Session) -> str:
        """Return what could be said now; each costs points."""
        session.hints.append(len(session.steps))
        return self._coach.hint(session, self._advised(session))

    def finish(self, session: Session, earlier: Sequence[Past] = ()) -> dict[str, Any]:
        """End the session and look back on it; `earlier` are results of the trainee's earlier tries.

        Returns plain values (schema ``huashu.debrief/1``). It is called once.
        """
        outcome = session.customer.outcome or session.customer.closing
        return debrief(session, self._engine.finish(session.state), outcome, self._coach, earlier)

    def review(self, scenario: str, turns: Sequence[Turn]) -> dict[str, Any]:
        """Look back on a call of two people at a scenario: the report of a real call, and what it lacked.

        Returns plain values (schema ``huashu.classroom/1``); raises UsageError for an unknown scenario.
        """
        case = self._scenario(scenario)
        state = self._engine.start(
            case.meta, id=f"classroom-{case.id}", channel=case.channel, origin="practice"
        )
        steady = customer_of(case, Random(case.id))  # noqa: S311 (how the simulated one would have taken it)
        heard: list[Heard] = []
        said: list[str] = []
        weak: list[dict[str, Any]] = []
        told: set[str] = set()
        for turn in turns:
            counsel = self._engine.counsel(state) if turn.role is Speaker.AGENT else None
            state, events = self._engine.feed(state, turn)
            if turn.role is not Speaker.AGENT:
                told |= {fact.id for fact in case.facts if fact.known.search(turn.text)}
                continue
            findings = tuple(event.data for event in events if isinstance(event.data, Finding))
            felt = self._felt(turn.text, findings)
            heard.append(hear(turn.text, case, self._acts, told=told, before=said, findings=felt))
            said.append(turn.text)
            advised = counsel.phrases if counsel is not None else ()
            spoken = Spoken(turn.index, turn.text, heard[-1], steady.hear(heard[-1]), advised)
            found = self._coach.weak_turn(spoken, Case(case, frozenset(told | steady.understood)))
            weak += [found] if found is not None else []
        return reviewed(case, heard, weak, self._engine.finish(state))

    def restore(self, record: Mapping[str, Any]) -> Session:
        """Make a session again by replaying its record; raises UsageError where it doesn't fit."""
        if record.get("schema") != SCHEMA:
            raise UsageError(f"not a record of a practice session ({SCHEMA})", code="bad-record")
        session = self.start(str(record["scenario"]), int(record["seed"]))
        for turn in record["turns"]:
            self._take(session, Said(turn["text"], turn.get("at_s"), turn.get("reply")))
        session.hints = [int(at) for at in record.get("hints", ())]
        return session


def _check(session: Session, said: Said) -> None:
    if session.over:
        raise UsageError("the call is over", code="over")
    if not said.text:
        raise UsageError("nothing was said", code="empty")
    last = session.steps[-1].said.at_s if session.steps else None
    if last is not None and said.at_s is not None and said.at_s < last:
        raise UsageError(f"{said.at_s} s is before the last turn ({last} s)", code="bad-time")


def _voice(scenario: Scenario) -> Voice:
    values = {
        **scenario.handles, "company": scenario.company, "surname": scenario.customer[0],
    }  # fmt: skip
    return Voice(scenario.type, scenario.case, scenario.trade, values)


def _reply(customer: Customer, text: str, events: tuple[Event, ...]) -> Reply:
    return Reply(
        text=text,
        emotion=customer.emotion,
        intensity=customer.intensity,
        trust=round(customer.trust, 4),
        patience=customer.patience,
        revealed=tuple(customer.revealed),
        promised=tuple(customer.promised),
        outcome=customer.outcome,
        events=events,
    )
