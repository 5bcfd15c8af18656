"""Courses: assigned by trainers, done by learners; progress, quizzes, leader board, certificates."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from assistant.desk.calendar import SHANGHAI
from assistant.store.organisation import teams as all_teams
from assistant.store.practice import courses as kept
from assistant.store.practice import sessions
from assistant.web.api.practice import LAST, Asked, Learning, Number, Plain
from assistant.web.api.quiz import Items
from assistant.web.identity import needs
from assistant.web.practice import Hall, Practising, overseen
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.quiz import Bank
    from assistant.store.practice.courses import Course, Progress, Quiz
    from assistant.web.identity import Identity

Training = Annotated[Any, needs("train")]
router = APIRouter(
    prefix="/api/courses", tags=["courses"], dependencies=[needs("check")], responses=answers(401, 403)
)
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Title = Annotated[str, Field(max_length=200, pattern=Plain, examples=["新人第一周：先处理心情"])]
Note = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]
Learners = Annotated[list[Name], Field(max_length=500)]
Team = Annotated[str | None, Field(max_length=64, pattern=r"^[^\x00]+$", description="Its code.")]


class UnitRequest(Asked):
    scenario: Annotated[str, Field(max_length=64, pattern=r"^[a-z][a-z0-9-]*$", examples=["dealer-radio"])]
    pass_mark: float = Field(default=70, ge=0, le=100, description="Points it takes to pass.")


class QuizRequest(Asked):
    topics: Annotated[list[Annotated[str, Field(max_length=32)]], Field(max_length=40)] = Field(
        default_factory=list, description="None: all.", examples=[["deadlines"]]
    )
    items: int = Field(default=10, ge=1, le=100, description="How many are asked.")
    pass_mark: float = Field(default=80, ge=0, le=100, description="Right answers it takes, in percent.")


class CourseRequest(Asked):
    title: Title
    note: Note = ""
    units: Annotated[
        list[UnitRequest],
        Field(max_length=40, examples=[[{"scenario": "dealer-radio", "pass_mark": 70}]]),
    ] = Field(default_factory=list, description="Scenarios.")
    quizzes: Annotated[list[QuizRequest], Field(max_length=10)] = Field(default_factory=list)
    learners: Learners = Field(default_factory=list, description="Users by name.")
    team: Team = None
    due_at: AwareDatetime | None = None
    board: bool = Field(default=True, description="Whether the learners see the leader board.")


class CourseChange(Asked):
    """What is left out stays as it is."""

    title: Title | None = None
    note: Note | None = None
    learners: Learners | None = None
    team: Team = None
    due_at: AwareDatetime | None = None
    board: bool | None = None
    ended: bool | None = None


class UnitView(BaseModel):
    scenario: str
    title: str
    pass_mark: float


class QuizView(BaseModel):
    topics: list[str] = Field(description="None: all.")
    items: int
    title: str
    pass_mark: float = Field(description="In percent right.")


class TriesView(BaseModel):
    scenario: str
    pass_mark: float
    tries: int
    best: float | None
    session: int | None = Field(description="The session with the best points.")
    passed_at: datetime | None


class PapersView(BaseModel):
    pass_mark: float
    tries: int = Field(description="Papers finished.")
    best: float | None = Field(description="In percent right.")
    passed_at: datetime | None


class ProgressView(BaseModel):
    learner: str
    units: list[TriesView]
    quizzes: list[PapersView]
    points: float = Field(
        description="The mean of the best points over all scenarios and quizzes; one not tried counts 0."
    )
    passed: int = Field(description="Scenarios and quizzes passed.")
    standing: Literal["passed", "late", "open", "overdue"]
    finished_at: datetime | None


class CourseView(BaseModel):
    number: int
    title: str
    note: str
    units: list[UnitView]
    quizzes: list[QuizView]
    team: str | None
    due_at: datetime | None
    board: bool
    made_by: str
    made_at: datetime
    ended_at: datetime | None
    mine: ProgressView | None = Field(description="How far one has come; null: it isn't assigned to one.")
    learners: int
    finished: int = Field(description="Learners who have passed all.")
    oversees: bool = Field(description="One sees the progress of others in it.")


class Place(BaseModel):
    place: int
    learner: str
    points: float
    passed: int


class CourseWhole(CourseView):
    named: list[str] | None = Field(description="The learners given by name; for trainers.")
    progress: list[ProgressView] = Field(description="Of the learners one oversees.")
    leaders: list[Place] | None = Field(description="The leader board; null where it is off.")


class Person(BaseModel):
    name: str
    role: str
    agent_name: str | None


class TeamView(BaseModel):
    team_id: str
    name: str


class Group(BaseModel):
    people: list[Person]
    teams: list[TeamView]


class Certificate(BaseModel):
    learner: str
    name: str = Field(description="The name the organisation knows the learner by, else that of the user.")
    course: str
    number: int
    units: list[dict[str, Any]]
    points: float
    finished_at: datetime
    made_by: str


@router.get("", summary="List courses")
async def listing(service: Serving, hall: Practising, bank: Items, *, who: Learning) -> list[CourseView]:
    """List the courses assigned to one, and for trainers all; supervisors see those of their teams, too."""
    seen = await overseen(service, who)
    found = []
    for course in await service.read(kept.list_courses):
        told = await _told(service, course)
        if _visible(told, who, seen) and (course.ended_at is None or _oversees(told, seen)):
            found.append(CourseView(**await _view(hall, bank, course, told, who=who, seen=seen)))
    return found


@router.post("", status_code=201, summary="Assign a course", responses=answers(413, 422))
async def add(
    asked: CourseRequest, service: Serving, hall: Practising, bank: Items, *, who: Training
) -> CourseWhole:
    """Assign scenarios and quizzes with pass marks and a deadline to users or a team."""
    room = await hall.room()
    unknown = sorted({unit.scenario for unit in asked.units} - set(room.scenarios))
    if unknown:
        raise ProblemError(422, "no-scenario", f"没有这些场景：{'、'.join(unknown)}")
    if len({unit.scenario for unit in asked.units}) < len(asked.units):
        raise ProblemError(422, "twice", "同一个场景只能布置一次")
    if not asked.units and not asked.quizzes:
        raise ProblemError(422, "empty", "请至少选一个场景或一份测验")
    for quiz in asked.quizzes:
        _can_be_asked(bank, quiz)
    if not asked.learners and asked.team is None:
        raise ProblemError(422, "nobody", "请选择学员或班组")
    await _known(service, asked.learners, asked.team)
    values = {
        "title": asked.title.strip(), "note": asked.note.strip(),
        "scenarios": [unit.model_dump() for unit in asked.units],
        "quizzes": [quiz.model_dump() for quiz in asked.quizzes],
        "learners": sorted(set(asked.learners)), "team": asked.team, "due_at": asked.due_at,
        "board": asked.board,
    }  # fmt: skip
    now = datetime.now(UTC)
    number = await service.write(partial(kept.add_course, by=who.name, values=values, now=now))
    return await _whole(service, hall, bank, who=who, number=number)


@router.get("/people", summary="List who may be given a course")
async def people(service: Serving, who: Training) -> Group:
    """List the users and the teams."""
    del who
    return Group(
        people=[Person(**each) for each in await service.read(sessions.people)],
        teams=[TeamView(team_id=each.team_id, name=each.name) for each in await service.read(all_teams)],
    )


@router.get("/{number}", summary="Show a course", responses=answers(404, 422))
async def one(
    number: Number, service: Serving, hall: Practising, bank: Items, *, who: Learning
) -> CourseWhole:
    """Show a course with the progress of those one oversees, and the leader board where it is on."""
    return await _whole(service, hall, bank, who=who, number=number)


@router.patch("/{number}", summary="Change a course", responses=answers(404, 413, 422))
async def change(
    number: Number,
    asked: CourseChange,
    service: Serving,
    *,
    hall: Practising,
    bank: Items,
    who: Training,
) -> CourseWhole:
    """Change a course, end it or open it again; its scenarios and quizzes stay."""
    given = asked.model_dump(exclude_unset=True)
    ended = given.pop("ended", None)
    optional = {"team", "due_at"}
    values = {name: value for name, value in given.items() if value is not None or name in optional}
    if ended is not None:
        values["ended_at"] = datetime.now(UTC) if ended else None
    await _known(service, asked.learners or [], asked.team)
    if values and not await service.write(
        partial(kept.change_course, by=who.name, number=number, values=values)
    ):
        raise _no_course()
    return await _whole(service, hall, bank, who=who, number=number)


@router.get("/{number}/certificate", summary="Show a certificate", responses=answers(404, 422))
async def certificate(
    number: Number,
    service: Serving,
    hall: Practising,
    bank: Items,
    *,
    who: Learning,
    learner: Annotated[
        str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Somebody one oversees.")
    ] = None,
) -> Certificate:
    """Show the certificate of who has passed all scenarios and quizzes of a course."""
    name = learner or who.name
    course, told = await _course(service, who, number)
    seen = await overseen(service, who)
    found = next((each for each in told if each.learner == name), None)
    allowed = name == who.name or seen is None or name in seen
    if not allowed or found is None or found.finished_at is None:
        raise ProblemError(404, "no-certificate", "课程全部通过后才有证书")
    known = {each["name"]: each["agent_name"] for each in await service.read(sessions.people)}
    titles = await _titles(hall)
    return Certificate(
        learner=name,
        name=known.get(name) or name,
        course=course.title,
        number=number,
        units=[
            {"title": titles.get(unit.scenario, unit.scenario), "points": unit.best} for unit in found.units
        ]
        + [
            {"title": quiz_title(bank, quiz), "points": sat.best}
            for quiz, sat in zip(course.quizzes, found.quizzes, strict=True)
        ],
        points=found.points,
        finished_at=found.finished_at,
        made_by=course.made_by,
    )


async def _known(service: Service, learners: list[str], team: str | None) -> None:
    """Raise ProblemError (422) for users and teams nobody knows."""
    users = {each["name"] for each in await service.read(sessions.people)}
    unknown = sorted(set(learners) - users)
    if unknown:
        raise ProblemError(422, "no-learner", f"没有这些用户：{'、'.join(unknown)}")
    if team is not None and team not in {each.team_id for each in await service.read(all_teams)}:
        raise ProblemError(422, "no-team", "没有这个班组")


async def _course(service: Service, who: Identity, number: int) -> tuple[Course, list[Progress]]:
    """Return a course with everybody's progress; raises ProblemError (404) where `who` may not see it."""
    if number > LAST:
        raise _no_course()
    course = await service.read(partial(kept.find_course, number=number))
    if course is None:
        raise _no_course()
    told = await _told(service, course)
    if not _visible(told, who, await overseen(service, who)):
        raise _no_course()
    return course, told


