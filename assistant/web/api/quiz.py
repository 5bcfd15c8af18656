"""The quiz: the next item, an answer, how one comes along."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from assistant.bootstrap import load_quiz
from assistant.quiz import choose
from assistant.quiz.selection import by_topic
from assistant.store import quiz as kept
from assistant.web.identity import needs
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from assistant.quiz import Bank, Card, Item
    from assistant.quiz.checking import Judged
    from assistant.web.identity import Identity

Learning = Annotated[Any, needs("check")]
router = APIRouter(
    prefix="/api/quiz", tags=["quiz"], dependencies=[needs("check")], responses=answers(401, 403)
)
_TRAINERS = frozenset(["trainer", "supervisor", "admin"])
Seed = Annotated[str, Field(max_length=64)]


class Topic(BaseModel):
    id: str
    name: str
    items: int
    seen: int
    learnt: int = Field(description="Past the first repetitions and known the last time.")
    due: int
    answered: int
    right: int
    share: float | None = Field(description="Right answers of all; null without any.")


class Results(BaseModel):
    learner: str
    topics: list[Topic]
    answered: int
    right: int
    due: int
    new: int


class Put(BaseModel):
    id: str
    topic: str
    topic_name: str
    kind: Literal["single", "multiple", "fill", "fault", "order"]
    difficulty: int = Field(ge=1, le=3)
    text: str = Field(description="What is asked; each ____ is a blank.")
    options: list[str] = Field(description="To choose from, or to put in order; of a fault ids of rules.")
    names: list[str] = Field(description="Of a fault: what the rules are called.")
    clauses: list[str] = Field(description="Of a fault: the sentence, cut for choosing.")
    blanks: int


class Asked(Put):
    reason: Literal["due", "new", "ahead"]
    due: int = Field(description="Items that are due now, this one among them.")
    new: int = Field(description="Items never asked yet.")


class AnswerRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    item: Annotated[str, Field(max_length=64)]
    given: list[Annotated[str, Field(max_length=400)]] = Field(
        max_length=10,
        description="Options chosen, blanks filled, steps in order; of a fault the words, then the rule.",
    )


class Told(BaseModel):
    right: bool
    parts: list[bool] = Field(description="Of each blank, or of the words and the rule.")
    answer: list[str] = Field(description="The right answer, as `given` has it.")
    names: list[str] = Field(description="Of a fault: the rule's name.")
    better: str | None = Field(description="Of a fault: the sentence without it.")
    explain: str
    source: list[str]
    knowledge: str = Field(description="What the standard says.")
    due_at: datetime = Field(description="When it is asked again.")


class LearnerResult(BaseModel):
    name: str
    seen: int
    answered: int
    right: int
    last_at: datetime


async def bank_of(request: Request, service: Serving) -> Bank:
    """Return the items, read once."""
    state = request.app.state
    if getattr(state, "quiz", None) is None:
        state.quiz = await service.work(partial(load_quiz, service.settings))
    bank: Bank = state.quiz
    return bank


Items = Annotated[Any, Depends(bank_of)]


@router.get("/next", summary="Ask the next item", responses=answers(404, 422, 503))
async def next_item(
    bank: Items,
    service: Serving,
    who: Learning,
    *,
    topic: Annotated[str | None, Query(max_length=32, description="Only from this topic.")] = None,
    seed: Annotated[str, Query(max_length=64, description="The same seed, the same draw.")] = "",
    without: Annotated[list[str] | None, Query(description="Items just asked.")] = None,
) -> Asked:
    """Return what is due first, then new items of the topic the learner is weakest in; never the answer."""
    cards, now = await _cards(service, who), datetime.now(UTC)
    chosen = choose(bank.items, cards, now, topic=topic, seed=seed, without=frozenset(without or ()))
    if chosen is None:
        raise ProblemError(404, "no-item", "这个主题没有题目")
    meant = [item for item in bank.items if topic is None or item.topic == topic]
    return Asked(
        **put(bank, chosen.item, seed),
        reason=chosen.reason,
        due=sum(item.id in cards and cards[item.id].due <= now for item in meant),
        new=sum(item.id not in cards for item in meant),
    )


@router.post("/answers", summary="Answer an item", responses=answers(404, 413, 422, 503))
async def answer(asked: AnswerRequest, bank: Items, service: Serving, who: Learning) -> Told:
    """Judge an answer, keep it, and explain it."""
    item = bank.item(asked.item)
    if item is None:
        raise ProblemError(404, "no-item", "没有这道题")
    judged = bank.judge(item, asked.given)
    keeping = partial(
        kept.keep_answer, learner=who.name, item=item, right=judged.right, now=datetime.now(UTC)
    )
    card: Card = await service.write(keeping)
    return Told(**explained(bank, item, judged, card))


@router.get("/results", summary="Show how one comes along", responses=answers(404, 422, 503))
async def results(
    bank: Items,
    service: Serving,
    who: Learning,
    learner: Annotated[
        str | None, Query(max_length=200, description="Somebody else; for trainers and supervisors.")
    ] = None,
) -> Results:
    """Tell by topic what was seen, what is learnt, what is due."""
    name = learner or who.name
    if name != who.name:
        _for_trainers(who)
    cards = await service.read(partial(kept.cards, learner=name))
    topics = by_topic(bank.items, cards, datetime.now(UTC))
    return Results(
        learner=name,
        topics=[
            Topic(
                id=found.topic,
                name=bank.topics[found.topic],
                items=found.items,
                seen=found.seen,
                learnt=found.learnt,
                due=found.due,
                answered=found.answered,
                right=found.right,
                share=found.share,
            )
            for found in topics
        ],
        answered=sum(found.answered for found in topics),
        right=sum(found.right for found in topics),
        due=sum(found.due for found in topics),
        new=sum(found.items - found.seen for found in topics),
    )


@router.get("/learners", summary="List who learns", responses=answers(422))
async def learners(service: Serving, who: Learning) -> list[LearnerResult]:
    """List everybody who has answered, the latest first; for trainers and supervisors."""
    _for_trainers(who)
    return [
        LearnerResult(
            name=found.name,
            seen=found.seen,
            answered=found.answered,
            right=found.right,
            last_at=found.last_at,
        )
        for found in await service.read(kept.learners)
    ]


def put(bank: Bank, item: Item, seed: str) -> dict[str, Any]:
    """Return an item as it is asked (`Put`), its options in an order drawn by `seed`."""
    question = bank.question(item, seed)
    return {
        "id": question.id, "topic": question.topic, "topic_name": bank.topics[question.topic],
        "kind": question.kind, "difficulty": question.difficulty, "text": question.text,
        "options": list(question.options), "names": list(question.names),
        "clauses": list(question.clauses), "blanks": question.blanks,
    }  # fmt: skip


def explained(bank: Bank, item: Item, judged: Judged, card: Card) -> dict[str, Any]:
    """Return what is told after an answer (`Told`)."""
    entry = bank.entry(item)
    return {
        "right": judged.right, "parts": list(judged.parts), "answer": _right(item),
        "names": [bank.rules[item.right[0]]] if item.kind == "fault" else [],
        "better": item.better or None, "explain": item.explain, "source": list(item.source),
        "knowledge": entry.answer if entry else "", "due_at": card.due,
    }  # fmt: skip


def _for_trainers(who: Identity) -> None:
    if who.role not in _TRAINERS:
        raise ProblemError(403, "not-allowed", "只有培训和班长可以查看")


async def _cards(service: Service, who: Identity) -> dict[str, Card]:
    return await service.read(partial(kept.cards, learner=who.name))


def _right(item: Item) -> list[str]:
    if item.kind == "fill":
        return [accepted[0] for accepted in item.blanks]
    return [item.faulty, *item.right] if item.kind == "fault" else list(item.right)
