"""JSON and JSON lines: our own form, its variants, reports, and streaming."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from assistant.errors import InputError
from assistant.ingest import ReadSettings, read_stream
from assistant.model import CallEvent, Conversation, Mask

TURNS = [{"role": "agent", "text": "您好"}, {"role": "customer", "text": "我要退货"}]


def read(value: Any, path: str = "call.json") -> list[Conversation | InputError]:
    data = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return list(read_stream(io.BytesIO(data), path=path))


def one(value: Any, path: str = "call.json") -> Conversation:
    (result,) = read(value, path)
    assert isinstance(result, Conversation), result
    return result


def shape(call: Conversation) -> list[tuple[str, str]]:
    return [(str(turn.role), turn.text) for turn in call.turns]


def test_our_own_form() -> None:
    call = one({
        "id": "c-1", "channel": "callback",
        "meta": {"company": "云桥", "agent_id": 8012, "customer": "王女士"},
        "turns": [
            {"role": "agent", "text": "您好", "start_s": 1.5, "end_s": 2, "agent_id": "8012"},
            {"role": "customer", "text": "打13800138000", "start_s": 40.0},
        ],
        "events": [{"name": "hold", "at_s": 3}, {"name": "resume", "at_s": 39.5, "agent_id": "8012"}],
    })  # fmt: skip
    assert (call.id, call.channel, call.path) == ("c-1", "callback", "call.json")
    assert dict(call.meta) == {"company": "云桥", "agent_id": "8012", "customer": "王"}
    assert call.items[1] == CallEvent("hold", 3.0)
    assert call.items[2] == CallEvent("resume", 39.5, "8012")
    assert call.turns[0].agent_id == "8012"
    assert (call.turns[0].start_s, call.turns[0].end_s) == (1.5, 2.0)
    assert call.turns[1].masks == (Mask("phone", 1, 6, "8000"),)


@pytest.mark.parametrize("key", ["turns", "messages", "dialogue", "utterances", "conversation", "对话"])
@pytest.mark.parametrize("role", ["role", "speaker", "from", "角色"])
@pytest.mark.parametrize("text", ["text", "content", "utterance", "value", "内容"])
def test_usual_keys(key: str, role: str, text: str) -> None:
    call = one({key: [{role: "客服", text: "您好"}, {role: "用户", text: "退货"}]})
    assert shape(call) == [("agent", "您好"), ("customer", "退货")]
    assert call.id == "call"


@pytest.mark.parametrize(
    "value",
    [
        TURNS,
        [["客服", "您好"], ["客户", "我要退货"]],
        {"turns": ["坐席: 您好", "客户: 我要退货"]},
        {"turns": "坐席: 您好\n客户: 我要退货"},
        {"conversation": {"turns": TURNS}},
        {"code": 0, "data": {"messages": TURNS}},
        {"data": json.dumps({"turns": TURNS})},
        {"messages": [{"role": "assistant", "content": [{"type": "text", "text": "您好"}]},
                      {"role": "user", "content": "我要退货"}]},
    ],
)  # fmt: skip
def test_other_shapes(value: Any) -> None:
    assert shape(one(value)) == [("agent", "您好"), ("customer", "我要退货")]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ({"start_ms": 12_000}, {"end_ms": 15_500}),
        ({"begin_time": 12_000}, {"end_time": 15_500}),
        ({"beginTime": 12_000}, {"endTime": 15_500}),
        ({"start": 12.0}, {"end": 15.5}),
        ({"start": "00:00:12"}, {"end": "00:00:15.5"}),
        ({"start": "12"}, {"end": "15.5"}),
    ],
)
def test_times_in_seconds_or_milliseconds(start: dict[str, Any], end: dict[str, Any]) -> None:
    call = one({"turns": [{"role": "agent", "text": "您好,请讲,我在听", **start, **end}]})
    assert (call.turns[0].start_s, call.turns[0].end_s) == (12.0, 15.5)


def test_epoch_times_count_from_the_first_turn() -> None:
    moments = [1_793_000_000_000, 1_793_000_004_500]
    turns = [{**turn, "timestamp": at} for turn, at in zip(TURNS, moments, strict=True)]
    assert [turn.start_s for turn in one({"turns": turns}).turns] == [0.0, 4.5]


def test_impossible_times_are_unknown() -> None:
    times = [(-1, 2.0), (5.0, 3.0), (1e999, None), (9.5, 10.0)]
    turns = [{"role": "agent", "text": "您好", "start_s": s, "end_s": e} for s, e in times]
    data = json.dumps({"turns": turns}).encode()
    assert [(t.start_s, t.end_s) for t in one(data).turns] == [
        (None, 2.0),
        (5.0, None),
        (None, None),
        (9.5, 10.0),
    ]


def test_an_array_of_calls_keeps_its_order_with_a_bad_entry() -> None:
    first, bad, reported, last = read(
        [
            {"id": "a", "turns": TURNS},
            7,
            {"schema": "huashu.error/1", "path": "x", "code": "json", "message": "not JSON"},
            {"turns": TURNS},
        ]
    )
    assert isinstance(first, Conversation)
    assert first.id == "a"
    assert isinstance(bad, InputError)
    assert bad.code == "no-conversation"
    assert isinstance(reported, InputError)
    assert (reported.code, reported.message) == ("json", "not JSON")
    assert isinstance(last, Conversation)
    assert last.id == "call-4"


def test_a_report_is_read_back() -> None:
    report = {
        "schema": "huashu.report/1", "id": "r", "channel": "chat", "origin": "live", "status": "scored",
        "meta": {"company": "云桥"}, "software": "0.1.0", "packs": [], "findings": [],
        "turns": [
            {"index": 0, "role": "agent", "role_inferred": True, "text": "您好", "masks": []},
            {"index": 1, "role": "customer", "text": "打[手机号]", "start_s": 2.0,
             "masks": [{"type": "phone", "start": 1, "end": 6, "tail": "8000"}]},
        ],
    }  # fmt: skip
    call = one(report)
    assert (call.id, call.channel, call.origin, dict(call.meta)) == ("r", "chat", "live", {"company": "云桥"})
    assert call.turns[0].role_inferred
    assert not call.turns[1].role_inferred
    assert call.turns[1].masks == (Mask("phone", 1, 6, "8000"),)


def test_an_unknown_schema_is_refused() -> None:
    (error,) = read({"schema": "huashu.check/1", "text": "您好"})
    assert isinstance(error, InputError)
    assert error.code == "schema"


def test_a_silent_call_is_a_conversation() -> None:
    assert one({"id": "silent", "turns": []}).turns == ()


def test_other_data_of_the_call_is_kept_and_masked() -> None:
    call = one({"id": "c", "direction": "呼出", "caller": "13800138000", "turns": TURNS, "extra": {"a": 1}})
    assert dict(call.meta) == {"direction": "out", "caller": "[手机号]"}


def test_json_lines_keep_their_order_with_bad_lines() -> None:
    lines = [json.dumps({"id": "1", "turns": TURNS}), "", "{bad", json.dumps({"turns": TURNS}), "3"]
    results = read("\n".join(lines).encode(), "calls.jsonl")
    assert [r.id if isinstance(r, Conversation) else (r.code, r.line) for r in results] == [
        "1",
        ("empty-line", 2),
        ("json", 3),
        "calls-4",
        ("no-conversation", 5),
    ]


def test_json_lines_are_told_by_content() -> None:
    line = json.dumps({"turns": TURNS}, ensure_ascii=False)
    assert len(read(f"{line}\n{line}\n".encode(), "calls.txt")) == 2
    assert len(read(f"{line}\n".encode(), "calls.txt")) == 1


def test_a_pretty_printed_file_under_the_wrong_name() -> None:
    assert shape(one(json.dumps({"turns": TURNS}, indent=1).encode(), "x.jsonl"))[0] == ("agent", "您好")


def test_only_line_feeds_end_a_json_line() -> None:
    data = json.dumps({"turns": [{"role": "agent", "text": "您\u2028好\x85"}]}, ensure_ascii=False).encode()
    assert [turn.text for turn in one(data, "x.jsonl").turns] == ["您\u2028好"]


class _Endless(io.RawIOBase):
    """A first line without end, then a good one; it counts what is read."""

    def __init__(self, size: int, tail: bytes) -> None:
        self.left, self.tail, self.largest = size, tail, 0

    def read(self, size: int = -1) -> bytes:
        self.largest = max(self.largest, size)
        if self.left > 0:
            self.left -= size
            return b"a" * size
        taken, self.tail = self.tail, b""
        return taken


def test_a_line_over_the_bound_is_skipped_without_being_loaded() -> None:
    good = b"\n" + json.dumps({"id": "next", "turns": TURNS}).encode()
    stream = _Endless(64 << 20, good)
    settings = ReadSettings(max_line_bytes=4 << 20)
    error, call = read_stream(stream, path="x.jsonl", settings=settings)  # type: ignore[arg-type]
    assert isinstance(error, InputError)
    assert (error.code, error.line) == ("line-too-long", 1)
    assert isinstance(call, Conversation)
    assert call.id == "next"
    assert stream.largest <= 1 << 20


def test_json_lines_come_one_by_one() -> None:
    line = json.dumps({"turns": TURNS}).encode() + b"\n"
    stream = io.BytesIO(line * 50_000)
    results = read_stream(stream, path="x.jsonl")
    assert isinstance(next(results), Conversation)
    assert stream.tell() < len(line) * 50_000


@pytest.mark.parametrize("number", ["9" * 5_000, "1e400", "-1e400", "NaN"])
def test_numbers_beyond_reason(number: str) -> None:
    (result,) = read(f'{{"turns":[{{"role":"agent","text":"好","start":{number}}}]}}'.encode())
    assert result.code == "json" if isinstance(result, InputError) else result.turns[0].start_s is None