def _no_course() -> ProblemError:
    return ProblemError(404, "no-course", "没有这门课程")


async def _told(service: Service, course: Course) -> list[Progress]:
    def job(connection: Any) -> list[Progress]:
        now = datetime.now(UTC)
        learners = kept.learners_of(connection, course, now.astimezone(SHANGHAI).date())
        return kept.progress(connection, course, learners, now)

    found: list[Progress] = await service.read(job)
    return found


def _visible(told: list[Progress], who: Identity, seen: frozenset[str] | None) -> bool:
    return _oversees(told, seen) or any(each.learner == who.name for each in told)


def _oversees(told: list[Progress], seen: frozenset[str] | None) -> bool:
    return seen is None or any(each.learner in seen for each in told)


async def _titles(hall: Hall) -> Mapping[str, str]:
    return {case.id: case.title for case in (await hall.room()).scenarios.values()}


def quiz_title(bank: Bank, quiz: Quiz) -> str:
    """Return what a quiz of a course is called."""
    topics = "、".join(bank.topics.get(topic, topic) for topic in quiz.topics)
    return f"测验：{topics or '全部主题'}（{quiz.items} 题）"


def _can_be_asked(bank: Bank, quiz: QuizRequest) -> None:
    """Raise ProblemError (422) for topics nobody knows, and for more items than there are."""
    unknown = sorted(set(quiz.topics) - set(bank.topics))
    if unknown:
        raise ProblemError(422, "no-topic", f"没有这些主题：{'、'.join(unknown)}")
    there = sum(not quiz.topics or item.topic in quiz.topics for item in bank.items)
    if quiz.items > there:
        raise ProblemError(422, "too-many", f"这些主题一共只有 {there} 题")


