from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from desk_samples import MONDAY
from sqlalchemy import select

from assistant.desk.house import Desk, Person
from assistant.errors import ConflictError, InputError, NotAllowedError, UsageError
from assistant.model import Conversation, Speaker, Turn
from assistant.organisation.sheets import AGENTS, TEAMS, Draft, Row
from assistant.store import outbox, users
from assistant.store.contact_keys import key_ring, new_key
from assistant.store.contacts import Details
from assistant.store.conversations import erase, expire, keep_conversation
from assistant.store.desk import callbacks, clock, customers, deeds, figures, notices, views
from assistant.store.desk import models as m
from assistant.store.desk.cases import Opening, act, change, open_case
from assistant.store.desk.ledger import Acting
from assistant.store.models import AuditEntry
from assistant.store.organisation import take_over
from assistant.store.work_models import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from assistant.store.database import Store

AGENT, LEADER = Person("王芳", "agent"), Person("李主管", "supervisor")
BOSS = Person("赵总监", "director")
WHAT = {
    "customer": "陈", "what": "空调装完就漏水，地板都泡了", "demand": "维修",
    "kind": "quality", "product": "空调",
}  # fmt: skip


class Hand:
    """Does things to the cases of a store at hours after MONDAY."""

    def __init__(self, store: Store, desk: Desk) -> None:
        self.store, self.desk = store, desk

    def do(self, job: Callable[..., Any], hours: float, who: Person, *given: Any, **more: Any) -> Any:
        now = MONDAY + timedelta(hours=hours)

        def run(connection: Connection) -> Any:
            return job(Acting(connection, self.desk, who, now), *given, **more)

        return self.store.write(run).result(30)

    def open(self, hours: float = 0, who: Person = AGENT, **record: Any) -> int:
        at = MONDAY + timedelta(hours=hours)
        more = {
            name: record.pop(name) for name in ("customer_key", "call_id", "external_id") if name in record
        }
        return int(self.do(open_case, hours, who, Opening({**WHAT, **record}, at, **more))[0])

    def tick(self, hours: float) -> int:
        now = MONDAY + timedelta(hours=hours)
        return int(self.store.write(partial(clock.claim_deadlines, desk=self.desk, now=now)).result(30))

    def whole(self, number: int) -> dict[str, Any]:
        told = self.store.read(partial(views.read_case, number=number))
        assert told is not None
        return told

    def kinds(self, number: int) -> list[str]:
        return [event["kind"] for event in self.whole(number)["events"]]

    def answered(self, number: int, hours: float) -> None:
        fields = {
            "department": "售后部",
            "in_charge": "周工",
            "solution": "重新安装",
            "answer": "已重装，试机正常",
        }
        for name in ("register", "assign", "investigate", "propose", "agree", "carry_out", "answer"):
            self.do(act, hours, AGENT, number, name, fields=fields)


@pytest.fixture
def hand(store: Store, desk: Desk) -> Hand:
    return Hand(store, desk)


def test_a_grave_complaint_from_received_to_closed(hand: Hand) -> None:
    number = hand.open(severity="grave", danger=True)
    told = hand.whole(number)
    assert (told["state"], told["urgency"], told["owner"]) == ("received", 0, "王芳")
    hand.do(act, 0.2, AGENT, number, "send_staff")
    hand.do(act, 0.5, AGENT, number, "register")
    hand.do(act, 1, AGENT, number, "escalate", reason="客户财产受损")
    hand.do(act, 1, AGENT, number, "report_upward")
    handed = hand.do(deeds.hand_over, 2, AGENT, number, "李主管", text="请接手")
    assert hand.whole(number)["owner"] == "王芳"
    hand.do(deeds.receive, 2.5, LEADER, number)
    told = hand.whole(number)
    assert (told["owner"], told["level"], told["state"]) == ("李主管", 1, "escalated")
    assert told["handovers"][0]["number"] == handed
    fields = {
        "department": "售后部",
        "in_charge": "周工",
        "solution": "更换空调并修复地板",
        "answer": "已更换",
    }
    hand.do(act, 3, LEADER, number, "propose", fields=fields)
    hand.do(act, 4, LEADER, number, "approve")
    hand.do(act, 4, LEADER, number, "contact")
    hand.do(act, 5, LEADER, number, "agree")
    hand.do(act, 30, LEADER, number, "carry_out")
    hand.do(act, 31, LEADER, number, "answer")
    hand.do(act, 32, LEADER, number, "announce_callback")
    (waiting,) = hand.store.read(callbacks.list_callbacks)
    assert (waiting["campaign"], waiting["lead"]) == ("satisfaction", "manager")
    assert waiting["announced_at"] is not None
    reached = callbacks.Attempt("reached", consent=True, satisfaction=5, suggestions="谢谢")
    assert hand.do(callbacks.attempt, 100, LEADER, waiting["number"], reached) == "done"
    hand.do(act, 101, LEADER, number, "close")
    told = hand.whole(number)
    assert (told["state"], told["is_open"], told["satisfaction"], told["in_time"]) == (
        "closed",
        False,
        5,
        True,
    )
    assert told["next_due_at"] is None
    assert all(duty["met_at"] is not None for duty in told["duties"])
    assert not hand.tick(2_000)
    assert "deadline_missed" not in hand.kinds(number)


