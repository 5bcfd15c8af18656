"""The table of tries to sign in: it lets guesses be slowed down, whether anybody has the name or not."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import Base

EVERYWHERE = "*"
"""Instead of an address: all of them together."""


class SignInTry(Base):
    """Wrong guesses in a row for a name (its SHA-256: people type passwords there) from an address.

    `until` is how long nobody is let in so; `good_at` when somebody last was; `last_at` the last try.
    """

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index(None, "last_at"),)

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime | None]
    last_at: Mapped[datetime]
    good_at: Mapped[datetime | None]
