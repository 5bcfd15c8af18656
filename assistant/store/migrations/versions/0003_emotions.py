"""Add the emotions customers showed in a call, to be searched for; those of stored reports are taken over."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_CHUNK = 200


def upgrade() -> None:
    emotions = op.create_table(
        "emotions",
        sa.Column("conversation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversations.number"],
            name=op.f("fk_emotions_conversations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation", "label", name=op.f("pk_emotions")),
    )
    op.create_index(op.f("ix_emotions_label"), "emotions", ["label"])
    reports = sa.table(
        "reports", sa.column("number"), sa.column("conversation"), sa.column("body", sa.JSON())
    )
    latest = sa.select(sa.func.max(reports.c.number)).group_by(reports.c.conversation)
    last = 0
    while True:
        query = sa.select(reports).where(reports.c.number.in_(latest), reports.c.number > last)
        chunk = op.get_bind().execute(query.order_by(reports.c.number).limit(_CHUNK)).all()
        if not chunk:
            return
        rows = [
            {"conversation": report.conversation, "label": label}
            for report in chunk
            for label in {turn["emotion"]["label"] for turn in report.body["turns"] if turn.get("emotion")}
        ]
        op.bulk_insert(emotions, rows)
        last = chunk[-1].number


def downgrade() -> None:
    op.drop_index(op.f("ix_emotions_label"), table_name="emotions")
    op.drop_table("emotions")
