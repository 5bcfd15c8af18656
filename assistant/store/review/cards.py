"""Scorecards kept in the database: drafts, the published version, retired ones; which calls they are for."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from assistant.desk.calendar import SHANGHAI
from assistant.engine.course import day_of
from assistant.errors import ConflictError, InputError, UsageError
from assistant.review.cards import Assignment, card_for
from assistant.score import score
from assistant.score.loader import parse_scorecard
from assistant.store.audit import note
from assistant.store.organisation import read_organisation
from assistant.store.review import models as q
from assistant.store.review.facts import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, RowMapping

    from assistant.model import Finding, Requirement, Scorecard, Turn
    from assistant.organisation.model import Membership
    from assistant.score import ScorecardDefinition
    from assistant.store.database import Store

    Members = Mapping[str, Sequence[tuple[Membership, str]]]

DRAFT, PUBLISHED, RETIRED = "draft", "published", "retired"
_SHOWN = ("number", "card", "version", "title", "status", "pass_mark", "edits", "changed_by", "changed_at",
          "published_at")  # fmt: skip
_MOST_PARSED = 64


def pass_mark(card: ScorecardDefinition) -> float:
    """Return the score from which on a call passes: everything but the last grade."""
    return card.grades[-2].at_least if len(card.grades) > 1 else 0.0


def list_cards(connection: Connection) -> list[dict[str, Any]]:
    table = q.Card.__table__
    query = select(*(table.c[name] for name in _SHOWN)).order_by(table.c.card, table.c.number.desc())
    return [dict(row) for row in connection.execute(query).mappings()]


def read_card(connection: Connection, number: int) -> dict[str, Any]:
    """Return a version with its text; raises InputError (``unknown-scorecard``)."""
    return dict(_row(connection, number))


def new_draft(connection: Connection, by: str, text: str) -> int:
    """Add a version as a draft; raises ScorecardError, ConflictError (``exists``)."""
    card = parse_scorecard(text)
    known = select(q.Card.number).where(q.Card.card == card.id, q.Card.version == card.version)
    if connection.execute(known).first() is not None:
        message = f"评分表 {card.id} 已有版本 {card.version}，请换一个版本号"
        raise ConflictError(message, code="exists")
    values = {
        "card": card.id, "version": card.version, "title": card.title, "status": DRAFT, "text": text,
        "pass_mark": pass_mark(card), "changed_by": by, "changed_at": datetime.now(UTC),
    }  # fmt: skip
    number = int(connection.execute(insert(q.Card).values(values).returning(q.Card.number)).scalar_one())
    note(connection, by, "scorecard.draft", f"{card.id} {card.version}")
    return number


def save_draft(connection: Connection, by: str, number: int, text: str, edits: int) -> None:
    """Replace a draft's text; raises ScorecardError, ConflictError (``stale``, or ``ended``: no draft)."""
    row = _row(connection, number)
    card = parse_scorecard(text)
    _refuse_stale(row, edits)
    if row["status"] != DRAFT:
        raise ConflictError("已发布的版本不能再改，请另存为新版本", code="ended")
    if card.id != row["card"]:
        raise UsageError("草稿的评分表编号不能改", code="bad-scorecard")
    values = {
        "version": card.version, "title": card.title, "text": text, "pass_mark": pass_mark(card),
        "edits": edits + 1, "changed_by": by, "changed_at": datetime.now(UTC),
    }  # fmt: skip
    connection.execute(update(q.Card).where(q.Card.number == number).values(values))
    note(connection, by, "scorecard.edit", f"{card.id} {card.version}")


def publish(connection: Connection, by: str, number: int, edits: int) -> None:
    """Publish a draft; the version that was published before is retired. Reports keep theirs."""
    row = _row(connection, number)
    _refuse_stale(row, edits)
    if row["status"] != DRAFT:
        raise ConflictError("只有草稿才能发布", code="ended")
    now = datetime.now(UTC)
    before = update(q.Card).where(q.Card.card == row["card"], q.Card.status == PUBLISHED)
    connection.execute(before.values(status=RETIRED, changed_by=by, changed_at=now))
    values = {
        "status": PUBLISHED,
        "published_at": now,
        "changed_by": by,
        "changed_at": now,
        "edits": edits + 1,
    }
    connection.execute(update(q.Card).where(q.Card.number == number).values(values))
    note(connection, by, "scorecard.publish", f"{row['card']} {row['version']}")


def retire(connection: Connection, by: str, number: int, edits: int) -> None:
    """Take a version out of use: its calls are scored by the next card that suits them."""
    row = _row(connection, number)
    _refuse_stale(row, edits)
    values = {"status": RETIRED, "changed_by": by, "changed_at": datetime.now(UTC), "edits": edits + 1}
    connection.execute(update(q.Card).where(q.Card.number == number).values(values))
    note(connection, by, "scorecard.retire", f"{row['card']} {row['version']}")


