"""Files sent as a form: how the API describes such a body, and how it is read."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile

from assistant.web.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import Request

FORM = "multipart/form-data"
_FILE = {"type": "string", "format": "binary"}


def content_of(files: dict[str, Any]) -> dict[str, Any]:
    """Return the form with the field `file` as content of a request body."""
    return {FORM: {"schema": {"type": "object", "properties": {"file": files}, "required": ["file"]}}}


def body_of(content: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return `content` as a required body, for `openapi_extra`."""
    return {"requestBody": {"required": True, **more, "content": content}}


ONE_FILE = content_of(_FILE)
SOME_FILES = content_of({"type": "array", "items": _FILE})


def media_type(request: Request) -> str:
    """Return the media type of the body, lower case and without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


@asynccontextmanager
async def uploads(request: Request, most: int, *, accepted: str = FORM) -> AsyncIterator[list[UploadFile]]:
    """Give the files of a form of `most` parts; they are closed on leaving.

    Raises ProblemError: 415, naming what is `accepted`, where the body is no form; 422 where it has no file.
    """
    if media_type(request) != FORM:
        raise ProblemError(415, "unsupported-type", accepted)
    async with request.form(max_files=most, max_fields=most) as form:
        files = [each for _, each in form.multi_items() if isinstance(each, UploadFile)]
        if not files:
            raise ProblemError(422, "no-file", "没有收到文件")
        yield files
