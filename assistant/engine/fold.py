"""The one fold: start a conversation, feed it turns and events, finish it with a report.

Live calls, recordings, role-plays and single utterances all pass through `Engine.start`,
`Engine.feed` and `Engine.finish`; nobody else decides anything about compliance. A state belongs to
its fold: `feed` uses it up and hands it on.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from assistant.engine import seam
from assistant.engine.address import addressed
from assistant.engine.course import Course, course_of, day_of, holds, scanned, tracker_of
from assistant.engine.findings import in_scope, listed, one_of_each_family, plausible, said_finding
from assistant.engine.trackers import SIDES, Outcomes, Tracker, speaks
from assistant.match import plan
from assistant.match.lexicon import Entry, Matcher, Scanner, Shelves, Slots, slot_pattern
from assistant.match.nodes import AllNode, AnyNode, NotNode, PatternNode
from assistant.match.view import Match, Toolbox, Verdict, View
from assistant.model import (
    Alert,
    CallEvent,
    Conversation,
    Emotion,
    Finding,
    Intent,
    Origin,
    PackInfo,
    Prompt,
    Report,
    Requirement,
    Scorecard,
    Severity,
    Speaker,
    Turn,
)
from assistant.nlp.complaint import read_complaint
from assistant.nlp.curve import Curve, summary
from assistant.text.normalise import Normaliser, Squeezed
from assistant.text.segment import Segmenter
from assistant.text.sound import SoundIndex

if TYPE_CHECKING:
    from assistant.engine.guide import Counsel, Decided, Due, Guide, Kinds
    from assistant.engine.guide import Course as Guidance
    from assistant.nlp.taxonomy import Taxonomy

_CONTEXT = 8  # turns before that a classifier is given
_AHEAD = 64  # turns of a recording that models read together
_WARNING = "客户情绪正在升温，还没有提出投诉：先安抚情绪，再处理事情"
_SLOT = re.compile(r"\{(\w+)\}")
# What stands in a suggestion for a value that isn't known.
_UNKNOWN = {
    "company": "××公司", "agent_id": "××××", "agent_name": "×××", "department": "相关部门", "phone": "×××××",
}  # fmt: skip
_SLOT_NAMES = ("company", "agent_id", "agent_name", "customer", "department", "phone")


class Classifier(Protocol):
    """Tells a customer's emotion and intents; `context` is the turns before, oldest first."""

    @property
    def name(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    def prepare(self, turns: Sequence[Turn]) -> None:
        """Get ready for turns that will be asked about next; the answers are the same without."""
        ...

    def classify(self, text: str, context: Sequence[Turn]) -> tuple[Emotion, tuple[Intent, ...]]: ...

    def kinds(self, text: str, context: Sequence[Turn]) -> tuple[Intent, ...]:
        """Return kinds of complaint, likeliest first."""
        ...


class Conduct(Protocol):
    """Tells whether an agent's turn reads like a breach, and of what; None if not."""

    @property
    def sha256(self) -> str: ...

    def read(self, squeezed: Squeezed, at_least: float) -> tuple[float, Verdict | None]:
        """Return the probability of a breach (0: below `at_least`) and the verdict, None if harmless."""
        ...

    def likelihood(self, squeezed: Squeezed, start: int, end: int) -> float:
        """Return the probability of a breach in the sentences around squeezed.text[start:end]."""
        ...

    def clauses(self, squeezed: Squeezed) -> Sequence[Verdict]:
        """Return the verdicts on the clauses that read like a breach when heard alone."""
        ...


class Scorer(Protocol):
    """Fills a scorecard from what the fold found."""

    def __call__(
        self,
        findings: Sequence[Finding],
        requirements: Sequence[Requirement],
        turns: Sequence[Turn],
        *,
        channel: str,
        meta: Mapping[str, Any],
    ) -> Scorecard: ...


class Unscorable(Protocol):
    """Says why a call can't be judged, or None."""

    def __call__(self, turns: Sequence[Turn]) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Event:
    """Something the fold decided: a finding, a requirement, an emotion, an alert, a standing, a prompt."""

    type: str
    data: Finding | Requirement | Emotion | Alert | Prompt | Mapping[str, Any]


@dataclass(slots=True)
class State:
    """A conversation under way."""

    id: str
    channel: str
    origin: Origin
    meta: Mapping[str, Any]
    slots: Slots
    course: Course
    trackers: dict[int, Tracker] = field(default_factory=dict)
    awake: dict[str, set[int]] = field(default_factory=lambda: {side: set() for side in SIDES})
    done: set[int] = field(default_factory=set)
    outcomes: Outcomes = field(default_factory=Outcomes)
    turns: list[Turn] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    customer: View | None = None
    latest: View | None = None
    emotions: dict[int, Emotion] = field(default_factory=dict)
    intents: dict[int, tuple[Intent, ...]] = field(default_factory=dict)
    curve: Curve = field(default_factory=Curve)
    guidance: Guidance | None = None
    prompting: bool = True
    events: list[Event] = field(default_factory=list)
    agent_id: str | None = None
    path: str | None = None
    findings: list[Finding] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)


