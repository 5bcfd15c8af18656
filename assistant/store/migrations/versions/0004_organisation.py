"""Add the organisation, agents' parts in conversations (those of stored reports are taken over), contacts."""

from __future__ import annotations

from collections import Counter
from datetime import UTC
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_CHUNK = 200
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _organisation()
    scores = op.create_table(
        "agent_scores",
        sa.Column("conversation", _NUMBER, nullable=False),
        sa.Column("agent_id", sa.String(length=200), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("total", sa.Double(), nullable=True),
        sa.Column("max", sa.Double(), nullable=True),
        sa.Column("grade", sa.String(length=64), nullable=True),
        sa.Column("team", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversations.number"],
            name=op.f("fk_agent_scores_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation", "agent_id", name=op.f("pk_agent_scores")),
    )
    op.create_index(op.f("ix_agent_scores_agent_id_day"), "agent_scores", ["agent_id", "day"])
    op.create_index(op.f("ix_agent_scores_team_day"), "agent_scores", ["team", "day"])
    _contacts()
    _take_over(scores)


def _organisation() -> None:
    op.create_table(
        "business_lines",
        sa.Column("line_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_business_lines")),
    )
    op.create_table(
        "teams",
        sa.Column("team_id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=True),
        sa.Column("supervisor", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["line"], ["business_lines.line_id"], name=op.f("fk_teams_business_lines")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_teams")),
    )
    op.create_table(
        "agents",
        sa.Column("agent_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("hired", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agents")),
    )
    op.create_table(
        "memberships",
        sa.Column("agent_id", sa.String(length=200), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.agent_id"], name=op.f("fk_memberships_agents"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["team"], ["teams.team_id"], name=op.f("fk_memberships_teams")),
        sa.PrimaryKeyConstraint("agent_id", "since", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_team"), "memberships", ["team"])


def _contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=200), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("phone_hash", sa.String(length=64), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_phone_hash"), "contacts", ["phone_hash"])
    op.create_index(op.f("ix_contacts_subject_kind_subject_id"), "contacts", ["subject_kind", "subject_id"])


def _take_over(scores: sa.Table) -> None:
    """Keep what each agent did by the latest report of each conversation; nobody is in a team yet."""
    reports = sa.table(
        "reports", sa.column("number"), sa.column("conversation"), sa.column("body", sa.JSON())
    )
    calls = sa.table(
        "conversations",
        sa.column("number"),
        sa.column("agent_id"),
        sa.column("started_at", sa.DateTime(timezone=True)),
    )
    latest = sa.select(sa.func.max(reports.c.number)).group_by(reports.c.conversation)
    last = 0
    while True:
        query = (
            sa.select(reports, calls.c.agent_id, calls.c.started_at)
            .join(calls, calls.c.number == reports.c.conversation)
            .where(reports.c.number.in_(latest), reports.c.number > last)
            .order_by(reports.c.number)
            .limit(_CHUNK)
        )
        chunk = op.get_bind().execute(query).all()
        if not chunk:
            return
        rows = [row for report in chunk for row in _parts(report)]
        if rows:
            op.bulk_insert(scores, rows)
        last = chunk[-1].number


def _parts(report: Any) -> list[dict[str, Any]]:
    spoken = [turn for turn in report.body["turns"] if turn.get("role") == "agent"]
    turns = Counter(str(turn["agent_id"])[:200] for turn in spoken if turn.get("agent_id"))
    if not turns and report.agent_id is not None:
        turns[report.agent_id] = len(spoken)
    score = report.body.get("score") or {}
    own = {str(each["agent_id"])[:200]: each for each in score.get("by_agent", ())}
    if len(turns) == 1:
        own = dict.fromkeys(turns, score)
    started = report.started_at.replace(tzinfo=report.started_at.tzinfo or UTC)
    return [
        {
            "conversation": report.conversation,
            "agent_id": name,
            "day": started.astimezone().date(),
            "turns": count,
            "total": own.get(name, {}).get("total"),
            "max": own.get(name, {}).get("max"),
            "grade": own.get(name, {}).get("grade"),
            "team": None,
        }
        for name, count in turns.items()
    ]


def downgrade() -> None:
    for table in ("contacts", "agent_scores", "memberships", "agents", "teams", "business_lines"):
        op.drop_table(table)
