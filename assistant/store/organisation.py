"""The organisation as it is stored: who is in which team on which day, and who leads it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, and_, bindparam, delete, func, insert, or_, select, update

from assistant.organisation.merge import merge
from assistant.organisation.model import Agent, Line, Membership, Organisation, Team
from assistant.store import models as m
from assistant.store import organisation_models as o
from assistant.store.audit import note
from assistant.store.dialect import upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, RowMapping, Select

    from assistant.organisation.sheets import Draft

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Member:
    """An agent on a day: their team then, its line and whoever leads it now; None where there is none."""

    agent_id: str
    name: str
    hired: date | None
    team: str | None
    line: str | None
    supervisor: str | None


def lines(connection: Connection) -> list[Line]:
    rows = connection.execute(select(o.BusinessLine.__table__).order_by(o.BusinessLine.line_id)).mappings()
    return [Line(row["line_id"], row["name"]) for row in rows]


def teams(connection: Connection, *, line: str | None = None, supervisor: str | None = None) -> list[Team]:
    """Return the teams (of a line, of the supervisor with that agent id), by their codes."""
    query = select(o.Team.__table__).order_by(o.Team.team_id)
    if line is not None:
        query = query.where(o.Team.line == line)
    if supervisor is not None:
        query = query.where(o.Team.supervisor == supervisor)
    rows = connection.execute(query).mappings()
    return [Team(row["team_id"], row["name"], row["line"], row["supervisor"]) for row in rows]


def agent_on(connection: Connection, agent_id: str, day: date) -> Member | None:
    """Return an agent as they were on `day`; None for an id nobody has."""
    row = connection.execute(_members(day).where(o.Agent.agent_id == agent_id)).mappings().first()
    return None if row is None else _member(row)


def places_on(
    connection: Connection, wanted: Collection[tuple[str, date]]
) -> dict[tuple[str, date], tuple[str, str]]:
    """Return the team and its line (empty: none) of agents on days; those in no team are left out."""
    held, team = o.Membership.__table__, o.Team.__table__
    query = select(held, team.c.line).join(team, team.c.team_id == held.c.team)
    found: dict[tuple[str, date], tuple[str, str]] = {}
    agents = sorted({agent_id for agent_id, _ in wanted})
    for start in range(0, len(agents), _CHUNK):
        some = query.where(held.c.agent_id.in_(agents[start : start + _CHUNK]))
        for row in connection.execute(some).mappings():
            membership = Membership(row["team"], row["since"], row["until"])
            for agent_id, day in wanted:
                if agent_id == row["agent_id"] and membership.holds_on(day):
                    found[agent_id, day] = membership.team, row["line"] or ""
    return found


def team_on(connection: Connection, agent_id: str, day: date) -> str | None:
    """Return the code of the team an agent was in on `day`."""
    return connection.execute(_TEAM_ON, {"agent": agent_id, "day": day}).scalar()


def leaders_of(connection: Connection, teams: Collection[str]) -> dict[str, str]:
    """Return the names of the users who lead these teams; teams without one are left out."""
    query = (
        select(o.Team.team_id, m.User.name)
        .join(m.User.__table__, m.User.agent_id == o.Team.supervisor)
        .where(o.Team.team_id.in_(teams), m.User.active)
        .order_by(m.User.name.desc())
    )
    return {row.team_id: row.name for row in connection.execute(query)}


def agents_of_team(connection: Connection, team: str, day: date) -> list[Member]:
    """Return who was in a team on `day`, by agent id."""
    query = _members(day).where(o.Membership.team == team).order_by(o.Agent.agent_id)
    return [_member(row) for row in connection.execute(query).mappings()]


def teams_led_by(connection: Connection, user: str) -> list[str]:
    """Return the codes of the teams a user leads: those whose supervisor has the user's agent id."""
    query = (
        select(o.Team.team_id)
        .join(m.User.__table__, m.User.agent_id == o.Team.supervisor)
        .where(m.User.name == user)
        .order_by(o.Team.team_id)
    )
    return list(connection.execute(query).scalars())


def with_agent_name(query: Select[Any]) -> Select[Any]:
    """Return a query for conversations that tells the name of each one's agent, too (`agent_name`)."""
    name = o.Agent.__table__.c.name.label("agent_name")
    return query.add_columns(name).outerjoin(o.Agent.__table__, o.Agent.agent_id == m.Conversation.agent_id)


def agents_in(teams: Collection[str], day: date) -> Select[Any]:
    """Return the query for the ids of who is in one of `teams` on `day`."""
    return select(o.Membership.agent_id).where(o.Membership.team.in_(teams), holds_on(day))


def holds_on(day: Any) -> ColumnElement[bool]:
    """Return that a membership holds on a day (a date, or a column of dates)."""
    held = o.Membership
    return and_(held.since <= day, or_(held.until.is_(None), held.until >= day))


_TEAM_ON = select(o.Membership.team).where(
    o.Membership.agent_id == bindparam("agent"), holds_on(bindparam("day", type_=Date()))
)


def _members(day: date) -> Select[Any]:
    agent, held, team = o.Agent.__table__, o.Membership.__table__, o.Team.__table__
    return (
        select(agent, held.c.team, team.c.line, team.c.supervisor)
        .outerjoin(held, (held.c.agent_id == agent.c.agent_id) & holds_on(day))
        .outerjoin(team, team.c.team_id == held.c.team)
    )


