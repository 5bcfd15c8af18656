"""Complaint cases: the queue, one case, what is done to it; the feed of events for other systems."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from assistant.desk.cases import Case, Event, allowed, outdated
from assistant.desk.house import Person
from assistant.desk.record import RECORD
from assistant.desk.track import progress_of
from assistant.errors import UsageError
from assistant.report.plain import plain
from assistant.store import users
from assistant.store.contacts import Details
from assistant.store.conversations import read_conversation
from assistant.store.desk import clock, customers, deeds, notices, views
from assistant.store.desk.cases import Opening, act, change, open_case, propose
from assistant.store.desk.ledger import Acting
from assistant.store.models import CALL_ID
from assistant.web.api.answers import written
from assistant.web.api.contacts import Contact, keys_of, told_of
from assistant.web.api.contacts import Details as ContactDetails
from assistant.web.identity import Identity, may_do, needs
from assistant.web.problems import ProblemError, answers
from assistant.web.service import Service, Serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.store.database import Connection

router = APIRouter(prefix="/api/cases", tags=["cases"], responses=answers(401, 403))
Handling = Annotated[Any, needs("desk")]
Number = Annotated[int, Path(ge=1, le=2**53)]
Short = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00]*$")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]
Text = Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00]*$")]
Value = Text | bool | None
_SETTLE = timedelta(seconds=5)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewCase(Strict):
    """A case from a stored call (`call_id`), or from a record alone."""

    call_id: Annotated[str | None, Field(max_length=CALL_ID, pattern=r"^[^\x00]+$")] = None
    external_id: Annotated[str | None, Field(max_length=200, pattern=r"^[^\x00]+$")] = None
    contact: Annotated[str | None, Field(max_length=64, pattern=r"^[^\x00]+$")] = None
    phone: Annotated[
        str | None, Field(max_length=40, pattern=r"^[^\x00]*$", description="Kept encrypted.")
    ] = None
    received_at: AwareDatetime | None = None
    record: dict[str, Value] = {}


class Deed(Strict):
    action: Name
    fields: dict[str, Value] = {}
    reason: Text = ""
    key: Annotated[str | None, Field(max_length=60, pattern=r"^[\w.-]+$", description="Do it once.")] = None


class MoreTime(Strict):
    duty: Name
    until: AwareDatetime
    reason: Text


class OwnDate(Strict):
    until: AwareDatetime


class Handing(Strict):
    receiver: Name
    department: Annotated[str | None, Field(max_length=200, pattern=r"^[^\x00]+$")] = None
    note: Text = ""


class FileOf(Strict):
    name: Name
    reference: Annotated[str, Field(min_length=1, max_length=1_000, pattern=r"^[^\x00]+$")]
    size: Annotated[int, Field(ge=0, le=2**40)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Remedy(Strict):
    remedy: Name
    cost: Annotated[float, Field(ge=0, le=1e9, description="In yuan.")]
    purchase: Annotated[float | None, Field(ge=0, le=1e9)] = None


class Outcome(Strict):
    recovery: Annotated[int, Field(ge=1, le=2**53)]
    outcome: Literal["recovered", "lost"]


class Why(Strict):
    why: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]+$")]


class ReadUpTo(Strict):
    number: Annotated[int, Field(ge=0, le=2**53)]


def person(service: Service, who: Identity) -> Person:
    """Return who acts, with the rank given to them, else the one the role holds."""
    rules = service.desk.rules
    known = {rank.id for rank in rules.authority.ranks}
    return Person(who.name, who.rank if who.rank in known else rules.rank_of(who.role or ""))


def own(who: Identity) -> tuple[str, str | None] | None:
    """Return what bounds the cases somebody sees; None for nothing."""
    return None if who.only is None else (who.name, who.only or None)


async def acted(service: Service, who: Identity, job: Callable[..., Any], *given: Any, **more: Any) -> Any:
    """Do something as `who`, now."""
    desk, now = service.desk, datetime.now(UTC)
    actor = person(service, who)

    def run(connection: Connection) -> Any:
        return job(Acting(connection, desk, actor, now), *given, **more)

    return await service.write(run)


async def whole(service: Service, who: Identity, number: int) -> dict[str, Any]:
    """Return a case; raises ProblemError (404) where there is none, or it is another agent's."""
    told = await service.read(partial(views.read_case, number=number))
    bound = own(who)
    if told is None or (
        bound and told["owner"] != bound[0] and (not bound[1] or told["agent_id"] != bound[1])
    ):
        handed = told and any(each["receiver"] == who.name for each in told["handovers"])
        if not handed:
            raise ProblemError(404, "unknown-case", "没有这个工单")
    return told or {}


