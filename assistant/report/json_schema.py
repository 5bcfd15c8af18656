"""The published JSON Schemas of the wire format (draft 2020-12), one file an object in ``schemas/``.

The files refer to one another by ``$id`` (``urn:huashu:finding:1``). What `schema` returns is
bundled: every file it refers to travels in its ``$defs``, so one document is all a reader needs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assistant.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUFFIX = ".schema.json"


def schema_names() -> tuple[str, ...]:
    """Return the names `schema` takes, sorted."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)))


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of the object `name`, complete in itself; raises UsageError if unknown."""
    if name not in schema_names():
        known = "、".join(schema_names())
        raise UsageError(f"没有名为“{name}”的格式，可用的有：{known}", code="unknown-schema")
    root = raw_schema(name)
    bundled = {f"huashu:{other}": raw_schema(other) for other in _closure(name)}
    if bundled:
        root["$defs"] = {**root.get("$defs", {}), **bundled}
    return root


def _closure(name: str) -> list[str]:
    """Return the names of all files that `name` refers to, directly or not, itself excepted."""
    found: list[str] = [name]
    for current in found:
        found += [other for other in dict.fromkeys(_references(raw_schema(current))) if other not in found]
    return sorted(found[1:])


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        target = node.get("$ref")
        if isinstance(target, str) and target.startswith("urn:huashu:"):
            yield target.split(":")[2]
        node = list(node.values())
    if isinstance(node, list):
        for item in node:
            yield from _references(item)


def raw_schema(name: str) -> dict[str, Any]:
    """Return the schema `name` as its file has it, with references to the others."""
    data: dict[str, Any] = json.loads((_folder() / f"{name}{_SUFFIX}").read_text(encoding="utf-8"))
    return data


def _folder() -> Any:
    from importlib.resources import files

    return files("assistant.report") / "schemas"
