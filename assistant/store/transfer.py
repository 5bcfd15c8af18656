"""Stored conversations as objects, one each, that lose nothing: for backups and for another database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, insert, select

from assistant.errors import InputError
from assistant.store import models as m
from assistant.store.calls import ENDED
from assistant.store.dialect import upsert
from assistant.store.review.facts import note_report
from assistant.store.shares import save_shares

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

SCHEMA = "huashu.conversation/1"
_PARTS: tuple[type[m.Base], ...] = (
    m.Turn, m.CallEvent, m.LiveEvent, m.Finding, m.Emotion, m.Report, m.Prompt,
)  # fmt: skip
"""The tables whose rows hang on a conversation; who holds a running call is nobody else's business."""
Json = dict[str, Any]


def export_conversations(connection: Connection) -> Iterator[Json]:
    """Yield the conversations that have ended, in the order they were stored."""
    table = m.Conversation.__table__
    last = 0
    while True:
        query = select(table).where(table.c.status == ENDED, table.c.number > last).order_by(table.c.number)
        row = connection.execute(query.limit(1)).mappings().first()
        if row is None:
            return
        last = row["number"]
        parts = {part.__tablename__: list(_rows(connection, part, last)) for part in _PARTS}
        packs = select(m.RulePack.__table__).where(m.RulePack.sha256.in_(_packs(parts["reports"])))
        yield {
            "schema": SCHEMA,
            "conversation": _written(row),
            **parts,
            "packs": [dict(_plain(pack)) for pack in connection.execute(packs).mappings()],
        }


def import_conversation(connection: Connection, told: Mapping[str, Any]) -> bool:
    """Store an exported conversation; False where one of its id is stored already.

    Raises InputError for an object that isn't one.
    """
    if told.get("schema") != SCHEMA:
        raise InputError(f"not a {SCHEMA} object", code="wrong-schema")
    try:
        values = _read(m.Conversation.__table__, told["conversation"])
        put = upsert(connection, m.Conversation, values, key=["call_id"], change=[])
        number = connection.execute(put.returning(m.Conversation.number)).scalar()
        if number is None:
            return False
        for part in _PARTS:
            rows = [
                {**_read(part.__table__, row), "conversation": number} for row in told[part.__tablename__]
            ]
            if rows:
                connection.execute(insert(part), rows)
        if told["reports"]:  # whose part it was follows from the report and this house's teams
            save_shares(connection, number, told["reports"][-1]["body"])
            note_report(connection, number, told["reports"][-1]["body"])
        for pack in told["packs"]:
            known = _read(m.RulePack.__table__, pack)
            connection.execute(upsert(connection, m.RulePack, known, key=["sha256"], change=[]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"not a whole {SCHEMA} object", code="bad-conversation") from error
    return True


def _rows(connection: Connection, part: type[m.Base], number: int) -> Iterator[Json]:
    table = part.__table__
    query = (
        select(table)
        .where(table.c.conversation == number)
        .order_by(*(column for column in table.c if column.primary_key))
    )
    for row in connection.execute(query).mappings():
        yield _written(row)


def _written(row: Mapping[Any, Any]) -> Json:
    """Return a row without the numbers that only this database gives."""
    return {name: value for name, value in _plain(row) if name not in ("number", "conversation")}


def _plain(row: Mapping[Any, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        yield name, value.isoformat() if isinstance(value, date) else value


def _packs(reports: list[Json]) -> list[str]:
    return [pack["sha256"] for report in reports for pack in report["body"].get("packs", ())]


def _read(table: Any, row: Mapping[str, Any]) -> Json:
    """Return the values of a row's columns; raises KeyError for one that is missing."""
    return {column.name: _value(column.type, row[column.name]) for column in _columns(table)}


def _columns(table: Table) -> Iterator[Any]:
    return (column for column in table.columns if column.name not in ("number", "conversation"))


def _value(kind: object, value: Any) -> Any:
    if value is not None and isinstance(kind, m.Instant):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return value
