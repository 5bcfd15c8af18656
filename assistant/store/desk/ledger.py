"""The ledger of cases: what happens to one is kept as events, and all else that is known follows from them.

Columns, deadlines, callbacks and notices are made anew with each event, in its transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import bindparam, delete, insert, select, update

from assistant.desk.calendar import SHANGHAI
from assistant.desk.calling import calling_before
from assistant.desk.cases import Case, Event, since_opened, urgency
from assistant.desk.clocks import due_at
from assistant.desk.duties import Deadline, deadlines
from assistant.desk.house import CLOCK, Desk, Person
from assistant.desk.kpis import month_of
from assistant.errors import InputError
from assistant.store import outbox
from assistant.store.desk import models as m
from assistant.store.desk.notices import Told, tell
from assistant.store.dialect import upserting
from assistant.store.organisation import team_on

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assistant.desk.definition import Campaign

_COPIED = (
    "need",
    "severity",
    "kind",
    "channel",
    "cause",
    "product",
    "department",
    "region",
    "agent_id",
)
_ROUND_DUTY = "answer"
_KNOWN = ("external_id", "call_id", "state", "severity", "need", "kind", "owner", "team", "agent_id")
"""What other systems hear of a case, beside its number: never what was said, nor who the customer is."""
_cases: Any = m.Case.__table__  # statements are made once: making one costs more than running it
_duties: Any = m.CaseDuty.__table__
_callbacks: Any = m.Callback.__table__
_CASE = select(_cases).where(_cases.c.number == bindparam("wanted"))
_LOCKED = _CASE.with_for_update()
_EVENTS = (
    select(m.CaseEvent.kind, m.CaseEvent.at, m.CaseEvent.by, m.CaseEvent.detail)
    .where(m.CaseEvent.case == bindparam("wanted"))
    .order_by(m.CaseEvent.at, m.CaseEvent.number)
)
_DUTIES = select(_duties).where(_duties.c.case == bindparam("wanted"))
_EVENT = insert(m.CaseEvent.__table__)  # type: ignore[arg-type]
_CHANGE = update(_cases).where(_cases.c.number == bindparam("wanted"))
_WAITING = update(_callbacks).where(
    _callbacks.c.case == bindparam("of"),
    _callbacks.c.campaign.in_(bindparam("for", expanding=True)),
    _callbacks.c.status == "waiting",
)
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody who does something now, in a transaction; the clock is handed in, so that it can be moved."""

    connection: Connection
    desk: Desk
    who: Person
    now: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline of case `case` that is near or missed (`told`)."""

    case: int
    duty: str
    round: int
    extension: int
    told: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it stands: its row, and what has happened to it, in that order."""

    row: Mapping[Any, Any]
    events: tuple[Event, ...] = ()

    @property
    def number(self) -> int:
        return int(self.row["number"])

    @property
    def case(self) -> Case:
        return Case(self.row["state"], self.row["record"], self.events, self.row["level"])


def locked(acting: Acting, number: int) -> Standing:
    """Return how a case stands, ours until the transaction ends; raises InputError (``unknown-case``)."""
    row = acting.connection.execute(_LOCKED, {"wanted": number}).mappings().first()
    if row is None:
        raise InputError("没有这个工单", code="unknown-case")
    rows = acting.connection.execute(_EVENTS, {"wanted": number})
    return Standing(row, tuple(Event(each.kind, each.at, each.by, each.detail) for each in rows))


