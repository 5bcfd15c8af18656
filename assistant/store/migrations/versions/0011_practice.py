"""Add practice."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practice_classrooms",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("limit_s", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("review", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_practice_classrooms")),
        sa.UniqueConstraint("code", name=op.f("uq_practice_classrooms_code")),
    )
    op.create_table(
        "practice_courses",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("scenarios", sa.JSON(), nullable=False),
        sa.Column("learners", sa.JSON(), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("board", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_practice_courses")),
    )
    op.create_table(
        "practice_scenarios",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("call_id", sa.String(length=200), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_practice_scenarios")),
        sa.UniqueConstraint("scenario", name=op.f("uq_practice_scenarios_scenario")),
    )
    op.create_table(
        "practice_classroom_marks",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("classroom", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("good", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["classroom"],
            ["practice_classrooms.number"],
            name=op.f("fk_practice_classroom_marks_practice_classrooms"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_practice_classroom_marks")),
    )
    with op.batch_alter_table("practice_classroom_marks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_practice_classroom_marks_classroom"), ["classroom"], unique=False
        )

    op.create_table(
        "practice_classroom_turns",
        sa.Column("classroom", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["classroom"],
            ["practice_classrooms.number"],
            name=op.f("fk_practice_classroom_turns_practice_classrooms"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("classroom", "place", name=op.f("pk_practice_classroom_turns")),
    )
    op.create_table(
        "practice_participants",
        sa.Column("classroom", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["classroom"],
            ["practice_classrooms.number"],
            name=op.f("fk_practice_participants_practice_classrooms"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("classroom", "person", name=op.f("pk_practice_participants")),
    )
    op.create_table(
        "practice_sessions",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("seed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.Column("course", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("hints", sa.JSON(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points", sa.Double(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("must", sa.JSON(), nullable=True),
        sa.Column("debrief", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["course"],
            ["practice_courses.number"],
            name=op.f("fk_practice_sessions_practice_courses"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_practice_sessions")),
    )
    with op.batch_alter_table("practice_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_sessions_course"), ["course"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_practice_sessions_learner_scenario"), ["learner", "scenario"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_practice_sessions_scenario_points"), ["scenario", "points"], unique=False
        )

    op.create_table(
        "practice_comments",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("session", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session"],
            ["practice_sessions.number"],
            name=op.f("fk_practice_comments_practice_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_practice_comments")),
    )
    with op.batch_alter_table("practice_comments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_practice_comments_session"), ["session"], unique=False)

    op.create_table(
        "practice_turns",
        sa.Column("session", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at_s", sa.Double(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("worded", sa.Boolean(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session"],
            ["practice_sessions.number"],
            name=op.f("fk_practice_turns_practice_sessions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session", "place", name=op.f("pk_practice_turns")),
    )


def downgrade() -> None:
    op.drop_table("practice_turns")
    with op.batch_alter_table("practice_comments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_comments_session"))

    op.drop_table("practice_comments")
    with op.batch_alter_table("practice_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_sessions_scenario_points"))
        batch_op.drop_index(batch_op.f("ix_practice_sessions_learner_scenario"))
        batch_op.drop_index(batch_op.f("ix_practice_sessions_course"))

    op.drop_table("practice_sessions")
    op.drop_table("practice_participants")
    op.drop_table("practice_classroom_turns")
    with op.batch_alter_table("practice_classroom_marks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_practice_classroom_marks_classroom"))

    op.drop_table("practice_classroom_marks")
    op.drop_table("practice_scenarios")
    op.drop_table("practice_courses")
    op.drop_table("practice_classrooms")
