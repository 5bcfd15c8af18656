"""Fill a scorecard from findings and requirements: a pure function, the same for live and recorded.

Arithmetic: the maximum of a scored call is 100. The applicable items share it in proportion to
their points (inside a section with a weight: the section's part of it); each maximum is a multiple
of 0.1, rounded half up on the running sum, so that they add up to exactly 100. An item's points
are rounded half up to 0.1; sections and the total are plain sums of items.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from assistant.model import (
    AgentScore,
    Finding,
    Requirement,
    Scorecard,
    ScoreItem,
    ScoreSection,
    Turn,
)
from assistant.score.outcome import (
    NOTHING,
    WHOLE,
    Judged,
    Outcome,
    absences,
    asked_for,
    assign,
    bonus_outcome,
    check_judged,
    check_manual,
    manual_outcome,
    owed,
    plain,
    required_outcome,
    scored_by_requirement,
)
from assistant.score.overlap import Charge, Loss, charge, choose, covering
from assistant.score.shares import agent_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from assistant.score.definition import ItemDefinition, ScorecardDefinition, SectionDefinition

FULL = 1000  # tenths of a point: everything inside counts in them
NO_GRADE = "未评分"
_MOST_SHARED_OUT = 1_000
_CLEAN = Outcome("clean", WHOLE)


def half_up(value: Fraction) -> int:
    """Round a value of 0 or more to a whole number, halves up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def score(
    definition: ScorecardDefinition,
    findings: Sequence[Finding],
    requirements: Sequence[Requirement],
    *,
    turns: Sequence[Turn],
    agents: Mapping[int, str] | None = None,
    manual: Mapping[str, float] | None = None,
    judged: Mapping[str, Judged] | None = None,
    channel: str = "",
    meta: Mapping[str, Any] | None = None,
) -> Scorecard:
    """Return the filled scorecard of a call that can be judged (see `unscorable_reason`).

    `findings` are those of the report, in its order: evidence indexes them. `agents` names the
    agent of each agent turn (default: the turns' own agent ids); with two or more of them each
    gets a total over what he or she said and owed. `manual` holds a reviewer's points by item id,
    `judged` what a reviewer decided of whole items. `channel` and `meta` are what conditional items ask.
    Raises UsageError when `manual` names no manual item or lies outside its points, or `judged` says of an
    item what can't be said of its kind.
    """
    given, decided = manual or {}, judged or {}
    check_manual(definition, given)
    check_judged(definition, decided)
    call = (channel, meta or {})
    filled = _Filling(
        definition, findings, requirements, _timed(turns), given, decided=decided, call=call
    ).scorecard()
    parts = agent_parts(findings, requirements, turns, agents)
    by_agent = []
    for part in parts:
        own = _Filling(
            definition, part.findings, part.requirements, _timed(part.turns), {}, decided=decided, call=call
        ).scorecard()
        by_agent.append(AgentScore(part.agent_id, own.total, own.max, own.grade))
    return Scorecard(
        filled.id, filled.version, filled.total, filled.max, filled.grade, filled.sections,
        fatal=filled.fatal, by_agent=tuple(by_agent), reached=filled.reached, unscored=filled.unscored,
    )  # fmt: skip


