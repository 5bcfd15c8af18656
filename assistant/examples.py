"""Run the examples of rules and procedures: they do what the examples say.

Of rules every hit fires once at its marks and every miss stays silent; beyond that each listed
wording and each exception is needed by an example, and no suggestion fires. Of procedures the steps
named come out as said. The same code serves ``huashu rules test``, ``huashu procedures test`` and the
project's tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from assistant.engine.fold import Engine
from assistant.ingest import mask, read_text
from assistant.match import nodes
from assistant.match.plan import RulePlan
from assistant.model import CallEvent, Conversation, Finding, Speaker, Turn
from assistant.rules.schema import Example, Rule

if TYPE_CHECKING:
    from assistant.procedure.schema import Example as ProcedureExample
    from assistant.procedure.schema import ProcedureFile

OPEN, CLOSE = "‹", "›"


@dataclass(frozen=True, slots=True)
class Failure:
    """An example (or wording) of a rule or procedure that doesn't do what it should."""

    rule: str
    example: str
    problem: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.problem}: {self.example}"


@dataclass(frozen=True, slots=True)
class Case:
    """An example made ready: the conversation, and where the finding is expected (turn, start, end)."""

    source: str
    conversation: Conversation
    marks: tuple[tuple[int, int, int], ...]


def case_of(example: str | Example, rule: Rule) -> Case:
    """Read an example; raises InputError where it isn't a conversation."""
    plain = example if isinstance(example, str) else example.turns
    meta: Mapping[str, Any] = {} if isinstance(example, str) else example.meta
    channel = (rule.when.channel or ["hotline"])[0]
    if not isinstance(example, str) and "channel" in example.model_fields_set:
        channel = example.channel
    if rule.when.meta:
        defaults = {
            key: value[0] if isinstance(value, list) else value for key, value in rule.when.meta.items()
        }
        meta = {**defaults, **meta}
    items: tuple[Turn | CallEvent, ...]
    if "\n" in plain.strip():
        items = read_text(plain).items
    else:
        speaker = rule.when.speaker
        items = (Turn(0, Speaker.AGENT if speaker == "any" else Speaker(speaker), mask(plain)[0]),)
    marks: list[tuple[int, int, int]] = []
    cleaned = tuple(_unmark(item, marks) if isinstance(item, Turn) else item for item in items)
    return Case(plain.strip(), Conversation("example", cleaned, meta, channel), tuple(marks))


def _unmark(turn: Turn, marks: list[tuple[int, int, int]]) -> Turn:
    text = turn.text
    while OPEN in text and CLOSE in text:
        start = text.index(OPEN)
        end = text.index(CLOSE) - 1
        text = text.replace(OPEN, "", 1).replace(CLOSE, "", 1)
        marks.append((turn.index, start, end))
    masked, masks = mask(text)
    return replace(turn, text=masked, masks=masks)


def run_rules(engine: Engine, rules: Iterable[Rule]) -> Iterator[Failure]:
    """Yield what is wrong with the examples of `rules`, which must be among the engine's."""
    plans = {plan.id: plan for plan in engine.rules}
    for rule in rules:
        runner = _Runner(engine, plans[rule.id], plans)
        hits = [case_of(example, rule) for example in rule.examples.hit]
        misses = [case_of(example, rule) for example in rule.examples.miss]
        yield from runner.check(hits, misses)
        if not rule.examples.hit:
            yield Failure(rule.id, "", "has no hit")
        if not rule.examples.miss:
            yield Failure(rule.id, "", "has no miss")


def run_suggestions(engine: Engine, rules: Iterable[Rule]) -> Iterator[Failure]:
    """Yield suggestions that fire a rule of the engine themselves (hints excepted)."""
    for rule in rules:
        text = rule.suggest
        for finding in engine.check(Turn(0, Speaker.AGENT, text)):
            if finding.severity > 0 and not finding.pending:
                yield Failure(rule.id, text, f"suggestion fires {finding.rule} at “{finding.text}”")


def run_procedures(engine: Engine, files: Iterable[ProcedureFile]) -> Iterator[Failure]:
    """Yield what is wrong with the examples of procedures, which must be among those the engine guides by."""
    for file in files:
        for example in file.examples:
            told = _followed(engine, file.procedure, example)
            for step in told["steps"]:
                wanted = example.steps.get(step["step"], step["status"])
                if step["status"] != wanted:
                    problem = f"step {step['step']} {step['name']} is {step['status']}, should be {wanted}"
                    yield Failure(file.procedure, example.name, problem)
            if "next" in example.model_fields_set:
                advised = told["next"] and told["next"]["step"]
                if advised != example.next:
                    problem = f"step {advised} comes next, should be {example.next}"
                    yield Failure(file.procedure, example.name, problem)


