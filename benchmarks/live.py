"""How the service bears many live calls at once, the load coming from the same machine.

``python -m benchmarks.live [--calls 500] [--seconds 60] [--every 4] [--ramp 20]
[--database URL|postgresql] [--json FILE]`` starts `huashu serve` over the shipped packs on a database
of its own (SQLite, or with ``--database postgresql`` the PostgreSQL of the tests), opens the calls one by
one over --ramp seconds, lets each say a turn every --every seconds, and ends them one by one. Printed
are, of the turns sent while all calls were under way (--seconds): the time from sending to the
acknowledgement and to each event; of the whole run: memory of the server, and what was lost or came
twice. A missed goal is shown and is no failure (2: something was lost).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect

from benchmarks import server
from benchmarks.goals import Goal
from benchmarks.machine import machine
from benchmarks.text import generated
from benchmarks.timing import percentile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.asyncio.client import ClientConnection

    from assistant.model import Turn

LIVE_GOALS = (
    Goal("p50-ms", "an event after its turn, p50", 20, " ms"),
    Goal("p99-ms", "an event after its turn, p99", 150, " ms"),
    Goal("memory-mb", "memory of the server at its peak", 600, " MB"),
    Goal("lost", "turns lost or told twice", 0, ""),
)
_TRIES = 30.0


@dataclass(slots=True)
class Load:
    """What is asked, and what came of it; times in seconds from the sending of the turn."""

    address: str
    every_s: float
    ramp_s: float
    seconds: float
    begun: float = 0.0
    acknowledged: list[float] = field(default_factory=list)
    events: list[float] = field(default_factory=list)
    lost: int = 0


@dataclass(slots=True)
class Call:
    """One call as the sender sees it."""

    name: str
    turns: Sequence[Turn]
    sent: dict[int, float] = field(default_factory=dict)
    told: list[int] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="huashu-live-") as folder,
        server.database(asked.database, Path(folder)) as address,
    ):
        told = _measured(asked, address)
    told["machine"] = machine()
    for goal in LIVE_GOALS:
        value = told[goal.key]
        sys.stdout.write(f"{goal.title}: {value:g}{goal.unit} ({goal.wanted}: {goal.verdict(value)})\n")
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    if asked.json:
        Path(asked.json).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return 2 if told["lost"] else 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.live", description="Load the service with live calls.")
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--every", type=float, default=4, help="seconds between two turns of a call")
    parser.add_argument("--ramp", type=float, default=20, help="seconds over which calls begin, and end")
    parser.add_argument("--database", help="an empty one, or: postgresql; default: an SQLite file")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args(arguments)


def _measured(asked: argparse.Namespace, database: str) -> dict[str, Any]:
    with server.serving(database, ["live"]) as running:
        address = running.address.replace("http", "ws", 1) + "/live"
        load = Load(address, asked.every, asked.ramp, asked.seconds)
        before = running.busy_s
        asyncio.run(_all(load, asked.calls))
        busy, memory = running.busy_s - before, running.peak_mb
    return {
        "calls": asked.calls,
        "turns": len(load.acknowledged),
        "events": len(load.events),
        **{f"p{share}-ms": _ms(load.events, share) for share in (50, 95, 99)},
        **{f"ack-p{share}-ms": _ms(load.acknowledged, share) for share in (50, 95, 99)},
        "processor-s": round(busy, 1),
        "memory-mb": memory,
        "lost": load.lost,
    }


async def _all(load: Load, count: int) -> None:
    chance = Random(7)  # noqa: S311 (no secret)
    dialogues = [conversation.turns for conversation in generated(count)]
    calls = [Call(f"call-{number}", dialogues[number]) for number in range(count)]
    load.begun = perf_counter()
    await asyncio.gather(*(_one(load, call, chance.random() * load.ramp_s) for call in calls))
    load.lost = sum(
        call.told != list(range(1, len(call.told) + 1)) or call.stored != sorted(call.sent) for call in calls
    )


async def _one(load: Load, call: Call, later_s: float) -> None:
    await asyncio.sleep(later_s)
    headers = {"authorization": f"Bearer {server.TOKEN}"}
    async with connect(load.address, additional_headers=headers, open_timeout=_TRIES) as socket:
        await socket.send(json.dumps({"type": "hello", "call_id": call.name, "origin": "simulator"}))
        listening = asyncio.create_task(_listen(load, call, socket))
        begun, number = perf_counter(), 0
        until = load.begun + load.ramp_s + load.seconds + later_s
        while perf_counter() < until:
            number += 1
            turn = call.turns[(number - 1) % len(call.turns)]
            at = {"start_s": number * load.every_s, "end_s": number * load.every_s + 2}
            text = json.dumps(
                {"type": "turn", "seq": number, "role": turn.role, "text": turn.text, "final": True, **at}
            )
            call.sent[number] = perf_counter()
            await socket.send(text)
            await asyncio.sleep(max(0.0, begun + number * load.every_s - perf_counter()))
        await socket.send('{"type":"bye"}')
        await listening


async def _listen(load: Load, call: Call, socket: ClientConnection) -> None:
    async for message in socket:
        now = perf_counter()
        event = json.loads(message)
        call.told.append(event["event_id"])
        if event["seq"] is None:
            continue
        sent = call.sent[event["seq"]]
        all_speak = load.ramp_s <= sent - load.begun < load.ramp_s + load.seconds
        if all_speak:
            load.events.append(now - sent)
        if event["type"] == "ack":
            call.stored.append(event["seq"])
            if all_speak:
                load.acknowledged.append(now - sent)


def _ms(times: Sequence[float], share: int) -> float:
    return round(percentile(times, share / 100) * 1_000, 1)


if __name__ == "__main__":
    raise SystemExit(main())
