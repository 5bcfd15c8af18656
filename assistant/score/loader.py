"""Read scorecards from YAML: a card, or all of its problems with line and column."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from assistant.errors import ConfigurationError, Problem, ScorecardError

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from assistant.rules.document import Document
    from assistant.score.definition import ScorecardDefinition

_SHIPPED = "data/scorecards"
_CODES = {"extra_forbidden": "unknown-key", "missing": "missing-key", "unknown_kind": "unknown-kind"}


def _problem(document: Document, error: ErrorDetails) -> Problem:
    from assistant.score.faults import said_of, standing

    location = (*error["loc"], *error.get("ctx", {}).get("field", ()))
    name = next((str(step) for step in reversed(location) if isinstance(step, str)), "")
    code = _CODES.get(error["type"], "wrong-value")
    place = standing(document.value, location)
    # a missing key is shown at the thing it is missing from
    mark = document.mark(place, key=code != "missing-key" and bool(place))
    return document.problem(code, f"{name}：{said_of(error)}" if name else said_of(error), mark)


def _compiled(document: Document) -> ScorecardDefinition:
    from pydantic import ValidationError

    from assistant.score.schema import ScorecardFile, compile_card

    problems = list(document.problems)
    try:
        if not problems:
            return compile_card(ScorecardFile.model_validate(document.value))
    except ValidationError as error:
        problems = [_problem(document, one) for one in error.errors(include_url=False)]
        problems.sort(key=lambda one: (one.line, one.column))
    raise ScorecardError(tuple(problems))


def parse_scorecard(text: str, path: str = "<scorecard>") -> ScorecardDefinition:
    """Compile the scorecard in `text`; `path` names it in problems. Raises ScorecardError."""
    from assistant.rules.document import parse_document

    return _compiled(parse_document(path, text.encode()))


def load_scorecard(path: Path) -> ScorecardDefinition:
    """Read and compile a scorecard file. Raises ScorecardError with everything wrong with it."""
    from assistant.rules.document import read_document

    return _compiled(read_document(path))


def shipped_names() -> tuple[str, ...]:
    """Return the names of the scorecards that come with the product."""
    folder = files("assistant") / _SHIPPED
    return tuple(sorted(one.name[:-4] for one in folder.iterdir() if one.name.endswith(".yml")))


def load_shipped(name: str = "standard") -> ScorecardDefinition:
    """Compile the shipped scorecard `name`; raises ConfigurationError when there is none such."""
    if name not in shipped_names():
        known = "、".join(shipped_names())
        raise ConfigurationError(f"没有名为 {name} 的评分表（可用：{known}）", code="unknown-scorecard")
    file = files("assistant") / _SHIPPED / f"{name}.yml"
    return parse_scorecard(file.read_text(encoding="utf-8"), f"{name}.yml")
