"""What the routes of the QA desk share."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.report.plain import plain
from assistant.store.models import CALL_ID
from assistant.web.api.answers import written
from assistant.web.identity import needs

Reviewing = Annotated[Any, needs("review")]
Leading = Annotated[Any, needs("lead")]
Appealing = Annotated[Any, needs("appeal")]
CallId = Annotated[str, Field(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]+$")]
CallIdQuery = Annotated[str, Query(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]+$")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Short = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]
Version = Annotated[int, Field(ge=1, le=2**31, description="The version one has seen.")]
Number = Annotated[int, Path(ge=1, le=2**53)]
Month = Annotated[str, Field(pattern=r"^[12]\d{3}-(0[1-9]|1[0-2])$")]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Numbered(BaseModel):
    number: int


class Told(BaseModel):
    """An object with the keys docs/qa.md and the summary of its route speak of."""

    model_config = ConfigDict(extra="allow")


class Versioned(Asked):
    version: Version


def told(value: Any) -> Response:
    return written(plain(value))
