"""The complaint desk: a month of cases with a moved clock, and its pages with many cases.

``python -m benchmarks.desk month [--cases 20000] [--database URL|postgresql]`` lets two workers take cases
through all states, hour by hour; one of them is killed (SIGKILL) while it works and while it claims
deadlines, and started again. Then every deadline that was missed has to be told once, no other at all, and
the figures have to be those counted anew from the raw events.

``python -m benchmarks.desk pages [--cases 200000] [--looks 20] [--database ...]`` stores cases at once and
asks `huashu serve` for what the pages ask, from the same machine: 50th and 95th percentile in
milliseconds, from the request to the last byte. A missed goal is shown and is no failure.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

from sqlalchemy import insert, select

from assistant.bootstrap import load_desk
from assistant.desk.calendar import SHANGHAI
from assistant.desk.house import Person
from assistant.desk.kpis import month_of
from assistant.settings import Settings
from assistant.store.database import open_store
from assistant.store.desk import callbacks, clock, deeds
from assistant.store.desk import models as m
from assistant.store.desk.cases import Opening, act, open_case
from assistant.store.desk.figures import Asked, counts
from assistant.store.desk.ledger import Acting, day_of
from benchmarks import server
from benchmarks.goals import Goal
from benchmarks.machine import machine
from benchmarks.timing import percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from assistant.desk.house import Desk
    from assistant.store.database import Connection, Store

START = datetime(2026, 9, 1, tzinfo=SHANGHAI)
DAYS, AFTER_DAYS = 30, 15
"""Days on which complaints come in, and days after them in which the last ones are finished."""
WORKERS = 2
REOPENED = 2
"""Satisfaction up to which a case is opened again, as callbacks.yml has it."""
_BATCH = 100
_WHAT = (
    "快递三天了还没送到",
    "空调装完就漏水",
    "话费多扣了二十块",
    "客服态度很差，一直推",
    "电梯又停了，老人下不来",
)
_KINDS = ("delivery", "quality", "billing", "attitude", "facility")
_PRODUCTS = ("快递", "空调", "套餐", "热线", "电梯")
_TEAMS, _REGIONS = ("一组", "二组", "三组", "四组"), ("华东", "华南", "华北", "西南")
_AGENT, _LEADER = Person("坐席", "agent"), Person("主管", "director")
PAGES_GOAL = Goal("page-ms", "a page of the desk, the slowest, p95", 300, " ms")
VIEWS: tuple[tuple[str, str], ...] = (
    ("the queue", "/api/cases?open=true&limit=50"),
    ("what is overdue", "/api/cases?overdue=true&limit=50"),
    ("open cases counted", "/api/cases/summary"),
    ("closed cases of a month", "/api/cases?open=false&month={month}&limit=50"),
    ("cases a figure counts", "/api/cases?hit=late&month={month}&limit=50"),
    ("one case", "/api/cases/100"),
    ("callbacks", "/api/callbacks"),
    ("figures of a month", "/api/kpi?first={month}&last={month}"),
    ("figures of twelve months", "/api/kpi?first={first}&last={month}&by=received_month"),
    ("figures of a month by agent", "/api/kpi?first={month}&last={month}&by=agent_id"),
    ("complaints of a month analysed", "/api/kpi/analysis?first={month}&last={month}"),
)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that happens to case `case` at `at`; `name` is an action, or open, callback."""

    at: datetime
    case: int
    place: int
    name: str
    value: Any = None


