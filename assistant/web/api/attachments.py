"""Files of cases: uploaded, fetched as downloads, taken out; each of it is audited."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from assistant.desk.files import MOST_FILES, media_of, plain_name
from assistant.errors import InputError
from assistant.store.desk import files
from assistant.web.api.cases import Handling, Number, Why, acted, whole
from assistant.web.api.uploads import SOME_FILES, body_of, uploads
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from assistant.store.desk.ledger import Acting

router = APIRouter(prefix="/api/attachments", tags=["cases"], responses=answers(401, 403, 404, 422))
File = Annotated[int, Path(ge=1, le=2**53)]
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


class Kept(BaseModel):
    """The numbers of the files, in the order they were sent."""

    files: list[int]


@router.post(
    "/{number}",
    summary="Upload files of a case",
    status_code=201,
    responses=answers(400, 409, 413, 415),
    openapi_extra=body_of(SOME_FILES),
)
async def upload(number: Number, request: Request, service: Serving, who: Handling) -> Kept:
    """Put files on a case: all of them or none; their type is told by what is in them."""
    await whole(service, who, number)
    sent: list[files.Upload] = []
    async with uploads(request, MOST_FILES) as found:
        for each in found:
            name = plain_name(each.filename or "")
            media = await service.work(partial(media_of, name, each.file, each.size or 0))
            sent.append(files.Upload(name, media, await each.read()))

    def job(acting: Acting) -> list[int]:
        return [files.keep(acting, number, each) for each in sent]

    return Kept(files=await acted(service, who, job))


@router.get(
    "/{number}/{file}",
    summary="Fetch a file of a case",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def fetch(number: Number, file: File, service: Serving, who: Handling) -> Response:
    """Send a file as a download: no browser shows it as a page of the service."""
    await whole(service, who, number)
    found = await _there(acted(service, who, files.fetch, number, file))
    disposition = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    headers = {**_HEADERS, "Content-Disposition": disposition}
    return Response(found.content, media_type=found.media, headers=headers)


@router.post("/{number}/{file}/removal", summary="Take out a file", status_code=204)
async def remove(number: Number, file: File, asked: Why, service: Serving, who: Handling) -> Response:
    """Take a file out for good, with a reason: who put it there may, and supervisors."""
    await whole(service, who, number)
    await _there(acted(service, who, files.remove, number, file, asked.why))
    return Response(status_code=204)


async def _there(doing: Awaitable[Any]) -> Any:
    """Return what is done; raises ProblemError (404) for a file that isn't there."""
    try:
        return await doing
    except InputError as error:
        raise ProblemError(404, error.code, error.message) from None