class Engine:
    """A rule set ready to run; shared by all conversations, never changed by them."""

    def __init__(
        self,
        rules: plan.CompiledRules,
        *,
        company: str | Sequence[str] | None = None,
        classifier: Classifier | None = None,
        taxonomy: Taxonomy | None = None,
        conduct: Conduct | None = None,
        guide: Guide | None = None,
        scorer: Scorer | None = None,
        unscorable: Unscorable | None = None,
        software: str = "huashu-assistant",
    ) -> None:
        self._company = company
        self._classifier = classifier
        self._taxonomy = taxonomy
        self._conduct = conduct
        self._guide = guide
        self._scorer = scorer
        self._unscorable = unscorable
        self._software = software
        self._segmenter = Segmenter()
        self._take(rules)

    def prepare(self) -> Iterator[None]:
        """Make ready, in many small steps, what else the first turns that need it would wait for."""
        for scanner in self._tools.triggers.values():
            scanner.prepare()
            yield
        if self._sounds is not None:
            self._sounds.prepare()
            yield
        yield from self._tools.matcher.prepare()

    def _take(self, rules: plan.CompiledRules) -> None:
        """Make ready what depends on the rules."""
        self._rules = rules
        self._normaliser = Normaliser.of(rules.tables)
        self._tools = _toolbox(rules, self._normaliser, self._segmenter)
        self._meta_keys = sorted({key for rule in rules.rules for key in rule.when.meta or ()})
        self._ends = sorted({day for rule in rules.rules for day in (rule.valid_from, rule.valid_to) if day})
        self._sounds = SoundIndex(rules.sounds, rules.tables, self._segmenter) if rules.sounds else None
        self._courses: dict[tuple[Any, ...], Course] = {}

    def with_rules(self, rules: plan.CompiledRules, conduct: Conduct | None) -> Engine:
        """Return an engine for other rules; dictionary, models, guidance and scorecards are this one's.

        `conduct` reads agents' sentences, None where no rule asks for it.
        """
        other = copy(self)
        other._conduct = conduct  # noqa: SLF001
        other._take(rules)  # noqa: SLF001
        return other

    @property
    def packs(self) -> tuple[PackInfo, ...]:
        return self._rules.packs

    @property
    def rules(self) -> tuple[plan.RulePlan, ...]:
        return self._rules.rules

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self._rules.entries

    @property
    def sha256(self) -> str:
        """What the rule set is known by in reports."""
        return self._rules.sha256

    @property
    def classifier(self) -> Classifier | None:
        return self._classifier

    @property
    def conduct(self) -> Conduct | None:
        return self._conduct

    def likelihood(self, text: str, start: int, end: int) -> float:
        """Return how likely the agent's sentences around text[start:end] are a breach, by their model.

        1 where no model reads agents' sentences.
        """
        if self._conduct is None:
            return 1.0
        squeezed = self._normaliser.squeeze(text)
        places = squeezed.positions
        return self._conduct.likelihood(squeezed, bisect_left(places, start), bisect_left(places, end))

    @property
    def guide(self) -> Guide | None:
        return self._guide

    def only(self, rules: Sequence[plan.RulePlan]) -> Engine:
        """Return an engine for `rules` alone, with this one's entries; it neither guides nor scores."""
        other = copy(self)
        other._guide = None  # noqa: SLF001
        other._rules = replace(self._rules, rules=tuple(rules))  # noqa: SLF001
        other._courses = {}  # noqa: SLF001
        other._scorer = other._unscorable = None  # noqa: SLF001
        return other

    def scored_by(self, scorer: Scorer) -> Engine:
        """Return the same engine with another one to fill scorecards."""
        other = copy(self)
        other._scorer = scorer  # noqa: SLF001
        return other

    @property
    def scorer(self) -> Scorer | None:
        return self._scorer

    def start(
        self,
        meta: Mapping[str, Any] | None = None,
        *,
        id: str = "",  # noqa: A002  (the wire's name)
        channel: str = "hotline",
        origin: Origin = "live",
        day: date | None = None,
        path: str | None = None,
        prompting: bool = True,
    ) -> State:
        """Begin a conversation; `meta` carries the values of slots and conditions.

        Rules that hold for a time are those of the day the call started at, else of `day`, else of today.
        Without `prompting` nobody is shown anything while it runs; else the report is the same.
        """
        meta = dict(meta or {})
        course = self._course(meta, channel, day)
        state = State(id, channel, origin, meta, self._slots(meta), course, path=path, prompting=prompting)
        if self._guide is not None:
            state.guidance = self._guide.start(channel, meta)
        for number in course.at_start:
            self._tracker(state, number)
        for speaker in (*Speaker, "any"):
            state.outcomes.recent[speaker] = deque(maxlen=course.remember)
        return state

    def feed(self, state: State, item: Turn | CallEvent) -> tuple[State, tuple[Event, ...]]:
        """Take the next turn or event; return the state and what was decided by it."""
        if isinstance(item, CallEvent):
            if item.name in ("transfer", "answer") and item.agent_id:
                state.agent_id = item.agent_id
            last_turn = state.turns[-1] if state.turns else None
            for number in state.course.on_event:
                tracker = self._tracker(state, number)
                tracker.event(item, last_turn, state.outcomes)
                self._settle(state, number, tracker)
            return state, _emptied(state)
        turn = item
        if turn.role is Speaker.AGENT and turn.agent_id is None and state.agent_id is not None:
            turn = replace(turn, agent_id=state.agent_id)
        state.turns.append(turn)
        view = self._view(state, turn)
        state.outcomes.recent[turn.role].append(view)
        state.outcomes.recent["any"].append(view)
        self._judge(state, view)
        if state.latest is not None and seam.continues(state.latest, view, state.channel):
            self._join(state, state.latest, view)
        state.latest = view
        events = _emptied(state)
        if state.guidance is not None:
            events += tuple(self._guided(state, state.guidance, turn, events))
        return state, events

    def _guided(
        self, state: State, guidance: Guidance, turn: Turn, decided: Sequence[Event]
    ) -> Iterator[Event]:
        """Yield what the guide makes of a turn and of what was decided by it."""
        if self._guide is None:
            return
        felt = state.emotions.get(turn.index), state.intents.get(turn.index, ()), state.curve.level
        told = self._decided(state, decided) if state.prompting else None
        for kind, data in self._guide.feed(guidance, turn, felt, self._kinds(state), told):
            yield Event(kind, data)

    def _decided(self, state: State, decided: Sequence[Event]) -> Decided:
        from assistant.engine.guide import Decided  # not on the way of `huashu check`

        return Decided(
            findings=[event.data for event in decided if isinstance(event.data, Finding)],
            requirements=[event.data for event in decided if isinstance(event.data, Requirement)],
            alert=next((event.data for event in decided if isinstance(event.data, Alert)), None),
            due=self._due(state),
        )

    @staticmethod
    def _due(state: State) -> list[Due]:
        """Return the required phrases of agents whose time is running."""
        from assistant.engine.guide import Due

        waiting = (state.trackers[number] for number in sorted(state.awake["agent"]))
        return [
            Due(rule.id, rule.title, rule.source, _filled(rule.suggest, state.meta))
            for tracker in waiting
            if tracker.due and (rule := tracker.rule).when.speaker == Speaker.AGENT
        ]

    def counsel(self, state: State) -> Counsel | None:
        """Return the advice for the moment at which a running conversation stands."""
        if self._guide is None or state.guidance is None:
            return None
        return self._guide.counsel(state.guidance)

    def standing(self, state: State) -> tuple[tuple[dict[str, Any], ...], tuple[Prompt, ...]]:
        """Return the procedures of a running conversation, the main one first, and the prompts shown."""
        if self._guide is None or state.guidance is None:
            return (), ()
        return self._guide.told(state.guidance, final=False), state.guidance.board.visible()

    def finish(self, state: State) -> Report:
        """End the conversation: what is still open is decided, the scorecard filled."""
        last: dict[str, Turn] = {}
        for turn in state.turns:
            last[turn.role] = last["any"] = turn
        counts = {**state.counts, "any": len(state.turns)}
        reason = self._unscorable(state.turns) if self._unscorable else None
        if reason is None:
            for number in state.course.at_end:
                self._tracker(state, number)
            for number in sorted({*state.trackers, *state.course.idle}):
                if number in state.trackers:
                    tracker = state.trackers[number]
                    speaker = tracker.rule.when.speaker
                    tracker.finish(last.get(speaker), counts.get(speaker, 0), state.outcomes)
                else:
                    state.outcomes.requirements.append(state.course.idle[number])
            _emptied(state)
        findings = tuple(sorted(state.findings, key=_place))
        requirements = tuple(state.requirements)
        score = None
        if reason is None and self._scorer is not None:
            score = self._scorer(findings, requirements, state.turns, channel=state.channel, meta=state.meta)
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
            model=self._models(),
            emotions=dict(state.emotions),
            intents=dict(state.intents),
            emotion=summary(state.curve, state.emotions, state.turns),
            complaint=self._complaint(state),
            procedures=self._guide.told(state.guidance, final=True) if self._guide and state.guidance else (),
            prompts=state.guidance.board.all() if state.guidance else (),
            score=score,
            path=state.path,
        )

    def _models(self) -> dict[str, str] | None:
        """Name the models a report rests on: every finding can be made again."""
        if self._classifier is None:
            return None
        named = {"name": self._classifier.name, "sha256": self._classifier.sha256}
        return named if self._conduct is None else named | {"conduct_sha256": self._conduct.sha256}

    def run(self, conversation: Conversation) -> Report:
        """Fold a whole conversation; where it is over (origin import) nobody is shown prompts any more."""
        state = self.start(
            conversation.meta,
            id=conversation.id,
            channel=conversation.channel,
            origin=conversation.origin,
            path=conversation.path,
            prompting=conversation.origin != "import",
        )
        turns = conversation.turns
        for item in conversation.items:
            if isinstance(item, Turn) and len(state.turns) % _AHEAD == 0:
                self._read_ahead(turns[max(0, len(state.turns) - _CONTEXT) :][: _CONTEXT + _AHEAD])
            state, _ = self.feed(state, item)
        return self.finish(state)

    def _read_ahead(self, turns: Sequence[Turn]) -> None:
        """Have the models read the next turns of a recording together: less work, the same answers."""
        if self._classifier is not None:
            self._classifier.prepare(turns)
        if self._guide is not None:
            self._guide.prepare(turns)

    def check(self, turn: Turn, meta: Mapping[str, Any] | None = None) -> tuple[Finding, ...]:
        """Judge one utterance: no absences; what waits for later turns is pending."""
        state = self.start(meta)
        self.feed(state, turn)
        waiting = [finding for tracker in state.trackers.values() for finding in tracker.pending()]
        said = (finding for finding in state.findings if "absence" not in finding.how)
        return tuple(sorted([*said, *waiting], key=_place))

    def _slots(self, meta: Mapping[str, Any]) -> Slots:
        given: dict[str, Any] = {"company": self._company, **{k: v for k, v in meta.items() if v}}
        values: dict[str, str] = {}
        texts: dict[str, str] = {}
        for name in _SLOT_NAMES:
            value = given.get(name)
            forms = (
                [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)] if value else []
            )
            pattern = slot_pattern(forms, self._normaliser.words) if forms else None
            if pattern:
                values[name] = pattern
                texts[name] = self._normaliser.words(forms[0])
        return Slots(values, texts)

    def _course(self, meta: Mapping[str, Any], channel: str, day: date | None) -> Course:
        """Return the course of calls like this one (made once for each kind of call)."""
        day = day_of(meta.get("started_at")) or day or date.today()  # noqa: DTZ011 (the house's own calendar)
        era = sum(end <= day for end in self._ends), day in self._ends
        key = (channel, era, *(str(meta.get(key)) for key in self._meta_keys))
        if key not in self._courses:
            numbers = [i for i, rule in enumerate(self._rules.rules) if holds(rule, meta, channel, day)]
            self._courses[key] = course_of(self._rules.rules, numbers)
        return self._courses[key]

    def _tracker(self, state: State, number: int) -> Tracker:
        tracker = state.trackers.get(number)
        if tracker is None:
            tracker = state.trackers[number] = tracker_of(self._rules.rules[number])
            if tracker.awake:
                self._settle(state, number, tracker)
        return tracker

    @staticmethod
    def _settle(state: State, number: int, tracker: Tracker) -> None:
        if tracker.done:
            state.done.add(number)
        awake = tracker.awake and not tracker.done
        for side in tracker.sides:
            if awake:
                state.awake[side].add(number)
            else:
                state.awake[side].discard(number)

    def _view(self, state: State, turn: Turn) -> View:
        squeezed = self._normaliser.squeeze(turn.text)
        side = "customer" if turn.role is Speaker.CUSTOMER else "agent"
        view = View(turn, squeezed, side, state.slots, self._tools)
        role = turn.role
        view.number = state.counts[role] = state.counts.get(role, 0) + 1
        view.classified = self._classifier is not None
        if turn.role is Speaker.CUSTOMER:
            state.customer = view
            if self._classifier is not None:
                view.emotion, view.intents = self._understand(state, turn, self._classifier)
        elif state.customer is not None:
            view.emotion, view.intents = state.customer.emotion, state.customer.intents
        view.customer = state.customer
        undisguised = self._undisguise(squeezed, turn.role)
        if undisguised is not None:
            view.undisguised = view.over(undisguised)
        if self._conduct is not None and turn.role is Speaker.AGENT:
            for form in _forms(view):
                form.likely, form.verdict = self._conduct.read(form.squeezed, state.course.at_least)
        return view

    @staticmethod
    def _understand(state: State, turn: Turn, classifier: Classifier) -> tuple[Emotion, tuple[Intent, ...]]:
        """Classify a customer's turn; note how the customer feels, and warn where that gets worse."""
        emotion, intents = classifier.classify(turn.text, state.turns[-1 - _CONTEXT : -1])
        state.emotions[turn.index], state.intents[turn.index] = emotion, intents
        state.events.append(Event("emotion", emotion))
        level = state.curve.feed(turn.index, emotion, intents)
        if level is not None:
            state.events.append(Event("alert", Alert(turn.index, level, _WARNING)))
        return emotion, intents

    def _complaint(self, state: State) -> dict[str, Any] | None:
        if self._taxonomy is None or not state.emotions:
            return None
        kinds = self._kinds(state)
        return read_complaint(state.turns, state.emotions, state.intents, kinds, self._taxonomy)

    def _kinds(self, state: State) -> Kinds:
        """Return what tells the kinds of complaint of a turn, likeliest first."""
        turns, classifier = state.turns, self._classifier

        def kinds(turn: Turn) -> Sequence[Intent]:
            if classifier is None:
                return ()
            place = next(place for place in range(len(turns) - 1, -1, -1) if turns[place].index == turn.index)
            return classifier.kinds(turn.text, turns[max(0, place - _CONTEXT) : place])

        return kinds

    def _undisguise(self, squeezed: Squeezed, role: Speaker) -> Squeezed | None:
        form: Squeezed | None = self._normaliser.fluent(squeezed)
        form = self._normaliser.collapse(form or squeezed) or form
        form = self._normaliser.undisguise(form or squeezed) or form
        if self._sounds is not None and role is not Speaker.CUSTOMER:
            form = self._sounds.rewrite(form or squeezed) or form
        return form

    def _judge(self, state: State, view: View) -> None:
        """Let every rule that the turn concerns look at it."""
        said, followed = self._concerned(state, view)
        for number in sorted(said):
            self._said(state, view, self._rules.rules[number])
        for number in sorted(followed - state.done):
            tracker = self._tracker(state, number)
            when = tracker.rule.when
            own = speaks(view, when.speaker)
            if _applies(when, view) if own else any(speaks(view, other) for other in tracker.listens):
                tracker.turn(view, state.outcomes)
                self._settle(state, number, tracker)
        form = view.undisguised or view
        if form.verdict is None or self._conduct is None:
            return
        self._learned(state, view, form, form.verdict)
        for verdict in self._conduct.clauses(form.squeezed):
            self._learned(state, view, form, verdict, clause=True)

    def _learned(
        self, state: State, view: View, form: View, verdict: Verdict, *, clause: bool = False
    ) -> None:
        """Let the rules that ask the model of the verdict's family look at a turn in which it has no finding.

        What is heard of a clause alone counts where a veto is at stake: it's fatal, and nothing found is.
        """
        heard = copy(form)
        heard.verdict = verdict
        for rule in (self._rules.rules[number] for number in state.course.learned.get(verdict.family, ())):
            known = [f for f in (*state.outcomes.findings, *state.findings) if f.turn == view.turn.index]
            if any(f.family == rule.family for f in known):
                continue
            if clause and (rule.severity < Severity.FATAL or any(f.severity is rule.severity for f in known)):
                continue
            if not isinstance(rule.body, plan.Said) or not _applies(rule.when, view):
                continue
            matches = [m for m in listed(rule.body.node.find(heard)) if in_scope(rule, m, view.turn)]
            state.outcomes.findings.extend(said_finding(rule, match, view) for match in matches)

    def _concerned(self, state: State, view: View) -> tuple[set[int], set[int]]:
        """Return the rules of one turn and those over several turns that the turn may concern.

        The words themselves are looked at last: most of what they could set off has no cause to be asked.
        """
        course, forms = state.course, _forms(view)
        likely = view.likely if len(forms) == 1 else max(form.likely for form in forms)
        harmless = likely < course.at_least
        said = set(course.always[view.side])
        if view.turn.masks:
            said.update(course.on_masks)
        if harmless:
            said &= course.sure
        if not said.isdisjoint(course.answering):
            said = {number for number in said if self._asks(course, number, view)}
        followed = set(state.awake[view.side])
        if view.turn.start_s is not None:
            followed.update(course.on_times)
        concerns = (course.harmless if harmless else course.concerns)[view.side]
        for form in forms:
            hits = form.hits
            for entry in hits.keys() & concerns.keys() if hits else ():
                concern = concerns[entry]
                asked: Sequence[int] = concern.said
                heeding: Sequence[int] = concern.followed
                if concern.plain:
                    if said.issuperset(asked):
                        continue
                else:
                    asked = [n for n in asked if n not in said and self._asks(course, n, view)]
                    if heeding:
                        heeding = [
                            n for n in heeding if n not in followed and self._heeds(state, n, entry, view)
                        ]
                    if not asked and not heeding:
                        continue
                places = hits[entry]
                if places or (places is None and form.look(entry)):
                    said.update(asked)
                    followed.update(heeding)
        return said, followed

    def _asks(self, course: Course, number: int, view: View) -> bool:
        """Whether a rule of one turn may count after what the customer said."""
        return number not in course.answering or self._may_answer(number, view)

    def _heeds(self, state: State, number: int, entry: int, view: View) -> bool:
        """Whether an entry said now may make a difference to a rule over several turns."""
        course = state.course
        if number in state.done:
            return False
        first = course.changing.get(number)
        if first is not None:
            tracker = state.trackers.get(number)
            if not (entry in first if tracker is None else tracker.heeds(entry)):
                return False
        when = self._rules.rules[number].when
        return number not in course.answering or not speaks(view, when.speaker) or _answers(when, view)

    def _may_answer(self, number: int, view: View) -> bool:
        """Whether the customer may have said before what the rule asks for, as far as single words tell."""
        asked = self._rules.rules[number].when.customer
        if asked is None or view.customer is None:
            return asked is None or isinstance(asked, NotNode)
        return not asked.triggers or not asked.triggers.isdisjoint(view.customer.hits)

    def _said(self, state: State, view: View, rule: plan.RulePlan) -> None:
        if not isinstance(rule.body, plan.Said) or not _in_place(rule.when, view):
            return
        # A single condition is sooner read than what the customer said before, several are not.
        several = isinstance(rule.body.node, AllNode | AnyNode)
        if several and not _answers(rule.when, view):
            return
        matches = self._matches(rule, rule.body, view)
        if matches and (several or _answers(rule.when, view)):
            view.fired.add(rule.id)
            state.outcomes.findings.extend(said_finding(rule, match, view) for match in matches)

    def _matches(self, rule: plan.RulePlan, body: plan.Said, view: View) -> list[Match]:
        """Matches as said, and those a disguise hid that don't lie over one of them."""
        matches = [m for m in listed(body.node.find(view)) if self._counts(rule, m, view)]
        if view.undisguised is not None and not isinstance(body.node, PatternNode):  # it reads what was said
            altered = [m for m in body.node.find(view.undisguised) or () if m.altered and plausible(m)]
            for match in listed(altered):
                if self._counts(rule, match, view.undisguised) and not any(
                    _overlap(match, other) for other in matches
                ):
                    matches.append(match)
        return matches

    def _counts(self, rule: plan.RulePlan, match: Match, view: View) -> bool:
        """Whether a match is in the scope of its rule."""
        if not in_scope(rule, match, view.turn):
            return False
        if self._conduct is None or not rule.at_least:
            return True
        positions = view.squeezed.positions
        start = 0 if match.start is None else bisect_left(positions, match.start)
        end = len(positions) if match.end is None else bisect_left(positions, match.end)
        return self._conduct.likelihood(view.squeezed, start, end) >= rule.at_least

    def _join(self, state: State, first: View, second: View) -> None:
        """Let the rules of one turn look over the seam of two turns of one speaker."""
        numbers = self._over_seam(state.course, first, second)
        if not numbers:
            return
        both = self._again(first, seam.joined(first, second))
        for rule in (self._rules.rules[number] for number in sorted(numbers)):
            if not isinstance(rule.body, plan.Said) or not _applies(rule.when, both):
                continue
            for match in self._matches(rule, rule.body, both):
                if seam.crosses(match, first, second):
                    finding = seam.placed(said_finding(rule, match, both), first, second)
                    known = (*state.findings, *state.outcomes.findings)
                    if not any(seam.found_before(finding, other) for other in known):
                        state.outcomes.findings.append(finding)

    def _over_seam(self, course: Course, first: View, second: View) -> set[int]:
        """Return the rules that may have a match over the seam: from the ends that meet there."""
        text, place = seam.ends(first, second)
        if not self._promising(course, text, first):
            return set()
        ends = self._again(first, replace(first.turn, text=text, masks=()))
        return {number for form in _forms(ends) for number in self._meeting(course, form, place)}

    def _promising(self, course: Course, text: str, first: View) -> bool:
        """Whether the ends that meet hold something that sets off a rule looking over seams."""
        squeezed = self._normaliser.squeeze(text)
        forms = (squeezed, self._undisguise(squeezed, first.turn.role))
        scan, entries = self._tools.triggers[first.side].scan, course.over_seams[first.side]
        return any(form is not None and not entries.isdisjoint(scan(form)) for form in forms)

    def _meeting(self, course: Course, ends: View, place: int) -> Iterator[int]:
        """Yield the rules with a match over `place`; of phrases those with a wording there."""
        rules, concerns = self._rules.rules, course.concerns[ends.side]
        others: set[int] = set()
        for entry in ends.hits:
            concern = concerns.get(entry)
            if concern is None or not concern.said:
                continue
            places = ends.places(entry)
            over = any(start < place < end for start, end in (ends.squeezed.span(*found) for found in places))
            for number in concern.said:
                if rules[number].kind != "phrase":
                    others.add(number)
                elif over:
                    yield number
        for number in others:
            body = rules[number].body
            if rules[number].kind in seam.KINDS and isinstance(body, plan.Said):
                matches = body.node.find(ends) or ()
                if any((match.start or 0) < place < (match.end or 0) for match in matches):
                    yield number

    def _again(self, like: View, turn: Turn) -> View:
        """Return another text of the speaker of `like`, in the same situation."""
        view = like.over(self._normaliser.squeeze(turn.text))
        view.turn, view.as_said = turn, None
        undisguised = self._undisguise(view.squeezed, turn.role)
        if undisguised is not None:
            view.undisguised = view.over(undisguised)
        return view


