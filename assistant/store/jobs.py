"""Jobs: what is to be done later, and done by one worker of all that share the database.

A job is asked for in the transaction of what gives rise to it (`enqueue`). A worker takes it up for a lease,
and keeps that alive while it works. Where a worker dies the lease ends and another takes over: a job may
begin more than once, so it is made of steps that may be repeated. Who has lost a job can't end it any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update

from assistant.errors import ConflictError
from assistant.store import work_models as w
from assistant.store.audit import note
from assistant.store.dialect import upsert
from assistant.store.signals import JOBS, signal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from sqlalchemy import ColumnElement, Connection, RowMapping

WAITING, RUNNING, DONE, DEAD = "waiting", "running", "done", "dead"
STATUSES = (WAITING, RUNNING, DONE, DEAD)
LEASE_S = 30.0
LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. `done` of `total` steps are behind it; `error` is what went wrong last."""

    number: int
    kind: str
    status: str
    asked_by: str
    attempts: int
    done: int
    total: int | None
    result: Mapping[str, Any] | None
    error: str | None
    made_at: datetime
    due_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours while nobody has a later epoch; `attempts` counts this one, too."""

    number: int
    epoch: int
    kind: str
    payload: Mapping[str, Any]
    attempts: int
    asked_by: str = ""


@dataclass(frozen=True, slots=True)
class Recurring:
    """A job that is asked for again and again, its payload holding ``due``, the moment it was meant for.

    `after` returns the due time that follows on another. The first one is that after now, or now (`at_once`).
    Of those that passed while nobody was there each is made up for (`each_missed`), or the latest alone.
    """

    name: str
    kind: str
    after: Callable[[datetime], datetime]
    at_once: bool = False
    each_missed: bool = False


def enqueue(
    connection: Connection,
    kind: str,
    payload: Mapping[str, Any],
    *,
    run_after: datetime | None = None,
    unique: str | None = None,
    by: str = "",
) -> int:
    """Ask for a job in this transaction; return its number.

    Where a job of the name `unique` waits or runs already it is that one's. `by` may follow how it goes.
    """
    now = datetime.now(UTC)
    values = {
        "kind": kind, "payload": dict(payload), "unique_key": unique, "asked_by": by, "status": WAITING,
        "due_at": run_after or now, "made_at": now, "epoch": 0, "attempts": 0, "done": 0,
    }  # fmt: skip
    put = upsert(connection, w.Job, values, key=["unique_key"], change=[]).returning(w.Job.number)
    number: int | None = None
    while number is None:
        number = connection.execute(put).scalar()
        if number is None:  # None again where that one has ended in between
            number = connection.execute(select(w.Job.number).where(w.Job.unique_key == unique)).scalar()
    signal(connection, JOBS)
    return number


def next_due(connection: Connection, kinds: Collection[str]) -> datetime | None:
    """Return when there is a job to take up, as things stand; None for never."""
    query = select(func.min(w.Job.due_at)).where(*_open(kinds))
    return connection.execute(query).scalar()


def claim(
    connection: Connection, kinds: Collection[str], owner: str, *, lease_s: float = LEASE_S
) -> Claim | None:
    """Take up the job that has waited longest, of those kinds; None where there is none."""
    now = datetime.now(UTC)
    longest = (
        select(w.Job.number)
        .where(*_open(kinds), w.Job.due_at <= now)
        .order_by(w.Job.due_at, w.Job.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(w.Job)
        .where(w.Job.number == longest.scalar_subquery())
        .values(
            status=RUNNING, owner=owner, epoch=w.Job.epoch + 1, attempts=w.Job.attempts + 1,
            due_at=now + timedelta(seconds=lease_s), started_at=now,
        )
        .returning(w.Job.__table__)
    )  # fmt: skip
    row = connection.execute(taken).mappings().first()
    if row is None:
        return None
    return Claim(
        row["number"], row["epoch"], row["kind"], row["payload"], row["attempts"], row["asked_by"]
    )  # fmt: skip


def keep(
    connection: Connection, claim: Claim, done: int, total: int | None, *, lease_s: float = LEASE_S
) -> None:
    """Keep a job ours, and note how far it has come; raises ConflictError (``lost``)."""
    until = datetime.now(UTC) + timedelta(seconds=lease_s)
    _change(connection, claim, {"due_at": until, "done": done, "total": total})


def finish(
    connection: Connection,
    claim: Claim,
    result: Mapping[str, Any] | None,
    done: int = 0,
    total: int | None = None,
) -> None:
    """End a job well; raises ConflictError (``lost``)."""
    more = {"done": done, "total": total, "result": None if result is None else dict(result), "error": None}
    _change(connection, claim, {**_ended(DONE), **more})


def put_back(connection: Connection, claim: Claim, error: str, after: timedelta) -> None:
    """Let a job that failed be tried again later; raises ConflictError (``lost``)."""
    due = datetime.now(UTC) + after
    _change(connection, claim, {"status": WAITING, "due_at": due, "error": error[:LONGEST_ERROR]})
    if not after:
        signal(connection, JOBS)


def bury(connection: Connection, claim: Claim, error: str) -> None:
    """Give a job up that failed too often: it stays to be seen; raises ConflictError (``lost``)."""
    _change(connection, claim, {**_ended(DEAD), "error": error[:LONGEST_ERROR]})


def release(connection: Connection, claim: Claim) -> None:
    """Let another worker take a job up at once, as if this one had not; raises ConflictError (``lost``)."""
    now, attempts = datetime.now(UTC), claim.attempts - 1
    _change(connection, claim, {"status": WAITING, "due_at": now, "attempts": attempts})
    signal(connection, JOBS)


def revive(connection: Connection, by: str, number: int) -> bool:
    """Let a job that was given up be tried anew; False where there is none."""
    changed = {"status": WAITING, "due_at": datetime.now(UTC), "attempts": 0, "ended_at": None}
    dead = update(w.Job).where(w.Job.number == number, w.Job.status == DEAD)
    if connection.execute(dead.values(changed)).rowcount != 1:
        return False
    note(connection, by, "job.retry", str(number))
    signal(connection, JOBS)
    return True


def list_jobs(
    connection: Connection, *, limit: int, before: int | None = None, status: str | None = None,
    kind: str | None = None, asked_by: str | None = None,
) -> list[Job]:  # fmt: skip
    """Return jobs, the latest first; those `asked_by` somebody alone, where it is named."""
    query = select(w.Job.__table__).order_by(w.Job.number.desc()).limit(limit)
    bounds: Iterable[tuple[Any, Any]] = (
        (w.Job.status, status), (w.Job.kind, kind), (w.Job.asked_by, asked_by),
    )  # fmt: skip
    for column, wanted in bounds:
        if wanted is not None:
            query = query.where(column == wanted)
    if before is not None:
        query = query.where(w.Job.number < before)
    return [_job(row) for row in connection.execute(query).mappings()]


def find_job(connection: Connection, number: int) -> Job | None:
    row = connection.execute(select(w.Job.__table__).where(w.Job.number == number)).mappings().first()
    return None if row is None else _job(row)


def tick(connection: Connection, recurring: Recurring, now: datetime | None = None) -> list[int]:
    """Ask for a recurring job where its time has come; return the numbers of the jobs.

    Each due time is asked for once, whoever ticks, however many do.
    """
    now = now or datetime.now(UTC)
    at = connection.execute(select(w.Schedule.next_at).where(w.Schedule.name == recurring.name)).scalar()
    if at is None:
        at = now if recurring.at_once else recurring.after(now)
        values = {"name": recurring.name, "next_at": at}
        connection.execute(upsert(connection, w.Schedule, values, key=["name"], change=[]))
    due = []
    following = at
    while following <= now:
        due.append(following)
        following = recurring.after(following)
    if not due:
        return []
    here = update(w.Schedule).where(w.Schedule.name == recurring.name, w.Schedule.next_at == at)
    if connection.execute(here.values(next_at=following)).rowcount != 1:
        return []  # another worker was first
    wanted = due if recurring.each_missed else due[-1:]
    return [enqueue(connection, recurring.kind, {"due": moment.isoformat()}) for moment in wanted]


def next_ticks(connection: Connection, names: Collection[str]) -> dict[str, datetime]:
    """Return when recurring jobs are asked for next; those nobody has ticked yet are left out."""
    query = select(w.Schedule.name, w.Schedule.next_at).where(w.Schedule.name.in_(names))
    return {row.name: row.next_at for row in connection.execute(query)}


def figures(connection: Connection) -> dict[str, Any]:
    """Return how many jobs there are of each status, and since when the oldest one is overdue (or None)."""
    counted = select(w.Job.status, func.count()).group_by(w.Job.status)
    numbers = {row[0]: row[1] for row in connection.execute(counted)}
    overdue = select(func.min(w.Job.due_at)).where(w.Job.status == WAITING, w.Job.due_at <= datetime.now(UTC))
    return {
        "statuses": {status: numbers.get(status, 0) for status in STATUSES},
        "oldest": connection.execute(overdue).scalar(),
    }


def clear_jobs(
    connection: Connection, ended: str, before: datetime, most: int, kinds: Collection[str] = ()
) -> int:
    """Delete jobs (of `kinds`, where any are named) that ended so (DONE or DEAD) before, `most` of them;
    return how many.
    """  # noqa: D205
    old = select(w.Job.number).where(w.Job.status == ended, w.Job.ended_at < before).limit(most)
    if kinds:
        old = old.where(w.Job.kind.in_(kinds))
    return connection.execute(delete(w.Job).where(w.Job.number.in_(old))).rowcount


def _open(kinds: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return w.Job.status.in_((WAITING, RUNNING)), w.Job.kind.in_(kinds)


def _ended(status: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"status": status, "ended_at": now, "due_at": now, "unique_key": None, "owner": None}


def _change(connection: Connection, claim: Claim, values: Mapping[str, Any]) -> None:
    ours = w.Job.number == claim.number, w.Job.epoch == claim.epoch, w.Job.status == RUNNING
    if connection.execute(update(w.Job).where(*ours).values(dict(values))).rowcount != 1:
        raise ConflictError("the job is another worker's", code="lost")


def _job(row: RowMapping) -> Job:
    return Job(**{name: row[name] for name in Job.__slots__})
