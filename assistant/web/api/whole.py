"""Whole conversations that are sent along: score them, or say where one stands."""

from __future__ import annotations

from datetime import date
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from assistant.errors import ConflictError, HuashuError
from assistant.ingest import ReadSettings, read_stream
from assistant.report.wire import error_object, next_object, report_object
from assistant.store.audit import note
from assistant.store.conversations import keep_conversation
from assistant.web.api.answers import written
from assistant.web.api.uploads import FORM, SOME_FILES, body_of, media_type, uploads
from assistant.web.identity import Checking, refuse
from assistant.web.openapi import gives
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.model import Conversation
    from assistant.store.database import Connection

router = APIRouter(prefix="/api", tags=["conversations"], responses=answers(401, 403))
MOST_FILES = 20
"""How many files one request may carry."""
_BOUNDS = ReadSettings(max_line_bytes=8 << 20, max_file_bytes=64 << 20, max_turns=20_000)
_BODY = body_of(
    {
        "application/json": {
            "schema": {"type": "object"},
            "example": {
                "id": "c1",
                "turns": [{"role": "agent", "text": "您好"}, {"role": "customer", "text": "你好"}],
            },
        },
        **SOME_FILES,
    },
    description="A conversation (`turns` with `role` and `text`; `id`, `meta`, `channel`, `events` "
    "where known), a list of them, or files of any readable format.",
)
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Digits would look like a number to be masked."""
Sent = list[tuple[str, bytes]]


@router.post(
    "/score",
    summary="Score conversations",
    responses={
        **gives(
            "report", "One report (or `huashu.error/1` object) a conversation, in their order.", many=True
        ),
        **answers(400, 413, 415, 422, 503),
    },
    openapi_extra=_BODY,
)
async def score(
    request: Request,
    service: Serving,
    who: Checking,
    keep: Annotated[bool, Query(description="Store the conversations with their reports.")] = False,
) -> Response:
    """Score conversations: findings, required phrases, emotion, procedures, the scorecard.

    One that can't be read, or can't be kept because its id is there already, is reported in its place and
    never stops the rest. Where none can be read the answer is a problem.

    What is kept without an id of its own is named after its file and content (`001-dkhbmfaj`): another day's
    file of that name is another conversation, and the same file is kept once. It began when its `started_at`
    says, else now.
    """
    if keep:
        refuse(who, "import")
    sent = await sent_files(request)
    judged = await service.work(
        lambda: [_judged(service, each) for each in read_files(sent, by_content=keep)]
    )
    told: list[dict[str, Any]] = []
    for conversation, report in judged:
        if keep and conversation is not None:
            try:
                await service.write(partial(_kept, by=who.name, conversation=conversation, report=report))
            except ConflictError as conflict:
                report = error_object(conflict, path=conversation.id)  # noqa: PLW2901
        told.append(report)
    if judged and all(conversation is None for conversation, _ in judged):
        raise ProblemError(422, "unreadable", "没有能识别成通话的内容", errors=told)
    return written(told)


@router.post(
    "/next",
    summary="Say where a conversation stands, and what to say next",
    responses={**gives("next", "Where it stands, with ready phrases."), **answers(400, 413, 415, 422, 503)},
    openapi_extra=_BODY,
)
async def following(request: Request, service: Serving, who: Checking) -> Response:
    """Read one conversation as one that is still running."""
    del who
    sent = await sent_files(request)
    return written(await service.work(lambda: _standing(service, sent)))


def _judged(service: Service, each: Conversation | HuashuError) -> tuple[Conversation | None, dict[str, Any]]:
    if isinstance(each, HuashuError):
        return None, error_object(each)
    return each, report_object(service.engine.run(each))


def _kept(connection: Connection, by: str, conversation: Conversation, report: dict[str, Any]) -> None:
    day = date.today()  # noqa: DTZ011 (the house's own calendar)
    keep_conversation(connection, conversation, report, day=day)
    note(connection, by, "conversation.import", conversation.id)


def _standing(service: Service, sent: Sent) -> dict[str, Any]:
    each = next(read_files(sent), None)
    if each is None or isinstance(each, HuashuError):
        errors = [error_object(each)] if each is not None else None
        raise ProblemError(422, "unreadable", "无法识别成通话", errors=errors)
    engine = service.engine
    state = engine.start(each.meta, id=each.id, channel=each.channel, origin=each.origin)
    for item in each.items:
        engine.feed(state, item)
    procedures, prompts = engine.standing(state)
    return next_object(each.id, procedures, prompts)


def read_files(sent: Sent, *, by_content: bool = False) -> Iterator[Conversation | HuashuError]:
    """Yield the conversations of files, or why they can't be read; without ids of their own they are named
    after the file, and with `by_content` after what is in it, too.
    """  # noqa: D205
    for name, data in sent:
        path = _by_content(name, data) if by_content else name
        for each in read_stream(BytesIO(data), path=path, settings=_BOUNDS):
            if isinstance(each, HuashuError) and each.path == path:
                each.path = name
            yield each


def _by_content(name: str, data: bytes) -> str:
    path = PurePath(name)
    letters = sha256(data).hexdigest()[:8].translate(_LETTERS)
    return str(path.with_name(f"{path.stem}-{letters}{path.suffix}")) if path.name else name


async def sent_files(request: Request) -> Sent:
    """Return the names and contents of what was sent; raises ProblemError."""
    if media_type(request) == "application/json":
        return [("request.json", await request.body())]
    async with uploads(request, MOST_FILES, accepted=f"只接受 application/json 或 {FORM}") as files:
        return [(each.filename or "upload", await each.read()) for each in files]