def _toolbox(rules: plan.CompiledRules, normaliser: Normaliser, segmenter: Segmenter) -> Toolbox:
    triggers = {side: Scanner(rules.entries, scanned(rules.rules, side)) for side in SIDES}
    others = {
        side: Shelves(rules.entries, rules.groups, scanner.numbers) for side, scanner in triggers.items()
    }
    return Toolbox(Matcher(rules.entries), normaliser, segmenter, triggers, others)


def _forms(view: View) -> tuple[View, ...]:
    """Return a turn as said and, where it was disguised, as meant."""
    return (view,) if view.undisguised is None else (view, view.undisguised)


def _overlap(one: Match, other: Match) -> bool:
    return (one.start or 0) < (other.end or 0) and (other.start or 0) < (one.end or 0)


def _applies(when: plan.WhenPlan, view: View) -> bool:
    """Whether the turn is of the rule's speaker, at its place, in its situation."""
    return _in_place(when, view) and _answers(when, view)


def _answers(when: plan.WhenPlan, view: View) -> bool:
    """Whether the customer said before what the rule asks for; one who hasn't spoken said nothing."""
    if when.customer is None or view.customer is None:
        return when.customer is None or isinstance(when.customer, NotNode)
    return view.answered(when.customer)


def _in_place(when: plan.WhenPlan, view: View) -> bool:
    """Whether the turn is of the rule's speaker, at its place, the customer in the mood asked for."""
    if when.speaker not in ("any", view.turn.role):
        return False
    if (when.first is not None and view.number > when.first) or (
        when.after is not None and view.number <= when.after
    ):
        return False
    if when.stages and view.stage not in when.stages:
        return False
    return when.feeling is None or bool(when.feeling.holds(view))