def test_a_case_closed_without_telling_the_top_keeps_that_as_missed(hand: Hand) -> None:
    number = hand.open(severity="grave")
    hand.answered(number, 1)
    hand.do(act, 2, AGENT, number, "announce_callback")
    (waiting,) = hand.store.read(callbacks.list_callbacks)
    reached = callbacks.Attempt("reached", consent=True, satisfaction=5)
    hand.do(callbacks.attempt, 3, LEADER, waiting["number"], reached)
    hand.do(act, 4, AGENT, number, "close")
    hand.tick(40)
    told = hand.whole(number)
    (upward,) = (each for each in told["duties"] if each["duty"] == "upward")
    assert (told["state"], upward["met_at"], upward["told"]) == ("closed", None, "missed")


def test_a_solution_that_was_refused_isnt_proposed_again(hand: Hand) -> None:
    number = hand.open()
    fields = {"department": "售后部", "in_charge": "周工", "solution": "补偿 800 元"}
    for name in ("register", "assign", "investigate", "propose"):
        hand.do(act, 1, AGENT, number, name, fields=fields)
    hand.do(act, 2, AGENT, number, "refuse", reason="客户嫌少")
    for again in (None, {"solution": "补偿 800 元"}):
        with pytest.raises(UsageError, match="新的方案"):
            hand.do(act, 3, AGENT, number, "propose", fields=again)
    hand.do(act, 4, AGENT, number, "propose", fields={"solution": "补偿 1200 元"})
    hand.do(act, 5, AGENT, number, "refuse", reason="要求书面道歉")
    hand.do(change, 6, AGENT, number, {"solution": "补偿 1200 元并书面道歉"})
    hand.do(act, 7, AGENT, number, "propose")
    assert hand.whole(number)["record"]["solution"] == "补偿 1200 元并书面道歉"


def test_a_deadline_is_near_then_missed_and_told_once(hand: Hand) -> None:
    number = hand.open()
    assert hand.tick(1.4) == 0
    assert hand.tick(1.6) == 1
    assert hand.tick(1.7) == 0
    assert hand.tick(2.1) == 1
    assert hand.tick(2.2) == 0
    assert [kind for kind in hand.kinds(number) if kind.startswith("deadline")] == [
        "deadline_near", "deadline_missed"
    ]  # fmt: skip
    told = hand.store.read(partial(notices.notices_for, recipients=["rank:supervisor"]))
    assert "超时" in told[0]["text"]
    assert hand.store.read(partial(notices.count_unread, recipients=["user:王芳"])) == 2
    read = partial(notices.mark_read, recipients=["user:王芳"], upto=told[0]["number"] + 10, now=MONDAY)
    assert hand.store.write(read).result(10) == 2


def test_what_is_met_late_before_the_clock_looks_is_missed_too(hand: Hand) -> None:
    number = hand.open()
    hand.do(act, 3, AGENT, number, "register")
    assert hand.kinds(number).count("deadline_missed") == 1
    hand.tick(3)
    assert hand.kinds(number).count("deadline_missed") == 1


