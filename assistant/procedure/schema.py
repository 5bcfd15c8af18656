"""The file form of procedures: unknown keys refused. docs/procedures.md explains the keys."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from assistant.nlp.acts import ACTS
from assistant.procedure import definition
from assistant.procedure.advice import Advice, Cue, Plight
from assistant.procedure.bank import SLOT, SLOTS, Phrase
from assistant.procedure.moves import MOVES
from assistant.rules.backtracking import catastrophic
from assistant.rules.schema import IntentName, Strict
from assistant.rules.suggest import mend

_TURN = re.compile(r"(坐席|客户)[:：] *\S.*")


def _known_act(name: str) -> str:
    if name not in ACTS:
        raise ValueError(f"unknown act {name}; {mend(name, ACTS)}")
    return name


def _known_move(name: str) -> str:
    if name not in MOVES:
        raise ValueError(f"unknown move {name}; {mend(name, MOVES)}")
    return name


ActName = Annotated[str, AfterValidator(_known_act)]
MoveName = Annotated[str, AfterValidator(_known_move)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Texts = Annotated[list[Text], Field(min_length=1)]
StatusName = Literal[
    "done", "missing", "out_of_order", "late", "repeated", "regressed", "pending", "not_applicable"
]


class Sign(Strict):
    """What counts as done: any of these acts, intents or words, from one speaker, in one turn.

    `words` and `unless` are regular expressions on the turn's text; in a turn that does one of the acts
    `without` it doesn't count.
    """

    by: Literal["agent", "customer"] = "agent"
    acts: Annotated[list[ActName], Field(min_length=1)] | None = None
    intents: Annotated[list[IntentName], Field(min_length=1)] | None = None
    words: Texts | None = None
    unless: Texts | None = None
    without: Annotated[list[ActName], Field(min_length=1)] | None = None

    @field_validator("words", "unless")
    @classmethod
    def _sound(cls, patterns: list[str] | None) -> list[str] | None:
        return _checked(patterns)

    @model_validator(mode="after")
    def _says_something(self) -> Sign:
        if not (self.acts or self.intents or self.words):
            raise ValueError("give acts, intents or words")
        if self.intents and self.by == "agent":
            raise ValueError("intents are the customer's: add by: customer")
        if self.acts and self.by == "customer":
            raise ValueError("acts are the agent's: leave by out")
        if self.without and self.by == "customer":
            raise ValueError("acts are the agent's: leave without out")
        return self

    def compiled(self) -> definition.Sign:
        return definition.Sign(
            by=self.by,
            acts=frozenset(self.acts or ()),
            intents=frozenset(self.intents or ()),
            words=_any_of(self.words),
            unless=_any_of(self.unless),
            without=frozenset(self.without or ()),
        )


class Step(Strict):
    """A step and what counts as doing it: one sign of `done`, or one of each part of `parts`."""

    step: Annotated[int, Field(ge=1, le=40)]
    name: Text
    source: tuple[Text, ...] = ()
    done: Annotated[list[Sign], Field(min_length=1)] | None = None
    parts: Annotated[dict[Text, Annotated[list[Sign], Field(min_length=1)]], Field(min_length=2)] | None = (
        None
    )
    event: Text | None = None
    optional: bool = False
    within: Annotated[int, Field(ge=1, le=50)] | None = None
    at_most: Annotated[int, Field(ge=1, le=50)] | None = None
    reopened: Sign | None = None
    skipped: Text | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Step:
        if sum(way is not None for way in (self.done, self.parts, self.event)) != 1:
            raise ValueError("give exactly one of done, parts, event")
        return self

    def compiled(self) -> definition.Step:
        parts = self.parts or ({self.name: self.done} if self.done else {})
        return definition.Step(
            number=self.step,
            name=self.name,
            parts={name: tuple(sign.compiled() for sign in signs) for name, signs in parts.items()},
            source=tuple(self.source),
            optional=self.optional,
            within=self.within,
            at_most=self.at_most,
            reopened=self.reopened.compiled() if self.reopened else None,
            skipped=self.skipped or "",
            event=self.event,
        )


class When(Strict):
    """For which calls: complaints or none, channels, values of the call's metadata."""

    complaint: bool | None = None
    channels: Texts | None = None
    meta: Annotated[dict[str, Texts], Field(min_length=1)] | None = None


