"""How fast the QA desk is: import, the report page, a review action.

``python -m benchmarks.qa [--import 1000] [--calls 100000] [--looks 20] [--database URL|postgresql]
[--json FILE]`` imports conversations of our own of median length (18 turns) as `huashu qa import` does, on
one process, storing included; then stores `--calls` generated facts (figures alone, as calls leave
them, over 3 months and 80 agents) and asks `huashu serve` for the
report page; then gives verdicts on stored calls. Printed are calls a second, and the 50th and 95th
percentile in milliseconds, from the request to the last byte. A missed goal is shown and is no failure.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from sqlalchemy import insert

from assistant.cli.qa import house_engine, imported
from assistant.model import Conversation
from assistant.report.wire import report_object
from assistant.review.facts import facts_of
from assistant.settings import Settings
from assistant.store import models as m
from assistant.store.database import open_store
from assistant.store.review import facts
from assistant.store.review import models as q
from benchmarks import server
from benchmarks.goals import Goal
from benchmarks.machine import machine
from benchmarks.text import TURNS, generated
from benchmarks.timing import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.store.database import Connection, Store

AGENTS, DAYS = 80, 90
_DISTINCT = 200
_CHUNK = 1_000
_FIRST = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
GOALS = (
    Goal("import-calls-s", "import, storing included, one process", 100, " calls/s", at_most=False),
    Goal("report-p95-ms", "the report of three months, p95", 1_000, " ms"),
    Goal("verdict-p95-ms", "a verdict, p95", 100, " ms"),
)


def main(arguments: Sequence[str] | None = None) -> int:
    asked = _arguments(arguments)
    told: dict[str, Any] = {"import": asked.count, "calls": asked.calls, "looks": asked.looks}
    with (
        tempfile.TemporaryDirectory(prefix="huashu-qa-") as name,
        server.database(asked.database, Path(name)) as address,
    ):
        store = open_store(address)
        told |= _import(store, asked.count)
        _fill(store, max(0, asked.calls - asked.count))
        store.close()
        with server.serving(address, ["read", "review", "lead"]) as running:
            url = f"{running.address}/api/qa/report?since=2026-08&until=2026-10"
            told |= _percentiles("report", _looks(url, asked.looks))
            told |= _percentiles("verdict", _verdicts(running.address, asked.looks))
    told["machine"] = machine()
    for goal in GOALS:
        value = told[goal.key]
        sys.stdout.write(f"{goal.title}: {value:g}{goal.unit} ({goal.wanted}: {goal.verdict(value)})\n")
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    if asked.json:
        Path(asked.json).write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.qa", description="Time the QA desk.")
    parser.add_argument("--import", dest="count", type=int, default=1_000)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--looks", type=int, default=20, help="requests for each view")
    parser.add_argument("--database", help="an empty one, or: postgresql; default: an SQLite file")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args(arguments)


def _calls(count: int) -> Iterator[Conversation]:
    """Yield calls of median length, agents and days over three months."""
    median = TURNS[0]
    enough = (call for call in generated(count * 3) if len(call.items) >= median)
    for number, call in zip(range(count), enough, strict=False):
        began = _FIRST + timedelta(days=DAYS) * (number / count)
        meta = {"agent_id": str(1000 + number % AGENTS), "started_at": began.isoformat()}
        yield Conversation(f"call-{number:06}", call.items[:median], meta, "hotline")


def _import(store: Store, count: int) -> dict[str, Any]:
    engine, _ = house_engine(Settings(), store)
    calls = list(_calls(count + 20))
    for _ in imported(store, engine, [replace(call, id=f"warm-{call.id}") for call in calls[count:]]):
        pass
    begun, busy = perf_counter(), process_time()
    taken = sum(1 for each in imported(store, engine, calls[:count]) if isinstance(each, dict))
    wall, used = perf_counter() - begun, process_time() - busy
    return {
        "imported": taken, "import-calls-s": round(taken / wall, 1),
        "import-processor-calls-s": round(taken / used, 1),
    }  # fmt: skip


def _fill(store: Store, count: int) -> None:
    """Store what calls leave in the tables that reports read, without their words."""
    engine, _ = house_engine(Settings(), store)
    reports = [report_object(engine.run(call)) for call in _calls(_DISTINCT)]
    for at in range(0, count, _CHUNK):
        numbers = range(at, min(at + _CHUNK, count))
        store.write(partial(_fill_some, numbers=numbers, count=count, reports=reports)).result()


def _fill_some(
    connection: Connection, numbers: Sequence[int], count: int, reports: Sequence[dict[str, Any]]
) -> None:
    calls: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    counts: list[dict[str, Any]] = []
    for number in numbers:
        began = _FIRST + timedelta(days=DAYS) * (number / count)
        calls.append({
            "call_id": f"fact-{number:06}", "channel": "hotline", "origin": "import", "status": "ended",
            "meta": {}, "agent_id": str(1000 + number * 7 % AGENTS), "day": date(2026, 11, 1),
            "started_at": began, "ended_at": began, "next_seq": 0, "turns": 18, "events": 0,
        })  # fmt: skip
    returning = insert(m.Conversation).returning(m.Conversation.number, sort_by_parameter_order=True)
    given = connection.execute(returning, calls).scalars().all()
    for number, call, conversation in zip(numbers, calls, given, strict=True):
        told = facts_of(reports[number % len(reports)], reports[number % len(reports)]["score"],
                              reports[number % len(reports)]["findings"])  # fmt: skip
        day = call["started_at"].date()
        row = {
            **facts.values_of(connection, told), "conversation": conversation, "day": day,
            "month": facts.month_of(day), "agent_id": call["agent_id"], "team": f"{number % 8} 班",
            "channel": "hotline", "business_line": "", "content": f"{number:064}", "machine": told.total,
            "shown_at": call["started_at"], "acknowledged_at": None, "frame": None,
        }  # fmt: skip
        rows.append(row)
        counts.append({"conversation": conversation, "counts": facts.counts_of(told)})
    connection.execute(insert(q.CallFact), rows)
    connection.execute(insert(q.CallCount), counts)
    both = zip(rows, counts, strict=True)
    facts.add_up(connection, [({**row, "counts": each["counts"]}, 1) for row, each in both])


def _asked(url: str, body: dict[str, Any] | None = None) -> tuple[float, Any]:
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {server.TOKEN}", "content-type": "application/json"}
    request = Request(url, data=data, headers=headers)  # noqa: S310 (our own)
    begun = perf_counter()
    with urlopen(request) as answer:  # noqa: S310
        told = answer.read()
    return perf_counter() - begun, json.loads(told)


def _looks(url: str, looks: int) -> list[float]:
    return [_asked(url)[0] for _ in range(looks + 1)][1:]


def _verdicts(address: str, looks: int) -> list[float]:
    """Return how long verdicts on items took, on a call for every ten of them."""
    taken = []
    for number in range(looks):
        number_of = _asked(f"{address}/api/qa/reviews", {"call_id": f"call-{number // 10:06}"})[1]["number"]
        path = f"{address}/api/qa/reviews/{number_of}"
        version = _asked(path)[1]["version"]
        body = {
            "version": version,
            "part": "item",
            "name": "closing",
            "word": "not_applicable",
            "reason": "转接",
        }
        taken.append(_asked(f"{path}/verdicts", body)[0])
    return taken[1:]


def _percentiles(name: str, times: Sequence[float]) -> dict[str, float]:
    return {f"{name}-p{share}-ms": round(percentile(times, share / 100) * 1_000, 1) for share in (50, 95)}


if __name__ == "__main__":
    raise SystemExit(main())
