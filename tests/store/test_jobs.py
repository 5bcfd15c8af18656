"""Jobs in the database: asked for, taken up once, kept alive, ended, taken over."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from assistant.errors import ConflictError
from assistant.store import jobs
from assistant.store import work_models as w
from assistant.store.database import open_store
from assistant.web.jobs import daily, every

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.store.database import Store

HOUR = timedelta(hours=1)
NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)


def ask(store: Store, kind: str = "k", **more: Any) -> int:
    return store.write(partial(jobs.enqueue, kind=kind, payload={"n": 1}, **more)).result(10)


def take(store: Store, *kinds: str, lease_s: float = 30.0) -> jobs.Claim | None:
    return store.write(partial(jobs.claim, kinds=kinds or ("k",), owner="w", lease_s=lease_s)).result(10)


def taken(store: Store, **more: Any) -> jobs.Claim:
    claim = take(store, **more)
    assert claim is not None
    return claim


def state(store: Store, number: int) -> jobs.Job:
    job = store.read(partial(jobs.find_job, number=number))
    assert job is not None
    return job


def test_a_job_is_taken_up_once_and_ends(store: Store) -> None:
    number = ask(store, by="李明")
    assert store.read(partial(jobs.next_due, kinds=["other"])) is None
    due = store.read(partial(jobs.next_due, kinds=["k"]))
    assert due is not None
    assert due <= datetime.now(UTC)
    claim = taken(store)
    assert (claim.number, claim.payload, claim.attempts, claim.asked_by) == (number, {"n": 1}, 1, "李明")
    assert take(store) is None
    store.write(partial(jobs.keep, claim=claim, done=3, total=9)).result(10)
    assert (state(store, number).done, state(store, number).total) == (3, 9)
    store.write(partial(jobs.finish, claim=claim, result={"found": 2}, done=9, total=9)).result(10)
    ended = state(store, number)
    assert (ended.status, ended.result, ended.done) == (jobs.DONE, {"found": 2}, 9)
    assert take(store) is None


def test_a_job_waits_for_its_kind_and_its_time(store: Store) -> None:
    ask(store, "later", run_after=datetime.now(UTC) + HOUR)
    ask(store, "other")
    assert take(store, "later", "k") is None
    due = store.read(partial(jobs.next_due, kinds=["later"]))
    assert due is not None
    assert due > datetime.now(UTC)
    claim = take(store, "later", "other")
    assert claim is not None
    assert claim.kind == "other"


def test_what_fails_is_taken_back_with_what_asked_for_it(store: Store) -> None:
    def asks_and_fails(connection: Any) -> None:
        jobs.enqueue(connection, "k", {})
        raise ValueError

    with pytest.raises(ValueError):
        store.write(asks_and_fails).result(10)
    assert take(store) is None


def test_one_of_a_name_at_a_time(store: Store) -> None:
    first = ask(store, unique="report")
    assert ask(store, unique="report") == first
    claim = taken(store)
    assert ask(store, unique="report") == first
    store.write(partial(jobs.finish, claim=claim, result=None)).result(10)
    assert ask(store, unique="report") != first


def test_a_job_of_a_dead_worker_is_taken_over_and_the_dead_one_fenced(store: Store) -> None:
    number = ask(store)
    old = taken(store, lease_s=0)
    new = taken(store)
    assert (new.number, new.attempts) == (number, 2)
    for late in (
        partial(jobs.keep, done=1, total=1),
        partial(jobs.finish, result=None),
        partial(jobs.put_back, error="", after=HOUR),
        partial(jobs.bury, error=""),
        jobs.release,
    ):
        with pytest.raises(ConflictError):
            store.write(partial(late, claim=old)).result(10)
    store.write(partial(jobs.finish, claim=new, result=None)).result(10)


def test_failed_jobs_wait_and_dead_ones_stay_to_be_seen(store: Store) -> None:
    number = ask(store)
    claim = taken(store)
    store.write(partial(jobs.put_back, claim=claim, error="x" * 900, after=HOUR)).result(10)
    assert (state(store, number).status, len(state(store, number).error or "")) == (jobs.WAITING, 500)
    assert take(store) is None
    store.write(lambda c: c.execute(update(w.Job).values(due_at=NOW))).result(10)
    claim = taken(store)
    store.write(partial(jobs.bury, claim=claim, error="no use")).result(10)
    told = store.read(jobs.figures)
    assert told == {"statuses": {"waiting": 0, "running": 0, "done": 0, "dead": 1}, "oldest": None}
    assert not store.write(partial(jobs.revive, by="admin", number=number + 1)).result(10)
    assert store.write(partial(jobs.revive, by="admin", number=number)).result(10)
    assert taken(store).attempts == 1


def test_a_released_job_counts_no_try(store: Store) -> None:
    ask(store)
    store.write(partial(jobs.release, claim=taken(store))).result(10)
    assert taken(store).attempts == 1


def test_workers_share_the_jobs_among_them(database: str) -> None:
    """Four workers, each with a database connection of its own, take up a hundred jobs: each once."""
    stores = [open_store(database) for _ in range(4)]
    numbers = {ask(stores[0]) for _ in range(100)}

    def work(store: Store) -> Iterator[int]:
        while (claim := take(store)) is not None:
            store.write(partial(jobs.finish, claim=claim, result=None)).result(10)
            yield claim.number

    with ThreadPoolExecutor(4) as pool:
        counted = Counter(
            number for done in pool.map(lambda store: list(work(store)), stores) for number in done
        )
    for store in stores:
        store.close()
    assert counted == dict.fromkeys(numbers, 1)


def test_each_due_time_is_asked_for_once_whoever_ticks(database: str) -> None:
    stores = [open_store(database) for _ in range(3)]
    hourly = jobs.Recurring("clean", "k", every(HOUR), each_missed=True)
    stores[0].write(partial(jobs.tick, recurring=hourly, now=NOW)).result(10)
    for hours in range(1, 6):
        ticks = [
            store.write(partial(jobs.tick, recurring=hourly, now=NOW + hours * HOUR)) for store in stores
        ]
        assert sum(len(tick.result(10)) for tick in ticks) == 1
    dues = []
    while (claim := take(stores[0])) is not None:
        dues.append(claim.payload["due"])
    assert dues == [(NOW + hours * HOUR).isoformat() for hours in range(1, 6)]
    for store in stores:
        store.close()


@pytest.mark.parametrize(("each_missed", "hours"), [(True, [1, 2, 3]), (False, [3])])
def test_times_that_passed_meanwhile_are_made_up_for(
    store: Store, each_missed: bool, hours: list[int]
) -> None:
    hourly = jobs.Recurring("clean", "k", every(HOUR), each_missed=each_missed)
    assert store.write(partial(jobs.tick, recurring=hourly, now=NOW)).result(10) == []
    asked = store.write(partial(jobs.tick, recurring=hourly, now=NOW + 3.5 * HOUR)).result(10)
    assert len(asked) == len(hours)
    dues = [taken(store).payload["due"] for _ in hours]
    assert dues == [(NOW + hour * HOUR).isoformat() for hour in hours]
    assert store.read(partial(jobs.next_ticks, names=["clean"])) == {"clean": NOW + 4 * HOUR}


def test_the_first_time_may_be_at_once(store: Store) -> None:
    at_once = jobs.Recurring("clean", "k", every(HOUR), at_once=True)
    assert len(store.write(partial(jobs.tick, recurring=at_once, now=NOW)).result(10)) == 1
    assert store.write(partial(jobs.tick, recurring=at_once, now=NOW)).result(10) == []


@given(
    due=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
)
def test_daily_comes_within_a_day_at_its_time(due: datetime, hour: int, minute: int) -> None:
    following = daily(hour, minute)(due)
    assert timedelta(0) < following - due <= timedelta(hours=25)
    assert (following.astimezone().hour, following.astimezone().minute) == (hour, minute)


def test_ended_jobs_are_cleared_by_age(store: Store) -> None:
    for _ in range(3):
        ask(store)
        store.write(partial(jobs.finish, claim=taken(store), result=None)).result(10)
    waiting = ask(store)
    soon = datetime.now(UTC) + HOUR
    clear = partial(jobs.clear_jobs, ended=jobs.DONE, before=soon, most=2)
    assert [store.write(clear).result(10) for _ in range(2)] == [2, 1]
    assert [job.number for job in store.read(partial(jobs.list_jobs, limit=9))] == [waiting]