class Example(Strict):
    """A conversation ("坐席: …" or "客户: …" a line) and what must become of its steps.

    `running`: it isn't over. `next` is the step advised at its end; left out, any will do.
    """

    name: Text
    turns: Annotated[list[Text], Field(min_length=1)]
    steps: Annotated[dict[int, StatusName], Field(min_length=1)]
    next: Annotated[int, Field(ge=1)] | None = None
    running: bool = False

    @field_validator("turns")
    @classmethod
    def _spoken(cls, turns: list[str]) -> list[str]:
        for turn in turns:
            if not _TURN.fullmatch(turn):
                raise ValueError(f"“{turn}”: a turn begins with 坐席: or 客户:")
        return turns


class ProcedureFile(Strict):
    """One procedure. `unit: case` takes dated events of a case instead of turns."""

    procedure: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*$")]
    version: Text
    name: Text
    source: Texts
    unit: Literal["conversation", "case"]
    when: When = When()
    opening: bool = True
    rank: Annotated[int, Field(ge=0, le=100)] = 0
    steps: Annotated[list[Step], Field(min_length=1)]
    examples: tuple[Example, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> ProcedureFile:
        numbers = [step.step for step in self.steps]
        if numbers != list(range(1, len(numbers) + 1)):
            raise ValueError(f"steps are numbered from 1 in their order, not {numbers}")
        if any((step.event is None) is (self.unit == "case") for step in self.steps):
            raise ValueError("steps of a case name an event, steps of a conversation what is said")
        if self.examples and self.unit == "case":
            raise ValueError("examples are conversations: a case has none")
        known = set(numbers)
        for example in self.examples:
            if unknown := {*example.steps, example.next or 1} - known:
                raise ValueError(f"example “{example.name}” names no step: {sorted(unknown)}")
        return self

    def compiled(self) -> definition.Procedure:
        return definition.Procedure(
            id=self.procedure,
            name=self.name,
            version=self.version,
            unit=self.unit,
            steps=tuple(step.compiled() for step in self.steps),
            source=tuple(self.source),
            complaint=self.when.complaint,
            channels=frozenset(self.when.channels or ()),
            meta={key: frozenset(values) for key, values in (self.when.meta or {}).items()} or None,
            opening=self.opening,
            rank=self.rank,
        )


def _checked(patterns: list[str] | None) -> list[str] | None:
    for pattern in patterns or ():
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"{pattern} is no regular expression: {error}") from None
        trouble = catastrophic(pattern)
        if trouble:
            raise ValueError(f"{pattern} can take very long: {trouble}")
    return patterns


def _any_of(patterns: list[str] | None) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


class Cell(Strict):
    """Sentences for a topic in one situation; left out, mood, kind, type and channels fit any."""

    for_: Annotated[str, Field(alias="for", pattern=r"^[A-Za-z][A-Za-z0-9.-]*(/[0-9]+)?$")]
    mood: Literal["calm", "upset", "hot"] | None = None
    kind: Text | None = None
    type: Literal["dominant", "analytical", "sociable"] | None = None
    channels: Texts | None = None
    say: Texts

    @field_validator("say")
    @classmethod
    def _known_slots(cls, say: list[str]) -> list[str]:
        for text in say:
            unknown = set(SLOT.findall(text)) - set(SLOTS)
            if unknown or "{" in SLOT.sub("", text) or "}" in SLOT.sub("", text):
                raise ValueError(f"“{text}”: slots are {', '.join('{' + name + '}' for name in SLOTS)}")
        return say


class PhraseFile(Strict):
    """Part of the phrase bank."""

    phrases: Annotated[list[Cell], Field(min_length=1)]

    def compiled(self) -> tuple[Phrase, ...]:
        return tuple(
            Phrase(cell.for_, text, cell.mood, cell.kind, cell.type, frozenset(cell.channels or ()))
            for cell in self.phrases
            for text in cell.say
        )


