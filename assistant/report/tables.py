"""Plain tables, for people: as a workbook, or as text in columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from assistant.report.xlsx import MAX_ROWS, sheets

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a title; `columns` are names and widths in characters."""

    title: str
    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[Any, ...], ...]


def write_tables(tables: Iterable[Table], stream: IO[bytes]) -> None:
    """Write a workbook with a sheet for each table."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for table in tables:
        sheets(book, table.title, table.columns, table.rows, MAX_ROWS)
    book.save(stream)


def text_of(tables: Iterable[Table], most: int = 20) -> str:
    """Return the tables in columns, `most` rows of each."""
    return "\n".join(f"{table.title}\n{_text(table, most)}" for table in tables if table.rows)


def _text(table: Table, most: int) -> str:
    rows: list[Sequence[str]] = [[name for name, _ in table.columns]]
    rows += [["" if value is None else str(value) for value in row] for row in table.rows[:most]]
    widths = [max(_width(row[place]) for row in rows) for place in range(len(table.columns))]
    lines = [
        "  "
        + "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
    if len(table.rows) > most:
        lines.append(f"  …… 共 {len(table.rows)} 行")
    return "\n".join(lines) + "\n"


def _width(text: str) -> int:
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
