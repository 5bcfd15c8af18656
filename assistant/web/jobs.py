"""Jobs of the service: every process works through what has been asked for (assistant.store.jobs).

Jobs that compute run one at a time in a thread of their own, and while live calls are under way they rest as
long as they work; jobs that wait for others (a database, a network) run several at once.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.errors import ConflictError, HuashuError
from assistant.store import jobs
from assistant.store.signals import JOBS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assistant.store.database import Connection
    from assistant.store.jobs import Claim, Recurring
    from assistant.web.service import Service

    Handler = Callable[["Work"], Mapping[str, Any] | None]

POLL_S = 1.0
AT_ONCE = 8
"""Jobs that wait for others, in one process."""
_RESTS_S = 0.25
_AGAIN_S = 0.05
_TOLD_S = 0.5
"""How often progress is written down."""
_log = logging.getLogger("huashu.jobs")


class StoppedError(Exception):
    """The job is to be left, for this process or another to take it up again."""


class AgainError(Exception):
    """The job failed and is to be tried again; `error` may be shown, `dead` gives it up at once."""

    def __init__(self, error: str, *, dead: bool = False) -> None:
        super().__init__(error)
        self.error = error
        self.dead = dead


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a job is tried (None: while it asks for it), and how long it waits: longer each time.

    The wait before the second try is `first_s` seconds, then `factor` times as long each, `most_s` at most,
    less a random part of up to a half, so that what failed together isn't tried together.
    """

    tries: int | None = 5
    first_s: float = 10.0
    factor: float = 2.0
    most_s: float = 3_600.0

    def wait(self, attempts: int) -> timedelta:
        """Return how long to wait after that many tries."""
        longest = min(self.most_s, self.first_s * self.factor ** min(attempts - 1, 64))
        return timedelta(seconds=longest * random.uniform(0.5, 1.0))  # noqa: S311 (no secret)


@dataclass(frozen=True, slots=True)
class _Kind:
    handler: Handler
    computes: bool
    patience: Patience


@dataclass(slots=True, eq=False)
class Work:
    """A job under way, as its handler sees it. Handlers run in a thread and may wait for what they ask."""

    service: Service
    claim: Claim
    done: int = 0
    total: int | None = None
    computes: bool = False
    stopping: bool = False
    told: tuple[int, int | None] = (0, None)
    kept: float = field(default_factory=time.monotonic)
    _begun: float = field(default_factory=time.monotonic)

    @property
    def payload(self) -> Mapping[str, Any]:
        return self.claim.payload

    def read(self, job: Callable[[Connection], Any]) -> Any:
        return self.service.store.read(job)

    def write(self, job: Callable[[Connection], Any]) -> Any:
        """Return what `job` gives when it is on disk."""
        return self.service.store.write(job).result()

    def progress(self, done: int, total: int | None = None) -> None:
        """Tell how many steps are done: after each, several times a second at best.

        Raises StoppedError where the process ends, or the job has become another's; let it pass.
        """
        self.done, self.total = done, total
        if self.stopping:
            raise StoppedError
        if self.computes:
            if self.service.live.metrics.calls:
                time.sleep(min(time.monotonic() - self._begun, _RESTS_S))
            self._begun = time.monotonic()


