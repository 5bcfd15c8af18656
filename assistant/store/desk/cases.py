"""Cases: open one, do something to it, mend its record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from assistant.desk.cases import LEVELS, Case, Event, proposes_refused, step
from assistant.desk.house import CLOCK, Desk
from assistant.desk.kpis import month_of
from assistant.desk.likeness import Likeness, repeated
from assistant.desk.prefill import prefill
from assistant.desk.record import read_fields
from assistant.errors import UsageError
from assistant.store.audit import note
from assistant.store.desk import models as m
from assistant.store.desk.ledger import Acting, Standing, columns_of, day_of, locked, save

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

LIKENED = (m.Case.number, m.Case.received_at, m.Case.customer_key, m.Case.kind, m.Case.product, m.Case.record)
_EARLIER = select(*LIKENED, m.Case.repeat_of).where(
    m.Case.customer_key == bindparam("customer"),
    m.Case.number != bindparam("new"),
    m.Case.received_at >= bindparam("since"),
)
_DONE = select(m.CaseEvent.number).where(m.CaseEvent.key == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Opening:
    """A case to be opened: what is known of it, who takes it, since when."""

    record: Mapping[str, Any]
    received_at: datetime
    proposed: Mapping[str, Any] = field(default_factory=dict)
    call_id: str | None = None
    external_id: str | None = None
    contact: str | None = None
    customer_key: str | None = None
    trial: bool = False


def propose(desk: Desk, report: Mapping[str, Any], now: datetime) -> Opening:
    """Return the case a call's report asks for: values proposed, to be confirmed by a person."""
    fields, promises = prefill(report, desk.rules, desk.taxonomy, desk.calendar, now=now)
    record = {name: each.value for name, each in fields.items() if name != "received_at"}
    proposed: dict[str, Any] = {name: asdict(each) for name, each in fields.items()}
    proposed["promises"] = [{**asdict(each), "due_at": each.due_at.isoformat()} for each in promises]
    received = datetime.fromisoformat(fields["received_at"].value)
    trial = report.get("origin") in ("practice", "simulator")
    return Opening(record, received, proposed, call_id=report["id"], trial=trial)


def open_case(acting: Acting, opening: Opening) -> tuple[int, bool]:
    """Open a case; return its number, and whether it is new: a call or external id has one case."""
    known = _known(acting.connection, opening)
    if known is not None:
        return known, False
    record = read_fields({k: v for k, v in opening.record.items() if v is not None}, acting.desk.choices)
    record.setdefault("need", "complaint")
    record.setdefault("severity", "minor")
    day = day_of(opening.received_at)
    values = {
        "external_id": opening.external_id,
        "call_id": opening.call_id,
        "trial": opening.trial,
        "state": acting.desk.rules.states.first,
        "is_open": True,
        "level": 0,
        "owner": acting.who.name,
        "owner_rank": acting.who.rank,
        "contact": opening.contact,
        "customer_key": opening.customer_key,
        "record": record,
        "proposed": dict(opening.proposed),
        "received_at": opening.received_at,
        "received_day": day,
        "received_month": month_of(opening.received_at),
        "first_contact": False,
        **columns_of(acting, record, day),
    }
    put = insert(m.Case).values(values).returning(m.Case.number)
    number = int(acting.connection.execute(put).scalar_one())
    happened = [Event("received", opening.received_at, acting.who.name, {"channel": record.get("channel")})]
    customer = opening.customer_key
    root = first_of(acting, number, opening.received_at, customer, record) if customer else None
    if root is not None:
        happened.append(Event("repeat_found", opening.received_at, CLOCK.name, {"first": root}))
    save(acting, Standing({**values, "number": number}), happened, values={"repeat_of": root})
    note(acting.connection, acting.who.name, "case.open", str(number))
    return number, True


def _known(connection: Connection, opening: Opening) -> int | None:
    for column, value in ((m.Case.call_id, opening.call_id), (m.Case.external_id, opening.external_id)):
        if value is not None:
            found = connection.execute(select(m.Case.number).where(column == value)).scalar()
            if found is not None:
                return int(found)
    return None


def first_of(
    acting: Acting, number: int, received: datetime, customer: str, record: Mapping[str, Any]
) -> int | None:
    """Return the first complaint that a case of this customer repeats."""
    rule = acting.desk.rules.kpis.repeat
    asked = {"customer": customer, "new": number, "since": received - timedelta(days=rule.days)}
    rows = acting.connection.execute(_EARLIER, asked).mappings().all()
    what = str(record.get("what") or "")
    new = Likeness(number, received, customer, record.get("kind"), record.get("product"), what)
    first = repeated(new, [likeness_of(row) for row in rows], rule.similarity)
    if first is None:
        return None
    root = next((row["repeat_of"] for row in rows if row["number"] == first.number), None) or first.number
    acting.connection.execute(update(m.Case).where(m.Case.number == root).values(first_contact=False))
    return int(root)


def likeness_of(row: RowMapping) -> Likeness:
    """Return what a case (a row of LIKENED) is compared by."""
    return Likeness(
        row["number"],
        row["received_at"],
        row["customer_key"],
        row["kind"],
        row["product"],
        str(row["record"].get("what") or ""),
    )


def act(
    acting: Acting,
    number: int,
    name: str,
    *,
    fields: Mapping[str, Any] | None = None,
    reason: str = "",
    key: str | None = None,
) -> bool:
    """Do something to a case, filling `fields` first; False where `key` says it was done already.

    Raises InputError, UsageError, ConflictError, NotAllowedError as `assistant.desk.cases.step` does.
    """
    standing = locked(acting, number)
    if key is not None and _done(acting.connection, f"{number}/{key}/0"):
        return False
    case = standing.case
    if fields:
        record = {**case.record, **read_fields(fields, acting.desk.choices)}
        case = Case(case.state, record, case.events, case.level)
    action = step(acting.desk.rules, case, name, acting.who.rank, reason)
    if name == "propose" and proposes_refused(standing.case, case.record):
        raise UsageError("客户没有同意上一个方案，请写出新的方案", code="same-solution")
    detail: dict[str, Any] = {"action": name}
    if reason.strip():
        detail["reason"] = reason.strip()[:2_000]
    if fields:
        detail["fields"] = sorted(fields)
    values: dict[str, Any] = {}
    if name == "escalate":
        values["level"] = min(LEVELS, case.level + 1)
        detail["level"] = values["level"]
    if name == "solve_on_site":
        values["first_contact"] = True
    if name == "void":
        values["trial"] = True  # no figure counts it
    if name == "reopen":
        values["first_contact"] = False
    happened = [Event(kind, acting.now, acting.who.name, detail) for kind in action.events]
    save(
        acting,
        standing,
        happened,
        record=case.record if fields else None,
        state=action.to,
        values=values,
        key=key,
    )
    note(acting.connection, acting.who.name, f"case.{name}", str(number))
    return True


def change(acting: Acting, number: int, fields: Mapping[str, Any]) -> None:
    """Fill in or mend fields of a case's record; raises InputError."""
    standing = locked(acting, number)
    record = standing.row["record"]
    read = read_fields(fields, acting.desk.choices)
    changed = {name: value for name, value in read.items() if record.get(name) != value}
    if not changed:
        return
    happened = [Event("changed", acting.now, acting.who.name, {"fields": sorted(changed)})]
    save(acting, standing, happened, record={**record, **changed})
    note(acting.connection, acting.who.name, "case.change", str(number), {"fields": sorted(changed)})


def _done(connection: Connection, key: str) -> bool:
    return connection.execute(_DONE, {"wanted": key}).first() is not None
