"""What people's verdicts say of the rules, and the examples they give their authors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from sqlalchemy import select, update

from assistant.errors import InputError, UsageError
from assistant.review.learning import Case, Quality, example_of, quality
from assistant.rules.adding import with_example
from assistant.store import models as m
from assistant.store import rulebook
from assistant.store.audit import note
from assistant.store.dialect import upsert
from assistant.store.review import models as q
from assistant.store.review.draws import DONE, counting_draws

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from sqlalchemy import Connection

DRAFT = "质检样例"
"""What the draft is called that examples go into."""
Json = dict[str, Any]
_ROLES = {"agent": "坐席", "customer": "客户"}
_BEFORE = 2
"""Turns before the finding that an example of a whole conversation keeps."""
_ORDER = {"work": 0, "open": 1, "few": 2, "good": 3}


def rule_quality(
    connection: Connection, since: date | None = None, until: date | None = None
) -> list[Quality]:
    """Return the record of each rule people have judged in finished reviews, those that need work first."""
    random = (
        select(q.DrawnCall.conversation, q.DrawnCall.inclusion)
        .where(q.DrawnCall.draw.in_(counting_draws()))
        .subquery()
    )
    verdict = q.VerdictRow
    query = (
        select(verdict.rule, verdict.part, verdict.word, random.c.inclusion)
        .join(q.Review, q.Review.number == verdict.review)
        .join(q.CallFact, q.CallFact.conversation == q.Review.conversation)
        .outerjoin(random, random.c.conversation == q.Review.conversation)
        .where(verdict.rule.is_not(None), q.Review.state == DONE)
    )
    if since is not None:
        query = query.where(q.CallFact.day >= since)
    if until is not None:
        query = query.where(q.CallFact.day <= until)
    cases: dict[str, list[Case]] = {}
    for rule, part, word, inclusion in connection.execute(query):
        case = Case(part == "finding", word in ("confirm", "add"), inclusion)
        cases.setdefault(rule, []).append(case)
    told = [quality(rule, given) for rule, given in cases.items()]
    return sorted(told, key=lambda each: (_ORDER[each.standing], -each.overturned - each.added, each.rule))


def make_draft(connection: Connection, by: str, review: int, part: str, name: str) -> dict[str, Any]:
    """Make an example for the rule's author of an overturned finding (a miss) or an added one (a hit).

    Text comes masked, as it is stored. Raises UsageError for a verdict that teaches nothing.
    """
    row = connection.execute(
        select(q.VerdictRow.__table__, q.Review.report)
        .join(q.Review, q.Review.number == q.VerdictRow.review)
        .where(q.VerdictRow.review == review, q.VerdictRow.part == part, q.VerdictRow.name == name)
    ).mappings().first()  # fmt: skip
    if row is None:
        raise InputError("没有这条结论", code="unknown-verdict")
    if row["word"] not in ("overturn", "add"):
        raise UsageError("只有推翻或补充的发现才能转为规则样例", code="bad-verdict")
    body = connection.execute(select(m.Report.body).where(m.Report.number == row["report"])).scalar_one()
    kind, turns = _example(body, row)
    text = example_of(row["rule"], kind, turns, row["reason"])
    values = {
        "rule": row["rule"], "kind": kind, "text": text, "review": review, "part": part, "name": name,
        "made_by": by, "made_at": datetime.now(UTC),
    }  # fmt: skip
    put = upsert(connection, q.RuleExample, values, key=["review", "part", "name"], change=["text", "kind"])
    connection.execute(put)
    note(connection, by, "qa.example", row["rule"], {"kind": kind})
    return {"rule": row["rule"], "kind": kind, "text": text}


def _example(body: dict[str, Any], row: Any) -> tuple[Any, list[tuple[str, str]]]:
    turns = body["turns"]
    if row["part"] == "added":
        told = row["finding"]
        said = turns[told["turn"]]["text"]
        marked = f"{said[: told['start']]}‹{said[told['start'] : told['end']]}›{said[told['end'] :]}"
        return "hit", [("坐席", marked)]
    finding = body["findings"][int(row["name"])]
    place = finding["turn"]
    if finding["start"] is not None:
        return "miss", [(_ROLES.get(turns[place]["role"], "坐席"), turns[place]["text"])]
    spoken = [turn for turn in turns[: place + 1] if turn["role"] in _ROLES]
    if finding["turn"] > _BEFORE and "absence" not in finding["how"]:
        spoken = spoken[-_BEFORE - 1 :]
    return "miss", [(_ROLES[turn["role"]], turn["text"]) for turn in spoken]


def example_into(connection: Connection, by: str, number: int, base: int, texts: Mapping[str, str]) -> Json:
    """Put an example into the draft of examples of version `base` (files `texts`), begun where there is none.

    Raises InputError where there is no such example, or no file of the draft has its rule.
    """
    table = q.RuleExample.__table__
    row = connection.execute(select(table).where(table.c.number == number)).mappings().first()
    if row is None:
        raise InputError("没有这个样例", code="unknown-example")
    known = (each for each in rulebook.list_drafts(connection) if (each.title, each.base) == (DRAFT, base))
    draft = next(known, None)
    files = texts if draft is None else rulebook.texts_of(connection, draft.files)
    added = _with_example(files, row)
    if added is None:
        raise InputError(f"现行规则文件里没有规则 {row['rule']}", code="unknown-rule")
    name, text = added
    if draft is None:
        draft = rulebook.begin_draft(connection, by, DRAFT, base, texts)
    if text != files[name]:
        draft = rulebook.change_draft(connection, by, draft, put={name: text})
    connection.execute(update(q.RuleExample).where(q.RuleExample.number == number).values(draft=draft.number))
    note(connection, by, "qa.example.draft", row["rule"], {"draft": draft.number})
    return {"draft": draft.number, "file": name}


def _with_example(files: Mapping[str, str], row: Any) -> tuple[str, str] | None:
    """Return the file that has the example's rule, with the example in it."""
    told = YAML(typ="safe").load(row["text"])[0]["examples"][row["kind"]][0]
    for name, text in sorted(files.items()):
        if row["rule"] in text:
            added = with_example(text, row["rule"], row["kind"], told)
            if added is not None:
                return name, added
    return None


def list_drafts(connection: Connection, rule: str | None = None) -> list[dict[str, Any]]:
    table = q.RuleExample.__table__
    query = select(table).order_by(table.c.number.desc()).limit(500)
    if rule is not None:
        query = query.where(table.c.rule == rule)
    return [dict(row) for row in connection.execute(query).mappings()]
