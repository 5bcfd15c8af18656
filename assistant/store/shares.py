"""Each agent's part in a conversation: who took part, and what they scored."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, union

from assistant.desk.calendar import SHANGHAI
from assistant.store import models as m
from assistant.store import organisation_models as o
from assistant.store.organisation import agents_in, assign_teams

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection, Select


def shares_of(report: Mapping[str, Any], agent_id: str | None) -> list[dict[str, Any]]:
    """Return what each agent did in a ``huashu.report/1``: turns, points, grade.

    Agents are those its agent turns name; where they name none it is `agent_id`, the one of the call.
    Who is alone in a call has its score; of several each has their own (``score.by_agent``).
    """
    spoken = [turn for turn in report["turns"] if turn.get("role") == "agent"]
    turns = Counter(str(turn["agent_id"])[:200] for turn in spoken if turn.get("agent_id"))
    if not turns and agent_id is not None:
        turns[agent_id] = len(spoken)
    score = report.get("score") or {}
    own = {str(each["agent_id"])[:200]: each for each in score.get("by_agent", ())}
    if len(turns) == 1:
        own = dict.fromkeys(turns, score)
    return [
        {
            "agent_id": name, "turns": count,
            **{what: own.get(name, {}).get(what) for what in ("total", "max", "grade")},
        }
        for name, count in turns.items()
    ]  # fmt: skip


def save_shares(connection: Connection, number: int, report: Mapping[str, Any]) -> None:
    """Keep what each agent did in a conversation, by its latest report."""
    query = select(m.Conversation.agent_id, m.Conversation.started_at).where(m.Conversation.number == number)
    call = connection.execute(query).one()
    connection.execute(delete(o.AgentScore).where(o.AgentScore.conversation == number))
    add_shares(connection, [(number, call.agent_id, call.started_at, report)])


def add_shares(
    connection: Connection, calls: Sequence[tuple[int, str | None, datetime, Mapping[str, Any]]]
) -> None:
    """Keep what each agent did in conversations (number, agent, beginning, report) that have nothing yet."""
    rows = [
        {"conversation": number, "day": house_day(began), "team": None, **share}
        for number, agent_id, began, report in calls
        for share in shares_of(report, agent_id)
    ]
    if rows:
        connection.execute(insert(o.AgentScore), rows)
        assign_teams(connection, {row["agent_id"] for row in rows}, [number for number, *_ in calls])


def house_day(moment: datetime) -> date:
    """Return the day of a moment by the house's own clock."""
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(SHANGHAI).date()


def with_part_of(agent_id: str) -> Select[Any]:
    """Return the query for the numbers of conversations an agent had a part in, running ones too."""
    return select(
        union(
            select(m.Conversation.number).where(m.Conversation.agent_id == agent_id),
            select(o.AgentScore.conversation).where(o.AgentScore.agent_id == agent_id),
            *_running(m.Turn.agent_id == agent_id, m.CallEvent.agent_id == agent_id),
        ).subquery()
    )


def of_teams(teams: Any, day: date) -> Select[Any]:
    """Return the query for the numbers of conversations that count for `teams`.

    An ended one counts for the teams its agents were in on its day, a running one for those of `day`.
    """
    members = agents_in(teams, day)
    return select(
        union(
            select(o.AgentScore.conversation).where(o.AgentScore.team.in_(teams)),
            select(m.Conversation.number).where(
                m.Conversation.status == "running", m.Conversation.agent_id.in_(members)
            ),
            *_running(m.Turn.agent_id.in_(members), m.CallEvent.agent_id.in_(members)),
        ).subquery()
    )


def _running(spoke: Any, marked: Any) -> list[Select[Any]]:
    """Return queries for running conversations by a turn or an event of theirs."""
    return [
        select(m.Conversation.number)
        .join(part.__table__, part.conversation == m.Conversation.number)
        .where(m.Conversation.status == "running", said)
        for part, said in ((m.Turn, spoke), (m.CallEvent, marked))
    ]


def took_part(connection: Connection, call_id: str, agent_id: str) -> bool:
    """Whether an agent had a part in a conversation."""
    query = select(m.Conversation.number).where(
        m.Conversation.call_id == call_id, m.Conversation.number.in_(with_part_of(agent_id))
    )
    return connection.execute(query).first() is not None
