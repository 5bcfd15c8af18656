"""What the QA desk does by itself: imports in the background, appeals and coaching whose time is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from assistant.desk.calendar import SHANGHAI
from assistant.errors import HuashuError
from assistant.report.wire import error_object, report_object
from assistant.store.jobs import Recurring
from assistant.store.review import imports
from assistant.store.review.appeals import take_on_late
from assistant.store.review.coaching import measure_due
from assistant.web.jobs import every

if TYPE_CHECKING:
    from assistant.model import Conversation
    from assistant.settings import Settings
    from assistant.web.jobs import JobRunner, Work
    from assistant.web.service import Service

APPEALS = "qa.appeals"
EACH = timedelta(minutes=10)
_KEPT = timedelta(days=30)
"""How long it can be seen what became of an import."""


def install(runner: JobRunner, settings: Settings) -> None:
    """Let imports be worked through, and look each ten minutes at what is due."""
    del settings
    runner.handle(imports.KIND, work_through, computes=True)
    runner.handle(APPEALS, _late)
    runner.each(Recurring(APPEALS, APPEALS, every(EACH), at_once=True))


def work_through(work: Work) -> dict[str, Any]:
    """Score and store what waits of an import; what is stored stays, wherever this is broken off."""
    number, done = int(work.payload["import"]), 0
    while parts := work.read(partial(imports.waiting_parts, number=number)):
        judged = {}
        for place, calls in parts:
            judged[place] = [judge(work.service, each) for each in calls]
            done += len(calls)
            work.progress(done)
        today = date.today()  # noqa: DTZ011 (the house's own calendar)
        work.write(partial(imports.store_parts, number=number, judged=judged, day=today))
    return {"import": number, "calls": done}


def judge(
    service: Service, each: Conversation | HuashuError
) -> tuple[Conversation, dict[str, Any]] | dict[str, Any]:
    """Score a call; what can't be is told of as an error."""
    try:
        if not isinstance(each, HuashuError):
            return each, report_object(service.engine.run(each))
    except HuashuError as error:
        each = error
    except Exception as error:  # one call never stops the rest
        each = HuashuError(f"{type(error).__name__}", code="internal", path=each.path)
    return {**error_object(each), "status": "error"}


def _late(work: Work) -> dict[str, Any]:
    now = datetime.now(UTC)
    today = now.astimezone(SHANGHAI).date()
    return {
        "coaching": work.write(partial(measure_due, today=today)),
        "appeals": work.write(partial(take_on_late, now=now)),
        "imports": work.write(partial(imports.clear_imports, before=now - _KEPT)),
    }
