"""What the rule-set checks look at: packs over several files, rules with their place, wordings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from assistant.rules import schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assistant.errors import Problem
    from assistant.rules.document import Place
    from assistant.rules.loader import LoadedFile


@dataclass(frozen=True)
class RuleAt:
    """A rule and where it stands."""

    rule: schema.Rule
    file: LoadedFile
    place: Place

    def problem(
        self,
        code: str,
        message: str,
        place: Place = (),
        *,
        level: str = "error",
        key: bool = False,
        offset: int | None = None,
    ) -> Problem:
        """Return a problem at `place` within the rule."""
        document = self.file.document
        mark = document.mark((*self.place, *place), key=key, offset=offset)
        return document.problem(code, message, mark, level)

    @property
    def line(self) -> str:
        """Where the rule begins, for messages that speak of another rule."""
        return f"{self.file.path}:{self.file.document.mark(self.place).line}"


@dataclass(frozen=True)
class PackAt:
    """All files of one pack. `complete`: nothing of them was unreadable."""

    name: str
    files: tuple[LoadedFile, ...]
    rules: tuple[RuleAt, ...]
    lists: Mapping[str, Sequence[str]]
    complete: bool


@dataclass(frozen=True, slots=True)
class WordingAt:
    """A wording of a rule; `group` is the place of the list it stands in, `excepted`: an exception."""

    text: str
    place: Place
    group: Place
    excepted: bool
    script: bool = False


def packs_of(files: Iterable[LoadedFile]) -> tuple[PackAt, ...]:
    """Group files to packs, sorted by name."""
    groups: dict[str, list[LoadedFile]] = {}
    for file in files:
        groups.setdefault(file.content.pack, []).append(file)
    return tuple(_pack(name, tuple(groups[name])) for name in sorted(groups))


def _pack(name: str, files: tuple[LoadedFile, ...]) -> PackAt:
    rules = tuple(
        RuleAt(rule, file, ("rules", at))
        for file in files
        for rule, at in zip(file.content.rules, file.indices, strict=True)
    )
    lists = {key: words for file in files for key, words in file.content.lists.items()}
    return PackAt(name, files, rules, lists, all(file.complete for file in files))


def parts(model: Any, place: Place = ()) -> Iterator[tuple[Place, BaseModel]]:
    """Yield every part of a rule (itself first) with its place as written in the file."""
    if isinstance(model, BaseModel):
        yield place, model
        for name, field in type(model).model_fields.items():
            yield from parts(getattr(model, name), (*place, field.alias or name))
    elif isinstance(model, list | tuple):
        for at, item in enumerate(model):
            yield from parts(item, (*place, at))
    elif isinstance(model, dict):
        for key, item in model.items():
            yield from parts(item, (*place, key))


def wordings(rule: BaseModel) -> Iterator[WordingAt]:
    """Yield all wordings of a rule."""
    for place, part in parts(rule):
        yield from _wordings(part, place)


def _wordings(part: BaseModel, place: Place) -> Iterator[WordingAt]:
    if isinstance(part, schema.Script):
        if isinstance(part.script, str):
            yield WordingAt(part.script, (*place, "script"), (*place, "script"), excepted=False, script=True)
        else:
            yield from _listed(part.script, (*place, "script"), script=True)
        for name, words in (part.parts or {}).items():
            yield from _listed(words, (*place, "parts", name))
    elif isinstance(
        part, schema.Phrases | schema.Near | schema.EntityNode | schema.EntityMatch | schema.LearnedMatch
    ):
        for name in ("any", "all", "of", "a", "b"):
            yield from _listed(getattr(part, name, None), (*place, name))
        yield from _listed(part.except_, (*place, "except"), excepted=True)


def _listed(
    words: Sequence[str] | None, place: Place, *, excepted: bool = False, script: bool = False
) -> Iterator[WordingAt]:
    for at, text in enumerate(words or ()):
        yield WordingAt(text, (*place, at), place, excepted, script)


def conditions(rule: schema.Rule) -> str:
    """Return what two rules must have in common to fire at the same places."""
    parts = (rule.when, rule.scope, rule.evasion, rule.valid)
    return "\n".join(part.model_dump_json() if part is not None else "" for part in parts)
