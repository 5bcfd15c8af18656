"""What the files of the desk say, once they are loaded: plain frozen values (assistant/data/desk/)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, ClassVar, Literal

Severity = Literal["minor", "important", "grave"]
Clock = Literal["hours", "working_hours", "days", "working_days", "end_of_day"]
_STRICT: Mapping[str, Any] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class State:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    title: str
    open: bool = True


@dataclass(frozen=True, slots=True)
class When:
    """Which cases: empty sets and None ask nothing."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    severities: frozenset[Severity] = frozenset()
    needs: frozenset[str] = frozenset()
    danger: bool | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """Something done to a case: allowed in `states` (none: any open one), leading `to` a state.

    It is kept as `events`. `needs` are fields of the record, `after` events (one of them) that must be there
    before; `reason`: it takes a reason; `closed`: closed cases allow it, too; `when`: cases it is for.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    title: str
    events: tuple[str, ...]
    states: frozenset[str] = frozenset()
    to: str | None = None
    needs: tuple[str, ...] = ()
    after: frozenset[str] = frozenset()
    rank: str = ""
    reason: bool = False
    closed: bool = False
    when: When = When()


@dataclass(frozen=True, slots=True)
class CaseProcedure:
    """A procedure cases follow: of these groups of kinds, of these needs (empty ones ask nothing)."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    groups: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Duty:
    """What is due: `limit` on `clock` (hours or days) from one of `begins` to one of `ends`.

    `warn` are hours before the deadline; `approver` is the rank that approves an overrun; `own_date`:
    the customer's own date takes the place of the limit; `lasting`: unmet, it is kept in a closed case.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    title: str
    source: tuple[str, ...]
    begins: frozenset[str]
    ends: frozenset[str]
    clock: Clock
    limit: float
    approver: str
    when: When = When()
    warn: float = 0.0
    pausable: bool = False
    own_date: bool = False
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class HouseDays:
    """The house's own holidays and working days."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Rank:
    """Who may promise which `remedies` and pay up to `pay` yuan; `users` are roles of the service."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    title: str
    pay: float
    remedies: frozenset[str]
    users: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Named:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Level:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    level: int
    title: str
    people: tuple[str, ...]
    notify: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Who is told of an event: ranks, or owner, approver, receiver, level."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    event: str
    to: tuple[str, ...]
    text: str
    when: When = When()
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """How mail is sent: no `host`, no mail. `to`: addresses by rank or user."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    host: str = ""
    port: int = 587
    user: str = ""
    sender: str = ""
    digest_minutes: int = 10
    to: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tries:
    """Attempts at a callback: `most`, hours to wait after each without an answer, hours of the day."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    most: int
    wait_hours: tuple[float, ...]
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Campaign:
    """A kind of callback: due `limit` on `clock` after the event `after`; it `closes` duties by its events.

    `needs` and `levels` (of customers) say whom it is for; empty ones ask nothing. `every`: days until the
    customer is called again; `contacts`: days before expiry of contacts of a renewal.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    title: str
    source: tuple[str, ...]
    after: str
    clock: Clock
    limit: float
    closes: tuple[str, ...]
    procedure: str
    script: tuple[str, ...]
    needs: frozenset[str] = frozenset()
    levels: frozenset[str] = frozenset()
    asks: bool = False
    every: float | None = None
    contacts: tuple[int, ...] = ()

    def suits(self, need: str, level: str) -> bool:
        return (not self.needs or need in self.needs) and (not self.levels or level in self.levels)