def happen(
    acting: Acting,
    case: Standing | int,
    kind: str,
    detail: Mapping[str, Any],
    *,
    state: str | None = None,
    values: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> None:
    """Keep an event that no action raises."""
    standing = locked(acting, case) if isinstance(case, int) else case
    happened = [Event(kind, acting.now, acting.who.name, detail)]
    save(acting, standing, happened, state=state, values=dict(values or {}), key=key)


def save(
    acting: Acting,
    standing: Standing,
    happened: Sequence[Event],
    *,
    record: Mapping[str, Any] | None = None,
    state: str | None = None,
    values: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> None:
    """Keep events and what follows from them: the columns of the case, its deadlines, callbacks, notices."""
    row, number = standing.row, standing.number
    key = key or uuid4().hex
    after = state or row["state"]
    stored = datetime.now(UTC)
    acting.connection.execute(
        _EVENT,
        [
            {
                "case": number,
                "key": f"{number}/{key}/{place}",
                "kind": event.kind,
                "at": event.at,
                "by": event.by,
                "detail": dict(event.detail),
                "from_state": row["state"],
                "to_state": after,
                "stored_at": stored,
            }
            for place, event in enumerate(happened)
        ],
    )
    changed: dict[str, Any] = {"state": after, "is_open": acting.desk.rules.is_open(after), **(values or {})}
    if record is not None:
        changed |= {"record": dict(record), **columns_of(acting, record, row["received_day"])}
    events = tuple(sorted((*standing.events, *happened), key=attrgetter("at")))
    case = Case(after, record or row["record"], events, row["level"])
    found = deadlines(acting.desk.rules, case, acting.desk.calendar)
    changed |= _moments(case, row["received_at"], found)
    changed["next_due_at"] = _keep_duties(acting, standing, found)
    acting.connection.execute(_CHANGE, {**changed, "wanted": number})
    merged = {**row, **changed}
    told = [Told(merged, event, f"{number}/{key}/{event.kind}") for event in happened]
    tell(acting.connection, acting.desk.rules, told)
    for event in happened:
        _call_back(acting, merged, case, event)
    kinds = [event.kind for event in happened]
    type_ = outbox.CASE_OPENED if "received" in kinds else outbox.CASE_CHANGED
    more = {"from_state": row["state"], "events": kinds, "at": acting.now.isoformat(), "by": acting.who.name}
    told_of = {**merged, "trial": row["trial"]}  # of one that is voided others hear
    _announce(acting.connection, [(type_, f"{number}/{key}", told_of, more)])


def _announce(
    connection: Connection, told: Sequence[tuple[str, str, Mapping[Any, Any], Mapping[str, Any]]]
) -> None:
    """Tell other systems of cases (type, key, row, what more); of those of practice they hear nothing."""
    news = [
        outbox.News(
            type_, key, {"key": key, "case": row["number"], **{name: row[name] for name in _KNOWN}, **more}
        )
        for type_, key, row, more in told
        if not row["trial"]
    ]
    if news:
        outbox.tell(connection, news)


def columns_of(acting: Acting, record: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Return the columns a record fills; the team is that of the agent on the day the case was received."""
    copied = {name: _short(record.get(name)) for name in _COPIED}
    copied["channel"] = copied["channel"] or "hotline"
    team = team_on(acting.connection, copied["agent_id"], day) if copied["agent_id"] else None
    return {
        **copied,
        "team": team or _short(record.get("team")),
        "customer_level": record.get("level") or "ordinary",
        "urgency": urgency(record, acting.desk.rules),
    }


def day_of(moment: datetime) -> date:
    """Return the day of a moment in the house's time."""
    return moment.astimezone(SHANGHAI).date()


def _short(value: Any) -> str | None:
    return None if value in (None, "") else str(value)[:64]


def _moments(case: Case, received: datetime, found: Sequence[Deadline]) -> dict[str, Any]:
    """Return what figures are made of: answered (in the last round), in time (in every round), closed."""
    recent = since_opened(case.events)
    answered = next((event.at for event in recent if event.kind == "answered"), None)
    rounds = [each for each in found if each.duty == _ROUND_DUTY and each.met_at is not None]
    called = [event for event in case.events if event.kind == "called_back"]
    rated = [event.detail["satisfaction"] for event in called if event.detail.get("satisfaction")]
    closed = [event.at for event in recent if event.kind == "closed"]
    return {
        "answered_at": answered,
        "answer_hours": None if answered is None else (answered - received).total_seconds() / 3_600,
        "in_time": None if answered is None else all(map(_in_time, rounds)),
        "closed_at": closed[-1] if closed else None,
        "satisfaction": rated[-1] if rated else None,
    }


def _in_time(deadline: Deadline) -> bool:
    met, standard = deadline.met_at, deadline.standard_at
    return met is not None and standard is not None and met <= standard


def _keep_duties(acting: Acting, standing: Standing, found: Sequence[Deadline]) -> datetime | None:
    """Keep the deadlines of a case; one met too late is missed, once. Return the nearest that runs."""
    number, connection = standing.number, acting.connection
    rows_known = connection.execute(_DUTIES, {"wanted": number}).mappings() if standing.events else ()
    known = {(row["duty"], row["round"]): row for row in rows_known}
    rows, late = [], []
    for each in found:
        old = known.pop((each.duty, each.round), None)
        same = old is not None and old["extension"] == each.extension
        told = old["told"] if old is not None and same else ""
        if each.missed and each.due_at is not None and told != "missed":
            told = "missed"
            late.append(Due(number, each.duty, each.round, each.extension, told, each.due_at))
        running = each.met_at is None and each.due_at is not None
        if told == "near" and each.warn_at is not None and acting.now < each.warn_at:  # it has got more time
            told = ""
        row = {
            "case": number,
            "duty": each.duty,
            "round": each.round,
            "extension": each.extension,
            "began_at": each.began_at,
            "due_at": each.due_at,
            "standard_at": each.standard_at,
            "met_at": each.met_at,
            "next_at": {"": each.warn_at, "near": each.due_at}.get(told) if running else None,
            "told": told,
        }
        if old is None or any(old[name] != value for name, value in row.items()):
            rows.append(row)
    write_dues(connection, acting.desk, late, {number: standing.row})
    if rows:
        key = ("case", "duty", "round")
        columns = tuple(name for name in rows[0] if name not in key)
        connection.execute(upserting(connection.dialect.name, m.CaseDuty, key, columns), rows)
    for duty, round_ in known:  # a duty the case has no more: its severity was mended
        gone = (_duties.c.case == number, _duties.c.duty == duty, _duties.c.round == round_)
        connection.execute(delete(_duties).where(*gone))
    return min(
        (each.due_at for each in found if each.met_at is None and each.due_at is not None), default=None
    )


def write_dues(
    connection: Connection, desk: Desk, dues: Sequence[Due], rows: Mapping[int, Mapping[Any, Any]]
) -> None:
    """Write the events of near or missed deadlines: their keys let them be written once, whoever tries.

    `rows` are those of cases known already.
    """
    if not dues:
        return
    stored = datetime.now(UTC)
    events = {_key_of(due): (due, _due_event(due)) for due in dues}
    values = [
        {
            "case": due.case, "key": key, "kind": event.kind, "at": event.at, "by": event.by,
            "detail": dict(event.detail), "stored_at": stored,
        }
        for key, (due, event) in events.items()
    ]  # fmt: skip
    put = upserting(connection.dialect.name, m.CaseEvent, ("key",), ()).returning(m.CaseEvent.key)
    fresh = set(connection.execute(put, values).scalars())
    known = {**_rows(connection, {due.case for due in dues} - set(rows)), **rows}
    told = [(due, Told(known[due.case], event, key)) for key, (due, event) in events.items() if key in fresh]
    tell(connection, desk.rules, [each for _, each in told])
    types = {"near": outbox.DEADLINE_NEAR, "missed": outbox.DEADLINE_MISSED}
    _announce(connection, [(types[due.told], each.key, each.row, each.event.detail) for due, each in told])


def _key_of(due: Due) -> str:
    return f"{due.case}/deadline_{due.told}/{due.duty}/{due.round}/{due.extension}"


def _due_event(due: Due) -> Event:
    detail = {
        "duty": due.duty,
        "round": due.round,
        "extension": due.extension,
        "due_at": due.due_at.isoformat(),
    }
    return Event(f"deadline_{due.told}", due.due_at, CLOCK.name, detail)


def _rows(connection: Connection, numbers: set[int]) -> dict[int, Mapping[Any, Any]]:
    found: dict[int, Mapping[Any, Any]] = {}
    wanted = sorted(numbers)
    for start in range(0, len(wanted), _CHUNK):
        some = select(_cases).where(_cases.c.number.in_(wanted[start : start + _CHUNK]))
        found |= {row["number"]: row for row in connection.execute(some).mappings()}
    return found


def _call_back(acting: Acting, row: Mapping[str, Any], case: Case, event: Event) -> None:
    """Schedule the callbacks an event asks for, and end those it makes needless."""
    campaigns = acting.desk.rules.callbacks.campaigns
    closing = {each.id for each in campaigns if event.kind in each.closes}
    others = {each.id for each in campaigns} - closing if event.kind in ("closed", "voided") else set()
    asking = {each.id for each in campaigns if each.asks and event.kind == "callback_announced"}
    ended = {"done_at": event.at, "by": event.by}
    for ids, changed in (
        (closing, {"status": "done", **ended}),
        (others, {"status": "dropped", **ended}),
        (asking, {"announced_at": event.at}),
    ):
        if ids:
            acting.connection.execute(_WAITING, {"of": row["number"], "for": sorted(ids), **changed})
    for campaign in campaigns:
        if event.kind == campaign.after and campaign.suits(case.need, row["customer_level"]):
            _schedule(acting, row, case, campaign, event)


def _schedule(acting: Acting, row: Mapping[str, Any], case: Case, campaign: Campaign, event: Event) -> None:
    if campaign.id == "answer" and any(each.kind == "answered" for each in since_opened(case.events)):
        return
    due = due_at(campaign.clock, event.at, campaign.limit, acting.desk.calendar)
    rounds = sum(each.kind == "reopened" for each in case.events)
    key = f"case/{row['number']}/{campaign.id}/{rounds}"
    if campaign.every and due is not None and row["customer_key"]:  # once for a customer, not for each case
        key = f"customer/{row['customer_key']}/{campaign.id}/{month_of(due)}"
    leads = acting.desk.rules.authority.leads
    values = {
        "key": key,
        "campaign": campaign.id,
        "case": row["number"],
        "contact": row["contact"],
        "customer": str(case.record.get("customer") or ""),
        "lead": leads[case.severity if acting.desk.rules.grieves(case.need) else "none"],
        "status": "waiting",
        "due_at": due,
        "next_at": due and calling_before(due, event.at, acting.desk.rules.callbacks.tries),
        "attempts": 0,
        "detail": {},
    }
    put = upserting(acting.connection.dialect.name, m.Callback, ("key",), ())
    acting.connection.execute(put, values)
