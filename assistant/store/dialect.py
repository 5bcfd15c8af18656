"""Where SQLite and PostgreSQL say the same in different words."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects import postgresql, sqlite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Insert

    from assistant.store.models import Base


def upsert(
    connection: Connection, table: type[Base], values: Mapping[str, Any], *, key: Sequence[str],
    change: Sequence[str],
) -> Insert:  # fmt: skip
    """Return what inserts a row, or changes the columns `change` of the one with that key (or nothing)."""
    return upserting(connection.dialect.name, table, tuple(key), tuple(change)).values(values)


def adding(
    connection: Connection, table: type[Base], *, key: Sequence[str], columns: Sequence[str]
) -> Insert:
    """Return what inserts rows, or adds the `columns` of each to the one with that key."""
    return _adding(connection.dialect.name, table, tuple(key), tuple(columns))


def holding(connection: Connection, column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Return that a column holds `text`, whatever the case of its Latin letters.

    SQLite's LIKE looks through them so by itself, and three times as fast as with lower().
    """
    if connection.dialect.name == "postgresql":
        return column.icontains(text, autoescape=True)
    return column.contains(text, autoescape=True)


@cache
def _adding(dialect: str, table: type[Base], key: tuple[str, ...], columns: tuple[str, ...]) -> Insert:
    speaks: Any = postgresql if dialect == "postgresql" else sqlite
    into = speaks.insert(table)
    here = table.__table__.c
    sums = {name: here[name] + into.excluded[name] for name in columns}
    statement: Insert = into.on_conflict_do_update(index_elements=key, set_=sums)
    return statement


@cache  # making a statement costs more than running it
def upserting(dialect: str, table: type[Base], key: tuple[str, ...], change: tuple[str, ...]) -> Insert:
    """Return the same without a row, to be run with one or many."""
    speaks: Any = postgresql if dialect == "postgresql" else sqlite
    into = speaks.insert(table)
    if not change:
        statement: Insert = into.on_conflict_do_nothing(index_elements=key)
    else:
        given = {name: into.excluded[name] for name in change}
        statement = into.on_conflict_do_update(index_elements=key, set_=given)
    return statement