def test_two_workers_write_each_event_once(hand: Hand, database: str) -> None:
    from assistant.store.database import open_store

    numbers = [hand.open() for _ in range(40)]
    other = open_store(database)
    try:
        with ThreadPoolExecutor(4) as pool:
            jobs = [
                partial(clock.claim_deadlines, desk=hand.desk, now=MONDAY + timedelta(hours=60), most=9)
            ] * 24
            claimed = list(
                pool.map(
                    lambda pair: pair[0].write(pair[1]).result(60),
                    zip([hand.store, other] * 12, jobs, strict=True),
                )
            )
    finally:
        other.close()
    assert sum(claimed) == 40 * 3  # register, contact, answer
    for number in numbers:
        assert hand.kinds(number).count("deadline_missed") == 3


def test_more_time_needs_the_rank_and_a_reason(hand: Hand) -> None:
    number = hand.open()
    until = MONDAY + timedelta(hours=80)
    with pytest.raises(NotAllowedError, match="主管"):
        hand.do(deeds.approve_overrun, 40, AGENT, number, "answer", until, "等配件")
    with pytest.raises(UsageError, match="原因"):
        hand.do(deeds.approve_overrun, 40, LEADER, number, "answer", until, " ")
    hand.do(deeds.approve_overrun, 41, LEADER, number, "answer", until, "等配件")
    hand.tick(79)
    hand.tick(81)
    missed = [e for e in hand.whole(number)["events"] if e["kind"] == "deadline_missed"]
    assert [e["detail"]["extension"] for e in missed if e["detail"]["duty"] == "answer"] == [1]
    hand.answered(number, 82)
    assert hand.whole(number)["in_time"] is False


def test_a_pause_needs_a_reason_and_stops_the_clock(hand: Hand) -> None:
    number = hand.open()
    hand.do(act, 1, AGENT, number, "register")
    with pytest.raises(NotAllowedError):
        hand.do(act, 2, AGENT, number, "pause", reason="等客户寄回")
    with pytest.raises(UsageError):
        hand.do(act, 2, LEADER, number, "pause")
    hand.do(act, 2, LEADER, number, "pause", reason="等客户寄回")
    hand.tick(500)
    missed = [e["detail"]["duty"] for e in hand.whole(number)["events"] if e["kind"] == "deadline_missed"]
    assert missed == ["sort"]
    hand.do(act, 502, AGENT, number, "resume")
    due = next(duty for duty in hand.whole(number)["duties"] if duty["duty"] == "answer")
    assert due["due_at"] == MONDAY + timedelta(hours=548)


def test_a_repeat_is_linked_to_the_first(hand: Hand) -> None:
    first = hand.open(customer_key="k1")
    second = hand.open(30, customer_key="k1", what="空调又漏水了，装完就漏水")
    third = hand.open(60, customer_key="k1", what="空调装完还是漏水")
    stranger = hand.open(60, customer_key="k2")
    assert hand.whole(second)["repeat_of"] == hand.whole(third)["repeat_of"] == first
    assert hand.whole(stranger)["repeat_of"] is None
    assert hand.whole(first)["repeats"] == [second, third]


def test_a_call_and_an_external_id_have_one_case(hand: Hand) -> None:
    assert hand.open(call_id="c1") == hand.open(call_id="c1")
    assert hand.open(external_id="CRM-7") == hand.open(external_id="CRM-7")


def test_doing_something_twice_with_one_key_does_it_once(hand: Hand) -> None:
    number = hand.open()
    assert hand.do(act, 1, AGENT, number, "register", key="request-1")
    assert not hand.do(act, 1, AGENT, number, "register", key="request-1")
    assert hand.kinds(number).count("registered") == 1


def test_who_isnt_satisfied_has_the_case_opened_again(hand: Hand) -> None:
    number = hand.open()
    hand.answered(number, 2)
    hand.do(act, 3, AGENT, number, "announce_callback")
    (waiting,) = hand.store.read(callbacks.list_callbacks)
    with pytest.raises(UsageError, match="满意度"):
        hand.do(callbacks.attempt, 20, AGENT, waiting["number"], callbacks.Attempt("reached", consent=True))
    unhappy = callbacks.Attempt("reached", consent=True, satisfaction=2, suggestions="还在漏")
    hand.do(callbacks.attempt, 20, AGENT, waiting["number"], unhappy)
    told = hand.whole(number)
    assert (told["state"], told["answered_at"], told["satisfaction"]) == ("reopened", None, 2)
    with pytest.raises(ConflictError):
        hand.do(callbacks.attempt, 21, AGENT, waiting["number"], unhappy)
    rounds = {(duty["duty"], duty["round"]) for duty in told["duties"]}
    assert ("answer", 1) in rounds


