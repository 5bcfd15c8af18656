"""The file form of scenarios, customers' wordings and the coach's advice: unknown keys refused."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from assistant.nlp.acts import ACTS
from assistant.practice import scenario, wording
from assistant.practice.scenario import CustomerType, HardCase, Scenario, Trade
from assistant.practice.topics import TOPICS
from assistant.rules.backtracking import catastrophic
from assistant.rules.schema import Strict
from assistant.rules.suggest import mend


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text} is no regular expression: {error}") from None
    trouble = catastrophic(text)
    if trouble:
        raise ValueError(f"{text} can take very long: {trouble}")
    return text


def _act(name: str) -> str:
    if name not in ACTS:
        raise ValueError(f"unknown act {name}; {mend(name, ACTS)}")
    return name


def _topic(name: str) -> str:
    if name not in TOPICS:
        raise ValueError(f"unknown topic {name}; {mend(name, TOPICS)}")
    return name


def _sentence(text: str) -> str:
    if text[-1] not in "。!?…~！？":
        raise ValueError(f"“{text}” ends without a sign such as 。 or ?")
    unknown = set(wording.SLOT.findall(text)) - set(wording.SLOTS)
    if unknown or "{" in wording.SLOT.sub("", text) or "}" in wording.SLOT.sub("", text):
        raise ValueError(f"“{text}”: slots are {', '.join('{' + name + '}' for name in wording.SLOTS)}")
    return text


Text = Annotated[str, Field(min_length=1, max_length=600)]
Line = Annotated[str, Field(min_length=2, max_length=160), AfterValidator(_sentence)]
Lines = Annotated[list[Line], Field(min_length=1)]
Pattern = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_pattern)]
ActName = Annotated[str, AfterValidator(_act)]
Topic = Annotated[str, AfterValidator(_topic)]
Handle = Literal["thing", "since", "who", "act"]


class Fact(Strict):
    """Something the customer knows; see `scenario.Fact`."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    about: Topic
    tell: Lines
    ask: Line
    known: Pattern
    asked: Pattern | None = None
    key: bool = False
    opening: bool = False

    def compiled(self) -> scenario.Fact:
        return scenario.Fact(
            id=self.id,
            about=self.about,
            tell=tuple(self.tell),
            ask=self.ask,
            known=re.compile(self.known),
            asked=re.compile(self.asked) if self.asked else None,
            key=self.key,
            opening=self.opening,
        )


class Solution(Strict):
    """What counts as a solution; see `scenario.Solution`."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    offer: Text
    by: Text
    words: Annotated[list[Pattern], Field(min_length=1)]
    value: Annotated[float, Field(gt=0, le=1)] = 1.0
    accept: tuple[Line, ...] = ()

    @model_validator(mode="after")
    def _heard(self) -> Solution:
        for pattern in self.words:
            if not re.search(pattern, self.offer):
                raise ValueError(f"“{self.offer}” itself isn't heard: nothing fits {pattern}")
        return self

    def compiled(self) -> scenario.Solution:
        return scenario.Solution(
            id=self.id,
            offer=self.offer,
            by=self.by,
            words=tuple(map(re.compile, self.words)),
            value=self.value,
            accept=self.accept,
        )


class Objection(Strict):
    """What the customer answers to certain words."""

    words: Pattern
    say: Lines


class Also(Strict):
    """What a good call of this scenario says beside the steps."""

    what: Text
    words: Pattern


class Example(Strict):
    """The agent's turns and how the call ends: one of the outcomes."""

    name: Text
    turns: Annotated[list[Text], Field(min_length=1)]
    outcome: Annotated[list[scenario.Outcome], Field(min_length=1)]


class Customer(Strict):
    """Who is on the phone; `intensity` 0..1 at the start."""

    name: Annotated[str, Field(pattern=r"^.(先生|女士|阿姨|叔叔|老师)$")]
    type: CustomerType
    case: HardCase | None = None
    feeling: Literal["dissatisfied", "anxious", "disappointed", "angry", "furious"] = "dissatisfied"
    intensity: Annotated[float, Field(ge=0.3, le=0.95)]