class JobRunner:
    """Takes up jobs of the kinds it was given handlers for, and asks for recurring ones."""

    def __init__(self, service: Service, *, lease_s: float = jobs.LEASE_S) -> None:
        self._service = service
        self._lease_s = lease_s
        self._kinds: dict[str, _Kind] = {}
        self._recurring: list[Recurring] = []
        self._works: set[Work] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._pools: list[ThreadPoolExecutor] = []
        self._stopping = False

    def handle(
        self, kind: str, handler: Handler, *, computes: bool = False, patience: Patience | None = None
    ) -> None:
        """Let `handler` do the jobs of a kind; its result (a JSON object, nothing customers said) is kept."""
        self._kinds[kind] = _Kind(handler, computes, patience or Patience())

    def each(self, recurring: Recurring) -> None:
        """Let a job be asked for again and again."""
        self._recurring.append(recurring)

    def start(self) -> None:
        for computes, size in ((True, 1), (False, AT_ONCE)):
            kinds = [kind for kind, known in self._kinds.items() if known.computes is computes]
            name = "huashu-compute" if computes else "huashu-job"
            pool = ThreadPoolExecutor(size, thread_name_prefix=name)
            self._pools.append(pool)
            self._tasks.append(asyncio.create_task(self._lane(kinds, size, pool)))
        self._tasks.append(asyncio.create_task(self._forever(self._keep, min(_TOLD_S, self._lease_s / 3))))
        self._tasks.append(asyncio.create_task(self._forever(self._tick, POLL_S)))

    async def close(self) -> None:
        """Take up nothing more; what is under way is left at its next step, or finished."""
        self._stopping = True
        for work in self._works:
            work.stopping = True
        self._service.signals.wake(JOBS)
        lanes, others = self._tasks[:2], self._tasks[2:]
        await asyncio.gather(*lanes)
        for task in others:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for pool in self._pools:
            pool.shutdown()

    async def _lane(self, kinds: list[str], size: int, pool: ThreadPoolExecutor) -> None:
        free = asyncio.Semaphore(size)
        under_way: set[asyncio.Task[None]] = set()
        while not self._stopping:
            await free.acquire()
            claim = await self._next(kinds)
            if claim is None:
                break
            task = asyncio.create_task(self._do(claim, pool))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            task.add_done_callback(lambda _: free.release())
        await asyncio.gather(*under_way)

    async def _next(self, kinds: list[str]) -> Claim | None:
        """Return the next job, as soon as there is one; None at the end."""
        signals, owner = self._service.signals, self._service.live.owner
        while not self._stopping:
            count, wait_s = signals.count(JOBS), POLL_S
            try:
                due = await self._service.read(partial(jobs.next_due, kinds=kinds))
                if due is not None:
                    wait_s = min(POLL_S, (due - datetime.now(UTC)).total_seconds())
                if wait_s <= 0:
                    take = partial(jobs.claim, kinds=kinds, owner=owner, lease_s=self._lease_s)
                    claim = await self._service.write(take)
                    if claim is not None:
                        return claim
                    wait_s = _AGAIN_S
            except Exception:
                _log.exception("no job can be taken up")
                wait_s = POLL_S
            await signals.after(JOBS, count, wait_s)
        return None

    async def _do(self, claim: Claim, pool: ThreadPoolExecutor) -> None:
        kind = self._kinds[claim.kind]
        tries = kind.patience.tries
        if tries is not None and claim.attempts > tries:  # those who had it before have died over it
            await self._end(claim, partial(jobs.bury, error="its worker died each time"))
            return
        work = Work(self._service, claim, computes=kind.computes, stopping=self._stopping)
        self._works.add(work)
        try:
            result = await asyncio.get_running_loop().run_in_executor(pool, kind.handler, work)
        except StoppedError:
            await self._end(claim, jobs.release)
        except AgainError as again:
            await self._failed(claim, kind, again.error, dead=again.dead)
        except Exception as error:
            _log.exception("job %d (%s) failed", claim.number, claim.kind)
            await self._failed(claim, kind, _told(error))
        else:
            await self._end(claim, partial(jobs.finish, result=result, done=work.done, total=work.total))
        finally:
            self._works.discard(work)

    async def _failed(self, claim: Claim, kind: _Kind, error: str, *, dead: bool = False) -> None:
        tries = kind.patience.tries
        if dead or (tries is not None and claim.attempts >= tries):
            _log.warning("job %d (%s) is given up after %d tries", claim.number, claim.kind, claim.attempts)
            await self._end(claim, partial(jobs.bury, error=error))
        else:
            wait = kind.patience.wait(claim.attempts)
            await self._end(claim, partial(jobs.put_back, error=error, after=wait))

    async def _end(self, claim: Claim, job: Callable[..., None]) -> None:
        try:
            await self._service.write(partial(job, claim=claim))
        except ConflictError:
            _log.warning("job %d (%s) was another's meanwhile", claim.number, claim.kind)
        except Exception:  # its lease runs out, and it is done again
            _log.exception("job %d (%s) can't be ended", claim.number, claim.kind)

    async def _forever(self, look: Callable[[], Any], each_s: float) -> None:
        while True:
            try:
                await look()
            except Exception:
                _log.exception("jobs can't be looked after")
            await asyncio.sleep(each_s)

    async def _keep(self) -> None:
        """Keep the leases of jobs under way, and write down how far they have come."""
        for work in list(self._works):
            told = work.done, work.total
            if told == work.told and time.monotonic() < work.kept + self._lease_s / 3:
                continue
            work.told, work.kept = told, time.monotonic()
            try:
                done, total = told
                keep = partial(jobs.keep, claim=work.claim, done=done, total=total, lease_s=self._lease_s)
                await self._service.write(keep)
            except ConflictError:
                work.stopping = True

    async def _tick(self) -> None:
        """Ask for the recurring jobs whose time has come."""
        names = [each.name for each in self._recurring]
        following = await self._service.read(partial(jobs.next_ticks, names=names))
        now = datetime.now(UTC)
        for each in self._recurring:
            if each.name not in following or following[each.name] <= now:
                await self._service.write(partial(jobs.tick, recurring=each))


def every(period: timedelta) -> Callable[[datetime], datetime]:
    """Return due times `period` apart."""
    return lambda due: due + period


def daily(hour: int, minute: int = 0) -> Callable[[datetime], datetime]:
    """Return due times at this time of each day, on the house's clock."""

    def after(due: datetime) -> datetime:
        local = due.astimezone()
        today = local.replace(hour=hour, minute=minute, second=0, microsecond=0, tzinfo=None)
        return next(
            moment for days in range(3) if (moment := (today + timedelta(days=days)).astimezone(UTC)) > due
        )

    return after


def _told(error: Exception) -> str:
    """Return what may be shown of an error: our own words, or its kind alone."""
    return error.message if isinstance(error, HuashuError) else type(error).__name__
