"""Live calls on disk: who holds one, what came in, what went out.

Each function is (part of) a job for `Store.write` or `Store.read`. Writing needs a `Hold`: every
writing job first renews its lease, and fails where another has taken the call over meanwhile. In
one transaction with that, it can't come too late.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, or_, select, update

from assistant.errors import ConflictError
from assistant.model import CallEvent, Mask, Speaker, Turn
from assistant.store import models as m
from assistant.store import outbox
from assistant.store.dialect import upsert, upserting
from assistant.store.reports import save_report
from assistant.store.rulebook_models import CallRules
from assistant.store.shares import with_part_of
from assistant.store.signals import BOARD, signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection, RowMapping, Select, Update

    from assistant.model import Origin

RUNNING, ENDED = "running", "ended"
LEASE_S = 15.0
AGENT, USER, INTERRUPTED = "agent", "user", "interrupted"
"""In a call's pulse: the agent who has it now, who speaks for it at a page, that nobody said bye."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a call is, for the first time it is opened."""

    call_id: str
    channel: str
    origin: Origin
    meta: Mapping[str, Any]
    day: date


@dataclass(frozen=True, slots=True)
class Hold:
    """A call that is ours while nobody has a later epoch."""

    number: int
    epoch: int
    lease_s: float = LEASE_S


@dataclass(frozen=True, slots=True)
class Standing:
    """A call as it is stored; `next_seq` is None before its first message.

    `rules` is the version of the rules it is judged by (0: the packs of the settings).
    """

    number: int
    opening: Opening
    status: str
    next_seq: int | None
    turns: int
    events: int
    pulse: Mapping[str, Any] | None = None
    rules: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A message that was taken; `item` is None for a turn without words."""

    seq: int
    item: Turn | CallEvent | None
    utterance: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """An event as it goes out; `prompt` is the wire object of a prompt whose state it tells."""

    event_id: int
    seq: int | None
    type: str
    body: str
    provisional: bool = False
    prompt: Mapping[str, Any] | None = None


def find_call(connection: Connection, call_id: str) -> Standing | None:
    found = select(m.Conversation.__table__).where(m.Conversation.call_id == call_id)
    row = connection.execute(found).mappings().first()
    return None if row is None else _standing(row)


def hold_call(
    connection: Connection, opening: Opening, owner: str, *, take_over: bool, lease_s: float = LEASE_S,
    rules: int = 0, user: str | None = None,
) -> tuple[Hold, Standing]:  # fmt: skip
    """Make a call ours, beginning it where it isn't known; the hold of whoever had it is void from now on.

    A call that begins is judged by version `rules` of the rules from then on. `user` is who speaks for it
    at a page; None: a program sends it.

    Raises ConflictError: ``ended``; ``owned`` where another holds it and we shall not `take_over`.
    """
    now = datetime.now(UTC)
    values = {
        "call_id": opening.call_id, "channel": opening.channel, "origin": opening.origin,
        "status": RUNNING, "meta": dict(opening.meta), "agent_id": _named(opening.meta.get("agent_id")),
        "day": opening.day, "started_at": now, "turns": 0, "events": 0,
    }  # fmt: skip
    connection.execute(upsert(connection, m.Conversation, values, key=["call_id"], change=[]))
    free_since = None if take_over else now
    hold, standing = _taken(connection, opening.call_id, owner, free_since, lease_s=lease_s, rules=rules)
    pulse = {name: value for name, value in (standing.pulse or {}).items() if name != USER}
    pulse |= {} if user is None else {USER: user}
    if pulse != (standing.pulse or {}):
        connection.execute(_change(("pulse",)), {"pulse": pulse, "its_number": hold.number})
    return hold, replace(standing, pulse=pulse)


def take_call(
    connection: Connection, call_id: str, owner: str, *, free_since: datetime | None, lease_s: float = LEASE_S
) -> tuple[Hold, Standing]:
    """Make a call ours that was begun: one nobody has held since then (None: whoever holds it).

    Raises ConflictError: ``ended`` (or deleted); ``owned`` where somebody has held it later.
    """
    return _taken(connection, call_id, owner, free_since, lease_s=lease_s, rules=0)


def _taken(
    connection: Connection, call_id: str, owner: str, free_since: datetime | None, *, lease_s: float,
    rules: int,
) -> tuple[Hold, Standing]:  # fmt: skip
    found = select(m.Conversation.__table__).where(m.Conversation.call_id == call_id)
    row = connection.execute(found.with_for_update()).mappings().first()
    standing = None if row is None else _standing(row)
    if standing is None or standing.status != RUNNING:
        raise ConflictError("the call has ended", code="ended")
    lease = connection.execute(
        select(m.Lease.epoch, m.Lease.expires_at).where(m.Lease.conversation == standing.number)
    ).first()
    if lease is not None and free_since is not None and lease.expires_at > free_since:
        raise ConflictError("the call is held by another connection", code="owned")
    hold = Hold(standing.number, 1 if lease is None else lease.epoch + 1, lease_s)
    values = {
        "conversation": hold.number, "owner": owner, "epoch": hold.epoch,
        "expires_at": datetime.now(UTC) + timedelta(seconds=lease_s),
    }  # fmt: skip
    connection.execute(
        upsert(connection, m.Lease, values, key=["conversation"], change=["owner", "epoch", "expires_at"])
    )
    signal(connection, BOARD)
    judged = {"conversation": hold.number, "version": rules}
    connection.execute(upsert(connection, CallRules, judged, key=["conversation"], change=[]))
    version = connection.execute(_RULES, {"its_number": hold.number}).scalar_one()
    return hold, replace(standing, rules=version)


def with_hold(query: Select[Any]) -> Select[Any]:
    """Return a query for conversations that tells until when each is held, too (`held_until`)."""
    until = select(m.Lease.expires_at).where(m.Lease.conversation == m.Conversation.number)
    return query.add_columns(until.scalar_subquery().label("held_until"))


def is_interrupted(row: Mapping[Any, Any], now: datetime) -> bool:
    """Whether a call (its row `with_hold`) runs without a connection, or ended without its sender's bye."""
    if row["status"] != RUNNING:
        return bool((row["pulse"] or {}).get(INTERRUPTED))
    return row["held_until"] is None or row["held_until"] <= now


