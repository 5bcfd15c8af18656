"""Let an agent id belong to one active user at most, and count tries to sign in by name and address.

Where several active users have an agent id, the first who was added keeps it.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_USERS = sa.table("users", sa.column("number"), sa.column("name"), sa.column("agent_id"), sa.column("active"))
_ENTRIES = sa.table(
    "audit_log", sa.column("at", sa.DateTime(timezone=True)), sa.column("actor"), sa.column("action"),
    sa.column("target"), sa.column("detail", sa.JSON()),
)  # fmt: skip


def upgrade() -> None:
    connection = op.get_bind()
    query = sa.select(_USERS).where(sa.text("active AND agent_id IS NOT NULL")).order_by(_USERS.c.number)
    owners: dict[str, str] = {}
    for row in connection.execute(query).mappings().all():
        if owners.setdefault(row["agent_id"], row["name"]) == row["name"]:
            continue
        connection.execute(sa.update(_USERS).where(_USERS.c.number == row["number"]).values(agent_id=None))
        detail = {"agent_id": None, "before": row["agent_id"], "kept_by": owners[row["agent_id"]]}
        entry = {"at": datetime.now(UTC), "actor": "upgrade", "action": "user.change", "target": row["name"]}
        connection.execute(sa.insert(_ENTRIES).values(**entry, detail=detail))
    op.create_index(
        "ix_users_agent_id", "users", ["agent_id"], unique=True,
        sqlite_where=sa.text("active"), postgresql_where=sa.text("active"),
    )  # fmt: skip
    op.create_table(
        "sign_in_tries",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", "address", name=op.f("pk_sign_in_tries")),
    )
    op.create_index(op.f("ix_sign_in_tries_last_at"), "sign_in_tries", ["last_at"])


def downgrade() -> None:
    op.drop_table("sign_in_tries")
    op.drop_index("ix_users_agent_id", table_name="users")
