from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from assistant.errors import ConflictError
from assistant.model import CallEvent, Conversation, Mask, Speaker, Turn
from assistant.store import calls, conversations
from assistant.store import models as m

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assistant.store.database import Store

DAY = date(2026, 11, 22)
TURN = Turn(0, Speaker.AGENT, "您好,[手机号]", (Mask("phone", 3, 8, "8000"),), 0.5, 2.25, "3056")
REPORT: dict[str, Any] = {
    "turns": [],
    "id": "c1",
    "status": "scored",
    "ruleset_sha256": "0" * 64,
    "score": {"total": 91.5, "grade": "良"},
    "meta": {"agent_id": "3056"},
    "findings": [{"turn": 0, "rule": "a.b", "family": "f", "severity": "major", "text": "不归我管"}],
    "packs": [{"name": "tiny", "version": "1", "sha256": "1" * 64}],
}


def opening(call_id: str = "c1") -> calls.Opening:
    return calls.Opening(call_id, "hotline", "live", {"agent_id": "3056", "公司": "安和"}, DAY)


def hold(
    store: Store, *, take_over: bool = False, lease_s: float = 15.0
) -> tuple[calls.Hold, calls.Standing]:
    def job(connection: Connection) -> tuple[calls.Hold, calls.Standing]:
        return calls.hold_call(connection, opening(), "worker", take_over=take_over, lease_s=lease_s)

    return store.write(job).result(10)


def sent(number: int, *, seq: int | None = None, provisional: bool = False) -> calls.Sent:
    return calls.Sent(number, seq, "finding", f'{{"event_id":{number}}}', provisional)


def record(
    store: Store, ours: calls.Hold, *entries: calls.Entry, events: tuple[calls.Sent, ...] = ()
) -> None:
    store.write(lambda connection: calls.record(connection, ours, entries, events)).result(10)


def test_what_came_in_comes_back_in_its_order(store: Store) -> None:
    ours, standing = hold(store)
    assert (standing.next_seq, standing.events, standing.opening) == (None, 0, opening())
    entries = (
        calls.Entry(1, CallEvent("answer", 0.2, "3056")),
        calls.Entry(2, TURN, "u1"),
        calls.Entry(3, None),
        calls.Entry(4, CallEvent("hold", 9.0)),
    )
    record(store, ours, *entries[:2], events=(sent(1), sent(2)))
    record(store, ours, *entries[2:], events=(sent(3, seq=5, provisional=True),))
    assert tuple(store.read(lambda c: calls.entries_of(c, ours.number))) == entries
    found = store.read(lambda c: calls.find_call(c, "c1"))
    assert found is not None
    assert (found.next_seq, found.turns, found.events) == (5, 1, 3)
    assert store.read(lambda c: calls.bodies_after(c, ours.number, 1, 1)) == [(2, '{"event_id":2}')]
    assert [one.event_id for one in store.read(lambda c: calls.unsettled(c, ours.number, 5))] == [3]


def test_one_holds_a_call_at_a_time(store: Store) -> None:
    first, _ = hold(store)
    with pytest.raises(ConflictError) as caught:
        hold(store)
    assert caught.value.code == "owned"
    second, _ = hold(store, take_over=True)
    with pytest.raises(ConflictError) as lost:
        record(store, first, calls.Entry(1, TURN))
    assert lost.value.code == "lost"
    record(store, second, calls.Entry(1, TURN))
    assert len(store.read(lambda c: calls.entries_of(c, first.number))) == 1


def test_a_hold_ends_when_it_is_let_go_or_not_renewed(store: Store) -> None:
    ours, _ = hold(store)
    store.write(lambda c: calls.release(c, ours)).result(10)
    late, _ = hold(store, lease_s=-1)
    hold(store)
    with pytest.raises(ConflictError):
        store.write(lambda c: calls.renew(c, late)).result(10)


def test_holds_are_renewed_together_but_for_those_that_were_lost(store: Store) -> None:
    lost, _ = hold(store)
    ours, _ = hold(store, take_over=True, lease_s=60)
    assert store.write(lambda c: calls.renew_all(c, [ours, lost])).result(10) == [lost]
    until = store.read(lambda c: c.execute(select(m.Lease.expires_at)).scalar_one())
    assert until > datetime.now(UTC) + timedelta(seconds=30)


