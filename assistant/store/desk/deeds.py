"""What is done to cases beside their states: more time, hand-over with receipt, files, remedies."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from assistant.desk.cases import may_grant
from assistant.desk.duties import deadlines
from assistant.errors import ConflictError, InputError, NotAllowedError, UsageError
from assistant.store.audit import note
from assistant.store.desk import models as m
from assistant.store.desk.ledger import Acting, happen, locked
from assistant.store.dialect import upsert

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class File:
    """A file kept elsewhere: where, how many bytes, its SHA-256."""

    name: str
    reference: str
    size: int
    sha256: str


def approve_overrun(acting: Acting, number: int, duty: str, until: datetime, reason: str) -> None:
    """Give a duty more time: its approver's rank or a higher one may (S0).

    Raises UsageError (``unknown-duty``, ``no-reason``), NotAllowedError (``rank``), ConflictError.
    """
    standing = locked(acting, number)
    if not any(each.id == duty for each in acting.desk.rules.deadlines.duties):
        raise UsageError(f"没有这个时限：{duty}", code="unknown-duty")
    approver = acting.desk.rules.duty(duty).approver
    if acting.desk.rules.rank(acting.who.rank) < acting.desk.rules.rank(approver):
        title = acting.desk.rules.authority.ranks[acting.desk.rules.rank(approver)].title
        raise NotAllowedError(f"延期须由{title}批准", code="rank")
    if not reason.strip():
        raise UsageError("请写明原因", code="no-reason")
    if until <= acting.now:
        raise UsageError("新的时限要晚于现在", code="bad-date")
    running = [d for d in deadlines(acting.desk.rules, standing.case, acting.desk.calendar) if d.duty == duty]
    if not running or running[-1].met_at is not None:
        raise ConflictError("这个时限没有在计时", code="wrong-state")
    detail = {"duty": duty, "until": until.isoformat(), "reason": reason.strip()[:2_000]}
    happen(acting, standing, "overrun_approved", detail)
    note(acting.connection, acting.who.name, "case.overrun", str(number), {"duty": duty})


def agree_date(acting: Acting, number: int, until: datetime) -> None:
    """Keep the customer's own date for the solution (S0)."""
    standing = locked(acting, number)
    happen(acting, standing, "date_agreed", {"until": until.isoformat()})


def hand_over(
    acting: Acting, number: int, receiver: str, *, department: str | None = None, text: str = ""
) -> int:
    """Offer a case to somebody else; it stays with its owner until it is signed for (首问负责, S4).

    Raises UsageError (``bad-receiver``: it is theirs already), ConflictError.
    """
    standing = locked(acting, number)
    if receiver == standing.row["owner"]:
        raise UsageError(f"工单现在就由{receiver}负责，请转交给其他人", code="bad-receiver")
    if not standing.row["is_open"]:
        raise ConflictError("已结案，不能转交", code="wrong-state")
    table = m.HandOver
    waiting = select(table.number).where(table.case == number, table.received_at.is_(None)).limit(1)
    if acting.connection.execute(waiting).first() is not None:
        raise ConflictError("上一次转交还没有签收", code="not-received")
    values = {
        "case": number,
        "giver": standing.row["owner"],
        "receiver": receiver,
        "department": department,
        "note": text[:2_000],
        "at": acting.now,
    }
    made = acting.connection.execute(insert(table).values(values).returning(table.number)).scalar_one()
    happen(acting, standing, "handed_over", {"receiver": receiver, "handover": made})
    note(acting.connection, acting.who.name, "case.hand-over", str(number), {"receiver": receiver})
    return int(made)


def receive(acting: Acting, number: int) -> None:
    """Sign for a case that was handed over: from acting.now on it is one's own; raises ConflictError."""
    standing = locked(acting, number)
    table = m.HandOver
    signed = acting.connection.execute(
        update(table)
        .where(table.case == number, table.received_at.is_(None), table.receiver == acting.who.name)
        .values(received_at=acting.now, received_by=acting.who.name)
        .returning(table.number)
    ).scalar()
    if signed is None:
        raise ConflictError("没有等您签收的转交", code="wrong-state")
    values = {"owner": acting.who.name, "owner_rank": acting.who.rank}
    happen(acting, standing, "handover_received", {"handover": signed}, values=values)
    note(acting.connection, acting.who.name, "case.receive", str(number))


def withdraw(acting: Acting, number: int) -> None:
    """Take back a hand-over nobody has signed for; its giver may, and who did it for them.

    Raises ConflictError where none waits, NotAllowedError (``not-giver``).
    """
    standing = locked(acting, number)
    table = m.HandOver
    waiting = acting.connection.execute(
        select(table.number, table.giver, table.receiver).where(
            table.case == number, table.received_at.is_(None)
        )
    ).first()
    if waiting is None:
        raise ConflictError("没有等待签收的转交", code="wrong-state")
    handed = [event.by for event in standing.events if event.kind == "handed_over"]
    if acting.who.name not in (waiting.giver, *handed[-1:]):
        raise NotAllowedError("只有转交人可以撤回", code="not-giver")
    acting.connection.execute(delete(table).where(table.number == waiting.number))
    detail = {"receiver": waiting.receiver, "handover": waiting.number}
    happen(acting, standing, "handover_withdrawn", detail)
    note(acting.connection, acting.who.name, "case.withdraw", str(number), {"receiver": waiting.receiver})


def attach(acting: Acting, number: int, file: File) -> None:
    """Keep a reference to a file of the case; the same file is kept once."""
    standing = locked(acting, number)
    values = {**asdict(file), "case": number, "at": acting.now, "by": acting.who.name}
    put = upsert(acting.connection, m.Attachment, values, key=["case", "sha256"], change=[])
    if acting.connection.execute(put.returning(m.Attachment.number)).scalar() is not None:
        happen(acting, standing, "attached", {"name": file.name, "sha256": file.sha256})


def grant(acting: Acting, number: int, remedy: str, cost: float, *, purchase: float | None = None) -> int:
    """Offer a remedy within one's authority (M-2, M-4); raises NotAllowedError (``rank``), InputError."""
    standing = locked(acting, number)
    if remedy not in {each.id for each in acting.desk.rules.authority.remedies}:
        raise InputError(f"没有这种补救方式：{remedy}", code="bad-field")
    refused = may_grant(acting.desk.rules, acting.who.rank, remedy, cost)
    if refused is not None:
        raise NotAllowedError(refused.message, code=refused.code)
    values = {
        "case": number,
        "month": standing.row["received_month"],
        "remedy": remedy,
        "cost": cost,
        "purchase": purchase,
        "offered_at": acting.now,
        "by": acting.who.name,
    }
    made = int(
        acting.connection.execute(insert(m.Recovery).values(values).returning(m.Recovery.number)).scalar_one()
    )
    detail = {"remedy": remedy, "cost": cost, "recovery": made}
    happen(acting, standing, "compensated", detail)
    note(acting.connection, acting.who.name, "case.grant", str(number), {"remedy": remedy, "cost": cost})
    return made


def settle(acting: Acting, number: int, recovery: int, outcome: str) -> None:
    """Say whether the customer was won back (``recovered``) or not (``lost``); raises InputError."""
    done = acting.connection.execute(
        update(m.Recovery)
        .where(m.Recovery.number == recovery, m.Recovery.case == number)
        .values(outcome=outcome, settled_at=acting.now)
    )
    if done.rowcount != 1:
        raise InputError("没有这项补救", code="unknown-recovery")
    note(acting.connection, acting.who.name, "case.recovery", str(number), {"outcome": outcome})
