"""The workbook an organisation is kept in: read it row by row, write it, write an empty one.

Three sheets (业务线, 班组, 坐席); an agent has one row for each membership.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
import zipfile
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from assistant.errors import InputError
from assistant.organisation.model import RowProblem, RowsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from assistant.organisation.model import Agent, Organisation

LINES, TEAMS, AGENTS = "业务线", "班组", "坐席"
COLUMNS: Mapping[str, tuple[str, ...]] = {
    LINES: ("编号", "名称"),
    TEAMS: ("编号", "名称", "业务线", "班长工号"),
    AGENTS: ("工号", "姓名", "用户名", "班组", "入职日期", "生效日期", "截止日期", "删除"),
}
_NEEDED: Mapping[str, tuple[str, ...]] = {
    LINES: ("编号", "名称"),
    TEAMS: ("编号", "名称"),
    AGENTS: ("工号", "班组", "生效日期"),
}
_NAMES = frozenset(["名称", "姓名", "用户名"])
_HELP = (
    "怎样填写",
    "1. 业务线、班组：每行一个，编号不可重复；班组的“业务线”填业务线编号，“班长工号”填坐席表里的工号。",
    "2. 坐席：每一段归属一行；不属于任何班组的人（如班长），“班组”和日期留空。",
    "3. 调班时新增一行，填新班组和生效日期，原来的归属自动截止到前一天。",
    "4. “截止日期”当天仍算在内；留空表示至今。离职请填最后一天。",
    "5. “用户名”填登录用户名，用户须已在“设置 → 用户”里建好；留空则不改动。",
    "6. “删除”填“是”，会删除工号与生效日期都相同的那段归属。",
    "7. 文件里没有的业务线、班组、坐席和归属保持不变。有一处错误，整个文件都不会导入。",
)
_LARGEST = 64 << 20
_MOST_ROWS = 50_000
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was written: texts and dates by column; `number` is its place in the sheet."""

    sheet: str
    number: int
    cells: Mapping[str, Any]

    def text(self, column: str) -> str:
        return text_of(self.cells.get(column), folded=column not in _NAMES)

    def problem(self, column: str, message: str) -> RowProblem:
        return RowProblem(self.sheet, self.number, column, message)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wants the organisation to be, unchecked."""

    lines: tuple[Row, ...] = ()
    teams: tuple[Row, ...] = ()
    agents: tuple[Row, ...] = ()


def text_of(value: Any, *, folded: bool = True) -> str:
    """Return a cell as text: a number without the .0 that spreadsheets give to ids.

    Signs of full width are `folded` in ids and dates; names keep their own.
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    return (unicodedata.normalize("NFKC", text) if folded else text).strip()


def date_of(value: Any) -> date | None:
    """Return the day of a cell (a date, 2026-11-01, 2026/11/1, 2026年11月1日, 20261101), None if empty.

    Raises ValueError for what is no day.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = text_of(value)
    if not text:
        return None
    found = _DATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    year, month, day = (int(part) for part in found.groups() if part is not None)
    return date(year, month, day)


def read_workbook(data: bytes, path: str | None = None) -> Draft:
    """Return the rows of a workbook; raises InputError (``xlsx``, ``too-large``) and RowsError."""
    sheets = _sheets(data, path)
    known = {name: rows for name, rows in sheets.items() if name in COLUMNS}
    if not known:
        problem = RowProblem("文件", 0, "", "没有“业务线”“班组”“坐席”工作表，请按模板填写")
        raise RowsError([problem], path=path)
    problems: list[RowProblem] = []
    read = {name: tuple(_rows(name, rows, problems)) for name, rows in known.items()}
    if problems:
        raise RowsError(problems, path=path)
    return Draft(read.get(LINES, ()), read.get(TEAMS, ()), read.get(AGENTS, ()))


def _sheets(data: bytes, path: str | None) -> dict[str, list[tuple[Any, ...]]]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _LARGEST:
            return _refuse_size(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            return {sheet.title.strip(): _cells(sheet) for sheet in book.worksheets}
    except InputError:
        raise
    except Exception:  # a damaged workbook fails anywhere inside openpyxl, zipfile or the XML parser
        message = "不是可读取的 Excel 工作簿（.xlsx），请重新另存后再导入"
        raise InputError(message, code="xlsx", path=path) from None


def _refuse_size(path: str | None) -> NoReturn:
    raise InputError("文件解压后过大，请拆分后再导入", code="too-large", path=path)


def _cells(sheet: Any) -> list[tuple[Any, ...]]:
    sheet.reset_dimensions()
    return list(sheet.iter_rows(values_only=True, max_row=_MOST_ROWS + 2))


def _rows(name: str, rows: list[tuple[Any, ...]], problems: list[RowProblem]) -> Iterator[Row]:
    head = [text_of(cell) for cell in rows[0]] if rows else []
    missing = [column for column in _NEEDED[name] if column not in head]
    if missing:
        problems.extend(RowProblem(name, 1, column, "缺少这一列，请按模板填写") for column in missing)
        return
    if len(rows) > _MOST_ROWS + 1:
        problems.append(RowProblem(name, 0, "", f"超过 {_MOST_ROWS} 行，请拆分后再导入"))
        return
    for number, cells in enumerate(rows[1:], 2):
        if any(text_of(cell) for cell in cells):
            yield Row(
                name, number, {column: cell for column, cell in zip(head, cells, strict=False) if column}
            )


def write_workbook(organisation: Organisation) -> bytes:
    """Return the workbook of an organisation; of an empty one it is the template."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = openpyxl.Workbook(write_only=True)
    for name, rows in _tables(organisation):
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for letter in "ABCDEFGH":
            sheet.column_dimensions[letter].width = 16
        for place, row in enumerate([COLUMNS[name], *rows]):
            cells = [WriteOnlyCell(sheet, value) for value in row]
            for cell, value in zip(cells, row, strict=True):
                if isinstance(value, str):
                    cell.data_type = "s"  # never a formula
                    cell.number_format = "@"
                if place == 0:
                    cell.font = Font(bold=True)
            sheet.append(cells)
    sheet = book.create_sheet("填写说明")
    sheet.column_dimensions["A"].width = 110
    for line in _HELP:
        sheet.append([line])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _tables(organisation: Organisation) -> Iterator[tuple[str, Iterable[tuple[Any, ...]]]]:
    yield LINES, [(line.line_id, line.name) for line in organisation.lines.values()]
    yield (
        TEAMS,
        [(team.team_id, team.name, team.line, team.supervisor) for team in organisation.teams.values()],
    )
    yield AGENTS, [row for agent in organisation.agents.values() for row in _agent_rows(agent)]


def _agent_rows(agent: Agent) -> Iterator[tuple[Any, ...]]:
    for held in agent.memberships:
        yield agent.agent_id, agent.name, agent.user, held.team, agent.hired, held.since, held.until, None
    if not agent.memberships:
        yield agent.agent_id, agent.name, agent.user, None, agent.hired, None, None, None
