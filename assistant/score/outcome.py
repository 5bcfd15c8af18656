"""What became of single items, before anything is scaled: shares, evidence, which finding goes where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from assistant.errors import UsageError
from assistant.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.model import Finding, Requirement
    from assistant.score.definition import ItemDefinition, ScorecardDefinition, Selector

# Fractions take a microsecond to make: these are made once.
NOTHING, WHOLE = Fraction(0), Fraction(1)
Judged = Literal["met", "missed", "not_applicable"]
"""What a reviewer may decide of an item: required ones all three, fatal ones the last two."""
Status = Literal["met", "partly", "missed", "not_applicable", "manual", "fatal", "clean", "bonus"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`share` (0..1) of the item's points reached before deductions; None: outside the maximum."""

    status: Status
    share: Fraction | None
    note: str = ""


def plain(points: Fraction) -> str:
    """Write points without trailing zeros: 5, 2.5."""
    return f"{float(points):g}"


def status_of(share: Fraction) -> Status:
    if share == 1:
        return "met"
    return "partly" if share else "missed"


def scored_by_requirement(finding: Finding, required: frozenset[str]) -> bool:
    """Tell whether the finding is the absence that goes with a missed requirement."""
    return "absence" in finding.how and finding.rule in required


def assign(
    definition: ScorecardDefinition,
    findings: Sequence[Finding],
    asked: frozenset[str],
    out: frozenset[str] = frozenset(),
) -> dict[str, list[int]]:
    """Map each item id to the indexes of the findings that count for it; `asked` is from `asked_for`.

    Items in `out` are not for this call: they take nothing.

    A finding goes to one item: the first fatal one that takes it, else the first penalty or manual
    item, else, in the same order, one that takes the rest. Pending findings count nowhere. The absence
    of a requirement that a required item asks for counts there alone.
    """
    takers = _takers(definition)
    taken: dict[str, list[int]] = {item.id: [] for item, _ in takers}
    takers = [one for one in takers if one[0].id not in out] if out else takers
    for index, finding in enumerate(findings):
        if finding.pending or scored_by_requirement(finding, asked):
            continue
        for item, selector in takers:
            if selector.takes(finding):
                taken[item.id].append(index)
                break
    return taken


def _takers(definition: ScorecardDefinition) -> list[tuple[ItemDefinition, Selector]]:
    """Return the items that take findings, fatal ones first, those that take the rest after all others."""
    taking = [
        (item, item.selector)
        for kinds in (("fatal",), ("penalty", "manual"))
        for item in definition.items
        if item.kind in kinds and item.selector is not None
    ]
    return sorted(taking, key=lambda one: one[1].rest)


def asked_for(definition: ScorecardDefinition, shared: Mapping[str, Sequence[Requirement]]) -> frozenset[str]:
    """Return the rules of the requirements that required items ask for; `shared` is from `owed`."""
    askers = (item.id for item in definition.items if item.kind == "required")
    return frozenset(one.rule for name in askers for one in shared[name])


def owed(
    definition: ScorecardDefinition, requirements: Sequence[Requirement], out: frozenset[str] = frozenset()
) -> dict[str, tuple[Requirement, ...]]:
    """Map each required or bonus item id to its requirements.

    A requirement goes to the first required item that asks for it; bonus items take what they ask
    for besides. What was not applicable is owed by nobody.
    """
    shared: dict[str, list[Requirement]] = {item.id: [] for item in definition.items}
    askers = [item for item in definition.items if item.kind == "required" and item.id not in out]
    extras = [item for item in definition.items if item.kind == "bonus"]
    for one in requirements:
        if one.status == "not_applicable":
            continue
        asking = [item for item in askers if item.selector is not None and item.selector.asks(one)][:1]
        asking += [item for item in extras if item.selector is not None and item.selector.asks(one)]
        for item in asking:
            shared[item.id].append(one)
    return {name: tuple(ones) for name, ones in shared.items()}


def _decided(requirements: Sequence[Requirement]) -> list[Requirement]:
    return [one for one in requirements if one.status in {"met", "missed"}]


def absences(findings: Sequence[Finding], requirements: Sequence[Requirement]) -> tuple[int, ...]:
    """Return the indexes of the absence findings that go with missed ones of these requirements."""
    missed = frozenset(one.rule for one in requirements if one.status == "missed")
    if not missed:
        return ()
    return tuple(
        index for index, one in enumerate(findings) if not one.pending and scored_by_requirement(one, missed)
    )


def _combined(item: ItemDefinition, shares: Sequence[Fraction]) -> Fraction:
    if len(shares) == 1:
        return shares[0]
    if item.policy == "all":
        return min(shares)
    if item.policy == "any":
        return max(shares)
    return sum(shares, NOTHING) / len(shares)


def _only_hinted(findings: Sequence[Finding]) -> frozenset[str]:
    """Return the rules whose absence is reported, and nowhere as more than a hint."""
    gravest: dict[str, Severity] = {}
    for one in findings:
        if "absence" in one.how:
            gravest[one.rule] = max(one.severity, gravest.get(one.rule, Severity.HINT))
    return frozenset(rule for rule, severity in gravest.items() if severity is Severity.HINT)


