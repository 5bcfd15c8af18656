"""Turns what pydantic found wrong with a file into problems in our own words, at their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.rules.places import Found, field_schemas, find_place
from assistant.rules.suggest import mend, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

    from assistant.errors import Problem
    from assistant.rules.document import Document, Place

_PATTERNS = {
    "id": "an id is lower-case words joined by dots or dashes, at least two: banned.shirking.not-mine",
    "pack": "the name of a pack is lower-case letters, digits and dashes",
}
_LIST_NAME = "the name of a word list is lower-case letters, digits and underscores, and begins with a letter"
_LIMITS = {
    "greater_than": ("gt", "must be more than {}"),
    "greater_than_equal": ("ge", "must be at least {}"),
    "less_than": ("lt", "must be less than {}"),
    "less_than_equal": ("le", "must be at most {}"),
}
_NUMBERS = ("int_", "float_", "finite_number")


def schema_problems(document: Document, error: ValidationError, root: type[BaseModel]) -> list[Problem]:
    """Return one problem for each thing pydantic found, sorted by place, without repetitions."""
    problems: dict[tuple[int, int, str], Problem] = {}
    told: list[Place] = []
    unfit: dict[Place, None] = {}
    for detail in error.errors(include_url=False, include_context=True):
        found = find_place(root, detail["loc"])
        here = list(_problems(document, detail, found, root))
        if here:
            told.append(found.place)
        elif found.labels:
            unfit[found.labels[0][0]] = None
        for problem in here:
            problems.setdefault((problem.line, problem.column, problem.code + problem.message), problem)
    for place in unfit:
        if not any(other[: len(place)] == place for other in told):
            message = f"{_named(place)} can't be {_quoted(value_at(document, place))}"
            problem = document.problem("wrong-type", message, document.mark(place))
            problems.setdefault((problem.line, problem.column, problem.code + problem.message), problem)
    return [problems[key] for key in sorted(problems)]


def value_at(document: Document, place: Place) -> Any:
    """Return the value that stands at a place; None where there is none."""
    value = document.value
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _problems(
    document: Document, detail: ErrorDetails, found: Found, root: type[BaseModel]
) -> Iterator[Problem]:
    for place, label in found.labels:
        value = value_at(document, place)
        if not _label_fits(label, value):
            if not isinstance(value, str | list | dict):
                message = f"must be text in quotes: {_quoted(value)}"
                yield document.problem("wrong-type", message, document.mark(place))
            return
    if found.is_key:
        yield document.problem("bad-name", _LIST_NAME, document.mark(found.place, key=True))
        return
    kind, value = detail["type"], value_at(document, found.place)
    name = _named(found.place)
    if kind == "extra_forbidden":
        yield _unknown_key(document, detail, found, root)
    elif kind == "missing":
        mark = document.mark(found.place[:-1], key=bool(found.place[:-1]))
        yield document.problem("missing-key", f"{name} is missing", mark)
    elif kind.startswith("union_tag") or kind == "unknown_node":
        yield _unknown_form(document, detail, found, value)
    else:
        code, message = _value_fault(kind, name, value, dict(detail.get("ctx", {})))
        yield document.problem(code, message, document.mark(found.place))


def _named(place: Place) -> str:
    """Return the key at a place, or for an entry of a list the key of the list."""
    name = next((step for step in reversed(place) if isinstance(step, str)), "file")
    return f"an entry of {name}" if place and isinstance(place[-1], int) else name


def _label_fits(label: str, value: Any) -> bool:
    if label.startswith("list["):
        return isinstance(value, list)
    return isinstance(value, str if label in {"str", "constrained-str"} else dict)


def _unknown_key(document: Document, detail: ErrorDetails, found: Found, root: type[BaseModel]) -> Problem:
    name = _named(found.place)
    model = find_place(root, detail["loc"][:-1]).model
    known = list(field_schemas(model)) if model is not None else []
    mark = document.mark(found.place, key=True)
    return document.problem("unknown-key", f"unknown key {name}; {mend(name, known)}", mark)


def _unknown_form(document: Document, detail: ErrorDetails, found: Found, value: Any) -> Problem:
    """A rule without a known kind, or a node without a known key."""
    if not isinstance(value, dict):
        message = f"{_named(found.place)} must be keys and values"
        return document.problem("wrong-type", message, document.mark(found.place))
    if detail["type"] == "unknown_node":
        known = detail["msg"].rpartition(": ")[2].split(", ")
        close = next((f"{key}; did you mean {best}?" for key in value if (best := nearest(key, known))), "")
        message = f"unknown key {close}" if close else f"a node carries one of {', '.join(known)}"
        key = next((key for key in value if nearest(key, known)), None)
        place = found.place if key is None else (*found.place, key)
        return document.problem("unknown-node", message, document.mark(place, key=key is not None))
    if "kind" not in value:
        return document.problem("missing-key", "kind is missing", document.mark(found.place))
    kinds = str(detail.get("ctx", {}).get("expected_tags", "")).replace("'", "").split(", ")
    message = f"unknown kind {value['kind']}; {mend(str(value['kind']), kinds)}"
    return document.problem("unknown-kind", message, document.mark((*found.place, "kind")))


def _quoted(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: '"…"', True: '"true"', False: '"false"'}[value]
    return f'"{value}"'


def _value_fault(kind: str, name: str, value: Any, context: dict[str, Any]) -> tuple[str, str]:
    """Return the code and message of a value that doesn't fit."""
    if kind == "string_type" and not isinstance(value, list | dict):
        return "wrong-type", f"{name} must be text in quotes: {_quoted(value)}"
    if kind == "string_type":
        return "wrong-type", f"{name} must be text, not a {'list' if isinstance(value, list) else 'mapping'}"
    if kind == "list_type":
        return "wrong-type", f"{name} must be a list: [..., ...]"
    if kind in {"model_type", "dict_type", "model_attributes_type"}:
        return "wrong-type", f"{name} must be keys and values"
    if kind == "literal_error":
        known = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return "wrong-value", f"unknown value {value}; {mend(str(value), known)}"
    if kind == "string_pattern_mismatch":
        return "bad-name", _PATTERNS.get(name, f"{name} is written in another form")
    if kind in {"too_short", "string_too_short"}:
        return "empty-value", f"{name} must not be empty"
    if kind == "string_too_long":
        return "too-long", f"longer than {context['max_length']} characters"
    return _number_fault(kind, name, value, context)


def _number_fault(kind: str, name: str, value: Any, context: dict[str, Any]) -> tuple[str, str]:
    if kind in _LIMITS:
        key, message = _LIMITS[kind]
        return "out-of-range", f"{name} {message.format(context[key])}"
    if kind == "int_from_float":
        return "wrong-type", f"{name} must be a whole number"
    if kind.startswith(_NUMBERS):
        return "wrong-type", f"{name} must be a number"
    if kind.startswith("bool_"):
        return "wrong-type", f"{name} must be true or false"
    if kind.startswith("date_") or kind == "date_type":
        return "wrong-type", f"{name} must be a date such as 2026-11-30"
    if kind == "value_error":
        return "wrong-form", str(context.get("error", ""))
    return "wrong-value", f"{name} can't be {value}"
