"""Add the complaint desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_FIGURES = [
    "received_month", "trial", "team", "agent_id", "customer_level", "region", "need", "answered_at",
    "answer_hours", "in_time", "repeat_of", "satisfaction", "first_contact",
]  # fmt: skip


def upgrade() -> None:
    op.add_column("users", sa.Column("desk_rank", sa.String(length=32), nullable=True))
    op.create_table(
        "cases",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("call_id", sa.String(length=200), nullable=True),
        sa.Column("trial", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("owner_rank", sa.String(length=32), nullable=False),
        sa.Column("contact", sa.String(length=64), nullable=True),
        sa.Column("customer_key", sa.String(length=64), nullable=True),
        sa.Column("repeat_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("need", sa.String(length=32), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("customer_level", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=True),
        sa.Column("product", sa.String(length=200), nullable=True),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("region", sa.String(length=64), nullable=True),
        sa.Column("team", sa.String(length=64), nullable=True),
        sa.Column("agent_id", sa.String(length=200), nullable=True),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("proposed", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_day", sa.Date(), nullable=False),
        sa.Column("received_month", sa.String(length=7), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer_hours", sa.Double(), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("first_contact", sa.Boolean(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_cases")),
        sa.UniqueConstraint("call_id", name=op.f("uq_cases_call_id")),
        sa.UniqueConstraint("external_id", name=op.f("uq_cases_external_id")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cases_agent_id_received_day"), ["agent_id", "received_day"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_cases_customer_key"), ["customer_key"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_is_open_owner"), ["is_open", "owner"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cases_is_open_urgency_next_due_at"),
            ["is_open", "urgency", "next_due_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_cases_received_month_received_at"), ["received_month", "received_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_cases_is_open_received_at"), ["is_open", "received_at"], unique=False
        )
        batch_op.create_index("ix_cases_figures", _FIGURES, unique=False)
        batch_op.create_index(batch_op.f("ix_cases_received_at"), ["received_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_repeat_of"), ["repeat_of"], unique=False)

    op.create_table(
        "phone_counters",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("team", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("dialled", sa.Integer(), nullable=False),
        sa.Column("connected", sa.Integer(), nullable=False),
        sa.Column("agent_requests", sa.Integer(), nullable=False),
        sa.Column("agent_answered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "team", name=op.f("pk_phone_counters")),
    )
    with op.batch_alter_table("phone_counters", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phone_counters_month"), ["month"], unique=False)

    op.create_table(
        "callbacks",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("campaign", sa.String(length=32), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("contact", sa.String(length=64), nullable=True),
        sa.Column("customer", sa.String(length=200), nullable=False),
        sa.Column("lead", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=True),
        sa.Column("call_id", sa.String(length=200), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=True),
        sa.Column("suggestions", sa.Text(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case"], ["cases.number"], name=op.f("fk_callbacks_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("key", name=op.f("uq_callbacks_key")),
    )
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_callbacks_case"), ["case"], unique=False)
        batch_op.create_index(batch_op.f("ix_callbacks_status_next_at"), ["status", "next_at"], unique=False)

    op.create_table(
        "case_attachments",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=1000), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["case"], ["cases.number"], name=op.f("fk_case_attachments_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case_attachments")),
        sa.UniqueConstraint("case", "sha256", name=op.f("uq_case_attachments_case_sha256")),
    )
    op.create_table(
        "case_duties",
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("duty", sa.String(length=32), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("extension", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("standard_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["case"], ["cases.number"], name=op.f("fk_case_duties_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("case", "duty", "round", name=op.f("pk_case_duties")),
    )
    with op.batch_alter_table("case_duties", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_duties_next_at"), ["next_at"], unique=False)

    op.create_table(
        "case_events",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("from_state", sa.String(length=32), nullable=True),
        sa.Column("to_state", sa.String(length=32), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case"], ["cases.number"], name=op.f("fk_case_events_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case_events")),
        sa.UniqueConstraint("key", name=op.f("uq_case_events_key")),
    )
    with op.batch_alter_table("case_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_events_case_number"), ["case", "number"], unique=False)

    op.create_table(
        "case_handovers",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("giver", sa.String(length=200), nullable=False),
        sa.Column("receiver", sa.String(length=200), nullable=False),
        sa.Column("department", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["case"], ["cases.number"], name=op.f("fk_case_handovers_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case_handovers")),
    )
    with op.batch_alter_table("case_handovers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_handovers_case"), ["case"], unique=False)

    op.create_table(
        "case_recoveries",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("remedy", sa.String(length=32), nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.Column("purchase", sa.Double(), nullable=True),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case"], ["cases.number"], name=op.f("fk_case_recoveries_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_case_recoveries")),
    )
    with op.batch_alter_table("case_recoveries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_recoveries_case"), ["case"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_recoveries_month"), ["month"], unique=False)

    op.create_table(
        "notifications",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("case", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case"], ["cases.number"], name=op.f("fk_notifications_cases"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notifications")),
        sa.UniqueConstraint("key", "recipient", name=op.f("uq_notifications_key_recipient")),
    )
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_notifications_mailed_at_number"), ["mailed_at", "number"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_notifications_recipient_number"), ["recipient", "number"], unique=False
        )

    op.create_table(
        "callback_attempts",
        sa.Column("callback", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["callback"],
            ["callbacks.number"],
            name=op.f("fk_callback_attempts_callbacks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("callback", "place", name=op.f("pk_callback_attempts")),
    )


def downgrade() -> None:
    op.drop_table("callback_attempts")
    with op.batch_alter_table("notifications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notifications_recipient_number"))
        batch_op.drop_index(batch_op.f("ix_notifications_mailed_at_number"))

    op.drop_table("notifications")
    with op.batch_alter_table("case_recoveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_recoveries_month"))
        batch_op.drop_index(batch_op.f("ix_case_recoveries_case"))

    op.drop_table("case_recoveries")
    with op.batch_alter_table("case_handovers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_handovers_case"))

    op.drop_table("case_handovers")
    with op.batch_alter_table("case_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_events_case_number"))

    op.drop_table("case_events")
    with op.batch_alter_table("case_duties", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_duties_next_at"))

    op.drop_table("case_duties")
    op.drop_table("case_attachments")
    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_callbacks_status_next_at"))
        batch_op.drop_index(batch_op.f("ix_callbacks_case"))

    op.drop_table("callbacks")
    with op.batch_alter_table("phone_counters", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_phone_counters_month"))

    op.drop_table("phone_counters")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_repeat_of"))
        batch_op.drop_index(batch_op.f("ix_cases_received_at"))
        batch_op.drop_index("ix_cases_figures")
        batch_op.drop_index(batch_op.f("ix_cases_is_open_received_at"))
        batch_op.drop_index(batch_op.f("ix_cases_received_month_received_at"))
        batch_op.drop_index(batch_op.f("ix_cases_is_open_urgency_next_due_at"))
        batch_op.drop_index(batch_op.f("ix_cases_is_open_owner"))
        batch_op.drop_index(batch_op.f("ix_cases_customer_key"))
        batch_op.drop_index(batch_op.f("ix_cases_agent_id_received_day"))

    op.drop_table("cases")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("desk_rank")
