"""Role-play: scenarios, sessions, what trainers say of them."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from random import SystemRandom
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from assistant.desk.calendar import SHANGHAI
from assistant.practice.coach import HINT_COST
from assistant.practice.scenario import HARD_CASES, RESULTS, TRADES, TYPES, Outcome
from assistant.store.practice import courses, drafts, sessions
from assistant.web.identity import needs
from assistant.web.practice import Hall, Practising, overseen
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from assistant.practice.scenario import Scenario
    from assistant.web.identity import Identity

Learning = Annotated[Any, needs("check")]
router = APIRouter(
    prefix="/api/practice", tags=["practice"], dependencies=[needs("check")], responses=answers(401, 403)
)
LAST = 2**31 - 1
_SEEDS = 1_000_000
Number = Annotated[int, Path(ge=1, le=LAST)]
Plain = r"^[^\x00]*\S[^\x00]*$"


class Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ScenarioView(BaseModel):
    id: str
    title: str
    trade: str
    trade_name: str
    channel: str
    difficulty: int = Field(ge=1, le=3)
    type: Literal["dominant", "analytical", "sociable"]
    type_name: str
    case: str | None = Field(description="The hard case: `no_time`, `harassed`, `silent`, `hopeless`.")
    case_name: str | None
    company: str
    agent_id: str
    customer: str
    outbound: bool = Field(description="The trainee calls the customer.")
    limit_s: float = Field(description="After so many seconds the customer has to go.")
    briefing: str = Field(description="What the trainee may know.")
    house: bool = Field(description="A scenario of the house.")


class Offered(ScenarioView):
    released: bool = Field(description="False: a draft, to be tried by trainers.")
    tries: int = Field(description="One's own, as far as they ended.")
    best: float | None = Field(description="The most points of one's own tries.")


class StartRequest(Asked):
    scenario: Annotated[str, Field(max_length=64, pattern=r"^[a-z][a-z0-9-]*$", examples=["dealer-radio"])]
    seed: int | None = Field(
        default=None,
        ge=0,
        lt=_SEEDS,
        description="The same seed and turns: the same customer. None draws one.",
    )
    course: int | None = Field(default=None, ge=1, le=LAST, description="The course it is done for.")


class Opened(BaseModel):
    number: int
    seed: int
    scenario: ScenarioView
    hint_cost: float = Field(description="Points a hint costs.")


class SayRequest(Asked):
    text: Annotated[str, Field(max_length=2_000, pattern=Plain, examples=["您好，请问有什么可以帮您？"])]
    at_s: float | None = Field(
        default=None,
        ge=0,
        le=86_400,
        description="Seconds since the call began: the customer minds the wait. None: no clock.",
    )


class Answer(BaseModel):
    place: int = Field(description="The exchange's place, from 0.")
    text: str = Field(description="What the customer says.")
    emotion: str
    intensity: float = Field(ge=0, le=1)
    over: bool = Field(description="The customer has ended the call: ask for the debrief.")


class Hint(BaseModel):
    text: str
    hints: int = Field(description="Hints taken so far.")
    cost: float = Field(description="Points they cost together.")


class Summary(BaseModel):
    number: int
    learner: str
    scenario: str
    title: str
    seed: int
    course: int | None
    turns: int = Field(description="Exchanges.")
    began_at: datetime
    ended_at: datetime | None
    points: float | None
    outcome: Outcome | None
    outcome_name: str | None


class Listing(BaseModel):
    items: list[Summary]
    next: int | None = Field(description="`before` of the page that follows; null: there is none.")


class Exchange(BaseModel):
    place: int
    at: datetime
    at_s: float | None
    text: str
    reply: str
    emotion: str
    intensity: float


class Comment(BaseModel):
    turn: int | None = Field(description="The turn's index in the report; null: the whole session.")
    by: str
    at: datetime
    text: str


class Whole(Summary):
    scenario_view: ScenarioView | None = Field(description="Null where the scenario is gone.")
    story: str | None = Field(description="What the trainer knows; told after the end.")
    hints: int
    exchanges: list[Exchange]
    debrief: dict[str, Any] | None = Field(description="`huashu.debrief/1`; null while it goes on.")
    tries: list[Summary] = Field(description="The learner's tries at the scenario, the first one first.")
    best_of_all: float | None = Field(description="The most points anybody has reached at the scenario.")
    comments: list[Comment]
    may_comment: bool


_LISTED = frozenset(Summary.model_fields) - {"outcome_name"}


class CommentRequest(Asked):
    turn: int | None = Field(default=None, ge=0, le=10_000)
    text: Annotated[str, Field(max_length=2_000, pattern=Plain, examples=["先回应情绪，再问订单号。"])]


def scenario_view(scenario: Scenario, hall: Hall) -> dict[str, Any]:
    """Return what a trainee may know of a scenario."""
    return {
        "id": scenario.id, "title": scenario.title, "trade": scenario.trade,
        "trade_name": TRADES[scenario.trade], "channel": scenario.channel,
        "difficulty": scenario.difficulty, "type": scenario.type, "type_name": TYPES[scenario.type],
        "case": scenario.case, "case_name": HARD_CASES[scenario.case] if scenario.case else None,
        "company": scenario.company, "agent_id": scenario.agent_id, "customer": scenario.customer,
        "outbound": scenario.outbound, "limit_s": scenario.limit_s, "briefing": scenario.briefing,
        "house": scenario.id not in hall.shipped,
    }  # fmt: skip


@router.get("/scenarios", summary="List the scenarios")
async def scenarios(service: Serving, hall: Practising, who: Learning) -> list[Offered]:
    """List what can be practised, by trade and difficulty; drafts of the house are there for trainers."""
    room = await hall.room()
    own = {draft.scenario: draft.released for draft in await service.read(drafts.accepted)}
    done = await service.read(partial(sessions.standing, learner=who.name))
    shown = [case for case in room.scenarios.values() if own.get(case.id, True) or who.may("train")]
    order = list(TRADES)
    return [
        Offered(
            **scenario_view(case, hall),
            released=own.get(case.id, True),
            tries=done[case.id][0] if case.id in done else 0,
            best=done[case.id][1] if case.id in done else None,
        )
        for case in sorted(shown, key=lambda case: (order.index(case.trade), case.difficulty, case.id))
    ]


@router.post("/sessions", status_code=201, summary="Start a session", responses=answers(404, 413, 422, 503))
async def start(asked: StartRequest, service: Serving, hall: Practising, who: Learning) -> Opened:
    """Start a role-play; the trainee speaks first."""
    room = await hall.room()
    case = room.scenarios.get(asked.scenario)
    if case is None or not await _may_play(service, hall, who, case):
        raise ProblemError(404, "no-scenario", "没有这个场景")
    if asked.course is not None:
        await _in_course(service, who, asked.course, case.id)
    seed = SystemRandom().randrange(_SEEDS) if asked.seed is None else asked.seed
    number = await hall.begin(who, case, seed=seed, course=asked.course)
    return Opened(
        number=number, seed=seed, scenario=ScenarioView(**scenario_view(case, hall)), hint_cost=HINT_COST
    )


async def _may_play(service: Service, hall: Hall, who: Identity, case: Scenario) -> bool:
    if case.id in hall.shipped or who.may("train"):
        return True
    return any(each.scenario == case.id and each.released for each in await service.read(drafts.accepted))


async def _in_course(service: Service, who: Identity, number: int, scenario: str) -> None:
    course = await service.read(partial(courses.find_course, number=number))
    day = datetime.now(SHANGHAI).date()
    if course is None or who.name not in await service.read(
        partial(courses.learners_of, course=course, day=day)
    ):
        raise ProblemError(404, "no-course", "没有布置给您的这门课程")
    if course.ended_at is not None or scenario not in {unit.scenario for unit in course.units}:
        raise ProblemError(422, "not-in-course", "课程已经结束，或者不含这个场景")


@router.post("/sessions/{number}/turns", summary="Say something", responses=answers(404, 409, 413, 422, 503))
async def say(number: Number, asked: SayRequest, hall: Practising, who: Learning) -> Answer:
    """Say a turn to the customer and hear the answer; it is stored when the answer comes."""
    place, reply = await hall.say(number, who, asked.text, asked.at_s)
    return Answer(
        place=place,
        text=reply.text,
        emotion=reply.emotion,
        intensity=reply.intensity,
        over=reply.outcome is not None,
    )


@router.post("/sessions/{number}/hint", summary="Take a hint", responses=answers(404, 409, 422, 503))
async def hint(number: Number, hall: Practising, who: Learning) -> Hint:
    """Return what could be said now; it costs points."""
    text, taken = await hall.hint(number, who)
    return Hint(text=text, hints=taken, cost=taken * HINT_COST)


@router.post("/sessions/{number}/end", summary="End a session", responses=answers(404, 409, 422, 503))
async def end(number: Number, service: Serving, hall: Practising, who: Learning) -> Whole:
    """End a session and look back on it: points, curve, weak turns with better wordings, earlier tries."""
    await hall.end(number, who)
    return await _whole(service, hall, number, may_comment=who.may("train"))


@router.get("/sessions", summary="List sessions", responses=answers(422))
async def listing(
    service: Serving,
    who: Learning,
    *,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[int | None, Query(ge=1, le=LAST, description="`next` of the page before.")] = None,
    scenario: Annotated[str | None, Query(max_length=64, pattern=r"^[^\x00]*$")] = None,
    course: Annotated[int | None, Query(ge=1, le=LAST)] = None,
    whose: Annotated[
        Literal["mine", "others"],
        Query(description="`others`: those one oversees; trainers everybody, supervisors their teams."),
    ] = "mine",
    learner: Annotated[
        str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="One of those one oversees.")
    ] = None,
) -> Listing:
    """List sessions in which something was said, the latest first."""
    seen: frozenset[str] | None = frozenset([who.name])
    if whose == "others" or learner not in (None, who.name):
        seen = await overseen(service, who)
    if learner is not None:
        seen = frozenset([learner]) if seen is None else seen & {learner}
    items, following = await service.read(
        partial(sessions.listing, learners=seen, limit=limit, before=before, scenario=scenario, course=course)
    )
    return Listing(items=[_summary(item) for item in items], next=following)


@router.get("/sessions/{number}", summary="Show a session", responses=answers(404, 422))
async def one(number: Number, service: Serving, hall: Practising, who: Learning) -> Whole:
    """Show what was said and felt in a session, its debrief and the comments on it."""
    may_comment = await _look(service, who, number)
    return await _whole(service, hall, number, may_comment=may_comment)


@router.post(
    "/sessions/{number}/comments",
    status_code=201,
    summary="Comment at a turn",
    responses=answers(404, 413, 422),
)
async def comment(number: Number, asked: CommentRequest, service: Serving, who: Learning) -> list[Comment]:
    """Say something of a session or of a turn of it; for trainers, and supervisors of the learner's team."""
    if not await _look(service, who, number):
        raise ProblemError(403, "not-allowed", "没有权限：train")
    now = datetime.now(UTC)
    job = partial(
        sessions.comment, number=number, turn=asked.turn, by=who.name, text=asked.text.strip(), now=now
    )
    await service.write(job)
    return [Comment(**each) for each in await service.read(partial(sessions.comments, number=number))]


