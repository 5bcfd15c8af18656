"""Several processes behind one address: started, replaced where one dies, told to end.

Each has an engine and a store of its own and takes connections from one socket; calls and jobs are shared
among them by the database (leases). A worker ends when the process that started it does.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.context import SpawnProcess
    from multiprocessing.synchronize import Event
    from types import FrameType

_LOOK_S = 0.2
_AGAIN_S = 1.0
_log = logging.getLogger("huashu.workers")


class Supervisor:
    """Keeps `count` processes running `work(*arguments, ready)`, which sets `ready` once it serves."""

    def __init__(self, count: int, work: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        self._context = get_context("spawn")
        self._ready: Event = self._context.Event()
        self._count = count
        self._work = work
        self._arguments = arguments
        self._told = 0

    def run(self, serving: Callable[[], None]) -> int:
        """Run until told to stop (SIGINT, SIGTERM) or until none can start; call `serving` once one serves.

        Returns the number of the signal, or less than 0 where no worker could start.
        """
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, self._stop)
        workers = [self._start() for _ in range(self._count)]
        announced = False
        while not self._told:
            wait([worker.sentinel for worker in workers], _LOOK_S)
            if not announced and self._ready.is_set():
                announced = True
                serving()
            for place, worker in enumerate(workers):
                if worker.exitcode is None or self._told:
                    continue
                if not announced:
                    self._told = -1
                    break
                _log.warning("a worker has died and is replaced", extra={"exit_code": worker.exitcode})
                time.sleep(_AGAIN_S)
                workers[place] = self._start()
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.join()
        return self._told

    def _start(self) -> SpawnProcess:
        worker = self._context.Process(target=_begin, args=(self._work, self._arguments, self._ready))
        worker.start()
        return worker

    def _stop(self, number: int, _: FrameType | None) -> None:
        self._told = number


def _begin(work: Callable[..., None], arguments: tuple[Any, ...], ready: Event) -> None:
    Thread(target=_follow, daemon=True).start()
    try:
        work(*arguments, ready)
    except KeyboardInterrupt:  # Ctrl-C reaches all processes of a terminal; ours has ended in good order
        return


def _follow() -> None:
    """End in good order when the process that started this one has gone."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
