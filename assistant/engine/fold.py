"""The one fold: start a conversation, feed it turns and events, finish it with a report.

Live calls, recordings, role-plays and single utterances all pass through `Engine.start`,
`Engine.feed` and `Engine.finish`; nobody else decides anything about compliance. A state belongs to
its fold: `feed` uses it up and hands it on.
"""

from __future__ import annotations

from copy import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from assistant.engine.findings import in_scope, plausible, said_finding
from assistant.engine.obligations import RequiredTracker
from assistant.engine.trackers import (
    ContradictionTracker,
    CountTracker,
    FollowUpTracker,
    OrderTracker,
    Outcomes,
    RepeatTracker,
    TimingTracker,
    Tracker,
    speaks,
)
from assistant.match import plan
from assistant.match.lexicon import Entry, Hits, Scanner, Slots, slot_pattern
from assistant.match.view import Match, Toolbox, View
from assistant.model import (
    CallEvent,
    Conversation,
    Emotion,
    Finding,
    Intent,
    Origin,
    PackInfo,
    Report,
    Requirement,
    Scorecard,
    Speaker,
    Turn,
)
from assistant.text.normalise import Normaliser, Squeezed
from assistant.text.segment import Segmenter
from assistant.text.sound import SoundIndex

_SLOT_NAMES = ("company", "agent_id", "agent_name", "customer", "department", "phone")


class Classifier(Protocol):
    """Tells a customer's emotion and intents; `context` is the turns before, oldest first."""

    name: str
    sha256: str

    def classify(self, text: str, context: Sequence[Turn]) -> tuple[Emotion, tuple[Intent, ...]]: ...


class Scorer(Protocol):
    """Fills a scorecard from what the fold found."""

    def __call__(
        self, findings: Sequence[Finding], requirements: Sequence[Requirement], turns: Sequence[Turn]
    ) -> Scorecard: ...


class Unscorable(Protocol):
    """Says why a call can't be judged, or None."""

    def __call__(self, turns: Sequence[Turn]) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Event:
    """Something the fold decided: a new finding or requirement, an emotion."""

    type: str
    data: Finding | Requirement | Emotion


@dataclass(slots=True)
class State:
    """A conversation under way."""

    id: str
    channel: str
    origin: Origin
    meta: Mapping[str, Any]
    slots: Slots
    course: Course
    trackers: list[Tracker]
    outcomes: Outcomes = field(default_factory=Outcomes)
    turns: list[Turn] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    customer: View | None = None
    emotions: dict[int, Emotion] = field(default_factory=dict)
    intents: dict[int, tuple[Intent, ...]] = field(default_factory=dict)
    agent_id: str | None = None
    findings: list[Finding] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Course:
    """The rules that hold for a kind of call, indexed by what sets them off."""

    said: Mapping[int, tuple[int, ...]]
    always: tuple[int, ...]
    followed: tuple[plan.RulePlan, ...]
    wakes: Mapping[int, tuple[int, ...]]


