"""Cases, counters and figures as tables: the month's or quarter's report, import and export."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from sqlalchemy import select

from assistant.desk.calendar import SHANGHAI, house_time
from assistant.desk.kpis import figures
from assistant.desk.record import CAUSES, CHANNELS, RECORD
from assistant.errors import InputError
from assistant.report.plain import well_formed
from assistant.store.desk import customers
from assistant.store.desk import models as m
from assistant.store.desk.callbacks import add_renewal
from assistant.store.desk.cases import Opening, open_case
from assistant.store.desk.figures import Asked, analysis, counts, titles_of
from assistant.store.desk.ledger import Acting, happen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from openpyxl.worksheet._write_only import WriteOnlyWorksheet
    from sqlalchemy import Connection

    from assistant.desk.house import Desk
    from assistant.store.contact_keys import KeyRing

_DIGITS = 15
"""No case has a number that long."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EXTRA = {
    "number": "编号",
    "external_id": "外部编号",
    "state": "状态",
    "closed_at": "结案时间",
    "satisfaction": "满意度",
}
_COUNTERS = {
    "day": "日期",
    "team": "班组",
    "dialled": "呼入数",
    "connected": "接通数",
    "agent_requests": "请求人工数",
    "agent_answered": "人工接听数",
}
_RENEWAL = {
    "保单号": "policy", "客户": "customer", "到期日": "expiry",
    "电话": "phone", "联系电话": "phone", "手机": "phone", "手机号": "phone",
}  # fmt: skip
_ANALYSED = {
    "kind": "投诉类别",
    "product": "产品或服务",
    "department": "责任部门",
    "cause": "原因",
    "region": "区域",
    "channel": "渠道",
}


