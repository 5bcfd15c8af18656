"""Which column of a table is which: by the names in the header, and where those don't tell, by the cells.

The text is the column with the most speech in it, the role the one with role words; a column of times
or numbers is never the text. What was chosen by the cells alone is said under `GUESSED` in the meta.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from assistant.ingest.metadata import KEYS, header
from assistant.ingest.roles import ROLES, voice
from assistant.ingest.times import CLOCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assistant.model import Speaker

Row = Sequence[Any]
_NAMES = {
    "id": "会话id 会话编号 会话 会话标识 会话流水号 通话id 通话编号 通话流水 通话流水号 "
    "通话标识 通话唯一标识 呼叫id 呼叫编号 呼叫流水 呼叫流水号 录音编号 录音id 录音流水 "
    "录音流水号 录音文件 录音文件名 录音名称 录音 文件名 文件 音频文件 音频文件名 音频 "
    "对话id 对话编号 流水号 工单号 工单编号 话单号 callid conversationid sessionid "
    "dialogueid dialogid recordid call conversation session filename file audio",
    "row": "编号 id sid uuid",
    "role": "角色 说话人 发言人 讲话人 发送方 发送人 发送者 身份 说话角色 说话方 发言角色 发言方 "
    "发言者 说话者 讲话者 角色类型 发送者类型 发送人昵称 发送者昵称 消息来源 对话角色 "
    "role speaker sender from speakerrole 声道",
    "text": "内容 文本 消息 消息内容 对话 对话内容 发言 发言内容 说话内容 讲话内容 聊天内容 "
    "会话内容 通话内容 文本内容 录音内容 录音文本 话术内容 话术 语句 语句内容 句子 文字 "
    "文字内容 转写 转写文本 转写内容 转写结果 转写文字 识别 识别结果 识别文本 识别内容 "
    "语音识别结果 asr结果 asr文本 asr识别结果 对话文本 原文 原文内容 对白 text content "
    "utterance message sentence transcript transcription dialogue asr asrtext asrresult "
    "話語 內容",
    "start": "开始时间 开始 起始时间 开始秒 时间 时间戳 发送时间 发言时间 说话时间 消息时间 "
    "聊天时间 对话时间 语句时间 创建时间 记录时间 起始 起始时刻 开始时刻 starts starttime "
    "start begin begintime startms time timestamp sendtime createtime createdat ts",
    "end": "结束时间 结束 终止时间 结束秒 结束时刻 ends endtime end endms",
}
COLUMNS = {name: key for key, names in _NAMES.items() for name in names.split()}
_UNIT = re.compile(r"(?<=[\u4e00-\u9fff])(?:ms|s|sec|毫秒|秒)$")
_CALL = "会话|通话|录音|对话|呼叫|来电|话单|工单|交互|聊天|音频|文件|session|call|conv|dialog|record|audio"
_WHO = "(?:人|方|者|角色|身份|来源)(?:昵称|姓名|名称|类型|id)?"
_NO_SPEECH = "质检|处理|备注|评价|工单|投诉|咨询|问题|业务|摘要|小结|意图|类型|标题|标准|扣分|规则|命中|推荐"
_SPOKEN = "内容|文本|原文|话术|语句|转写|识别结果|说了什么|transcript|text|utterance|content|sentence"
_LIKELY = tuple(
    (key, re.compile(pattern))
    for key, pattern in (
        ("id", rf"(?:{_CALL}).{{0,8}}(?:id|编号|单号|流水号?|标识|文件名?|key|guid|(?<!号)码|(?<!工)号)"),
        ("role", rf"(?:说话|发言|讲话|发送|消息|对话).{{0,4}}{_WHO}|.{{1,6}}角色|.*speaker.*"),
        ("end", r".*(?:结束|end).*(?:时间|时刻|time)"),
        ("start", r"(?:开始|起始|发送|发言|说话|消息|start|begin|send).*(?:时间戳?|时刻|time)"),
        ("text", rf"(?!.*(?:{_NO_SPEECH})).*(?:{_SPOKEN})"),
    )
)
# Columns with long text that nobody has said.
_ABOUT = re.compile(
    rf"{_NO_SPEECH}|结果|总结|标签|情绪|情感|地址|姓名|名称|部门|原因|说明|建议|类别|状态|关键词"
)
_RECORDING = re.compile(r"录音|文件|音频|file|audio|record|wav")
_TIME_CELL = re.compile(rf"(?:{CLOCK}|\d{{4}}[-/.年]\d{{1,2}}[-/.月]\d{{1,2}}日?)(?:Z|[+-]\d\d:?\d\d)?")
_NUMBER_CELL = re.compile(r"[\d\s.,:：/+-]*")
_SPEECH_CELL = re.compile(r"[\u4e00-\u9fff]|[A-Za-z]{2,}[ ,.']+[A-Za-z]")
_LETTER = re.compile(r"[\u4e00-\u9fffA-Za-z]")
_VALUE = re.compile(r"\d{4}|\d\s?[:：]\s?\d|[。！？!?；;，]|[:：]\s?\S")
_LONGEST_NAME = 24
_HEADER_ROWS, _MAX_WIDTH = 10, 50
_CALL_KEYS = frozenset(["id", "row", "role", "start"])


@dataclass(frozen=True, slots=True)
class Columns:
    """Where what stands. `skip`: the rows above the first utterance; `names`: the header, if there is one."""

    text: int
    role: int | None = None
    id: int | None = None
    start: int | None = None
    end: int | None = None
    meta: Mapping[str, int] = field(default_factory=dict)
    skip: int = 0
    names: tuple[str, ...] = ()
    guessed: str = ""

    @property
    def is_recording(self) -> bool:
        """Whether calls are named by their recordings; those bear customers' numbers."""
        return self.id is not None and bool(self.names and _RECORDING.search(self.names[self.id]))


