"""The practice room of a process: scenarios of the product and the house, sessions under way."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from assistant.bootstrap import load_practice
from assistant.desk.calendar import SHANGHAI
from assistant.errors import ConflictError, PracticeError, UsageError
from assistant.ingest.encoding import clean
from assistant.ingest.privacy import mask
from assistant.practice.loader import parse_scenario
from assistant.store.practice import drafts, sessions
from assistant.web.problems import ProblemError
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.errors import Problem
    from assistant.practice.room import Reply, Room, Session
    from assistant.practice.scenario import Scenario
    from assistant.store.practice.drafts import Draft
    from assistant.store.practice.sessions import Kept
    from assistant.web.identity import Identity

KEPT = 256
"""Sessions held ready; others are made again from their record."""
FILE = "scenario.yml"
"""What a scenario of the house is called in messages."""


class Hall:
    """Rooms by version of the rules, and sessions under way; what counts stands in the store.

    Any process may serve any turn: a session that isn't held ready, or has gone on elsewhere, is replayed.
    """

    def __init__(self, service: Service, shipped: Room) -> None:
        self.shipped = shipped.scenarios
        self._service = service
        self._room = shipped
        self._under_way: OrderedDict[int, Session] = OrderedDict()
        self._parsed: OrderedDict[str, Scenario] = OrderedDict()

    async def room(self, rules: int | None = None) -> Room:
        """Return the room of a version of the rules (None: that in force) with the house's scenarios."""
        held = self._service.rules
        engine = held.engine if rules is None else await held.of(rules)
        own = await self._service.read(drafts.accepted)
        return self._room.beside(engine, await self._service.work(partial(self._compiled, own)))

    def _compiled(self, own: Sequence[Draft]) -> list[Scenario]:
        found = []
        for draft in own:
            scenario = self._parsed.get(draft.text)
            if scenario is None:
                try:
                    scenario = parse_scenario(draft.text, FILE)
                except PracticeError:  # the product has become stricter since it was accepted
                    continue
                self._parsed[draft.text] = scenario
                while len(self._parsed) > KEPT:
                    self._parsed.popitem(last=False)
            if scenario.id not in self.shipped:
                found.append(scenario)
        return found

    async def begin(self, who: Identity, scenario: Scenario, *, seed: int, course: int | None) -> int:
        """Open a session; return its number."""
        job = partial(
            sessions.begin,
            learner=who.name,
            scenario=scenario.id,
            title=scenario.title,
            sha256=scenario.sha256,
            seed=seed,
            rules=self._service.rules.number,
            course=course,
            now=datetime.now(UTC),
        )
        number: int = await self._service.write(job)
        return number

    async def say(self, number: int, who: Identity, text: str, at_s: float | None) -> tuple[int, Reply]:
        """Take a trainee's turn; return its place and the answer. Raises ProblemError, ConflictError."""
        room, session = await self._resume(number, who)
        place = len(session.steps)
        words = mask(clean(text))[0]
        try:
            reply: Reply = await self._service.work(partial(room.say, session, words, at_s))
        except UsageError as error:
            raise _refused(error) from None
        await self._service.write(
            partial(
                sessions.keep_turn,
                number=number,
                place=place,
                reply=reply,
                text=session.steps[-1].said.text,
                at_s=at_s,
                worded=session.steps[-1].said.reply is not None,
                now=datetime.now(UTC),
            )
        )
        self._hold(number, session)
        return place, reply

    async def hint(self, number: int, who: Identity) -> tuple[str, int]:
        """Return a hint, and how many were taken; raises ProblemError, ConflictError."""
        room, session = await self._resume(number, who)
        if session.over:
            raise ConflictError(sessions.OVER, code="over")
        text: str = await self._service.work(partial(room.hint, session))
        place = len(session.steps)
        job = partial(sessions.keep_hints, number=number, place=place, hints=session.hints)
        await self._service.write(job)
        self._hold(number, session)
        return text, len(session.hints)

    async def end(self, number: int, who: Identity) -> None:
        """End a session with its debrief; raises ProblemError, ConflictError."""
        room, session = await self._resume(number, who)
        if not session.steps:
            raise ConflictError("还没有说过话，没有可以复盘的内容", code="nothing-said")
        job = partial(sessions.earlier, learner=who.name, scenario=session.scenario.id)
        earlier = await self._service.read(job)
        told = await self._service.work(partial(room.finish, session, earlier))
        await self._service.write(partial(sessions.keep_end, number=number, told=told, now=datetime.now(UTC)))

    async def _resume(self, number: int, who: Identity) -> tuple[Room, Session]:
        """Take a session that is under way in hand: nobody else here has it until it is held again."""
        kept = await self._service.read(partial(sessions.find, number=number))
        if kept is None or kept.learner != who.name:
            raise ProblemError(404, "no-session", "没有这次陪练")
        if kept.ended_at is not None:
            raise ConflictError(sessions.OVER, code="over")
        room = await self._room_for(kept)
        scenario = room.scenarios.get(kept.scenario)
        if scenario is None or scenario.sha256 != kept.sha256:
            raise ConflictError("这个场景已经改过，请重新开始", code="scenario-changed")
        session = self._under_way.pop(number, None)
        if session is None or not _stands(session, kept):
            session = await self._service.work(partial(room.restore, kept.record))
        return room, session

    async def _room_for(self, kept: Kept) -> Room:
        """Return the room of a session; the house's scenarios are read where it is one of them alone."""
        if kept.scenario in self.shipped:
            return self._room.beside(await self._service.rules.of(kept.rules))
        return await self.room(kept.rules)

    def _hold(self, number: int, session: Session) -> None:
        self._under_way[number] = session
        while len(self._under_way) > KEPT:
            self._under_way.popitem(last=False)


def _stands(session: Session, kept: Kept) -> bool:
    return len(session.steps) == len(kept.record["turns"]) and session.hints == kept.record["hints"]


def _refused(error: UsageError) -> Exception:
    if error.code == "over":
        return ConflictError("客户已经挂断，请看复盘", code="over")
    details = {"empty": "没有说话", "bad-time": "时间不能早于上一句"}
    return ProblemError(422, error.code, details.get(error.code, error.message))


def faults_of(text: str) -> tuple[Scenario | None, Sequence[Problem]]:
    """Return the scenario in a text, or all that is wrong with it."""
    try:
        return parse_scenario(text, FILE), ()
    except PracticeError as error:
        return None, error.problems


def _opened(service: Service) -> Room:
    room = load_practice(service.settings, engine=service.engine)
    room.warm()
    return room


async def hall_of(request: Request, service: Serving) -> Hall:
    """Return the hall of this process; its scenarios and wordings are read once."""
    state = request.app.state
    if getattr(state, "practice", None) is None:
        state.practice = Hall(service, await service.work(partial(_opened, service)))
    hall: Hall = state.practice
    return hall


Practising = Annotated[Any, Depends(hall_of)]


async def overseen(service: Service, who: Identity) -> frozenset[str] | None:
    """Return whose practice `who` may look at beside their own: None for everybody's.

    Trainers and administrators see all, supervisors who is in the teams they lead.
    """
    if who.may("train"):
        return None
    if who.role != "supervisor":
        return frozenset()
    day = datetime.now(SHANGHAI).date()
    found: frozenset[str] = await service.read(partial(sessions.learners_led_by, user=who.name, day=day))
    return found
