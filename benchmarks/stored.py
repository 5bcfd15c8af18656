"""How long the views of stored calls take, with many stored.

``python -m benchmarks.stored [--calls 10000] [--looks 30] [--database URL|postgresql] [--json FILE]``
stores the calls (conversations of our own, scored by the shipped packs, under ids, agents and days of
their own) in a database of its own: SQLite, or with ``--database postgresql`` the PostgreSQL of the
tests. Then it asks `huashu serve` for each view, one after another, from the same machine. Printed are
the 50th and 95th percentile in milliseconds, from the request to the last byte. A missed goal is shown
and is no failure.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from assistant.bootstrap import load_engine
from assistant.model import Conversation
from assistant.report.wire import report_object
from assistant.settings import Settings
from assistant.store.conversations import keep_conversation
from assistant.store.database import open_store
from benchmarks import server
from benchmarks.goals import Goal
from benchmarks.machine import machine
from benchmarks.text import generated
from benchmarks.timing import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DISTINCT = 250
"""Conversations that are scored; the others have their words, and ids, agents and days of their own."""
AGENTS, DAYS = 80, 90
_NEWEST = datetime(2026, 11, 1, 17, 0, tzinfo=UTC)
_BATCH = 200
_SEARCH, _VIEW = "search-ms", "view-ms"
VIEWS: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("the page", _VIEW, "/api/conversations", {"limit": "50"}),
    ("of one agent", _VIEW, "/api/conversations", {"limit": "50", "agent_id": "1007"}),
    ("of one week", _VIEW, "/api/conversations",
     {"limit": "50", "since": "2026-09-01T00:00:00Z", "until": "2026-09-08T00:00:00Z"}),
    ("by score", _VIEW, "/api/conversations", {"limit": "50", "least": "95", "most": "97"}),
    ("by emotion", _VIEW, "/api/conversations", {"limit": "50", "emotion": "furious"}),
    ("by rule", _VIEW, "/api/conversations", {"limit": "50", "rule": "banned.shirking.not-mine"}),
    ("one call", _VIEW, "/api/conversations/call-00007", {}),
    ("the board", _VIEW, "/api/board", {}),
    ("words often said", _SEARCH, "/api/conversations", {"limit": "50", "text": "您好"}),
    ("words never said", _SEARCH, "/api/conversations", {"limit": "50", "text": "鲸鱼"}),
)  # fmt: skip
STORED_GOALS = (
    Goal(_VIEW, "a view, the slowest, p95", 150, " ms"),
    Goal(_SEARCH, "a search through all words, the slowest, p95", 300, " ms"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="huashu-stored-") as name,
        server.database(asked.database, Path(name)) as address,
    ):
        _fill(address, asked.calls)
        with server.serving(address, ["read", "board"]) as running:
            times = {
                title: _times(running.address + path + (f"?{urlencode(query)}" if query else ""), asked.looks)
                for title, _, path, query in VIEWS
            }
    told: dict[str, Any] = {"calls": asked.calls, "looks": asked.looks}
    told["views"] = {
        title: {f"p{share}-ms": _ms(taken, share) for share in (50, 95)} for title, taken in times.items()
    }
    for goal in STORED_GOALS:
        told[goal.key] = max(
            told["views"][title]["p95-ms"] for title, kind, _, _ in VIEWS if kind == goal.key
        )
    told["machine"] = machine()
    _say(told)
    if asked.json:
        Path(asked.json).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.stored", description="Time the views of stored calls.")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--looks", type=int, default=30, help="requests for each view")
    parser.add_argument("--database", help="an empty one, or: postgresql; default: an SQLite file")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args(arguments)


def _fill(address: str, count: int) -> None:
    store = open_store(address)
    engine = load_engine(Settings())
    scored = [(each, report_object(engine.run(each))) for each in generated(min(count, DISTINCT))]
    try:
        waiting = []
        for job in _jobs(scored, count):
            waiting.append(store.write(job))
            if len(waiting) == _BATCH:
                waiting.pop().result()
                waiting.clear()
        for each in waiting:
            each.result()
    finally:
        store.close()


def _jobs(scored: Sequence[tuple[Conversation, dict[str, Any]]], count: int) -> Iterator[Any]:
    for number in range(count):
        same, report = scored[number % len(scored)]
        began = _NEWEST - timedelta(days=DAYS) * (1 - number / count)
        meta = {"agent_id": str(1000 + number % AGENTS), "started_at": began.isoformat()}
        call = Conversation(f"call-{number:05}", same.items, meta, same.channel)
        yield partial(
            keep_conversation, conversation=call, report={**report, "id": call.id, "meta": meta},
            day=date(2026, 11, 1),
        )  # fmt: skip


def _times(url: str, looks: int) -> list[float]:
    """Return how long each look took, in seconds; the first one, which nobody waited for, doesn't count."""
    request = Request(url, headers={"authorization": f"Bearer {server.TOKEN}"})  # noqa: S310 (our own)
    taken = []
    for _ in range(looks + 1):
        begun = perf_counter()
        with urlopen(request) as answer:  # noqa: S310
            answer.read()
        taken.append(perf_counter() - begun)
    return taken[1:]


def _say(told: dict[str, Any]) -> None:
    for title, each in told["views"].items():
        sys.stdout.write(f"{title}: p50 {each['p50-ms']:g} ms, p95 {each['p95-ms']:g} ms\n")
    for goal in STORED_GOALS:
        value = told[goal.key]
        sys.stdout.write(f"{goal.title}: {value:g}{goal.unit} ({goal.wanted}: {goal.verdict(value)})\n")
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


def _ms(times: Sequence[float], share: int) -> float:
    return round(percentile(times, share / 100) * 1_000, 1)


if __name__ == "__main__":
    raise SystemExit(main())
