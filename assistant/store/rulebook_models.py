"""Tables of published rules: versions, drafts, their files, and by which version a call is judged."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from assistant.store.models import Base, Number


class RuleFile(Base):
    """The text of a rule file; versions and drafts that have it in common name it by its SHA-256."""

    __tablename__ = "rule_files"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class RuleVersion(Base):
    """A set of rule files that was put in force; the one with the highest number holds.

    `files` gives the SHA-256 of each file by name; without files it stands for the packs of the
    settings. `sha256` is what reports know the rule set by. Nothing is ever changed here: going back
    is a version of its own that `restores` an earlier one (0: the packs of the settings).
    """

    __tablename__ = "rule_versions"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    files: Mapped[dict[str, Any]]
    sha256: Mapped[str | None] = mapped_column(String(64))
    packs: Mapped[list[Any]]
    published_by: Mapped[str] = mapped_column(String(200))
    published_at: Mapped[datetime]
    why: Mapped[str] = mapped_column(Text)
    restores: Mapped[int | None]


class RuleDraft(Base):
    """Rule files somebody works on, begun from version `base`.

    `revision` grows with each change; `checked` is what came of checking it, with the revision it
    was checked in.
    """

    __tablename__ = "rule_drafts"

    number: Mapped[int] = mapped_column(Number, primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(String(200))
    changed_by: Mapped[str] = mapped_column(String(200))
    changed_at: Mapped[datetime]
    base: Mapped[int]
    revision: Mapped[int]
    files: Mapped[dict[str, Any]]
    checked: Mapped[dict[str, Any] | None]


class CallRules(Base):
    """The version of the rules a live call began with, and finishes on."""

    __tablename__ = "call_rules"

    conversation: Mapped[int] = mapped_column(
        Number, ForeignKey("conversations.number", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int]
