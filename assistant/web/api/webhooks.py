"""Webhooks: which systems hear of alerts, finished reports, complaint cases. For administrators."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import UsageError
from assistant.store import outbox
from assistant.web.identity import Administering
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving
from assistant.web.webhooks import LONGEST_URL, Sender, arrived, checked

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"], responses=answers(401, 403))
Number = Annotated[int, Path(ge=1, le=2**53)]
Type = Literal[
    "alert", "report.finished", "case.opened", "case.changed", "deadline.near", "deadline.missed",
    "complaint.cluster",
]  # fmt: skip


class Webhook(BaseModel):
    """Where messages go."""

    number: int
    url: str
    types: list[Type]
    active: bool
    made_at: datetime
    failing_since: datetime | None = Field(description="Since when it hasn't answered well.")
    delivered_at: datetime | None = Field(description="When it last took a message.")
    disabled_why: Literal["failing", "gone"] | None = Field(description="Why it is told no more.")
    waiting: int = Field(description="Messages on their way.")
    failed: int = Field(description="Messages that were given up.")


class WebhookRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    url: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)]
    types: Annotated[list[Type], Field(min_length=1)] = ["alert", "report.finished"]


class WebhookAdded(BaseModel):
    number: int
    secret: str = Field(description="What messages are signed with; it isn't shown again.")


class WebhookTried(BaseModel):
    answer: str = Field(description="The status of the answer, or why there was none.")
    arrived: bool


@router.get("", summary="List webhooks")
async def listing(service: Serving, who: Administering) -> list[Webhook]:
    """List where messages go, and how that goes."""
    del who
    found = await service.read(outbox.list_endpoints)
    return [Webhook(**{name: getattr(each, name) for name in Webhook.model_fields}) for each in found]


@router.post("", summary="Add a webhook", responses=answers(413, 422))
async def add(asked: WebhookRequest, service: Serving, who: Administering) -> WebhookAdded:
    """Let an address hear of events from now on."""
    try:
        url = checked(asked.url)
    except UsageError as error:
        raise ProblemError(422, error.code, error.message) from None
    job = partial(outbox.add_endpoint, by=who.name, url=url, types=sorted(set(asked.types)))
    number, secret = await service.write(job)
    return WebhookAdded(number=number, secret=secret)


@router.delete("/{number}", summary="Remove a webhook", status_code=204, responses=answers(404, 422))
async def remove(number: Number, service: Serving, who: Administering) -> None:
    """Let it hear no more; what waits for it is deleted."""
    if not await service.write(partial(outbox.drop_endpoint, by=who.name, number=number)):
        raise _unknown()


@router.post("/{number}/enable", summary="Enable a webhook", status_code=204, responses=answers(404, 422))
async def enable(number: Number, service: Serving, who: Administering) -> None:
    """Tell it again, beginning with what waited or was given up."""
    if not await service.write(partial(outbox.enable_endpoint, by=who.name, number=number)):
        raise _unknown()


@router.post("/{number}/test", summary="Try a webhook", responses=answers(404, 422, 503))
async def test(number: Number, service: Serving, who: Administering) -> WebhookTried:
    """Send a message of the type `test` now, and tell what came back."""
    del who
    found = await service.read(partial(outbox.address_of, number=number))
    if found is None:
        raise _unknown()
    answer = await service.work(lambda: tried(Sender(service.settings), *found))
    return WebhookTried(answer=answer, arrived=arrived(answer))


def tried(sender: Sender, url: str, secret: str) -> str:
    """Send a message of the type `test`; return the answer."""
    try:
        return sender.send(url, secret, f"msg_{uuid4().hex}", outbox.body_of("test", datetime.now(UTC), {}))
    finally:
        sender.close()


def _unknown() -> ProblemError:
    return ProblemError(404, "unknown-webhook", "没有这个推送地址")
