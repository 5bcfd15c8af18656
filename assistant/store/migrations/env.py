"""What Alembic runs: over a connection that is handed to it (assistant.store.database.migrate)."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Literal

from alembic import context

from assistant import store
from assistant.store.models import Base, Instant

for part in walk_packages(store.__path__, f"{store.__name__}."):
    if part.name.endswith("models"):
        import_module(part.name)  # its tables belong to the metadata


def render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Write a moment as what the database holds: a migration outlives our own types."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_item=render,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
