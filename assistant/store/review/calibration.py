"""Calibration: several raters and the machine judge the same calls blind, then talk about the differences."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from assistant.errors import ConflictError, InputError, UsageError
from assistant.review.agreement import agreement, spread
from assistant.store import models as m
from assistant.store.audit import note
from assistant.store.dialect import upsert
from assistant.store.review import models as q
from assistant.store.review.facts import latest_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

    from assistant.score import ScorecardDefinition
    from assistant.store.review.cards import Shelf

MACHINE = "机器"
OPEN, CLOSED = "open", "closed"
WORDS = ("met", "partly", "missed", "not_applicable")
_SAME = {"clean": "met", "fatal": "missed", "bonus": "met"}
Json = dict[str, Any]


def new_calibration(
    connection: Connection, by: str, name: str, raters: Sequence[str], call_ids: Sequence[str]
) -> int:
    """Let `raters` judge calls; raises UsageError for fewer than two raters, or calls without a score."""
    if len(set(raters)) < 2:
        raise UsageError("校准至少需要两名评分人", code="too-few-raters")
    table = m.Conversation
    scored = select(table.number).where(table.call_id.in_(call_ids), table.total.is_not(None))
    calls = connection.execute(scored).scalars().all()
    if not call_ids or len(calls) < len(set(call_ids)):
        raise UsageError("有通话不存在或没有评分，不能用于校准", code="no-report")
    values = {
        "name": name, "raters": list(dict.fromkeys(raters)), "state": OPEN, "made_by": by,
        "made_at": datetime.now(UTC),
    }  # fmt: skip
    made = insert(q.Calibration).values(values).returning(q.Calibration.number)
    number = int(connection.execute(made).scalar_one())
    rows = []
    for call in sorted(calls):
        report = latest_report(connection, call)
        rows.append(
            {"calibration": number, "conversation": call, "report": report["number"] if report else 0}
        )
    connection.execute(insert(q.CalibrationCall), rows)
    note(connection, by, "qa.calibration", name, {"calls": len(rows), "raters": len(raters)})
    return number


def list_calibrations(connection: Connection, rater: str | None = None) -> list[Json]:
    """Return calibrations, latest first, with how many ratings there are; `rater`: those of one person."""
    calls = func.count(q.CalibrationCall.conversation.distinct())
    rated = (
        select(q.Rating.calibration, q.Rating.rater, func.count().label("done"))
        .group_by(q.Rating.calibration, q.Rating.rater)
    )  # fmt: skip
    done: dict[int, dict[str, int]] = {}
    for row in connection.execute(rated):
        done.setdefault(row.calibration, {})[row.rater] = row.done
    query = (
        select(q.Calibration.__table__, calls.label("calls"))
        .join(q.CalibrationCall, q.CalibrationCall.calibration == q.Calibration.number)
        .group_by(q.Calibration.number)
        .order_by(q.Calibration.number.desc())
    )
    found = [{**row, "done": done.get(row["number"], {})} for row in connection.execute(query).mappings()]
    return [each for each in found if rater is None or rater in each["raters"]]


def calls_to_rate(connection: Connection, number: int, rater: str, shelf: Shelf) -> list[Json]:
    """Return the calls of a calibration as a rater sees them: without any verdict but their own."""
    row = _row(connection, number)
    if rater not in row["raters"]:
        raise ConflictError("您不在这次校准的评分人名单里", code="owned")
    query = (
        select(q.CalibrationCall.conversation, q.CalibrationCall.report, m.Conversation.call_id)
        .join(m.Conversation, m.Conversation.number == q.CalibrationCall.conversation)
        .where(q.CalibrationCall.calibration == number)
        .order_by(q.CalibrationCall.conversation)
    )
    own = {
        each.conversation: each.items
        for each in connection.execute(
            select(q.Rating.conversation, q.Rating.items).where(
                q.Rating.calibration == number, q.Rating.rater == rater
            )
        )
    }
    told = []
    for call in connection.execute(query):
        body = _body(connection, call.report)
        items = _items(body, shelf.definition(connection, *_card_of(body)))
        told.append({
            "call_id": call.call_id,
            "turns": [{"role": turn["role"], "text": turn["text"]} for turn in body["turns"]],
            "items": [{"item": item["rule"], "title": item.get("title", item["rule"])} for item in items],
            "rating": own.get(call.conversation),
        })  # fmt: skip
    return told


def rate(
    connection: Connection, rater: str, number: int, call_id: str, *, items: Mapping[str, str], shelf: Shelf
) -> float:
    """Store what a rater says of the items of a call; returns the total that follows.

    Raises UsageError where an item is left out. A rating may be replaced until the calibration is closed.
    """
    row = _row(connection, number)
    if row["state"] != OPEN:
        raise ConflictError("这次校准已经结束", code="ended")
    if rater not in row["raters"]:
        raise ConflictError("您不在这次校准的评分人名单里", code="owned")
    call = connection.execute(
        select(q.CalibrationCall.conversation, q.CalibrationCall.report)
        .join(m.Conversation, m.Conversation.number == q.CalibrationCall.conversation)
        .where(q.CalibrationCall.calibration == number, m.Conversation.call_id == call_id)
    ).first()
    if call is None:
        raise InputError("这次校准里没有这通电话", code="unknown-conversation")
    body = _body(connection, call.report)
    card = shelf.definition(connection, *_card_of(body))
    wanted = {item["rule"] for item in _items(body, card)}
    if set(items) != wanted or not set(items.values()) <= set(WORDS):
        raise UsageError("请给每个评分项一个结论", code="incomplete")
    total = _total(card, items)
    values = {
        "calibration": number, "conversation": call.conversation, "rater": rater, "items": dict(items),
        "total": total, "at": datetime.now(UTC),
    }  # fmt: skip
    key = ["calibration", "conversation", "rater"]
    connection.execute(upsert(connection, q.Rating, values, key=key, change=["items", "total", "at"]))
    note(connection, rater, "qa.rate", str(number))
    return total


def _total(card: ScorecardDefinition, items: Mapping[str, str]) -> float:
    """Return what a call is worth by a rater's words; partly is half of an item.

    Items are weighed as the report's scorecard has them: one that came up counts with its points.
    """
    worth = {"met": 1.0, "partly": 0.5, "missed": 0.0}
    points = {item.id: float(item.points) for item in card.items if item.kind != "bonus"}
    counting = {name: points.get(name, 0.0) for name, word in items.items() if word in worth}
    whole = sum(counting.values())
    void = any(
        item.kind == "fatal" and item.voids == "call" and items.get(item.id) == "missed"
        for item in card.items
    )
    if void or not whole:
        return 0.0
    return round(100 * sum(value * worth[items[name]] for name, value in counting.items()) / whole, 1)


def close(connection: Connection, by: str, number: int) -> None:
    """End a calibration: everybody sees everything."""
    connection.execute(update(q.Calibration).where(q.Calibration.number == number).values(state=CLOSED))
    note(connection, by, "qa.calibration.close", str(number))


def results(connection: Connection, number: int, shelf: Shelf) -> Json:
    """Return agreement by item, with and without the machine, and how far totals lie apart."""
    row = _row(connection, number)
    if row["state"] != CLOSED:
        raise ConflictError("校准结束之后才能看到结果，以免互相影响", code="blind")
    raters: list[str] = row["raters"]
    titles, words, totals = _rated(connection, number, shelf)
    items = []
    for item, title in titles.items():
        people = {
            call: {k: v for k, v in given.items() if k != MACHINE} for call, given in words[item].items()
        }
        among = agreement(item, people, raters)
        with_machine = agreement(item, words[item], [*raters, MACHINE])
        judged = any(MACHINE in given for given in words[item].values())
        items.append({
            "item": item, "title": title, "calls": among.calls, "agreed": among.agreed, "kappa": among.kappa,
            "alpha": among.alpha, "alpha_with_machine": with_machine.alpha if judged else None,
            "agreed_with_machine": with_machine.agreed if judged else None, "to_discuss": among.to_discuss,
            "ratings": words[item],
        })  # fmt: skip
    items.sort(key=lambda each: (not each["to_discuss"], 2.0 if each["alpha"] is None else each["alpha"]))
    calls = []
    for call, given in totals.items():
        spread_of = spread([value for rater, value in given.items() if rater != MACHINE])
        calls.append({
            "call_id": call, "totals": given, "lowest": spread_of and spread_of.lowest,
            "highest": spread_of and spread_of.highest,
            "deviation": spread_of and round(spread_of.deviation, 2),
        })  # fmt: skip
    return {"number": number, "name": row["name"], "raters": raters, "items": items, "calls": calls}


def _rated(
    connection: Connection, number: int, shelf: Shelf
) -> tuple[dict[str, str], dict[str, dict[str, dict[str, str]]], dict[str, dict[str, float]]]:
    """Return titles of items, words by item, call and rater, and totals by call and rater."""
    query = (
        select(q.CalibrationCall.conversation, q.CalibrationCall.report, m.Conversation.call_id)
        .join(m.Conversation, m.Conversation.number == q.CalibrationCall.conversation)
        .where(q.CalibrationCall.calibration == number)
        .order_by(q.CalibrationCall.conversation)
    )
    titles: dict[str, str] = {}
    words: dict[str, dict[str, dict[str, str]]] = {}
    totals: dict[str, dict[str, float]] = {}
    for call in connection.execute(query).all():
        body = _body(connection, call.report)
        rows = connection.execute(
            select(q.Rating.rater, q.Rating.items, q.Rating.total).where(
                q.Rating.calibration == number, q.Rating.conversation == call.conversation
            )
        ).all()
        machine: dict[str, str] = {}
        card = shelf.definition(connection, *_card_of(body))
        for item in _items(body, card):
            name, status = str(item["rule"]), str(item["status"])
            titles.setdefault(name, str(item.get("title", name)))
            if status != "manual":
                machine[name] = _SAME.get(status, status)
        given = {row.rater: row.items for row in rows} | {MACHINE: machine}
        for rater, items in given.items():
            for item, word in items.items():
                words.setdefault(item, {}).setdefault(call.call_id, {})[rater] = word
        totals[call.call_id] = {row.rater: row.total for row in rows} | {MACHINE: _total(card, machine)}
    return titles, words, totals


def _items(body: Json, card: ScorecardDefinition) -> list[Json]:
    """Return the items people rate: all but extra points, those that no machine judges, too."""
    extra = {item.id for item in card.items if item.kind == "bonus"}
    items = (item for section in body["score"]["sections"] for item in section["items"])
    return [item for item in items if item["rule"] not in extra]


def _card_of(body: Json) -> tuple[str, str]:
    return body["scorecard"]["id"], body["scorecard"]["version"]


def _row(connection: Connection, number: int) -> RowMapping:
    row = connection.execute(
        select(q.Calibration.__table__).where(q.Calibration.number == number)
    ).mappings().first()  # fmt: skip
    if row is None:
        raise InputError("没有这次校准", code="unknown-calibration")
    return row


def _body(connection: Connection, report: int) -> Json:
    body: Json = connection.execute(select(m.Report.body).where(m.Report.number == report)).scalar_one()
    return body