async def _look(service: Service, who: Identity, number: int) -> bool:
    """Return whether `who` may comment on a session; raises ProblemError (404) for one they may not see."""
    learner = await service.read(partial(sessions.learner_of, number=number))
    seen = await overseen(service, who)
    if learner is None or not (learner == who.name or seen is None or learner in seen):
        raise ProblemError(404, "no-session", "没有这次陪练")
    return seen is None or learner in seen


async def _whole(service: Service, hall: Hall, number: int, *, may_comment: bool) -> Whole:
    told = await service.read(partial(sessions.whole, number=number))
    scenario = (await hall.room()).scenarios.get(told["scenario"])
    ended = told["ended_at"] is not None
    return Whole(
        **_summary({name: told[name] for name in _LISTED}).model_dump(),
        scenario_view=None if scenario is None else ScenarioView(**scenario_view(scenario, hall)),
        story=scenario.story if scenario is not None and ended else None,
        hints=len(told["hints"]),
        exchanges=[
            Exchange(
                place=turn["place"],
                at=turn["at"],
                at_s=turn["at_s"],
                text=turn["text"],
                reply=turn["reply"],
                emotion=turn["state"]["emotion"],
                intensity=turn["state"]["intensity"],
            )
            for turn in told["exchanges"]
        ],
        debrief=told["debrief"],
        tries=[_summary(item) for item in told["tries"]],
        best_of_all=told["best_of_all"],
        comments=[Comment(**each) for each in told["comments"]],
        may_comment=may_comment,
    )


def _summary(item: dict[str, Any]) -> Summary:
    outcome = item["outcome"]
    return Summary(**item, outcome_name=RESULTS[outcome] if outcome else None)
