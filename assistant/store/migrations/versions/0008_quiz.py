"""Add what learners make of quiz items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quiz_cards",
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("right", sa.Integer(), nullable=False),
        sa.Column("last_right", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("learner", "item", name=op.f("pk_quiz_cards")),
    )
    op.create_index(op.f("ix_quiz_cards_learner_due"), "quiz_cards", ["learner", "due"])
    op.create_table(
        "quiz_answers",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_quiz_answers")),
    )
    op.create_index(op.f("ix_quiz_answers_learner_at"), "quiz_answers", ["learner", "at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_quiz_answers_learner_at"), table_name="quiz_answers")
    op.drop_table("quiz_answers")
    op.drop_index(op.f("ix_quiz_cards_learner_due"), table_name="quiz_cards")
    op.drop_table("quiz_cards")