def required_outcome(
    item: ItemDefinition, findings: Sequence[Finding], requirements: Sequence[Requirement]
) -> Outcome:
    """Judge a required item by its requirements: the share of each, combined by the item's policy."""
    occurrences = _decided(requirements)
    if not occurrences:
        pending = any(one.status == "pending" for one in requirements)
        return Outcome("not_applicable", None, "尚未到期" if pending else "本通未出现该场景")
    hinted = _only_hinted(findings)
    shares = [_occurrence_share(item, one, hinted) for one in occurrences]
    share = _combined(item, shares)
    return Outcome(status_of(share), share, _required_note(item, occurrences, share))


def _occurrence_share(item: ItemDefinition, one: Requirement, hinted: frozenset[str]) -> Fraction:
    if one.status == "missed":
        left = item.hint if one.rule in hinted else NOTHING
        return max(left, _said_share(item, one))
    return item.functional if one.level == "functional" else WHOLE


def _said_share(item: ItemDefinition, one: Requirement) -> Fraction:
    """Return what the parts said of a missed requirement earn: never more than own words for all."""
    if not item.by_part or not 0 < len(one.missing) < one.parts:
        return NOTHING
    return min(Fraction(one.parts - len(one.missing), one.parts), item.functional)


def _said_note(one: Requirement) -> str:
    return f"说到 {one.parts - len(one.missing)}/{one.parts} 个要点，缺少：{'、'.join(one.missing)}"


def _required_note(item: ItemDefinition, occurrences: Sequence[Requirement], share: Fraction) -> str:
    met = [one for one in occurrences if one.status == "met"]
    if len(occurrences) > 1:
        notes = [f"应做到 {len(occurrences)} 次，做到 {len(met)} 次"]
        if share < 1:
            partly = [one for one in occurrences if one.status == "missed" and _said_share(item, one)]
            notes += dict.fromkeys(map(_said_note, partly))
        return "；".join(notes)
    if not met:
        if _said_share(item, occurrences[0]):
            return _said_note(occurrences[0])
        return f"未做到（提示级，得 {float(share):.0%}）" if share else "未做到"
    return "意思到位，未用标准话术" if met[0].level == "functional" else ""


def manual_outcome(item: ItemDefinition, manual: Mapping[str, float], taken: Sequence[int] = ()) -> Outcome:
    """Judge a manual item by the reviewer's points; outside the maximum until they are given.

    One about findings has nothing to judge where none was `taken`.
    """
    if item.id not in manual:
        if item.kind == "manual" and item.selector is not None:
            if not taken:
                return Outcome("not_applicable", None, "没有待复核的发现")
            return Outcome("manual", None, f"待人工复核，复核前不扣分（满分 {plain(item.points)} 分）")
        return Outcome("manual", None, f"待人工评分（满分 {plain(item.points)} 分）")
    share = Fraction(str(manual[item.id])) / item.points
    return Outcome(status_of(share), share, f"人工评分 {manual[item.id]:g}/{plain(item.points)} 分")


def bonus_outcome(
    item: ItemDefinition, requirements: Sequence[Requirement], manual: Mapping[str, float]
) -> Outcome:
    """Judge a bonus item: by requirements met at its level, or by the reviewer."""
    if item.selector is None:
        return manual_outcome(item, manual)
    occurrences = _decided(requirements)
    met = [one.status == "met" and item.level in {None, one.level} for one in occurrences]
    shares = [WHOLE if each else NOTHING for each in met]
    share = _combined(item, shares) if shares else NOTHING
    return Outcome("bonus" if share else "not_applicable", share, "" if share else "未获得加分")


def check_manual(definition: ScorecardDefinition, manual: Mapping[str, float]) -> None:
    """Raise UsageError for reviewer's points of an unknown item, or outside 0..its points."""
    open_items = {
        item.id: item
        for item in definition.items
        if item.kind == "manual" or (item.kind == "bonus" and item.selector is None)
    }
    for name, points in manual.items():
        if name not in open_items:
            raise UsageError(f"评分表 {definition.id} 没有人工评分项 {name}", code="unknown-item")
        if not 0 <= points <= open_items[name].points:
            limit = plain(open_items[name].points)
            raise UsageError(f"{name} 的人工评分应在 0 到 {limit} 之间", code="points-out-of-range")


_SAYABLE: Mapping[str, frozenset[Judged]] = {
    "required": frozenset(["met", "missed", "not_applicable"]),
    "fatal": frozenset(["missed", "not_applicable"]),
    "penalty": frozenset(["not_applicable"]),
    "manual": frozenset(["not_applicable"]),
    "bonus": frozenset(["not_applicable"]),
}


def check_judged(definition: ScorecardDefinition, judged: Mapping[str, Judged]) -> None:
    """Raise UsageError for a decision on an unknown item, or one its kind doesn't take."""
    if not judged:
        return
    kinds = {item.id: item.kind for item in definition.items}
    for name, word in judged.items():
        if name not in kinds:
            raise UsageError(f"评分表 {definition.id} 没有评分项 {name}", code="unknown-item")
        if word not in _SAYABLE[kinds[name]]:
            raise UsageError(f"评分项 {name} 不能这样改判，请逐条复核其中的发现", code="bad-verdict")
