"""The rule language: one class per kind, unknown keys refused. docs/rules.md shows each with an example.

A rule's ``match`` speaks of *nodes*. A node is one of a phrase set, a pattern, a near pair, a
standard script, entities, an emotion, an intent, another rule, or a combination of nodes. Wordings
in phrase sets are templates: ``(a|b)`` alternatives, ``(a)?`` optional, ``<list>`` a word list of
the pack, ``{slot}`` a value from the call's metadata, ``…`` a gap of at most 6 characters within
the sentence (``……``: at most 12).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

SeverityName = Literal["hint", "minor", "major", "fatal"]
SpeakerName = Literal["agent", "customer", "bot", "any"]
EmotionName = Literal[
    "calm", "anxious", "dissatisfied", "angry", "furious", "disappointed", "satisfied", "grateful"
]
IntentName = Literal[
    "inquiry", "complaint", "help", "suggestion", "praise", "criticism", "threat", "demand",
    "cancel", "accept", "refuse", "thanks", "greeting", "goodbye", "inform", "other",
]  # fmt: skip
EntityType = Literal["phone", "landline", "id_card", "bank_card", "plate", "email", "address", "name"]
Wording = Annotated[str, Field(min_length=1, max_length=400)]
Wordings = Annotated[list[Wording], Field(min_length=1)]


class Strict(BaseModel):
    """Base of all parts of a pack: unknown keys are errors, values are not coerced silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Phrases(Strict):
    """Any, all, or at least n of the listed wordings, unless an exception covers the place.

    An exception voids a match whose characters it overlaps. ``word: true`` asks that the match
    begins and ends at word boundaries.
    """

    any: Wordings | None = None
    all: Wordings | None = None
    at_least: Annotated[int, Field(ge=1)] | None = None
    of: Wordings | None = None
    except_: Annotated[Wordings | None, Field(alias="except")] = None
    word: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Phrases:
        forms = [self.any is not None, self.all is not None, self.of is not None]
        if sum(forms) != 1:
            raise ValueError("give exactly one of any, all, at_least with of")
        if (self.of is None) != (self.at_least is None):
            raise ValueError("at_least and of belong together")
        if self.of is not None and self.at_least is not None and self.at_least > len(self.of):
            raise ValueError("at_least is larger than the list")
        return self


class Pattern(Strict):
    """A regular expression over the normalised text (simplified, half-width, lower case)."""

    pattern: Wording
    except_: Annotated[Wording | None, Field(alias="except")] = None


class Near(Strict):
    """A wording of `a` and one of `b` with at most `within` characters between, in one sentence."""

    a: Wordings
    b: Wordings
    within: Annotated[int, Field(ge=0, le=60)] = 8
    ordered: bool = True
    except_: Annotated[Wordings | None, Field(alias="except")] = None


class Script(Strict):
    """A standard script: reached `verbatim` at a similarity (0-100), or by all of its parts.

    `parts` maps a part's name to its wordings; `optional` names parts whose absence is no miss;
    `across` is the number of adjacent turns of the speaker the parts may be spread over.
    """

    script: Wording | Wordings
    verbatim: Annotated[float, Field(ge=50, le=100)] = 85
    parts: Annotated[dict[str, Wordings], Field(min_length=1)] | None = None
    optional: list[str] = []
    across: Annotated[int, Field(ge=1, le=5)] = 2

    @model_validator(mode="after")
    def _known_optional(self) -> Script:
        unknown = [name for name in self.optional if name not in (self.parts or {})]
        if unknown:
            raise ValueError(f"optional names no part: {', '.join(unknown)}")
        return self


class NearNode(Strict):
    near: Near


class EntityNode(Strict):
    """Private data of these types in the turn (found at masking; the rule sees placeholders)."""

    entity: Annotated[list[EntityType], Field(min_length=1)]
    except_: Annotated[Wordings | None, Field(alias="except")] = None


class EmotionNode(Strict):
    """The customer's emotion (latest customer turn); not applicable without a classifier."""

    emotion: Annotated[list[EmotionName], Field(min_length=1)]
    min_intensity: Annotated[float, Field(ge=0, le=1)] = 0


