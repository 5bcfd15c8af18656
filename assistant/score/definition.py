"""The compiled form of a scorecard: frozen, picklable, free of pydantic and YAML.

Points are fractions, so that no sum depends on the order of its terms. `schema.compile_card` makes
these from a file; `card.score` reads them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.model import Finding, How, Level, Requirement, Severity

ItemKind = Literal["penalty", "required", "manual", "fatal", "bonus"]
Policy = Literal["all", "each", "any"]
Voids = Literal["section", "call"]


@lru_cache(maxsize=65_536)  # the same few rules are asked about in every call
def _any_glob(patterns: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Tell whether a pattern (`*` and `?` are wildcards) is one of the names."""
    if any(name in patterns for name in names):
        return True
    globs = [pattern for pattern in patterns if "*" in pattern or "?" in pattern]
    return any(fnmatchcase(name, pattern) for name in names for pattern in globs)


@dataclass(frozen=True, slots=True)
class Selector:
    """Which findings or requirements an item speaks of.

    Rules, sources and families name them: one glob of any of the three suffices. Severities, the least
    confidence and the ways of recognition (one of `how`, none of `not_how`) narrow that down; `rest`
    leaves only what no item without `rest` takes.
    """

    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    min_confidence: float = 0.0
    how: tuple[How, ...] = ()
    not_how: tuple[How, ...] = ()
    rest: bool = False

    def takes(self, finding: Finding) -> bool:
        named = self._named(finding.rule, finding.source) or _any_glob(self.families, (finding.family,))
        anonymous = not (self.rules or self.sources or self.families)
        return (
            (named or anonymous)
            and (not self.severities or finding.severity in self.severities)
            and finding.confidence >= self.min_confidence
            and (not self.how or not set(self.how).isdisjoint(finding.how))
            and (not self.not_how or set(self.not_how).isdisjoint(finding.how))
        )

    def asks(self, requirement: Requirement) -> bool:
        return self._named(requirement.rule, requirement.source)

    def _named(self, rule: str, sources: tuple[str, ...]) -> bool:
        return _any_glob(self.rules, (rule,)) or _any_glob(self.sources, sources)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which calls an item is for: all that is named has to hold; nothing named: every call.

    `channels` and `business_lines` are in lower case; `meta` pairs a key of the call's meta with the values
    that will do; `item` names an item before it that has to come up in the call.
    """

    channels: tuple[str, ...] = ()
    business_lines: tuple[str, ...] = ()
    meta: tuple[tuple[str, tuple[str, ...]], ...] = ()
    item: str | None = None

    def holds(self, channel: str, meta: Mapping[str, Any]) -> bool:
        """Whether a call of this channel and meta is one of them, as far as that tells."""
        return (
            (not self.channels or channel.strip().lower() in self.channels)
            and (not self.business_lines or _said(meta, "business_line") in self.business_lines)
            and all(_said(meta, key) in values for key, values in self.meta)
        )


def _said(meta: Mapping[str, Any], key: str) -> str:
    return str(meta.get(key) or "").strip().lower()


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """One line of a scorecard. Points are those of the file, before scaling to 100.

    `deduct` holds the points a finding costs, by severity (index 0 hint … 3 fatal); `cap` is the
    most the item can lose. `functional` is the share (0..1) a functional wording earns, `hint` the
    share left by a miss that is reported as a mere hint; `by_part` gives a miss the share of the parts
    that were said. `level` restricts a bonus to that level. `sources` names what a manual item is
    about; with a selector it only comes up where there is such a finding. A fatal item without a selector
    is a reviewer's. `when` says which calls the item is for.
    """

    id: str
    title: str
    kind: ItemKind
    points: Fraction = Fraction(0)
    selector: Selector | None = None
    deduct: tuple[Fraction, Fraction, Fraction, Fraction] = (Fraction(0),) * 4
    cap: Fraction = Fraction(0)
    policy: Policy = "each"
    functional: Fraction = Fraction(1)
    hint: Fraction = Fraction(0)
    by_part: bool = False
    level: Level | None = None
    voids: Voids = "call"
    needs_times: bool = False
    sources: tuple[str, ...] = ()
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class SectionDefinition:
    """A part of the card. Without a weight it weighs the points of its applicable items."""

    name: str
    items: tuple[ItemDefinition, ...]
    weight: Fraction | None = None


@dataclass(frozen=True, slots=True)
class BonusDefinition:
    """Extra points, shown as a section of their own with maximum 0; in points of the total."""

    name: str
    items: tuple[ItemDefinition, ...]
    cap: Fraction
    above_maximum: bool = False


@dataclass(frozen=True, slots=True)
class Grade:
    name: str
    at_least: float


@dataclass(frozen=True, slots=True)
class ScorecardDefinition:
    """A whole card. `cap` is the most all findings of a call may cost, in points of the total.

    `grades` are ordered from the best down; the last one starts at 0 and is the grade of a voided
    call. `channels` and `business_lines` say which calls the card is meant for. `shared_out` remembers how
    the points are shared out among the items that count, in tenths.
    """

    id: str
    version: str
    title: str
    sections: tuple[SectionDefinition, ...]
    grades: tuple[Grade, ...]
    bonus: BonusDefinition | None = None
    cap: Fraction | None = None
    channels: tuple[str, ...] = ()
    business_lines: tuple[str, ...] = ()
    shared_out: dict[frozenset[str], dict[str, int]] = field(default_factory=dict, compare=False, repr=False)

    def meant_for(self, channel: str, meta: Mapping[str, Any]) -> bool:
        """Whether the card names the call's channel or its line of business."""
        return channel.strip().lower() in self.channels or _said(meta, "business_line") in self.business_lines

    @property
    def items(self) -> tuple[ItemDefinition, ...]:
        """Return all items in card order, bonus items last."""
        inside = tuple(item for section in self.sections for item in section.items)
        return inside + (self.bonus.items if self.bonus else ())
