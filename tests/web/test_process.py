"""A real server process: it is killed, stopped, and stands beside another on the same database."""

from __future__ import annotations

import asyncio
import json
import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from signal import SIGKILL, SIGTERM
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from serving import Forge, Served, let_program_in, serving
from small_calls import HOUSE, PACK, call, report_of
from waiting import until
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from assistant.engine.fold import Engine

CALLS = 50
LET_IN = {"authorization": "Bearer asr"}
Json = dict[str, Any]


@pytest.fixture
def options(database: str, tmp_path: Path) -> list[str]:
    (tmp_path / "tiny.yml").write_text(PACK, encoding="utf-8")
    let_program_in(database, "asr")
    return ["--database", database, "--pack", str(tmp_path / "tiny.yml")]


def hello(call_id: str, **more: Any) -> Json:
    return {"type": "hello", "call_id": call_id, "meta": {"started_at": "2026-11-03T18:02:11+08:00"}, **more}


async def send(socket: ClientConnection, *messages: Json) -> None:
    for message in messages:
        await socket.send(json.dumps(message, ensure_ascii=False))


async def receive(socket: ClientConnection, seen: list[Json], seq: int | None) -> None:
    """Receive events up to the acknowledgement of a message."""
    while not seen or (seen[-1]["type"], seen[-1]["seq"]) != ("ack", seq):
        seen.append(json.loads(await socket.recv()))


async def begin(served: Served, call_id: str, seen: list[Json], middle: int) -> ClientConnection:
    """Open a call, speak up to the middle of it, and send what nobody waits for."""
    socket = await connect(served.live, additional_headers=LET_IN)
    await send(socket, hello(call_id), *call()[:middle])
    await receive(socket, seen, middle)
    await send(socket, *call()[middle : middle + 1])
    return socket


async def end(served: Served, call_id: str, seen: list[Json]) -> None:
    """Come back to a call and bring it to its end."""
    after = seen[-1]["event_id"]
    async with connect(served.live, additional_headers=LET_IN) as socket:
        await send(socket, hello(call_id, resume_after=after), *call(), {"type": "bye"})
        while seen[-1]["type"] != "report":
            seen.append(json.loads(await socket.recv()))


def undisturbed(engine: Engine, call_id: str) -> Json:
    """The report of the same call, folded at once."""
    return report_of(engine, call_id, call(), hello("")["meta"])


def whole(seen: list[Json], expected: Json) -> None:
    """Hold that every event came once and in order, and that the report is the undisturbed one."""
    assert [event["event_id"] for event in seen] == list(range(1, len(seen) + 1))
    acknowledged = [event["seq"] for event in seen if event["type"] == "ack" and event["seq"] is not None]
    assert acknowledged == [message["seq"] for message in call()]
    assert seen[-1]["data"] == expected


def test_killed_in_the_middle_of_calls(options: list[str], tmp_path: Path, engine: Engine) -> None:
    told: dict[str, list[Json]] = {f"c{n}": [] for n in range(CALLS)}

    async def first(served: Served) -> None:
        begun = [begin(served, call_id, seen, 2 + n % 4) for n, (call_id, seen) in enumerate(told.items())]
        sockets = await asyncio.gather(*begun)
        await asyncio.to_thread(served.kill)
        for socket in sockets:
            await socket.close()

    async def second(served: Served) -> None:
        await asyncio.gather(*(end(served, call_id, seen) for call_id, seen in told.items()))

    with serving(tmp_path, *options) as served:
        asyncio.run(first(served))
    with serving(tmp_path, *options) as served:
        asyncio.run(second(served))
        for call_id, seen in told.items():
            whole(seen, undisturbed(engine, call_id))
        stored = httpx2.get(f"{served.address}/api/conversations/c7", headers=LET_IN).json()
        assert stored["report"] == undisturbed(engine, "c7")


