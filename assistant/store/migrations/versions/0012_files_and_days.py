"""Add uploaded files of cases, and what is done on a working day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ANALYSIS = (
    "received_month",
    "trial",
    "need",
    "kind",
    "product",
    "department",
    "cause",
    "region",
    "channel",
)
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("case_attachments", schema=None) as batch_op:
        batch_op.add_column(sa.Column("media", sa.String(length=100), nullable=True))
    op.create_table(
        "case_attachment_contents",
        sa.Column("attachment", _NUMBER, autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment"],
            ["case_attachments.number"],
            name=op.f("fk_case_attachment_contents_attachment_case_attachments"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("attachment", name=op.f("pk_case_attachment_contents")),
    )
    op.create_table(
        "day_events",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_day_events")),
        sa.UniqueConstraint("day", "person", "kind", name=op.f("uq_day_events_day_person_kind")),
    )
    op.create_index(op.f("ix_case_events_by_at"), "case_events", ["by", "at"])
    op.create_index("ix_cases_analysis", "cases", list(_ANALYSIS))


def downgrade() -> None:
    op.drop_index("ix_cases_analysis", table_name="cases")
    op.drop_index(op.f("ix_case_events_by_at"), table_name="case_events")
    op.drop_table("day_events")
    op.drop_table("case_attachment_contents")
    with op.batch_alter_table("case_attachments", schema=None) as batch_op:
        batch_op.drop_column("media")
