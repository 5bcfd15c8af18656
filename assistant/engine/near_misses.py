"""Rules a sentence would have fired but for an exception, its scope or a condition."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.engine.fold import Engine
    from assistant.match.plan import RulePlan
    from assistant.model import Finding, Turn

_NEUTRAL = "今天是星期三"


def near_misses(engine: Engine, turn: Turn) -> tuple[tuple[str, str, str, str], ...]:
    """Return rule id, title, the words and the reason for each rule that nearly fired.

    Rules that any words would set off once their conditions are gone say nothing of these and are left out.
    """
    fired = {finding.rule for finding in engine.check(turn)}
    loosened = engine.only([_loosened(rule) for rule in engine.rules])
    rules = {rule.id: rule for rule in engine.rules}
    missed: dict[str, Finding] = {}
    found = loosened.check(turn)
    if not found:
        return ()
    by_any_words = {finding.rule for finding in loosened.check(replace(turn, text=_NEUTRAL, masks=()))}
    for finding in found:
        if finding.rule not in fired and finding.rule not in by_any_words:
            missed.setdefault(finding.rule, finding)
    return tuple(
        (name, rules[name].title, finding.text or "", _reason(engine, rules[name], turn))
        for name, finding in missed.items()
    )


def _reason(engine: Engine, rule: RulePlan, turn: Turn) -> str:
    for loosen, reason in _LOOSE:
        if any(finding.rule == rule.id for finding in engine.only([loosen(rule)]).check(turn)):
            return reason
    return "同时受多个条件限制"


def _loosened(rule: RulePlan) -> RulePlan:
    for loosen, _ in _LOOSE:
        rule = loosen(rule)
    return rule


def _no_negation(rule: RulePlan) -> RulePlan:
    return replace(rule, negation=False)


def _no_quotation(rule: RulePlan) -> RulePlan:
    return replace(rule, quotation=False)


def _not_own(rule: RulePlan) -> RulePlan:
    return replace(rule, own=False)


def _no_exception(rule: RulePlan) -> RulePlan:
    return replace(rule, body=_bare(rule.body))


def _no_condition(rule: RulePlan) -> RulePlan:
    when = replace(rule.when, first=None, after=None, stages=frozenset(), feeling=None, customer=None)
    return replace(rule, when=when)


def _bare(value: Any) -> Any:
    """Return a compiled value without the exceptions in it."""
    if isinstance(value, tuple):
        return tuple(map(_bare, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    bare: dict[str, Any] = {"exceptions": frozenset(), "exception": None}
    return replace(
        value,
        **{
            item.name: bare[item.name] if item.name in bare else _bare(getattr(value, item.name))
            for item in fields(value)
            if item.init
        },
    )


_LOOSE: tuple[tuple[Callable[[RulePlan], RulePlan], str], ...] = (
    (_no_negation, "前面有否定词，不算"),
    (_no_quotation, "是在引用或转述别人的话，不算"),
    (_not_own, "是在复述客户的话或站在客户的角度说，不算"),
    (_no_exception, "属于规则列出的例外，不算"),
    (_no_condition, "不符合规则的适用条件（位置、场景或客户上一句）"),
)
