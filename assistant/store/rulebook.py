"""Rules in the store: versions that were published, drafts of the next one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from assistant.errors import ConflictError
from assistant.store.audit import note
from assistant.store.dialect import upsert
from assistant.store.rulebook_models import RuleDraft, RuleFile, RuleVersion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """A published version; `files` gives SHA-256 by name, none of them means the packs of the settings."""

    number: int
    files: Mapping[str, str]
    sha256: str | None
    packs: Sequence[Json]
    published_by: str
    published_at: datetime
    why: str
    restores: int | None


@dataclass(frozen=True, slots=True)
class Draft:
    number: int
    title: str
    made_by: str
    changed_by: str
    changed_at: datetime
    base: int
    revision: int
    files: Mapping[str, str]
    checked: Mapping[str, Any] | None


def latest_version(connection: Connection) -> int:
    """Return the number of the version in force, 0 where none was ever published."""
    return connection.execute(select(func.max(RuleVersion.number))).scalar() or 0


def find_version(connection: Connection, number: int) -> Version | None:
    found = select(RuleVersion.__table__).where(RuleVersion.number == number)
    row = connection.execute(found).mappings().first()
    return None if row is None else Version(**row)


def list_versions(connection: Connection, most: int) -> list[Version]:
    """Return the latest versions, the one in force first."""
    query = select(RuleVersion.__table__).order_by(RuleVersion.number.desc()).limit(most)
    return [Version(**row) for row in connection.execute(query).mappings()]


def publish(
    connection: Connection,
    by: str,
    *,
    base: int,
    why: str,
    files: Mapping[str, str],
    sha256: str | None,
    packs: Sequence[Json],
    restores: int | None = None,
) -> int:
    """Put files in force that are stored; return the number of the new version.

    Raises ConflictError (``stale``) where `base` isn't the version in force any more.
    """
    number = base + 1
    values = {
        "number": number, "files": dict(files), "sha256": sha256, "packs": list(packs), "published_by": by,
        "published_at": datetime.now(UTC), "why": why, "restores": restores,
    }  # fmt: skip
    put = upsert(connection, RuleVersion, values, key=["number"], change=[]).returning(RuleVersion.number)
    if latest_version(connection) != base or connection.execute(put).scalar() is None:
        raise ConflictError("其间已发布了别的版本，请先并入新版本", code="stale")
    detail = {"why": why, "sha256": sha256, "packs": list(packs), "restores": restores}
    note(connection, by, "rules.publish", str(number), detail)
    return number


def texts_of(connection: Connection, files: Mapping[str, str]) -> dict[str, str]:
    """Return the texts of files by name."""
    query = select(RuleFile.sha256, RuleFile.text).where(RuleFile.sha256.in_(set(files.values())))
    known = {row.sha256: row.text for row in connection.execute(query)}
    return {name: known[digest] for name, digest in files.items()}


def begin_draft(connection: Connection, by: str, title: str, base: int, texts: Mapping[str, str]) -> Draft:
    """Begin a draft of version `base` with these files."""
    values = {
        "title": title, "made_by": by, "changed_by": by, "changed_at": datetime.now(UTC), "base": base,
        "revision": 1, "files": _kept(connection, texts), "checked": None,
    }  # fmt: skip
    row = connection.execute(insert(RuleDraft).values(values).returning(RuleDraft.__table__)).mappings().one()
    note(connection, by, "rules.draft", str(row["number"]), {"title": title, "base": base})
    return _draft(row)


def list_drafts(connection: Connection) -> list[Draft]:
    """Return the drafts, the one changed last first."""
    query = select(RuleDraft.__table__).order_by(RuleDraft.changed_at.desc())
    return [_draft(row) for row in connection.execute(query).mappings()]


def find_draft(connection: Connection, number: int) -> Draft | None:
    row = connection.execute(select(RuleDraft.__table__).where(RuleDraft.number == number)).mappings().first()
    return None if row is None else _draft(row)


def change_draft(
    connection: Connection,
    by: str,
    draft: Draft,
    *,
    put: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
) -> Draft:
    """Put files into a draft and take others out.

    Raises ConflictError (``stale``) where somebody else has changed it since `draft` was read.
    """
    files = {name: digest for name, digest in draft.files.items() if name not in drop}
    files |= _kept(connection, put or {})
    values = {
        "files": files, "revision": draft.revision + 1, "changed_by": by, "changed_at": datetime.now(UTC),
    }  # fmt: skip
    changed = _changed(connection, draft, values)
    detail = {"revision": changed.revision, "put": sorted(put or ()), "drop": sorted(drop)}
    note(connection, by, "rules.draft.change", str(draft.number), detail)
    return changed


def _changed(connection: Connection, draft: Draft, values: Json) -> Draft:
    here = (RuleDraft.number == draft.number, RuleDraft.revision == draft.revision)
    change = update(RuleDraft).where(*here).values(values).returning(RuleDraft.__table__)
    row = connection.execute(change).mappings().first()
    if row is None:
        raise ConflictError("其间别人改过这份草稿，请刷新后再试", code="stale")
    return _draft(row)


def rebase_draft(
    connection: Connection,
    by: str,
    draft: Draft,
    *,
    base: int,
    files: Mapping[str, str],
    texts: Mapping[str, str],
) -> Draft:
    """Let a draft follow on version `base` with `files` (SHA-256 by name), those in `texts` stored with it.

    Raises ConflictError (``stale``) where somebody else has changed it since `draft` was read.
    """
    _kept(connection, texts)
    values = {
        "files": dict(files), "base": base, "revision": draft.revision + 1, "changed_by": by,
        "changed_at": datetime.now(UTC),
    }  # fmt: skip
    changed = _changed(connection, draft, values)
    note(connection, by, "rules.draft.rebase", str(draft.number), {"base": base})
    return changed


def keep_check(connection: Connection, draft: Draft, checked: Mapping[str, Any]) -> None:
    """Note what came of checking a draft, unless it has been changed meanwhile."""
    here = (RuleDraft.number == draft.number, RuleDraft.revision == draft.revision)
    connection.execute(update(RuleDraft).where(*here).values(checked=dict(checked)))


def drop_draft(connection: Connection, by: str, draft: Draft) -> None:
    """Delete a draft; raises ConflictError (``stale``) where it has been changed meanwhile."""
    here = (RuleDraft.number == draft.number, RuleDraft.revision == draft.revision)
    if connection.execute(delete(RuleDraft).where(*here)).rowcount != 1:
        raise ConflictError("其间别人改过这份草稿，请刷新后再试", code="stale")
    note(connection, by, "rules.draft.drop", str(draft.number))


def _kept(connection: Connection, texts: Mapping[str, str]) -> dict[str, str]:
    """Store texts that aren't there yet; return the SHA-256 of each by its name."""
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    for name, digest in digests.items():
        values = {"sha256": digest, "text": texts[name]}
        connection.execute(upsert(connection, RuleFile, values, key=["sha256"], change=[]))
    return digests


def _draft(row: RowMapping) -> Draft:
    return Draft(**row)
