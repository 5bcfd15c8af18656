"""Quizzes of courses: a paper of items, asked one by one, that counts when the last one is answered."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from assistant.quiz.selection import draw_paper
from assistant.store.practice import courses, papers
from assistant.web.api.courses import quiz_title
from assistant.web.api.practice import Learning, Number
from assistant.web.api.quiz import AnswerRequest, Items, Put, Told, explained, put
from assistant.web.identity import needs
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from assistant.quiz import Bank
    from assistant.store.practice.courses import Quiz
    from assistant.store.practice.papers import Sat
    from assistant.web.identity import Identity

router = APIRouter(
    prefix="/api/courses/{number}/quizzes/{part}",
    tags=["courses"],
    dependencies=[needs("check")],
    responses=answers(401, 403, 404, 422),
)
Part = Annotated[int, Path(ge=0, le=99, description="The quiz's place in the course, from 0.")]


class PaperView(BaseModel):
    title: str
    items: int
    answered: int
    right: int
    pass_mark: float = Field(description="In percent right.")
    points: float | None = Field(description="In percent right, when all are answered.")
    passed: bool
    question: Put | None = Field(description="The next item without its answer; null: all are answered.")


class Judgement(Told):
    paper: PaperView


@router.post("", summary="Sit a quiz of a course")
async def sit(number: Number, part: Part, service: Serving, bank: Items, who: Learning) -> PaperView:
    """Go on with the paper one hasn't finished, or draw a new one."""
    quiz = await _quiz(service, who, number, part)
    paper = await service.read(partial(papers.under_way, course=number, part=part, learner=who.name))
    if paper is None or any(bank.item(item) is None for item in paper.items):
        drawn = draw_paper(bank.items, quiz.topics, quiz.items, SystemRandom())
        paper = await service.write(
            partial(
                papers.hand_out,
                course=number,
                part=part,
                learner=who.name,
                items=[item.id for item in drawn],
                now=datetime.now(UTC),
            )
        )
    return _view(bank, quiz, paper)


@router.post("/answers", summary="Answer an item of a quiz", responses=answers(409, 413, 503))
async def answer(
    number: Number, part: Part, asked: AnswerRequest, service: Serving, bank: Items, *, who: Learning
) -> Judgement:
    """Judge the answer to the next item, count and explain it; spaced repetition takes it in, too."""
    quiz = await _quiz(service, who, number, part)
    paper = await service.read(partial(papers.under_way, course=number, part=part, learner=who.name))
    item = bank.item(asked.item)
    if paper is None or item is None or paper.items[paper.answered] != item.id:
        raise ProblemError(409, "not-asked", "这道题不是现在要答的，请刷新页面")
    judged = bank.judge(item, asked.given)
    job = partial(papers.keep_answer, paper=paper, item=item, right=judged.right, now=datetime.now(UTC))
    paper, card = await service.write(job)
    return Judgement(**explained(bank, item, judged, card), paper=_view(bank, quiz, paper))


async def _quiz(service: Service, who: Identity, number: int, part: int) -> Quiz:
    """Return a quiz of a course that goes on; raises ProblemError (404, 422)."""
    course = await service.read(partial(courses.find_course, number=number))
    day = datetime.now().astimezone().date()
    if course is None or who.name not in await service.read(
        partial(courses.learners_of, course=course, day=day)
    ):
        raise ProblemError(404, "no-course", "没有布置给您的这门课程")
    if course.ended_at is not None or part >= len(course.quizzes):
        raise ProblemError(422, "not-in-course", "课程已经结束，或者没有这份测验")
    return course.quizzes[part]


def _view(bank: Bank, quiz: Quiz, paper: Sat) -> PaperView:
    over = paper.ended_at is not None
    item: Any = None if over else bank.item(paper.items[paper.answered])
    return PaperView(
        title=quiz_title(bank, quiz),
        items=len(paper.items),
        answered=paper.answered,
        right=paper.right,
        pass_mark=quiz.pass_mark,
        points=paper.points if over else None,
        passed=over and paper.points >= quiz.pass_mark,
        question=None if item is None else Put(**put(bank, item, str(paper.number))),
    )
