"""Human verdicts beside the machine's: what they may say, and the score that follows from them.

The report stays as it was made. A verdict speaks of a finding (by its place in the report), of an item of
the scorecard, or adds a finding; `rescore` fills the same scorecard anew with all of them in view.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from assistant.errors import UsageError
from assistant.model import Explanation, Finding, Severity
from assistant.score import score
from assistant.score.outcome import check_judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from assistant.model import Report, Requirement, Scorecard
    from assistant.score import ScorecardDefinition
    from assistant.score.outcome import Judged

Part = Literal["finding", "item", "added"]
Word = Literal["confirm", "overturn", "met", "missed", "not_applicable", "points", "add"]
PARTS: tuple[str, ...] = get_args(Part)
_SAYABLE: dict[str, frozenset[str]] = {
    "finding": frozenset(["confirm", "overturn"]),
    "item": frozenset(["confirm", "met", "missed", "not_applicable", "points"]),
    "added": frozenset(["add"]),
}
_REASONED = frozenset(["overturn", "met", "missed", "not_applicable", "add"])


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person says of one thing in a report.

    `name` is the finding's place in the report, the item's id, or any name of an added finding, whose wire
    object is `finding`. `points` go with the word ``points`` on a manual item.
    """

    part: Part
    name: str
    word: Word
    reason: str = ""
    points: float | None = None
    finding: Mapping[str, Any] | None = None


def check_verdict(report: Report, definition: ScorecardDefinition, verdict: Verdict) -> None:
    """Raise UsageError where a verdict speaks of nothing in the report, or says what can't be said."""
    if verdict.word not in _SAYABLE[verdict.part]:
        raise UsageError("这里不能给出这样的结论", code="bad-verdict")
    if verdict.word in _REASONED and not verdict.reason.strip():
        raise UsageError("改判和补充必须写明理由", code="no-reason")
    if verdict.part == "finding":
        if not verdict.name.isdecimal() or int(verdict.name) >= len(report.findings):
            raise UsageError("报告里没有这条发现", code="unknown-finding")
    elif verdict.part == "added":
        _check_added(report, verdict)
    elif verdict.name not in {item.id for item in definition.items}:
        raise UsageError(f"评分表 {definition.id} 没有评分项 {verdict.name}", code="unknown-item")
    elif verdict.word == "points" and verdict.points is None:
        raise UsageError("请填写分数", code="no-points")
    else:
        check_judged(definition, _decided([verdict]))


def _check_added(report: Report, verdict: Verdict) -> None:
    told = verdict.finding or {}
    turn, start, end = told.get("turn", -1), told.get("start", -1), told.get("end", -1)
    if not 0 <= turn < len(report.turns) or not 0 <= start < end <= len(report.turns[turn].text):
        raise UsageError("请在某一句话里选中出问题的词语", code="bad-span")


def added_finding(report: Report, rule: Mapping[str, Any], turn: int, start: int, end: int) -> Finding:
    """Return the finding made by selecting words; `rule` gives id, title, source, family, severity."""
    said = report.turns[turn]
    text = said.text[start:end]
    message = f"复核补充：{rule['title']}（“{text}”）"
    return Finding(
        rule["id"], tuple(rule["source"]), rule["family"], Severity.of(rule["severity"]), turn, start, end,
        text, ("exact",), 1.0, message, "", Explanation(text, text, "复核人选定"), agent_id=said.agent_id,
        title=rule["title"],
    )  # fmt: skip


def rescore(
    report: Report,
    definition: ScorecardDefinition,
    verdicts: Iterable[Verdict],
    added: Sequence[Finding] = (),
) -> Scorecard:
    """Return the scorecard as `verdicts` and the findings `added` by people make it.

    Overturned findings count nowhere; an overturned absence means that what was due was said. Raises
    UsageError for points or decisions the card doesn't take.
    """
    given = list(verdicts)
    findings, requirements = list(report.findings), list(report.requirements)
    for verdict in given:
        if verdict.part == "finding" and verdict.word == "overturn":
            place = int(verdict.name)
            if "absence" in findings[place].how:
                _grant(requirements, findings[place])
            findings[place] = replace(findings[place], pending=True)  # pending findings count nowhere
    manual = {
        each.name: each.points
        for each in given
        if each.part == "item" and each.word == "points" and each.points is not None
    }
    return score(
        definition, [*findings, *added], requirements, turns=report.turns, manual=manual,
        judged=_decided(given), channel=report.channel, meta=report.meta,
    )  # fmt: skip


def _decided(verdicts: Iterable[Verdict]) -> dict[str, Judged]:
    return {
        each.name: each.word
        for each in verdicts
        if each.part == "item" and each.word in ("met", "missed", "not_applicable")
    }


def _grant(requirements: list[Requirement], absence: Finding) -> None:
    """Turn the missed requirement the absence stands for into a met one."""
    missed = [
        place for place, one in enumerate(requirements) if one.rule == absence.rule and one.status == "missed"
    ]
    exact = [place for place in missed if requirements[place].turn in (None, absence.turn)]
    for place in (exact or missed)[:1]:
        requirements[place] = replace(requirements[place], status="met", level="functional", missing=())
