"""Imports that are worked through in the background: what was sent, and what became of each part of it.

Calls wait masked, a part of a file at a time; a part is stored together with its result, once, whoever
does it and however often they begin. What has been done can be read while the rest goes on.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, delete, func, insert, select, update

from assistant.model import CallEvent, Conversation, Mask, Speaker, Turn
from assistant.store.jobs import enqueue
from assistant.store.review import models as q
from assistant.store.review.intake import take_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

KIND = "qa.import"
AT_ONCE = 32
"""Calls stored in one transaction: live turns wait no longer than for these."""
Json = dict[str, Any]


def new_import(connection: Connection, by: str, *, rescore: bool) -> int:
    """Begin an import that files are added to."""
    values = {"made_by": by, "made_at": datetime.now(UTC), "rescore": rescore}
    put = insert(q.ImportBatch).values(values).returning(q.ImportBatch.number)
    return int(connection.execute(put).scalar_one())


def add_files(
    connection: Connection, by: str, number: int, files: Sequence[tuple[str, Sequence[Conversation | Json]]]
) -> bool:
    """Add files with their calls (or what is wrong with them) and have them worked through.

    False where `by` has begun no such import.
    """
    if not _owns(connection, by, number):
        return False
    rows = [row for name, told in files for row in _parts(number, name, told)]
    if rows:
        connection.execute(insert(q.ImportPart), rows)
    enqueue(connection, KIND, {"import": number}, by=by)
    return True


def _owns(connection: Connection, by: str, number: int) -> bool:
    own = select(q.ImportBatch.number).where(q.ImportBatch.number == number, q.ImportBatch.made_by == by)
    return connection.execute(own).first() is not None


def _parts(number: int, name: str, told: Sequence[Conversation | Json]) -> list[Json]:
    rows: list[Json] = []
    for start in range(0, len(told), AT_ONCE):
        some = told[start : start + AT_ONCE]
        calls = [_written(each) for each in some if isinstance(each, Conversation)]
        errors = [each for each in some if not isinstance(each, Conversation)]
        fixed = {"batch": number, "name": name[-200:], "errors": errors, "results": None}
        rows.append({**fixed, "calls": calls or None, "waiting": bool(calls)})
    return rows


def waiting_parts(connection: Connection, number: int) -> list[tuple[int, list[Conversation]]]:
    """Return the next parts that wait, about as many as are stored at once."""
    part = q.ImportPart
    query = select(part.number, part.calls).where(part.batch == number, part.waiting.is_(True))
    found: list[tuple[int, list[Conversation]]] = []
    calls = 0
    for row in connection.execute(query.order_by(part.number).limit(AT_ONCE)):
        calls += len(row.calls)
        if found and calls > AT_ONCE:
            break
        found.append((row.number, [_read(each) for each in row.calls]))
    return found


def store_parts(
    connection: Connection,
    number: int,
    judged: Mapping[int, Sequence[tuple[Conversation, Mapping[str, Any]] | Json]],
    *,
    day: date,
) -> None:
    """Store the calls of parts with their reports, and what became of them; parts done meanwhile stay so."""
    part, batch = q.ImportPart, q.ImportBatch
    begun = connection.execute(select(batch.made_by, batch.rescore).where(batch.number == number)).one()
    mine = select(part.number).where(part.number.in_(judged), part.waiting.is_(True)).order_by(part.number)
    numbers = list(connection.execute(mine.with_for_update()).scalars())
    calls = [each for place in numbers for each in judged[place] if isinstance(each, tuple)]
    taken = iter(take_in(connection, begun.made_by, calls, day=day, rescore=begun.rescore) if calls else ())
    for place in numbers:
        results = [next(taken) if isinstance(each, tuple) else each for each in judged[place]]
        done = {"results": results, "calls": None, "waiting": False}
        connection.execute(update(part).where(part.number == place).values(done))


def list_imports(connection: Connection, by: str, limit: int = 20) -> list[Json]:
    """Return what `by` has imported, latest first, with how far each has come."""
    batch, part = q.ImportBatch, q.ImportPart
    waits = case((part.waiting.is_(True), 1), else_=0)
    query = (
        select(
            batch.number, batch.made_by, batch.made_at, batch.rescore,
            func.count(func.distinct(part.name)).label("files"), func.count(part.number).label("parts"),
            func.coalesce(func.sum(waits), 0).label("waiting"),
        )
        .outerjoin(part, part.batch == batch.number)
        .where(batch.made_by == by)
        .group_by(batch.number)
        .order_by(batch.number.desc())
        .limit(limit)
    )  # fmt: skip
    return [dict(row) for row in connection.execute(query).mappings()]


def results_of(connection: Connection, by: str, number: int, after: int, limit: int = 200) -> Json | None:
    """Return what became of the parts after number `after` that are done, in their order; None: no import."""
    if not _owns(connection, by, number):
        return None
    part = q.ImportPart
    table = part.__table__
    wanted = and_(table.c.batch == number, table.c.number > after)
    rows = connection.execute(select(table).where(wanted).order_by(table.c.number).limit(limit)).mappings()
    items: list[Json] = []
    for row in rows:
        if row["waiting"]:  # those behind it wait, too
            break
        told = [*row["errors"], *(row["results"] or ())]
        items.append({"number": row["number"], "name": row["name"], "results": told})
    counted = select(func.count(), func.sum(case((part.waiting.is_(True), 1), else_=0)))
    parts, waiting = connection.execute(counted.where(part.batch == number)).one()
    return {"items": items, "parts": parts, "waiting": int(waiting or 0)}


def clear_imports(connection: Connection, before: datetime) -> int:
    """Forget imports that began before; their calls stay."""
    return connection.execute(delete(q.ImportBatch).where(q.ImportBatch.made_at < before)).rowcount


def _written(call: Conversation) -> Json:
    return {
        "id": call.id, "channel": call.channel, "origin": call.origin, "meta": dict(call.meta),
        "path": call.path,
        "items": [{**asdict(item), "event": isinstance(item, CallEvent)} for item in call.items],
    }  # fmt: skip


def _read(told: Json) -> Conversation:
    items = tuple(_item(each) for each in told["items"])
    return Conversation(told["id"], items, told["meta"], told["channel"], told["origin"], told["path"])


def _item(told: Json) -> Turn | CallEvent:
    values = {name: value for name, value in told.items() if name != "event"}
    if told["event"]:
        return CallEvent(**values)
    masks = tuple(Mask(**mask) for mask in values.pop("masks"))
    return Turn(**{**values, "role": Speaker(values["role"]), "masks": masks})