def held_at(moment: datetime) -> Any:
    """Return the condition that a connection holds a conversation at `moment`."""
    lease = select(m.Lease.conversation).where(m.Lease.expires_at > moment)
    return m.Conversation.number.in_(lease)


def idle_calls(connection: Connection, since: datetime, most: int) -> list[str]:
    """Return the ids of running calls nobody has held since then, those of longest ago first."""
    idle = (
        select(m.Conversation.call_id)
        .outerjoin(m.Lease.__table__, m.Lease.conversation == m.Conversation.number)
        .where(m.Conversation.status == RUNNING, m.Conversation.started_at <= since)
        .where(or_(m.Lease.expires_at.is_(None), m.Lease.expires_at <= since))
        .order_by(m.Conversation.started_at)
        .limit(most)
    )
    return list(connection.execute(idle).scalars())


def renew(connection: Connection, hold: Hold) -> None:
    """Keep a hold alive; raises ConflictError (``lost``) where it is another's."""
    until = datetime.now(UTC) + timedelta(seconds=hold.lease_s)
    _lease(connection, hold, until)


def renew_all(connection: Connection, holds: Sequence[Hold]) -> list[Hold]:
    """Keep holds alive; return those that are another's now."""
    lost = []
    for hold in holds:
        try:
            renew(connection, hold)
        except ConflictError:
            lost.append(hold)
    return lost


def release(connection: Connection, hold: Hold) -> None:
    """Let go of a call; raises ConflictError (``lost``) where it is another's."""
    _lease(connection, hold, datetime.now(UTC))
    signal(connection, BOARD)


def _lease(connection: Connection, hold: Hold, until: datetime) -> None:
    ours = {"its_number": hold.number, "its_epoch": hold.epoch, "expires_at": until}
    if connection.execute(_RENEW, ours).rowcount != 1:
        raise ConflictError("the call was taken over", code="lost")