def test_nobody_answers_three_times(hand: Hand) -> None:
    number = hand.open()
    hand.answered(number, 2)
    hand.do(act, 3, AGENT, number, "announce_callback")
    (waiting,) = hand.store.read(callbacks.list_callbacks)
    silent = callbacks.Attempt("no_answer")
    assert hand.do(callbacks.attempt, 10.5, AGENT, waiting["number"], silent) == "waiting"
    told = hand.store.read(partial(callbacks.read_callback, number=waiting["number"]))
    assert told is not None
    assert told["next_at"] == MONDAY + timedelta(hours=24)  # 21:30 is too late to call: the next morning
    assert hand.do(callbacks.attempt, 24, AGENT, waiting["number"], silent) == "waiting"
    assert hand.do(callbacks.attempt, 47, AGENT, waiting["number"], silent) == "given_up"
    hand.do(act, 48, AGENT, number, "close")
    assert hand.whole(number)["state"] == "closed"


def test_remedies_within_ones_authority(hand: Hand) -> None:
    number = hand.open()
    with pytest.raises(NotAllowedError, match="上报"):
        hand.do(deeds.grant, 1, AGENT, number, "compensation", 50)
    made = hand.do(deeds.grant, 1, LEADER, number, "compensation", 300, purchase=2_000)
    hand.do(deeds.settle, 50, LEADER, number, made, "recovered")
    month = figures.Asked("2026-11", "2026-11")
    counted = hand.store.read(partial(figures.counts, asked=month))[None]
    assert (counted["recoveries"], counted["recovered"], counted["cost"]) == (1, 1, 300)


def test_records_are_mended_and_unknown_cases_told(hand: Hand) -> None:
    number = hand.open()
    hand.do(change, 1, AGENT, number, {"severity": "重大", "region": "华东"})
    told = hand.whole(number)
    assert (told["severity"], told["region"]) == ("grave", "华东")
    hand.do(act, 1, AGENT, number, "register")
    hand.do(change, 1, AGENT, number, {"severity": "minor"})
    assert "solve_grave" not in {duty["duty"] for duty in hand.whole(number)["duties"]}
    with pytest.raises(InputError):
        hand.do(change, 1, AGENT, 999, {"region": "x"})
    hand.do(deeds.attach, 1, AGENT, number, deeds.File("照片.jpg", "s3://x/1", 12, "a" * 64))
    hand.do(deeds.attach, 1, AGENT, number, deeds.File("照片.jpg", "s3://x/1", 12, "a" * 64))
    assert len(hand.whole(number)["attachments"]) == 1


def test_other_systems_hear_of_cases_and_deadlines_once(hand: Hand) -> None:
    add = partial(outbox.add_endpoint, by="t", url="https://crm.example/", types=outbox.TYPES)
    hand.store.write(add).result(10)
    number = hand.open()
    hand.do(act, 1, AGENT, number, "register", key="request-1")
    hand.do(act, 1, AGENT, number, "register", key="request-1")
    for hours in (22, 25, 25):
        hand.tick(hours)
    told = hand.store.read(lambda c: c.execute(select(Message.message_id, Message.type, Message.body)).all())
    assert [row.type for row in told[:2]] == ["case.opened", "case.changed"]
    assert {row.type for row in told[2:]} == {"deadline.near", "deadline.missed"}
    assert len({row.message_id for row in told}) == len(told)
    changed = json.loads(told[1].body)["data"]
    assert (changed["key"], changed["events"]) == (f"{number}/request-1", ["registered", "classified"])
    assert "漏水" not in "".join(row.body for row in told)
    feed = hand.store.read(
        partial(clock.events_after, after=0, most=10, before=datetime(2999, 1, 1, tzinfo=MONDAY.tzinfo))
    )
    assert feed[0]["case"] == number


