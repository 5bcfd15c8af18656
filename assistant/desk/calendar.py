"""Working days and hours in China, with public holidays and the weekends worked instead (调休).

The public calendar is that of the library chinesecalendar: the State Council's yearly notices, and a
refusal for a year that has none yet. Such a year falls back to weekends plus the house's own days; who
asks is told (`unknown_year`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

from assistant.desk.definition import HouseDays

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The house's time: without summer time since 1991."""
DAY = timedelta(days=1)
_SATURDAY = 5
_LONGEST = 366
"""Days in a row nobody works, at the very most: a calendar without working days is wrong."""


def house_time(moment: datetime) -> datetime:
    """Return a moment with its zone: one without is the house's own time, wherever the machine stands."""
    return moment.replace(tzinfo=moment.tzinfo or SHANGHAI)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Working days, and the working hours of each (`opens` to `closes`)."""

    house: HouseDays = field(default_factory=HouseDays)
    opens: time = time(9)
    closes: time = time(18)
    _known: dict[date, bool] = field(default_factory=dict, compare=False, repr=False)

    def works(self, day: date) -> bool:
        """Whether people work on a day: by the house, else the public calendar, else the weekend."""
        found = self._known.get(day)
        if found is None:
            found = self._known[day] = self._works(day)
        return found

    def _works(self, day: date) -> bool:
        if day in self.house.workdays:
            return True
        if day in self.house.holidays:
            return False
        from chinese_calendar import is_workday

        try:
            return bool(is_workday(day))
        except NotImplementedError:
            return day.weekday() < _SATURDAY

    def next_working(self, day: date) -> date:
        """Return the first working day after `day`."""
        for _ in range(_LONGEST):
            day += DAY
            if self.works(day):
                return day
        raise ValueError("a year without a working day")

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """Return when work begins and ends on a day."""
        return (datetime.combine(day, self.opens, SHANGHAI), datetime.combine(day, self.closes, SHANGHAI))


def unknown_year(year: int) -> bool:
    """Whether the public calendar has no data for a year."""
    from chinese_calendar import is_workday

    try:
        is_workday(date(year, 1, 1))
    except NotImplementedError:
        return True
    return False
