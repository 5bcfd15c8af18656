"""Conversations as JSON: our own form, the usual variants of it, and reports read back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistant.errors import InputError
from assistant.ingest.draft import Draft, DraftEvent, DraftTurn, Place
from assistant.ingest.metadata import CHANNELS, header
from assistant.ingest.plain import plain_drafts
from assistant.ingest.roles import Voice, voice
from assistant.model import Mask, Origin, Speaker


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


Drafts = Iterator[Draft | InputError]
_TURNS = _words(
    "turns messages dialogue dialog dialogs dialogues conversation conversations utterances "
    "sentences records history chat log 对话 对话内容 内容 消息"
)
_MANY = _words("conversations calls sessions items dialogues dialogs records data 通话 会话")
_WRAPPERS = _words("data result conversation call body response payload")
_TEXT = _words(
    "text content utterance sentence message value words body query transcript 文本 内容 话语 消息"
)
_ROLE = _words(
    "role speaker from sender sender_type role_type identity spk speaker_id channel_id channel name "
    "角色 说话人 发言人 身份"
)
_START = _words(
    "start_s start_ms start begin begin_time start_time begin_ms bg timestamp time offset created_at "
    "开始时间 开始 时间"
)
_END = _words("end_s end_ms end end_time finish stop ed 结束时间 结束")
_UNITS = {"start_ms": 0.001, "end_ms": 0.001, "begin_ms": 0.001, "start_s": 1.0, "end_s": 1.0}
_AGENT = _words("agent_id agent_no staff_id 工号 坐席工号")
_ID = _words(
    "id call_id conversation_id session_id dialogue_id dialog_id uuid sid 通话编号 会话编号 会话id 编号"
)
_KNOWN = frozenset([*_TEXT, *_ROLE, *_START, *_END, *_AGENT, *_ID, "masks", "role_inferred", "index"])
_SPELT = {header(name): name for name in _KNOWN}
_META = _words("meta metadata call info call_info 元数据 通话信息")
_ORIGINS: dict[str, Origin] = {
    "live": "live", "import": "import", "practice": "practice", "simulator": "simulator", "chat": "chat",
}  # fmt: skip


def parse_json(text: str | bytes, place: Place) -> Any:
    """Return the value `text` stands for; raises InputError (``json``, ``too-deep``)."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = place.line if place.line is not None else error.lineno
        message = f"not valid JSON at column {error.colno}: {error.msg}"
        raise InputError(message, code="json", path=place.path, line=line) from None
    except ValueError:
        raise place.error("not valid JSON: a number is too long", "json") from None
    except RecursionError:
        raise place.error("JSON is nested too deeply", "too-deep") from None


def embedded(value: object) -> object:
    """Return what a string of JSON inside JSON stands for; any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _usual(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `record` with its keys in the spelling of the tables above (beginTime: begin_time)."""
    if record.keys() <= _KNOWN:
        return record
    usual = {_SPELT.get(header(key), key): value for key, value in record.items() if value is not None}
    return {**usual, **{key: value for key, value in record.items() if value is not None}}


def _pick(record: Mapping[str, Any], names: Sequence[str]) -> tuple[str, Any] | None:
    return next(((name, record[name]) for name in names if record.get(name) is not None), None)


def pick(record: Mapping[str, Any], names: Sequence[str]) -> Any:
    """Return the first value that stands under one of `names`, or None."""
    found = _pick(record, names)
    return found[1] if found else None


def is_conversation(value: object) -> bool:
    return isinstance(value, dict) and _turn_list(value) is not None


def _turn_list(record: Mapping[str, Any]) -> list[Any] | str | None:
    for name in _TURNS:
        value = record.get(name)
        if isinstance(value, list) and (not value or any(map(_is_turn, value[:5]))):
            return value
        if isinstance(value, str) and name not in {"内容", "消息"} and "\n" in value:
            return value
    return None


def _is_turn(value: object) -> bool:
    if isinstance(value, str):
        return True
    if isinstance(value, list | tuple):
        return len(value) == 2 and all(isinstance(part, str) for part in value)
    return isinstance(value, dict) and _turn_list(value) is None and _text(_usual(value)) is not None


def is_turns(value: object) -> bool:
    """Tell a bare list of turns from a list of conversations."""
    return isinstance(value, list) and bool(value) and all(map(_is_turn, value[:20]))


def turns_draft(value: Sequence[object], place: Place) -> Draft:
    return Draft(_turns(place.bounded(value)))


def many(value: Mapping[str, Any]) -> Sequence[object] | None:
    """Return the conversations a wrapper object holds."""
    for name in _MANY:
        inside = value.get(name)
        if isinstance(inside, list):
            return inside
    return None


def wrapped(value: Mapping[str, Any]) -> object:
    """Return the object inside a wrapper such as {"code": 0, "data": {...}}, or None."""
    for name, inside in value.items():
        if str(name).lower() in _WRAPPERS and isinstance(inside := embedded(inside), dict | list):
            return inside
    return None