class IntentNode(Strict):
    """The customer's intents (latest customer turn); not applicable without a classifier."""

    intent: Annotated[list[IntentName], Field(min_length=1)]


class RuleNode(Strict):
    """Another rule fired in this turn."""

    rule: str


class AllNode(Strict):
    all_of: Annotated[list[Node], Field(min_length=1)]


class AnyNode(Strict):
    any_of: Annotated[list[Node], Field(min_length=1)]


class NotNode(Strict):
    not_: Annotated[Node, Field(alias="not")]


class ExpressionNode(Strict):
    """``expr`` over the names in ``with``: and, or, not, parentheses."""

    expr: Wording
    with_: Annotated[dict[str, Node], Field(alias="with", min_length=1)]


_KEYS = {
    "any": "phrases", "all": "phrases", "of": "phrases", "at_least": "phrases",
    "pattern": "pattern", "near": "near", "script": "script", "entity": "entity",
    "emotion": "emotion", "intent": "intent", "rule": "rule", "all_of": "all_of",
    "any_of": "any_of", "not": "not", "expr": "expr",
}  # fmt: skip


def node_form(value: Any) -> str | None:
    """Return the form of a node by the key it carries; None when it carries none."""
    keys = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    for key, form in _KEYS.items():
        if key in keys or f"{key}_" in keys:
            return form
    return None


Node = Annotated[
    Annotated[Phrases, Tag("phrases")]
    | Annotated[Pattern, Tag("pattern")]
    | Annotated[NearNode, Tag("near")]
    | Annotated[Script, Tag("script")]
    | Annotated[EntityNode, Tag("entity")]
    | Annotated[EmotionNode, Tag("emotion")]
    | Annotated[IntentNode, Tag("intent")]
    | Annotated[RuleNode, Tag("rule")]
    | Annotated[AllNode, Tag("all_of")]
    | Annotated[AnyNode, Tag("any_of")]
    | Annotated[NotNode, Tag("not")]
    | Annotated[ExpressionNode, Tag("expr")],
    Discriminator(
        node_form,
        custom_error_type="unknown_node",
        custom_error_message="a node carries one of: " + ", ".join(dict.fromkeys(_KEYS)),
    ),
]


class Position(Strict):
    """Counts turns of the rule's speaker from the start of the call, from 1."""

    first: Annotated[int, Field(ge=1)] | None = None
    after: Annotated[int, Field(ge=1)] | None = None


class When(Strict):
    """Conditions on the turn. `customer` is a node over the latest customer turn before it."""

    speaker: SpeakerName = "agent"
    position: Position | None = None
    stage: list[str] | None = None
    channel: list[str] | None = None
    meta: dict[str, Any] | None = None
    emotion: list[EmotionName] | None = None
    intent: list[IntentName] | None = None
    customer: Node | None = None


class Scope(Strict):
    """Where a match doesn't count: behind a negation in its clause, inside a quotation or report.

    `at_least`: nor in sentences that the model of agents' sentences takes for a breach with less
    than this probability (none: the model isn't asked).
    """

    negation: bool = True
    quotation: bool = True
    at_least: Annotated[float, Field(ge=0, lt=1)] | None = None


class Evasion(Strict):
    """Which disguises are seen through. Each can be switched off for a rule."""

    separator: bool = True
    repeat: bool = True
    width: bool = True
    traditional: bool = True
    homophone: bool = True
    lookalike: bool = True


class Valid(Strict):
    """Dates of the call for which the rule holds, both included."""

    from_: Annotated[date | None, Field(alias="from")] = None
    to: date | None = None


class Example(Strict):
    """An example with metadata or past the plain form: ``turns`` is text with role prefixes."""

    turns: str
    meta: dict[str, Any] = {}
    channel: str = "hotline"


Text = Annotated[str, Field(min_length=1)]


class Examples(Strict):
    hit: list[Text | Example] = []
    miss: list[Text | Example] = []


