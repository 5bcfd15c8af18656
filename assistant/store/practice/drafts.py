"""Scenarios of the house: drafted from a call or written, edited, released."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from assistant.errors import ConflictError
from assistant.store.audit import note
from assistant.store.practice import models as p

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Draft:
    """See `models.ScenarioDraft`."""

    number: int
    scenario: str | None
    title: str
    text: str
    accepted: bool
    released: bool
    call_id: str | None
    revision: int
    changed_by: str
    changed_at: datetime


def add_draft(
    connection: Connection, by: str, *, title: str, text: str, scenario: str | None, call_id: str | None,
    now: datetime,
) -> int:  # fmt: skip
    """Store a draft, with its id where the loader accepts it; raises ConflictError (``id-taken``)."""
    _free(connection, scenario, None)
    values = {
        "scenario": scenario, "title": title, "text": text, "accepted": scenario is not None,
        "released": False, "call_id": call_id, "revision": 1, "changed_by": by[: p.PERSON], "changed_at": now,
    }  # fmt: skip
    made = connection.execute(insert(p.ScenarioDraft).values(values).returning(p.ScenarioDraft.number))
    number = int(made.scalar_one())
    note(connection, by, "scenario.draft", str(number), {"call_id": call_id})
    return number


def keep_draft(
    connection: Connection, by: str, number: int, *, revision: int, title: str, text: str,
    scenario: str | None, now: datetime,
) -> None:  # fmt: skip
    """Change a draft's text; one that isn't accepted any more is released no more.

    Raises ConflictError (``meanwhile``: not the revision it was changed from; ``id-taken``).
    """
    _free(connection, scenario, number)
    table = p.ScenarioDraft
    values = {
        "scenario": scenario, "title": title, "text": text, "accepted": scenario is not None,
        "revision": revision + 1, "changed_by": by[: p.PERSON], "changed_at": now,
    } | ({} if scenario is not None else {"released": False})  # fmt: skip
    here = (table.number == number, table.revision == revision)
    if connection.execute(update(table).where(*here).values(values)).rowcount != 1:
        raise ConflictError("别人刚刚改过这份草稿，请重新打开", code="meanwhile")


def release(connection: Connection, by: str, number: int, *, released: bool) -> None:
    """Let everybody play a draft, or nobody any more; raises ConflictError (``not-accepted``)."""
    table = p.ScenarioDraft
    here = (table.number == number, table.accepted)
    if connection.execute(update(table).where(*here).values(released=released)).rowcount != 1:
        raise ConflictError("草稿还有错误，改正后才能发布", code="not-accepted")
    note(connection, by, "scenario.release" if released else "scenario.withdraw", str(number))


def drop_draft(connection: Connection, by: str, number: int) -> bool:
    """Delete a draft; sessions that were played with it stay. Returns whether there was one."""
    gone = connection.execute(delete(p.ScenarioDraft).where(p.ScenarioDraft.number == number)).rowcount == 1
    if gone:
        note(connection, by, "scenario.drop", str(number))
    return gone


def find_draft(connection: Connection, number: int) -> Draft | None:
    query = select(p.ScenarioDraft.__table__).where(p.ScenarioDraft.number == number)
    row = connection.execute(query).mappings().first()
    return None if row is None else Draft(**row)


def list_drafts(connection: Connection) -> list[Draft]:
    """Return all drafts, the one changed last first."""
    query = select(p.ScenarioDraft.__table__).order_by(p.ScenarioDraft.changed_at.desc())
    return [Draft(**row) for row in connection.execute(query).mappings()]


def accepted(connection: Connection) -> list[Draft]:
    """Return the drafts the loader takes, by their ids."""
    query = select(p.ScenarioDraft.__table__).where(p.ScenarioDraft.accepted)
    rows = connection.execute(query.order_by(p.ScenarioDraft.scenario)).mappings()
    return [Draft(**row) for row in rows]


def _free(connection: Connection, scenario: str | None, number: int | None) -> None:
    """Raise ConflictError where another draft has this id."""
    if scenario is None:
        return
    table = p.ScenarioDraft
    holder = connection.execute(select(table.number).where(table.scenario == scenario)).scalar()
    if holder is not None and holder != number:
        raise ConflictError(f"另一份草稿已经用了编号 {scenario}", code="id-taken")
