"""Procedures of a case (`unit: case`) fed with its dated events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from assistant.procedure.conformance import align

if TYPE_CHECKING:
    from assistant.desk.cases import Case, Event
    from assistant.desk.definition import DeskRules
    from assistant.procedure.definition import Procedure


@dataclass(frozen=True, slots=True)
class CaseStep:
    """A step and what became of it: done, pending, missing (later ones are done), out_of_order."""

    step: int
    name: str
    status: str
    at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class CaseProgress:
    procedure: str
    name: str
    steps: tuple[CaseStep, ...]
    current: int | None
    conformance: float


def followed(rules: DeskRules, need: str, group: str | None, known: Iterable[Procedure]) -> list[Procedure]:
    """Return the procedures a case follows, by its need and the group of its kind."""
    wanted = {
        each.id
        for each in rules.states.procedures
        if (not each.groups or group in each.groups) and (not each.needs or need in each.needs)
    }
    return [procedure for procedure in known if procedure.unit == "case" and procedure.id in wanted]


def progress(procedure: Procedure, events: Sequence[Event], *, running: bool = True) -> CaseProgress:
    """Return where a case stands in a procedure: a step is done by the first event that names it."""
    by_event = {step.event: step for step in procedure.steps}
    first: dict[int, Event] = {}
    for event in events:
        step = by_event.get(event.kind)
        if step is not None:
            first.setdefault(step.number, event)
    log = list(first)
    numbers = [step.number for step in procedure.steps]
    optional = frozenset(step.number for step in procedure.steps if step.optional)
    aligned = align(log, numbers, optional, running=running)
    steps = []
    for step in procedure.steps:
        done = first.get(step.number)
        if done is None:
            status = "missing" if step.number in aligned.missing else "pending"
            steps.append(CaseStep(step.number, step.name, status))
        else:
            status = "out_of_order" if step.number in aligned.displaced else "done"
            steps.append(CaseStep(step.number, step.name, status, done.at, done.by))
    current = next((step.step for step in steps if step.at is None), None)
    return CaseProgress(procedure.id, procedure.name, tuple(steps), current, aligned.fitness)


def progress_of(
    rules: DeskRules, case: Case, group: str | None, known: Iterable[Procedure]
) -> list[CaseProgress]:
    running = rules.is_open(case.state)
    return [
        progress(procedure, case.events, running=running)
        for procedure in followed(rules, case.need, group, known)
    ]
