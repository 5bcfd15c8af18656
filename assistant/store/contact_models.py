"""The one table of contact data."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import CALL_ID, Base, Number


class Contact(Base):
    """How somebody can be reached, for a piece of work: each field encrypted by the key `key_id`.

    `phone_hash` is the keyed hash of the normalised number, by the same key.
    """

    __tablename__ = "contacts"
    __table_args__ = (Index(None, "subject_kind", "subject_id"), Index(None, "phone_hash"))

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    subject_kind: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(CALL_ID))
    key_id: Mapped[str] = mapped_column(String(32))
    name: Mapped[bytes | None]
    phone: Mapped[bytes | None]
    email: Mapped[bytes | None]
    address: Mapped[bytes | None]
    phone_hash: Mapped[str | None] = mapped_column(String(64))
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(200))