class ScenarioFile(Strict):
    """One scenario; docs/practice.md explains the keys."""

    scenario: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    title: Text
    trade: Trade
    channel: Literal["hotline", "callback", "chat", "ecommerce"] = "hotline"
    difficulty: Annotated[int, Field(ge=1, le=3)]
    source: tuple[Text, ...] = ()
    company: Text
    agent_id: Annotated[str, Field(pattern=r"^\d{3,6}$")]
    customer: Customer
    outbound: bool = False
    limit_s: Annotated[float, Field(ge=120, le=1800)] = 480
    briefing: Text
    story: Text
    problem: Text
    grievance: Lines
    opening: Annotated[list[Line], Field(min_length=2)]
    vent: Annotated[list[Line], Field(min_length=3)]
    handles: dict[Handle, Text]
    facts: Annotated[list[Fact], Field(min_length=4)]
    demands: Annotated[list[Lines], Field(min_length=2)]
    solutions: Annotated[list[Solution], Field(min_length=2)]
    objections: tuple[Objection, ...] = ()
    threats: Annotated[list[Line], Field(min_length=2)]
    must: Annotated[list[ActName], Field(min_length=3)]
    also: tuple[Also, ...] = ()
    examples: Annotated[list[Example], Field(min_length=1)]

    @model_validator(mode="after")
    def _holds_together(self) -> ScenarioFile:
        for named in ([fact.id for fact in self.facts], [way.id for way in self.solutions]):
            if len(set(named)) < len(named):
                raise ValueError(f"ids twice: {', '.join(sorted({n for n in named if named.count(n) > 1}))}")
        if not any(fact.key and not fact.opening for fact in self.facts):
            raise ValueError("no key fact is left to be asked for: give one without opening")
        opened = [fact for fact in self.facts if fact.key and fact.opening]
        if not opened:
            raise ValueError("the opening holds no key fact")
        for fact in opened:
            if not re.search(fact.known, self.problem):
                raise ValueError(f"the problem doesn't restate the key fact {fact.id}: {fact.known}")
        if all(solution.value < 1 for solution in self.solutions):
            raise ValueError("no solution meets the demand: give one the value 1")
        return self

    def compiled(self) -> Scenario:
        customer = self.customer
        return Scenario(
            id=self.scenario,
            title=self.title,
            trade=self.trade,
            channel=self.channel,
            difficulty=self.difficulty,
            source=self.source,
            company=self.company,
            agent_id=self.agent_id,
            customer=customer.name,
            type=customer.type,
            case=customer.case,
            feeling=customer.feeling,
            intensity=customer.intensity,
            outbound=self.outbound,
            limit_s=self.limit_s,
            briefing=self.briefing,
            story=self.story,
            problem=self.problem,
            grievance=tuple(self.grievance),
            opening=tuple(self.opening),
            vent=tuple(self.vent),
            handles={str(name): value for name, value in self.handles.items()},
            facts=tuple(fact.compiled() for fact in self.facts),
            demands=tuple(tuple(lines) for lines in self.demands),
            solutions=tuple(solution.compiled() for solution in self.solutions),
            objections=tuple(scenario.Objection(re.compile(o.words), tuple(o.say)) for o in self.objections),
            threats=tuple(self.threats),
            must=(
                *(scenario.Must(ACTS[name], frozenset({name})) for name in self.must),
                *(scenario.Must(one.what, words=re.compile(one.words)) for one in self.also),
            ),
            examples=tuple(
                scenario.Example(one.name, tuple(one.turns), tuple(one.outcome)) for one in self.examples
            ),
        )


class Cell(Strict):
    """Wordings for one occasion; what is left out fits any."""

    say: Annotated[str, Field(pattern=r"^[a-z][a-z_.-]*$")]
    band: Literal["calm", "upset", "hot"] | None = None
    type: CustomerType | None = None
    case: HardCase | None = None
    trade: Trade | None = None
    heard: Pattern | None = None
    lines: Lines


class WordingFile(Strict):
    """Part of what simulated customers say."""

    wordings: Annotated[list[Cell], Field(min_length=1)]

    def compiled(self) -> tuple[wording.Wording, ...]:
        return tuple(
            wording.Wording(
                cell.say,
                text,
                cell.band,
                cell.type,
                cell.case,
                cell.trade,
                re.compile(cell.heard) if cell.heard else None,
            )
            for cell in self.wordings
            for text in cell.lines
        )


class Weakness(Strict):
    """What the coach says of a weak turn: why it was weak, and a better sentence for this case."""

    weakness: Annotated[str, Field(pattern=r"^[a-z][a-z_]*$")]
    source: Annotated[list[Text], Field(min_length=1)]
    why: Text
    better: Annotated[list[Text], Field(min_length=1)]


class CoachFile(Strict):
    """The coach's advice."""

    weaknesses: Annotated[list[Weakness], Field(min_length=1)]
