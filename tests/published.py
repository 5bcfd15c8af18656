"""Whether objects are what the published JSON Schemas say."""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator

from assistant.report import schema


def strict(node: Any) -> Any:
    """Forbid unknown keys, which the published schemas allow: a misspelt key must fail here."""
    if isinstance(node, dict):
        closed = {key: strict(value) for key, value in node.items()}
        if "properties" in closed and "additionalProperties" not in closed:
            closed["additionalProperties"] = False
        return closed
    return [strict(item) for item in node] if isinstance(node, list) else node


def problems(name: str, instance: Any, *, closed: bool = False) -> list[str]:
    """Return where an object isn't what a schema says; `closed`: unknown keys are faults, too."""
    published = strict(schema(name)) if closed else schema(name)
    return [error.json_path for error in Draft202012Validator(published).iter_errors(instance)]
