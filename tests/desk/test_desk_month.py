from __future__ import annotations

from typing import TYPE_CHECKING

from desk_samples import MONDAY

from assistant.store.desk import views
from benchmarks.desk import fill, judge, live_through

if TYPE_CHECKING:
    from assistant.desk.house import Desk
    from assistant.store.database import Store


def test_a_months_deadlines_and_figures_are_those_of_the_raw_events(store: Store, desk: Desk) -> None:
    told = judge(store, live_through(store, desk, 36))
    assert told["events"] > 300
    assert told["missed"] == told["missed_written"] > 10
    assert told["missed_twice"] == told["missed_untold"] == told["told_not_missed"] == told["near_twice"] == 0
    assert told["figures_compared"] >= 14
    assert told["figures_wrong"] == []
    assert set(told["states"]) == {state.id for state in desk.rules.states.states} - {"voided"}


def test_cases_of_the_benchmark_are_cases(store: Store) -> None:
    fill(store, 200, MONDAY)
    listed = store.read(lambda c: views.list_cases(c, views.CaseFilter(open=True), limit=50))
    assert len(listed) == 5
    assert store.read(lambda c: views.read_case(c, 100)) is not None