async def _view(
    hall: Hall,
    bank: Bank,
    course: Course,
    told: list[Progress],
    *,
    who: Identity,
    seen: frozenset[str] | None,
) -> dict[str, Any]:
    titles = await _titles(hall)
    mine = next((each for each in told if each.learner == who.name), None)
    return {
        "number": course.number, "title": course.title, "note": course.note,
        "units": [
            {**asdict(unit), "title": titles.get(unit.scenario, unit.scenario)} for unit in course.units
        ],
        "quizzes": [{**asdict(quiz), "title": quiz_title(bank, quiz)} for quiz in course.quizzes],
        "team": course.team, "due_at": course.due_at, "board": course.board, "made_by": course.made_by,
        "made_at": course.made_at, "ended_at": course.ended_at,
        "mine": None if mine is None else asdict(mine), "learners": len(told),
        "finished": sum(each.finished_at is not None for each in told),
        "oversees": _oversees(told, seen),
    }  # fmt: skip


async def _whole(service: Service, hall: Hall, bank: Bank, *, who: Identity, number: int) -> CourseWhole:
    course, told = await _course(service, who, number)
    seen = await overseen(service, who)
    shown = [each for each in told if seen is None or each.learner in seen]
    leaders = [
        Place(place=place, learner=each.learner, points=each.points, passed=each.passed)
        for place, each in enumerate((each for each in told if each.points > 0), 1)
    ]
    return CourseWhole(
        **await _view(hall, bank, course, told, who=who, seen=seen),
        named=list(course.learners) if seen is None else None,
        progress=[ProgressView(**asdict(each)) for each in shown],
        leaders=leaders if course.board else None,
    )