def plan(case: int) -> list[Deed]:
    """Return what happens to a case, the same each time it is asked."""
    chance = random.Random(case)  # noqa: S311 (a simulation)
    kind = chance.randrange(len(_KINDS))
    severity = chance.choices(["minor", "important", "grave"], [70, 22, 8])[0]
    record = {
        "customer": f"客户{case}",
        "what": _WHAT[kind],
        "kind": _KINDS[kind],
        "product": _PRODUCTS[kind],
        "demand": "尽快处理",
        "severity": severity,
        "team": chance.choice(_TEAMS),
        "region": chance.choice(_REGIONS),
        "agent_id": str(1_000 + chance.randrange(60)),
        "department": f"{_PRODUCTS[kind]}部",
        "in_charge": "负责人",
        "level": chance.choices(["ordinary", "key", "cross_region"], [85, 10, 5])[0],
        "solution": "已安排处理",
        "need": chance.choices(["complaint", "inquiry"], [80, 20])[0],
        "answer": "已处理完毕",
        "cause": "process",
    }
    at = START + timedelta(days=DAYS * chance.random())
    planned = [Deed(at, case, 0, "open", record)]

    def then(name: str, hours: float, value: Any = None) -> None:
        nonlocal at
        at += timedelta(hours=hours)
        planned.append(Deed(at, case, len(planned), name, value))

    def handle() -> None:
        then("assign", chance.expovariate(0.35))
        if chance.random() < 0.1:
            then("escalate", chance.expovariate(0.35))
        then("investigate", chance.expovariate(0.35))
        if chance.random() < 0.08:
            then("pause", chance.expovariate(0.35))
            then("resume", chance.expovariate(0.06))
        if chance.random() < 0.08:
            then("overrun", chance.expovariate(0.35))
        for name in ("propose", "agree"):
            then(name, chance.expovariate(0.35))
        then("carry_out", chance.expovariate(0.06))
        then("answer", chance.expovariate(1))

    if chance.random() < 0.1:
        then("solve_on_site", 0.2)
    else:
        then("register", chance.expovariate(1))
        upward = {"important": "hand_to_supervisor", "grave": "report_upward"}.get(severity)
        if upward:
            then(upward, chance.expovariate(2))
        handle()
    then("announce_callback", chance.expovariate(0.2))
    if record["need"] == "inquiry":
        then("close_plain", 1)
        return planned
    rating = chance.choices([5, 4, 3, 2, 1], [40, 35, 15, 7, 3])[0]
    then("callback", 24 + chance.expovariate(0.03), rating)
    if rating <= REOPENED:
        handle()
        then("announce_callback", chance.expovariate(0.2))
        then("callback", 24 + chance.expovariate(0.03), 4)
    then("close", 1)
    return planned


def worker(database: str, cases: int, place: int) -> int:
    """Do what is asked on stdin: ``act HOUR`` or ``tick HOUR``; answer ``done`` after each."""
    desk = load_desk(Settings())
    store = open_store(database)
    by_hour: dict[int, list[Deed]] = {}
    for case in range(place, cases, WORKERS):
        for deed in plan(case):
            by_hour.setdefault(int((deed.at - START) / timedelta(hours=1)), []).append(deed)
    for line in sys.stdin:
        name, hour = line.split()
        if name == "act":
            waiting = [
                store.write(partial(_do, desk=desk, deed=deed))
                for deed in sorted(by_hour.get(int(hour), ()), key=lambda one: (one.at, one.case, one.place))
            ]
            for each in waiting:
                each.result()
        else:
            now = START + timedelta(hours=int(hour) + 1)
            while (
                store.write(partial(clock.claim_deadlines, desk=desk, now=now, most=_BATCH)).result()
                == _BATCH
            ):
                pass
        sys.stdout.write("done\n")
        sys.stdout.flush()
    store.close()
    return 0


def _do(connection: Connection, desk: Desk, deed: Deed) -> None:
    """Do a deed; done already, as after a kill, it changes nothing."""
    name = f"sim-{deed.case}"
    if deed.name == "open":
        opening = Opening(deed.value, deed.at, external_id=name, customer_key=f"customer-{deed.case % 9_973}")
        open_case(Acting(connection, desk, _AGENT, deed.at), opening)
        return
    number = connection.execute(select(m.Case.number).where(m.Case.external_id == name)).scalar_one()
    acting = Acting(connection, desk, _LEADER, deed.at)
    if deed.name == "overrun":
        _give_time(acting, number)
        return
    if deed.name != "callback":
        act(acting, number, deed.name, reason="模拟", key=f"sim-{deed.place}")
        return
    waiting = select(m.Callback.number).where(
        m.Callback.case == number, m.Callback.campaign == "satisfaction"
    )
    for callback in connection.execute(waiting.where(m.Callback.status == "waiting")).scalars().all():
        made = callbacks.Attempt("reached", consent=True, satisfaction=deed.value)
        callbacks.attempt(acting, callback, made)


def _give_time(acting: Acting, number: int) -> None:
    """Approve more time for the answer, once, where it still runs."""
    duty = m.CaseDuty
    running = select(duty.due_at).where(
        duty.case == number, duty.duty == "answer", duty.met_at.is_(None), duty.extension == 0
    )
    due = acting.connection.execute(running).scalar()
    if due is not None:
        until = max(due, acting.now) + timedelta(hours=24)
        deeds.approve_overrun(acting, number, "answer", until, "模拟")


