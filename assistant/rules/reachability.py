"""Checks for rules that can never fire, or that fire where nothing is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.rules import schema
from assistant.rules.logic import ExpressionError, can_hold, formula_of, holds_of_nothing, names_in
from assistant.rules.subjects import RuleAt, parts
from assistant.rules.suggest import mend, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

    from assistant.errors import Problem
    from assistant.rules.document import Place

CHANNELS = (
    "hotline", "callback", "chat", "ecommerce", "parking", "salon", "email", "online", "renewal",
)  # fmt: skip
_NODES = (
    schema.Phrases, schema.Pattern, schema.NearNode, schema.Script, schema.EntityNode, schema.EmotionNode,
    schema.IntentNode, schema.RuleNode, schema.AllNode, schema.AnyNode, schema.NotNode, schema.ExpressionNode,
)  # fmt: skip
_COMBINED = (schema.AllNode, schema.AnyNode, schema.NotNode, schema.ExpressionNode)


def check_reachable(at: RuleAt) -> Iterator[Problem]:
    """Yield why a rule can't fire as it stands."""
    yield from _valid(at)
    yield from _when(at, at.rule.when)
    yield from _bounds(at)
    yield from _expressions(at)
    yield from _logic(at)


def _valid(at: RuleAt) -> Iterator[Problem]:
    valid = at.rule.valid
    if valid is not None and valid.from_ is not None and valid.to is not None and valid.from_ > valid.to:
        message = f"valid from {valid.from_} lies after valid to {valid.to}"
        yield at.problem("never-fires", message, ("valid", "from"))


def _when(at: RuleAt, when: schema.When) -> Iterator[Problem]:
    first, after = (when.position.first, when.position.after) if when.position else (None, None)
    if first is not None and after is not None and after >= first:
        message = f"no turn is among the first {first} and after the first {after}"
        yield at.problem("never-fires", message, ("when", "position"), key=True)
    for name in ("stage", "channel", "emotion", "intent"):
        if getattr(when, name) == []:
            yield at.problem("never-fires", f"{name} allows nothing", ("when", name), key=True)
    for name, value in (when.meta or {}).items():
        if value == []:
            yield at.problem("never-fires", f"{name} allows nothing", ("when", "meta", name), key=True)
    for number, channel in enumerate(when.channel or ()):
        if channel not in CHANNELS:
            message = f"unknown channel {channel}; {mend(channel, CHANNELS)}"
            yield at.problem("unknown-channel", message, ("when", "channel", number), level="warning")


def _bounds(at: RuleAt) -> Iterator[Problem]:
    match = at.rule.match
    if not isinstance(match, schema.CountMatch | schema.RatioMatch | schema.TimingMatch):
        return
    if match.at_most is None and match.at_least is None:
        yield at.problem("never-fires", "give at_most, at_least or both", ("match",), key=True)
    elif match.at_most is not None and match.at_least is not None and match.at_least > match.at_most:
        message = f"at_least {match.at_least:g} is more than at_most {match.at_most:g}: it would always fire"
        yield at.problem("always-fires", message, ("match", "at_least"))


def _expressions(at: RuleAt) -> Iterator[Problem]:
    for place, part in parts(at.rule):
        if not isinstance(part, schema.ExpressionNode):
            continue
        try:
            used = names_in(part.expr)
            formula_of(part)
        except ExpressionError as error:
            yield at.problem("expression", error.message, (*place, "expr"), offset=error.offset)
            continue
        for name in part.with_:
            if name not in used:
                message = f"the expression doesn't use {name}"
                yield at.problem("unused-name", message, (*place, "with", name), key=True, level="warning")


def _logic(at: RuleAt) -> Iterator[Problem]:
    """Ask of every node that isn't inside another one whether it can hold, and of what."""
    inside: list[Place] = []
    for place, part in parts(at.rule):
        if not isinstance(part, _NODES) or any(place[: len(outer)] == outer for outer in inside):
            continue
        inside.append(place)
        if not isinstance(part, _COMBINED):
            continue
        try:
            formula = formula_of(part)
        except ExpressionError:
            continue
        if not can_hold(formula):
            yield at.problem("never-fires", "the conditions exclude each other", place, key=True)
        elif holds_of_nothing(formula) and place[:1] == ("match",):
            message = "holds where nothing is said: beside a `not` something must be said"
            yield at.problem("not-alone", message, place, key=True)


def check_references(rules: Sequence[RuleAt], *, complete: bool) -> Iterator[Problem]:
    """Yield references to rules that don't exist, and rules that wait for each other.

    Unknown ids are told only if all files could be read (`complete`).
    """
    known = {at.rule.id: at for at in rules}
    asked = {name: dict(_references(at.rule)) for name, at in known.items()}
    for name, at in known.items():
        for target, place in asked[name].items():
            if target not in known and complete:
                close = nearest(target, known)
                message = f"there is no rule {target}" + (f"; did you mean {close}?" if close else "")
                yield at.problem("unknown-rule", message, place)
    for ring in _rings(asked):
        at, place = known[ring[0]], asked[ring[0]][ring[1]]
        yield at.problem("rule-ring", f"rules wait for each other: {' → '.join(ring)}", place)


def _references(rule: BaseModel) -> Iterator[tuple[str, Place]]:
    for place, part in parts(rule):
        if isinstance(part, schema.RuleNode):
            yield part.rule, (*place, "rule")


def _rings(asked: Mapping[str, Mapping[str, Place]]) -> Iterator[list[str]]:
    """Yield each ring once, from its first rule back to it."""
    done: set[str] = set()
    for start in asked:
        path: list[str] = []
        todo = [(start, 0)]
        while todo:
            name, depth = todo.pop()
            del path[depth:]
            if name in path:
                yield [*path[path.index(name) :], name]
            elif name not in done:
                path.append(name)
                todo.extend((target, depth + 1) for target in asked.get(name, ()))
                done.add(name)