def write_report(connection: Connection, desk: Desk, asked: Asked, stream: IO[bytes]) -> None:
    """Write the report of months as a workbook: figures, trend, teams, what complaints are about."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    least = desk.rules.kpis.satisfied_from
    sheet = book.create_sheet("指标")
    _row(sheet, ["指标", "定义", "数值", "目标", "达成", "分子", "分母"])
    whole = counts(connection, asked, satisfied_from=least).get(None, {})
    for each in figures(desk.rules, whole):
        verdict = {"reached": "达标", "missed": "未达标"}.get(each.verdict or "", "")
        _row(
            sheet,
            [each.kpi.title, each.kpi.definition, each.value, each.kpi.target, verdict, each.hit, each.of],
        )
    for title, by in (
        ("按月", "received_month"),
        ("按班组", "team"),
        ("按坐席", "agent_id"),
        ("按客户级别", "customer_level"),
        ("按区域", "region"),
    ):
        sheet = book.create_sheet(title)
        _row(sheet, ["", "工单数", *(kpi.title for kpi in desk.rules.kpis.kpis)])
        grouped = Asked(asked.first, asked.last, by, asked.only)  # type: ignore[arg-type]
        rows = counts(connection, grouped, satisfied_from=least)
        names = titles_of(connection, grouped.by)
        for name, row in sorted(rows.items(), key=lambda pair: str(pair[0])):
            told = figures(desk.rules, row)
            _row(
                sheet,
                [names.get(name or "", name) or "未填", row.get("cases", 0), *(each.value for each in told)],
            )
    titles = {"kind": desk.choices["kind"], "cause": CAUSES, "channel": CHANNELS}
    sheet = book.create_sheet("投诉分析")
    _row(sheet, ["维度", "取值", "工单数"])
    for name, found in analysis(connection, asked.first, asked.last).items():
        for value, cases in found:
            _row(sheet, [_ANALYSED[name], titles.get(name, {}).get(value or "", value) or "未填", cases])
    book.save(stream)


def write_cases(connection: Connection, desk: Desk, stream: IO[bytes], *, xlsx: bool) -> int:
    """Write all cases with their records, as a workbook or CSV (UTF-8 with mark); return how many."""
    header = [*_EXTRA.values(), *(field.title for field in RECORD)]
    rows = _case_rows(connection, desk)
    if xlsx:
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("工单")
        _row(sheet, header)
        written = 0
        for row in rows:
            _row(sheet, row)
            written += 1
        book.save(stream)
        return written
    text = StringIO()
    writer = csv.writer(text)
    listed = [header, *rows]
    writer.writerows([[_safe(cell) for cell in row] for row in listed])
    stream.write(b"\xef\xbb\xbf" + text.getvalue().encode("utf-8"))
    return len(listed) - 1


def _case_rows(connection: Connection, desk: Desk) -> Iterator[list[Any]]:
    states = {state.id: state.title for state in desk.rules.states.states}
    table = m.Case.__table__
    for row in connection.execute(select(table).order_by(table.c.number)).mappings():
        extra = {**row, "state": states[row["state"]]}
        cells = [_cell(extra[name]) for name in _EXTRA]
        for field in RECORD:
            value = row["received_at"] if field.name == "received_at" else row["record"].get(field.name)
            choices = desk.choices.get(field.name) or field.choices or {}
            cells.append(_cell(choices.get(value, value) if isinstance(value, str) else value))
        yield cells


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return value


def _safe(cell: Any) -> Any:
    """Return a cell that no program takes for a formula."""
    if isinstance(cell, str):
        text = well_formed(cell)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return cell


def _row(sheet: WriteOnlyWorksheet, cells: Sequence[Any]) -> None:
    sheet.append([_safe(cell) for cell in cells])


def read_table(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a CSV or XLSX file by their header; raises InputError."""
    try:
        if path.suffix.lower() == ".xlsx":
            rows = _workbook(path)
        else:
            rows = list(csv.reader(StringIO(path.read_bytes().decode("utf-8-sig"))))
    except OSError as error:
        raise InputError(f"can't be read: {error.strerror}", code="unreadable", path=str(path)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError("isn't a CSV file in UTF-8", code="unreadable", path=str(path)) from error
    if not rows:
        raise InputError("the table is empty", code="empty", path=str(path))
    header = [str(cell or "").strip() for cell in rows[0]]
    return [
        {name: cell for name, cell in zip(header, row, strict=False) if name}
        for row in rows[1:]
        if any(cell not in (None, "") for cell in row)
    ]


def _workbook(path: Path) -> list[list[Any]]:
    import openpyxl

    try:
        sheet = openpyxl.load_workbook(path, read_only=True, data_only=True).worksheets[0]
        sheet.reset_dimensions()
        return [list(row) for row in sheet.iter_rows(values_only=True)]
    except OSError:
        raise
    except Exception as error:  # a damaged workbook fails anywhere inside openpyxl
        raise InputError("isn't a workbook", code="unreadable", path=str(path)) from error


_TITLES = (
    {field.title.split("（")[0]: field.name for field in RECORD}
    | {field.title: field.name for field in RECORD}
    | {title: name for name, title in _EXTRA.items()}
)
"""Columns of cases: a title's explanation in brackets may be left out."""


def unknown_columns(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns of a table of cases that `import_case` doesn't take, in their order."""
    known = {*_TITLES, *_TITLES.values()}
    return [name for name in dict.fromkeys(name for row in rows for name in row) if name not in known]


def _is_own(connection: Connection, number: Any, received: datetime) -> bool:
    """Whether a row is of our own export: a case of that number, received in that minute."""
    if not str(number).isdecimal() or len(str(number)) > _DIGITS:
        return False
    query = select(m.Case.received_at).where(m.Case.number == int(str(number)))
    found = connection.execute(query).scalar()
    return found is not None and found.replace(second=0, microsecond=0) == received.astimezone(UTC).replace(
        second=0, microsecond=0
    )


def import_case(acting: Acting, row: dict[str, Any]) -> bool:
    """Keep a case of another system, by the titles or names of its columns; False: it is known already.

    A closed one keeps its moments: 受理时间, 结案时间. Raises InputError for what can't be understood.
    """
    values = {_TITLES.get(name, name): cell for name, cell in row.items() if cell not in (None, "")}
    received = _moment(values.pop("received_at", None))
    if received is None:
        raise InputError("受理时间不能为空", code="bad-field")
    if _is_own(acting.connection, values.get("number"), received):
        return False
    names = {field.name for field in RECORD}
    record = {name: str(value) for name, value in values.items() if name in names}
    external = str(values.get("external_id") or values.get("number") or "")
    number, fresh = open_case(acting, Opening(record, received, external_id=external or None))
    closed = _moment(values.get("closed_at"))
    if fresh and closed is not None:
        past = Acting(acting.connection, acting.desk, acting.who, closed)
        for kind in ("registered", "carried_out", "answered"):
            happen(past, number, kind, {"imported": True})
        rating = str(values.get("satisfaction") or "")
        detail = {"imported": True, **({"satisfaction": int(rating)} if rating in "12345" and rating else {})}
        happen(past, number, "called_back", detail)
        happen(past, number, "closed", {"imported": True}, state="closed")
    return fresh


def read_counters(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of phone counters; raises InputError."""
    titles = {title: name for name, title in _COUNTERS.items()}
    values = {titles.get(name, name): cell for name, cell in row.items()}
    try:
        day = values["day"]
        return {
            "day": day.date() if isinstance(day, datetime) else date.fromisoformat(str(day).strip()),
            "team": str(values.get("team") or ""),
            **{name: int(values[name]) for name in list(_COUNTERS)[2:]},
        }
    except (KeyError, ValueError, TypeError) as error:
        columns = "、".join(_COUNTERS.values())
        raise InputError(f"每行要有：{columns}（{error}）", code="bad-field") from error


@dataclass(frozen=True, slots=True)
class Renewal:
    """A policy that expires, as a row of a table has it."""

    policy: str
    customer: str
    expiry: date
    phone: str | None
    detail: dict[str, str]


def read_renewal(row: dict[str, Any]) -> Renewal:
    """Return a row of a list of policies: 保单号, 客户, 到期日, 电话 if there is one; raises InputError."""
    values = {_RENEWAL.get(name, name): cell for name, cell in row.items() if cell not in (None, "")}
    try:
        policy, customer = (str(values.pop(name)).strip() for name in ("policy", "customer"))
        expiry = values.pop("expiry")
        day = expiry.date() if isinstance(expiry, datetime) else date.fromisoformat(str(expiry).strip())
    except (KeyError, ValueError) as error:
        raise InputError(f"每行要有：保单号、客户、到期日（{error}）", code="bad-field") from error
    phone = str(values.pop("phone", "")).strip() or None
    detail = {str(name)[:64]: str(value)[:400] for name, value in values.items()}
    return Renewal(policy[:100], customer[:200], day, phone, detail)


def tells_phones(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list of policies holds a phone number, which takes the key of contact data to keep."""
    phones = [name for name, meaning in _RENEWAL.items() if meaning == "phone"]
    return any(row.get(name) not in (None, "") for row in rows for name in ("phone", *phones))


def import_renewal(acting: Acting, row: dict[str, Any], keys: KeyRing | None) -> bool:
    """Put the contacts of a policy on the queue, its phone number under `keys`; False: they are there.

    Raises InputError for what can't be understood.
    """
    read = read_renewal(row)
    added = add_renewal(acting, read.policy, read.customer, read.expiry, read.detail)
    if added and read.phone and keys is not None:
        customers.keep_for_callback(acting, keys, f"policy/{read.policy}", read.phone, read.customer)
    return added > 0


def _moment(value: Any) -> datetime | None:
    if value in (None, ""):
        return None
    if isinstance(value, datetime):
        return house_time(value)
    try:
        moment = datetime.fromisoformat(str(value).strip())
    except ValueError as error:
        raise InputError(f"看不懂这个时间：{value}", code="bad-field") from error
    return house_time(moment)