def test_a_message_is_stored_once(store: Store) -> None:
    ours, _ = hold(store)
    record(store, ours, calls.Entry(1, TURN), events=(sent(1),))
    with pytest.raises(Exception, match=r"(?i)unique"):
        record(store, ours, calls.Entry(1, TURN), events=(sent(2),))
    assert store.read(lambda c: calls.bodies_after(c, ours.number, 0, 9)) == [(1, '{"event_id":1}')]


def test_a_prompt_keeps_its_latest_state(store: Store) -> None:
    ours, _ = hold(store)
    shown = {"id": "p1", "kind": "due", "status": "shown"}
    record(store, ours, events=(calls.Sent(1, 1, "prompt", "{}", prompt=shown),))
    followed = {**shown, "status": "followed", "followed_turn": 3}
    record(store, ours, events=(calls.Sent(2, 2, "prompt", "{}", prompt=followed),))
    (row,) = store.read(lambda c: c.execute(select(m.Prompt.__table__)).mappings().all())
    assert (row["status"], row["followed_turn"], row["body"]) == ("followed", 3, followed)


def test_the_end_of_a_call(store: Store) -> None:
    ours, _ = hold(store)
    record(store, ours, calls.Entry(1, TURN), events=(sent(1),))
    store.write(lambda c: calls.end_call(c, ours, REPORT, [sent(2)])).result(10)
    with pytest.raises(ConflictError, match="ended"):
        hold(store, take_over=True)
    stored = store.read(lambda c: conversations.read_conversation(c, "c1"))
    assert stored is not None
    assert (stored.turns, stored.report) == ((TURN,), REPORT)
    assert stored.summary["total"] == 91.5
    assert store.read(lambda c: conversations.read_conversation(c, "c2")) is None
    packs = store.read(lambda c: c.execute(select(m.RulePack.name, m.RulePack.version)).all())
    assert packs == [("tiny", "1")]


def test_conversations_are_listed_and_filtered(store: Store) -> None:
    meta = {"started_at": "2026-11-03T18:02:11+08:00"}
    for number in range(5):
        each = Conversation(f"i{number}", (TURN, CallEvent("hold", 3.0)), meta)
        feeling = {
            "emotion": {"label": "angry" if number > 2 else "calm", "intensity": 0.5, "confidence": 1.0}
        }
        report = {
            **REPORT,
            "findings": REPORT["findings"] * (number % 2),
            "score": {"total": 80.0 + number, "grade": "合格"},
            "turns": [feeling, feeling, {}],
        }
        store.write(
            lambda c, each=each, report=report: conversations.keep_conversation(c, each, report, day=DAY)
        ).result(10)
    with pytest.raises(ConflictError, match="已有这个编号的通话"):
        store.write(lambda c: conversations.keep_conversation(c, each, REPORT, day=DAY)).result(10)
    hold(store)

    def listed(limit: int = 9, before: int | None = None, **wanted: Any) -> tuple[list[str], int | None]:
        rows, following = store.read(
            lambda c: conversations.list_conversations(
                c, conversations.Filter(**wanted), limit=limit, before=before
            )
        )
        return [row["call_id"] for row in rows], following

    assert listed() == (["c1", "i4", "i3", "i2", "i1", "i0"], None)
    first, following = listed(limit=4)
    assert first == ["c1", "i4", "i3", "i2"]
    assert listed(limit=4, before=following) == (["i1", "i0"], None)
    assert listed(status="running")[0] == ["c1"]
    assert listed(rule="a.b")[0] == ["i3", "i1"]
    assert listed(emotion="angry")[0] == ["i4", "i3"]
    assert listed(emotion="grateful")[0] == []
    assert listed(least=81, most=83)[0] == ["i3", "i2", "i1"]
    assert listed(most=80.5)[0] == ["i0"]
    assert listed(text="您好")[0] == ["i4", "i3", "i2", "i1", "i0"]
    assert listed(text="%")[0] == listed(text="再见")[0] == []
    began = datetime(2026, 11, 3, 10, 2, 11, tzinfo=UTC)
    assert listed(since=began, until=began + timedelta(seconds=1))[0] == ["i4", "i3", "i2", "i1", "i0"]
    assert listed(until=began)[0] == []
    stored = store.read(lambda c: conversations.read_conversation(c, "i0"))
    assert stored is not None
    assert stored.turns == (TURN,)
    latin = Conversation("i9", (Turn(0, Speaker.CUSTOMER, "我的WiFi连不上"),), meta)
    store.write(lambda c: conversations.keep_conversation(c, latin, REPORT, day=DAY)).result(10)
    assert listed(text="wifi")[0] == ["i9"]