def _timed(turns: Sequence[Turn]) -> bool:
    return any(turn.start_s is not None for turn in turns)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What counts of the findings.

    `points` are deducted by item, on the scale of the file; `lost` are tenths truly lost; `covered`
    maps a finding to the one that deducts for the same characters; `spared` items lose less than
    they would because the call's cap is used up.
    """

    points: Mapping[str, Fraction]
    lost: Mapping[str, int]
    covered: Mapping[int, int]
    spared: frozenset[str]


class _Filling:
    """One filling of one card; its steps read what the steps before them found."""

    def __init__(
        self,
        definition: ScorecardDefinition,
        findings: Sequence[Finding],
        requirements: Sequence[Requirement],
        timed: bool,
        manual: Mapping[str, float],
        *,
        decided: Mapping[str, Judged],
        call: tuple[str, Mapping[str, Any]],
    ) -> None:
        self.definition = definition
        self.items = items = definition.items
        self.findings = findings
        self.manual = manual
        self.decided = decided
        self.out = frozenset(
            item.id
            for item in items
            if (item.when is not None and not item.when.holds(*call))
            or (item.kind == "fatal" and decided.get(item.id) == "not_applicable")
        )
        self.owed = owed(definition, requirements, self.out)
        self.asked = asked_for(definition, self.owed)
        self.taken = assign(definition, findings, self.asked, self.out)
        self.outcomes: dict[str, Outcome] = {}
        for item in items:
            self.outcomes[item.id] = self._conditional(item, timed)
        self.call_void = any(self._hit(section, "call") for section in definition.sections)
        self.voided = {section.name for section in definition.sections if self._void(section)}
        self.maxima = _maxima(definition, self.outcomes)
        self.item_of = {item.id: item for item in items}
        self.home = {item.id: section.name for section in definition.sections for item in section.items}
        # What findings would have cost a voided call is told all the same.
        self.counted = self._count(frozenset() if self.call_void else frozenset(self.voided))
        self.unvoided = self.counted
        if self.voided and not self.call_void:
            self.unvoided = self._count(frozenset())

    def _conditional(self, item: ItemDefinition, timed: bool) -> Outcome:
        """Judge an item that may not be for this call, or that a reviewer has decided."""
        decided = self.decided.get(item.id)
        if decided == "not_applicable":
            return Outcome("not_applicable", None, "人工复核：不适用")
        if item.id in self.out:
            return Outcome("not_applicable", None, "本项不适用于这类通话")
        wanted = item.when.item if item.when is not None else None
        if wanted is not None and self.outcomes[wanted].status == "not_applicable":
            return Outcome("not_applicable", None, "前提项未出现，不评")
        if decided is not None and item.kind == "required":
            return Outcome(decided, WHOLE if decided == "met" else NOTHING, "人工复核改判")
        return self._outcome(item, timed)

    def _outcome(self, item: ItemDefinition, timed: bool) -> Outcome:
        if item.kind == "required":
            return required_outcome(item, self.findings, self.owed[item.id])
        if item.kind == "manual":
            return manual_outcome(item, self.manual, self.taken.get(item.id, ()))
        if item.kind == "bonus":
            return bonus_outcome(item, self.owed[item.id], self.manual)
        if item.kind == "fatal":
            hit = self._fatal(item)
            what = "整通记 0 分" if item.voids == "call" else "本部分记 0 分"
            return Outcome("fatal" if hit else "clean", None, f"一票否决：{what}" if hit else "")
        if item.needs_times and not timed:
            return Outcome("not_applicable", None, "没有时间信息，不评")
        return _CLEAN

    def _fatal(self, item: ItemDefinition) -> bool:
        return bool(self.taken.get(item.id)) or self.decided.get(item.id) == "missed"

    def _hit(self, section: SectionDefinition, voids: str) -> bool:
        return any(
            item.kind == "fatal" and item.voids == voids and self.outcomes[item.id].status == "fatal"
            for item in section.items
        )

    def _void(self, section: SectionDefinition) -> bool:
        return self.call_void or self._hit(section, "section")

    def _loss(self, voided: frozenset[str], name: str, points: Fraction) -> int:
        """Return the tenths item `name` loses when findings cost it `points`, `voided` sections none."""
        if self.home[name] in voided or self.outcomes[name].share is None:
            return 0
        item, maximum = self.item_of[name], self.maxima[name]
        left = 1 - min(points, item.cap) / item.points
        return maximum - half_up(maximum * left)

    def _charges(self) -> list[Charge]:
        charges = []
        for name, indexes in self.taken.items():
            item = self.item_of[name]
            for index in indexes:
                cost = item.deduct[self.findings[index].severity]
                if item.kind == "penalty" and cost:
                    charges.append(charge(index, self.findings[index], name, cost))
        return charges

    def _count(self, voided: frozenset[str]) -> _Counted:
        charges = self._charges()
        loss = partial(self._loss, voided)
        chosen = choose(charges, loss, {item.id: item.cap for item in self.items})
        points: dict[str, Fraction] = {}
        for one in charges:
            if one.index in chosen:
                points[one.item] = points.get(one.item, NOTHING) + one.cost
        lost, spared = self._within_call_cap(points, loss)
        return _Counted(points, lost, covering(charges, chosen), spared)

    def _within_call_cap(
        self, points: Mapping[str, Fraction], loss: Loss
    ) -> tuple[dict[str, int], frozenset[str]]:
        """Charge items in card order until the card's cap is used up; name those spared a part."""
        cap = self.definition.cap
        left = FULL if cap is None else half_up(cap * 10)
        lost: dict[str, int] = {}
        spared = set()
        for item in self.items:
            if item.id in points:
                due = loss(item.id, points[item.id])
                lost[item.id] = min(due, left)
                left -= lost[item.id]
                if lost[item.id] < due:
                    spared.add(item.id)
        return lost, frozenset(spared)

    def _penalty(self, item: ItemDefinition, counted: _Counted) -> ScoreItem:
        outcome, maximum = self.outcomes[item.id], self.maxima[item.id]
        if not self.taken[item.id]:
            whole = maximum / 10
            return ScoreItem(item.id, item.title, whole, whole, outcome.status, (), outcome.note)
        points = counted.points.get(item.id, NOTHING)
        status = outcome.status
        if outcome.share is not None and points:
            status = "missed" if points >= item.points else "partly"
        notes = [outcome.note] if outcome.note else []
        if outcome.share is not None and points:
            notes.append(f"扣 {plain(min(points, item.cap))} 分")
            notes += ["已达本项扣分上限"] if points > item.cap else []
        if item.id in counted.spared:
            notes.append("单通扣分已达上限")
        notes += self._covered_notes(item, counted)
        return ScoreItem(
            item.id, item.title, (maximum - counted.lost.get(item.id, 0)) / 10, maximum / 10,
            status, tuple(self.taken[item.id]), "；".join(notes),
        )  # fmt: skip

    def _covered_notes(self, item: ItemDefinition, counted: _Counted) -> list[str]:
        notes = []
        for index in self.taken[item.id]:
            if index in counted.covered:
                above = self.findings[counted.covered[index]]
                text = self.findings[index].text or ""
                notes.append(f"“{text}”与“{above.title or above.rule}”位置重叠，只扣一次")
        return sorted(notes)

    def _item(self, item: ItemDefinition, void: bool) -> ScoreItem:
        outcome = self.outcomes[item.id]
        maximum = self.maxima[item.id]
        if item.kind == "penalty":
            filled = self._penalty(item, self.unvoided if void else self.counted)
        else:
            evidence = self.taken.get(item.id) or absences(self.findings, self.owed[item.id])
            share = outcome.share or NOTHING
            reached = maximum if share is WHOLE else half_up(maximum * share) if share else 0
            filled = ScoreItem(
                item.id, item.title, reached / 10, maximum / 10, outcome.status, tuple(evidence), outcome.note
            )
        return replace(filled, points=0.0, reached=filled.points) if void else filled

    def _section(self, section: SectionDefinition) -> ScoreSection:
        void = section.name in self.voided
        items = tuple(self._item(item, void) for item in section.items)
        return ScoreSection(
            section.name, _sum(item.points for item in items), _sum(item.max for item in items), items,
            reached=_sum(item.reached or 0 for item in items) if void else None,
        )  # fmt: skip

    def _bonus(self, base: float) -> ScoreSection | None:
        """Grant bonuses in card order within their cap and, unless the card says so, below 100."""
        bonus = self.definition.bonus
        if bonus is None:
            return None
        left = half_up(bonus.cap * 10)
        if not bonus.above_maximum:
            left = min(left, FULL - round(base * 10))
        left = 0 if self.call_void else left
        items = []
        for item in bonus.items:
            outcome = self.outcomes[item.id]
            due = half_up(item.points * (outcome.share or NOTHING) * 10)
            granted = min(due, left)
            left -= granted
            note = outcome.note or ("总分已满或已达加分上限" if granted < due else "")
            items.append(ScoreItem(item.id, item.title, granted / 10, 0.0, outcome.status, (), note))
        return ScoreSection(bonus.name, _sum(item.points for item in items), 0.0, tuple(items))

    def _fatal_rules(self) -> tuple[str, ...]:
        hits = {
            self.findings[index].rule
            for name, indexes in self.taken.items()
            for index in indexes
            if self.item_of[name].kind == "fatal"
        }
        hits |= {
            name
            for name, outcome in self.outcomes.items()
            if outcome.status == "fatal" and not self.taken.get(name)
        }
        return tuple(sorted(hits))

    def _grade(self, total: float, maximum: float) -> str:
        grades = self.definition.grades
        if self.call_void:
            return grades[-1].name
        if not maximum:
            return NO_GRADE
        return next(grade.name for grade in grades if total >= grade.at_least)

    def scorecard(self) -> Scorecard:
        sections = tuple(self._section(section) for section in self.definition.sections)
        maximum = _sum(section.max for section in sections)
        reached = None
        if self.voided:
            reached = _sum(one.score if one.reached is None else one.reached for one in sections)
        bonus = self._bonus(_sum(section.score for section in sections)) if maximum else None
        sections += (bonus,) if bonus else ()
        total = _sum(section.score for section in sections)
        return Scorecard(
            self.definition.id, self.definition.version, total, maximum, self._grade(total, maximum),
            sections, fatal=self._fatal_rules(), reached=reached, unscored=self._unscored(),
        )  # fmt: skip

    def _unscored(self) -> tuple[int, ...]:
        """Return the findings on no item: neither taken by one nor the absence of what one asks for."""
        placed = {index for indexes in self.taken.values() for index in indexes}
        return tuple(
            index
            for index, one in enumerate(self.findings)
            if index not in placed and not one.pending and not scored_by_requirement(one, self.asked)
        )