class Anchor(Strict):
    """An occasion: a node that holds in a turn of `speaker`, or an event on the line."""

    speaker: SpeakerName = "customer"
    match: Node | None = None
    event: Literal["answer", "hold", "resume", "transfer"] | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Anchor:
        if (self.match is None) == (self.event is None):
            raise ValueError("give exactly one of match, event")
        return self


class Due(Strict):
    """When a required phrase is due. Turns count turns of the rule's speaker.

    first n turns · last n turns · within_s seconds of the start · within n `turns` after, or
    before, each occasion (`once: true`: the first only).
    """

    first: Annotated[int, Field(ge=1)] | None = None
    last: Annotated[int, Field(ge=1)] | None = None
    within_s: Annotated[float, Field(gt=0)] | None = None
    after: Anchor | None = None
    before: Anchor | None = None
    turns: Annotated[int, Field(ge=1)] = 2
    once: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> Due:
        forms = (self.first, self.last, self.within_s, self.after, self.before)
        if sum(form is not None for form in forms) != 1:
            raise ValueError("give exactly one of first, last, within_s, after, before")
        return self


class RequiredMatch(Strict):
    expect: Node
    due: Due


class OrderMatch(Strict):
    """`then` before the first `first` is the breach (only in calls in which both are said)."""

    first: Node
    then: Node


class CountMatch(Strict):
    """More than `at_most` (at the turn that passes it) or fewer than `at_least` (at the end)."""

    of: Node
    at_most: Annotated[int, Field(ge=0)] | None = None
    at_least: Annotated[int, Field(ge=1)] | None = None
    min_turns: Annotated[int, Field(ge=0)] = 0


class RatioMatch(Strict):
    """Occurrences per 100 turns of the speaker, decided at the end of the call."""

    of: Node
    at_most: Annotated[float, Field(ge=0)] | None = None
    at_least: Annotated[float, Field(gt=0)] | None = None
    min_turns: Annotated[int, Field(ge=1)] = 10


class RepeatMatch(Strict):
    """The speaker says the same again: similarity 0-100 with one of the last `within` own turns.

    `times` is how often it must have been said in all; `only` restricts to turns with this node.
    """

    similarity: Annotated[float, Field(ge=50, le=100)] = 90
    within: Annotated[int, Field(ge=1, le=50)] = 6
    min_chars: Annotated[int, Field(ge=2)] = 8
    times: Annotated[int, Field(ge=2)] = 2
    only: Node | None = None


class EntityMatch(Strict):
    types: Annotated[list[EntityType], Field(min_length=1)]
    except_: Annotated[Wordings | None, Field(alias="except")] = None


class LearnedMatch(Strict):
    """Sentences that read like breaches of `like` (an id of the service standard), as a model has learnt.

    For what no wording foresees: it finds nothing in a turn in which a rule of wordings of the same
    family does. `at_least` is the probability asked for; not applicable without a model.
    """

    like: Text
    at_least: Annotated[float, Field(ge=0.5, lt=1)] = 0.9
    except_: Annotated[Wordings | None, Field(alias="except")] = None


class TimingMatch(Strict):
    """A measured time: not applicable where the turns carry no times.

    speech_rate: characters a minute of a turn of at least `min_chars` · silence: seconds between
    two turns · overlap: seconds the speaker talks before the other has ended · response: seconds
    from the other's end to the speaker's start · ring: seconds from ring to answer.
    """

    metric: Literal["speech_rate", "silence", "overlap", "response", "ring"]
    at_most: float | None = None
    at_least: float | None = None
    min_chars: Annotated[int, Field(ge=1)] = 20

    @model_validator(mode="after")
    def _bounded(self) -> TimingMatch:
        if self.at_most is None and self.at_least is None:
            raise ValueError("give at_most, at_least or both")
        return self


class ContradictionMatch(Strict):
    """`claim` is said, and taken back by `taken_back` later in the call."""

    claim: Node
    taken_back: Node


