"""The simulated customer: a state moved by what is heard. No clock, no chance beyond the seed's.

Empathy, a fitting apology, the case restated, a good question, a solution with a time lower the
intensity; banned phrases, empty promises, being asked twice, waiting raise it; repetition wears out.
Below a floor the mood falls only when the matter itself is understood, then settled.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.model import Severity
from assistant.practice.scenario import Solution
from assistant.practice.temper import GUARDED_BELOW, Temper, temper_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from assistant.practice.hearing import Heard
    from assistant.practice.offers import Offer
    from assistant.practice.scenario import Outcome, Scenario
    from assistant.practice.wording import Band

CALM = 0.3
"""Intensity up to which a customer whose matter is settled has calmed down."""
_HOT, _UPSET = 0.66, 0.36
_FLOORS = (0.42, 0.31, 0.05)  # before the case is understood, before a solution is agreed, after
_HURT = 0.5  # wounds that no solution heals
_WOUNDS = {Severity.MINOR: 0.3, Severity.MAJOR: 0.8, Severity.FATAL: 1.2}
_STINGS = {Severity.MINOR: (0.08, 0.1), Severity.MAJOR: (0.18, 0.24), Severity.FATAL: (0.34, 0.6)}
_GUESSED = 0.5  # how much a tone hurts that lies in no listed words
_COMFORT = frozenset({"empathy", "listen", "apology", "courtesy", "greeting"})
_ASSURING = frozenset(
    {"followup", "take_contact", "give_contact", "escalate", "action", "deadline", "compensate", "offer"}
)
_MOST_TURNS = 28
_TRUSTED = 0.3
_GUARDED = ("harassed", "silent")
_UNLISTED = "unlisted"
_NEARLY = 0.8  # worth of an offer that goes the customer's way once its terms are clear
_IDLE = (
    0.03,
    0.06,
    0.09,
)  # patience that a turn takes which says nothing to the matter: first, second, later


@dataclass(slots=True)
class Taken:
    """What a turn did: `good` and `weak` name it for the coach, `change` is that of the intensity.

    `told` are the facts the customer tells in answer; `guarded`: they are kept back for now. `verdict` says
    what becomes of what was offered.
    """

    good: list[str] = field(default_factory=list)
    weak: list[str] = field(default_factory=list)
    change: float = 0.0
    verdict: str | None = None
    told: tuple[str, ...] = ()
    guarded: bool = False


@dataclass(slots=True)
class Customer:
    """A customer in a call. Intensity, trust and patience lie in 0..1.

    `tabled` is the solution on the table, `agreed` the one accepted; `timed`: a time was named for it.
    `unlisted` is the latest way out the scenario doesn't know, `termed`: the customer said what it has to
    be; `claimed_at` is the turn after which the demand was last held against an offer.
    """

    scenario: Scenario
    temper: Temper
    intensity: float
    trust: float
    patience: float
    stubborn: bool
    start: float
    revealed: list[str] = field(default_factory=list)
    understood: set[str] = field(default_factory=set)
    promised: list[str] = field(default_factory=list)
    tabled: str | None = None
    agreed: str | None = None
    unlisted: Solution | None = None
    termed: bool = False
    claimed_at: int = 0
    timed: bool = False
    refused: int = 0
    doubted: int = 0
    wounds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    turns: int = 0
    outcome: Outcome | None = None

    @property
    def band(self) -> Band:
        return "hot" if self.intensity >= _HOT else "upset" if self.intensity >= _UPSET else "calm"

    @property
    def emotion(self) -> str:
        """The label of the state, one of `model.EMOTIONS`."""
        if self.intensity >= 0.88:
            return "furious"
        if self.intensity >= _HOT:
            return "angry"
        if self.agreed and self.intensity <= CALM:
            return "grateful" if self.intensity <= 0.16 else "satisfied"
        if self.intensity >= _UPSET - 0.04:
            feeling = self.scenario.feeling
            return feeling if feeling in ("anxious", "disappointed") else "dissatisfied"
        return "calm"

    @property
    def clear(self) -> bool:
        """Whether the customer feels understood: the grievance restated, enough of the key facts got."""
        key = [fact for fact in self.scenario.facts if fact.key]
        got = [fact for fact in key if fact.id in self.understood]
        return any(fact.opening for fact in got) and len(got) >= self.temper.share * len(key)

    @property
    def closing(self) -> Outcome:
        """How the call ends if it ends now, in peace."""
        if self.agreed is None:
            return "open"
        return "calmed" if self.intensity <= CALM and self.wounds < _HURT else "settled"

    def count(self, name: str) -> int:
        """Count one more `name`; return how many there were before."""
        before = self.counts.get(name, 0)
        self.counts[name] = before + 1
        return before

    def hear(self, heard: Heard, at_s: float | None = None) -> Taken:
        """Take an agent's turn: moves the state, decides on what is offered, may end the call."""
        taken = Taken()
        before, self.turns = self.intensity, self.turns + 1
        self._wait(heard, taken)
        self._suffer(heard, taken)
        if heard.stuffed or heard.repeated:
            self._worn("stuffed" if heard.stuffed else "repeat", taken)
        else:
            self._feel(heard, taken)
            self._ask(heard, taken)
            self._promise(heard, taken)
        if not heard.stuffed:
            self._decide(heard, taken)
        if self._idle(heard, taken):
            self._move(0.02, _IDLE[min(self.count("nothing"), len(_IDLE) - 1)])
            taken.weak.append("nothing")
        self._move(0.0, 0.02)
        self._settle()
        self._part(heard, taken, at_s)
        taken.change = round(self.intensity - before, 3)
        return taken

    def _idle(self, heard: Heard, taken: Taken) -> bool:
        """Whether a turn said nothing to the matter; a first account of what will be done says something."""
        if taken.good or taken.weak or heard.progress or self.turns == 1 or self.agreed:
            return False
        if heard.restates and heard.understood:
            return self.count("restated again") > 0
        tells = taken.verdict in ("what", "step") or ("explain" in heard.acts and "apology" in self.counts)
        return not (tells and self.count("account") == 0)

    def _move(self, intensity: float = 0.0, wear: float = 0.0, trust: float = 0.0) -> None:
        self.intensity += intensity
        self.patience -= wear * self.temper.wear
        self.trust = min(1.0, max(0.0, self.trust + trust))

    def _settle(self) -> None:
        """Keep the intensity above what is still unsettled, and everything within its bounds."""
        floor = _FLOORS[2] if self.agreed else _FLOORS[1] if self.clear else _FLOORS[0]
        if self.wounds >= _HURT:
            floor = max(floor, 0.36 if self.wounds < 1.2 else 0.5)
        floor = min(floor, self.start) if not self.wounds else floor
        self.intensity = round(min(1.0, max(floor, self.intensity)), 4)
        self.patience = round(min(1.2, max(0.0, self.patience)), 4)

    def _wait(self, heard: Heard, taken: Taken) -> None:
        """Waiting feeds anger; a hold that was announced is put up with longer."""
        bearable = self.temper.slow * (3 if self.counts.pop("held", 0) else 1)
        if heard.gap_s is not None and heard.gap_s > bearable:
            self._move(0.05 if heard.gap_s < 2 * bearable else 0.1, 0.1)
            taken.weak.append("slow")
        if self.temper.long and len(heard.text) > self.temper.long and not self.agreed:
            self._move(0.02, 0.06)
            taken.weak.append("too_long")

    def _suffer(self, heard: Heard, taken: Taken) -> None:
        worst_first = sorted(heard.offences, key=lambda finding: -finding.severity)
        for place, finding in enumerate(worst_first):
            sting, wear = _STINGS[finding.severity]
            tone = _GUESSED if "similar" in finding.how else 1.0
            share = tone if place == 0 else 0.35 * tone
            self._move(sting * self.temper.offence * share, wear * share, -sting * share)
            self.wounds += _WOUNDS[finding.severity] * tone
            self.count("offence")
        if heard.offences:
            taken.weak.append("offence")

    def _worn(self, name: str, taken: Taken) -> None:
        again = self.count(name)
        self._move(0.03 + 0.02 * again, 0.12 + 0.03 * again)
        taken.weak.append(name)

    def _feel(self, heard: Heard, taken: Taken) -> None:
        """Let kind words work: each time less, and not at all when there is nothing else."""
        only = heard.acts <= _COMFORT and not heard.related
        for act, gain, share, tag in (
            ("empathy", 0.105, self.temper.warmth, "parrot"),
            ("apology", 0.08, self.temper.apology, "sorry_again"),
            ("listen", 0.045, self.temper.warmth, "listen_again"),
        ):
            if act not in heard.acts:
                continue
            times = self.count(act)
            if times >= 2 and only:
                self._worn(tag, taken)
            elif times < 4:
                self._move(-gain * share * 0.5**times * (1.35 if heard.related else 1.0), trust=0.04)
                taken.good.append(act)
                if act == "apology" and 0.8 <= self.wounds < 1.2:
                    self.wounds = (
                        max(0.0, self.wounds - 0.25) if not self.counts.get("healed") else self.wounds
                    )
                    self.count("healed")
        if self.agreed and heard.acts & {"thanks_feedback", "followup", "satisfaction"}:
            for act in sorted(heard.acts & {"thanks_feedback", "followup", "satisfaction"}):
                if self.count(f"after {act}") == 0:
                    self._move(-0.06, trust=0.05)
                    taken.good.append(act)
        elif "thanks_feedback" in heard.acts and self.count("thanks_feedback") == 0:
            self._move(-0.02)
            taken.good.append("thanks_feedback")

    def _ask(self, heard: Heard, taken: Taken) -> None:
        """Take what shows understanding, and questions: a new one is welcome, an old one isn't."""
        fresh = heard.understood - self.understood
        if heard.restates and fresh:
            self._move(-0.075 * self.temper.facts - 0.015 * len(fresh), trust=0.1)
            taken.good.append("restate")
        elif fresh:
            self._move(-0.03 * self.temper.facts, trust=0.04)
            taken.good.append("heed")
        self.understood |= heard.understood
        if heard.asked:
            self._move(-0.02 * self.temper.facts, trust=0.06)
            taken.good.append("question")
            self._tell(heard.asked[:2], taken)
        if heard.again and not fresh:
            again = self.count("again")
            self._move(0.015 + 0.03 * again, 0.04 + 0.05 * again)
            taken.weak.append("asked_again")
        if "ask_demand" in heard.acts and not heard.solution and self.count("ask_demand") == 0:
            self._move(-0.025, trust=0.06)
            taken.good.append("ask_demand")
        first = (
            self.turns > 1
            and self.band == "hot"
            and not any(self.counts.get(act) for act in ("empathy", "apology", "listen"))
        )
        if first and (heard.asked or "explain" in heard.acts) and self.count("matter_first") == 0:
            self._move(0.03, 0.05)
            taken.weak.append("matter_first")

    def _tell(self, asked: Sequence[str], taken: Taken) -> None:
        """Answer questions; who is wary keeps quiet at first."""
        taken.guarded = (
            self.scenario.case in _GUARDED and self.trust < GUARDED_BELOW and self.count("guarded") < 2
        )
        if not taken.guarded:
            taken.told = tuple(asked)
            self.revealed += [name for name in asked if name not in self.revealed]
            self.understood.update(asked)

    def _promise(self, heard: Heard, taken: Taken) -> None:
        if heard.vague and not heard.solution:
            again = self.count("vague")
            self._move(0.03 + 0.02 * again, 0.1 + 0.03 * again, -0.05)
            taken.weak.append("vague")
        if heard.concrete:
            self.promised.append(heard.text)
            if not heard.solution and self.count("concrete") == 0:
                self._move(-0.03 * self.temper.action, trust=0.06)
                taken.good.append("deadline")
        if "decline" in heard.acts and not heard.remedy:
            self._move(0.07, 0.12)
            taken.weak.append("decline")
        if "hold" in heard.acts:
            self.counts["held"] = 1
            if self.count("hold") >= 2:
                self._move(0.02, 0.1)
                taken.weak.append("hold_again")
            else:
                taken.good.append("hold")
        if "explain" in heard.acts and self.band == "hot" and "apology" not in heard.acts | set(self.counts):
            self._move(0.03, 0.06)
            taken.weak.append("reasons_first")

    def _decide(self, heard: Heard, taken: Taken) -> None:
        """Say what becomes of the solution on the table: `verdict` names it."""
        if self.agreed:
            return
        if heard.solution:
            better = (
                self.tabled is None or self.refused or self.value(heard.solution) > self.value(self.tabled)
            )
            self.tabled = heard.solution if better else self.tabled
        elif heard.offer is not None and not heard.repeated:
            if heard.offer.worth or heard.offer.near:
                self._table(heard.offer.worth or _NEARLY, named=not heard.offer.worth)
            elif self.tabled is None:
                self._slight(heard, heard.offer, taken)
                return
        if self._yields(heard):
            self._table(1.0)
        self.timed = self.timed or (self.tabled is not None and heard.concrete)
        if self.tabled is None:
            self._see_remedy(heard, taken)
            return
        if heard.solution or heard.offer or taken.good or (_assures(heard) and not heard.repeated):
            self._weigh(heard, taken, self.solution(self.tabled))

    def _table(self, worth: float, *, named: bool = False) -> None:
        """Put a way out the scenario doesn't know on the table where nothing as good lies there.

        `named`: the customer has to say first what it must be.
        """
        if self.tabled in (None, _UNLISTED) or worth > self.value(self.tabled):
            self.unlisted = Solution(_UNLISTED, "", "", (), value=worth)
            self.tabled = _UNLISTED
            self.termed = self.termed or not named

    def _yields(self, heard: Heard) -> bool:
        """Whether the agent promises what the customer has asked for."""
        if heard.solution or heard.vague:
            return False
        just_said = self.claimed_at > 0 and self.claimed_at == self.turns - 1
        told = bool(self.counts.get("ask_demand")) or self.claimed_at > 0
        return (heard.agrees and just_said) or (heard.as_asked and told)

    def _slight(self, heard: Heard, offer: Offer, taken: Taken) -> None:
        """Take an offer that is less than what is wanted, or has nothing to do with it."""
        if self._closed(heard, taken, offered=True) or heard.offences:
            return
        taken.verdict = "misfit" if offer.strange else "haggle"
        self.claimed_at = self.claimed_at if offer.strange else self.turns
        self._move(0.02, 0.08 if offer.strange else 0.05)
        taken.weak.append("misfit" if offer.strange else "too_little")

    def _see_remedy(self, heard: Heard, taken: Taken) -> None:
        """Take words about doing or giving something that offer nothing definite."""
        if heard.gift and not heard.repeated:
            taken.verdict = "misfit"
            self._move(0.02, 0.08)
            taken.weak.append("misfit")
        elif heard.remedy and not heard.vague and self.turns > 1:
            taken.verdict = "step" if heard.concrete else "what"

    def _closed(self, heard: Heard, taken: Taken, *, offered: bool) -> bool:
        """Whether the customer can't take an offer yet: not understood, or too hot."""
        if not self.clear:
            taken.verdict = "no_facts" if offered else None
            if offered:
                taken.weak.append("too_early")
            return True
        if self.intensity > self.temper.heat:
            taken.verdict = "too_hot" if offered else None
            if offered and self.count("too hot") < 2:
                self._move(-0.05 * self.temper.action, trust=0.05)
            if offered:
                taken.weak.append("mood_first")
            return True
        return False

    def _weigh(self, heard: Heard, taken: Taken, solution: Solution) -> None:
        offered = heard.solution is not None or heard.offer is not None
        if heard.offences or self._closed(heard, taken, offered=offered):
            return
        if not self.timed:
            taken.verdict = "when"
            taken.weak.append("no_time")
            return
        if solution.id == _UNLISTED and not self.termed:
            self.termed, self.claimed_at = True, self.turns
            taken.verdict = "terms"
            taken.good.append("solution")
            return
        if self._objects(solution):
            taken.verdict = "doubt" if solution.value >= 1 else "haggle"
            taken.good.append("solution")
            return
        if offered or _assures(heard) or self.refused + self.doubted == 0:
            self.agreed = solution.id
            self._move(-0.24 * self.temper.action, -0.4, 0.25)
            taken.verdict = "accept"
            taken.good.append("solution")

    def _objects(self, solution: Solution) -> bool:
        """Whether the customer still holds out: for more, or because words come cheap."""
        if solution.value < 1 and self.refused == 0 and (self.stubborn or self.scenario.difficulty > 1):
            self.refused += 1
            self.claimed_at = self.turns
            self._move(0.02)
            return True
        distrusts = self.trust < _TRUSTED or (self.stubborn and self.scenario.difficulty == 3)
        if solution.value >= 1 and self.doubted == 0 and distrusts:
            self.doubted += 1
            self._move(trust=0.15)
            return True
        return False

    def solution(self, name: str) -> Solution:
        """Return a solution of the scenario, or the one it doesn't know; raises KeyError."""
        return (
            self.unlisted if self.unlisted is not None and name == _UNLISTED else self.scenario.solution(name)
        )

    def value(self, name: str | None) -> float:
        """Return what a solution is worth to the customer; 0 for none."""
        return self.solution(name).value if name else 0.0

    def _part(self, heard: Heard, taken: Taken, at_s: float | None) -> None:
        """See whether the call is over."""
        late = self.turns >= _MOST_TURNS or (at_s is not None and at_s >= self.scenario.limit_s)
        if self.patience <= 0 and not self.agreed:
            self.outcome = "escalated" if self.intensity >= _HOT or self.counts.get("threat") else "hung_up"
        elif "farewell" in heard.acts and self.turns > 1:
            if self.agreed or self.count("farewell") > 0:
                self.outcome = self.closing
            else:
                self._move(0.06, 0.25)
                self._settle()
                taken.weak.append("closing_early")
        elif "anything_else" in heard.acts and not (self.agreed or heard.asked or self.turns == 1):
            self._move(0.04, 0.1)
            self._settle()
            taken.weak.append("closing_early")
        if self.outcome is None and late:
            self.outcome = self.closing
            taken.verdict = "time_up"


def _assures(heard: Heard) -> bool:
    """Whether a turn makes it more believable that what was offered will be done."""
    said = heard.concrete or heard.vouches or heard.agrees or heard.as_asked
    return said or bool(heard.acts & _ASSURING)


def customer_of(scenario: Scenario, chance: Random) -> Customer:
    """Return the customer at the start of a call; `chance` varies the mood a little."""
    temper = temper_of(scenario.type, scenario.case)
    start = round(min(0.97, max(0.3, scenario.intensity + chance.uniform(-0.04, 0.04))), 4)
    return Customer(
        scenario=scenario,
        temper=temper,
        intensity=start,
        trust=temper.trust,
        patience=round(1.0 + chance.uniform(-0.08, 0.12), 4),
        stubborn=chance.random() < 0.5,
        start=start,
    )