def told_case(service: Service, who: Identity, row: dict[str, Any]) -> Response:
    """Return a case as it is answered: with what may be done to it, and where it stands in its procedures."""
    desk = service.desk
    events = tuple(Event(e["kind"], e["at"], e["by"], e["detail"]) for e in row["events"])
    case = Case(row["state"], row["record"], events, row["level"])
    rank = person(service, who).rank
    old = outdated(case)
    row["actions"] = [
        {
            "id": each.id,
            "title": each.title,
            "needs": list(each.needs),
            "asks": [name for name in each.needs if name in old],
            "reason": each.reason,
        }
        for each in allowed(desk.rules, case, rank)
    ]
    row["procedures"] = [
        {
            "id": each.procedure,
            "name": each.name,
            "current": each.current,
            "conformance": each.conformance,
            "steps": [
                {"step": s.step, "name": s.name, "status": s.status, "at": s.at, "by": s.by}
                for s in each.steps
            ],
        }
        for each in progress_of(desk.rules, case, desk.group_of(row["kind"]), desk.procedures)
    ]
    holder = desk.rules.authority.ranks[desk.rules.rank(rank)]
    row["authority"] = {"rank": holder.title, "pay": holder.pay, "remedies": sorted(holder.remedies)}
    handed = [event.by for event in events if event.kind == "handed_over"][-1:]
    for each in row["handovers"]:
        waits = each["received_at"] is None
        each["may_sign"] = waits and who.name == each["receiver"]
        each["may_withdraw"] = waits and who.name in (each["giver"], *handed)
    row.pop("customer_key")
    return written(plain(row))


@router.get("/forms", summary="Titles and choices of cases")
async def forms(service: Serving, who: Handling) -> dict[str, Any]:
    """Return the fields of the record, states, duties, remedies, levels, with their Chinese titles."""
    del who
    rules, choices = service.desk.rules, service.desk.choices
    return {
        "fields": [
            {"name": f.name, "title": f.title, "form": f.form, "choices": choices.get(f.name) or f.choices}
            for f in RECORD
        ],
        "states": {state.id: state.title for state in rules.states.states},
        "actions": {action.id: action.title for action in rules.states.actions},
        "duties": {
            duty.id: {"title": duty.title, "approver": duty.approver} for duty in rules.deadlines.duties
        },
        "ranks": {rank.id: rank.title for rank in rules.authority.ranks},
        "remedies": {remedy.id: remedy.title for remedy in rules.authority.remedies},
        "campaigns": {each.id: each.title for each in rules.callbacks.campaigns},
        "levels": {
            str(each.level): f"{each.title}：{'、'.join(each.people)}" for each in rules.authority.levels
        },
    }


@router.get("", summary="List cases", responses=answers(422))
async def listing(
    service: Serving,
    who: Handling,
    *,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    open: bool | None = None,  # noqa: A002 (the name outside)
    overdue: bool = False,
    state: Short = None,
    severity: Short = None,
    kind: Short = None,
    owner: Short = None,
    team: Short = None,
    agent_id: Short = None,
    region: Short = None,
    level: Short = None,
    department: Short = None,
    month: Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}$")] = None,
    hit: Annotated[Short, Query(description="Only what this count of a figure counts.")] = None,
) -> Response:
    """List cases: open ones the urgent and near first, others the latest first; agents see their own."""
    wanted = views.CaseFilter(
        open=open,
        state=state,
        severity=severity,
        kind=kind,
        owner=owner,
        team=team,
        agent_id=agent_id,
        region=region,
        customer_level=level,
        department=department,
        month=month,
        hit=hit,
        mine=own(who),
        overdue=datetime.now(UTC) if overdue else None,
    )
    least = service.desk.rules.kpis.satisfied_from
    job = partial(views.list_cases, wanted=wanted, limit=limit + 1, offset=offset, satisfied_from=least)
    rows = await service.read(job)
    following = offset + limit if len(rows) > limit else None
    return written({"items": plain(rows[:limit]), "next": following})