class Engine:
    """A rule set ready to run; shared by all conversations, never changed by them."""

    def __init__(
        self,
        rules: plan.CompiledRules,
        *,
        company: str | Sequence[str] | None = None,
        classifier: Classifier | None = None,
        scorer: Scorer | None = None,
        unscorable: Unscorable | None = None,
        software: str = "huashu-assistant",
    ) -> None:
        self._rules = rules
        self._company = company
        self._classifier = classifier
        self._scorer = scorer
        self._unscorable = unscorable
        self._software = software
        segmenter = Segmenter()
        self._normaliser = Normaliser.of(rules.tables)
        self._tools = Toolbox(rules.entries, self._normaliser, segmenter)
        self._scanners: dict[str, Scanner] = {}
        self._sounds = SoundIndex(rules.sounds, rules.tables, segmenter) if rules.sounds else None
        self._courses: dict[tuple[Any, ...], Course] = {}

    @property
    def packs(self) -> tuple[PackInfo, ...]:
        return self._rules.packs

    @property
    def rules(self) -> tuple[plan.RulePlan, ...]:
        return self._rules.rules

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._rules.entries

    def only(self, rules: Sequence[plan.RulePlan]) -> Engine:
        """Return an engine for `rules` alone, compiled with this one's entries."""
        other = copy(self)
        other._rules = replace(self._rules, rules=tuple(rules))  # noqa: SLF001
        other._courses = {}  # noqa: SLF001
        other._scorer = other._unscorable = None  # noqa: SLF001
        return other

    def start(
        self,
        meta: Mapping[str, Any] | None = None,
        *,
        id: str = "",  # noqa: A002  (the wire's name)
        channel: str = "hotline",
        origin: Origin = "live",
    ) -> State:
        """Begin a conversation; `meta` carries the values of slots and conditions."""
        meta = dict(meta or {})
        course = self._course(meta, channel)
        trackers = [_tracker(rule) for rule in course.followed]
        return State(id, channel, origin, meta, self._slots(meta), course, trackers)

    def feed(self, state: State, item: Turn | CallEvent) -> tuple[State, tuple[Event, ...]]:
        """Take the next turn or event; return the state and what was decided by it."""
        if isinstance(item, CallEvent):
            if item.name in ("transfer", "answer") and item.agent_id:
                state.agent_id = item.agent_id
            for tracker in state.trackers:
                tracker.event(item, state.outcomes)
            return state, _emptied(state)
        turn = item
        if turn.role is Speaker.AGENT and turn.agent_id is None and state.agent_id is not None:
            turn = replace(turn, agent_id=state.agent_id)
        state.turns.append(turn)
        view = self._view(state, turn)
        self._said(state, view)
        self._follow(state, view)
        return state, _emptied(state)

    def finish(self, state: State) -> Report:
        """End the conversation: what is still open is decided, the scorecard filled."""
        last: dict[str, Turn] = {}
        for turn in state.turns:
            last[turn.role] = last["any"] = turn
        counts = {**state.counts, "any": len(state.turns)}
        reason = self._unscorable(state.turns) if self._unscorable else None
        if reason is None:
            for tracker in state.trackers:
                speaker = tracker.rule.when.speaker
                tracker.finish(last.get(speaker), counts.get(speaker, 0), state.outcomes)
            _emptied(state)
        findings = tuple(sorted(state.findings, key=_place))
        requirements = tuple(state.requirements)
        score = None
        if reason is None and self._scorer is not None:
            score = self._scorer(findings, requirements, state.turns)
        return Report(
            id=state.id,
            channel=state.channel,
            origin=state.origin,
            status="scored" if reason is None else "unscorable",
            reason=reason,
            turns=tuple(state.turns),
            findings=findings,
            requirements=requirements,
            packs=self._rules.packs,
            ruleset_sha256=self._rules.sha256,
            software=self._software,
            meta=state.meta,
            model={"name": self._classifier.name, "sha256": self._classifier.sha256}
            if self._classifier
            else None,
            emotions=dict(state.emotions),
            intents=dict(state.intents),
            score=score,
        )

    def run(self, conversation: Conversation) -> Report:
        """Fold a whole conversation."""
        state = self.start(
            conversation.meta,
            id=conversation.id,
            channel=conversation.channel,
            origin=conversation.origin,
        )
        for item in conversation.items:
            state, _ = self.feed(state, item)
        return self.finish(state)

    def check(self, turn: Turn, meta: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
        """Judge one utterance: no absences; what waits for later turns is pending."""
        state = self.start(meta)
        state.trackers = [t for t in state.trackers if not isinstance(t, RequiredTracker)]
        self.feed(state, turn)
        waiting = [finding for tracker in state.trackers for finding in tracker.pending()]
        return tuple(sorted([*state.findings, *waiting], key=_place))

    def _slots(self, meta: Mapping[str, Any]) -> Slots:
        given: dict[str, Any] = {"company": self._company, **{k: v for k, v in meta.items() if v}}
        values: dict[str, str] = {}
        texts: dict[str, str] = {}
        for name in _SLOT_NAMES:
            value = given.get(name)
            forms = [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)] if value else []
            pattern = slot_pattern(forms, self._normaliser.words) if forms else None
            if pattern:
                values[name] = pattern
                texts[name] = self._normaliser.words(forms[0])
        return Slots(values, texts)

    def _course(self, meta: Mapping[str, Any], channel: str) -> Course:
        day = _day(meta.get("started_at"))
        held = tuple(i for i, rule in enumerate(self._rules.rules) if _holds(rule, meta, channel, day))
        if held not in self._courses:
            self._courses[held] = _course([self._rules.rules[i] for i in held], held)
        return self._courses[held]

    def _scanner(self, role: Speaker) -> Scanner:
        side = "customer" if role is Speaker.CUSTOMER else "agent"
        if side not in self._scanners:
            numbers = self._rules.customer if side == "customer" else self._rules.agent
            self._scanners[side] = Scanner(self._rules.entries, numbers)
        return self._scanners[side]

    def _view(self, state: State, turn: Turn) -> View:
        squeezed = self._normaliser.squeeze(turn.text)
        scanner = self._scanner(turn.role)
        view = View(turn, squeezed, scanner.scan(squeezed, state.slots), state.slots, self._tools)
        role = turn.role.value
        view.number = state.counts[role] = state.counts.get(role, 0) + 1
        view.classified = self._classifier is not None
        if turn.role is Speaker.CUSTOMER:
            state.customer = view
            if self._classifier is not None:
                emotion, intents = self._classifier.classify(turn.text, state.turns[:-1])
                state.emotions[turn.index], state.intents[turn.index] = emotion, intents
                view.emotion, view.intents = emotion, intents
        elif state.customer is not None:
            view.emotion, view.intents = state.customer.emotion, state.customer.intents
        view.customer = state.customer
        undisguised = self._undisguise(squeezed)
        if undisguised is not None:
            view.undisguised = view.over(undisguised, scanner.scan(undisguised, state.slots))
        return view

    def _undisguise(self, squeezed: Squeezed) -> Squeezed | None:
        form: Squeezed | None = self._normaliser.collapse(squeezed)
        form = self._normaliser.undisguise(form or squeezed) or form
        if self._sounds is not None:
            form = self._sounds.rewrite(form or squeezed) or form
        return form

    def _said(self, state: State, view: View) -> None:
        numbers = _set_off(view, state.course.said, state.course.always)
        for number in numbers:
            rule = self._rules.rules[number]
            if isinstance(rule.body, plan.Said) and _applies(rule.when, view):
                matches = _matches(rule, rule.body, view)
                if matches:
                    view.fired.add(rule.id)
                    state.outcomes.findings.extend(said_finding(rule, match, view) for match in matches)

    def _follow(self, state: State, view: View) -> None:
        awake = [i for i, tracker in enumerate(state.trackers) if tracker.awake]
        for number in sorted({*awake, *_set_off(view, state.course.wakes, ())}):
            if number < len(state.trackers):
                tracker = state.trackers[number]
                if not speaks(view, tracker.rule.when.speaker) or _applies(tracker.rule.when, view):
                    tracker.turn(view, state.outcomes)