def _member(row: RowMapping) -> Member:
    return Member(
        row["agent_id"], row["name"], row["hired"], row["team"], row["line"], row["supervisor"]
    )  # fmt: skip


def read_organisation(connection: Connection) -> Organisation:
    """Return all of it, in the order of codes, with the users agents sign in as."""
    held: dict[str, list[Membership]] = defaultdict(list)
    query = select(o.Membership.__table__).order_by(o.Membership.agent_id, o.Membership.since)
    for row in connection.execute(query).mappings():
        held[row["agent_id"]].append(Membership(row["team"], row["since"], row["until"]))
    users = _holders(connection)
    agents = [
        Agent(name, row["name"], row["hired"], users.get(name), tuple(held[name]))
        for row in connection.execute(select(o.Agent.__table__).order_by(o.Agent.agent_id)).mappings()
        for name in [row["agent_id"]]
    ]
    return Organisation(
        {line.line_id: line for line in lines(connection)},
        {team.team_id: team for team in teams(connection)},
        {agent.agent_id: agent for agent in agents},
    )


def _users(connection: Connection) -> dict[str, str | None]:
    """Return the agent ids of users."""
    rows = connection.execute(select(m.User.name, m.User.agent_id))
    return {row.name: row.agent_id for row in rows}


def _holders(connection: Connection) -> dict[str, str]:
    """Return the active users of agent ids."""
    query = select(m.User.name, m.User.agent_id).where(m.User.active, m.User.agent_id.is_not(None))
    return {row.agent_id: row.name for row in connection.execute(query)}


def take_over(connection: Connection, by: str, draft: Draft, *, dry_run: bool = False) -> Mapping[str, int]:
    """Take the rows of a draft over, all or none; return what changes (`Merged.changes`).

    Raises RowsError with everything that is wrong. Stored conversations count for the teams their agents were
    in, by what is known now.
    """
    known = read_organisation(connection)
    merged = merge(known, draft, _users(connection), _holders(connection))
    if not dry_run:
        after = merged.organisation
        for line in _changed(known.lines, after.lines):
            values = {"line_id": line.line_id, "name": line.name}
            connection.execute(upsert(connection, o.BusinessLine, values, key=["line_id"], change=["name"]))
        for team in _changed(known.teams, after.teams):
            values = {
                "team_id": team.team_id, "name": team.name, "line": team.line,
                "supervisor": team.supervisor,
            }  # fmt: skip
            change = ["name", "line", "supervisor"]
            connection.execute(upsert(connection, o.Team, values, key=["team_id"], change=change))
        for agent_id in merged.agents:
            _save_agent(connection, by, known.agents.get(agent_id), after.agents[agent_id])
        assign_teams(connection, merged.agents)
        assign_cases(connection, merged.agents)
        note(connection, by, "organisation.import", "", dict(merged.changes))
    return merged.changes


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Any]:
    return [value for code, value in after.items() if before.get(code) != value]


def _save_agent(connection: Connection, by: str, before: Agent | None, agent: Agent) -> None:
    values = {"agent_id": agent.agent_id, "name": agent.name, "hired": agent.hired}
    connection.execute(upsert(connection, o.Agent, values, key=["agent_id"], change=["name", "hired"]))
    connection.execute(delete(o.Membership).where(o.Membership.agent_id == agent.agent_id))
    rows = [
        {"agent_id": agent.agent_id, "since": held.since, "until": held.until, "team": held.team}
        for held in agent.memberships
    ]
    if rows:
        connection.execute(insert(o.Membership), rows)
    if agent.user and agent.user != (before and before.user):
        here = m.User.name == agent.user
        number = connection.execute(select(m.User.number).where(here)).scalar_one()
        connection.execute(update(m.User).where(here).values(agent_id=agent.agent_id))
        connection.execute(delete(m.SignIn).where(m.SignIn.user == number))
        note(connection, by, "user.change", agent.user, {"agent_id": agent.agent_id})


def assign_teams(
    connection: Connection, agent_ids: Collection[str], conversations: Collection[int] | None = None
) -> None:
    """Let conversations of these agents (all, or these) count for the teams they were in on that day."""
    score = o.AgentScore
    then = select(o.Membership.team).where(o.Membership.agent_id == score.agent_id, holds_on(score.day))
    changing = update(score).values(team=then.scalar_subquery())
    if conversations is not None:
        changing = changing.where(score.conversation.in_(conversations))
    named = sorted(agent_ids)
    for start in range(0, len(named), _CHUNK):
        some = named[start : start + _CHUNK]
        connection.execute(changing.where(score.agent_id.in_(some)))


def assign_cases(connection: Connection, agent_ids: Collection[str]) -> None:
    """Let complaint cases of these agents count for the teams they were in when they were received."""
    from assistant.store.desk.models import Case

    then = select(o.Membership.team).where(
        o.Membership.agent_id == Case.agent_id, holds_on(Case.received_day)
    )
    changing = update(Case).values(team=func.coalesce(then.scalar_subquery(), Case.team))
    named = sorted(agent_ids)
    for start in range(0, len(named), _CHUNK):
        connection.execute(changing.where(Case.agent_id.in_(named[start : start + _CHUNK])))


def on_day(organisation: Organisation, day: date) -> list[Agent]:
    """Return the agents with what holds on `day` of their memberships."""
    return [
        replace(agent, memberships=tuple(held for held in agent.memberships if held.holds_on(day)))
        for agent in organisation.agents.values()
    ]
