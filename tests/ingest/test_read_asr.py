"""Results of the recognisers: 阿里云, 腾讯云, 讯飞, FunASR, Whisper."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from assistant.errors import InputError
from assistant.ingest import read_stream
from assistant.model import Conversation

SAID = [
    ("您好,工号8012为您服务", 800, 3000),
    ("你们怎么还不发货", 3500, 5200),
    ("我帮您查一下,请稍等", 5600, 8000),
]
WANTED = [("agent", "您好,工号8012为您服务", 0.8, 3.0), ("customer", "你们怎么还不发货", 3.5, 5.2),
          ("agent", "我帮您查一下,请稍等", 5.6, 8.0)]  # fmt: skip
SPEAKERS = [0, 1, 0]


def read(value: Any, path: str = "r.json") -> Conversation | InputError:
    (result,) = read_stream(io.BytesIO(json.dumps(value, ensure_ascii=False).encode()), path=path)
    return result


def rows() -> list[tuple[str, int, int, int]]:
    return [(*said, speaker) for said, speaker in zip(SAID, SPEAKERS, strict=True)]


def aliyun_file(*, key: str = "ChannelId") -> Any:
    sentences: list[dict[str, Any]] = [
        {key: s, "BeginTime": b, "EndTime": e, "Text": t, "SpeechRate": 200} for t, b, e, s in rows()
    ]
    if key != "ChannelId":
        sentences = [{**sentence, "ChannelId": 0} for sentence in sentences]
    # a two-channel result lists one channel after the other
    sentences.sort(key=lambda sentence: sentence[key])
    return {"TaskId": "t", "StatusText": "SUCCESS", "Result": {"Sentences": sentences}}


def aliyun_model() -> Any:
    return {"file_url": "x", "transcripts": [
        {"channel_id": channel, "text": "", "sentences": [
            {"begin_time": b, "end_time": e, "text": t, "sentence_id": n}
            for n, (t, b, e, s) in enumerate(rows()) if s == channel]}
        for channel in (1, 0)]}  # fmt: skip


def tencent_detail() -> Any:
    detail = [{"FinalSentence": t, "StartMs": b, "EndMs": e, "SpeakerId": s} for t, b, e, s in rows()]
    return {
        "Response": {
            "RequestId": "q",
            "Data": {"TaskId": 7, "Status": 2, "Result": "", "ResultDetail": detail},
        }
    }


def tencent_lines() -> str:
    return "".join(f"[0:{b / 1000:.3f},0:{e / 1000:.3f},{s}]  {t}\n" for t, b, e, s in rows())


def tencent_result() -> Any:
    data = {"TaskId": 7, "Status": 2, "StatusStr": "success", "Result": tencent_lines(), "ResultDetail": None}
    return {"Response": {"Data": data}}


def tencent_callback() -> Any:
    return {"code": 0, "requestId": 9, "text": tencent_lines(), "resultDetail": "[]"}


def xunfei_sentence(text: str, begin: int, end: int, speaker: int) -> Any:
    words = [{"cw": [{"w": char, "wp": "n"}]} for char in text] + [{"cw": [{"w": "", "wp": "g"}]}]
    return {"st": {"bg": str(begin), "ed": str(end), "rl": str(speaker + 1), "rt": [{"ws": words}]}}


def xunfei_order() -> Any:
    lattice = [{"json_1best": json.dumps(xunfei_sentence(*row), ensure_ascii=False)} for row in rows()]
    result = json.dumps({"lattice": lattice}, ensure_ascii=False)
    return {
        "code": "000000",
        "descInfo": "success",
        "content": {"orderInfo": {"orderId": "o"}, "orderResult": result},
    }


def xunfei_lattice2() -> Any:
    return {"lattice2": [{"json_1best": xunfei_sentence(*row), "spk": "段落-0"} for row in rows()]}


def xunfei_old() -> Any:
    data = [{"bg": str(b), "ed": str(e), "onebest": t, "speaker": str(s + 1)} for t, b, e, s in rows()]
    return {"ok": 0, "err_no": 0, "failed": None, "data": json.dumps(data, ensure_ascii=False)}


def funasr() -> Any:
    info = [{"text": t, "start": b, "end": e, "spk": s, "timestamp": []} for t, b, e, s in rows()]
    return [{"key": "k", "text": "".join(t for t, *_ in SAID), "sentence_info": info}]


def whisper(*, words: bool = False) -> Any:
    def segment(text: str, begin: int, end: int, speaker: int) -> Any:
        named = {"words": [{"word": text, "speaker": f"SPEAKER_0{speaker}"}]} if words else {
            "speaker": f"SPEAKER_0{speaker}"}  # fmt: skip
        return {"start": begin / 1000, "end": end / 1000, "text": f" {text}", **named}

    return {"text": "", "language": "zh", "segments": [segment(*row) for row in rows()]}


@pytest.mark.parametrize(
    "value",
    [
        aliyun_file(), aliyun_file(key="SpeakerId"), aliyun_model(), tencent_detail(), tencent_result(),
        tencent_callback(), xunfei_order(), xunfei_lattice2(), xunfei_old(), funasr(), whisper(),
        whisper(words=True),
    ],
    ids=["aliyun-channels", "aliyun-speakers", "aliyun-paraformer", "tencent-detail", "tencent-result",
         "tencent-callback", "xunfei-order", "xunfei-lattice2", "xunfei-old", "funasr", "whisper",
         "whisper-words"],
)  # fmt: skip
def test_every_engine_gives_the_same_call(value: Any) -> None:
    call = read(value)
    assert isinstance(call, Conversation)
    assert [(str(t.role), t.text, t.start_s, t.end_s) for t in call.turns] == WANTED
    assert all(turn.role_inferred for turn in call.turns)


def test_the_result_lines_alone() -> None:
    (call,) = read_stream(io.BytesIO(tencent_lines().encode()), path="r.txt")
    assert isinstance(call, Conversation)
    assert [(str(t.role), t.text, t.start_s, t.end_s) for t in call.turns] == WANTED


@pytest.mark.parametrize(
    "value",
    [
        {"TaskId": "t", "StatusText": "FILE_DOWNLOAD_FAILED"},
        {"Response": {"Data": {"Status": 3, "StatusStr": "failed", "Result": "", "ErrorMsg": "bad audio"}}},
        {"code": "26605", "descInfo": "failed", "content": {}},
    ],
)
def test_a_failed_transcription_says_so(value: Any) -> None:
    error = read(value)
    assert isinstance(error, InputError)
    assert error.code == "asr-failed"


def test_a_recognised_list_without_sentences() -> None:
    call = read([{"key": "k", "text": "<|zh|><|NEUTRAL|>您好,为您服务"}])
    assert isinstance(call, Conversation)
    assert [(str(t.role), t.text) for t in call.turns] == [("agent", "您好,为您服务")]


def test_whisper_without_speakers_is_judged_line_by_line() -> None:
    segments = [{"start": b / 1000, "end": e / 1000, "text": t} for t, b, e in SAID]
    call = read({"segments": segments})
    assert isinstance(call, Conversation)
    assert [str(turn.role) for turn in call.turns] == ["agent", "customer", "agent"]


def test_several_results_a_line() -> None:
    data = "\n".join(json.dumps(value) for value in (whisper(), aliyun_file(), xunfei_order())).encode()
    calls = list(read_stream(io.BytesIO(data), path="many.jsonl"))
    assert [len(call.turns) for call in calls if isinstance(call, Conversation)] == [3, 3, 3]


@pytest.mark.parametrize("stray", [None, 3, "x", [], {}])
def test_stray_entries_are_passed_over(stray: Any) -> None:
    for value in (
        {"Result": {"Sentences": [stray]}},
        {"Response": {"Data": {"ResultDetail": [stray], "Result": ""}}},
        {"lattice": [stray, {"json_1best": stray}, {"json_1best": {"st": {"rt": [stray, {"ws": [stray]}]}}}]},
        {"transcripts": [stray, {"sentences": [stray]}]},
    ):
        result = read(value)
        assert isinstance(result, Conversation)
        assert result.turns == ()
