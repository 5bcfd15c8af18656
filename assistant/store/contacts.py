"""Contact data the work needs (a complaint, a callback): encrypted by field, each look at it audited.

Nothing here goes into logs, webhooks or exports; what the audit log keeps is who, whose and why, never the
data.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, or_, select, update

from assistant.errors import InputError
from assistant.ingest.privacy import mask
from assistant.store.audit import note
from assistant.store.contact_keys import normalise_phone
from assistant.store.contact_models import Contact as Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection, RowMapping

    from assistant.store.contact_keys import ContactKey, KeyRing

CALL = "call"
"""The kind of subject that goes with its conversation; other kinds are of those who keep them."""
_LONGEST = {"name": 100, "phone": 40, "email": 254, "address": 300}
_NAMES = {"name": "姓名", "phone": "电话", "email": "邮箱", "address": "地址"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a contact is kept for."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


@dataclass(frozen=True, slots=True)
class Details:
    """How somebody can be reached; it shows nothing of itself where objects are printed."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Contact:
    number: int
    subject: Subject
    details: Details
    made_at: datetime
    made_by: str


def add(connection: Connection, keys: KeyRing, by: str, subject: Subject, details: Details) -> int:
    """Keep how somebody can be reached, encrypted; return its number.

    Raises InputError (``bad-contact``, ``bad-phone``).
    """
    values = {
        "subject_kind": subject.kind, "subject_id": subject.id, "made_at": datetime.now(UTC), "made_by": by,
        **_sealed(keys.current, subject, _checked(details)),
    }  # fmt: skip
    number: int = connection.execute(insert(Row).values(values).returning(Row.number)).scalar_one()
    note(connection, by, "contact.add", str(subject), {"number": number, "fields": _given(details)})
    return number


def read(connection: Connection, keys: KeyRing, who: str, why: str, subject: Subject) -> list[Contact]:
    """Return the contacts of a subject, the latest last; that `who` has looked, and `why`, is audited.

    Raises InputError (``no-reason``).
    """
    reason = _reason(why)
    query = select(Row.__table__).where(_of(subject)).order_by(Row.number)
    found = [_opened(keys, row) for row in connection.execute(query).mappings()]
    detail = {"why": reason, "numbers": [contact.number for contact in found]}
    note(connection, who, "contact.read", str(subject), detail)
    return found


def find_by_phone(connection: Connection, keys: KeyRing, who: str, why: str, phone: str) -> list[Subject]:
    """Return what contacts with this phone number are kept for, the latest first; it opens none of them.

    Raises InputError (``bad-phone``). The audit log keeps that it was asked, not the number.
    """
    reason = _reason(why)
    query = select(Row.subject_kind, Row.subject_id).where(Row.phone_hash.in_(keys.hashes(phone)))
    rows = connection.execute(query.order_by(Row.number.desc())).all()
    found = list(dict.fromkeys(Subject(row.subject_kind, row.subject_id) for row in rows))
    note(connection, who, "contact.find", "", {"why": reason, "found": [str(subject) for subject in found]})
    return found


def erase(
    connection: Connection, by: str, *, subjects: Sequence[Subject] = (), hashes: Sequence[str] = ()
) -> int:
    """Delete the contacts of subjects, and those with a phone number (`KeyRing.hashes`); return how many."""
    wanted: list[ColumnElement[bool]] = [_of(subject) for subject in subjects]
    if hashes:
        wanted.append(Row.phone_hash.in_(hashes))
    if not wanted:
        return 0
    gone = connection.execute(delete(Row).where(or_(*wanted))).rowcount
    target = ",".join(map(str, subjects))
    note(connection, by, "contact.erase", target, {"contacts": gone, "by_phone": bool(hashes)})
    return gone


def any_kept(connection: Connection) -> bool:
    """Whether there is contact data: then its key is needed, and no other will do."""
    return connection.execute(select(Row.number).limit(1)).first() is not None


def erase_of_calls(connection: Connection, call_ids: Any) -> int:
    """Delete the contacts of conversations that go; `call_ids` is a list or a query."""
    return erase_of(connection, CALL, call_ids)


def erase_of(connection: Connection, kind: str, ids: Any) -> int:
    """Delete the contacts of subjects of a kind that go; `ids` is a list or a query."""
    return connection.execute(delete(Row).where(Row.subject_kind == kind, Row.subject_id.in_(ids))).rowcount


def rotate(connection: Connection, keys: KeyRing, by: str, *, most: int) -> int:
    """Encrypt up to `most` contacts of older keys anew with the current one; return how many it were."""
    query = select(Row.__table__).where(Row.key_id != keys.current.key_id).order_by(Row.number).limit(most)
    rows = connection.execute(query).mappings().all()
    for row in rows:
        contact = _opened(keys, row)
        values = _sealed(keys.current, contact.subject, contact.details)
        connection.execute(update(Row).where(Row.number == contact.number).values(values))
    if rows:
        note(connection, by, "contact.rotate", keys.current.key_id, {"contacts": len(rows)})
    return len(rows)


def _of(subject: Subject) -> ColumnElement[bool]:
    return and_(Row.subject_kind == subject.kind, Row.subject_id == subject.id)


def _given(details: Details) -> list[str]:
    return [each.name for each in fields(details) if getattr(details, each.name)]


def _checked(details: Details) -> Details:
    values = {}
    for name, longest in _LONGEST.items():
        text = (getattr(details, name) or "").strip()
        if len(text) > longest or any(sign < " " for sign in text):
            raise InputError(f"{_NAMES[name]}最多 {longest} 个字符，不能含换行", code="bad-contact")
        values[name] = text or None
    if not any(values.values()):
        raise InputError("姓名、电话、邮箱、地址至少填一项", code="bad-contact")
    if values["email"] and not 0 < values["email"].find("@") < len(values["email"]) - 1:
        raise InputError("邮箱地址无法识别", code="bad-contact")
    if values["phone"]:
        normalise_phone(values["phone"])
    return Details(**values)


def _sealed(key: ContactKey, subject: Subject, details: Details) -> dict[str, Any]:
    sealed: dict[str, Any] = {"key_id": key.key_id}
    for each in fields(details):
        text = getattr(details, each.name)
        sealed[each.name] = None if text is None else key.encrypt(text, _place(subject, each.name))
    sealed["phone_hash"] = key.hash(normalise_phone(details.phone)) if details.phone else None
    return sealed


def _opened(keys: KeyRing, row: RowMapping) -> Contact:
    key = keys.named(row["key_id"])
    subject = Subject(row["subject_kind"], row["subject_id"])
    opened = {
        name: key.decrypt(row[name], _place(subject, name)) for name in _LONGEST if row[name] is not None
    }
    return Contact(row["number"], subject, Details(**opened), row["made_at"], row["made_by"])


def _place(subject: Subject, name: str) -> str:
    """Return what a field is bound to."""
    return f"{subject.kind}\n{subject.id}\n{name}"


def _reason(why: str) -> str:
    """Return the reason as the audit log may keep it: masked; raises InputError without one."""
    reason = why.strip()
    if not reason:
        raise InputError("请填写查看联系方式的原因", code="no-reason")
    return mask(reason)[0][:200]
