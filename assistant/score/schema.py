"""The file form of a scorecard: one class per kind of item, unknown keys refused.

docs/scorecard.md explains the keys with a worked example. Nothing of this is imported at scoring
time; `compile_card` turns a checked file into the frozen `ScorecardDefinition`.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from assistant.model import How, Severity
from assistant.score.definition import (
    BonusDefinition,
    Condition,
    Grade,
    ItemDefinition,
    ScorecardDefinition,
    SectionDefinition,
    Selector,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], Field(min_length=1)]
Points = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Cost = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
ItemId = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]


def _fault(message: str, *field: str | int) -> PydanticCustomError:
    """Return what is wrong with a value, or with the `field` in it, in words for who writes the card."""
    return PydanticCustomError("card_fault", "{message}", {"message": message, "field": field})


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Requires(Strict):
    """Requirements named by rule id or by source id; `*` and `?` are wildcards."""

    rule: Texts | None = None
    source: Texts | None = None

    @model_validator(mode="after")
    def _selects(self) -> Requires:
        if not self.model_fields_set:
            raise _fault("至少要写一条规则、规范条款或类别")
        return self


class Findings(Requires):
    """Findings named by rule id, source id or family, narrowed down by severity, confidence and way.

    `how` and `not_how` are the ways they were recognised in: one of those, none of these. `rest`
    takes only what no item without it takes.
    """

    family: Texts | None = None
    severity: Annotated[list[Literal["hint", "minor", "major", "fatal"]], Field(min_length=1)] | None = None
    min_confidence: Share = 0
    how: Annotated[list[How], Field(min_length=1)] | None = None
    not_how: list[How] = []
    rest: bool = False


class FatalFindings(Findings):
    """Findings that void: unless the card says so, none that a model took for a breach."""

    not_how: list[How] = ["similar"]


class Deduct(Strict):
    """Points a finding of each severity costs."""

    hint: Cost = 0
    minor: Cost = 2
    major: Cost = 5
    fatal: Cost = 10


class When(Strict):
    """Which calls an item is for; all that is named has to hold. `item`: one before it that comes up."""

    channels: Texts | None = None
    business_lines: Texts | None = None
    meta: Annotated[dict[Text, Texts], Field(min_length=1)] | None = None
    item: ItemId | None = None

    @model_validator(mode="after")
    def _says_something(self) -> When:
        if not self.model_fields_set:
            raise _fault("至少要写一个条件")
        return self


class Named(Strict):
    id: ItemId
    title: Text


class ItemBase(Named):
    when: When | None = None


class PenaltyItem(ItemBase):
    """Full points, less what its findings cost, at most `cap` (default: all of `points`)."""

    kind: Literal["penalty"]
    points: Points
    findings: Findings
    deduct: Deduct | None = None
    cap: Points | None = None
    needs: Literal["times"] | None = None

    @model_validator(mode="after")
    def _cap_within_points(self) -> PenaltyItem:
        if self.cap is not None and self.cap > self.points:
            raise _fault("封顶不能大于分值", "cap")
        return self


class RequiredItem(ItemBase):
    """Points earned by requirements that are met; not applicable when none came up.

    `functional` is the share earned by a functional wording, `hint` the share left by a miss whose
    finding is a mere hint. `partly: by_part` gives a miss the share of the parts that were said.
    """

    kind: Literal["required"]
    points: Points
    requires: Requires
    policy: Literal["all", "each", "any"] = "each"
    functional: Share = 1
    hint: Share = 0
    partly: Literal["by_part"] | None = None


class ManualItem(ItemBase):
    """Points given by a reviewer; outside the maximum until then.

    With `findings` it lists those, which cost nothing, and only comes up where there are any.
    """

    kind: Literal["manual"]
    points: Points
    findings: Findings | None = None
    source: list[Text] = []


class FatalItem(ItemBase):
    """A finding of it voids the section it stands in, or the whole call; without `findings`, a reviewer."""

    kind: Literal["fatal"]
    findings: FatalFindings | None = None
    voids: Literal["section", "call"] = "call"


class BonusItem(Named):
    """Extra points for requirements met (at `level`), or, without `requires`, from a reviewer."""

    points: Points
    requires: Requires | None = None
    policy: Literal["all", "each", "any"] = "all"
    level: Literal["verbatim", "functional"] | None = None
    source: list[Text] = []


def _kind(value: object) -> str | None:
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    return kind if isinstance(kind, str) else None


Item = Annotated[
    Annotated[PenaltyItem, Tag("penalty")]
    | Annotated[RequiredItem, Tag("required")]
    | Annotated[ManualItem, Tag("manual")]
    | Annotated[FatalItem, Tag("fatal")],
    Discriminator(
        _kind,
        custom_error_type="unknown_kind",
        custom_error_message="kind 只能是 penalty、required、manual、fatal",
    ),
]


class SectionForm(Strict):
    name: Text
    weight: Points | None = None
    items: Annotated[list[Item], Field(min_length=1)]


class BonusForm(Strict):
    name: Text = "加分项"
    cap: Points
    above_maximum: bool = False
    items: Annotated[list[BonusItem], Field(min_length=1)]


class GradeForm(Strict):
    name: Text
    at_least: Annotated[float, Field(ge=0, le=100)]


class ScorecardFile(Strict):
    """One YAML file, one scorecard."""

    scorecard: ItemId
    version: Text
    title: Text
    channels: list[Text] = []
    business_lines: list[Text] = []
    deduct: Deduct = Deduct()
    cap: Points | None = None
    grades: Annotated[list[GradeForm], Field(min_length=1)]
    sections: Annotated[list[SectionForm], Field(min_length=1)]
    bonus: BonusForm | None = None

    @model_validator(mode="after")
    def _consistent(self) -> ScorecardFile:
        bounds = [grade.at_least for grade in self.grades]
        if bounds != sorted(set(bounds), reverse=True) or bounds[-1] != 0:
            raise _fault("等级从高到低排列，分数线不能重复，最后一级从 0 分起", "grades")
        sections: set[str] = set()
        for place, section in enumerate(self.sections):
            if section.name in sections:
                raise _fault(f"已有名为“{section.name}”的部分", "sections", place, "name")
            sections.add(section.name)
        self._items_consistent()
        return self

    def _items_consistent(self) -> None:
        before: set[str] = set()
        for field, item in self._fields():
            if item.id in before:
                raise _fault(f"编号 {item.id} 用了两次", *field, "id")
            needed = item.when.item if isinstance(item, ItemBase) and item.when else None
            if needed is not None and needed not in before:
                raise _fault(f"{needed} 不是排在本项之前的评分项", *field, "when", "item")
            before.add(item.id)

    def _fields(self) -> Iterator[tuple[tuple[str | int, ...], Named]]:
        for place, section in enumerate(self.sections):
            for at, item in enumerate(section.items):
                yield ("sections", place, "items", at), item
        for at, extra in enumerate(self.bonus.items if self.bonus else ()):
            yield ("bonus", "items", at), extra


def _fraction(value: float) -> Fraction:
    return Fraction(Decimal(str(value)))


def _selector(form: Requires) -> Selector:
    findings = form if isinstance(form, Findings) else None
    return Selector(
        rules=tuple(form.rule or ()),
        sources=tuple(form.source or ()),
        families=tuple((findings and findings.family) or ()),
        severities=tuple(Severity.of(name) for name in (findings and findings.severity) or ()),
        min_confidence=findings.min_confidence if findings else 0.0,
        how=tuple((findings and findings.how) or ()),
        not_how=tuple((findings and findings.not_how) or ()),
        rest=bool(findings and findings.rest),
    )


def _condition(form: When | None) -> Condition | None:
    if form is None:
        return None
    meta = tuple((key, _lower(values)) for key, values in (form.meta or {}).items())
    return Condition(_lower(form.channels or ()), _lower(form.business_lines or ()), meta, form.item)


def _lower(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text.strip().lower() for text in texts)


def _costs(form: Deduct) -> tuple[Fraction, Fraction, Fraction, Fraction]:
    return (_fraction(form.hint), _fraction(form.minor), _fraction(form.major), _fraction(form.fatal))


def _compile_item(
    item: PenaltyItem | RequiredItem | ManualItem | FatalItem, deduct: Deduct
) -> ItemDefinition:
    match item:
        case PenaltyItem():
            own = item.deduct
            # severities an item doesn't name keep the card's cost
            costs = deduct if own is None else deduct.model_copy(update=own.model_dump(exclude_unset=True))
            return ItemDefinition(
                item.id, item.title, "penalty", _fraction(item.points), _selector(item.findings),
                deduct=_costs(costs), cap=_fraction(item.cap or item.points),
                needs_times=item.needs == "times", when=_condition(item.when),
            )  # fmt: skip
        case RequiredItem():
            return ItemDefinition(
                item.id, item.title, "required", _fraction(item.points), _selector(item.requires),
                policy=item.policy, functional=_fraction(item.functional), hint=_fraction(item.hint),
                by_part=item.partly == "by_part", when=_condition(item.when),
            )  # fmt: skip
        case FatalItem():
            selector = _selector(item.findings) if item.findings else None
            when = _condition(item.when)
            return ItemDefinition(
                item.id, item.title, "fatal", selector=selector, voids=item.voids, when=when
            )
        case ManualItem():
            points = _fraction(item.points)
            chosen = _selector(item.findings) if item.findings else None
            sources = tuple(item.source)
            when = _condition(item.when)
            return ItemDefinition(item.id, item.title, "manual", points, chosen, sources=sources, when=when)


def _compile_bonus(form: BonusForm) -> BonusDefinition:
    items: Sequence[ItemDefinition] = [
        ItemDefinition(
            item.id, item.title, "bonus", _fraction(item.points),
            _selector(item.requires) if item.requires else None,
            policy=item.policy, level=item.level, sources=tuple(item.source),
        )
        for item in form.items
    ]  # fmt: skip
    return BonusDefinition(form.name, tuple(items), _fraction(form.cap), form.above_maximum)


def compile_card(form: ScorecardFile) -> ScorecardDefinition:
    """Turn a checked scorecard file into the form that is scored with."""
    return ScorecardDefinition(
        id=form.scorecard,
        version=form.version,
        title=form.title,
        sections=tuple(
            SectionDefinition(
                section.name,
                tuple(_compile_item(item, form.deduct) for item in section.items),
                None if section.weight is None else _fraction(section.weight),
            )
            for section in form.sections
        ),
        grades=tuple(Grade(grade.name, grade.at_least) for grade in form.grades),
        bonus=_compile_bonus(form.bonus) if form.bonus else None,
        cap=None if form.cap is None else _fraction(form.cap),
        channels=tuple(form.channels),
        business_lines=tuple(form.business_lines),
    )
