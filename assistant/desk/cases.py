"""A case: its record and its dated events. What may be done to it follows from the rules of the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assistant.errors import ConflictError, NotAllowedError, UsageError

if TYPE_CHECKING:
    from assistant.desk.definition import Action, DeskRules, When

LEVELS = 3


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a case, with time and person."""

    kind: str
    at: datetime
    by: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of a case: its state, escalation level, record, events in their order."""

    state: str
    record: Mapping[str, Any]
    events: tuple[Event, ...] = ()
    level: int = 0

    @property
    def need(self) -> str:
        return str(self.record.get("need") or "complaint")

    @property
    def severity(self) -> str:
        return str(self.record.get("severity") or "minor")

    @property
    def danger(self) -> bool:
        return bool(self.record.get("danger"))

    def suits(self, when: When) -> bool:
        """Whether the case is one of those `when` speaks of."""
        if when.severities and self.severity not in when.severities:
            return False
        if when.needs and self.need not in when.needs:
            return False
        return when.danger is None or when.danger is self.danger


def urgency(record: Mapping[str, Any], rules: DeskRules) -> int:
    """Return 0 for danger to life or property, 1 for what disturbs daily life, 2 for the rest."""
    if record.get("danger"):
        return 0
    need = next((need for need in rules.intake.needs if need.id == record.get("need")), None)
    return 1 if need is not None and need.urgent else 2


def allowed(rules: DeskRules, case: Case, rank: str) -> list[Action]:
    """Return what somebody of `rank` may do to the case now."""
    return [action for action in rules.states.actions if refusal(rules, case, action, rank) is None]


def refusal(rules: DeskRules, case: Case, action: Action, rank: str) -> Refusal | None:
    """Return why an action isn't possible now, None where it is."""
    if action.states and case.state not in action.states:
        return Refusal("wrong-state", f"“{action.title}”不能在当前状态进行")
    if not case.suits(action.when):
        return Refusal("wrong-need", f"“{action.title}”不适用于这类工单")
    if not action.closed and not rules.is_open(case.state):
        return Refusal("wrong-state", "已结案，如需继续处理请先重新打开")
    if action.rank and rules.rank(rank) < rules.rank(action.rank):
        return Refusal("rank", "超出您的权限，请上报上一级处理")
    if action.after and not action.after & {event.kind for event in since_opened(case.events)}:
        return Refusal("too-early", "还没有完成回访，不能结案")
    if action.id == "void" and not empty(case):
        return Refusal("not-empty", "已有投诉内容，不能作废")
    if action.id == "pause" and paused(case.events):
        return Refusal("wrong-state", "计时已经暂停")
    if action.id == "resume" and not paused(case.events):
        return Refusal("wrong-state", "计时没有暂停")
    return None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something isn't done: a stable code, and a line for the user."""

    code: str
    message: str


def step(rules: DeskRules, case: Case, name: str, rank: str, reason: str = "") -> Action:
    """Return the action, checked against the case, its record, and who does it.

    Raises UsageError (``unknown-action``, ``missing-fields``, ``no-reason``), ConflictError
    (``wrong-state``, ``too-early``), NotAllowedError (``rank``).
    """
    from assistant.desk.record import RECORD

    action = rules.action(name)
    if action is None:
        raise UsageError(f"没有这个操作：{name}", code="unknown-action")
    refused = refusal(rules, case, action, rank)
    if refused is not None:
        error = NotAllowedError if refused.code == "rank" else ConflictError
        raise error(refused.message, code=refused.code)
    titles = {each.name: each.title for each in RECORD}
    missing = [titles[field] for field in action.needs if case.record.get(field) in (None, "")]
    if missing:
        raise UsageError(f"请先填写：{'、'.join(missing)}", code="missing-fields")
    if action.reason and not reason.strip():
        raise UsageError("请写明原因", code="no-reason")
    return action


def outdated(case: Case) -> frozenset[str]:
    """Return what was written before the customer refused the solution, or came back, and not since.

    A solution that was refused isn't proposed again, nor the answer of an earlier round given, unseen.
    """
    back = ("solution_refused", "reopened")
    last = max((place for place, event in enumerate(case.events) if event.kind in back), default=None)
    if last is None:
        return frozenset()
    written = {name for event in case.events[last:] for name in event.detail.get("fields") or ()}
    return frozenset(name for name in ("solution", "answer") if case.record.get(name)) - written


def proposes_refused(case: Case, record: Mapping[str, Any]) -> bool:
    """Whether `record` holds the very solution the customer of the case has refused last."""
    verdicts = [each.kind for each in case.events if each.kind in ("solution_proposed", "solution_refused")]
    refused = verdicts[-1:] == ["solution_refused"] and "solution" in outdated(case)
    return refused and record.get("solution") == case.record.get("solution")


def since_opened(events: Sequence[Event]) -> Sequence[Event]:
    """Return the events since the case was opened last (all, where it never was opened again)."""
    last = max((place for place, event in enumerate(events) if event.kind == "reopened"), default=0)
    return events[last:]


def empty(case: Case) -> bool:
    """Whether nobody has written down anything of the customer yet: a case made by mistake."""
    kept = any(event.kind in ("contact_kept", "attached") for event in case.events)
    return not kept and not any(case.record.get(name) for name in ("customer", "what", "demand"))


def paused(events: Sequence[Event]) -> bool:
    for event in reversed(events):
        if event.kind in ("paused", "resumed"):
            return event.kind == "paused"
    return False


def may_grant(rules: DeskRules, rank: str, remedy: str, amount: float) -> Refusal | None:
    """Return why somebody of `rank` may not promise this remedy at this cost in yuan; None: they may."""
    holder = rules.authority.ranks[rules.rank(rank)]
    if remedy not in holder.remedies:
        return Refusal("rank", f"{holder.title}不能承诺这类补救，请上报")
    if amount > holder.pay:
        return Refusal("rank", f"金额超出{holder.title}权限（{holder.pay:g} 元），请上报，先不要向客户承诺")
    return None
