from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_calls import SAID, turn

from assistant.model import EMOTIONS
from assistant.web.need import need_of
from assistant.web.samples import load_samples

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi.testclient import TestClient
    from serving import Forge

LIVE = "ws://127.0.0.1:8000/live"
Json = dict[str, Any]


def test_calls_are_listed_by_need_for_help(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as calm, client.websocket_connect(LIVE) as strained:
        for socket, name in ((strained, "strained"), (calm, "calm")):
            meta = {"agent_id": "3056", "started_at": "2026-11-03T10:00:00+08:00"}
            socket.send_json({"type": "hello", "call_id": name, "meta": meta})
        calm.send_json(turn(1, "customer", "你好,请问几点营业"))
        strained.send_json(turn(1, "customer", "你们太过分了,我要投诉!气死我了!"))
        strained.send_json(turn(2, "agent", "这个不归我管"))
        for socket, last in ((strained, 2), (calm, 1)):
            while True:
                event = socket.receive_json()
                if (event["type"], event["seq"]) == ("ack", last):
                    break
        board = client.get("/api/board").json()
        assert [call["call_id"] for call in board["calls"]] == ["strained", "calm"]
        first = board["calls"][0]
        assert first["need"] > board["calls"][1]["need"]
        assert (first["agent_id"], first["turns"], first["pulse"]["worst"]) == ("3056", 2, "major")
        assert first["pulse"]["emotion"]["label"] in EMOTIONS
        assert board["today"]["running"] == 2
        strained.send_json({"type": "bye"})
        while strained.receive_json()["type"] != "report":
            pass
    board = client.get("/api/board").json()
    assert [call["call_id"] for call in board["calls"]] == ["calm"]
    assert (board["today"]["calls"], board["today"]["grave"]) == (2, 1)


def test_practice_is_left_out_of_figures(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.send_json({"type": "hello", "call_id": "c1", "origin": "simulator"})
        socket.receive_json()
        board = client.get("/api/board").json()
        assert len(board["calls"]) == 1
        assert board["today"] == {
            "calls": 0, "running": 0, "practice": 1, "interrupted": 0, "mean": None, "grave": 0,
        }  # fmt: skip


@given(
    label=st.sampled_from(sorted(set(EMOTIONS) - {"satisfied", "grateful"})),
    intensity=st.floats(0, 1),
    more=st.floats(0, 1),
    worst=st.sampled_from([None, "hint", "minor", "major", "fatal"]),
    alert=st.sampled_from([None, "升温"]),
)
def test_need_lies_in_0_to_100_and_grows_with_strain(
    label: str, intensity: float, more: float, worst: str | None, alert: str | None
) -> None:
    def need(strain: float) -> int:
        return need_of({"emotion": {"label": label, "intensity": strain}, "worst": worst, "alert": alert})

    low, high = sorted((intensity, more))
    assert 0 <= need(low) <= need(high) <= 100
    assert need_of({}) == 0


def test_events_of_a_call_can_be_read_beside_it(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.send_json({"type": "hello", "call_id": "c/1"})
        socket.send_json(turn(1, "agent", "这个不归我管"))
        seen = [socket.receive_json(), socket.receive_json()]
        told = client.get("/api/events", params={"call_id": "c/1"}).json()
        assert [each["event"] for each in told[:2]] == seen
        after = client.get("/api/events", params={"call_id": "c/1", "after": told[-1]["event_id"]}).json()
        assert after == []
    assert client.get("/api/events", params={"call_id": "none"}).status_code == 404


def test_an_agent_says_whether_a_prompt_was_of_use(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.send_json({"type": "hello", "call_id": "c1"})
        socket.send_json(turn(1, "customer", "你们太过分了,我要投诉!"))
        while (event := socket.receive_json())["type"] != "prompt":
            pass
        rated = {"call_id": "c1", "prompt_id": event["data"]["id"], "used": True}
        assert client.post("/api/prompts/used", json=rated).status_code == 204
        answer = client.post("/api/prompts/used", json={**rated, "prompt_id": "p99"})
        assert answer.json()["code"] == "unknown-prompt"


def test_the_board_is_followed_across_processes(forge: Forge, database: str, tmp_path: Path) -> None:
    """One process has the call, another tells of it."""
    import asyncio

    from serving import let_program_in
    from small_calls import PACK
    from websockets.asyncio.client import connect

    (tmp_path / "tiny.yml").write_text(PACK, encoding="utf-8")
    options = ["--database", database, "--pack", str(tmp_path / "tiny.yml")]
    headers = let_program_in(database, "asr")

    def boards(address: str) -> Any:
        with httpx2.stream("GET", f"{address}/api/board/stream", headers=headers, timeout=30) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    async def speak(address: str) -> list[int]:
        following = boards(other.address)
        counts = [len(next(following)["calls"])]
        async with connect(address, additional_headers=headers) as socket:
            await socket.send(json.dumps({"type": "hello", "call_id": "c1"}))
            await socket.recv()
            counts.append(len((await asyncio.to_thread(next, following))["calls"]))
            await socket.send(json.dumps(turn(1, *SAID[3]), ensure_ascii=False))
            board = await asyncio.to_thread(next, following)
            assert board["calls"][0]["need"] > 0
        following.close()
        return counts

    with forge.serving(tmp_path, *options) as one, forge.serving(tmp_path, *options) as other:
        assert asyncio.run(speak(one.live)) == [0, 1]


@pytest.mark.parametrize("sample", load_samples(), ids=lambda sample: sample.id)
def test_samples_are_calls_of_both_sides(sample: Any) -> None:
    assert {role for role, _ in sample.turns} == {"agent", "customer"}
    assert all(text.strip() for _, text in sample.turns)
    assert len(sample.turns) > 9
