"""What a telephony or speech recognition system sends."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.model import CallEventName, Origin, Speaker
from assistant.store.models import CALL_ID

TURN_CHARACTERS = 8_000
_LAST = 2**31 - 2

Seq = Annotated[int, Field(ge=0, le=_LAST, strict=True)]
Name = Annotated[str, Field(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00-\x1f\x7f]+$")]
Seconds = Annotated[float, Field(allow_inf_nan=False)]


class Incoming(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Hello(Incoming):
    """Opens a call, or comes back to it: `resume_after` is the last event that was received (0: none)."""

    type: Literal["hello"]
    call_id: Name
    meta: dict[str, Any] = Field(default_factory=dict, max_length=100)
    resume_after: Annotated[int, Field(ge=0, le=_LAST, strict=True)] | None = None
    origin: Origin = "live"


class Said(Incoming):
    """A turn. With ``final: false`` it is a partial result under the `seq` the final turn will have."""

    type: Literal["turn"]
    seq: Seq
    id: Name | None = None
    role: Speaker
    text: Annotated[str, Field(max_length=TURN_CHARACTERS)]
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    agent_id: Name | None = None
    final: bool = True


class Happened(Incoming):
    """Something on the line."""

    type: Literal["event"]
    seq: Seq
    name: CallEventName
    at_s: Seconds
    agent_id: Name | None = None


class Bye(Incoming):
    """The call is over."""

    type: Literal["bye"]


Message = Hello | Said | Happened | Bye
_READER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


class BadMessageError(ValueError):
    """Something that is no message; says what is wrong with it, not what it says."""


def read_message(text: str) -> Message:
    """Return the message `text` is; raises BadMessageError."""
    try:
        return _READER.validate_json(text)
    except ValidationError as error:
        detail = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in detail["loc"][1:] or detail["loc"])
        raise BadMessageError(f"{place}: {detail['msg']}" if place else detail["msg"]) from None
