"""Add the quizzes of courses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("practice_courses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quizzes", sa.JSON(), nullable=True))
    op.execute("UPDATE practice_courses SET quizzes = '[]'")
    with op.batch_alter_table("practice_courses", schema=None) as batch_op:
        batch_op.alter_column("quizzes", existing_type=sa.JSON(), nullable=False)
    op.create_table(
        "practice_papers",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("course", _NUMBER, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["course"],
            ["practice_courses.number"],
            name=op.f("fk_practice_papers_practice_courses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_practice_papers")),
    )
    op.create_index(
        op.f("ix_practice_papers_course_learner_part"), "practice_papers", ["course", "learner", "part"]
    )


def downgrade() -> None:
    op.drop_table("practice_papers")
    with op.batch_alter_table("practice_courses", schema=None) as batch_op:
        batch_op.drop_column("quizzes")