def _set_off(view: View, index: Mapping[int, tuple[int, ...]], always: Iterable[int]) -> list[int]:
    numbers = set(always)
    for hits in _all_hits(view):
        for entry in hits:
            numbers.update(index.get(entry, ()))
    return sorted(numbers)


def _all_hits(view: View) -> tuple[Hits, ...]:
    return (view.hits,) if view.undisguised is None else (view.hits, view.undisguised.hits)


def _matches(rule: plan.RulePlan, body: plan.Said, view: View) -> list[Match]:
    """Matches as said, and those a disguise hid that don't lie over one of them."""
    matches = [m for m in body.node.find(view) or () if in_scope(rule, m, view.turn)]
    if view.undisguised is not None:
        for match in body.node.find(view.undisguised) or ():
            if (
                match.altered
                and plausible(match)
                and in_scope(rule, match, view.turn)
                and not any(_overlap(match, other) for other in matches)
            ):
                matches.append(match)
    return matches


def _overlap(one: Match, other: Match) -> bool:
    return (one.start or 0) < (other.end or 0) and (other.start or 0) < (one.end or 0)


def _applies(when: plan.WhenPlan, view: View) -> bool:
    """Whether the turn is of the rule's speaker, at its place, in its situation."""
    if when.speaker not in ("any", view.turn.role):
        return False
    if (when.first is not None and view.number > when.first) or (
        when.after is not None and view.number <= when.after
    ):
        return False
    if when.stages and view.stage not in when.stages:
        return False
    if when.feeling is not None and not when.feeling.find(view):
        return False
    return when.customer is None or bool(view.customer and when.customer.find(view.customer))