def cell(row: Row, index: int | None) -> str:
    value = row[index] if index is not None and index < len(row) else None
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def is_header(names: Sequence[str]) -> bool:
    """Tell whether a line of running text can only be the header of a table of utterances."""
    found = _named(names)
    known = len(found) + len(_meta(names, ()))
    return all(map(_is_name, names)) and (
        ("text" in found and known > 1) or (known > 2 and len(found.keys() & _CALL_KEYS) > 1)
    )


def find_columns(rows: Sequence[Row]) -> Columns | None:
    """Return the columns of a table from its first rows, or None where none of them is speech."""
    rows = [row[:_MAX_WIDTH] for row in rows]
    at = _header_row(rows)
    if at is not None:
        return _with_header([cell(rows[at], index) for index in range(len(rows[at]))], rows, at)
    return _without_header(rows)


def _named(names: Iterable[object]) -> dict[str, list[int]]:
    """Return the columns each key may stand for: those of a known name, else those of a likely one."""
    sure: dict[str, list[int]] = {}
    likely: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        plain = header(str(name).strip().strip('"\ufeff'))
        key = COLUMNS.get(plain) or COLUMNS.get(_UNIT.sub("", plain))
        if key:
            sure.setdefault(key, []).append(index)
        elif plain and plain not in KEYS and len(plain) <= _LONGEST_NAME:
            like = next((key for key, pattern in _LIKELY if pattern.fullmatch(plain)), None)
            if like:
                likely.setdefault(like, []).append(index)
    return {**likely, **sure}


def _meta(names: Sequence[object], used: Iterable[int | None]) -> dict[str, int]:
    found: dict[str, int] = {}
    taken = set(used)
    for index, name in enumerate(names):
        key = KEYS.get(header(name))
        if key and header(name) not in COLUMNS and index not in taken:
            found.setdefault(key, index)
    return found


def _is_name(name: object) -> bool:
    text = str(name if name is not None else "").strip()
    return len(text) <= _LONGEST_NAME and not _VALUE.search(text) and not text.isdigit()


def _header_row(rows: Sequence[Row]) -> int | None:
    """Return the row that names most columns: a title above it names few, an utterance fewer."""
    best, most = None, 0
    roles = _role_by_cells(rows, range(_width(rows)))
    for index, row in enumerate(rows[:_HEADER_ROWS]):
        found = _named(row)
        said = "text" in found
        known = len(found) + len(_meta(row, ()))
        enough = said or (known > 1 and found.keys() & _CALL_KEYS) or found.keys() & {"id", "role"}
        is_turn = roles is not None and voice(cell(row, roles)).role is not None
        if enough and not is_turn and known + said > most and all(map(_is_name, row)):
            best, most = index, known + said
    return best


def _with_header(names: list[str], rows: Sequence[Row], at: int) -> Columns | None:
    body = [row for row in rows[at + 1 :] if any(map(_filled, row))]
    found = _named(names)
    end, start = _only(found, "end"), _only(found, "start")
    free = [index for index in range(len(names)) if index not in {start, end}]
    role = max(found.get("role", []), key=lambda index: _roles(body, index), default=None)
    free = [index for index in free if index != role]
    identity = _identity(found, body, role)
    plain = [index for index in free if header(names[index]) not in KEYS and index != identity]
    guessed = []
    if role is None:
        role = _role_by_cells(body, [*plain, *(index for index in free if index not in {*plain, identity})])
        plain = [index for index in plain if index != role]
        guessed += ["role"] if role is not None else []
    text = _most_speech(body, found.get("text", []), named=True)
    if text is None:
        others = [index for index in plain if not _ABOUT.search(names[index])]
        text = _most_speech(body, [index for index in others if index not in found.get("row", [])])
        guessed += ["text"]
    if text is None:
        return None
    places = {"role": role, "text": text}
    told = [(key, place) for key in guessed if (place := places[key]) is not None]
    return Columns(
        text=text,
        role=role,
        id=identity,
        start=start,
        end=end,
        meta=_meta(names, (text, role, identity, start, end)),
        skip=at + 1,
        names=tuple(header(name) for name in names),
        guessed="; ".join(f"{key}: {names[place] or f'column {place + 1}'}" for key, place in told),
    )


