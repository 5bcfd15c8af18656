"""The tables of the organisation, and each agent's part in a conversation."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import Base, Number

CODE, AGENT_ID = 64, 200


class BusinessLine(Base):
    __tablename__ = "business_lines"

    line_id: Mapped[str] = mapped_column(String(CODE), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


class Team(Base):
    """`supervisor` is the agent id of whoever leads it."""

    __tablename__ = "teams"

    team_id: Mapped[str] = mapped_column(String(CODE), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    line: Mapped[str | None] = mapped_column(String(CODE), ForeignKey("business_lines.line_id"))
    supervisor: Mapped[str | None] = mapped_column(String(AGENT_ID))


class Agent(Base):
    """Somebody with an agent id; the user they sign in as carries the same (`users.agent_id`)."""

    __tablename__ = "agents"

    agent_id: Mapped[str] = mapped_column(String(AGENT_ID), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    hired: Mapped[date | None]


class Membership(Base):
    """From when to when an agent is in a team, both days included."""

    __tablename__ = "memberships"
    __table_args__ = (Index(None, "team"),)

    agent_id: Mapped[str] = mapped_column(
        String(AGENT_ID), ForeignKey("agents.agent_id", ondelete="CASCADE"), primary_key=True
    )
    since: Mapped[date] = mapped_column(primary_key=True)
    until: Mapped[date | None]
    team: Mapped[str] = mapped_column(String(CODE), ForeignKey("teams.team_id"))


class AgentScore(Base):
    """What an agent did in a conversation, by its latest report.

    `turns` are those they spoke; `total` of `max` points and `grade` are their own (None: not scored);
    `day` is the one the conversation began on, `team` the one they were in on that day.
    """

    __tablename__ = "agent_scores"
    __table_args__ = (Index(None, "agent_id", "day"), Index(None, "team", "day"))

    conversation: Mapped[int] = mapped_column(
        Number, ForeignKey("conversations.number", ondelete="CASCADE"), primary_key=True
    )
    agent_id: Mapped[str] = mapped_column(String(AGENT_ID), primary_key=True)
    day: Mapped[date]
    turns: Mapped[int]
    total: Mapped[float | None]
    max: Mapped[float | None]
    grade: Mapped[str | None] = mapped_column(String(64))
    team: Mapped[str | None] = mapped_column(String(CODE))
