"""Endurance: the service is killed again and again under calls and messages, and loses none; it bears a load.

Run by `make test-long`. HUASHU_LONG_S is how many seconds the steady load takes.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import socket as sockets
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from receiving import receiving, signed_by
from serving import let_program_in, serving
from small_calls import PACK, call, report_of
from sqlalchemy import func, select
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from assistant.bootstrap import load_engine
from assistant.settings import Settings
from assistant.store import models as m
from assistant.store import outbox
from assistant.store.database import open_store
from assistant.web.samples import load_samples
from benchmarks.live import main as load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.long
CALLS = 50
KILLS = 4
META = {"started_at": "2026-11-03T18:02:11+08:00", "agent_id": "3056"}
Json = dict[str, Any]


def messages_of(number: int) -> list[Json]:
    """One of the sample calls, as it is sent."""
    samples = load_samples()
    said = samples[number % len(samples)].turns
    answer = {"type": "event", "seq": 1, "name": "answer", "at_s": 0.5, "agent_id": "3056"}
    return [answer] + [
        {
            "type": "turn", "seq": place + 2, "id": f"u{place}", "role": role, "text": text, "final": True,
            "start_s": place * 5.0, "end_s": place * 5.0 + 4,
        }
        for place, (role, text) in enumerate(said)
    ]  # fmt: skip


async def receive(socket: ClientConnection, seen: list[Json]) -> None:
    while not seen or seen[-1]["type"] != "report":
        seen.append(json.loads(await socket.recv()))


async def talk(socket: ClientConnection, call_id: str, messages: Sequence[Json], seen: list[Json]) -> None:
    """Go on with a call where it stands, at a pace, to its end."""
    after = seen[-1]["event_id"] if seen else 0
    known = {event["seq"] for event in seen if event["type"] == "ack"}
    await socket.send(json.dumps({"type": "hello", "call_id": call_id, "meta": META, "resume_after": after}))
    receiving_ = asyncio.create_task(receive(socket, seen))
    try:
        for message in messages:
            if message["seq"] not in known:
                await socket.send(json.dumps(message))
                await asyncio.sleep(random.uniform(0.8, 2.0))
        await socket.send(json.dumps({"type": "bye"}))
        await receiving_
    finally:
        receiving_.cancel()


async def hold(address: str, call_id: str, messages: Sequence[Json], headers: Json) -> list[Json]:
    """Bring a call to its end, however often the service goes; return what came, in order."""
    seen: list[Json] = []
    while not seen or seen[-1]["type"] != "report":
        try:
            async with connect(address, additional_headers=headers, open_timeout=60) as socket:
                await talk(socket, call_id, messages, seen)
        except (OSError, ConnectionClosed, InvalidHandshake):
            await asyncio.sleep(random.uniform(0.1, 0.5))
    return seen


def free_port() -> int:
    with sockets.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_again_and_again_under_calls(database: str, tmp_path: Path, workers: str) -> None:
    headers = let_program_in(database, "asr")
    port = free_port()
    options = ["--database", database, "--workers", workers, "--port", str(port)]
    calls = {f"c{number}": messages_of(number) for number in range(CALLS)}

    async def all_calls() -> list[list[Json]]:
        address = f"ws://127.0.0.1:{port}/live"
        return await asyncio.gather(*(hold(address, each, calls[each], headers) for each in calls))

    begun = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(asyncio.run, all_calls())
        for _ in range(KILLS):
            with serving(tmp_path, *options) as served:
                time.sleep(random.uniform(1, 3))
                assert not future.done()
                served.kill_all()
            time.sleep(random.uniform(0, 1))
        with serving(tmp_path, *options):
            told = future.result(300)
    engine = load_engine(Settings())
    for (call_id, messages), seen in zip(calls.items(), told, strict=True):
        assert [event["event_id"] for event in seen] == list(range(1, len(seen) + 1))
        acknowledged = [event["seq"] for event in seen if event["type"] == "ack" and event["seq"] is not None]
        assert acknowledged == [message["seq"] for message in messages]
        assert seen[-1]["data"] == report_of(engine, call_id, messages, META)
    store = open_store(database)
    turns = store.read(lambda c: c.execute(select(func.count()).select_from(m.Turn)).scalar())
    store.close()
    expected = sum(len(messages) - 1 for messages in calls.values())
    assert turns == expected
    print(  # noqa: T201
        f"\n{KILLS} kills under {CALLS} calls, {expected} turns, {time.monotonic() - begun:.0f} s: "
        "each turn once, each report that of an undisturbed call"
    )


def test_webhooks_over_kills_and_a_failing_endpoint(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUASHU_WEBHOOK_RETRY_S", "0.1")
    (tmp_path / "tiny.yml").write_text(PACK, encoding="utf-8")
    headers = let_program_in(database, "asr")
    options = ["--database", database, "--pack", str(tmp_path / "tiny.yml")]
    turns = [{"role": each["role"], "text": each["text"]} for each in call() if each["type"] == "turn"]
    ids: set[str] = set()
    with receiving() as receiver:
        store = open_store(database)
        add = partial(outbox.add_endpoint, by="x", url=receiver.address, types=["report.finished"])
        _, secret = store.write(add).result(10)
        store.close()
        for kill in range(KILLS):
            with serving(tmp_path, *options) as served:
                for part in range(5):
                    with receiver.lock:
                        receiver.answers = [random.choice([200, 200, 500, 503, 0]) for _ in range(200)]
                    some = [f"r{kill}-{part}-{number}" for number in range(20)]
                    body = [{"id": each, "turns": turns} for each in some]
                    address = f"{served.address}/api/score?keep=true"
                    answer = httpx2.post(address, json=body, headers=headers, timeout=60)
                    assert answer.status_code == 200
                    ids.update(some)
                time.sleep(random.uniform(0, 1))
                served.kill()
        with receiver.lock:
            receiver.answers = []
        with serving(tmp_path, *options):
            told = receiver.wait(len(ids), 300)
        assert {each["data"]["call_id"] for each in told} == ids
        assert all(signed_by(secret, *each) for each in receiver.came)
        print(  # noqa: T201
            f"\n{len(ids)} reports, {KILLS} kills: all told, {len(receiver.came)} posts, "
            f"{len(receiver.taken) - len(ids)} taken twice"
        )


def test_a_steady_load(tmp_path: Path) -> None:
    path = tmp_path / "told.json"
    seconds = os.environ.get("HUASHU_LONG_S", "600")
    assert load(["--calls", "100", "--seconds", seconds, "--every", "4", "--json", str(path)]) == 0
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["lost"] == 0
