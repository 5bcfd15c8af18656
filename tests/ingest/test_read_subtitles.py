"""SRT and WebVTT."""

from __future__ import annotations

import io

import pytest

from assistant.ingest import read_stream
from assistant.model import Conversation


def turns(text: str, path: str = "s.srt") -> list[tuple[str, str, float | None, float | None]]:
    (call,) = read_stream(io.BytesIO(text.encode()), path=path)
    assert isinstance(call, Conversation), call
    return [(str(turn.role), turn.text, turn.start_s, turn.end_s) for turn in call.turns]


WANTED = [("agent", "您好,为您服务", 1.0, 2.5), ("customer", "我要退货", 3.0, 4.0)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("path", ["s.srt", "s.txt"])
def test_srt_with_role_prefixes(newline: str, path: str) -> None:
    text = (
        "1\n00:00:01,000 --> 00:00:02,500\n坐席:您好,\n<i>为您服务</i>\n\n"
        "2\n00:00:03,000 --> 00:00:04,000\n客户：我要退货\n"
    )
    found = turns(text.replace("\n", newline), path)
    assert [(role, said.replace("\n", ""), start, end) for role, said, start, end in found] == WANTED


@pytest.mark.parametrize("label", ["[SPEAKER_0{}]: ", "SPEAKER_0{}: ", "说话人{}：", "(spk{}) "])
def test_diarised_labels_are_inferred(label: str) -> None:
    text = (
        f"1\n00:00:01,000 --> 00:00:02,500\n{label.format(1)}您好,为您服务\n\n"
        f"2\n00:00:03,000 --> 00:00:04,000\n{label.format(0)}我要退货\n"
    )
    assert turns(text) == WANTED


def test_vtt_voices_notes_and_settings() -> None:
    text = (
        "WEBVTT - 录音\n\nNOTE 不是台词\n\nSTYLE\n::cue {}\n\n"
        "a1\n00:01.000 --> 00:02.500 align:start position:0%\n<v.loud 坐席>您好,<00:01.500>为您服务</v>\n\n"
        "00:03.000 --> 00:04.000\n<v 客户>我要退货</v>\n\n00:05.000 --> 00:06.000\nA&amp;B 型号的\n"
    )
    assert turns(text, "s.vtt") == [*WANTED, ("customer", "A&B 型号的", 5.0, 6.0)]


def test_two_voices_in_one_cue() -> None:
    text = "WEBVTT\n\n00:01.000 --> 00:02.500\n<v 客服>请稍等\n<v 客户>好的\n"
    assert turns(text) == [("agent", "请稍等", 1.0, 2.5), ("customer", "好的", 1.0, 2.5)]


def test_cues_without_speakers() -> None:
    text = "1\n00:00:01,000 --> 00:00:02,500\n您好,为您服务\n\n2\n00:00:03,000 --> 00:00:04,000\n我要退货\n"
    assert turns(text) == WANTED


def test_an_end_before_its_start_is_dropped() -> None:
    assert turns("1\n00:00:05,000 --> 00:00:02,000\n客户: 嗯\n") == [("customer", "嗯", 5.0, None)]


CUES = [
    ("agent", "您好,为您服务", 1.0, 2.5),
    ("customer", "我要退货", 3.0, 4.0),
    ("agent", "好的", 5.0, 6.0),
]


SAID = ("坐席:您好,为您服务", "客户:我要退货", "坐席:好的")
TIMES = (
    "00:00:01,000 --> 00:00:02,500",
    "00:00:03,000 --> 00:00:04,000",
    "00:00:05,000 --> 00:00:06,000",
)


def srt(numbers: str, between: tuple[str, str], beneath: str = "\n", times: tuple[str, ...] = TIMES) -> str:
    """Write the cues; a number of "-" is left out."""
    heads = ["" if number == "-" else f"{number}\n" for number in numbers]
    cues = [f"{head}{at}{beneath}{said}\n" for head, at, said in zip(heads, times, SAID, strict=True)]
    return cues[0] + between[0] + cues[1] + between[1] + cues[2]


@pytest.mark.parametrize(
    "text",
    [
        srt("123", ("", "")),
        srt("567", ("", "")),
        srt("---", ("\n", "\n")),
        srt("---", ("", "")),
        srt("12-", ("", "\n")),
        srt("-23", ("\n", "")),
        srt("134", ("", "")),
        srt("123", ("\n", "\n"), "\n\n"),
        srt("123", ("\n", "\n")) + "\n4\n",
        srt("123", ("\n", "\n"), times=tuple(at.replace(",", "，").replace("-->", "->") for at in TIMES)),
        srt("123", ("", ""), times=tuple(at.replace(",", ".").replace("-->", "→") for at in TIMES)),
        srt("123", ("\n", ""), " "),
    ],
)
def test_a_cue_begins_at_each_line_of_times(text: str) -> None:
    assert turns(text) == CUES


def test_times_without_fractions() -> None:
    text = "1\n00:00:01 --> 00:00:02\n坐席:您好\n2\n00:00:03 --> 00:00:04\n客户:退\n"
    assert [(start, end) for _, _, start, end in turns(text)] == [(1.0, 2.0), (3.0, 4.0)]


def test_a_number_that_is_said_stays() -> None:
    text = f"1\n{TIMES[0]}\n坐席:您的号码\n\n2\n{TIMES[1]}\n客户:是\n138\n3\n{TIMES[2]}\n坐席:好的\n"
    assert [said for _, said, _, _ in turns(text)] == ["您的号码", "是\n138", "好的"]
    text = f"{TIMES[0]}\n坐席:您的号码\n{TIMES[1]}\n客户:是\n138\n{TIMES[2]}\n坐席:好的\n"
    assert [said for _, said, _, _ in turns(text)] == ["您的号码", "是\n138", "好的"]


def test_text_behind_a_blank_line_stays() -> None:
    text = f"1\n{TIMES[0]}\n坐席:您好\n\n为您服务\n\n2\n{TIMES[1]}\n客户:退\n"
    assert [said for _, said, _, _ in turns(text)] == ["您好\n为您服务", "退"]


def test_labels_with_names() -> None:
    text = f"1\n{TIMES[0]}\n客服周敏：您好\n\n2\n{TIMES[1]}\n【客户王先生】退\n"
    assert [(role, said) for role, said, _, _ in turns(text)] == [("agent", "您好"), ("customer", "退")]