class Facts(Strict):
    """Fields of the situation and the values they may have; see `situation.Situation`."""

    mood: list[Literal["calm", "upset", "hot"]] | None = None
    customer_type: list[Literal["dominant", "analytical", "sociable"]] | None = None
    kind: list[Text] | None = None
    complaint: bool | None = None
    comforted: bool | None = None
    empathised: bool | None = None
    restated: bool | None = None
    confirmed: bool | None = None
    grieving: bool | None = None
    danger: bool | None = None
    vent: bool | None = None
    refusing: bool | None = None
    asked_demand: bool | None = None
    beyond: bool | None = None
    superior: bool | None = None
    threat: bool | None = None
    question: bool | None = None
    calling: bool | None = None
    settled: bool | None = None
    simple: bool | None = None
    what_now: bool | None = None
    asked_leave: bool | None = None
    corrected: bool | None = None
    promised: bool | None = None
    accepted: bool | None = None
    agreed: bool | None = None
    arranged: bool | None = None
    leaving: bool | None = None
    handed_over: bool | None = None
    looked: bool | None = None
    waiting: bool | None = None
    proposed: bool | None = None
    parted: bool | None = None
    held: bool | None = None
    answered: bool | None = None
    asked: bool | None = None
    conditional: bool | None = None
    doubting: bool | None = None
    praising: bool | None = None
    replied: bool | None = None
    demanding: bool | None = None
    objection: list[Text] | None = None
    unheard: bool | None = None
    handed: bool | None = None
    probed: bool | None = None
    sorry_wanted: bool | None = None
    insisting: bool | None = None
    nodding: bool | None = None
    remarking: bool | None = None
    planned: bool | None = None
    aside: bool | None = None
    peril: list[Literal["gas", "power", "fire", "body"]] | None = None
    due: list[MoveName] | None = None


class AdviceRule(Strict):
    """A rule of what to say next; `docs/procedures.md` explains the keys."""

    id: Text
    source: Texts
    why: Text
    procedure: tuple[Text, ...] = ()
    when: Facts = Facts()
    refusals: Annotated[int, Field(ge=1)] | None = None
    turns: Annotated[int, Field(ge=1)] | None = None
    open: tuple[int, ...] = ()
    done: tuple[int, ...] = ()
    before: int | None = None
    step: int | None = None
    say: Text | None = None
    lead: Text | None = None
    move: MoveName | dict[int, MoveName] | None = None
    acts: tuple[ActName, ...] = ()
    firm: bool = False
    persists: bool = False
    yields: bool = False
    silent: bool = False

    def compiled(self) -> Advice:
        given = self.when.model_dump(exclude_none=True)
        bounds = {"refusals": self.refusals, "turns": self.turns}
        return Advice(
            id=self.id,
            why=self.why,
            when={
                name: frozenset(value if isinstance(value, list) else [value])
                for name, value in given.items()
            },
            say=self.say,
            lead=self.lead,
            move=self.move,
            step=self.step,
            procedures=frozenset(self.procedure),
            open=frozenset(self.open),
            done=frozenset(self.done),
            before=self.before,
            at_least={name: least for name, least in bounds.items() if least is not None} or None,
            acts=frozenset(self.acts),
            source=tuple(self.source),
            firm=self.firm,
            persists=self.persists,
            yields=self.yields,
            silent=self.silent,
        )


class CueRule(Strict):
    """What a customer says that calls for a certain answer; `words` and `unless` are regular expressions."""

    id: Text
    kind: Literal["confirm", "objection"]
    source: Texts
    why: Text
    words: Texts
    unless: Texts | None = None
    mood: tuple[Literal["calm", "upset", "hot"], ...] = ()
    acts: tuple[ActName, ...] = ()
    say: Text

    @field_validator("words", "unless")
    @classmethod
    def _sound(cls, patterns: list[str] | None) -> list[str] | None:
        return _checked(patterns)

    def compiled(self) -> Cue:
        return Cue(
            id=self.id,
            kind=self.kind,
            why=self.why,
            say=self.say,
            words=_any_of(self.words) or re.compile("(?!)"),
            unless=_any_of(self.unless),
            moods=frozenset(self.mood),
            acts=frozenset(self.acts),
            source=tuple(self.source),
        )


class PlightRule(Strict):
    """What a matter cost a customer, told in plain facts; `words` and `unless` are regular expressions."""

    id: Text
    source: Texts
    words: Texts
    unless: Texts | None = None

    @field_validator("words", "unless")
    @classmethod
    def _sound(cls, patterns: list[str] | None) -> list[str] | None:
        return _checked(patterns)

    def compiled(self) -> Plight:
        return Plight(self.id, _any_of(self.words) or re.compile("(?!)"), _any_of(self.unless))


class AdviceFile(Strict):
    """The rules of the next step, in the order they are tried, and what customers' words call for."""

    advice: tuple[AdviceRule, ...] = ()
    cues: tuple[CueRule, ...] = ()
    plights: tuple[PlightRule, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> AdviceFile:
        ids = [rule.id for rule in self.advice] + [cue.id for cue in self.cues]
        ids += [plight.id for plight in self.plights]
        if len(set(ids)) < len(ids):
            raise ValueError(f"ids twice: {', '.join(sorted({i for i in ids if ids.count(i) > 1}))}")
        return self
