"""Contact data: kept, looked at with a reason, found by phone number, erased; each of it is audited."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import ConfigurationError
from assistant.store import contacts
from assistant.store.contact_keys import key_ring
from assistant.store.desk import erasure
from assistant.store.desk.customers import CASE
from assistant.store.models import CALL_ID
from assistant.web.identity import Administering, Someone, needs, refuse
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from assistant.store.contact_keys import KeyRing
    from assistant.store.database import Connection

Looking = Annotated[object, needs("contacts")]
router = APIRouter(prefix="/api/contacts", tags=["contacts"], responses=answers(401, 403, 422, 503))
_Why = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$", description="Goes into the audit log.")
]
_Text = Annotated[str | None, Field(max_length=300, pattern=r"^[^\x00-\x1f]*$")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Subject(Asked):
    """What a contact is kept for."""

    kind: Annotated[
        str, Field(pattern=r"^[a-z][a-z_-]{0,31}$", description="`call`, `complaint`, `callback` …")
    ]
    id: Annotated[str, Field(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]+$")]


class Details(Asked):
    name: _Text = None
    phone: _Text = None
    email: _Text = None
    address: _Text = None


class NewContact(Asked):
    subject: Subject
    details: Details


class Look(Asked):
    subject: Subject
    why: _Why


class Search(Asked):
    phone: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]+$")]
    why: _Why


class Contact(BaseModel):
    number: int
    subject: Subject
    details: Details
    made_at: datetime
    made_by: str


class Kept(BaseModel):
    number: int


class Erased(BaseModel):
    contacts: int = Field(description="How many were deleted.")
    cases: int = Field(
        description="Cases of the customer that tell no more who it was; their files went, too."
    )


@router.post("", summary="Keep contact data", responses=answers(413))
async def add(asked: NewContact, service: Serving, who: Someone) -> Kept:
    """Keep how somebody can be reached, encrypted; agents may do so, too, without seeing it again."""
    refuse(who, "contacts" if who.may("contacts") else "live")
    job = partial(
        contacts.add,
        keys=keys_of(service),
        by=who.name,
        subject=_subject(asked.subject),
        details=contacts.Details(**asked.details.model_dump()),
    )
    return Kept(number=await service.write(job))


@router.post("/read", summary="Look at contact data", dependencies=[needs("contacts")])
async def read(asked: Look, service: Serving, who: Someone) -> list[Contact]:
    """Show the contacts of a subject; who looked, and why, goes into the audit log."""
    job = partial(
        contacts.read, keys=keys_of(service), who=who.name, why=asked.why, subject=_subject(asked.subject)
    )
    return [told_of(contact) for contact in await service.write(job)]


@router.post("/find", summary="Find by phone number", dependencies=[needs("contacts")])
async def find(asked: Search, service: Serving, who: Someone) -> list[Subject]:
    """Tell what contacts with this number are kept for, however it is written; none of them is opened."""
    job = partial(
        contacts.find_by_phone, keys=keys_of(service), who=who.name, why=asked.why, phone=asked.phone
    )
    return [Subject(kind=each.kind, id=each.id) for each in await service.write(job)]


class Erasure(Asked):
    subject: Subject | None = None
    phone: Annotated[str | None, Field(min_length=1, max_length=40, pattern=r"^[^\x00]+$")] = None


@router.post("/erase", summary="Erase contact data")
async def erase(asked: Erasure, service: Serving, who: Administering) -> Erased:
    """Delete the contacts of a subject, or those with a phone number, for good.

    Of a customer at the complaint desk names, own words and files go from all cases, too.
    """
    if (asked.subject is None) is (asked.phone is None):
        raise ProblemError(422, "invalid", "请写明要删除的对象（subject）或电话（phone），二者选一")
    subjects = [] if asked.subject is None else [_subject(asked.subject)]
    hashes = [] if asked.phone is None else keys_of(service).hashes(asked.phone)
    numbers = [int(each.id) for each in subjects if each.kind == CASE and each.id.isdecimal()]

    def job(connection: Connection) -> Erased:
        cases = erasure.cases_of(connection, numbers=numbers, hashes=hashes)
        every = [*subjects, *(contacts.Subject(CASE, str(number)) for number in cases)]
        gone = contacts.erase(connection, who.name, subjects=every, hashes=hashes)
        return Erased(contacts=gone, cases=erasure.erase_customer(connection, who.name, cases))

    erased: Erased = await service.write(job)
    return erased


def keys_of(service: Service) -> KeyRing:
    """Return the keys of contact data; raises ProblemError (503) where the house has none."""
    try:
        return key_ring(service.settings.contact_key)
    except ConfigurationError as error:
        raise ProblemError(503, error.code, error.message) from None


def _subject(asked: Subject) -> contacts.Subject:
    return contacts.Subject(asked.kind, asked.id)


def told_of(contact: contacts.Contact) -> Contact:
    details = contact.details
    return Contact(
        number=contact.number,
        subject=Subject(kind=contact.subject.kind, id=contact.subject.id),
        details=Details(name=details.name, phone=details.phone, email=details.email, address=details.address),
        made_at=contact.made_at,
        made_by=contact.made_by,
    )
