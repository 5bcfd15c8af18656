"""Who the customer of a case is: contact data is encrypted elsewhere, a case holds a key that tells nothing.

All cases of a customer have the same `customer_key`. It is found by the keyed hash of the phone number that
contacts are kept with, and drawn by chance for somebody new.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import select

from assistant.desk.cases import Event
from assistant.desk.house import CLOCK
from assistant.store import contacts
from assistant.store.desk import models as m
from assistant.store.desk.cases import first_of
from assistant.store.desk.ledger import Acting, locked, save

if TYPE_CHECKING:
    from assistant.store.contact_keys import KeyRing
    from assistant.store.contacts import Contact, Details

CASE, CALLBACK = "case", "callback"
"""The kinds of subjects contact data of the desk is kept for."""
_WHY = "投诉查重"


def customer_of(acting: Acting, keys: KeyRing, phone: str) -> str:
    """Return the key of the customer with this number: that of an earlier case, or a new one.

    Raises InputError (``bad-phone``).
    """
    found = contacts.find_by_phone(acting.connection, keys, acting.who.name, _WHY, phone)
    numbers = [int(subject.id) for subject in found if subject.kind == CASE]
    query = select(m.Case.customer_key).where(m.Case.number.in_(numbers), m.Case.customer_key.is_not(None))
    known: str | None = acting.connection.execute(query.order_by(m.Case.number).limit(1)).scalar()
    return known or uuid4().hex


def keep(acting: Acting, number: int, keys: KeyRing, details: Details) -> int:
    """Keep how the customer of a case can be reached; a number known from an earlier case links the two.

    Raises InputError (``unknown-case``, ``bad-contact``, ``bad-phone``).
    """
    standing = locked(acting, number)
    subject = contacts.Subject(CASE, str(number))
    happened = [Event("contact_kept", acting.now, acting.who.name)]
    values: dict[str, Any] = {}
    if details.phone and standing.row["customer_key"] is None:
        row = standing.row
        values["customer_key"] = customer_of(acting, keys, details.phone)
        root = first_of(acting, number, row["received_at"], values["customer_key"], row["record"])
        if root is not None:
            values["repeat_of"] = root
            happened.append(Event("repeat_found", acting.now, CLOCK.name, {"first": root}))
    made = contacts.add(acting.connection, keys, acting.who.name, subject, details)
    save(acting, standing, happened, values=values)
    return made


def reach(acting: Acting, keys: KeyRing, why: str, *, case: int | None, callback: str = "") -> list[Contact]:
    """Return how the customer of a case (or of a callback without one: its key) can be reached; audited.

    Raises InputError (``no-reason``).
    """
    subject = contacts.Subject(CASE, str(case)) if case is not None else contacts.Subject(CALLBACK, callback)
    return contacts.read(acting.connection, keys, acting.who.name, why, subject)


def keep_for_callback(acting: Acting, keys: KeyRing, key: str, phone: str, name: str) -> None:
    """Keep the number of a callback that belongs to no case, once; raises InputError (``bad-phone``)."""
    subject = contacts.Subject(CALLBACK, key)
    contacts.add(acting.connection, keys, acting.who.name, subject, contacts.Details(name=name, phone=phone))