def test_mail_is_gathered_and_the_urgent_goes_at_once(hand: Hand) -> None:
    hand.open()
    hand.tick(1.6)
    at = MONDAY + timedelta(hours=1.6)
    assert hand.store.write(partial(notices.claim_mail, now=at, digest_minutes=10)).result(10) == {}
    hand.open(1.6)
    hand.tick(2)
    letters = hand.store.write(partial(notices.claim_mail, now=at, digest_minutes=10)).result(10)
    texts = hand.store.read(partial(notices.texts_of, numbers=letters["user:王芳"]))
    assert ["即将到期" in text for text in texts] == [True, False]
    assert hand.store.write(partial(notices.claim_mail, now=at, digest_minutes=10)).result(10) == {}


def test_renewals_stand_on_the_same_queue(hand: Hand) -> None:
    expiry = date(2026, 12, 10)
    assert (
        hand.do(callbacks.add_renewal, 0, AGENT, "P-1", "周", expiry, {"plate": "京A"}) == 2
    )  # 45 days are over
    assert hand.do(callbacks.add_renewal, 0, AGENT, "P-1", "周", expiry, {}) == 0
    queue = hand.store.read(partial(callbacks.list_callbacks, campaign="renewal"))
    assert [each["detail"]["days"] for each in queue] == [30, 15]
    whole = hand.store.read(partial(callbacks.read_callback, number=queue[0]["number"]))
    script = callbacks.script_of(hand.desk.rules, whole or {}, {"company": "平顺保险", "agent_id": "7703"})
    assert "2026-12-10" in script[0]["text"]
    assert "祝您用车愉快" in script[-1]["text"]


def test_a_customer_is_known_by_the_number_kept_in_contacts(hand: Hand) -> None:
    keys = key_ring(f"{new_key()},{new_key()}")
    first, second, stranger = hand.open(), hand.open(30, what="空调又漏水了"), hand.open(40)
    for number, phone in ((first, "13800138000"), (stranger, "13900139000"), (second, "+86 138-0013-8000")):
        hand.do(customers.keep, 41, AGENT, number, keys, Details(name="陈", phone=phone))
    known = {number: hand.whole(number)["customer_key"] for number in (first, second, stranger)}
    assert known[first] == known[second] != known[stranger]
    assert hand.whole(second)["repeat_of"] == first
    (contact,) = hand.do(customers.reach, 42, LEADER, keys, "回访", case=second)
    assert contact.details.phone == "+86 138-0013-8000"
    looked = hand.store.read(lambda c: c.execute(select(AuditEntry.action, AuditEntry.detail)).all())
    assert [row.detail["why"] for row in looked if row.action == "contact.read"] == ["回访"]


def test_key_customers_are_called_again_and_again(hand: Hand) -> None:
    number = hand.open(level="key", customer_key="k")
    hand.answered(number, 2)
    hand.do(act, 3, AGENT, number, "announce_callback")
    (asked,) = hand.store.read(callbacks.list_callbacks)
    happy = callbacks.Attempt("reached", consent=True, satisfaction=5)
    hand.do(callbacks.attempt, 4, AGENT, asked["number"], happy)
    hand.do(act, 5, AGENT, number, "close")
    (regular,) = hand.store.read(partial(callbacks.list_callbacks, campaign="regular"))
    assert regular["due_at"] == MONDAY + timedelta(hours=5, days=30)
    done = callbacks.Attempt("reached", consent=True, satisfaction=4)
    hand.do(callbacks.attempt, 24 * 30, AGENT, regular["number"], done)
    (following,) = hand.store.read(partial(callbacks.list_callbacks, campaign="regular"))
    assert following["due_at"] == MONDAY + timedelta(days=120)
    told = hand.whole(number)
    assert (told["satisfaction"], told["state"]) == (5, "closed")


