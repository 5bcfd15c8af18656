"""A scorecard as a form: its keys as plain values, and such values written back into the text."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from assistant.rules.document import parse_document
from assistant.score.faults import field_of, said_of
from assistant.score.loader import parse_scorecard
from assistant.score.schema import ScorecardFile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.score.faults import Field

_NAMES = ("id", "name")
_WIDE = 4096


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field of a form, in Chinese."""

    field: Field
    message: str


def form_of(text: str) -> dict[str, Any]:
    """Return the keys of the card in `text` as they stand there; raises ScorecardError."""
    parse_scorecard(text)
    form: dict[str, Any] = parse_document("<scorecard>", text.encode()).value
    return form


def faults_of(form: Mapping[str, Any]) -> tuple[Fault, ...]:
    """Return everything that is wrong with a form, field by field."""
    try:
        ScorecardFile.model_validate(form)
    except ValidationError as error:
        found = error.errors(include_url=False)
        return tuple(Fault(field_of(form, each), said_of(each)) for each in found)
    return ()


def text_of(form: Mapping[str, Any], text: str = "") -> str:
    """Return the card of a form as YAML; comments and order of `text` stay where they can."""
    wanted = dict(form)
    merged = _dumped(_merged(_loaded(text), wanted))
    return merged if _loaded(merged) == wanted else _dumped(_fresh(wanted))


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDE
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _loaded(text: str) -> Any:
    try:
        return _yaml().load(text)
    except YAMLError:
        return None


def _dumped(value: Any) -> str:
    written = StringIO()
    _yaml().dump(value, written)
    return written.getvalue()


def _merged(old: Any, new: Any) -> Any:
    """Return `new` with the comments and the manner of writing of `old`."""
    if isinstance(old, CommentedMap) and isinstance(new, dict):
        for key in [key for key in old if key not in new]:
            del old[key]
        for key, value in new.items():
            old[key] = _merged(old.get(key), value)
        return old
    if isinstance(old, CommentedSeq) and isinstance(new, list):
        if list(old) == new:
            return old
        known = {_name(each): each for each in old if _name(each) is not None}
        made = [_merged(known.pop(_name(each), None), each) for each in new]
        old.clear()
        old.extend(made)
        return old
    return old if old == new and type(old) is not bool else _fresh(new)


def _name(each: Any) -> Any:
    """Return what an entry of a list is known by."""
    return next((each[key] for key in _NAMES if key in each), None) if isinstance(each, dict) else None


def _fresh(value: Any) -> Any:
    """Return a value as it is best written: lists of mere words in one line."""
    if isinstance(value, dict):
        return CommentedMap({key: _fresh(each) for key, each in value.items()})
    if isinstance(value, list):
        made = CommentedSeq([_fresh(each) for each in value])
        if not any(isinstance(each, dict | list) for each in value):
            made.fa.set_flow_style()
        return made
    return value
