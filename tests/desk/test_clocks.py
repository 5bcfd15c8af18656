from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.desk.calendar import SHANGHAI, WorkingCalendar, unknown_year
from assistant.desk.clocks import Pause, advance, due_at, measure
from assistant.desk.definition import HouseDays

CALENDAR = WorkingCalendar()
CLOCKS = ("hours", "working_hours", "days", "working_days", "end_of_day")
moments = st.datetimes(datetime(2025, 1, 2), datetime(2027, 6, 30)).map(lambda m: m.replace(tzinfo=SHANGHAI))  # noqa: DTZ001
clocks = st.sampled_from(CLOCKS)
limits = st.integers(0, 72)
lengths = st.integers(0, 20 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("clock", "limit", "begins", "due"),
    [
        ("hours", 2, "2026-11-02 17:30", "2026-11-02 19:30"),
        ("hours", 48, "2026-11-06 17:30", "2026-11-08 17:30"),
        ("days", 2, "2026-11-06 17:30", "2026-11-08 17:30"),
        ("end_of_day", 0, "2026-11-06 23:59", "2026-11-07 00:00"),
        ("end_of_day", 1, "2026-11-06 10:00", "2026-11-08 00:00"),
        ("working_hours", 4, "2026-11-06 16:00", "2026-11-09 11:00"),  # over a weekend
        ("working_hours", 1, "2026-11-07 12:00", "2026-11-09 10:00"),  # begun on a Saturday
        ("working_days", 1, "2026-11-06 10:00", "2026-11-09 18:00"),
        ("working_days", 1, "2026-02-13 10:00", "2026-02-14 18:00"),  # a Saturday that is worked
        ("working_days", 1, "2026-02-14 10:00", "2026-02-24 18:00"),  # the nine days of the Spring Festival
        ("working_days", 3, "2026-09-30 10:00", "2026-10-10 18:00"),  # National Day, then a worked Saturday
        ("working_days", 7, "2026-11-02 10:00", "2026-11-11 18:00"),
    ],
)  # fmt: skip
def test_a_clock_counts_its_own_way(clock: str, limit: float, begins: str, due: str) -> None:
    assert due_at(clock, at(begins), limit, CALENDAR) == at(due)  # type: ignore[arg-type]


@given(clocks, moments, limits, limits, lengths)
def test_later_or_longer_is_never_due_earlier(
    clock: str, begins: datetime, limit: int, more: int, later: timedelta
) -> None:
    due = due_at(clock, begins, limit, CALENDAR)  # type: ignore[arg-type]
    assert due is not None
    assert due_at(clock, begins, limit + more, CALENDAR) >= due  # type: ignore[arg-type, operator]
    assert due_at(clock, begins + later, limit, CALENDAR) >= due  # type: ignore[arg-type, operator]
    if clock != "working_hours":
        assert due >= begins or clock == "working_days"


@given(clocks, moments, st.integers(1, 72), lengths, lengths)
def test_a_pause_adds_exactly_what_it_measures(
    clock: str, begins: datetime, limit: int, after: timedelta, length: timedelta
) -> None:
    plain = due_at(clock, begins, limit, CALENDAR)  # type: ignore[arg-type]
    assert plain is not None
    pause = Pause(begins + after, begins + after + length)
    paused = due_at(clock, begins, limit, CALENDAR, [pause])  # type: ignore[arg-type]
    assert paused is not None
    if plain <= pause.begins:
        assert paused == plain
        return
    stood = measure(clock, pause.begins, pause.begins + length, CALENDAR)  # type: ignore[arg-type]
    unit = {"hours": 3_600, "working_hours": 3_600, "days": 86_400}.get(clock, 1)
    assert paused == advance(clock, begins, limit * unit + stood, CALENDAR)  # type: ignore[arg-type]
    if clock in ("hours", "days"):
        assert paused - plain == length


@given(clocks, moments, st.integers(1, 72), lengths, lengths)
def test_cutting_a_pause_in_two_changes_nothing(
    clock: str, begins: datetime, limit: int, first: timedelta, second: timedelta
) -> None:
    middle, end = begins + first, begins + first + second
    whole = due_at(clock, begins, limit, CALENDAR, [Pause(begins, end)])  # type: ignore[arg-type]
    cut = [Pause(middle, end), Pause(begins, middle)]
    assert due_at(clock, begins, limit, CALENDAR, cut) == whole  # type: ignore[arg-type]


@given(moments, st.integers(1, 72))
def test_while_it_is_paused_nothing_is_due(begins: datetime, limit: int) -> None:
    assert due_at("hours", begins, limit, CALENDAR, [Pause(begins)]) is None


@given(moments, limits)
def test_there_is_no_summer_time(begins: datetime, limit: int) -> None:
    due = due_at("hours", begins, limit, CALENDAR)
    assert due is not None
    assert due.astimezone(UTC) - begins.astimezone(UTC) == timedelta(hours=limit)
    assert due.utcoffset() == timedelta(hours=8)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due_at("hours", datetime(2026, 11, 2), 1, CALENDAR)  # noqa: DTZ001


def test_worked_weekends_and_holidays_are_known() -> None:
    assert CALENDAR.works(date(2026, 2, 14))
    assert not CALENDAR.works(date(2026, 2, 16))
    assert not CALENDAR.works(date(2026, 10, 1))


def test_a_year_without_data_falls_back_to_weekends_and_the_houses_days() -> None:
    assert unknown_year(2099)
    assert not unknown_year(2026)
    house = WorkingCalendar(HouseDays(frozenset([date(2099, 1, 1)]), frozenset([date(2099, 1, 3)])))
    assert not house.works(date(2099, 1, 1))  # a Thursday
    assert house.works(date(2099, 1, 3))  # a Saturday
    assert not house.works(date(2099, 1, 4))
    assert house.works(date(2099, 1, 5))
