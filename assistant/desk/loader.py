"""Reads the files of the desk: every problem of every file at once, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.desk import definition as d
from assistant.errors import DeskError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from assistant.errors import Problem
    from assistant.rules.document import Document

_FORMS = {
    "states": d.StatesFile, "deadlines": d.DeadlinesFile, "authority": d.AuthorityFile,
    "callbacks": d.CallbacksFile, "kpis": d.KpisFile, "intake": d.IntakeFile,
    "days": d.DaysFile,
}  # fmt: skip


def load_rules(paths: Iterable[Path]) -> d.DeskRules:
    """Read the files of the desk, one of each part; raises DeskError with all problems of all of them."""
    from assistant.rules.document import read_document

    problems: list[Problem] = []
    read: dict[str, tuple[Document, Any]] = {}
    for path in paths:
        document = read_document(path)
        found = list(document.problems) or _read(document, read)
        problems += found
    if not problems:
        missing = [part for part in _FORMS if part not in read]
        if missing:
            raise DeskError((), f"no file says part: {', '.join(missing)}")
        rules = d.DeskRules(**{part: value for part, (_, value) in read.items()})
        problems = list(_loose_ends(rules, {part: document for part, (document, _) in read.items()}))
    if problems:
        raise DeskError(tuple(sorted(problems, key=lambda one: (one.path, one.line, one.column))))
    return rules


def _read(document: Document, read: dict[str, tuple[Document, Any]]) -> list[Problem]:
    from pydantic import TypeAdapter, ValidationError

    part = document.value.get("part") if isinstance(document.value, dict) else None
    form = _FORMS.get(str(part))
    if form is None:
        message = f"part is one of {', '.join(_FORMS)}"
        return [document.problem("wrong-value", message, document.mark(("part",)))]
    if part in read:
        return [document.problem("duplicate-id", f"{read[str(part)][0].path} says it already",
                                 document.mark(("part",)))]  # fmt: skip
    try:
        read[str(part)] = (document, TypeAdapter(form).validate_python(document.value))
    except ValidationError as error:
        return [_problem(document, detail) for detail in error.errors(include_url=False)]
    return []


_CODES = {"missing": "missing-key", "unexpected_keyword_argument": "unknown-key"}


def _problem(document: Document, detail: Any) -> Problem:
    code = _CODES.get(detail["type"], "wrong-value")
    name = str(detail["loc"][-1])
    message = {"missing-key": f"{name} is missing", "unknown-key": f"unknown key {name}"}.get(
        code, f"{name}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    )
    return document.problem(code, message, document.mark(tuple(detail["loc"]), key=code == "unknown-key"))


def _loose_ends(rules: d.DeskRules, documents: dict[str, Document]) -> Iterator[Problem]:
    """Yield the names that nothing carries: states, ranks, fields, events."""
    from assistant.desk.record import NAMES

    states = {state.id for state in rules.states.states}
    ranks = {rank.id for rank in rules.authority.ranks}
    raised = {event for action in rules.states.actions for event in action.events} | {rules.states.first}
    raised |= {event for campaign in rules.callbacks.campaigns for event in campaign.closes}
    raised |= BY_ITSELF

    def unknown(part: str, place: tuple[Any, ...], what: str, names: Iterable[str]) -> Iterator[Problem]:
        for name in sorted(names):
            document = documents[part]
            yield document.problem("unknown-name", f"no such {what}: {name}", document.mark(place))

    for at, action in enumerate(rules.states.actions):
        place = ("actions", at)
        yield from unknown("states", place, "state", ({*action.states, *filter(None, [action.to])}) - states)
        yield from unknown("states", place, "field", set(action.needs) - NAMES)
        yield from unknown("states", place, "rank", {action.rank} - ranks - {""})
        yield from unknown("states", place, "event", action.after - raised)
    for at, duty in enumerate(rules.deadlines.duties):
        place = ("duties", at)
        yield from unknown("deadlines", place, "rank", {duty.approver} - ranks)
        yield from unknown("deadlines", place, "event", (duty.begins | duty.ends) - raised)
    for at, level in enumerate(rules.authority.levels):
        yield from unknown("authority", ("levels", at), "rank", set(level.notify) - ranks)


BY_ITSELF = frozenset(
    ["received", "called_back", "callback_given_up", "overrun_approved", "handed_over", "handover_received",
     "handover_withdrawn", "deadline_near", "deadline_missed", "repeat_found", "cluster_found", "compensated",
     "callback_missed", "changed", "attached", "file_removed", "erased", "date_agreed", "contact_kept"]
)  # fmt: skip
"""Events that no action raises: the clock, callbacks and hand-overs do."""
