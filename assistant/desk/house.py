"""Everything a desk works with, loaded once: its rules, calendar, taxonomy, the procedures of cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.desk.calendar import WorkingCalendar
    from assistant.desk.definition import DeskRules
    from assistant.nlp.taxonomy import Taxonomy
    from assistant.procedure.definition import Procedure


@dataclass(frozen=True, slots=True)
class Person:
    """Who does something: the name they sign in with, and their rank."""

    name: str
    rank: str


CLOCK = Person("系统", "agent")
"""Who writes what falls due."""


@dataclass(frozen=True, slots=True)
class Desk:
    rules: DeskRules
    calendar: WorkingCalendar
    taxonomy: Taxonomy
    procedures: tuple[Procedure, ...]

    @property
    def choices(self) -> Mapping[str, Mapping[str, str]]:
        """The choices of fields that data says: value and title."""
        return {
            "kind": {kind.id: kind.title for kind in self.taxonomy.kinds},
            "need": {need.id: need.title for need in self.rules.intake.needs},
        }

    def group_of(self, kind: str | None) -> str | None:
        """Return the group of a kind of complaint."""
        return next((each.group for each in self.taxonomy.kinds if each.id == kind), None)
