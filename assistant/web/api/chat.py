"""The assistant: ask it, forget the conversation, get a pass for channels of the house."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.chat.passes import KEY, LASTS_S, signed
from assistant.web.identity import Identity, needs
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

router = APIRouter(prefix="/api/chat", tags=["chat"], responses=answers(401, 403))
Checking = Annotated[Any, needs("check")]
_CHARACTERS = 2_000
_PROGRAM = "qa"  # what a program's token with the right to read counts as
_NAME = 200


class ChatRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=_CHARACTERS)
    call_id: str | None = Field(
        default=None, max_length=_NAME, description="The call on the screen: next steps are told for it."
    )
    conversation: str = Field(
        default="", max_length=64, description="Tells several conversations of one user apart."
    )


class Button(BaseModel):
    title: str
    payload: str = Field(description="What to send as `text` when it is chosen.")


class ChatMessage(BaseModel):
    text: str
    buttons: list[Button]
    data: dict[str, Any] = Field(description="The same for programs; `kind` says what it is.")


class ChatAnswer(BaseModel):
    messages: list[ChatMessage]
    intent: str
    confidence: float
    actions: list[str]


class PassAnswer(BaseModel):
    token: str = Field(description=f"What a message's metadata carries as `{KEY}`.")
    expires_in: int = Field(description="Seconds.")


@router.post("", summary="Ask the assistant", responses=answers(413, 422, 503))
async def chat(asked: ChatRequest, service: Serving, who: Checking) -> ChatAnswer:
    """Answer a message; the conversation so far is remembered for each user."""
    metadata = {KEY: _pass(service, who), "call_id": asked.call_id}
    sender = f"{who.name}\n{asked.conversation}"

    def job() -> ChatAnswer:
        answer = service.chat().answer(sender, asked.text, metadata)
        messages = [
            ChatMessage(
                text=said.text, buttons=[Button(**one) for one in said.buttons], data=_data(said.data)
            )
            for said in answer.said
        ]
        return ChatAnswer(
            messages=messages,
            intent=answer.intent,
            confidence=round(answer.confidence, 4),
            actions=list(answer.actions),
        )

    told: ChatAnswer = await service.work(job)
    return told


@router.delete("", summary="Forget the conversation", status_code=204, responses=answers(422, 503))
async def forget(service: Serving, who: Checking, conversation: str = "") -> Response:
    """Begin anew."""
    await service.work(lambda: service.chat().forget(f"{who.name}\n{conversation}"))
    return Response(status_code=204)


@router.post("/pass", summary="Get a pass for other channels", responses=answers(503))
async def get_pass(service: Serving, who: Checking) -> PassAnswer:
    """Give a pass with which the action server tells this user of calls; it holds for an hour."""
    if not service.settings.chat_secret:
        raise ProblemError(
            503, "no-secret", "set chat_secret ($HUASHU_CHAT_SECRET) here and for huashu actions"
        )
    return PassAnswer(token=_pass(service, who), expires_in=int(LASTS_S))


def _pass(service: Service, who: Identity) -> str:
    """Return a pass for who asks; without the right to read calls, one that opens none."""
    role = who.role or _PROGRAM
    return signed(service.chat_secret, who.name, role if who.may("read") else "", who.only)


def _data(custom: Any) -> dict[str, Any]:
    return dict(custom.get("data", custom))