@router.get("/summary", summary="Count open cases")
async def summary(service: Serving, who: Handling) -> dict[str, int]:
    """Return how many cases are open, overdue, urgent, escalated, and notices not read."""
    counted = await service.read(partial(views.count_open, now=datetime.now(UTC), mine=own(who)))
    unread = await service.read(partial(notices.count_unread, recipients=_recipients(service, who)))
    return {**counted, "unread": unread}


@router.get("/notices", summary="List notices")
async def told(service: Serving, who: Handling, *, unread: bool = True) -> Response:
    """Return what the user and the rank were told, the latest first."""
    job = partial(notices.notices_for, recipients=_recipients(service, who), unread=unread)
    return written({"items": plain(await service.read(job))})


@router.post("/notices/read", summary="Mark notices as read", responses=answers(422))
async def mark(upto: ReadUpTo, service: Serving, who: Handling) -> dict[str, int]:
    """Mark what was told up to a number as read."""
    recipients = _recipients(service, who)
    job = partial(notices.mark_read, recipients=recipients, upto=upto.number, now=datetime.now(UTC))
    return {"read": await service.write(job)}


def _recipients(service: Service, who: Identity) -> list[str]:
    return [f"user:{who.name}", f"rank:{person(service, who).rank}"]


@router.get("/events", summary="Follow cases", responses=answers(422))
async def feed(
    service: Serving,
    who: Handling,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 200,
) -> Response:
    """Return events of cases after number `after`: for a CRM of another house.

    `key` is the idempotency key; events come five seconds after they were stored.
    """
    if who.only is not None:
        raise ProblemError(403, "not-allowed", "只有能查看全部工单的人可以读取")
    before = datetime.now(UTC) - _SETTLE
    rows = await service.read(partial(clock.events_after, after=after, most=limit, before=before))
    return written({"items": plain(rows), "next": rows[-1]["number"] if rows else after})


@router.get("/proposal", summary="Propose a record for a call", responses=answers(404, 422))
async def proposal(
    service: Serving,
    who: Handling,
    call_id: Annotated[str, Query(min_length=1, max_length=CALL_ID, pattern=r"^[^\x00]+$")],
) -> Response:
    """Return what a stored call's report proposes, field by field, with confidence and evidence."""
    return written(plain((await _proposed(service, who, call_id)).proposed))


async def _proposed(service: Service, who: Identity, call_id: str) -> Opening:
    stored = await service.read(partial(read_conversation, call_id=call_id))
    if stored is None or who.only not in (None, stored.summary["agent_id"]):
        raise ProblemError(404, "unknown-conversation", "没有这通电话")
    if stored.report is None:
        raise ProblemError(409, "running", "通话还没有结束")
    return propose(service.desk, stored.report, stored.summary["started_at"])


@router.post("", summary="Open a case", status_code=201, responses=answers(404, 409, 422))
async def opened(new: NewCase, service: Serving, who: Handling) -> Response:
    """Open a case from a call or a record; a call, and an external id, has one case."""
    proposed = await _proposed(service, who, new.call_id) if new.call_id else None
    received = new.received_at or (proposed.received_at if proposed else None) or datetime.now(UTC)
    if received > datetime.now(UTC) + timedelta(minutes=5):
        raise ProblemError(422, "bad-date", "受理时间不能晚于现在")

    keys = keys_of(service) if new.phone else None

    def job(acting: Acting) -> tuple[int, bool]:
        opening = Opening(
            {**(proposed.record if proposed else {}), **new.record},
            received,
            proposed.proposed if proposed else {},
            call_id=new.call_id,
            external_id=new.external_id,
            contact=new.contact,
            trial=proposed.trial if proposed else False,
        )
        number, fresh = open_case(acting, opening)
        if fresh and keys is not None:
            customers.keep(acting, number, keys, Details(phone=new.phone))
        return number, fresh

    number, fresh = await acted(service, who, job)
    return Response(
        f'{{"number":{number},"new":{str(fresh).lower()}}}',
        201 if fresh else 200,
        media_type="application/json",
    )


@router.get("/{number}", summary="Show a case", responses=answers(404, 422))
async def one(number: Number, service: Serving, who: Handling) -> Response:
    """Show a case with its events, deadlines, procedures, callbacks, and what may be done to it."""
    return told_case(service, who, await whole(service, who, number))


@router.patch("/{number}", summary="Fill in a record", responses=answers(404, 422))
async def fill(number: Number, fields: dict[str, Value], service: Serving, who: Handling) -> Response:
    """Fill in or mend fields of the record; who and when is kept."""
    return await _done(service, who, number, change, fields)


