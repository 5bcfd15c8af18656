"""Retention: calls, practice, and what is left of jobs and messages, go when they are kept no longer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.store.conversations import expire
from assistant.store.jobs import DEAD, DONE, Recurring, clear_jobs
from assistant.store.outbox import DELIVERED, FAILED, WAITING, clear_messages
from assistant.store.practice.erasure import expire_practice
from assistant.web.jobs import every

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.settings import Settings
    from assistant.web.jobs import JobRunner, Work

EACH = timedelta(hours=1)
DONE_DAYS = 7
"""How long it can be seen what became of jobs and messages that went well."""
DEAD_DAYS = 30
"""How long those stay that were given up."""
_STEP = 100
"""Deleted at a time: live turns wait no longer than for these."""


def install(runner: JobRunner, settings: Settings) -> None:
    """Let old calls (where the house has said how old) and old jobs be deleted each hour."""
    job = partial(_retain, days=settings.keep_days, practice_days=settings.keep_practice_days)
    runner.handle("retention", job)
    runner.each(Recurring("retention", "retention", every(EACH), at_once=True))


def _retain(work: Work, days: int, practice_days: int) -> dict[str, Any]:
    now = datetime.now(UTC)
    told = {}
    if days:
        before = now - timedelta(days=days)
        told["calls"] = _cleared(work, partial(expire, before=before, most=_STEP))
    if practice_days:
        before = now - timedelta(days=practice_days)
        told["practice"] = _cleared(work, partial(expire_practice, before=before, most=_STEP))
    for ended, kept in ((DONE, DONE_DAYS), (DEAD, DEAD_DAYS)):
        before = now - timedelta(days=kept)
        told[f"{ended}_jobs"] = _cleared(work, partial(clear_jobs, ended=ended, before=before, most=_STEP))
    for status, kept in ((DELIVERED, DONE_DAYS), (FAILED, DEAD_DAYS), (WAITING, DEAD_DAYS)):
        before = now - timedelta(days=kept)
        clear = partial(clear_messages, status=status, before=before, most=_STEP)
        told[f"{status}_messages"] = _cleared(work, clear)
    return told


def _cleared(work: Work, step: Callable[..., int]) -> int:
    gone = 0
    while True:
        last: int = work.write(step)
        gone += last
        if last < _STEP:
            return gone
        work.progress(gone)
