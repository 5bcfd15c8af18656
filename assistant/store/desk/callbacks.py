"""Callbacks: who is to be called when, what was tried, what the customer said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, insert, select, update

from assistant.desk.calendar import SHANGHAI
from assistant.desk.calling import address, calling_hour
from assistant.desk.clocks import due_at
from assistant.errors import ConflictError, InputError, UsageError
from assistant.store.audit import note
from assistant.store.desk import models as m
from assistant.store.desk.ledger import Acting, happen
from assistant.store.dialect import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from assistant.desk.definition import DeskRules

OUTCOMES = {"reached": "已接通", "no_answer": "无人接听", "busy": "忙线", "refused": "拒绝回访"}
_UNANSWERED = frozenset(["no_answer", "busy"])


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try at a callback; what the customer said where they were reached (`satisfaction` 1-5)."""

    outcome: str
    note: str = ""
    consent: bool | None = None
    satisfaction: int | None = None
    suggestions: str = ""
    call_id: str | None = None


def list_callbacks(
    connection: Connection,
    *,
    status: str | None = "waiting",
    campaign: str | None = None,
    ranks: tuple[str, ...] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Return callbacks by the time they are due; `ranks`: those led by one of them."""
    table = m.Callback.__table__
    query = select(table, m.Case.severity, m.Case.owner).join(
        m.Case.__table__, m.Case.number == table.c.case, isouter=True
    )
    if status is not None:
        query = query.where(table.c.status == status)
    if campaign is not None:
        query = query.where(table.c.campaign == campaign)
    if ranks is not None:
        query = query.where(table.c.lead.in_(ranks))
    order = table.c.next_at if status == "waiting" else table.c.number.desc()
    rows = connection.execute(query.order_by(order).limit(limit).offset(offset)).mappings()
    return [dict(row) for row in rows]


def count_callbacks(connection: Connection, now: datetime) -> dict[str, int]:
    """Return how many callbacks wait, are due, are overdue."""
    table = m.Callback
    query = select(
        func.count(),
        func.sum(case((table.next_at <= now, 1), else_=0)),
        func.sum(case((table.due_at < now, 1), else_=0)),
    ).where(table.status == "waiting")
    waiting, ready, overdue = connection.execute(query).one()
    return {"waiting": waiting, "ready": int(ready or 0), "overdue": int(overdue or 0)}


def read_callback(connection: Connection, number: int) -> dict[str, Any] | None:
    """Return a callback with its attempts and the record of its case."""
    row = (
        connection.execute(select(m.Callback.__table__).where(m.Callback.number == number)).mappings().first()
    )
    if row is None:
        return None
    told: dict[str, Any] = dict(row)
    table = m.CallbackAttempt
    tries = select(table.__table__).where(table.callback == number).order_by(table.place)
    told["tried"] = [dict(each) for each in connection.execute(tries).mappings()]
    found = select(m.Case.record, m.Case.received_at).where(m.Case.number == row["case"])
    complaint = connection.execute(found).mappings().first()
    told["record"] = dict(complaint["record"]) if complaint else {}
    told["received_at"] = complaint["received_at"] if complaint else None
    return told


def attempt(acting: Acting, number: int, made: Attempt) -> str:
    """Keep a try at a callback; return what it is now: waiting, done, given_up, refused.

    Nobody answers: it is tried again later, and given up after the last try. A customer who isn't satisfied
    has the case opened again (`reopen_at_most`). Raises InputError, UsageError, ConflictError (``ended``).
    """
    table = m.Callback
    found = select(table.__table__).where(table.number == number).with_for_update()
    row = acting.connection.execute(found).mappings().first()
    if row is None:
        raise InputError("没有这个回访", code="unknown-callback")
    if row["status"] != "waiting":
        raise ConflictError("这个回访已经结束", code="ended")
    campaign = acting.desk.rules.campaign(row["campaign"])
    _check(made, asks=campaign.asks)
    place = row["attempts"] + 1
    tried = {
        "callback": number,
        "place": place,
        "at": acting.now,
        "by": acting.who.name,
        "outcome": made.outcome,
        "note": made.note[:2_000],
    }
    acting.connection.execute(insert(m.CallbackAttempt).values(tried))
    changed = _changed(acting, row["due_at"], place, made)
    acting.connection.execute(update(table).where(table.number == number).values(changed))
    note(acting.connection, acting.who.name, "callback.attempt", str(number), {"outcome": made.outcome})
    if changed["status"] != "waiting":
        if row["case"] is not None:
            _tell_case(acting, dict(row), made, str(changed["status"]))
        if campaign.every and changed["status"] != "refused":
            _again(acting, row, campaign.every)
    return str(changed["status"])


def _check(made: Attempt, *, asks: bool) -> None:
    if made.outcome not in OUTCOMES:
        raise UsageError(f"没有这种结果：{made.outcome}", code="bad-outcome")
    if made.satisfaction is not None and not 1 <= made.satisfaction <= 5:
        raise UsageError("满意度为 1 到 5 分", code="bad-satisfaction")
    if made.outcome == "reached" and asks and made.consent is None:
        raise UsageError("请记录客户是否同意接受回访", code="no-consent")
    if made.outcome == "reached" and asks and made.consent and made.satisfaction is None:
        raise UsageError("请记录满意度", code="no-satisfaction")


def _changed(acting: Acting, due: datetime, place: int, made: Attempt) -> dict[str, Any]:
    tries = acting.desk.rules.callbacks.tries
    changed: dict[str, Any] = {"attempts": place, "by": acting.who.name}
    if made.outcome in _UNANSWERED and place < tries.most:
        wait = tries.wait_hours[min(place, len(tries.wait_hours)) - 1]
        return {
            **changed,
            "status": "waiting",
            "next_at": calling_hour(acting.now + timedelta(hours=wait), tries),
        }
    status = "given_up" if made.outcome in _UNANSWERED else "done"
    if made.outcome == "refused" or made.consent is False:
        status = "refused"
    return {
        **changed,
        "status": status,
        "done_at": acting.now,
        "consent": made.consent,
        "call_id": made.call_id,
        "satisfaction": made.satisfaction,
        "suggestions": made.suggestions[:2_000] or None,
    }


def _again(acting: Acting, row: Mapping[Any, Any], days: float) -> None:
    """Put the next callback of those that come again and again on the queue."""
    due = acting.now + timedelta(days=days)
    copied = {name: row[name] for name in ("campaign", "case", "contact", "customer", "lead", "detail")}
    values = {
        **copied,
        "key": f"{row['key'].partition('+')[0]}+{due:%Y%m%d}",
        "status": "waiting",
        "due_at": due,
        "next_at": calling_hour(due, acting.desk.rules.callbacks.tries),
        "attempts": 0,
    }
    acting.connection.execute(upsert(acting.connection, m.Callback, values, key=["key"], change=[]))


def _tell_case(acting: Acting, row: Mapping[str, Any], made: Attempt, status: str) -> None:
    """Keep on the case what came of a callback; one who isn't satisfied has it opened again."""
    campaign = acting.desk.rules.campaign(row["campaign"])
    detail: dict[str, Any] = {
        "callback": row["number"],
        "campaign": campaign.id,
        "attempts": row["attempts"] + 1,
    }
    if made.satisfaction is not None:
        detail |= {"satisfaction": made.satisfaction, "suggestions": made.suggestions[:2_000]}
    kind = campaign.closes[0] if status == "done" else "callback_given_up"
    happen(acting, row["case"], kind, {**detail, "status": status})
    unhappy = (
        made.satisfaction is not None and made.satisfaction <= acting.desk.rules.callbacks.reopen_at_most
    )
    if unhappy:
        reason = f"回访满意度 {made.satisfaction} 分" + (
            f"：{made.suggestions[:200]}" if made.suggestions else ""
        )
        happen(
            acting,
            row["case"],
            "reopened",
            {"callback": row["number"], "reason": reason},
            state="reopened",
            values={"first_contact": False},
        )


def add_renewal(acting: Acting, policy: str, customer: str, expiry: date, detail: Mapping[str, Any]) -> int:
    """Put the contacts of a policy on the queue (P-RENEWAL: 45, 30 ... days before expiry); return how many.

    Those whose day is over are left out; a policy's contact is there once.
    """
    campaign = acting.desk.rules.campaign("renewal")
    tries = acting.desk.rules.callbacks.tries
    added = 0
    for days in campaign.contacts:
        due = datetime.combine(expiry - timedelta(days=days), time(), SHANGHAI)
        if due.date() < acting.now.astimezone(SHANGHAI).date():
            continue
        values = {
            "key": f"renewal/{policy}/{expiry.isoformat()}/{days}",
            "campaign": campaign.id,
            "customer": customer,
            "lead": acting.desk.rules.authority.ranks[0].id,
            "status": "waiting",
            "due_at": datetime.combine(due.date(), tries.closes, SHANGHAI),
            "next_at": calling_hour(due, tries),
            "attempts": 0,
            "detail": {**detail, "policy": policy, "expiry": expiry.isoformat(), "days": days},
        }
        put = upsert(acting.connection, m.Callback, values, key=["key"], change=[]).returning(
            m.Callback.number
        )
        added += acting.connection.execute(put).scalar() is not None
    return added


def add_sale(acting: Acting, sale: str, customer: str, sold_at: datetime, detail: Mapping[str, Any]) -> int:
    """Put the care callbacks after a sale on the queue (S0: after 3 and 7 days); return how many."""
    tries = acting.desk.rules.callbacks.tries
    added = 0
    for campaign in acting.desk.rules.callbacks.campaigns:
        if campaign.after != "sold":
            continue
        due = due_at(campaign.clock, sold_at, campaign.limit, acting.desk.calendar)
        if due is None:
            continue
        values = {
            "key": f"sale/{sale}/{campaign.id}",
            "campaign": campaign.id,
            "customer": customer,
            "lead": acting.desk.rules.authority.ranks[0].id,
            "status": "waiting",
            "due_at": datetime.combine(due.date(), tries.closes, SHANGHAI),
            "next_at": calling_hour(due, tries),
            "attempts": 0,
            "detail": {**detail, "sale": sale, "sold_at": sold_at.isoformat()},
        }
        put = upsert(acting.connection, m.Callback, values, key=["key"], change=[]).returning(
            m.Callback.number
        )
        added += acting.connection.execute(put).scalar() is not None
    return added


def script_of(rules: DeskRules, callback: Mapping[str, Any], meta: Mapping[str, str]) -> list[dict[str, str]]:
    """Return what is said in this callback: the standard phrases, filled in as far as it is known."""
    campaign = rules.campaign(callback["campaign"])
    record = callback["record"]
    received = callback["received_at"]
    values = {
        "customer": address(callback["customer"]),
        "company": meta.get("company") or "客服中心",
        "agent_id": meta.get("agent_id", ""),
        "date": received.astimezone(SHANGHAI).strftime("%m月%d日") if received else "",
        "issue": str(record.get("product") or "") + "的" if record.get("product") else "",
        "topic": "满意度" if callback["case"] else "使用情况",
        "expiry": str(callback["detail"].get("expiry", "")),
    }
    wanted = [phrase for name in campaign.script for phrase in rules.callbacks.phrases if phrase.id == name]
    return [{"id": phrase.id, "text": phrase.text.format(**values)} for phrase in wanted]
