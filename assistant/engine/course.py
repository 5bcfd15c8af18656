"""Which rules hold for a kind of call, and what sets each of them off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from assistant.engine import seam
from assistant.engine.obligations import RequiredTracker, not_applicable
from assistant.engine.trackers import (
    SIDES,
    ContradictionTracker,
    CountTracker,
    FollowUpTracker,
    OrderTracker,
    RepeatTracker,
    TimingTracker,
    Tracker,
    sides_of,
)
from assistant.match import plan
from assistant.match.nodes import LearnedNode
from assistant.model import Requirement, Speaker


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom an entry concerns when one side says it: rules of one turn, rules over several turns.

    It is `plain` if only the former are concerned, whatever the customer said before.
    """

    said: tuple[int, ...] = ()
    followed: tuple[int, ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """The rules that hold for a kind of call, indexed by what sets them off.

    `learned` are the rules that ask a model, by what it is asked for.
    `always` are rules of one turn that nothing in particular sets off, by side, `on_masks` those that
    private data set off, `on_times` rules over several turns that times set off. `at_start`, `at_end` and
    `on_event` number the rules over several turns that must be there then; `over_seams` are the
    entries that set off a rule that looks over the seam of two turns; `idle` is what is said
    of required phrases whose occasion never came. Rules of one turn with a least probability of a
    breach aren't asked about turns below `at_least`, the least of all of theirs; `harmless` are the
    concerns that remain there. `answering` are the rules that depend on what the customer said before,
    `changing` those that don't heed all of their entries all the time, with those they heed first.
    """

    concerns: Mapping[str, Mapping[int, Concern]]
    harmless: Mapping[str, Mapping[int, Concern]]
    learned: Mapping[str, tuple[int, ...]]
    always: Mapping[str, tuple[int, ...]]
    on_masks: tuple[int, ...]
    on_times: tuple[int, ...]
    at_start: tuple[int, ...]
    at_end: tuple[int, ...]
    on_event: tuple[int, ...]
    over_seams: Mapping[str, frozenset[int]]
    idle: Mapping[int, Requirement]
    remember: int
    sure: frozenset[int]
    answering: frozenset[int]
    changing: Mapping[int, frozenset[int]]
    at_least: float


def course_of(rules: Sequence[plan.RulePlan], numbers: Sequence[int]) -> Course:
    said: dict[str, dict[int, list[int]]] = {side: {} for side in SIDES}
    followed: dict[str, dict[int, list[int]]] = {side: {} for side in SIDES}
    machines: dict[int, Tracker] = {}
    for number in numbers:
        rule = rules[number]
        index = said if isinstance(rule.body, plan.Said) else followed
        if index is followed:
            machines[number] = tracker_of(rule)
        for speaker, entries in _triggers(rule):
            for side in sides_of(speaker):
                for entry in entries:
                    index[side].setdefault(entry, []).append(number)
    learned: dict[str, tuple[int, ...]] = {}
    for number in numbers:
        body = rules[number].body
        if isinstance(body, plan.Said) and isinstance(body.node, LearnedNode):
            learned[body.node.like] = (*learned.get(body.node.like, ()), number)
    untriggered = {
        number: body.node
        for number, body in ((number, rules[number].body) for number in numbers)
        if isinstance(body, plan.Said) and not body.node.triggers and not isinstance(body.node, LearnedNode)
    }
    windows = [
        max(body.last or 0, body.turns if body.before else 0)
        for body in (rules[number].body for number in numbers)
        if isinstance(body, plan.Required)
    ]
    sure = frozenset(n for n in numbers if not rules[n].at_least)
    answering = frozenset(n for n in numbers if rules[n].when.customer is not None)
    surely = {
        side: {entry: [n for n in found if n in sure] for entry, found in said[side].items()}
        for side in SIDES
    }
    return Course(
        concerns={side: _concerns(said[side], followed[side], answering) for side in SIDES},
        harmless={side: _concerns(surely[side], followed[side], answering) for side in SIDES},
        learned=learned,
        always={
            side: tuple(
                n
                for n, node in untriggered.items()
                if not node.needs_masks and side in sides_of(rules[n].when.speaker)
            )
            for side in SIDES
        },
        on_masks=tuple(n for n, node in untriggered.items() if node.needs_masks),
        on_times=tuple(n for n, machine in machines.items() if machine.timed),
        at_start=tuple(n for n, machine in machines.items() if machine.at_start or machine.awake),
        at_end=tuple(n for n, machine in machines.items() if machine.at_end),
        on_event=tuple(n for n in machines if _hears_events(rules[n].body)),
        over_seams={
            side: frozenset(entry for entry, found in said[side].items() if _any_over_seam(rules, found))
            for side in SIDES
        },
        idle={n: not_applicable(rules[n]) for n in machines if isinstance(rules[n].body, plan.Required)},
        remember=max(windows, default=0) or 1,
        sure=sure,
        answering=answering,
        changing={
            n: machine.first for n, machine in machines.items() if isinstance(machine, ContradictionTracker)
        },
        at_least=min((rules[n].at_least for n in numbers if rules[n].at_least), default=0.0),
    )  # fmt: skip


def _concerns(
    said: Mapping[int, Sequence[int]], followed: Mapping[int, Sequence[int]], answering: frozenset[int]
) -> dict[int, Concern]:
    """Return whom each entry concerns; entries that concern nobody are left out."""
    concerns = {}
    for entry in {*said, *followed}:
        once, over = tuple(said.get(entry, ())), tuple(followed.get(entry, ()))
        if once or over:
            concerns[entry] = Concern(once, over, not over and answering.isdisjoint(once))
    return concerns


def _any_over_seam(rules: Sequence[plan.RulePlan], numbers: Iterable[int]) -> bool:
    return any(rules[number].kind in seam.KINDS for number in numbers)


def _hears_events(body: plan.Body) -> bool:
    if isinstance(body, plan.Required):
        occasion = body.after or body.before
        return bool(occasion and occasion.event)
    return isinstance(body, plan.Timing)


def tracker_of(rule: plan.RulePlan) -> Tracker:
    """Return a fresh machine for a rule over several turns; raises TypeError for one of one turn."""
    make = _TRACKERS.get(type(rule.body))
    if make is None:
        raise TypeError(f"not a rule over several turns: {rule.id}")
    tracker: Tracker = make(rule, rule.body)
    return tracker


_TRACKERS: Mapping[type, Any] = {
    plan.Required: RequiredTracker,
    plan.Order: OrderTracker,
    plan.Count: CountTracker,
    plan.Repeat: RepeatTracker,
    plan.Timing: TimingTracker,
    plan.Contradiction: ContradictionTracker,
    plan.FollowUp: FollowUpTracker,
}


def holds(rule: plan.RulePlan, meta: Mapping[str, Any], channel: str, day: date) -> bool:
    """Whether the rule holds for calls like this, on this day."""
    when = rule.when
    if when.channels and channel not in when.channels:
        return False
    if when.meta and any(meta.get(key) not in values for key, values in when.meta.items()):
        return False
    return (rule.valid_from is None or rule.valid_from <= day) and (
        rule.valid_to is None or day <= rule.valid_to
    )


def day_of(started_at: object) -> date | None:
    """Return the day of an ISO date or time; None for anything else."""
    try:
        return date.fromisoformat(str(started_at)[:10]) if started_at else None
    except ValueError:
        return None


def scanned(rules: Sequence[plan.RulePlan], side: str) -> frozenset[int]:
    """Return the entries that set off a rule when `side` says them, or without which it has no occasion."""
    occasions = (
        (Speaker.CUSTOMER, rule.when.customer.triggers) for rule in rules if rule.when.customer is not None
    )
    return frozenset(
        entry
        for speaker, entries in (*(pair for rule in rules for pair in _triggers(rule)), *occasions)
        if side in sides_of(speaker)
        for entry in entries
    )


def _triggers(rule: plan.RulePlan) -> tuple[tuple[str, frozenset[int]], ...]:
    if isinstance(rule.body, plan.Said):
        return ((rule.when.speaker, rule.body.node.triggers),)
    return tracker_of(rule).triggers
