from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from desk_samples import MONDAY

from assistant.desk.cases import Case, Event
from assistant.desk.house import Person
from assistant.desk.track import progress_of
from assistant.errors import ConflictError, UsageError
from assistant.store.desk import days
from assistant.store.desk.callbacks import list_callbacks
from assistant.store.desk.cases import Opening, act, open_case
from assistant.store.desk.ledger import Acting
from assistant.store.desk.views import read_case

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from assistant.desk.house import Desk
    from assistant.desk.track import CaseProgress
    from assistant.store.database import Store

AGENT = Person("王芳", "agent")
RECORD = {"customer": "陈", "what": "快递丢了", "demand": "赔偿", "kind": "delivery", "severity": "minor"}


def acting(connection: Connection, desk: Desk, hours: float = 0) -> Acting:
    return Acting(connection, desk, AGENT, MONDAY + timedelta(hours=hours))


def opened(store: Store, desk: Desk, **record: Any) -> int:
    opening = Opening({**RECORD, **record}, MONDAY)
    return store.write(lambda c: open_case(acting(c, desk), opening)[0]).result()


def did(store: Store, desk: Desk, number: int, hours: float, name: str, **more: Any) -> None:
    store.write(lambda c: act(acting(c, desk, hours), number, name, **more)).result()


def told(store: Store, desk: Desk, day: date, person: str = "王芳") -> dict[str, CaseProgress]:
    read = store.read(lambda c: days.read_day(c, desk, person, day, running=False))
    return {each.procedure: each for each in read["procedures"]}


def test_a_day_is_made_of_marks_and_of_deeds_on_cases(store: Store, desk: Desk) -> None:
    for hours, name in ((-0.5, "signed_in"), (-0.4, "prepared"), (8, "handed_over")):
        store.write(lambda c, h=hours, n=name: days.mark(acting(c, desk, h), n, "工单已列清")).result()  # type: ignore[misc]
    number = opened(store, desk)
    did(store, desk, number, 1, "register")
    did(store, desk, number, 2, "assign", fields={"department": "物流部", "in_charge": "周工"})
    did(store, desk, number, 3, "report_upward")
    shift, daily = (told(store, desk, MONDAY.date())[name] for name in ("P-SHIFT", "P-DAILY"))
    assert [step.status for step in shift.steps] == ["done"] * 6
    assert shift.conformance == 1
    done = {step.step for step in daily.steps if step.status != "missing"}
    assert done == {1, 5}  # prepared in the morning, a complaint handled


def test_a_mark_counts_once_a_day_and_for_one_person_alone(store: Store, desk: Desk) -> None:
    for hours, fresh in ((0, True), (1, False), (24, True)):
        assert store.write(lambda c, h=hours: days.mark(acting(c, desk, h), "signed_in")).result() is fresh  # type: ignore[misc]
    with pytest.raises(UsageError, match="没有这一项"):
        store.write(lambda c: days.mark(acting(c, desk), "slept")).result()
    assert told(store, desk, MONDAY.date(), "李雷")["P-SHIFT"].steps[0].status == "missing"
    (one,) = store.read(lambda c: days.people_on(c, MONDAY.date()))
    assert (one["person"], one["signed_in"], one["marks"]) == ("王芳", MONDAY, 1)


def test_business_with_a_merchant_follows_its_own_procedure(store: Store, desk: Desk) -> None:
    number = opened(store, desk, need="merchant")
    did(store, desk, number, 1, "take_over")
    did(store, desk, number, 2, "register_shop", reason="店铺已开通")
    did(store, desk, number, 3, "assign", fields={"department": "商城部", "in_charge": "周工"})
    did(store, desk, number, 4, "call_merchant", reason="已通知改价")
    did(store, desk, number, 5, "serve_merchant", reason="咨询活动报名")
    row = store.read(lambda c: read_case(c, number))
    assert row is not None
    events = tuple(Event(e["kind"], e["at"], e["by"], e["detail"]) for e in row["events"])
    (only,) = progress_of(desk.rules, Case(row["state"], row["record"], events), None, desk.procedures)
    assert only.procedure == "P-MERCHANT"
    assert [step.status for step in only.steps] == ["done"] * 5 + ["pending"]


def test_what_is_for_merchants_is_not_done_to_a_complaint(store: Store, desk: Desk) -> None:
    number = opened(store, desk)
    with pytest.raises(ConflictError, match="不适用"):
        did(store, desk, number, 1, "register_shop", reason="店铺")


def test_an_inquiry_is_closed_without_a_callback_and_a_repair_is_called_back_by_agents(
    store: Store, desk: Desk
) -> None:
    inquiry, repair = opened(store, desk, need="inquiry"), opened(store, desk, need="repair")
    for number in (inquiry, repair):
        fields = {"solution": "已说明", "answer": "已答复"}
        did(store, desk, number, 1, "solve_on_site", fields=fields)
    did(store, desk, inquiry, 2, "close_plain")
    with pytest.raises(ConflictError, match="不适用"):
        did(store, desk, repair, 2, "close_plain")
    (callback,) = store.read(list_callbacks)
    assert (callback["case"], callback["campaign"], callback["lead"]) == (repair, "service", "agent")
