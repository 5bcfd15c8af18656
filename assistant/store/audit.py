"""The audit log: who did what to what. It is only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select

from assistant.store import models as m

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_ENTRY = insert(m.AuditEntry)


def note(
    connection: Connection, actor: str, action: str, target: str, detail: Mapping[str, Any] | None = None
) -> None:
    """Note a deed in the transaction it is done in; `detail` holds nothing that customers said."""
    values = {
        "at": datetime.now(UTC), "actor": actor, "action": action, "target": target[:200],
        "detail": dict(detail or {}),
    }  # fmt: skip
    connection.execute(_ENTRY, values)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; None asks nothing.

    `action` may be a whole kind (``user`` is ``user.add`` and all others), `target` a part of what it was
    done to; `since` counts, `until` doesn't.
    """

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_entries(
    connection: Connection, wanted: Wanted, *, limit: int, before: int | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Return entries, the latest first, and `before` for the ones that follow (None: no more)."""
    entry = m.AuditEntry
    query = select(entry.__table__).order_by(entry.number.desc()).limit(limit + 1)
    if wanted.actor is not None:
        query = query.where(entry.actor == wanted.actor)
    if wanted.action is not None:
        kind = entry.action.startswith(f"{wanted.action}.", autoescape=True)
        query = query.where(or_(entry.action == wanted.action, kind))
    if wanted.target is not None:
        query = query.where(entry.target.contains(wanted.target, autoescape=True))
    if wanted.since is not None:
        query = query.where(entry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(entry.at < wanted.until)
    if before is not None:
        query = query.where(entry.number < before)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    following = rows[limit - 1]["number"] if len(rows) > limit else None
    return rows[:limit], following
