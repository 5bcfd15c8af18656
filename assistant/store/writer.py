"""One thread writes for all calls of a process, and commits for many at once.

A commit waits for the disk. Whoever asks while it waits comes into the next transaction together
with all others who did: many calls cost few commits, and each still knows when its turn is safe.
"""

from __future__ import annotations

from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from assistant.store.signals import announce

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import Connection, Engine

T = TypeVar("T")
MOST = 128
"""Jobs in one transaction."""

_Job = tuple["Callable[[Connection], Any]", "Future[Any]"]


class Writer:
    """Runs jobs in the order they are handed in, each as if it had a transaction of its own.

    A job may run twice, the first time without effect. `committed` is told the signals of each transaction.
    """

    def __init__(self, engine: Engine, committed: Callable[[Iterable[str]], None]) -> None:
        self._engine = engine
        self._committed = committed
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closing = Lock()
        self._closed = False
        self._thread = Thread(target=self._run, name="huashu-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[Connection], T]) -> Future[T]:
        """Return what `job` will have returned once it is committed."""
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise RuntimeError("the store is closed")
            self._jobs.put((job, future))
        return future

    def close(self) -> None:
        """Do what was handed in, then end."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            first = self._jobs.get()
            if first is None:
                return
            jobs = [first]
            while len(jobs) < MOST and not self._jobs.empty():
                following = self._jobs.get()
                if following is None:
                    going_on = False
                    break
                jobs.append(following)
            # Whoever asked may have gone meanwhile; from here on a job can't be called back.
            wanted = [(job, future) for job, future in jobs if future.set_running_or_notify_cancel()]
            if wanted:
                self._together(wanted)

    def _together(self, jobs: list[_Job]) -> None:
        """Do jobs in one transaction; where one fails, again, each so that it can be taken back alone."""
        try:
            with self._engine.begin() as connection:
                results = [job(connection) for job, _ in jobs]
                topics = announce(connection)
        except Exception:  # whose it is shows when they are done apart
            self._apart(jobs)
        else:
            self._committed(topics)
            for (_, future), result in zip(jobs, results, strict=True):
                future.set_result(result)

    def _apart(self, jobs: list[_Job]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        failed: list[tuple[Future[Any], Exception]] = []
        try:
            with self._engine.begin() as connection:
                for job, future in jobs:
                    try:
                        with connection.begin_nested():
                            done.append((future, job(connection)))
                    except Exception as error:  # its own affair: the others go on
                        failed.append((future, error))
                topics = announce(connection)
            self._committed(topics)
        except Exception as error:  # nothing of it is stored
            done, failed = [], [(future, error) for _, future in jobs]
        for future, result in done:
            future.set_result(result)
        for future, reason in failed:
            future.set_exception(reason)
