"""Core types: frozen, without behaviour beyond small look-ups, known to every room.

Spans are half-open and count code points of the turn's text as it stands in the report, that is
after privacy masking ("Text and spans" of the output contract). Times are seconds from the start
of the call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Literal, get_args


class Speaker(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"
    BOT = "bot"
    SYSTEM = "system"


class Severity(IntEnum):
    """Ordered: a comparison says which is graver. The wire form is the lower-case name."""

    HINT = 0
    MINOR = 1
    MAJOR = 2
    FATAL = 3

    @property
    def label(self) -> str:
        return self.name.lower()

    @classmethod
    def of(cls, label: str) -> Severity:
        """Return the severity named `label`; raises KeyError for an unknown name."""
        return cls[label.upper()]


How = Literal[
    "exact", "width", "traditional", "separator", "repeat", "homophone", "lookalike", "fuzzy",
    "pattern", "near", "similar", "entity", "timing", "count", "order", "contradiction", "absence",
]  # fmt: skip
RequirementStatus = Literal["met", "missed", "pending", "not_applicable"]
Level = Literal["verbatim", "functional"]
Origin = Literal["live", "import", "practice", "simulator", "chat"]
EmotionLabel = Literal[
    "calm", "anxious", "dissatisfied", "angry", "furious", "disappointed", "satisfied", "grateful"
]
EMOTIONS: tuple[str, ...] = get_args(EmotionLabel)
INTENTS = (
    "inquiry", "complaint", "help", "suggestion", "praise", "criticism", "threat", "demand",
    "cancel", "accept", "refuse", "thanks", "greeting", "goodbye", "inform", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mask:
    """A piece of private data replaced by a typed placeholder; `tail` keeps its last digits."""

    type: str
    start: int
    end: int
    tail: str | None = None


@dataclass(frozen=True, slots=True)
class Emotion:
    """The customer's state in one turn; `intensity` and `confidence` lie in 0..1."""

    label: str
    intensity: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Intent:
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One utterance. `text` is masked; `start_s` and `end_s` are None where no times are known."""

    index: int
    role: Speaker
    text: str
    masks: tuple[Mask, ...] = ()
    start_s: float | None = None
    end_s: float | None = None
    agent_id: str | None = None
    role_inferred: bool = False


CallEventName = Literal["ring", "answer", "hold", "resume", "mute", "transfer", "clock"]


@dataclass(frozen=True, slots=True)
class CallEvent:
    """Something that happened on the line at `at_s` seconds; `turn` is the index of the next turn."""

    name: CallEventName
    at_s: float
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A whole call as a reader hands it over.

    `items` are turns and call events in the order they happened. `meta` carries what is known of
    the call under fixed keys: company, agent_id, agent_name, customer (surname or name), channel,
    direction (in/out), started_at (ISO 8601), department, phone, business_line, and whatever else
    the file said. `path` names the source for error lines.
    """

    id: str
    items: tuple[Turn | CallEvent, ...]
    meta: Mapping[str, Any] = field(default_factory=dict)
    channel: str = "hotline"
    origin: Origin = "import"
    path: str | None = None

    @property
    def turns(self) -> tuple[Turn, ...]:
        return tuple(item for item in self.items if isinstance(item, Turn))


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start`..`end` of turn `turn`."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a finding was made: the listed form, the text as it was compared, and a sentence."""

    matched: str
    normalised: str
    because: str
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach (or, in a pending state, the trigger of one), at characters or as an absence."""

    rule: str
    source: tuple[str, ...]
    family: str
    severity: Severity
    turn: int
    start: int | None
    end: int | None
    text: str | None
    how: tuple[How, ...]
    confidence: float
    message: str
    suggestion: str
    explanation: Explanation
    spans: tuple[Span, ...] = ()
    agent_id: str | None = None
    pending: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """An early warning: at `turn` the customer's strain reached `intensity` before any complaint."""

    turn: int
    intensity: float
    message: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """The sentence that came closest to a requirement; `score` is a similarity in 0..100."""

    turn: int
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Requirement:
    """What became of one required phrase (or one occurrence of its occasion).

    `parts` counts the parts that were due (0 where it has none); `missing` names those not said.
    """

    rule: str
    source: tuple[str, ...]
    status: RequirementStatus
    level: Level | None = None
    turn: int | None = None
    score: float | None = None
    missing: tuple[str, ...] = ()
    nearest: Nearest | None = None
    title: str = ""
    parts: int = 0


@dataclass(frozen=True, slots=True)
class StepState:
    step: int
    name: str
    status: str
    turns: tuple[int, ...] = ()
    evidence: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """A sentence offered to the agent; `expires_s` is its life on screen in seconds."""

    id: str
    kind: str
    priority: int
    phrases: tuple[str, ...]
    reason: Mapping[str, Any]
    expires_s: float
    status: str = "shown"
    followed_turn: int | None = None


@dataclass(frozen=True, slots=True)
class PackInfo:
    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class ScoreItem:
    """One line of the scorecard. `evidence` indexes the report's findings.

    `points` were reached out of `max`; an item that is not applicable or waits for a reviewer
    (`status` "manual") counts in neither. `reached` are the points there would be but for a veto.
    """

    rule: str
    title: str
    points: float
    max: float
    status: Literal["met", "partly", "missed", "not_applicable", "manual", "fatal", "clean", "bonus"]
    evidence: tuple[int, ...] = ()
    note: str = ""
    reached: float | None = None


@dataclass(frozen=True, slots=True)
class ScoreSection:
    """A part of the card; `reached` is the score there would be but for a veto."""

    name: str
    score: float
    max: float
    items: tuple[ScoreItem, ...]
    reached: float | None = None


@dataclass(frozen=True, slots=True)
class AgentScore:
    agent_id: str
    total: float
    max: float
    grade: str = ""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A filled scorecard. `total` of `max` points; `fatal` lists rules that voided the score.

    `reached` is the total there would be but for the veto, without bonus; `unscored` indexes the
    report's findings that stand on no item of the card.
    """

    id: str
    version: str
    total: float
    max: float
    grade: str
    sections: tuple[ScoreSection, ...]
    fatal: tuple[str, ...] = ()
    by_agent: tuple[AgentScore, ...] = ()
    reached: float | None = None
    unscored: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything known of one conversation; what the reports render and the wire format carries.

    `emotions` and `intents` are keyed by turn index. `complaint`, `emotion` and `procedures` are
    empty where nobody assessed them; `prompts` are those shown to the agent, in their order. `path`
    names the file it was read from.
    """

    id: str
    channel: str
    origin: Origin
    status: Literal["scored", "unscorable"]
    turns: tuple[Turn, ...]
    findings: tuple[Finding, ...]
    requirements: tuple[Requirement, ...]
    packs: tuple[PackInfo, ...]
    ruleset_sha256: str
    software: str
    meta: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None
    model: Mapping[str, str] | None = None
    emotions: Mapping[int, Emotion] = field(default_factory=dict)
    intents: Mapping[int, tuple[Intent, ...]] = field(default_factory=dict)
    complaint: Mapping[str, Any] | None = None
    emotion: Mapping[str, Any] | None = None
    procedures: tuple[Mapping[str, Any], ...] = ()
    prompts: tuple[Prompt, ...] = ()
    score: Scorecard | None = None
    path: str | None = None