@pytest.mark.parametrize(
    ("database", "workers"), [("sqlite", "1"), ("postgresql", "2")], indirect=["database"]
)
def test_told_to_stop_it_loses_no_turn(
    options: list[str], tmp_path: Path, engine: Engine, workers: str
) -> None:
    told: dict[str, list[Json]] = {f"c{n}": [] for n in range(6)}

    async def first(served: Served) -> int:
        sockets = [await begin(served, call_id, seen, 3) for call_id, seen in told.items()]
        code = await asyncio.to_thread(served.stop)
        for socket, seen in zip(sockets, told.values(), strict=True):
            with suppress(ConnectionClosed):
                while True:
                    seen.append(json.loads(await socket.recv()))
        return code

    async def second(served: Served) -> None:
        await asyncio.gather(*(end(served, call_id, seen) for call_id, seen in told.items()))

    with serving(tmp_path, *options, "--workers", workers) as served:
        assert asyncio.run(first(served)) == -SIGTERM
    log = (tmp_path / "server.log").read_text(encoding="utf-8")
    assert "Traceback" not in log
    assert '"stack"' not in log
    with serving(tmp_path, *options, "--workers", workers) as served:
        asyncio.run(second(served))
    for call_id, seen in told.items():
        whole(seen, undisturbed(engine, call_id))


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_worker_that_dies_is_replaced_and_its_calls_go_on(
    options: list[str], tmp_path: Path, engine: Engine
) -> None:
    told: dict[str, list[Json]] = {f"c{n}": [] for n in range(8)}

    async def first(served: Served) -> None:
        sockets = [await begin(served, call_id, seen, 3) for call_id, seen in told.items()]
        victim, *_ = before = served.workers
        assert len(before) == 2
        os.kill(victim, SIGKILL)
        await asyncio.to_thread(until, lambda: victim not in (now := served.workers) and len(now) == 2)
        for socket in sockets:
            await socket.close()

    async def second(served: Served) -> None:
        await asyncio.gather(*(end(served, call_id, seen) for call_id, seen in told.items()))

    with serving(tmp_path, *options, "--workers", "2") as served:
        asyncio.run(first(served))
        asyncio.run(second(served))
    for call_id, seen in told.items():
        whole(seen, undisturbed(engine, call_id))
    assert "a worker has died" in (tmp_path / "server.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_workers_end_with_the_process_that_started_them(options: list[str], tmp_path: Path) -> None:
    with serving(tmp_path, *options, "--workers", "2") as served:
        workers = served.workers
        assert len(workers) == 2
        served.kill()
        until(lambda: not any(Path(f"/proc/{worker}").exists() for worker in workers))


def test_another_worker_takes_a_call_over(
    forge: Forge, options: list[str], tmp_path: Path, engine: Engine
) -> None:
    seen: list[Json] = []

    async def moved(old: Served, new: Served) -> None:
        socket = await begin(old, "c1", [], 3)
        async with connect(new.live, additional_headers=LET_IN) as other:
            await send(other, hello("c1"))
            with pytest.raises(ConnectionClosed) as refused:
                await other.recv()
            assert refused.value.rcvd is not None
            assert refused.value.rcvd.code == 4409
        async with connect(new.live, additional_headers=LET_IN) as other:
            await send(other, hello("c1", resume_after=0), *call(), {"type": "bye"})
            while not seen or seen[-1]["type"] != "report":
                seen.append(json.loads(await other.recv()))
        await send(socket, call()[-1])
        with pytest.raises(ConnectionClosed) as fenced:
            await receive(socket, [], -1)
        assert fenced.value.rcvd is not None
        assert fenced.value.rcvd.code == 4409

    with forge.serving(tmp_path, *options) as old, forge.serving(tmp_path, *options) as new:
        asyncio.run(moved(old, new))
    whole(seen, undisturbed(engine, "c1"))


def test_rules_published_in_the_middle_of_a_call(
    forge: Forge, options: list[str], tmp_path: Path, engine: Engine
) -> None:
    """Calls finish on the rules they began with, in other processes, too; those that begin take the new."""
    house = {"file": ("house.yml", HOUSE.encode())}
    seen: list[Json] = []
    later: list[Json] = []

    def published(served: Served) -> Json:
        with httpx2.Client(base_url=served.address, headers=LET_IN, timeout=60) as client:
            draft = client.post("/api/rules/drafts", json={"title": "新规则"}).json()
            number = draft["number"]
            saved = client.post(f"/api/rules/drafts/{number}/files?revision=1", files=house).json()
            client.post(f"/api/rules/drafts/{number}/check").raise_for_status()
            asked = {"draft": number, "revision": saved["draft"]["revision"], "why": "试行"}
            version: Json = client.post("/api/rules/versions", json=asked).raise_for_status().json()
            return version

    def taken(served: Served, version: Json) -> None:
        """Wait until a process has taken the version."""
        told = partial(httpx2.get, f"{served.address}/api/rules", headers=LET_IN, timeout=60)
        until(lambda: told().json()["version"] == version["number"])

    async def moved(old: Served, new: Served) -> Json:
        first = await begin(old, "c1", seen, 3)
        version = await asyncio.to_thread(published, old)
        await asyncio.to_thread(taken, new, version)
        await end(new, "c1", seen)
        await first.close()
        async with connect(new.live, additional_headers=LET_IN) as socket:
            await send(socket, hello("c2"), *call(), {"type": "bye"})
            while not later or later[-1]["type"] != "report":
                later.append(json.loads(await socket.recv()))
        return version

    async def restarted(served: Served) -> None:
        await end(served, "c3", third)

    third: list[Json] = []

    async def left(served: Served) -> None:
        await (await begin(served, "c3", third, 3)).close()

    with forge.serving(tmp_path, *options) as old, forge.serving(tmp_path, *options) as new:
        version = asyncio.run(moved(old, new))
        asyncio.run(left(new))
        back = f"{old.address}/api/rules/versions/0/restore"
        httpx2.post(back, headers=LET_IN, json={"why": "撤回"}, timeout=60).raise_for_status()
    with forge.serving(tmp_path, *options) as served:
        asyncio.run(restarted(served))
    whole(seen, undisturbed(engine, "c1"))
    for report in (later[-1]["data"], third[-1]["data"]):
        assert report["ruleset_sha256"] == version["sha256"]
        assert "house.sorry" in {finding["rule"] for finding in report["findings"]}
