"""Calls whose connection is gone and doesn't come back: ended as if their sender had said bye."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.errors import ConflictError
from assistant.store.calls import idle_calls
from assistant.store.jobs import DONE, Recurring, clear_jobs
from assistant.web.jobs import every

if TYPE_CHECKING:
    from assistant.settings import Settings
    from assistant.web.jobs import JobRunner, Work

KIND = "live.idle"
EACH = timedelta(minutes=1)
BY = "idle"
"""Who ended them, by the audit log."""
_MOST = 500
_KEPT = timedelta(hours=1)
_log = logging.getLogger("huashu.live")


def install(runner: JobRunner, settings: Settings) -> None:
    """Let such calls be ended each minute, where the house hasn't said never."""
    if not settings.live_idle_minutes:
        return
    idle = timedelta(minutes=settings.live_idle_minutes)
    runner.handle(KIND, partial(_end_idle, idle=idle, loop=asyncio.get_running_loop()))
    runner.each(Recurring(KIND, KIND, every(EACH), at_once=True))


def _end_idle(work: Work, idle: timedelta, loop: asyncio.AbstractEventLoop) -> dict[str, Any]:
    now = datetime.now(UTC)
    told = {"ended": 0, "dropped": 0, "failed": 0}
    waiting = work.read(partial(idle_calls, since=now - idle, most=_MOST))
    for done, call_id in enumerate(waiting, 1):
        ending = work.service.live.end(call_id, BY, idle_since=now - idle)
        try:
            told[asyncio.run_coroutine_threadsafe(ending, loop).result()] += 1
        except ConflictError:  # its sender has come back, or another was first
            continue
        except Exception:  # the others are ended all the same; this one is tried again once its lease is old
            _log.exception("a call whose connection is gone can't be ended")
            told["failed"] += 1
        work.progress(done, len(waiting))
    work.write(partial(clear_jobs, ended=DONE, before=now - _KEPT, most=_MOST, kinds=[KIND]))
    return told