def _holds(rule: plan.RulePlan, meta: Mapping[str, Any], channel: str, day: date | None) -> bool:
    when = rule.when
    if when.channels and channel not in when.channels:
        return False
    if when.meta and any(meta.get(key) not in values for key, values in when.meta.items()):
        return False
    day = day or date.today()  # noqa: DTZ011  (a call without date is judged by today's rules)
    return (rule.valid_from is None or rule.valid_from <= day) and (
        rule.valid_to is None or day <= rule.valid_to
    )


def _day(started_at: object) -> date | None:
    try:
        return date.fromisoformat(str(started_at)[:10]) if started_at else None
    except ValueError:
        return None


def _course(rules: Sequence[plan.RulePlan], numbers: Sequence[int]) -> Course:
    said: dict[int, list[int]] = {}
    always: list[int] = []
    followed: list[plan.RulePlan] = []
    wakes: dict[int, list[int]] = {}
    for number, rule in zip(numbers, rules, strict=True):
        if isinstance(rule.body, plan.Said):
            for entry in rule.body.node.triggers:
                said.setdefault(entry, []).append(number)
            if not rule.body.node.triggers:
                always.append(number)
        else:
            for entry in _tracker(rule).triggers:
                wakes.setdefault(entry, []).append(len(followed))
            followed.append(rule)
    return Course(
        {entry: tuple(found) for entry, found in said.items()},
        tuple(always),
        tuple(followed),
        {entry: tuple(found) for entry, found in wakes.items()},
    )


def _tracker(rule: plan.RulePlan) -> Tracker:
    body = rule.body
    if isinstance(body, plan.Required):
        return RequiredTracker(rule, body)
    if isinstance(body, plan.Order):
        return OrderTracker(rule, body)
    if isinstance(body, plan.Count):
        return CountTracker(rule, body)
    if isinstance(body, plan.Repeat):
        return RepeatTracker(rule, body)
    if isinstance(body, plan.Timing):
        return TimingTracker(rule, body)
    if isinstance(body, plan.Contradiction):
        return ContradictionTracker(rule, body)
    if isinstance(body, plan.FollowUp):
        return FollowUpTracker(rule, body)
    raise TypeError(f"not a rule over several turns: {rule.id}")


def _place(finding: Finding) -> tuple[int, int, int, str]:
    return (finding.turn, -1 if finding.start is None else finding.start, finding.end or 0, finding.rule)


def _emptied(state: State) -> tuple[Event, ...]:
    """Move what was decided into the state; return it as events."""
    out = state.outcomes
    events = [Event("finding", finding) for finding in out.findings]
    events += [Event("requirement", requirement) for requirement in out.requirements]
    state.findings.extend(out.findings)
    state.requirements.extend(out.requirements)
    state.outcomes = Outcomes()
    return tuple(events)
