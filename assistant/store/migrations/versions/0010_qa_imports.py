"""Add imports in the background, and the drafts that examples of rules went into."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_batches",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("made_by", sa.String(length=200), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rescore", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_import_batches")),
    )
    op.create_table(
        "import_parts",
        sa.Column("number", _NUMBER, nullable=False),
        sa.Column("batch", _NUMBER, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=True),
        sa.Column("errors", sa.JSON(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch"],
            ["import_batches.number"],
            name=op.f("fk_import_parts_batch_import_batches"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_import_parts")),
    )
    op.create_index(op.f("ix_import_parts_batch_waiting"), "import_parts", ["batch", "waiting"])
    with op.batch_alter_table("rule_examples", schema=None) as batch_op:
        batch_op.add_column(sa.Column("draft", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("rule_examples", schema=None) as batch_op:
        batch_op.drop_column("draft")
    op.drop_index(op.f("ix_import_parts_batch_waiting"), table_name="import_parts")
    op.drop_table("import_parts")
    op.drop_table("import_batches")
