"""When customers may be called, and how they are addressed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from assistant.desk.calendar import SHANGHAI

if TYPE_CHECKING:
    from assistant.desk.definition import Tries

_HOUR = timedelta(hours=1)
_TITLES = ("先生", "女士", "小姐", "老师", "经理")


def calling_hour(moment: datetime, tries: Tries) -> datetime:
    """Return the first moment from then on at which customers may be called."""
    here = moment.astimezone(SHANGHAI)
    if here.time() < tries.opens:
        return datetime.combine(here.date(), tries.opens, SHANGHAI)
    if here.time() >= tries.closes:
        return datetime.combine(here.date() + timedelta(days=1), tries.opens, SHANGHAI)
    return here


def calling_before(due: datetime, since: datetime, tries: Tries) -> datetime:
    """Return when a callback due at `due` comes up: an hour at which customers may be called, not after it.

    One due at night comes up in the last hour of the evening before; none comes up before `since`.
    """
    here = due.astimezone(SHANGHAI)
    if tries.opens <= here.time() < tries.closes:
        return max(here, calling_hour(since, tries))
    day = here.date() if here.time() >= tries.closes else here.date() - timedelta(days=1)
    last = datetime.combine(day, tries.closes, SHANGHAI) - _HOUR
    return max(last, calling_hour(since, tries))


def address(customer: str) -> str:
    """Return how a customer is addressed (G-R2), who may be known by surname, name, or with the title."""
    return customer if customer.endswith(_TITLES) else f"{customer}先生/女士"
