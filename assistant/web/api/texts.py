"""Single sentences: check one, classify one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.ingest.encoding import clean
from assistant.ingest.privacy import mask
from assistant.model import Speaker, Turn
from assistant.report.wire import check_object, classify_object
from assistant.web.api.answers import written
from assistant.web.identity import needs
from assistant.web.openapi import gives
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Serving

router = APIRouter(prefix="/api", tags=["texts"], dependencies=[needs("check")], responses=answers(401, 403))
_CHARACTERS = 8_000
_CONTEXT = 50

Text = Annotated[str, Field(max_length=_CHARACTERS)]


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CheckRequest(Asked):
    text: Annotated[Text, Field(examples=["这个不归我管，您找别人吧"])]
    role: Literal["agent", "customer"] = "agent"


class Before(Asked):
    role: Speaker
    text: Text


class ClassifyRequest(Asked):
    text: Annotated[Text, Field(examples=["都等了三天了，我要投诉你们！"])]
    context: list[Before] = Field(
        default_factory=list, max_length=_CONTEXT, description="The turns before it, oldest first."
    )
    id: str | int | None = None


@router.post(
    "/check",
    summary="Check one utterance",
    responses={**gives("check", "What was found in it."), **answers(413, 422, 503)},
)
async def check(asked: CheckRequest, service: Serving) -> Response:
    """Check an utterance against the rules that need no more than that; absences are found by score."""

    def job() -> dict[str, Any]:
        text, masks = mask(clean(asked.text))
        turn = Turn(0, Speaker(asked.role), text, masks)
        return check_object(text, asked.role, service.engine.check(turn), service.engine.packs)

    return written(await service.work(job))


@router.post(
    "/classify",
    summary="Tell a customer's emotion and intents",
    responses={**gives("classify", "Emotion and intents, best first."), **answers(413, 422, 503)},
)
async def classify(asked: ClassifyRequest, service: Serving) -> Response:
    """Classify a customer's utterance, in the light of the turns before it."""
    classifier = service.engine.classifier
    if classifier is None:
        raise ProblemError(503, "no-classifier", "没有加载客户情绪模型")

    def job() -> dict[str, Any]:
        text = mask(clean(asked.text))[0]
        context = [
            Turn(place, turn.role, mask(clean(turn.text))[0]) for place, turn in enumerate(asked.context)
        ]
        emotion, intents = classifier.classify(text, context)
        return classify_object(1, text, emotion, intents, id=asked.id)

    return written(await service.work(job))