def month(database: str, cases: int) -> dict[str, Any]:
    """Let two workers live through the month; return what was measured and whether it is right."""
    begun = perf_counter()
    hours = 24 * (DAYS + AFTER_DAYS)
    workers = [_start(database, cases, place) for place in range(WORKERS)]
    kills = {hours // 4: "act", hours // 3: "tick", hours // 2: "act"}
    killed = 0
    for hour in range(hours):
        for step in ("act", "tick"):
            for each in workers:
                _tell(each, f"{step} {hour}")
            if kills.get(hour) == step:
                sleep(0.02)
                workers[1].send_signal(signal.SIGKILL)
                workers[1].wait()
                killed += 1
                workers[1] = _start(database, cases, 1)
                _tell(workers[1], f"{step} {hour}")
            for each in workers:
                if each.stdout is None or each.stdout.readline() != "done\n":
                    raise SystemExit("a worker failed")
        if hour % 24 == 23:
            seconds = perf_counter() - begun
            sys.stderr.write(f"day {hour // 24 + 1} of {hours // 24}: {seconds:.0f} s\n")
    for each in workers:
        if each.stdin is not None:
            each.stdin.close()
        each.wait(30)
    seconds = perf_counter() - begun
    store = open_store(database)
    told = {
        "cases": cases,
        "seconds": round(seconds, 1),
        "kills": killed,
        **judge(store, START + timedelta(hours=hours)),
    }
    store.close()
    return told


def _start(database: str, cases: int, place: int) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.desk",
        "worker",
        "--database",
        database,
        "--cases",
        str(cases),
    ]
    return subprocess.Popen(  # noqa: S603
        [*command, "--place", str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def _tell(process: subprocess.Popen[str], line: str) -> None:
    if process.stdin is not None:
        process.stdin.write(line + "\n")
        process.stdin.flush()


def judge(store: Store, end: datetime) -> dict[str, Any]:
    """Hold deadline events and figures against what the raw events say."""
    with store.engine.connect() as connection:
        duties = connection.execute(select(m.CaseDuty.__table__)).mappings().all()
        rows = (
            connection.execute(
                select(
                    m.CaseEvent.case,
                    m.CaseEvent.kind,
                    m.CaseEvent.at,
                    m.CaseEvent.detail,
                    m.CaseEvent.to_state,
                ).order_by(m.CaseEvent.case, m.CaseEvent.at, m.CaseEvent.number)
            )
            .mappings()
            .all()
        )
        written = Counter(
            (row["case"], row["detail"]["duty"], row["detail"]["round"], row["detail"]["extension"])
            for row in rows
            if row["kind"] == "deadline_missed"
        )
        late = {
            (duty["case"], duty["duty"], duty["round"], duty["extension"])
            for duty in duties
            if duty["due_at"] is not None and duty["due_at"] < (duty["met_at"] or end)
        }
        near = Counter(
            (row["case"], row["detail"]["duty"], row["detail"]["round"], row["detail"]["extension"])
            for row in rows
            if row["kind"] == "deadline_near"
        )
        least = load_desk(Settings()).rules.kpis.satisfied_from
        first, last = month_of(START), month_of(end)
        asked = Asked(first, last, "received_month")
        said = counts(connection, asked, satisfied_from=least)
    anew = recount(rows, {duty["case"]: duty for duty in duties if duty["duty"] == "answer"}, store, least)
    wrong = [
        (name, key)
        for name, row in anew.items()
        for key, value in row.items()
        if abs(value - said.get(name, {}).get(key, 0.0)) > 1e-6 * max(1.0, value)
    ]
    return {
        "events": len(rows),
        "deadlines": len(duties),
        "missed": len(late),
        "missed_written": sum(written.values()),
        "missed_twice": sum(number > 1 for number in written.values()),
        "missed_untold": len(late - set(written)),
        "told_not_missed": len(set(written) - late),
        "near_written": sum(near.values()),
        "near_twice": sum(number > 1 for number in near.values()),
        "states": sorted({row["to_state"] for row in rows if row["to_state"]}),
        "figures_wrong": wrong[:5],
        "figures_compared": sum(len(row) for row in anew.values()),
    }


def recount(
    rows: Sequence[Any], answers: dict[int, Any], store: Store, satisfied_from: int
) -> dict[str, dict[str, float]]:
    """Count the standard's figures from the raw events alone (and what was said at the opening)."""
    del answers
    with store.engine.connect() as connection:
        known = {
            row["number"]: row
            for row in connection.execute(select(m.Case.number, m.Case.record, m.Case.received_at)).mappings()
        }
    history: dict[int, list[Any]] = {}
    for row in rows:
        history.setdefault(row["case"], []).append(row)
    told: dict[str, dict[str, float]] = {}
    for number, events in history.items():
        record = known[number]["record"]
        received = next(event["at"] for event in events if event["kind"] == "received")
        starts = [received] + [event["at"] for event in events if event["kind"] == "reopened"]
        ends = [
            next((e["at"] for e in events if e["kind"] == "answered" and e["at"] >= begun), None)
            for begun in starts
        ]
        answered = ends[-1]
        timely = all(
            done is not None and done <= _limit(begun, events)
            for begun, done in zip(starts, ends, strict=True)
        )
        rated = [event["detail"]["satisfaction"] for event in events if event["detail"].get("satisfaction")]
        satisfied = bool(rated) and rated[-1] >= satisfied_from
        repeats = any(event["kind"] == "repeat_found" for event in events)
        row = told.setdefault(month_of(received), Counter())  # type: ignore[arg-type]
        row["cases"] += 1
        row["answered"] += answered is not None
        row["timely"] += answered is not None and timely
        row["answer_hours"] += (answered - received).total_seconds() / 3_600 if answered is not None else 0
        row["repeats"] += repeats
        row["firsts"] += not repeats
        row["rated"] += bool(rated)
        row["satisfied"] += satisfied
        for level, key in (("key", "key"), ("cross_region", "cross_region")):
            row[key] += record["level"] == level
            row[f"{key}_satisfied"] += record["level"] == level and satisfied
        row["inquiries"] += record["need"] == "inquiry"
        row["inquiry_satisfied"] += record["need"] == "inquiry" and satisfied
    return told


def _limit(begun: datetime, events: Sequence[Any]) -> datetime:
    """Return the 48 hours' end, later by each pause that began before it."""
    due = begun + timedelta(hours=48)
    paused: datetime | None = None
    for event in events:
        if event["kind"] == "paused":
            paused = event["at"]
        elif event["kind"] == "resumed" and paused is not None:
            if begun <= paused < due:
                due += event["at"] - paused
            paused = None
    return due


def live_through(store: Store, desk: Desk, cases: int) -> datetime:
    """Live through the month in this process; return its end. For tests: few cases."""
    planned = sorted(
        (deed for case in range(cases) for deed in plan(case)), key=lambda one: (one.at, one.place)
    )
    end = START + timedelta(days=DAYS + AFTER_DAYS)
    due = START
    waiting: list[Future[Any]] = []
    for deed in planned:
        while due + timedelta(hours=12) <= min(deed.at, end):
            due += timedelta(hours=12)
            waiting.append(store.write(partial(clock.claim_deadlines, desk=desk, now=due, most=10_000)))
        if deed.at < end:
            waiting.append(store.write(partial(_do, desk=desk, deed=deed)))
    waiting.append(store.write(partial(clock.claim_deadlines, desk=desk, now=end, most=10_000)))
    for each in waiting:  # they are done in their order, many in one transaction
        each.result()
    return end


def fill(store: Store, cases: int, now: datetime) -> None:
    """Store cases of a year at once, a fortieth of them open, with deadlines, events, callbacks."""
    chance = random.Random(7)  # noqa: S311
    for first in range(1, cases + 1, 2_000):
        numbers = range(first, min(first + 2_000, cases + 1))
        rows = [_row(number, cases, now, chance) for number in numbers]
        open_rows = [row for row in rows if row["is_open"]]
        with store.engine.execution_options(writes=True).begin() as connection:
            connection.execute(insert(m.Case), rows)
            connection.execute(insert(m.CaseEvent), [event for row in rows for event in _events(row)])
            if open_rows:
                connection.execute(insert(m.CaseDuty), [_duty(row) for row in open_rows])
                connection.execute(insert(m.Callback), [_callback(row) for row in open_rows])


def _row(number: int, cases: int, now: datetime, chance: random.Random) -> dict[str, Any]:
    kind = chance.randrange(len(_KINDS))
    received = now - timedelta(days=365) * (1 - number / cases)
    is_open = number > cases * 39 // 40
    hours = chance.expovariate(1 / 24)
    record = {
        "customer": f"客户{number}",
        "what": _WHAT[kind] * 3,
        "kind": _KINDS[kind],
        "product": _PRODUCTS[kind],
        "severity": "minor",
        "solution": "已安排处理" * 6,
        "answer": "已处理完毕" * 6,
        "need": "complaint",
    }
    return {
        "number": number,
        "external_id": f"fill-{number}",
        "trial": False,
        "state": "registered" if is_open else "closed",
        "is_open": is_open,
        "level": 0,
        "urgency": 0 if chance.random() < 0.01 else 2,
        "owner": f"坐席{number % 60}",
        "owner_rank": "agent",
        "customer_key": f"{number:064x}",
        "repeat_of": None,
        "need": "complaint",
        "severity": "minor",
        "kind": _KINDS[kind],
        "customer_level": "key" if number % 9 == 0 else "ordinary",
        "channel": "hotline",
        "cause": "process",
        "product": _PRODUCTS[kind],
        "department": f"{_PRODUCTS[kind]}部",
        "region": _REGIONS[number % 4],
        "team": _TEAMS[number % 3],
        "agent_id": str(1_000 + number % 60),
        "record": record,
        "proposed": {},
        "received_at": received,
        "received_day": day_of(received),
        "received_month": month_of(received),
        "answered_at": None if is_open else received + timedelta(hours=hours),
        "answer_hours": None if is_open else hours,
        "in_time": None if is_open else hours <= 48,
        "closed_at": None if is_open else received + timedelta(days=5),
        "satisfaction": None if is_open else chance.choice([5, 4, 3]),
        "first_contact": False,
        "next_due_at": received + timedelta(hours=48) if is_open else None,
    }


def _events(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for place, kind in enumerate(("received", "registered" if row["is_open"] else "closed")):
        yield {
            "case": row["number"], "key": f"{row['number']}/{kind}", "kind": kind, "by": row["owner"],
            "detail": {}, "at": row["received_at"] + timedelta(hours=place), "stored_at": row["received_at"],
        }  # fmt: skip


def _duty(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "case": row["number"],
        "duty": "answer",
        "round": 0,
        "extension": 0,
        "began_at": row["received_at"],
        "due_at": row["next_due_at"],
        "standard_at": row["next_due_at"],
        "told": "missed",
    }


def _callback(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": f"fill/{row['number']}",
        "campaign": "answer",
        "case": row["number"],
        "customer": "客户",
        "lead": "supervisor",
        "status": "waiting",
        "due_at": row["next_due_at"],
        "next_at": row["next_due_at"],
        "attempts": 0,
        "detail": {},
    }


def pages(database: str, cases: int, looks: int) -> dict[str, Any]:
    """Return how long each view takes with so many cases."""
    now = datetime.now(UTC)
    store = open_store(database)
    begun = monotonic()
    fill(store, cases, now)
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    store.close()
    filled = round(monotonic() - begun, 1)
    months = {"month": month_of(now - timedelta(days=31)), "first": month_of(now - timedelta(days=364))}
    times: dict[str, list[float]] = {}
    with server.serving(database, ["desk", "kpi"]) as running:
        for title, path in VIEWS:
            url = running.address + path.format(**months)
            request = Request(url, headers={"authorization": f"Bearer {server.TOKEN}"})  # noqa: S310
            taken = []
            for _ in range(looks + 1):
                start = perf_counter()
                with urlopen(request) as answer:  # noqa: S310
                    answer.read()
                taken.append(perf_counter() - start)
            times[title] = taken[1:]
    views = {
        title: {f"p{share}-ms": round(percentile(taken, share / 100) * 1_000, 1) for share in (50, 95)}
        for title, taken in times.items()
    }
    slowest = max(each["p95-ms"] for each in views.values())
    return {
        "cases": cases,
        "filled_s": filled,
        "views": views,
        PAGES_GOAL.key: slowest,
        "verdict": PAGES_GOAL.verdict(slowest),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.desk", description="Measure the complaint desk.")
    parser.add_argument("what", choices=["month", "pages", "worker"])
    parser.add_argument("--cases", type=int)
    parser.add_argument("--looks", type=int, default=20, help="requests for each view")
    parser.add_argument("--database", help="an empty one, or: postgresql; default: an SQLite file")
    parser.add_argument("--place", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE")
    asked = parser.parse_args(arguments)
    if asked.what == "worker":
        return worker(asked.database, asked.cases, asked.place)
    with (
        tempfile.TemporaryDirectory(prefix="huashu-desk-") as name,
        server.database(asked.database, Path(name)) as address,
    ):
        if asked.what == "month":
            told = month(address, asked.cases or 20_000)
        else:
            told = pages(address, asked.cases or 200_000, asked.looks)
    told |= {"database": asked.database or "sqlite", "machine": machine()}
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n")
    if asked.json:
        Path(asked.json).write_text(
            json.dumps(told, ensure_ascii=False, indent=1, default=str), encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
