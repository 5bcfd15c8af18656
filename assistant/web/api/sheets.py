"""Tables in and out of the complaint desk: cases, phone counters, policies to renew; all cases out."""

from __future__ import annotations

import tempfile
from functools import partial
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from assistant.errors import InputError
from assistant.store.audit import note
from assistant.store.desk.figures import keep_counters
from assistant.store.desk.sheets import (
    import_case,
    import_renewal,
    read_counters,
    read_table,
    tells_phones,
    unknown_columns,
    write_cases,
)
from assistant.web.api.cases import Handling, acted
from assistant.web.api.contacts import keys_of
from assistant.web.api.uploads import ONE_FILE, body_of, uploads
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.store.contact_keys import KeyRing
    from assistant.store.database import Connection
    from assistant.store.desk.ledger import Acting
    from assistant.web.identity import Identity

router = APIRouter(prefix="/api/sheets", tags=["cases"], responses=answers(401, 403))
Kind = Literal["cases", "counters", "renewals"]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST = 5_000
_STEP = 50


class Wrong(BaseModel):
    """A row that can't be taken over; the header is line 1."""

    line: int
    message: str


class Taken(BaseModel):
    """How many rows were taken over, how many were known, which couldn't be understood.

    `unknown` are columns of a table of cases that weren't taken.
    """

    done: int = 0
    known: int = 0
    wrong: list[Wrong] = []
    unknown: list[str] = []


@router.post(
    "/{kind}",
    summary="Take over a table",
    responses=answers(400, 413, 415, 422, 503),
    openapi_extra=body_of(ONE_FILE),
)
async def take(kind: Kind, request: Request, service: Serving, who: Handling) -> Taken:
    """Take over the rows of a CSV or XLSX file by the titles of its columns; for those who see all cases."""
    _sees_all(who)
    async with uploads(request, 1) as (sent, *_):
        rows = await service.work(partial(_rows, sent.filename or "", await sent.read()))
    if len(rows) > _MOST:
        raise ProblemError(413, "too-large", f"一次最多导入 {_MOST} 行，请分批")
    keys = keys_of(service) if kind == "renewals" and tells_phones(rows) else None
    taken = Taken(unknown=unknown_columns(rows) if kind == "cases" else [])
    for first in range(0, len(rows), _STEP):  # others have their turn in between
        some = list(enumerate(rows[first : first + _STEP], first + 2))
        told = await acted(service, who, _take_some, some, partial(_ONE[kind], keys=keys))
        taken.done, taken.known = taken.done + told.done, taken.known + told.known
        taken.wrong += told.wrong
    return taken


def _take_some(acting: Acting, some: list[tuple[int, dict[str, Any]]], one: Callable[..., bool]) -> Taken:
    told = Taken()
    for line, row in some:
        try:
            with acting.connection.begin_nested():
                fresh = one(acting, row)
        except InputError as error:
            told.wrong.append(Wrong(line=line, message=error.message))
        else:
            told.done += fresh
            told.known += not fresh
    note(acting.connection, acting.who.name, "desk.import", "", {"rows": len(some), "wrong": len(told.wrong)})
    return told


def _case(acting: Acting, row: dict[str, Any], *, keys: KeyRing | None) -> bool:
    del keys
    return import_case(acting, row)


def _counters(acting: Acting, row: dict[str, Any], *, keys: KeyRing | None) -> bool:
    del keys
    return bool(keep_counters(acting.connection, [read_counters(row)]))


def _renewal(acting: Acting, row: dict[str, Any], *, keys: KeyRing | None) -> bool:
    return import_renewal(acting, row, keys)


_ONE: dict[Kind, Callable[..., bool]] = {"cases": _case, "counters": _counters, "renewals": _renewal}


def _rows(name: str, content: bytes) -> list[dict[str, Any]]:
    """Return the rows of a file that was sent; raises InputError."""
    ending = PurePath(name).suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise InputError("请上传 CSV 或 XLSX 文件", code="unreadable")
    with tempfile.TemporaryDirectory(prefix="huashu-") as folder:
        path = Path(folder) / f"table{ending}"
        path.write_bytes(content)
        try:
            return read_table(path)
        except InputError as error:
            raise InputError("看不懂这个文件：第一行要是列名，CSV 要用 UTF-8", code=error.code) from error


@router.get(
    "/cases.xlsx",
    summary="Fetch all cases",
    response_class=Response,
    responses={200: {"content": {_XLSX: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def export(service: Serving, who: Handling) -> Response:
    """Return all cases with their records as a workbook; for those who see all cases. It is audited."""
    _sees_all(who)

    def job(connection: Connection) -> bytes:
        stream = BytesIO()
        write_cases(connection, service.desk, stream, xlsx=True)
        return stream.getvalue()

    await service.write(partial(note, actor=who.name, action="case.export", target=""))
    content = await service.read(job)
    headers = {
        "content-disposition": 'attachment; filename="cases.xlsx"',
        "cache-control": "private, no-store",
    }
    return Response(content, media_type=_XLSX, headers=headers)


def _sees_all(who: Identity) -> None:
    if who.only is not None:
        raise ProblemError(403, "not-allowed", "导入和导出由班长或管理员办理")
