"""Files of a case: kept in the database, so that backup, roles and erasure are those of the case."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from assistant.desk.files import MOST_FILES
from assistant.errors import ConflictError, InputError, NotAllowedError, UsageError
from assistant.store.audit import note
from assistant.store.desk import models as m
from assistant.store.desk.ledger import Acting, happen, locked
from assistant.store.dialect import upsert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

UPLOADED = "upload"
"""The reference of a file that is kept here."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent, its type known by its content."""

    name: str
    media: str
    content: bytes = field(repr=False)


def keep(acting: Acting, number: int, upload: Upload) -> int:
    """Keep a file of a case; return its number. The same content is kept once.

    Raises InputError (``unknown-case``), ConflictError (``too-many-files``).
    """
    standing = locked(acting, number)
    table, digest = m.Attachment, hashlib.sha256(upload.content).hexdigest()
    known = acting.connection.execute(
        select(table.number).where(table.case == number, table.sha256 == digest)
    ).scalar()
    if known is not None:
        return int(known)
    count = select(func.count()).select_from(table).where(table.case == number)
    if acting.connection.execute(count).scalar_one() >= MOST_FILES:
        raise ConflictError(f"每个工单最多 {MOST_FILES} 个附件", code="too-many-files")
    values = {
        "case": number, "name": upload.name, "reference": UPLOADED, "size": len(upload.content),
        "sha256": digest, "media": upload.media, "at": acting.now, "by": acting.who.name,
    }  # fmt: skip
    put = upsert(acting.connection, table, values, key=["case", "sha256"], change=[]).returning(table.number)
    made = int(acting.connection.execute(put).scalar_one())
    content = {"attachment": made, "content": upload.content}
    acting.connection.execute(insert(m.AttachmentContent), content)
    happen(acting, standing, "attached", {"file": made, "sha256": digest})
    note(acting.connection, acting.who.name, "case.file.add", str(number), {"file": made, "sha256": digest})
    return made


def fetch(acting: Acting, number: int, file: int) -> Upload:
    """Return a file of a case; who fetched it is audited. Raises InputError (``unknown-file``)."""
    table, content = m.Attachment, m.AttachmentContent
    row = acting.connection.execute(
        select(table.name, table.media, content.content)
        .join(content, content.attachment == table.number)
        .where(table.case == number, table.number == file)
    ).first()
    if row is None:
        raise InputError("没有这个附件", code="unknown-file")
    note(acting.connection, acting.who.name, "case.file.read", str(number), {"file": file})
    return Upload(row.name, row.media or "application/octet-stream", row.content)


def remove(acting: Acting, number: int, file: int, reason: str) -> None:
    """Take a file out for good: who put it there may, and supervisors upward.

    Raises InputError (``unknown-file``), UsageError (``no-reason``), NotAllowedError (``rank``).
    """
    standing = locked(acting, number)
    table = m.Attachment
    found = select(table.name, table.by).where(table.case == number, table.number == file)
    row = acting.connection.execute(found).first()
    if row is None:
        raise InputError("没有这个附件", code="unknown-file")
    rules = acting.desk.rules
    if row.by != acting.who.name and rules.rank(acting.who.rank) == 0:
        raise NotAllowedError("别人上传的附件，请主管删除", code="rank")
    if not reason.strip():
        raise UsageError("请写明原因", code="no-reason")
    acting.connection.execute(delete(table).where(table.number == file))
    happen(acting, standing, "file_removed", {"reason": reason.strip()[:2_000]})
    note(acting.connection, acting.who.name, "case.file.remove", str(number), {"file": file})


def erase(connection: Connection, cases: Sequence[int]) -> int:
    """Delete all files of cases; return how many."""
    return connection.execute(delete(m.Attachment).where(m.Attachment.case.in_(cases))).rowcount