@dataclass(frozen=True, slots=True)
class ScriptPhrase:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Kpi:
    """A figure of the standard: the count `hit` over the count `of`."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    title: str
    definition: str
    hit: str
    of: str
    target: float | None = None
    unit: Literal["share", "hours"] = "share"
    at_most: bool = False


@dataclass(frozen=True, slots=True)
class Retention:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    title: str
    share: float


@dataclass(frozen=True, slots=True)
class ClusterRule:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    days: int
    customers: int
    similarity: float


@dataclass(frozen=True, slots=True)
class RepeatRule:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    days: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Need:
    """What a contact is about; `urgent`: danger to life or property, or to daily life."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    id: str
    title: str
    urgent: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PromiseWords:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    duties: tuple[str, ...]
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asking:
    """What a customer asks for: one of `words`, and none of `unless`, in one sentence.

    `plain`: the words ask by themselves; others need a wish beside them. `instead`: demands less exact
    that are left out where this one is made.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    title: str
    words: tuple[str, ...]
    unless: tuple[str, ...] = ()
    plain: bool = False
    instead: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Telling:
    """What tells fields of the record in a customer's words.

    `things` are products and services (`generic` ones only where no other is named), `places` what names
    of places end with, `accused` people and departments; `asking` marks a time that is wished for, `past`
    what has happened, `wishing` what is demanded; a sentence with one of `idle` tells nothing of the
    matter, one with one of `aside` is about the talk itself, one with one of `trouble` says what is wrong.
    `demands` come before those of the taxonomy; `kinds` are words that speak for a kind of complaint,
    beside the model.
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    things: tuple[str, ...]
    generic: frozenset[str]
    places: tuple[str, ...]
    accused: tuple[str, ...]
    asking: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    wishing: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()
    demands: tuple[Asking, ...] = ()
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StatesFile:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    part: Literal["states"]
    version: str
    first: str
    states: tuple[State, ...]
    actions: tuple[Action, ...]
    procedures: tuple[CaseProcedure, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadlinesFile:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    part: Literal["deadlines"]
    version: str
    profile: str
    hours: Hours
    duties: tuple[Duty, ...]
    calendar: HouseDays = HouseDays()


@dataclass(frozen=True, slots=True)
class AuthorityFile:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    part: Literal["authority"]
    version: str
    ranks: tuple[Rank, ...]
    remedies: tuple[Named, ...]
    levels: tuple[Level, ...]
    leads: Mapping[str, str]
    notify: tuple[Notice, ...]
    mail: Mail = field(default_factory=Mail)


@dataclass(frozen=True, slots=True)
class CallbacksFile:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    part: Literal["callbacks"]
    version: str
    tries: Tries
    reopen_at_most: int
    campaigns: tuple[Campaign, ...]
    phrases: tuple[ScriptPhrase, ...]


@dataclass(frozen=True, slots=True)
class KpisFile:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    part: Literal["kpis"]
    version: str
    kpis: tuple[Kpi, ...]
    satisfied_from: int
    retention: tuple[Retention, ...]
    cluster: ClusterRule
    repeat: RepeatRule


@dataclass(frozen=True, slots=True)
class IntakeFile:
    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    part: Literal["intake"]
    version: str
    needs: tuple[Need, ...]
    promises: PromiseWords
    telling: Telling
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DaysFile:
    """What makes a working day: `procedures` are followed by each person each day.

    `marks` are set by hand; events of cases become events of the day: `cases` by their kind, `needs` by
    what the case is about (``other``: by any other need).
    """

    __pydantic_config__: ClassVar[Mapping[str, Any]] = _STRICT
    part: Literal["days"]
    version: str
    procedures: tuple[str, ...]
    marks: tuple[Named, ...]
    cases: Mapping[str, str]
    needs: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeskRules:
    """All that the files say; a rank is known by its place, the lowest first."""

    states: StatesFile
    deadlines: DeadlinesFile
    authority: AuthorityFile
    callbacks: CallbacksFile
    kpis: KpisFile
    intake: IntakeFile
    days: DaysFile

    def grieves(self, need: str) -> bool:
        """Whether a contact of this need is a grievance: a complaint, or danger or outage."""
        return need == "complaint" or any(each.urgent for each in self.intake.needs if each.id == need)

    def action(self, name: str) -> Action | None:
        return next((action for action in self.states.actions if action.id == name), None)

    def is_open(self, state: str) -> bool:
        return next(each.open for each in self.states.states if each.id == state)

    def duty(self, name: str) -> Duty:
        """Return a duty; raises KeyError."""
        for duty in self.deadlines.duties:
            if duty.id == name:
                return duty
        raise KeyError(name)

    def campaign(self, name: str) -> Campaign:
        """Return a campaign; raises KeyError."""
        for campaign in self.callbacks.campaigns:
            if campaign.id == name:
                return campaign
        raise KeyError(name)

    def rank(self, name: str) -> int:
        """Return how high a rank stands, from 0."""
        return next(place for place, rank in enumerate(self.authority.ranks) if rank.id == name)

    def rank_of(self, role: str) -> str:
        """Return the rank a user's role holds; the lowest where no rank names it."""
        ranks = self.authority.ranks
        return next((rank.id for rank in reversed(ranks) if role in rank.users), ranks[0].id)
