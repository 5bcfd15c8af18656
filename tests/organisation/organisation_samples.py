"""A small house: two lines, three teams, five agents, as rows of the workbook."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import openpyxl

from assistant.organisation.sheets import AGENTS, LINES, TEAMS

if TYPE_CHECKING:
    from collections.abc import Sequence

Table = list["Sequence[Any]"]
HOUSE: dict[str, Table] = {
    LINES: [("编号", "名称"), ("L1", "售后"), ("L2", "售前")],
    TEAMS: [
        ("编号", "名称", "业务线", "班长工号"),
        ("A1", "售后一班", "L1", "9001"),
        ("A2", "售后二班", "L1", "9002"),
        ("B1", "售前一班", "L2", None),
    ],
    AGENTS: [
        ("工号", "姓名", "班组", "入职日期", "生效日期", "截止日期"),
        (3056, "王芳", "A1", "2025-03-01", "2025-03-01", "2026-10-31"),
        ("3056", "王芳", "A2", None, "2026/11/1", None),
        ("4000", "李强", "A1", None, "2026年1月5日", ""),
        ("9001", "赵敏", "", None, None, None),
        (9002.0, "陈静", None, None, None, None),
    ],
}


def workbook(sheets: dict[str, Table]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def agents(*rows: Sequence[Any]) -> bytes:
    """A workbook of agents alone."""
    return workbook({AGENTS: [HOUSE[AGENTS][0], *rows]})
