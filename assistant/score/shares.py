"""Who answers for what in a call that was transferred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.model import Finding, Requirement, Speaker, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class AgentPart:
    """What one agent said and owed."""

    agent_id: str
    turns: tuple[Turn, ...]
    findings: tuple[Finding, ...]
    requirements: tuple[Requirement, ...]


def _due_turns(
    findings: Sequence[Finding], requirements: Sequence[Requirement]
) -> list[tuple[Requirement, int | None]]:
    """Pair requirements with their turn; a missed one without a turn has it from its absence."""
    absences: dict[str, list[int]] = {}
    for finding in sorted(findings, key=lambda one: one.turn):
        if "absence" in finding.how:
            absences.setdefault(finding.rule, []).append(finding.turn)
    pairs = []
    for one in requirements:
        turn = one.turn
        if one.status == "missed" and absences.get(one.rule):
            due = absences[one.rule].pop(0)
            turn = due if turn is None else turn
        pairs.append((one, turn))
    return pairs


def agent_parts(
    findings: Sequence[Finding],
    requirements: Sequence[Requirement],
    turns: Sequence[Turn],
    agents: Mapping[int, str] | None,
) -> tuple[AgentPart, ...]:
    """Divide a call among its agents, in the order they speak; empty when there is only one.

    A finding goes to its own agent id, else to the agent of its turn; a requirement to the agent of
    the turn where it was met or due. What falls on a turn of nobody known goes to nobody.
    """
    spoken = [turn for turn in turns if turn.role is Speaker.AGENT]
    if agents is None:
        agents = {turn.index: turn.agent_id for turn in spoken if turn.agent_id}
    owner = agents
    names = list(dict.fromkeys(owner[turn.index] for turn in spoken if turn.index in owner))
    if len(names) < 2:
        return ()
    due = _due_turns(findings, requirements)
    return tuple(
        AgentPart(
            name,
            tuple(turn for turn in spoken if owner.get(turn.index) == name),
            tuple(one for one in findings if (one.agent_id or owner.get(one.turn)) == name),
            tuple(one for one, turn in due if turn is not None and owner.get(turn) == name),
        )
        for name in names
    )
