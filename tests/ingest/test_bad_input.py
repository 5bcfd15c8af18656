"""Encodings, broken input, folders and stdin: one clear line each, and reading goes on."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import InputError
from assistant.ingest import ReadSettings, mask, read_path, read_paths, read_stream
from assistant.model import CallEvent, Conversation

TEXT = "坐席：您好，请问有什么可以帮您？\n客户：我要退货，鬱悶😀\n"
EXAMPLES = Path(__file__).parents[2] / "examples"


def read(data: bytes, path: str = "x.txt", **limits: int) -> list[Conversation | InputError]:
    return list(read_stream(io.BytesIO(data), path=path, settings=ReadSettings(**limits)))


def code(data: bytes, path: str = "x.txt", **limits: int) -> str:
    (error,) = read(data, path, **limits)
    assert isinstance(error, InputError), error
    assert error.path == path
    assert "\n" not in str(error)
    return error.code


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_encodings(encoding: str, form: str) -> None:
    said = ["您好，请问有什么可以帮您？", "我要退货，鬱悶😀"]
    source = {
        "text": TEXT,
        "json": json.dumps({"turns": [["客服", said[0]], ["客户", said[1]]]}, ensure_ascii=False),
        "csv": f"角色,内容\n客服,{said[0]}\n客户,{said[1]}\n",
    }[form]
    (call,) = read(source.encode(encoding), "x.dat")
    assert isinstance(call, Conversation)
    assert [turn.text for turn in call.turns] == said


def test_gb18030_json_lines() -> None:
    line = json.dumps({"turns": [["客服", "您好"]]}, ensure_ascii=False)
    calls = read(f"{line}\n{line}\n".encode("gb18030"), "x.jsonl")
    assert [call.turns[0].text for call in calls if isinstance(call, Conversation)] == ["您好", "您好"]


def test_a_cut_off_character_costs_only_itself() -> None:
    (call,) = read(TEXT.strip().encode()[:-1])
    assert isinstance(call, Conversation)
    assert call.turns[1].text == "我要退货，鬱悶\ufffd"


def test_nuls_and_surrogates() -> None:
    (call,) = read(
        b'{"id":"a\\ud800","turns":[{"role":"agent","text":"\\u0000\xe6\x82\xa8\\udfff\\u0007"}]}', "x.json"
    )
    assert isinstance(call, Conversation)
    assert (call.id, call.turns[0].text) == ("a\ufffd", "您\ufffd")
    call.id.encode()


@pytest.mark.parametrize(
    ("data", "path", "wanted"),
    [
        (b"", "x.txt", "empty"),
        (b" \r\n\t", "x.json", "empty"),
        (b"\xef\xbb\xbf", "x.jsonl", "empty"),
        (bytes(range(256)) * 8, "x.txt", "binary"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "x.wav", "binary"),
        (b"%PDF-1.7\n", "x.pdf", "binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "x.xls", "old-excel"),
        ("坐席：您好\n".encode("big5") + "這個歡迎光臨".encode("big5"), "x.txt", "encoding"),
        (b'{"turns":[{"role":"agent","te', "x.json", "json"),
        (b"[" * 100_000, "x.json", "too-deep"),
        (b'{"a":' * 100_000, "x.json", "too-deep"),
        (b"7", "x.json", "no-conversation"),
        (b"null", "x.json", "no-conversation"),
        (b"[]", "x.json", "no-conversation"),
        (b'{"a":{"data":{"data":{"data":{"data":{"data":{"b":1}}}}}}}', "x.json", "no-conversation"),
        (b"---\n===\n", "x.txt", "no-turns"),
        (b"WEBVTT\n\nNOTE nothing\n", "x.vtt", "no-turns"),
    ],
)
def test_bad_files(data: bytes, path: str, wanted: str) -> None:
    assert code(data, path) == wanted


def test_bounds() -> None:
    assert code(b"a" * 1_001, max_file_bytes=1_000) == "too-large"
    assert code("坐席：嗯\n".encode() * 11, max_turns=10) == "too-many-turns"
    many = json.dumps({"turns": [["客服", "嗯"]] * 11}).encode()
    assert code(many, "x.json", max_turns=10) == "too-many-turns"
    assert code(b'{"x":"' + b"a" * 200 + b'"}', "x.jsonl", max_line_bytes=100) == "line-too-long"


def test_a_json_error_names_its_line() -> None:
    (error,) = read(b'{"turns": [\n  {"role": "agent"\n', "x.json")
    assert isinstance(error, InputError)
    assert error.line == 3
    assert str(error).startswith("x.json:3: not valid JSON")


def test_files_that_arent_there(tmp_path: Path) -> None:
    for path, wanted in (
        (tmp_path / "none.txt", "not-found"),
        (tmp_path, "unreadable"),
        (Path("a\0b"), "unreadable"),
    ):
        (error,) = read_path(path)
        assert isinstance(error, InputError)
        assert error.code == wanted


def test_a_folder_is_read_in_order_past_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.txt").write_text("坐席: 三", encoding="utf-8")
    (tmp_path / "a.txt").write_text("坐席: 一", encoding="utf-8")
    (tmp_path / "b.json").write_text("{", encoding="utf-8")
    (tmp_path / "README.md").write_text("# no call", encoding="utf-8")
    (tmp_path / ".hidden.txt").write_text("坐席: 不", encoding="utf-8")
    results = list(read_paths([tmp_path]))
    assert [r.id if isinstance(r, Conversation) else r.code for r in results] == ["a", "json", "c"]


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXT.encode())))
    (call,) = read_paths(["-"])
    assert isinstance(call, Conversation)
    assert (call.id, call.path, len(call.turns)) == ("stdin", "-", 2)


def test_a_file_named_after_the_customers_number() -> None:
    (call,) = read("坐席: 您好".encode(), "in/20261121_13800138000.txt")
    assert isinstance(call, Conversation)
    assert call.id == "20261121_[手机号]"


def well_formed(result: Conversation | InputError) -> None:
    assert isinstance(result, Conversation | InputError)
    if isinstance(result, InputError):
        return
    assert [turn.index for turn in result.turns] == list(range(len(result.turns)))
    assert all(isinstance(item, CallEvent) or item.text.strip() for item in result.items)
    for turn in result.turns:
        turn.text.encode()
        assert mask(turn.text)[0] == turn.text
        assert turn.start_s is None or turn.start_s >= 0


PATHS = st.sampled_from(["x.txt", "x.json", "x.jsonl", "x.csv", "x.srt", "x.vtt", "x.xlsx", "-"])
STARTS = st.sampled_from(
    [b"", b"PK\x03\x04", b"{", b"[", b"WEBVTT\n\n", "坐席: ".encode(), b"\xff\xfe", b"id,role,text\n"]
)


@given(STARTS, st.binary(max_size=300), PATHS)
def test_any_bytes_give_conversations_or_errors(start: bytes, data: bytes, path: str) -> None:
    for result in read(start + data, path):
        well_formed(result)


KEYS = """
turns messages role text content start start_ms end events name at_s meta id channel schema masks data result
conversations segments words speaker sentence_info stamp_sents key Result Sentences Text ChannelId BeginTime
transcripts sentences Response Data ResultDetail StatusStr FinalSentence StartMs lattice json_1best st rt
ws cw w orderResult onebest StatusText TaskId descInfo
"""
NAMES = st.sampled_from(KEYS.split())
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.sampled_from(["agent", "客户", "spk0", "hold", "huashu.report/1", "[0:1.0,0:2.0,0] 好",
                     '{"turns":[]}', "13800138000"]),
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=5)),
    max_leaves=25,
)


@settings(max_examples=400)
@given(VALUES)
def test_any_json_gives_conversations_or_errors(value: Any) -> None:
    for result in read(json.dumps(value).encode("utf-8", "surrogatepass"), "x.json"):
        well_formed(result)


LINES = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.sampled_from(["坐席: 您好", "客户 1.0-2.0: 嗯", "@3 hold", "1", "00:00:01,000 --> 00:00:02,000",
                         "---", "角色,内容", "客服,您好", "",
                         "[0:1.0,0:2.0,0] 好", "spk1: 啊", "工号: 8012", "【客户】退", "客服\t您好", "客服",
                         "客户 嗯", "客服周敏: 好", "坐席工号 8012", "标题",
                         "小铺旗舰店:小雨  2026-11-08 10:12:33",
                         "tb8812 (10:12:33):", "2026-11-08 10:12:33 tb8812(12345678)", "2", "甲,乙,丙",
                         "会话ID,时间,发言人,话术", "1,10:00,客服,您好", "00:01 -> 00:02 嗯",
                         "13800138000: 退"]),
    ),
    max_size=10,
)  # fmt: skip


@given(LINES, PATHS)
def test_any_lines_give_conversations_or_errors(lines: list[str], path: str) -> None:
    for result in read("\n".join(lines).encode("utf-8", "surrogatepass"), path):
        well_formed(result)


def test_the_examples_are_read() -> None:
    results = list(read_paths([EXAMPLES]))
    assert [str(one) for one in results if isinstance(one, InputError)] == []
    calls = [one for one in results if isinstance(one, Conversation)]
    assert len(calls) == 17
    assert len({call.id for call in calls}) == 17
    for call in calls:
        assert {"agent", "customer"} == {str(turn.role) for turn in call.turns}, call.path
        # a call alternates; two turns in a row of one voice would be a wrong guess
        assert all(a.role != b.role for a, b in zip(call.turns, call.turns[1:], strict=False)), call.path


def test_every_example_is_listed() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [
        path.name for path in EXAMPLES.iterdir() if path.name not in listed and path.name != "README.md"
    ] == []


def test_signs_that_turn_the_direction_of_writing_are_left_out() -> None:
    (call,) = read("坐席: 您好\n客户: 我要\u202e退款\u202c，\u2067谢谢\u2069".encode(), "x.txt")
    assert call.turns[1].text == "我要退款，谢谢"