def record(
    connection: Connection,
    hold: Hold,
    entries: Sequence[Entry] = (),
    events: Sequence[Sent] = (),
    pulse: Mapping[str, Any] | None = None,
) -> None:
    """Store messages and what they led to, all or nothing; raises ConflictError (``lost``)."""
    renew(connection, hold)
    turns = [_turn_row(hold, entry) for entry in entries if not isinstance(entry.item, CallEvent)]
    if turns:
        connection.execute(_INSERT_TURNS, turns)
    marks = [
        _event_row(hold, entry.seq, entry.item) for entry in entries if isinstance(entry.item, CallEvent)
    ]
    if marks:
        connection.execute(_INSERT_MARKS, marks)
    if events:
        connection.execute(_INSERT_EVENTS, [_sent_row(hold, event) for event in events])
    for event in events:
        if event.type == "alert":
            outbox.alert(connection, hold.number, json.loads(event.body))
    prompts = [_prompt_row(hold, event.prompt) for event in events if event.prompt is not None]
    if prompts:
        keep = upserting(connection.dialect.name, m.Prompt, _PROMPT_KEY, _PROMPT_CHANGES)
        connection.execute(keep, prompts)
    changed: dict[str, Any] = {"events": events[-1].event_id} if events else {}
    if pulse is not None:
        changed["pulse"] = dict(pulse)
    if entries:
        changed["next_seq"] = entries[-1].seq + 1
        changed["spoken"] = sum(isinstance(entry.item, Turn) for entry in entries)
        signal(connection, BOARD)
    if changed:
        connection.execute(_change(tuple(changed)), {**changed, "its_number": hold.number})


def end_call(
    connection: Connection, hold: Hold, report: Mapping[str, Any], events: Sequence[Sent], *,
    interrupted: bool = False,
) -> None:  # fmt: skip
    """Store the report of a call that is over, and its last events; raises ConflictError (``lost``).

    It is marked where it was `interrupted`: nobody said bye.
    """
    record(connection, hold, events=events)
    if interrupted:
        pulse = connection.execute(_PULSE, {"its_number": hold.number}).scalar()
        changed = {"pulse": {**(pulse or {}), INTERRUPTED: True}, "its_number": hold.number}
        connection.execute(_change(("pulse",)), changed)
    ended = {"status": ENDED, "ended_at": datetime.now(UTC)}
    here = update(m.Conversation).where(m.Conversation.number == hold.number).values(ended)
    call = connection.execute(here.returning(m.Conversation.__table__)).mappings().one()
    save_report(connection, hold.number, report)
    outbox.report_finished(connection, call, report)
    release(connection, hold)


def entries_of(connection: Connection, number: int) -> list[Entry]:
    """Return what came in, in the sender's order."""
    turns = connection.execute(select(m.Turn.__table__).where(m.Turn.conversation == number)).mappings()
    marks = connection.execute(
        select(m.CallEvent.__table__).where(m.CallEvent.conversation == number)
    ).mappings()
    entries = [Entry(row["seq"], _turn(row), row["utterance"]) for row in turns]
    entries += [Entry(row["seq"], CallEvent(row["name"], row["at_s"], row["agent_id"])) for row in marks]
    return sorted(entries, key=lambda entry: entry.seq)


def bodies_after(connection: Connection, number: int, event_id: int, most: int) -> list[tuple[int, str]]:
    """Return the next events after `event_id` with their ids, in order."""
    wanted = (
        select(m.LiveEvent.event_id, m.LiveEvent.body)
        .where(m.LiveEvent.conversation == number, m.LiveEvent.event_id > event_id)
        .order_by(m.LiveEvent.event_id)
        .limit(most)
    )
    return [(row.event_id, row.body) for row in connection.execute(wanted)]


def turns_from(connection: Connection, number: int, place: int) -> list[Turn]:
    """Return the turns of a call from the one at `place` (from 0) on, in order."""
    wanted = (
        select(m.Turn.__table__)
        .where(m.Turn.conversation == number, m.Turn.place >= place)
        .order_by(m.Turn.place)
    )
    turns = (_turn(row) for row in connection.execute(wanted).mappings())
    return [turn for turn in turns if turn is not None]


def unsettled(connection: Connection, number: int, next_seq: int) -> list[Sent]:
    """Return the provisional events of turns that aren't final yet."""
    wanted = (
        select(m.LiveEvent.__table__)
        .where(m.LiveEvent.conversation == number, m.LiveEvent.provisional, m.LiveEvent.seq >= next_seq)
        .order_by(m.LiveEvent.event_id)
    )
    return [
        Sent(row["event_id"], row["seq"], row["type"], row["body"], provisional=True)
        for row in connection.execute(wanted).mappings()
    ]