@router.post("/{number}/actions", summary="Do something to a case", responses=answers(404, 409, 422))
async def do(number: Number, deed: Deed, service: Serving, who: Handling) -> Response:
    """Do an action of the states' file: register, assign, propose, answer, close, escalate ..."""
    return await _done(
        service, who, number, act, deed.action, fields=deed.fields or None, reason=deed.reason, key=deed.key
    )


@router.post("/{number}/overrun", summary="Approve more time", responses=answers(404, 409, 422))
async def overrun(number: Number, more: MoreTime, service: Serving, who: Handling) -> Response:
    """Approve an overrun; the duty's approver or a higher rank may."""
    return await _done(service, who, number, deeds.approve_overrun, more.duty, more.until, more.reason)


@router.post("/{number}/date", summary="Keep the customer's date", responses=answers(404, 422))
async def dated(number: Number, own_date: OwnDate, service: Serving, who: Handling) -> Response:
    """Keep the customer's own date for the solution of a minor complaint."""
    return await _done(service, who, number, deeds.agree_date, own_date.until)


@router.post("/{number}/handover", summary="Hand a case over", responses=answers(404, 409, 422))
async def hand(number: Number, given: Handing, service: Serving, who: Handling) -> Response:
    """Offer a case to somebody; it stays with its owner until it is signed for."""

    def job(acting: Acting, case: int) -> None:
        user = users.find_user(acting.connection, given.receiver)
        if user is None or not user.active or not may_do(user.role, "desk"):
            raise UsageError(f"没有可以接手工单的用户“{given.receiver}”，请核对姓名", code="bad-receiver")
        deeds.hand_over(acting, case, user.name, department=given.department, text=given.note)

    return await _done(service, who, number, job)


@router.post("/{number}/receipt", summary="Sign for a case", responses=answers(404, 409, 422))
async def sign(number: Number, service: Serving, who: Handling) -> Response:
    """Take a case that was handed over."""
    return await _done(service, who, number, deeds.receive)


@router.post("/{number}/withdrawal", summary="Withdraw a hand-over", responses=answers(404, 409, 422))
async def withdraw(number: Number, service: Serving, who: Handling) -> Response:
    """Take back a hand-over nobody has signed for; its giver may."""
    return await _done(service, who, number, deeds.withdraw)


@router.post("/{number}/contacts", summary="Keep contact data", responses=answers(404, 422, 503))
async def keep(number: Number, details: ContactDetails, service: Serving, who: Handling) -> Response:
    """Keep how the customer can be reached, encrypted; an earlier case of the same number is found."""
    given = Details(**details.model_dump())
    return await _done(service, who, number, customers.keep, keys_of(service), given)


@router.post("/{number}/contacts/read", summary="Look at contact data", responses=answers(404, 422, 503))
async def reach(number: Number, asked: Why, service: Serving, who: Handling) -> list[Contact]:
    """Show how the customer can be reached; who looked, and why, goes into the audit log."""
    await whole(service, who, number)
    keys = keys_of(service)
    return [
        told_of(each) for each in await acted(service, who, customers.reach, keys, asked.why, case=number)
    ]


@router.post("/{number}/attachments", summary="Attach a file", responses=answers(404, 422))
async def attach(number: Number, file: FileOf, service: Serving, who: Handling) -> Response:
    """Keep a reference to a file with its size and SHA-256."""
    return await _done(service, who, number, deeds.attach, deeds.File(**file.model_dump()))


@router.post("/{number}/remedies", summary="Offer a remedy", responses=answers(404, 409, 422))
async def remedy(number: Number, offered: Remedy, service: Serving, who: Handling) -> Response:
    """Offer a remedy within one's authority."""
    return await _done(
        service, who, number, deeds.grant, offered.remedy, offered.cost, purchase=offered.purchase
    )


@router.post("/{number}/outcome", summary="Settle a remedy", responses=answers(404, 422))
async def outcome(number: Number, found: Outcome, service: Serving, who: Handling) -> Response:
    """Say whether the customer was won back."""
    return await _done(service, who, number, deeds.settle, found.recovery, found.outcome)


async def _done(service: Service, who: Identity, number: int, job: Any, *given: Any, **more: Any) -> Response:
    await whole(service, who, number)
    await acted(service, who, job, number, *given, **more)
    return told_case(service, who, await whole(service, who, number))