def conversation_drafts(value: Any, place: Place) -> Drafts:
    """Yield the draft of one conversation object, or the error a report stream holds instead of one."""
    schema = str(value.get("schema", ""))
    if schema and not schema.startswith(("huashu.report/", "huashu.conversation/")):
        raise place.error(f"can't read {schema[:60]!r} as a conversation", "schema")
    turns = _turn_list(value)
    if isinstance(turns, str):
        yield from _prose(value, turns)
        return
    identity = pick(_usual(value), _ID)
    yield Draft(
        turns=_turns(place.bounded(turns or ())),
        id=None if identity is None or isinstance(identity, dict | list) else str(identity),
        meta=_meta(value),
        channel=_channel(value.get("channel")),
        events=_events(value.get("events")),
        origin=_ORIGINS.get(str(value.get("origin")), "import") if schema else "import",
    )


def _channel(value: object) -> str | None:
    text = value.strip() if isinstance(value, str) else ""
    return CHANNELS.get(header(text), text.lower()[:64]) or None


def _prose(value: Mapping[str, Any], text: str) -> Drafts:
    identity = pick(_usual(value), _ID)
    for draft in plain_drafts(text):
        known = draft.id if identity is None else str(identity)
        meta = {**_meta(value), **draft.meta}
        yield Draft(
            draft.turns, id=known, meta=meta, channel=_channel(value.get("channel")), events=draft.events
        )


def _meta(value: Mapping[str, Any]) -> dict[str, Any]:
    skip = {
        "schema",
        "origin",
        "status",
        "reason",
        "software",
        "ruleset_sha256",
        "channel",
        *_ID,
        *_TURNS,
        *_META,
    }
    named = {} if str(value.get("schema", "")).startswith("huashu.") else value
    meta = {key: item for key, item in named.items() if key not in skip}
    for name in _META:
        if isinstance(value.get(name), dict):
            meta |= value[name]
    return meta


def _events(value: object) -> list[DraftEvent]:
    made = []
    for event in value if isinstance(value, list) else ():
        if not isinstance(event, dict):
            continue
        found = _pick(event, ("at_s", "at_ms", "at", "time", "start_s", "start"))
        name = pick(event, ("name", "type", "event"))
        if found and isinstance(name, str):
            agent = pick(event, _AGENT)
            at = found[1] / 1000 if found[0] == "at_ms" and isinstance(found[1], int | float) else found[1]
            made.append(DraftEvent(name, at, None if agent is None else str(agent)))
    return made


def _turns(values: Sequence[object]) -> list[DraftTurn]:
    made: list[DraftTurn] = []
    for value in values:
        if isinstance(value, dict):
            made.append(_turn(_usual(value)))
        elif isinstance(value, str):
            made += [turn for draft in plain_drafts(value) for turn in draft.turns]
        elif isinstance(value, list | tuple) and len(value) == 2:
            made.append(DraftTurn(str(value[1]), voice(value[0])))
    return made


def _turn(record: Mapping[str, Any]) -> DraftTurn:
    start, unit = _time(record, _START)
    end, end_unit = _time(record, _END)
    return DraftTurn(
        text=_text(record) or "",
        voice=_voice(record),
        start=start,
        end=end,
        unit=unit or end_unit,
        role_inferred=record.get("role_inferred") is True,
        masks=_masks(record.get("masks")),
    )


def _text(record: Mapping[str, Any]) -> str | None:
    found = pick(record, _TEXT)
    if isinstance(found, dict):
        found = pick(found, _TEXT)
    if isinstance(found, list):
        parts = [
            part if isinstance(part, str) else pick(part, _TEXT) if isinstance(part, dict) else None
            for part in found
        ]
        return "".join(part for part in parts if isinstance(part, str))
    if isinstance(found, str):
        return found
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _voice(record: Mapping[str, Any]) -> Voice:
    voices = [voice(record[name]) for name in _ROLE if isinstance(record.get(name), str | int)]
    if not voices:
        return Voice()
    best = next((one for one in voices if one.role), voices[0])
    agent = pick(record, _AGENT)
    if isinstance(agent, str | int) and best.role in {None, Speaker.AGENT}:
        return Voice(best.role, best.label, str(agent)[:64], best.word)
    return best


def _time(record: Mapping[str, Any], names: Sequence[str]) -> tuple[object, float | None]:
    found = _pick(record, names)
    if not found:
        return None, None
    spelt = header(found[0])
    return found[1], {"startms": 0.001, "endms": 0.001, "beginms": 0.001, "starts": 1.0, "ends": 1.0}.get(
        spelt
    )


def _masks(value: object) -> tuple[Mask, ...]:
    return tuple(
        Mask(
            str(one.get("type")),
            one["start"],
            one["end"],
            tail if isinstance(tail := one.get("tail"), str) else None,
        )
        for one in (value if isinstance(value, list) else ())
        if isinstance(one, dict) and isinstance(one.get("start"), int) and isinstance(one.get("end"), int)
    )