def _place(finding: Finding) -> tuple[int, int, int, str]:
    return (finding.turn, -1 if finding.start is None else finding.start, finding.end or 0, finding.rule)


def _emptied(state: State) -> tuple[Event, ...]:
    """Move what was decided into the state; return it as events."""
    out = state.outcomes
    decided, state.events = state.events, []
    if not out.findings and not out.requirements:
        return tuple(decided)
    out.findings = [_addressed(finding, state.meta) for finding in one_of_each_family(out.findings)]
    events = [*decided, *(Event("finding", finding) for finding in out.findings)]
    events += [Event("requirement", requirement) for requirement in out.requirements]
    state.findings.extend(out.findings)
    state.requirements.extend(out.requirements)
    out.findings, out.requirements = [], []
    return tuple(events)


def _addressed(finding: Finding, meta: Mapping[str, Any]) -> Finding:
    """Return the finding with the values of the call in its suggestion; braces are never shown."""
    if "{" not in finding.suggestion:
        return finding
    return replace(finding, suggestion=_filled(finding.suggestion, meta))


def _filled(suggestion: str, meta: Mapping[str, Any]) -> str:
    values = {name: str(meta.get(name) or unknown) for name, unknown in _UNKNOWN.items()}
    return _SLOT.sub(lambda slot: values.get(slot[1], ""), addressed(suggestion, meta))
