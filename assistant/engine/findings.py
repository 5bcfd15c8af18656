"""Make findings out of matches: scope, confidence, the sentence that explains."""

from __future__ import annotations

from dataclasses import replace

from assistant.match.places import Apart
from assistant.match.plan import RulePlan
from assistant.match.scope import for_customer, holds_quotation, negated, quoted
from assistant.match.view import Match, View
from assistant.model import Explanation, Finding, How, Span, Speaker, Turn

_BECAUSE: dict[How, str] = {
    "width": "全角或大写字符已还原",
    "traditional": "繁体字已转为简体",
    "separator": "字间插入的符号、空格或语气词已略去",
    "repeat": "重复的字已合并",
    "homophone": "按读音还原了同音字",
    "lookalike": "还原了形近字",
    "pattern": "符合规则的句式",
    "near": "两处用语相隔不远",
    "similar": "与标准话术相近",
    "entity": "含有应当保密的信息",
}
MOST_MATCHES = 200
"""Matches of one rule in one turn that are looked at; what goes beyond is a text gone wrong."""
_TEMPLATE = frozenset("(|<{…")
_MIN_ALTERED = 3
_PHRASE = 4  # characters
_MAX_COST_SHARE = 0.5


def listed(matches: list[Match] | None) -> list[Match]:
    """Return the matches of a rule in a turn that are looked at; where there are more, each says how many."""
    if not matches:
        return []
    if len(matches) <= MOST_MATCHES:
        return matches
    return [match._replace(of=len(matches)) for match in matches[:MOST_MATCHES]]


def plausible(match: Match) -> bool:
    """Whether a match that needed rewriting is long enough for what was rewritten."""
    length = len(match.normalised)
    return not match.altered or (length >= _MIN_ALTERED and match.cost <= _MAX_COST_SHARE * length)


def in_scope(rule: RulePlan, match: Match, turn: Turn) -> bool:
    """Whether the match counts: not denied, not reported, not seen through a disguise switched off."""
    if match.start is None or match.end is None:
        return True
    if rule.blocked and not rule.blocked.isdisjoint(match.how):
        return False
    if rule.negation and negated(turn.text, match.start):
        return False
    if rule.quotation and rule.kind == "learned" and holds_quotation(turn.text, match.start, match.end):
        return False
    if rule.own and turn.role is Speaker.AGENT and for_customer(turn.text, match.start, match.end):
        return False
    return not (rule.quotation and quoted(turn.text, match.start, match.end))


def said_finding(rule: RulePlan, match: Match, view: View, *, pending: bool = False) -> Finding:
    """Return the finding for words that were said."""
    turn = view.turn
    start = 0 if match.start is None else match.start
    end = len(turn.text) if match.end is None else match.end
    text = turn.text[start:end]
    learned = rule.kind == "learned"
    because = _read_as(rule, match) if learned else _because(match, text)
    if match.of:
        because += f"（这句话里共有{match.of}处，只列出前{MOST_MATCHES}处）"
    explanation = Explanation(match.listed or text, match.normalised or text, because, match.score)
    finding = _finding(rule, turn, (start, end), match.how or ("exact",), explanation)
    confidence = round(match.score or 0, 2) if learned else _confidence(match)
    return replace(finding, confidence=confidence, pending=pending)


def absence_finding(
    rule: RulePlan, turn: Turn, missing: tuple[str, ...], because: str, how: tuple[How, ...] = ("absence",)
) -> Finding:
    """Return the finding for words that were due in `turn` and weren't said."""
    parts = "、".join(missing)
    finding = _finding(rule, turn, None, how, Explanation("", "", because))
    message = rule.message.replace("{missing}", parts or "规定用语").replace("{matched}", parts)
    return replace(finding, confidence=0.9, message=message)


def place_finding(
    rule: RulePlan, turn: Turn, how: How, because: str, *, value: float | None = None,
    spans: tuple[Span, ...] = (),
) -> Finding:  # fmt: skip
    """Return a finding about a whole turn (timing, repeat)."""
    explanation = Explanation(turn.text, turn.text, because, value)
    return replace(_finding(rule, turn, (0, len(turn.text)), (how,), explanation), spans=spans)


def _finding(
    rule: RulePlan, turn: Turn, span: tuple[int, int] | None, how: tuple[How, ...], explanation: Explanation
) -> Finding:
    start, end = span or (None, None)
    text = turn.text[start:end] if span else None
    return Finding(
        rule=rule.id,
        source=rule.source,
        family=rule.family,
        severity=rule.severity,
        turn=turn.index,
        start=start,
        end=end,
        text=text,
        how=how,
        confidence=0.95,
        message=rule.message.replace("{matched}", text or ""),
        suggestion=rule.suggest,
        explanation=explanation,
        agent_id=turn.agent_id,
        title=rule.title,
    )


def _confidence(match: Match) -> float:
    base = 0.95 if {"pattern", "near", "similar"}.intersection(match.how) else 1.0
    return round(max(0.5, base - 0.08 * match.cost), 2)


def _read_as(rule: RulePlan, match: Match) -> str:
    return (
        f"规则没有逐字列出这句话，但整句读来属于“{rule.title}”一类（模型把握{match.score or 0:.0%}），请复核"
    )


def _because(match: Match, text: str) -> str:
    reasons = [_BECAUSE[how] for how in match.how if how in _BECAUSE]
    if "entity" in match.how or match.start is None:
        return ";".join(reasons) or "满足规则的条件"
    if "pattern" in match.how or "near" in match.how:
        return f"“{text}”" + ",".join(reasons)
    listed = f"“{match.listed}”" if not _TEMPLATE.intersection(match.listed) else ""
    said = f"“{text}”与规则所列说法{listed}相符"
    return f"{said}({';'.join(reasons)})" if reasons else said


def one_of_each_family(findings: list[Finding]) -> list[Finding]:
    """Of findings of one family that lie over each other keep the gravest, then the one to the point.

    One breach is one finding for the reviewer, however many rules of the family know it. To the
    point is the shortest that is a phrase of its own: a long one may run over two breaches.
    """
    if len(findings) < 2:
        return findings
    breaches: dict[tuple[str, int], Apart] = {}
    kept = set()
    for finding in sorted(findings, key=_rank):
        if finding.start is None or finding.end is None:
            kept.add(finding)
            continue
        known = breaches.setdefault((finding.family, finding.turn), Apart())
        if known.add(finding.start, finding.end):
            kept.add(finding)
    return [finding for finding in findings if finding in kept]


def _rank(finding: Finding) -> tuple[int, bool, int]:
    length = (finding.end or 0) - (finding.start or 0)
    return -finding.severity, length < _PHRASE, length