def _sum(values: Iterable[float]) -> float:
    """Add multiples of 0.1 without drift."""
    return sum(round(value * 10) for value in values) / 10


def _maxima(definition: ScorecardDefinition, outcomes: Mapping[str, Outcome]) -> Mapping[str, int]:
    """Share out 100 points, in tenths, among the items that count; the others get 0.

    Calls in which the same items count share them out alike: the definition remembers how.
    """
    counting = frozenset(name for name, outcome in outcomes.items() if outcome.share is not None)
    known = definition.shared_out
    if counting not in known:
        if len(known) >= _MOST_SHARED_OUT:
            known.clear()
        known[counting] = _share_out(definition, counting)
    return known[counting]


def _share_out(definition: ScorecardDefinition, names: frozenset[str]) -> dict[str, int]:
    maxima = {item.id: 0 for item in definition.items}
    parts: list[tuple[str, Fraction]] = []
    for section in definition.sections:
        counting = [item for item in section.items if item.id in names]
        points = sum((item.points for item in counting), NOTHING)
        weight = points if section.weight is None else section.weight
        parts += [(item.id, weight * item.points / points) for item in counting]
    whole = sum((part for _, part in parts), NOTHING)
    running, given = NOTHING, 0
    for name, part in parts:
        running += part
        upto = half_up(running / whole * FULL)
        maxima[name], given = upto - given, upto
    return maxima
