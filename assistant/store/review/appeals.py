"""What agents see and say of their calls: results, acknowledgements, appeals with all their steps."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from assistant.errors import ConflictError, InputError
from assistant.review import appeal as rules
from assistant.store import models as m
from assistant.store.audit import note
from assistant.store.review import models as q
from assistant.store.review.facts import refuse_closed
from assistant.store.review.reviews import review_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

    from assistant.review.appeal import Outcome

Json = dict[str, Any]


def own_calls(connection: Connection, agent_id: str, limit: int = 100) -> list[Json]:
    """Return an agent's calls, latest first, with their results and what became of them."""
    call, fact, review = m.Conversation, q.CallFact, q.Review
    query = (
        select(
            call.call_id, call.started_at, call.channel, call.turns, fact.machine, fact.total, fact.grade,
            fact.passed, fact.scored, fact.acknowledged_at, fact.shown_at, review.state.label("review"),
            review.done_at,
        )
        .join(fact, fact.conversation == call.number)
        .outerjoin(review, review.conversation == call.number)
        .where(fact.agent_id == agent_id)
        .order_by(fact.day.desc(), call.number.desc())
        .limit(limit)
    )  # fmt: skip
    appeals = {row["call_id"]: row for row in list_appeals(connection, agent_id=agent_id, limit=limit)}
    return [
        {**row, "appealable": _appealable(row), "appeal": appeals.get(row["call_id"])}
        for row in connection.execute(query).mappings()
    ]


def _appealable(row: RowMapping) -> bool:
    return row["acknowledged_at"] is None and rules.in_window(row["shown_at"], datetime.now(UTC))


def acknowledge(connection: Connection, by: str, call_id: str, agent_id: str | None) -> None:
    """Note that the agent takes a result as it is."""
    fact = _own(connection, call_id, agent_id)
    if fact["acknowledged_at"] is None:
        connection.execute(
            update(q.CallFact)
            .where(q.CallFact.conversation == fact["conversation"])
            .values(acknowledged_at=datetime.now(UTC))
        )
        note(connection, by, "qa.acknowledge", call_id)


def open_appeal(
    connection: Connection, by: str, call_id: str, agent_id: str | None, *, about: Sequence[str],
    reason: str, assignee: str | None = None,
) -> int:  # fmt: skip
    """Object to a result; `about` names findings and items (``finding:3``, ``item:opening``).

    Whoever reviewed the call answers first. Raises ConflictError (``exists``, ``too-late``, ``closed``).
    """
    if not reason.strip():
        raise InputError("请写明申诉理由", code="no-reason")
    fact = _own(connection, call_id, agent_id)
    if fact["acknowledged_at"] is not None:
        raise ConflictError("您已确认过这个结果，不能再申诉", code="too-late")
    refuse_closed(connection, fact["month"])
    known = select(q.AppealRow.number).where(q.AppealRow.conversation == fact["conversation"])
    if connection.execute(known).first() is not None:
        raise ConflictError("这通电话已经申诉过了", code="exists")
    now = datetime.now(UTC)
    assignee = assignee or _assignee(connection, review_of(connection, by, call_id, assignee=None))
    begun = rules.begin(fact["shown_at"], now, assignee)
    values = {
        "conversation": fact["conversation"], "agent_id": fact["agent_id"], "about": list(about),
        "level": begun.level, "state": begun.state, "assignee": assignee, "deadline": begun.deadline,
        "outcome": None, "before": fact["total"], "made_at": now,
    }  # fmt: skip
    number = int(
        connection.execute(insert(q.AppealRow).values(values).returning(q.AppealRow.number)).scalar_one()
    )
    _log(connection, number, begun.level, who=by, action="open", text=reason, total=fact["total"])
    note(connection, by, "qa.appeal", call_id, {"about": list(about)})
    return number


def _assignee(connection: Connection, review: int) -> str | None:
    """Return who reviewed the call, or is to."""
    query = select(q.Review.done_by, q.Review.assignee).where(q.Review.number == review)
    row = connection.execute(query).one()
    found: str | None = row.done_by or row.assignee
    return found


def answer_appeal(
    connection: Connection, by: str, number: int, version: int, *, outcome: Outcome, reason: str, lead: bool
) -> int:
    """Answer at the appeal's present level; those above the first are for leads alone."""
    row = _to_change(connection, number, version)
    if row["level"] != "reviewer" and not lead:
        raise ConflictError("这一级申诉由组长处理", code="owned")
    if by in _deciders(connection, number, row["level"]):
        raise ConflictError("您已在前面的级别答复过这件申诉，这一级要换人处理", code="same-person")
    now = datetime.now(UTC)
    after = rules.answer(_appeal(row), outcome, reason, now)
    return _change(connection, row, after, by, action=outcome, reason=reason)


def _deciders(connection: Connection, number: int, level: str) -> set[str]:
    """Return who has answered an appeal at other levels."""
    step = q.AppealStep
    query = select(step.who).where(
        step.appeal == number, step.level != level, step.action.in_(("granted", "partly", "rejected"))
    )
    return set(connection.execute(query).scalars())


def take_on_late(connection: Connection, now: datetime) -> int:
    """Take appeals nobody answered in time to the next level, and close answers nobody objected to in time.

    At the last level the deadline stays passed, for all to see. Returns how many have moved.
    """
    table = q.AppealRow.__table__
    over = select(table).where(table.c.deadline < now, table.c.state != "closed").with_for_update()
    moved = 0
    for row in connection.execute(over).mappings().all():
        appeal = _appeal(row)
        if row["state"] == "answered":
            after, action, text = rules.accept(appeal), "lapsed", ""
        elif appeal.level == rules.LEVELS[-1]:
            continue
        else:
            after, action, text = rules.pass_on(appeal, now), "overdue", ""
        _change(connection, row, after, "system", action=action, reason=text)
        moved += 1
    return moved


