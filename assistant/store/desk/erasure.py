"""Erase a customer, or a call: what tells who they are goes from their cases; what figures count stays."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import insert, or_, select, update

from assistant.store import contacts
from assistant.store.audit import note
from assistant.store.contact_models import Contact
from assistant.store.desk import files
from assistant.store.desk import models as m
from assistant.store.desk.customers import CASE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Select

_TELLING = ("customer", "place", "what", "happened", "demand", "extent")
"""Fields of a record that say who a customer is, or what happened to them in their words."""


def cases_of(connection: Connection, *, numbers: Sequence[int] = (), hashes: Sequence[str] = ()) -> list[int]:
    """Return the cases of customers: of those whose cases are named, or who have a phone number.

    `hashes` are those of the number (`KeyRing.hashes`); ask before its contact data is erased.
    """
    wanted = set(numbers)
    if hashes:
        query = select(Contact.subject_id).where(Contact.subject_kind == CASE, Contact.phone_hash.in_(hashes))
        wanted |= {int(subject) for subject in connection.execute(query).scalars() if subject.isdecimal()}
    if not wanted:
        return []
    table = m.Case
    keys = select(table.customer_key).where(table.number.in_(wanted), table.customer_key.is_not(None))
    known = select(table.number).where(or_(table.number.in_(wanted), table.customer_key.in_(keys)))
    return sorted(connection.execute(known).scalars())


def erase_customer(connection: Connection, by: str, cases: Sequence[int]) -> int:
    """Erase who the customer of these cases is, their words and files; return how many cases it were."""
    if not cases:
        return 0
    gone = _blank(connection, by, cases)
    note(connection, by, "case.erase", ",".join(map(str, cases)), {"cases": len(cases), "files": gone})
    return len(cases)


def erase_of_calls(connection: Connection, by: str, call_ids: Sequence[str] | Select[Any]) -> int:
    """Take from the cases of calls that go whose they are, their words, files, contacts and the calls' ids.

    `call_ids` is a list or a query. Returns how many cases it were; whoever deletes the calls tells the audit
    log of it.
    """
    cases = connection.execute(select(m.Case.number).where(m.Case.call_id.in_(call_ids))).scalars().all()
    if cases:
        _blank(connection, by, cases)
        connection.execute(update(m.Case).where(m.Case.number.in_(cases)).values(call_id=None))
        contacts.erase_of(connection, CASE, [str(number) for number in cases])
    connection.execute(update(m.Callback).where(m.Callback.call_id.in_(call_ids)).values(call_id=None))
    return len(cases)


def _blank(connection: Connection, by: str, cases: Sequence[int]) -> int:
    """Blank what tells whose cases they are, and what was said; return how many files went."""
    gone = files.erase(connection, cases)
    table: Any = m.Case.__table__
    now = datetime.now(UTC)
    for row in connection.execute(select(table.c.number, table.c.record).where(table.c.number.in_(cases))):
        record = {name: value for name, value in row.record.items() if name not in _TELLING}
        blank = {"record": record, "proposed": {}, "contact": None, "customer_key": None}
        connection.execute(update(table).where(table.c.number == row.number).values(blank))
        happened = {
            "case": row.number, "key": f"{row.number}/erased/{uuid4().hex}", "kind": "erased", "at": now,
            "by": by, "detail": {}, "stored_at": now,
        }  # fmt: skip
        connection.execute(insert(m.CaseEvent), happened)
    called = select(m.Callback.number).where(m.Callback.case.in_(cases))
    tried = update(m.CallbackAttempt).where(m.CallbackAttempt.callback.in_(called))
    connection.execute(tried.values(note=""))
    blank_calls = {"customer": "", "contact": None, "suggestions": None}
    connection.execute(update(m.Callback).where(m.Callback.case.in_(cases)).values(blank_calls))
    return gone
