"""The shipped rules of the desk, and cases told in a line."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.desk.calendar import SHANGHAI
from assistant.desk.cases import Case, Event
from assistant.desk.loader import load_rules

if TYPE_CHECKING:
    from assistant.desk.definition import DeskRules

FOLDER = Path(__file__).parents[2] / "assistant" / "data" / "desk"
MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=SHANGHAI)


@cache
def shipped() -> DeskRules:
    return load_rules(sorted(FOLDER.glob("*.yml")))


def event(kind: str, hours: float, **detail: Any) -> Event:
    return Event(kind, MONDAY + timedelta(hours=hours), "王芳", detail)


def case(*events: Event, state: str = "registered", **record: Any) -> Case:
    return Case(state, {"need": "complaint", "severity": "minor", **record}, events)