def _followed(engine: Engine, procedure: str, example: ProcedureExample) -> Mapping[str, Any]:
    """Return what a report says of the procedure an example is judged by."""
    conversation = read_text("\n".join(example.turns))
    state = engine.start({"procedure": procedure})
    for item in conversation.items:
        engine.feed(state, item)
    procedures = engine.standing(state)[0] if example.running else engine.finish(state).procedures
    return procedures[0]


class _Runner:
    """Runs one rule alone (with the rules it asks for)."""

    def __init__(self, engine: Engine, plan: RulePlan, plans: Mapping[str, RulePlan]) -> None:
        self._engine = engine
        self._plan = plan
        self._asked = tuple(plans[name] for name in _asked(plan.body) if name in plans)

    def check(self, hits: Sequence[Case], misses: Sequence[Case]) -> Iterator[Failure]:
        name = self._plan.id
        good_hits = []
        for case in hits:
            problem = self._problem(self._plan, case)
            if problem:
                yield Failure(name, case.source, problem)
            else:
                good_hits.append(case)
        good_misses = []
        for case in misses:
            found = self._findings(self._plan, case)
            if found:
                yield Failure(name, case.source, f"fires at {_where(found)}, should not")
            else:
                good_misses.append(case)
        yield from self._needed(good_hits, good_misses)

    def _needed(self, hits: Sequence[Case], misses: Sequence[Case]) -> Iterator[Failure]:
        entries = self._engine.entries
        for number, without in ablations(self._plan, "wordings"):
            broken = any(self._problem(without, case) for case in hits) or any(
                self._findings(without, case) for case in misses
            )
            if not broken:
                yield Failure(self._plan.id, entries[number].wording, "no example needs this wording")
        for number, without in ablations(self._plan, "exceptions"):
            if not any(self._findings(without, case) for case in misses):
                yield Failure(self._plan.id, entries[number].wording, "no miss needs this exception")

    def _findings(self, plan: RulePlan, case: Case) -> list[Finding]:
        report = self._engine.only((*self._asked, plan)).run(case.conversation)
        return [finding for finding in report.findings if finding.rule == plan.id]

    def _problem(self, plan: RulePlan, case: Case) -> str | None:
        found = self._findings(plan, case)
        if len(found) != 1:
            return f"fires {len(found)} times{' at ' + _where(found) if found else ''}, should fire once"
        finding = found[0]
        if case.marks and (finding.turn, finding.start, finding.end) != case.marks[0]:
            return f"fires at {_where(found)}, should at the marks"
        return None


def _where(findings: Sequence[Finding]) -> str:
    return ", ".join(f"“{f.text}”" if f.text is not None else f"turn {f.turn} (absence)" for f in findings)


def _asked(value: Any) -> Iterator[str]:
    if isinstance(value, nodes.RuleNode):
        yield value.rule
    elif isinstance(value, tuple):
        for item in value:
            yield from _asked(item)
    elif is_dataclass(value):
        for item in fields(value):
            yield from _asked(getattr(value, item.name))


def ablations(plan: RulePlan, kind: str) -> Iterator[tuple[int, RulePlan]]:
    """Yield the rule with one entry of `kind` (wordings, exceptions) taken away, for each.

    What is left judges by its words alone: an exception is needed even where the model would do.
    """
    for number, body in _without(plan.body, kind):
        yield number, replace(plan, body=body, at_least=0.0)


def _without(value: Any, kind: str) -> Iterator[tuple[int, Any]]:
    """Yield copies of a compiled value with one entry number less, wherever it holds some."""
    if isinstance(value, tuple):
        for place, item in enumerate(value):
            for number, other in _without(item, kind):
                yield number, (*value[:place], other, *value[place + 1 :])
    elif is_dataclass(value) and not isinstance(value, type):
        for item in fields(value):
            inner = getattr(value, item.name)
            if isinstance(inner, frozenset) and item.name in _FIELDS[kind]:
                if kind == "exceptions" or len(inner) > 1:
                    for number in sorted(inner):
                        yield number, replace(value, **{item.name: inner - {number}})
            elif not isinstance(inner, frozenset):
                for number, other in _without(inner, kind):
                    yield number, replace(value, **{item.name: other})


_FIELDS = {"wordings": {"wordings", "first", "second"}, "exceptions": {"exceptions"}}