def _standing(row: RowMapping) -> Standing:
    opening = Opening(row["call_id"], row["channel"], row["origin"], row["meta"], row["day"])
    return Standing(
        row["number"], opening, row["status"], row["next_seq"], row["turns"], row["events"], row["pulse"]
    )  # fmt: skip


def _named(value: object) -> str | None:
    return None if value is None else str(value)[:200]


def turn_rows(number: int, turns: Iterable[Turn]) -> list[dict[str, Any]]:
    """Return the rows of turns that were read from a file."""
    hold = Hold(number, 0)
    return [_turn_row(hold, Entry(turn.index, turn)) for turn in turns]


def _turn_row(hold: Hold, entry: Entry) -> dict[str, Any]:
    turn = entry.item if isinstance(entry.item, Turn) else None
    masks = [] if turn is None else [[one.type, one.start, one.end, one.tail] for one in turn.masks]
    return {
        "conversation": hold.number,
        "seq": entry.seq,
        "place": turn and turn.index,
        "utterance": entry.utterance,
        "role": turn.role.value if turn else Speaker.SYSTEM.value,
        "text": turn.text if turn else "",
        "masks": masks,
        "start_s": turn and turn.start_s,
        "end_s": turn and turn.end_s,
        "agent_id": turn and turn.agent_id,
        "role_inferred": bool(turn and turn.role_inferred),
    }


def _turn(row: RowMapping) -> Turn | None:
    if row["place"] is None:
        return None
    return Turn(
        index=row["place"],
        role=Speaker(row["role"]),
        text=row["text"],
        masks=tuple(Mask(*one) for one in row["masks"]),
        start_s=row["start_s"],
        end_s=row["end_s"],
        agent_id=row["agent_id"],
        role_inferred=row["role_inferred"],
    )


def _event_row(hold: Hold, seq: int, event: CallEvent) -> dict[str, Any]:
    return {
        "conversation": hold.number,
        "seq": seq,
        "name": event.name,
        "at_s": event.at_s,
        "agent_id": event.agent_id,
    }


def _sent_row(hold: Hold, event: Sent) -> dict[str, Any]:
    return {
        "conversation": hold.number,
        "event_id": event.event_id,
        "seq": event.seq,
        "type": event.type,
        "provisional": event.provisional,
        "body": event.body,
    }


def rate_prompt(
    connection: Connection, call_id: str, prompt_id: str, *, used: bool, only: str | None = None
) -> bool:
    """Note whether an agent used a prompt; False where there is none (in calls of the agent `only`)."""
    call = select(m.Conversation.number).where(m.Conversation.call_id == call_id)
    if only is not None:
        call = call.where(m.Conversation.number.in_(with_part_of(only)))
    shown = update(m.Prompt).where(
        m.Prompt.conversation == call.scalar_subquery(), m.Prompt.prompt_id == prompt_id
    )
    return connection.execute(shown.values(used=used)).rowcount == 1


def _prompt_row(hold: Hold, prompt: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "conversation": hold.number,
        "prompt_id": prompt["id"],
        "kind": prompt["kind"],
        "status": prompt["status"],
        "followed_turn": prompt.get("followed_turn"),
        "body": dict(prompt),
    }


@cache
def _change(names: tuple[str, ...]) -> Update:
    """Return the statement that changes these columns of a call; `spoken` turns are added."""
    values: dict[str, Any] = {name: bindparam(name) for name in names if name != "spoken"}
    if "spoken" in names:
        values["turns"] = m.Conversation.turns + bindparam("spoken")
    return update(m.Conversation).where(m.Conversation.number == bindparam("its_number")).values(values)


# Made once: for each turn anew they would cost more than running them.
_RENEW = (
    update(m.Lease)
    .where(m.Lease.conversation == bindparam("its_number"), m.Lease.epoch == bindparam("its_epoch"))
    .values(expires_at=bindparam("expires_at"))
)
_PULSE = select(m.Conversation.pulse).where(m.Conversation.number == bindparam("its_number"))
_RULES = select(CallRules.version).where(CallRules.conversation == bindparam("its_number"))
_INSERT_TURNS, _INSERT_MARKS, _INSERT_EVENTS = insert(m.Turn), insert(m.CallEvent), insert(m.LiveEvent)
_PROMPT_KEY = ("conversation", "prompt_id")
_PROMPT_CHANGES = ("status", "followed_turn", "body")
