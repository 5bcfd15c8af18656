"""Drafts of the next version of the rules: upload or edit, check, try, compare on stored calls."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from assistant.model import Origin
from assistant.store import rulebook
from assistant.store.conversations import Filter
from assistant.store.models import CALL_ID
from assistant.web.api.answers import written
from assistant.web.api.rules import Pack, Tried, TryRequest
from assistant.web.api.uploads import SOME_FILES, body_of, uploads
from assistant.web.identity import Publishing, needs, refuse
from assistant.web.problems import ProblemError, answers
from assistant.web.rules import jobs
from assistant.web.rules.uploads import BYTES, FILES, NAME, storable, too_much, unpacked
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

router = APIRouter(
    prefix="/api/rules/drafts",
    tags=["rule drafts"],
    dependencies=[needs("rules.publish")],
    responses=answers(401, 403),
)
_LAST = 2**31 - 1
_CALLS = 1_000
Number = Annotated[int, Path(ge=1, le=_LAST)]
FileName = Annotated[str, Path(max_length=120, pattern=NAME, examples=["house/refund.yml"])]
Revision = Annotated[int, Query(ge=1, le=_LAST, description="The revision the change is made to.")]
Plain = Annotated[str, Field(max_length=CALL_ID, pattern=r"^[^\x00]*$")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DraftRequest(Asked):
    title: str = Field(
        min_length=1, max_length=200, pattern=r"^[^\x00]*\S[^\x00]*$", examples=["十二月退款规则"]
    )
    empty: bool = Field(default=False, description="Begin without files instead of those in force.")


class TextRequest(Asked):
    text: str = Field(
        max_length=BYTES,
        description="The YAML text of the file.",
        examples=['pack: house\nversion: "1"\nrules: []\n'],
    )
    revision: int = Field(ge=1, le=_LAST, description="The revision the change is made to.")


class DiffRequest(Asked):
    """Which stored calls to look at: the last ones that are so."""

    last: int = Field(default=200, ge=1, le=_CALLS)
    origin: Origin | None = None
    channel: Plain | None = None
    agent_id: Plain | None = None
    rule: Plain | None = None
    text: Annotated[str, Field(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]*$")] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Fault(BaseModel):
    path: str
    line: int = Field(description="From 1.")
    column: int = Field(description="From 1.")
    code: str
    message: str
    excerpt: str
    level: Literal["error", "warning"]


class Failure(BaseModel):
    rule: str
    example: str
    problem: str


class Checked(BaseModel):
    revision: int = Field(description="The revision that was checked.")
    errors: list[Fault]
    warnings: list[Fault]
    failures: list[Failure] = Field(description="Examples that don't come out as they say.")
    rules: int
    changed: list[str] = Field(
        description="The rules whose examples were run: those that aren't in the base."
    )
    examples: int
    sha256: str | None = Field(description="`ruleset_sha256` of reports it would lead to.")
    packs: list[Pack]


class DraftFile(BaseModel):
    name: str
    state: Literal["same", "changed", "new"] = Field(description="Against the version the draft began from.")


class Summary(BaseModel):
    number: int
    title: str
    made_by: str
    changed_by: str
    changed_at: datetime
    base: int = Field(description="The version it began from; 0: the packs of the settings.")
    revision: int


class Draft(Summary):
    files: list[DraftFile]
    removed: list[str] = Field(description="Files of the version it began from that it leaves out.")
    checked: Checked | None = Field(description="What came of the last check.")
    current: int = Field(description="The version in force; another than `base`: take it over first.")


class Saved(BaseModel):
    draft: Draft
    problems: list[Fault] = Field(description="What is wrong with the files as each stands.")


class FileText(BaseModel):
    name: str
    text: str
    revision: int


class Change(BaseModel):
    id: str
    path: str | None
    score: dict[str, float | None] = Field(description="`old` and `new`.")
    grade: dict[str, str] = Field(description="`old` and `new`.")
    gained: list[dict[str, Any]] = Field(description="Findings of the draft alone, each with its `sentence`.")
    lost: list[dict[str, Any]] = Field(description="Findings of the version in force alone.")


class OfRule(BaseModel):
    rule: str
    gained: int
    lost: int


class Total(BaseModel):
    conversations: int
    changed: int
    gained: int
    lost: int
    score: dict[str, float | None]
    rules: list[OfRule]


class Diff(BaseModel):
    schema_: Literal["huashu.diff/1"] = Field(alias="schema")
    old: list[Pack]
    new: list[Pack]
    conversations: list[Change] = Field(description="Those that change, 200 at most.")
    total: Total


@router.get("", summary="List the drafts")
async def listing(service: Serving) -> list[Summary]:
    """List the drafts, the one changed last first."""
    return [_summary(draft) for draft in await service.read(rulebook.list_drafts)]


@router.post("", summary="Begin a draft", status_code=201, responses=answers(413, 422))
async def begin(asked: DraftRequest, service: Serving, who: Publishing) -> Draft:
    """Begin a draft with the files in force, or with none."""
    base = await service.read(rulebook.latest_version)
    contents = {} if asked.empty else await service.rules.contents(base)
    texts = {name: data.decode("utf-8-sig") for name, data in contents.items()}
    job = partial(rulebook.begin_draft, by=who.name, title=asked.title, base=base, texts=texts)
    return await _whole(service, await service.write(job))


@router.get("/{number}", summary="Show a draft", responses=answers(404, 422))
async def one(number: Number, service: Serving) -> Draft:
    """Show a draft: its files against the version it began from, and what came of the last check."""
    return await _whole(service, await _found(service, number))


@router.delete("/{number}", summary="Drop a draft", status_code=204, responses=answers(404, 409, 422))
async def drop(number: Number, revision: Revision, service: Serving, who: Publishing) -> None:
    """Delete a draft."""
    draft = await _found(service, number, revision)
    await service.write(partial(rulebook.drop_draft, by=who.name, draft=draft))


@router.get("/{number}/files/{name:path}", summary="Show a file", responses=answers(404, 422))
async def file(number: Number, name: FileName, service: Serving) -> FileText:
    """Show the text of a file of a draft."""
    draft = await _found(service, number)
    if name not in draft.files:
        raise ProblemError(404, "unknown-file", "草稿里没有这个文件")
    texts = await service.read(partial(rulebook.texts_of, files={name: draft.files[name]}))
    return FileText(name=name, text=texts[name], revision=draft.revision)


@router.put("/{number}/files/{name:path}", summary="Save a file", responses=answers(404, 409, 413, 422, 503))
async def save(
    number: Number, name: FileName, asked: TextRequest, service: Serving, who: Publishing
) -> Saved:
    """Put a file into a draft, in the place of one of that name; its problems come with line and column."""
    draft = await _found(service, number, asked.revision)
    return await _put(service, who.name, draft, {name: storable(name, asked.text)})


@router.delete("/{number}/files/{name:path}", summary="Take a file out", responses=answers(404, 409, 422))
async def take_out(
    number: Number, name: FileName, revision: Revision, service: Serving, who: Publishing
) -> Draft:
    """Take a file out of a draft."""
    draft = await _found(service, number, revision)
    if name not in draft.files:
        raise ProblemError(404, "unknown-file", "草稿里没有这个文件")
    job = partial(rulebook.change_draft, by=who.name, draft=draft, drop=[name])
    return await _whole(service, await service.write(job))


@router.post(
    "/{number}/files",
    summary="Upload files",
    responses=answers(400, 404, 409, 413, 415, 422, 503),
    openapi_extra=body_of(SOME_FILES),
)
async def upload(
    number: Number, revision: Revision, request: Request, service: Serving, who: Publishing
) -> Saved:
    """Put YAML files, or a zip archive of them, into a draft; a file of the same name is replaced."""
    draft = await _found(service, number, revision)
    texts: dict[str, str] = {}
    async with uploads(request, FILES) as found:
        for each in found:
            texts |= await service.work(partial(unpacked, each.filename or "upload", await each.read()))
    if not texts:
        raise ProblemError(422, "no-file", "没有收到文件")
    return await _put(service, who.name, draft, texts)


@router.post("/{number}/rebase", summary="Take over the version in force", responses=answers(404, 409, 422))
async def rebase(number: Number, revision: Revision, service: Serving, who: Publishing) -> Draft:
    """Let a draft follow on the version in force: its own changes stay, all else is as published.

    Files that both have changed are named in `errors` (409); save them as they are to be, or take
    them out, in a draft begun anew.
    """
    draft = await _found(service, number, revision)
    current = await service.read(rulebook.latest_version)
    old, new = await _digests(service, draft.base), await _digests(service, current)
    own = {name for name in {*old, *draft.files} if old.get(name) != draft.files.get(name)}
    both = sorted(
        name for name in own if old.get(name) != new.get(name) and draft.files.get(name) != new.get(name)
    )
    if both:
        errors = [{"path": name, "message": "草稿和新版本都改了这个文件"} for name in both]
        raise ProblemError(409, "both-changed", f"两边都改了：{'、'.join(both)}", errors=errors)
    files = {name: digest for name, digest in new.items() if name not in own}
    files |= {name: draft.files[name] for name in own if name in draft.files}
    contents = await service.rules.contents(current)
    texts = {
        name: contents[name].decode("utf-8-sig") for name in files if name in contents and name not in own
    }
    job = partial(rulebook.rebase_draft, by=who.name, draft=draft, base=current, files=files, texts=texts)
    return await _whole(service, await service.write(job))


@router.post("/{number}/check", summary="Check a draft", responses=answers(404, 409, 422, 503))
async def check(number: Number, service: Serving) -> Checked:
    """Lint a draft as a whole, and run the examples of the rules that aren't in its base just so.

    It takes seconds, in a process of its own. A draft can be published once this finds nothing.
    """
    draft = await _found(service, number)
    contents, base = await service.rules.stored(draft.files), await service.rules.contents(draft.base)
    told = await service.workshop.do(jobs.checked, contents, base, service.settings.cache_dir)
    told = {"revision": draft.revision, **told}
    await service.write(partial(rulebook.keep_check, draft=draft, checked=told))
    return Checked(**told)


@router.post("/{number}/try", summary="Try a sentence on a draft", responses=answers(404, 413, 422, 503))
async def attempt(number: Number, asked: TryRequest, service: Serving) -> Tried:
    """Say what the rules of a draft make of a sentence."""
    draft = await _found(service, number)
    contents = await service.rules.stored(draft.files)
    told = await service.workshop.do(jobs.tried, service.settings, contents, asked.text, asked.role)
    return Tried(**_valid(told))


@router.post(
    "/{number}/diff",
    summary="What would change on stored calls?",
    response_model=Diff,
    responses=answers(404, 413, 422, 503),
)
async def diff(number: Number, asked: DiffRequest, service: Serving, who: Publishing) -> Response:
    """Judge stored calls by the version in force and by the draft; tell findings and scores that differ."""
    refuse(who, "read")
    draft = await _found(service, number)
    contents, base = (
        await service.rules.stored(draft.files),
        await service.rules.contents(service.rules.number),
    )
    wanted = Filter(
        origin=asked.origin, channel=asked.channel, agent_id=asked.agent_id if who.only is None else who.only,
        rule=asked.rule, text=asked.text, since=asked.since, until=asked.until,
    )  # fmt: skip
    told = await service.workshop.do(jobs.compared, service.settings, contents, base, wanted, asked.last)
    return written(_valid(told))


def _valid(told: dict[str, Any] | list[dict[str, Any]]) -> dict[str, Any]:
    if isinstance(told, list):
        raise ProblemError(422, "invalid-rules", "规则有错误，请先改正", errors=told)
    return told


async def _found(service: Service, number: int, revision: int | None = None) -> rulebook.Draft:
    draft: rulebook.Draft | None = await service.read(partial(rulebook.find_draft, number=number))
    if draft is None:
        raise ProblemError(404, "unknown-draft", "没有这份草稿")
    if revision is not None and revision != draft.revision:
        raise ProblemError(409, "stale", "草稿已被改动，请刷新后再改")
    return draft


async def _put(service: Service, by: str, draft: rulebook.Draft, texts: Mapping[str, str]) -> Saved:
    if len({*draft.files, *texts}) > FILES or sum(map(len, texts.values())) > BYTES:
        raise too_much()
    changed = await service.write(partial(rulebook.change_draft, by=by, draft=draft, put=texts))
    contents = {name: text.encode() for name, text in texts.items()}
    problems = await service.work(partial(jobs.read_files, contents)) if _few(contents) else []
    return Saved(draft=await _whole(service, changed), problems=[Fault(**each) for each in problems])


def _few(contents: Mapping[str, bytes]) -> bool:
    """Whether files are read in a moment; the check looks at all."""
    return sum(map(len, contents.values())) <= 128 * 1024


async def _whole(service: Service, draft: rulebook.Draft) -> Draft:
    before = await _digests(service, draft.base)
    files = [
        DraftFile(
            name=name,
            state="new" if name not in before else "same" if before[name] == digest else "changed",
        )
        for name, digest in sorted(draft.files.items())
    ]
    current = await service.read(rulebook.latest_version)
    return Draft(
        **_summary(draft).model_dump(),
        files=files,
        removed=sorted(set(before) - set(draft.files)),
        checked=Checked(**draft.checked) if draft.checked else None,
        current=current,
    )


async def _digests(service: Service, number: int) -> dict[str, str]:
    """Return the SHA-256 of the files of a version, by name."""
    contents = await service.rules.contents(number)
    return {
        name: hashlib.sha256(data.removeprefix(b"\xef\xbb\xbf")).hexdigest()
        for name, data in contents.items()
    }


def _summary(draft: rulebook.Draft) -> Summary:
    return Summary(**{name: getattr(draft, name) for name in Summary.model_fields})
