"""Business lines, teams and agents as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

CODE, NAME, USER, AGENT_ID = 64, 100, 64, 200
"""Characters of the code of a line or team, of names, of a user's name, of an agent's id, at most."""


@dataclass(frozen=True, slots=True)
class Line:
    line_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Team:
    """`supervisor` is the agent id of whoever leads it."""

    team_id: str
    name: str
    line: str | None = None
    supervisor: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """An agent is in a team from `since` to `until`, both days included; None: until further notice."""

    team: str
    since: date
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)

    def overlaps(self, other: Membership) -> bool:
        return (other.until is None or self.since <= other.until) and (
            self.until is None or other.since <= self.until
        )


@dataclass(frozen=True, slots=True)
class Agent:
    """`user` is the name they sign in by; `memberships` are in the order of time."""

    agent_id: str
    name: str = ""
    hired: date | None = None
    user: str | None = None
    memberships: tuple[Membership, ...] = ()


@dataclass(frozen=True, slots=True)
class Organisation:
    """Everything by its id."""

    lines: Mapping[str, Line] = field(default_factory=dict)
    teams: Mapping[str, Team] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a row; `row` counts as the spreadsheet does, 0 means the whole sheet."""

    sheet: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = f"{self.sheet}第 {self.row} 行" if self.row else self.sheet
        return f"{place}“{self.column}”：{self.message}" if self.column else f"{place}：{self.message}"


class RowsError(InputError):
    """Rows that can't be taken over; `problems` holds all of them, and nothing has been changed."""

    def __init__(self, problems: Sequence[RowProblem], *, path: str | None = None) -> None:
        super().__init__(f"{len(problems)} 处有误，未导入任何内容", code="bad-rows", path=path)
        self.problems = tuple(problems)