def test_a_case_counts_for_the_team_of_its_day_and_its_leader_is_told(hand: Hand) -> None:
    def house(since: str, team: str) -> Draft:
        teams = {"编号": "A1", "名称": "一班", "班长工号": "9001"}, {"编号": "A2", "名称": "二班"}
        agents = (
            {"工号": "3056", "姓名": "王芳", "班组": team, "生效日期": since},
            {"工号": "9001", "姓名": "赵敏"},
        )
        return Draft(
            teams=tuple(Row(TEAMS, place, each) for place, each in enumerate(teams, 1)),
            agents=tuple(Row(AGENTS, place, each) for place, each in enumerate(agents, 1)),
        )

    take = partial(take_over, by="t", draft=house("2026-01-01", "A1"))
    hand.store.write(take).result(10)
    add = partial(users.add_user, by="t", name="赵敏", role="supervisor", password="x", agent_id="9001")
    hand.store.write(add).result(10)
    number = hand.open(agent_id="3056")
    assert hand.whole(number)["team"] == "A1"
    hand.tick(2.5)
    told = hand.store.read(partial(notices.notices_for, recipients=["user:赵敏"]))
    assert "超时" in told[0]["text"]
    take = partial(take_over, by="t", draft=house("2026-11-01", "A2"))
    hand.store.write(take).result(10)
    assert hand.whole(number)["team"] == "A2"
    month = figures.Asked("2026-11", "2026-11", "team")
    assert hand.store.read(partial(figures.counts, asked=month))["A2"]["cases"] == 1
    assert hand.store.read(partial(figures.titles_of, by="team"))["A2"] == "二班"


def test_the_queue_shows_the_urgent_first(hand: Hand) -> None:
    usual, late = hand.open(1), hand.open(0)
    urgent = hand.open(2, danger=True)
    listed = hand.store.read(partial(views.list_cases, wanted=views.CaseFilter(open=True), limit=10))
    assert [row["number"] for row in listed] == [urgent, late, usual]
    counted = hand.store.read(partial(views.count_open, now=MONDAY + timedelta(hours=2.5), mine=None))
    assert counted == {"open": 3, "overdue": 1, "urgent": 1, "escalated": 0}


def test_the_same_complaint_of_several_customers_warns_once(hand: Hand) -> None:
    for place in range(3):
        hand.open(
            place, customer_key=f"k{place}", kind="facility", what="三号楼从昨晚开始停水了", product=None
        )
    for _ in range(2):
        job = partial(clock.find_clusters, desk=hand.desk, now=MONDAY + timedelta(hours=5))
        assert hand.store.write(job).result(10) == 1
    told = hand.store.read(lambda c: c.execute(select(m.Notification.recipient)).scalars().all())
    assert sorted(told) == ["desk", "rank:manager", "rank:supervisor"]


@pytest.mark.parametrize("way", ["erase", "expire"])
def test_a_call_that_goes_takes_the_words_of_its_case_along(hand: Hand, way: str) -> None:
    said = Conversation(
        "tel-1", (Turn(0, Speaker.CUSTOMER, WHAT["what"]),), {"started_at": MONDAY.isoformat()}
    )
    report = {
        "status": "scored", "ruleset_sha256": "0" * 64, "score": None, "meta": {}, "turns": [], "packs": [],
        "findings": [],
    }  # fmt: skip
    keep = partial(keep_conversation, conversation=said, report=report, day=MONDAY.date())
    hand.store.write(keep).result(30)
    number, other = hand.open(call_id="tel-1", customer_key="k"), hand.open(call_id="tel-2")
    keys = key_ring(new_key())
    hand.do(customers.keep, 1, AGENT, number, keys, Details(name="陈", phone="13800138000"))
    hand.do(act, 1, AGENT, number, "register")
    if way == "erase":
        gone = hand.store.write(partial(erase, by="t", call_ids=["tel-1"])).result(30)
    else:
        later = MONDAY + timedelta(days=2)
        gone = hand.store.write(partial(expire, before=later, most=10)).result(30)
    assert gone == 1
    blank = hand.whole(number)
    assert (blank["number"], blank["kind"], blank["received_at"]) == (number, "quality", MONDAY)
    assert (blank["call_id"], blank["customer_key"], blank["proposed"]) == (None, None, {})
    assert not {"what", "customer", "demand"} & set(blank["record"])
    assert not hand.do(customers.reach, 2, LEADER, keys, "回访", case=number)
    assert hand.kinds(number)[-1] == "erased"
    assert hand.whole(other)["record"]["what"] == WHAT["what"]