def escalate_appeal(
    connection: Connection, by: str, number: int, version: int, *, agent_id: str | None, reason: str
) -> int:
    """Take an answered appeal to the next level."""
    row = _to_change(connection, number, version)
    _refuse_others(row, agent_id)
    if not reason.strip():
        raise InputError("请写明理由", code="no-reason")
    after = rules.escalate(_appeal(row), datetime.now(UTC), None)
    return _change(connection, row, after, by, action="escalate", reason=reason)


def accept_answer(connection: Connection, by: str, number: int, version: int, agent_id: str | None) -> int:
    """Close an answered appeal: the agent accepts."""
    row = _to_change(connection, number, version)
    _refuse_others(row, agent_id)
    return _change(connection, row, rules.accept(_appeal(row)), by, action="accept", reason="")


def assign_appeal(connection: Connection, by: str, number: int, version: int, assignee: str) -> int:
    row = _to_change(connection, number, version)
    after = _appeal(row)
    values = {"assignee": assignee, "version": version + 1}
    connection.execute(update(q.AppealRow).where(q.AppealRow.number == number).values(values))
    _log(connection, number, after.level, who=by, action="assign", text=assignee, total=None)
    note(connection, by, "qa.appeal.assign", str(number), {"assignee": assignee})
    return version + 1


def list_appeals(
    connection: Connection, *, agent_id: str | None = None, state: str | None = None, limit: int = 200
) -> list[Json]:
    """Return appeals with their steps, the nearest deadline first, then the latest."""
    table = q.AppealRow.__table__
    query = (
        select(
            table, m.Conversation.call_id, q.CallFact.total.label("total"), q.Review.number.label("review")
        )
        .join(m.Conversation, m.Conversation.number == table.c.conversation)
        .outerjoin(q.CallFact, q.CallFact.conversation == table.c.conversation)
        .outerjoin(q.Review, q.Review.conversation == table.c.conversation)
        .order_by(table.c.deadline.is_(None), table.c.deadline, table.c.number.desc())
        .limit(limit)
    )
    if agent_id is not None:
        query = query.where(table.c.agent_id == agent_id)
    if state is not None:
        query = query.where(table.c.state == state)
    found = [dict(row) for row in connection.execute(query).mappings()]
    steps: dict[int, list[Json]] = {each["number"]: [] for each in found}
    step = q.AppealStep.__table__
    told = select(step).where(step.c.appeal.in_(steps)).order_by(step.c.number)
    for row in connection.execute(told).mappings():
        steps[row["appeal"]].append(
            {name: row[name] for name in ("level", "who", "action", "text", "total", "at")}
        )
    now = datetime.now(UTC)
    return [
        {
            **{name: value for name, value in each.items() if name != "conversation"},
            "steps": steps[each["number"]], "overdue": rules.overdue(_appeal(each), now),
        }
        for each in found
    ]  # fmt: skip


def _own(connection: Connection, call_id: str, agent_id: str | None) -> RowMapping:
    row = connection.execute(
        select(q.CallFact.__table__)
        .join(m.Conversation, m.Conversation.number == q.CallFact.conversation)
        .where(m.Conversation.call_id == call_id)
    ).mappings().first()  # fmt: skip
    if row is None or agent_id not in (None, row["agent_id"]):
        raise InputError("没有这通电话", code="unknown-conversation")
    return row


def _to_change(connection: Connection, number: int, version: int) -> RowMapping:
    query = select(q.AppealRow.__table__).where(q.AppealRow.number == number).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        raise InputError("没有这件申诉", code="unknown-appeal")
    if row["version"] != version:
        raise ConflictError("其他人刚刚处理过这件申诉，请刷新后再操作", code="stale")
    return row


def _refuse_others(row: RowMapping, agent_id: str | None) -> None:
    if agent_id not in (None, row["agent_id"]):
        raise InputError("没有这件申诉", code="unknown-appeal")


def _appeal(row: Any) -> rules.Appeal:
    return rules.Appeal(row["level"], row["state"], row["assignee"], row["deadline"], row["outcome"])


def _change(
    connection: Connection, row: RowMapping, after: rules.Appeal, by: str, *, action: str, reason: str
) -> int:
    number, version = row["number"], row["version"] + 1
    values = {
        "level": after.level, "state": after.state, "assignee": after.assignee, "deadline": after.deadline,
        "outcome": after.outcome, "version": version,
    }  # fmt: skip
    connection.execute(update(q.AppealRow).where(q.AppealRow.number == number).values(values))
    now = connection.execute(
        select(q.CallFact.total).where(q.CallFact.conversation == row["conversation"])
    ).scalar()
    _log(connection, number, row["level"], who=by, action=action, text=reason, total=now)
    note(connection, by, f"qa.appeal.{action}", str(number))
    return int(version)


def _log(
    connection: Connection, appeal: int, level: str, *, who: str, action: str, text: str, total: float | None
) -> None:
    values = {
        "appeal": appeal, "level": level, "who": who, "action": action, "text": text.strip(), "total": total,
        "at": datetime.now(UTC),
    }  # fmt: skip
    connection.execute(insert(q.AppealStep).values(values))