class FollowUpMatch(Strict):
    """`trigger` (said at least `at_least` times) without `expect` near it.

    direction after: the expected is due in the same turn or the next `within` turns of the speaker
    (also before the trigger in the same turn); before: it must have been said earlier in the call,
    by either side.
    """

    trigger: Node
    expect: Node
    within: Annotated[int, Field(ge=0)] = 2
    direction: Literal["after", "before"] = "after"
    at_least: Annotated[int, Field(ge=1)] = 1


class RuleBase(Strict):
    """What every rule carries. `why` states why a rule is milder than its family."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)+$")]
    title: Text
    source: Annotated[list[str], Field(min_length=1)]
    family: str | None = None
    severity: SeverityName
    why: str | None = None
    valid: Valid | None = None
    when: When = When()
    scope: Scope = Scope()
    evasion: Evasion = Evasion()
    message: Text
    suggest: Text
    examples: Examples

    @property
    def group(self) -> str:
        """Return the family: as given, else the second part of the id."""
        return self.family or ([*self.id.split("."), self.id])[1]


class PhraseRule(RuleBase):
    kind: Literal["phrase"]
    match: Phrases


class PatternRule(RuleBase):
    kind: Literal["pattern"]
    match: Pattern


class NearRule(RuleBase):
    kind: Literal["near"]
    match: Near


class SimilarRule(RuleBase):
    kind: Literal["similar"]
    match: Script


class CombineRule(RuleBase):
    kind: Literal["combine"]
    match: Node


class RequiredRule(RuleBase):
    kind: Literal["required"]
    match: RequiredMatch


class OrderRule(RuleBase):
    kind: Literal["order"]
    match: OrderMatch


class CountRule(RuleBase):
    kind: Literal["count"]
    match: CountMatch


class RatioRule(RuleBase):
    kind: Literal["ratio"]
    match: RatioMatch


class RepeatRule(RuleBase):
    kind: Literal["repeat"]
    match: RepeatMatch


class EntityRule(RuleBase):
    kind: Literal["entity"]
    match: EntityMatch


class LearnedRule(RuleBase):
    kind: Literal["learned"]
    match: LearnedMatch


class TimingRule(RuleBase):
    kind: Literal["timing"]
    match: TimingMatch


class ContradictionRule(RuleBase):
    kind: Literal["contradiction"]
    match: ContradictionMatch


class FollowUpRule(RuleBase):
    kind: Literal["follow_up"]
    match: FollowUpMatch


Rule = Annotated[
    PhraseRule | PatternRule | NearRule | SimilarRule | CombineRule | RequiredRule | OrderRule
    | CountRule | RatioRule | RepeatRule | EntityRule | TimingRule | ContradictionRule | FollowUpRule
    | LearnedRule,
    Field(discriminator="kind"),
]  # fmt: skip


class PackFile(Strict):
    """One YAML file of rules. Files with the same `pack` and `version` make one pack.

    `at_least` is that of the scope of all rules of the file about single turns of agents that name none.
    """

    pack: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    version: Text
    title: str = ""
    at_least: Annotated[float, Field(ge=0, lt=1)] | None = None
    lists: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Wordings] = {}
    rules: list[Rule] = []

    @model_validator(mode="before")
    @classmethod
    def _shared(cls, data: Any) -> Any:
        """Give the file's `at_least` to its rules."""
        if not isinstance(data, dict) or not isinstance(data.get("rules"), list) or not data.get("at_least"):
            return data
        return {**data, "rules": [_with_least(rule, data["at_least"]) for rule in data["rules"]]}


_IN_ONE_TURN = frozenset({"phrase", "pattern", "near", "combine"})


def _with_least(rule: Any, at_least: Any) -> Any:
    if not isinstance(rule, dict) or rule.get("kind") not in _IN_ONE_TURN:
        return rule
    scope, when = rule.get("scope") or {}, rule.get("when") or {}
    if not isinstance(scope, dict) or not isinstance(when, dict) or when.get("speaker", "agent") != "agent":
        return rule
    return {**rule, "scope": {"at_least": at_least, **scope}}