def list_assignments(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.execute(select(q.CardAssignment.__table__).order_by(q.CardAssignment.number)).mappings()
    return [dict(row) for row in rows]


def set_assignments(connection: Connection, by: str, wanted: Sequence[Mapping[str, str]]) -> None:
    """Replace all assignments."""
    places = [
        tuple(each[key].strip().lower() for key in ("channel", "business_line", "team")) for each in wanted
    ]
    if len(set(places)) < len(places):
        raise UsageError("同样的渠道、业务线和班组只能指定一张评分表", code="bad-assignment")
    connection.execute(delete(q.CardAssignment))
    rows = [
        {"card": each["card"], "channel": place[0], "business_line": place[1], "team": place[2]}
        for each, place in zip(wanted, places, strict=True)
    ]
    if rows:
        connection.execute(insert(q.CardAssignment), rows)
    note(connection, by, "scorecard.assign", "", {"assignments": len(rows)})


def _row(connection: Connection, number: int) -> RowMapping:
    row = connection.execute(select(q.Card.__table__).where(q.Card.number == number)).mappings().first()
    if row is None:
        raise InputError("没有这张评分表", code="unknown-scorecard")
    return row


def _refuse_stale(row: RowMapping, edits: int) -> None:
    if row["edits"] != edits:
        message = f"{row['changed_by']} 刚刚改过这张评分表，请刷新后再改"
        raise ConflictError(message, code="stale")


class Shelf:
    """The scorecards there are: those of the database by version, then `shipped` ones; parsed once each."""

    def __init__(self, shipped: Sequence[ScorecardDefinition]) -> None:
        self._shipped = {(card.id, card.version): card for card in shipped}
        self._parsed: dict[str, ScorecardDefinition] = {}

    def definition(self, connection: Connection, card: str, version: str) -> ScorecardDefinition:
        """Return the card a report was scored by; raises ConflictError (``no-scorecard``)."""
        text = connection.execute(
            select(q.Card.text).where(q.Card.card == card, q.Card.version == version)
        ).scalar()
        if text is not None:
            return self.parsed(text)
        shipped = self._shipped.get((card, version))
        if shipped is None:
            message = f"评分表 {card} {version} 已不可用，请先用现行评分表重新评分"
            raise ConflictError(message, code="no-scorecard")
        return shipped

    def titles(self, connection: Connection) -> dict[str, str]:
        """Return what items are called, by the newest card that has them."""
        texts = connection.execute(select(q.Card.text).order_by(q.Card.number)).scalars()
        cards = [*self._shipped.values(), *(self.parsed(text) for text in texts)]
        return {item.id: item.title for card in cards for item in card.items}

    def parsed(self, text: str) -> ScorecardDefinition:
        """Return the card in `text`; raises ScorecardError."""
        known = self._parsed.get(text)
        if known is None:
            known = parse_scorecard(text)
            if len(self._parsed) >= _MOST_PARSED:
                self._parsed.clear()
            self._parsed[text] = known
        return known


class HouseScorer:
    """Fills scorecards: the card the house has assigned to a call's kind, else what `otherwise` fills.

    What is published is looked up again every `fresh_s` seconds, and at once after `refresh`.
    """

    def __init__(
        self, store: Store, shelf: Shelf, otherwise: Callable[..., Scorecard], fresh_s: float = 5.0
    ) -> None:
        self._store = store
        self._shelf = shelf
        self._otherwise = otherwise
        self._fresh_s = fresh_s
        self._lock = Lock()
        self._looked = -fresh_s
        self._assigned: tuple[Assignment, ...] = ()
        self._published: dict[str, ScorecardDefinition] = {}
        self._members: Members = {}

    def refresh(self) -> None:
        with self._lock:
            read = partial(_published, shelf=self._shelf)
            self._assigned, self._published, self._members = self._store.read(read)
            self._looked = monotonic()

    def __call__(
        self,
        findings: Sequence[Finding],
        requirements: Sequence[Requirement],
        turns: Sequence[Turn],
        *,
        channel: str,
        meta: Mapping[str, Any],
    ) -> Scorecard:
        if monotonic() - self._looked >= self._fresh_s:
            self.refresh()
        name = card_for(self._assigned, channel, self._placed(meta))
        if name is None:
            return self._otherwise(findings, requirements, turns, channel=channel, meta=meta)
        return score(self._published[name], findings, requirements, turns=turns, channel=channel, meta=meta)

    def _placed(self, meta: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what is known of a call with the team and the line its agent was in that day."""
        agent_id = str(meta.get("agent_id") or "")
        day = day_of(meta.get("started_at")) or datetime.now(SHANGHAI).date()
        held = next((each for each in self._members.get(agent_id, ()) if each[0].holds_on(day)), None)
        team, line = place_of(meta, None if held is None else (held[0].team, held[1]))
        return {**meta, "team": team, "business_line": line}


def _members(connection: Connection, assigned: Sequence[Assignment]) -> Members:
    """Return who is in which team of which line, where assignments ask for it."""
    if all(each.team is None and each.business_line is None for each in assigned):
        return {}
    known = read_organisation(connection)
    return {
        agent.agent_id: [(held, known.teams[held.team].line or "") for held in agent.memberships]
        for agent in known.agents.values()
        if agent.memberships
    }


def _published(
    connection: Connection, shelf: Shelf
) -> tuple[tuple[Assignment, ...], dict[str, ScorecardDefinition], Members]:
    rows = connection.execute(select(q.Card.card, q.Card.text).where(q.Card.status == PUBLISHED))
    cards = {card: shelf.parsed(text) for card, text in rows}
    assigned = [
        Assignment(row["card"], row["channel"] or None, row["business_line"] or None, row["team"] or None)
        for row in list_assignments(connection)
        if row["card"] in cards
    ]
    return tuple(assigned), cards, _members(connection, assigned)
