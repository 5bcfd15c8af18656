"""What becomes of an organisation when rows are taken over: all of them, or none and what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from assistant.organisation.model import (
    AGENT_ID,
    CODE,
    NAME,
    USER,
    Agent,
    Line,
    Membership,
    Organisation,
    RowProblem,
    RowsError,
    Team,
)
from assistant.organisation.sheets import date_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.organisation.sheets import Draft, Row

T = TypeVar("T")
_DAY = timedelta(days=1)
_NOBODY: Mapping[str, str] = MappingProxyType({})
_YES = frozenset(["是", "删除", "y", "Y", "yes", "1", "true", "True"])


@dataclass(frozen=True, slots=True)
class Merged:
    """The organisation as it will be.

    `changes` counts, by what was done (``agents.new`` …); `agents` are those who change in anything.
    """

    organisation: Organisation
    changes: Mapping[str, int]
    agents: frozenset[str]


def merge(
    known: Organisation, draft: Draft, users: Mapping[str, str | None], holders: Mapping[str, str] = _NOBODY
) -> Merged:
    """Take rows over; `users` says which agent ids users have, `holders` which active user has an agent id.

    Lines, teams and agents the rows don't name stay as they are. A membership is known by its agent and first
    day; one that begins later ends the one before it, on the day before. Raises RowsError with all problems.
    """
    return _Merging(known, users, holders).taking(draft)


@dataclass(slots=True)
class _Merging:
    known: Organisation
    users: Mapping[str, str | None]
    holders: Mapping[str, str]
    problems: list[RowProblem] = field(default_factory=list)
    changes: Counter[str] = field(default_factory=Counter)

    def taking(self, draft: Draft) -> Merged:
        lines, teams = dict(self.known.lines), dict(self.known.teams)
        for code, row in self._keyed(draft.lines, "编号", CODE).items():
            lines[code] = self._counted("lines", self.known.lines.get(code), Line(code, self._name(row)))
        named = self._keyed(draft.teams, "编号", CODE)
        for code, row in named.items():
            made = Team(code, self._name(row), row.text("业务线") or None, row.text("班长工号") or None)
            teams[code] = self._counted("teams", self.known.teams.get(code), made)
            if made.line is not None and made.line not in lines:
                self._refuse(row, "业务线", f"没有编号为“{made.line}”的业务线，请先填写在“业务线”表里")
        agents = dict(self.known.agents)
        for agent_id, rows in self._by_agent(draft.agents).items():
            agents[agent_id] = self._agent(agent_id, rows, teams)
        for team in named.values():
            supervisor = team.text("班长工号")
            if supervisor and supervisor not in agents:
                self._refuse(team, "班长工号", f"工号“{supervisor}”不在坐席名单里，请先填写在“坐席”表里")
        self._check_users(draft.agents, agents)
        if self.problems:
            raise RowsError(sorted(self.problems, key=lambda one: (one.sheet, one.row)))
        changed = {name for name, agent in agents.items() if agent != self.known.agents.get(name)}
        return Merged(Organisation(lines, teams, agents), dict(self.changes), frozenset(changed))

    def _refuse(self, row: Row, column: str, message: str) -> None:
        self.problems.append(row.problem(column, message))

    def _counted(self, what: str, before: T | None, now: T) -> T:
        if before is None:
            self.changes[f"{what}.new"] += 1
        elif before != now:
            self.changes[f"{what}.changed"] += 1
        return now

    def _text(self, row: Row, column: str, longest: int, *, needed: bool = False) -> str:
        text = row.text(column)
        if needed and not text:
            self._refuse(row, column, "不能为空")
        elif len(text) > longest or any(sign < " " for sign in text):
            self._refuse(row, column, f"最多 {longest} 个字符，不能含换行等控制字符")
        return text

    def _name(self, row: Row) -> str:
        return self._text(row, "名称", NAME, needed=True)

    def _keyed(self, rows: Sequence[Row], column: str, longest: int) -> dict[str, Row]:
        keyed: dict[str, Row] = {}
        for row in rows:
            code = self._text(row, column, longest, needed=True)
            if code in keyed:
                self._refuse(row, column, f"“{code}”与第 {keyed[code].number} 行重复")
            elif code:
                keyed[code] = row
        return keyed

    def _by_agent(self, rows: Sequence[Row]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in rows:
            agent_id = self._text(row, "工号", AGENT_ID, needed=True)
            if agent_id:
                found.setdefault(agent_id, []).append(row)
        return found

    def _agent(self, agent_id: str, rows: Sequence[Row], teams: Mapping[str, Team]) -> Agent:
        before = self.known.agents.get(agent_id)
        name, user = self._same(rows, "姓名", NAME), self._same(rows, "用户名", USER)
        self._same(rows, "入职日期", NAME)
        hired = self._day(rows[0], "入职日期")
        made = Agent(
            agent_id,
            name or (before.name if before else ""),
            hired or (before.hired if before else None),
            user or (before.user if before else None),
        )
        own = self._counted("agents", before and replace(before, memberships=()), made)
        return replace(own, memberships=self._memberships(own, rows, teams))

    def _same(self, rows: Sequence[Row], column: str, longest: int) -> str:
        """Return what all rows of an agent say in this column; an empty cell says nothing."""
        said = [(row, self._text(row, column, longest)) for row in rows]
        first = next(((row, text) for row, text in said if text), None)
        if first is None:
            return ""
        for row, text in said:
            if text and text != first[1]:
                self._refuse(row, column, f"与第 {first[0].number} 行（同一工号）不一致")
        return first[1]

    def _day(self, row: Row, column: str) -> date | None:
        try:
            return date_of(row.cells.get(column))
        except ValueError:
            self._refuse(row, column, f"“{row.text(column)}”不是日期，请写成 2026-11-01 这样")
            return None

    def _memberships(
        self, agent: Agent, rows: Sequence[Row], teams: Mapping[str, Team]
    ) -> tuple[Membership, ...]:
        before = self.known.agents.get(agent.agent_id)
        held = {each.since: each for each in (before.memberships if before else ())}
        placed: dict[date, Row] = {}
        for row in rows:
            if not any(row.text(column) for column in ("班组", "生效日期", "截止日期", "删除")):
                continue  # somebody who belongs to no team: a supervisor
            made = self._membership(agent, row, teams)
            if made is None:
                continue
            if made.since in placed:
                self._refuse(row, "生效日期", f"与第 {placed[made.since].number} 行（同一工号）相同")
                continue
            placed[made.since] = row
            if row.text("删除") in _YES:
                self._drop(row, held, made)
            else:
                self._counted("memberships", held.get(made.since), made)
                held[made.since] = made
        self._end_those_before(held, {since for since in placed if since in held})
        self._check_overlaps(held, placed)
        return tuple(held[since] for since in sorted(held))

    def _membership(self, agent: Agent, row: Row, teams: Mapping[str, Team]) -> Membership | None:
        count = len(self.problems)
        team = self._text(row, "班组", CODE, needed=True)
        if team and team not in teams:
            self._refuse(row, "班组", f"没有编号为“{team}”的班组，请先填写在“班组”表里")
        since, until = self._day(row, "生效日期") or agent.hired, self._day(row, "截止日期")
        if since is None:
            if len(self.problems) == count:
                self._refuse(row, "生效日期", "不能为空")
            return None
        if until is not None and until < since:
            self._refuse(row, "截止日期", f"早于生效日期 {since}")
        if agent.hired is not None and since < agent.hired:
            self._refuse(row, "生效日期", f"早于入职日期 {agent.hired}")
        return Membership(team, since, until) if len(self.problems) == count else None

    def _drop(self, row: Row, held: dict[date, Membership], made: Membership) -> None:
        if held.pop(made.since, None) is None:
            self._refuse(row, "删除", f"没有从 {made.since} 起的归属，无从删除")
        else:
            self.changes["memberships.deleted"] += 1

    def _end_those_before(self, held: dict[date, Membership], said: set[date]) -> None:
        """Let a membership nobody wrote down end the day before the next one that was."""
        for since in sorted(said):
            for early, each in held.items():
                if early not in said and early < since and each.overlaps(held[since]):
                    held[early] = replace(each, until=since - _DAY)
                    self.changes["memberships.ended"] += 1

    def _check_overlaps(self, held: Mapping[date, Membership], placed: Mapping[date, Row]) -> None:
        days = sorted(held)
        for early, late in pairwise(days):
            if not held[early].overlaps(held[late]):
                continue
            if late in placed:
                where = f"第 {placed[early].number} 行" if early in placed else "已有的归属"
                row, other = placed[late], held[early]
            elif early in placed:
                where, row, other = "已有的归属", placed[early], held[late]
            else:
                continue
            ending = f"至 {other.until}" if other.until else "起至今"
            self._refuse(row, "生效日期", f"与{where}重叠：班组“{other.team}”，{other.since} {ending}")

    def _check_users(self, rows: Sequence[Row], agents: Mapping[str, Agent]) -> None:
        owners: dict[str, str] = {
            name: agent_id for name, agent_id in self.users.items() if agent_id is not None
        }
        for row in rows:
            user, agent_id = row.text("用户名"), row.text("工号")
            if not user or agent_id not in agents:
                continue
            if user not in self.users:
                self._refuse(row, "用户名", f"没有用户“{user}”，请先在“设置 → 用户”里添加")
            elif owners.setdefault(user, agent_id) != agent_id:
                self._refuse(row, "用户名", f"用户“{user}”已对应工号“{owners[user]}”")
            elif self.holders.get(agent_id, user) != user:
                self._refuse(row, "用户名", f"工号“{agent_id}”已属于用户“{self.holders[agent_id]}”")
