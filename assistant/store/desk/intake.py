"""What brings complaints to the desk: calls that end, one asked for by hand; and who takes them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from assistant.desk.house import Desk, Person
from assistant.store import models as base
from assistant.store.desk.cases import open_case, propose
from assistant.store.desk.ledger import Acting, day_of
from assistant.store.organisation import leaders_of, team_on

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from sqlalchemy import Connection

_REAL = frozenset(["live", "chat"])


def take_call(connection: Connection, desk: Desk, report: Mapping[str, Any], now: datetime) -> int | None:
    """Open a case for a call that ended as a complaint or told of danger; None where it is no case.

    The first contact owns it (首问负责, S4): the agent of the call.
    """
    complaint = report.get("complaint") or {}
    wanted = complaint.get("is_complaint") or complaint.get("danger")
    meta = report.get("meta") or {}
    if not wanted or report.get("origin") not in _REAL or meta.get("callback"):
        return None  # what is said in a callback belongs to its case
    agent_id = str(meta.get("agent_id") or "")
    owner = _owner_of(connection, agent_id, day_of(now)) if agent_id else None
    who = Person(owner or agent_id or "坐席", desk.rules.authority.ranks[0].id)
    spoken_s = max((float(turn.get("end_s") or 0) for turn in report["turns"]), default=0.0)
    opening = propose(desk, report, now - timedelta(seconds=spoken_s))
    return open_case(Acting(connection, desk, who, now), opening)[0]


def _owner_of(connection: Connection, agent_id: str, day: date) -> str | None:
    """Return who takes an agent's case: the agent's own user, else whoever leads their team on that day."""
    query = select(base.User.name).where(base.User.agent_id == agent_id, base.User.active)
    user = connection.execute(query.order_by(base.User.name).limit(1)).scalar()
    team = team_on(connection, agent_id, day) if user is None else None
    return user or (leaders_of(connection, [team]).get(team) if team is not None else None)
