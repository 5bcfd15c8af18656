"""Versions of the rules: which is in force, who published it and why, publishing and going back."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.store import rulebook
from assistant.web.api.rules import Pack
from assistant.web.identity import Publishing, needs
from assistant.web.openapi import BINARY
from assistant.web.problems import ProblemError, answers
from assistant.web.rules.uploads import packed
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from assistant.store.database import Connection

router = APIRouter(
    prefix="/api/rules/versions",
    tags=["rule versions"],
    dependencies=[needs("rules")],
    responses=answers(401, 403),
)
_SHOWN = 200
_LAST = 2**31 - 1
Number = Annotated[int, Path(ge=0, le=_LAST)]
Why = Annotated[
    str,
    Field(
        min_length=1, max_length=2_000, pattern=r"^[^\x00]*\S[^\x00]*$",
        description="Why, for the audit log.", examples=["新增退款承诺类禁语"],
    ),
]  # fmt: skip


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PublishRequest(Asked):
    draft: int = Field(ge=1, le=_LAST)
    revision: int = Field(ge=1, le=_LAST, description="The revision that was checked and looked at.")
    why: Why


class RestoreRequest(Asked):
    why: Why


class Version(BaseModel):
    number: int = Field(description="0: the packs of the settings, in force until something is published.")
    sha256: str | None = Field(description="`ruleset_sha256` of reports; null: that of the settings' packs.")
    packs: list[Pack]
    published_by: str | None
    published_at: datetime | None
    why: str | None
    restores: int | None = Field(description="The earlier version this one puts in force again.")


class Versions(BaseModel):
    current: int = Field(description="The version new calls take.")
    loaded: int = Field(description="The version this worker has taken; it follows within seconds.")
    items: list[Version] = Field(description=f"The latest {_SHOWN}, the one in force first.")


class VersionFile(BaseModel):
    name: str
    bytes: int


class WholeVersion(Version):
    files: list[VersionFile]


_FIRST = Version(
    number=0, sha256=None, packs=[], published_by=None, published_at=None, why=None, restores=None
)


@router.get("", summary="List the versions", responses=answers())
async def listing(service: Serving) -> Versions:
    """List what was published, by whom, when and why."""
    found = await service.read(partial(rulebook.list_versions, most=_SHOWN))
    current = found[0].number if found else 0
    return Versions(
        current=current, loaded=service.rules.number, items=[*(_told(each) for each in found), _FIRST]
    )


@router.get("/{number}", summary="Show a version", responses=answers(404, 422))
async def one(number: Number, service: Serving) -> WholeVersion:
    """Show a version with its files."""
    version = await _found(service, number)
    contents = await service.rules.contents(number)
    files = [VersionFile(name=name, bytes=len(text)) for name, text in sorted(contents.items())]
    return WholeVersion(**version.model_dump(), files=files)


@router.get(
    "/{number}/files",
    summary="Download the files of a version",
    response_class=Response,
    responses={
        200: {"description": "A zip archive.", "content": {"application/zip": BINARY}},
        **answers(404, 422),
    },
)
async def files(number: Number, service: Serving) -> Response:
    """Send the rule files of a version as a zip archive; it can be uploaded into a draft again."""
    await _found(service, number)
    contents = await service.rules.contents(number)
    archive = await service.work(partial(packed, contents))
    headers = {"content-disposition": f'attachment; filename="rules-{number}.zip"'}
    return Response(archive, media_type="application/zip", headers=headers)


@router.post("", summary="Publish a draft", status_code=201, responses=answers(404, 409, 413, 422, 503))
async def publish(asked: PublishRequest, service: Serving, who: Publishing) -> Version:
    """Put a draft in force, at once and as a whole: new calls take it, running ones finish on theirs.

    It has to have been checked without errors as it is, and to follow on the version in force. The
    draft is gone then.
    """
    draft = await service.read(partial(rulebook.find_draft, number=asked.draft))
    if draft is None:
        raise ProblemError(404, "unknown-draft", "没有这份草稿")
    if draft.revision != asked.revision:
        raise ProblemError(409, "stale", "草稿已被改动，请刷新后再发布")
    checked = draft.checked or {}
    if checked.get("revision") != draft.revision:
        raise ProblemError(422, "not-checked", "草稿改动后还没有检查，请先检查")
    if checked["errors"] or checked["failures"] or not checked["sha256"]:
        raise ProblemError(422, "has-problems", "检查没有通过，请先改正规则和例句")
    await service.rules.prepare(draft.files, checked["sha256"])

    def job(connection: Connection) -> int:
        number = rulebook.publish(
            connection, who.name, base=draft.base, why=asked.why, files=draft.files,
            sha256=checked["sha256"], packs=checked["packs"],
        )  # fmt: skip
        rulebook.drop_draft(connection, who.name, draft)
        return number

    return await _in_force(service, await service.write(job))


@router.post(
    "/{number}/restore",
    summary="Go back to a version",
    status_code=201,
    responses=answers(404, 409, 413, 422, 503),
)
async def restore(number: Number, asked: RestoreRequest, service: Serving, who: Publishing) -> Version:
    """Put an earlier version in force again, as a new version; 0: the packs of the settings."""
    await _found(service, number)
    version = await service.read(partial(rulebook.find_version, number=number)) if number else None
    files, sha256, packs = (
        ({}, None, []) if version is None else (version.files, version.sha256, version.packs)
    )
    if sha256 is not None:
        await service.rules.prepare(files, sha256)

    def job(connection: Connection) -> int:
        return rulebook.publish(
            connection, who.name, base=rulebook.latest_version(connection), why=asked.why, files=files,
            sha256=sha256, packs=packs, restores=number,
        )  # fmt: skip

    return await _in_force(service, await service.write(job))


async def _in_force(service: Service, number: int) -> Version:
    await service.rules.look()
    return await _found(service, number)


async def _found(service: Service, number: int) -> Version:
    if number == 0:
        return _FIRST
    version = await service.read(partial(rulebook.find_version, number=number))
    if version is None:
        raise ProblemError(404, "unknown-version", "没有这个版本")
    return _told(version)


def _told(version: rulebook.Version) -> Version:
    values: dict[str, Any] = {
        name: getattr(version, name) for name in Version.model_fields if name != "packs"
    }
    return Version(**values, packs=[Pack(**pack) for pack in version.packs])
