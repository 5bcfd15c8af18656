"""Read scorecards from YAML: a card, or all of its problems with line and column."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from assistant.errors import ConfigurationError, Problem, ScorecardError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from assistant.score.definition import ScorecardDefinition

_SHIPPED = "data/scorecards"


def _plain(value: Any) -> Any:
    """Return ruamel's containers and scalars as plain ones, which pydantic takes as they are."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    for kind in (str, float):
        if isinstance(value, kind):
            return kind(value)
    return value


def _position(data: Any, path: Sequence[str | int]) -> tuple[int, int]:
    """Return line and column, from 1, of the deepest part of `path` that stands in the file."""
    place = (0, 0)
    for step in path:
        if isinstance(data, dict) and step in data:
            place, data = data.lc.key(step), data[step]  # type: ignore[attr-defined]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            place, data = data.lc.item(step), data[step]  # type: ignore[attr-defined]
    return place[0] + 1, place[1] + 1


_CODES = {"extra_forbidden": "unknown-key", "missing": "missing-key", "unknown_kind": "unknown-kind"}


def _explained(error: Any) -> tuple[str, str]:
    """Return the stable code and the message of one pydantic error."""
    code = _CODES.get(error["type"], "invalid-value")
    key = ".".join(map(str, error["loc"]))
    message = error["msg"].removeprefix("Value error, ")
    return code, f"{key}: {message}" if key else message


def _parsed(text: str, path: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError

    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        code = "duplicate-key" if "duplicate key" in str(error) else "yaml-syntax"
        message = (error.problem or "not YAML").splitlines()[0]
        raise ScorecardError((Problem(path, line, column, code, message),)) from error


def parse_scorecard(text: str, path: str = "<scorecard>") -> ScorecardDefinition:
    """Compile the scorecard in `text`; `path` names it in problems. Raises ScorecardError."""
    from pydantic import ValidationError

    from assistant.score.schema import ScorecardFile, compile_card

    data = _parsed(text, path)
    try:
        return compile_card(ScorecardFile.model_validate(_plain(data)))
    except ValidationError as error:
        problems = [
            Problem(path, *_position(data, one["loc"]), *_explained(one))
            for one in error.errors(include_url=False)
        ]
        problems.sort(key=lambda one: (one.line, one.column))
        raise ScorecardError(tuple(problems)) from error


def load_scorecard(path: Path) -> ScorecardDefinition:
    """Read and compile a scorecard file.

    Raises ScorecardError, or ConfigurationError when the file can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"无法读取评分表:{error}", code="unreadable-scorecard", path=str(path)
        ) from error
    return parse_scorecard(text, str(path))


def shipped_names() -> tuple[str, ...]:
    """Return the names of the scorecards that come with the product."""
    folder = files("assistant") / _SHIPPED
    return tuple(sorted(one.name[:-4] for one in folder.iterdir() if one.name.endswith(".yml")))


def load_shipped(name: str = "standard") -> ScorecardDefinition:
    """Compile the shipped scorecard `name`; raises ConfigurationError when there is none such."""
    if name not in shipped_names():
        known = "、".join(shipped_names())
        raise ConfigurationError(f"没有名为 {name} 的评分表(可用:{known})", code="unknown-scorecard")
    file = files("assistant") / _SHIPPED / f"{name}.yml"
    return parse_scorecard(file.read_text(encoding="utf-8"), f"{name}.yml")
