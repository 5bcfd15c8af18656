"""Tables (CSV, TSV, sheets of a workbook): a row an utterance, the columns found by their names.

One file may hold many calls: rows with the same conversation id belong together; an empty id cell
goes with the row above, as merged cells come out. A row whose text is itself a dialogue with role
prefixes is a call of its own.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from assistant.ingest.draft import Draft, DraftTurn, Place
from assistant.ingest.metadata import KEYS, header
from assistant.ingest.plain import has_prefixes, plain_drafts
from assistant.ingest.roles import Voice, voice
from assistant.model import Speaker

Row = Sequence[Any]
_NAMES = {
    "id": "会话id 会话编号 会话 通话id 通话编号 录音编号 录音id 流水号 工单号 编号 callid "
    "conversationid sessionid dialogueid dialogid id call conversation session sid uuid",
    "role": "角色 说话人 发言人 讲话人 发送方 发送人 发送者 身份 说话角色 说话方 role speaker sender "
    "from speakerrole 声道",
    "text": "内容 文本 消息 消息内容 对话 对话内容 发言 发言内容 说话内容 聊天内容 会话内容 通话内容 "
    "文字 转写文本 转写内容 识别结果 text content utterance message sentence transcript "
    "dialogue 話語 內容",
    "start": "开始时间 开始 起始时间 开始秒 时间 时间戳 发送时间 起始 starts starttime start begin "
    "begintime startms time timestamp",
    "end": "结束时间 结束 终止时间 结束秒 ends endtime end endms",
}
COLUMNS = {name: key for key, names in _NAMES.items() for name in names.split()}
_DELIMITERS = ",\t;|，"
_HEADER_ROWS = 10
_SAMPLE_ROWS = 200


def sniff(text: str) -> str | None:
    """Return the delimiter of a table with a header, or None where the text is no such table."""
    first = next((line for line in text[:20_000].split("\n") if line.strip()), "")
    best = max(_DELIMITERS, key=lambda delimiter: len(_recognised(first.split(delimiter))))
    found = _recognised(first.split(best))
    return best if "text" in found and len(found) > 1 else None


def csv_rows(text: str, delimiter: str, place: Place) -> Iterator[Row]:
    """Yield the rows of delimited text; raises InputError (``csv``)."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from reader
    except csv.Error as error:
        raise Place(place.path, place.stem, reader.line_num).error(
            f"not a valid table: {error}", "csv"
        ) from None


def guess_delimiter(text: str) -> str:
    """Return the delimiter that comes most often in the first lines."""
    head = text[:20_000]
    return max(_DELIMITERS[:4], key=head.count)


def table_drafts(rows: Iterator[Row], place: Place) -> Iterator[Draft]:
    """Yield the calls of a table in the order they begin; raises InputError (``no-header``)."""
    first = list(islice(rows, _SAMPLE_ROWS))
    columns, skip = _columns(first)
    if "text" not in columns:
        names = "会话编号, 角色, 内容 (conversation_id, role, text)"
        message = f"no column of utterances: name the columns, e.g. {names}"
        raise place.error(message, "no-header")
    meta_columns = _meta_columns(first[skip - 1]) if skip else {}
    calls: dict[str, list[Row]] = {}
    latest = ""
    for row in chain(first[skip:], rows):
        latest = _cell(row, columns.get("id")) or latest
        if _cell(row, columns["text"]):
            calls.setdefault(latest, []).append(row)
    for identity, members in calls.items():
        yield from _call(identity, members, columns, meta_columns)


def _recognised(names: Sequence[object]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        key = COLUMNS.get(header(str(name).strip().strip('"\ufeff')))
        if key:
            found.setdefault(key, index)
    return found


def _columns(rows: Sequence[Row]) -> tuple[dict[str, int], int]:
    """Return the columns and how many rows stand above the first utterance."""
    for index, row in enumerate(rows[:_HEADER_ROWS]):
        found = _recognised(row)
        if "text" in found:
            return found, index + 1
    return _unnamed_columns(rows), 0


def _unnamed_columns(rows: Sequence[Row]) -> dict[str, int]:
    """Find the columns of a table without header by the role words in one of them."""
    full = [row for row in rows if any(str(cell or "").strip() for cell in row)]
    width = min(max(map(len, full), default=0), 50)
    for index in range(width):
        roles = sum(voice(_cell(row, index)).role is not None for row in full)
        others = [other for other in range(width) if other != index]
        if roles * 10 >= 8 * len(full) and others:
            text = max(others, key=lambda other: sum(len(_cell(row, other)) for row in full))
            before = {"id": 0} if index > 0 and text != 0 else {}
            return {"role": index, "text": text, **before}
    return {}


def _meta_columns(names: Row) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, name in enumerate(names):
        key = KEYS.get(header(name))
        if key and header(name) not in COLUMNS:
            found.setdefault(key, index)
    return found


def _cell(row: Row, index: int | None) -> str:
    value = row[index] if index is not None and index < len(row) else None
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _call(
    identity: str, rows: Sequence[Row], columns: Mapping[str, int], meta_columns: Mapping[str, int]
) -> Iterator[Draft]:
    meta = {key: next(filter(None, (_cell(row, at) for row in rows)), "") for key, at in meta_columns.items()}
    if "role" not in columns and any(has_prefixes(_cell(row, columns["text"])) for row in rows[:3]):
        for number, row in enumerate(rows, 1):
            own = {key: _cell(row, at) for key, at in meta_columns.items()}
            name = identity and (f"{identity}-{number}" if len(rows) > 1 else identity)
            for draft in plain_drafts(_cell(row, columns["text"])):
                yield Draft(draft.turns, id=name or draft.id, meta={**own, **draft.meta}, events=draft.events)
        return
    turns = [_turn(row, columns, meta_columns.get("agent_id")) for row in rows]
    yield Draft(turns, id=identity or None, meta=meta)


def _turn(row: Row, columns: Mapping[str, int], agent_column: int | None) -> DraftTurn:
    who = voice(_cell(row, columns.get("role")))
    agent = _cell(row, agent_column)
    if agent and who.role is Speaker.AGENT:
        who = Voice(who.role, who.label, agent, who.word)
    return DraftTurn(
        _cell(row, columns["text"]), who, _time(row, columns.get("start")), _time(row, columns.get("end"))
    )


def _time(row: Row, index: int | None) -> object:
    """Return a time cell as a number where it is one: whole numbers may be milliseconds."""
    value = row[index] if index is not None and index < len(row) else None
    if isinstance(value, str):
        text = value.strip()
        if text.isascii() and text.isdigit() and len(text) < 18:
            return int(text)
        return text
    return value