def _without_header(rows: Sequence[Row]) -> Columns | None:
    """Find the columns by their cells: role words or times must stand beside the speech."""
    full = [row for row in rows if any(map(_filled, row))]
    width = _width(full)
    role = _role_by_cells(full, range(width))
    times = [index for index in range(width) if index != role and _share(full, index, _is_time) >= 0.8]
    if role is None and not times:
        return None
    others = [index for index in range(width) if index != role and index not in times]
    text = _most_speech(full, others)
    if text is None:
        return None
    identity = 0 if 0 in others and text != 0 and not _is_count(full, 0) else None
    said = {"role": role, "text": text}
    return Columns(
        text=text,
        role=role,
        id=identity,
        start=times[0] if times else None,
        end=times[1] if len(times) > 1 else None,
        skip=_unnamed_header(rows, role if role is not None else times[0], is_role=role is not None),
        guessed="; ".join(f"{key}: column {index + 1}" for key, index in said.items() if index is not None),
    )


def _unnamed_header(rows: Sequence[Row], index: int, *, is_role: bool) -> int:
    """Return how many rows stand above the first that has a role (or a time) where it should."""
    for number, row in enumerate(rows[:_HEADER_ROWS]):
        known = voice(cell(row, index)).role is not None if is_role else _is_time(_value(row, index))
        if known:
            return number
        if not all(map(_is_name, row)):
            break
    return 0


def _only(found: Mapping[str, list[int]], key: str) -> int | None:
    return found[key][0] if found.get(key) else None


def _identity(found: Mapping[str, list[int]], body: Sequence[Row], role: int | None) -> int | None:
    """Return the column that names the calls: one that numbers the rows doesn't."""
    sure, maybe = found.get("id", []), found.get("row", [])
    again = next((index for index in sure if not _is_unique(body, index)), None)
    if again is not None or sure:
        return again if again is not None else sure[0]
    weak = next((index for index in maybe if not _is_unique(body, index)), None)
    if weak is None and maybe and not (role is not None and _is_count(body, maybe[0])):
        return maybe[0]
    return weak


def _is_unique(rows: Sequence[Row], index: int) -> bool:
    values = [value for row in rows if (value := cell(row, index))]
    return len(values) == len(rows) > 1 and len(set(values)) == len(values)


def _is_count(rows: Sequence[Row], index: int) -> bool:
    values = [value for row in rows if (value := cell(row, index))]
    if len(values) < 2 or not all(value.isascii() and value.isdigit() and len(value) < 7 for value in values):
        return False
    return [int(value) - int(values[0]) for value in values] == list(range(len(values)))


def _width(rows: Sequence[Row]) -> int:
    return max(map(len, rows), default=0)


def _value(row: Row, index: int) -> object:
    return row[index] if index < len(row) else None


def _filled(value: object) -> bool:
    return value is not None and bool(str(value).strip())


def _share(rows: Sequence[Row], index: int, is_one: Any) -> float:
    values = [value for row in rows if _filled(value := _value(row, index))]
    return sum(bool(is_one(value)) for value in values) / len(values) if values else 0.0


def _is_time(value: object) -> bool:
    if isinstance(value, datetime | date | time):
        return True
    return isinstance(value, str) and bool(_TIME_CELL.fullmatch(value.strip()[:64]))


def _is_speech(value: object) -> bool:
    text = str(value).strip()
    if _is_time(value) or _NUMBER_CELL.fullmatch(text) or text.lower() in ROLES:
        return False
    return bool(_SPEECH_CELL.search(text[:400]))


def _roles(rows: Sequence[Row], index: int) -> int:
    return sum(voice(cell(row, index)[:64]).role is not None for row in rows)


def _role_by_cells(rows: Sequence[Row], columns: Iterable[int]) -> int | None:
    """Return the first column that holds roles; one that holds a single role must say it in its word."""
    full = [row for row in rows if any(map(_filled, row))]
    for index in columns:
        cells = [cell(row, index) for row in full]
        roles: list[Speaker] = [role for one in cells if len(one) <= 40 and (role := voice(one).role)]
        if not roles or len(roles) * 10 < 7 * len(full):
            continue
        if len(set(roles)) > 1 or all(one.lower() in ROLES for one in cells if one):
            return index
        if len(full) > 1 and len(roles) == len(full) - 1 and all(one.lower() in ROLES for one in cells[1:]):
            return index
    return None


def _most_speech(rows: Sequence[Row], columns: Sequence[int], *, named: bool = False) -> int | None:
    """Return the column with most speech in it; where none is speech, a named one that isn't times."""
    best, most = None, 0
    for index in columns:
        if _share(rows, index, _is_speech) < 0.5:
            continue
        said = sum(len(_LETTER.findall(text)) for text in {cell(row, index)[:400] for row in rows})
        if said > most:
            best, most = index, said
    if best is None and named:
        return next((index for index in columns if _share(rows, index, _is_time) < 0.5), None)
    return best
