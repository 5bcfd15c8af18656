"""Finds the place in a file that a pydantic location speaks of.

A pydantic location mixes keys of the data with tags of unions ("combine", "all_of", "Example").
Walking along the schema tells the two apart.
"""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.rules.document import Place


@dataclass(frozen=True, slots=True)
class Found:
    """Where a location leads.

    `place` in the data; `model`: the part of the schema that stands there; `labels`: the members
    of "text or list" unions passed on the way, with the place of the value each speaks of.
    """

    place: Place
    model: type[BaseModel] | None
    is_key: bool = False
    labels: tuple[tuple[Place, str], ...] = ()


def find_place(root: type[BaseModel], location: Iterable[int | str]) -> Found:
    """Follow a pydantic location through the schema, from `root`."""
    schema: Any = root
    place: Place = ()
    labels: list[tuple[Place, str]] = []
    is_key = False
    for step in location:
        schema = _bare(schema)
        origin = get_origin(schema)
        if step == "[key]":
            is_key = True
        elif _is_model(schema):
            place, schema = (*place, step), field_schemas(schema).get(str(step), Any)
        elif origin is list:
            place, schema = (*place, step), get_args(schema)[0]
        elif origin is dict:
            place, schema = (*place, step), get_args(schema)[1]
        elif _is_union(schema):
            tagged, schema = _member(schema, str(step))
            if not tagged:
                labels.append((place, str(step)))
    end = _bare(schema)
    return Found(place, end if _is_model(end) else None, is_key, tuple(labels))


def field_schemas(model: type[BaseModel]) -> dict[str, Any]:
    """Return the keys a part of a pack may carry, with what each may hold."""
    if not model.__pydantic_complete__:
        model.model_rebuild()
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _is_model(schema: Any) -> bool:
    return isinstance(schema, type) and issubclass(schema, BaseModel)


def _is_union(schema: Any) -> bool:
    return get_origin(schema) in {Union, types.UnionType}


def _bare(schema: Any) -> Any:
    """Strip annotations and "or None"."""
    while True:
        if get_origin(schema) is Annotated:
            schema = get_args(schema)[0]
            continue
        members = [each for each in get_args(schema) if each is not type(None)] if _is_union(schema) else []
        if len(members) != 1:
            return schema
        schema = members[0]


def _member(schema: Any, label: str) -> tuple[bool, Any]:
    """Return whether the union is told apart by tags, and the member called `label`."""
    for member in get_args(schema):
        tags = [each.tag for each in getattr(member, "__metadata__", ()) if isinstance(each, Tag)]
        bare = _bare(member)
        kind = bare.model_fields.get("kind") if _is_model(bare) else None
        if kind is not None and get_origin(kind.annotation) is Literal:
            tags.extend(get_args(kind.annotation))
        if label in tags:
            return True, bare
        if _is_model(bare) and bare.__name__ == label:
            return False, bare
        if get_origin(bare) is list and label.startswith("list["):
            return False, bare
    return False, Any
