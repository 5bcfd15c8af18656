"""Reads rule files: every problem of every file in one go, each with line, column and mend."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.errors import Problem, RulePackError
from assistant.rules.document import Document, Place, parse_document, read_document
from assistant.rules.files import rule_files, yaml_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydantic import ValidationError

    from assistant.rules.schema import PackFile


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """One readable file: what it holds and where each part stands.

    Rules with problems are left out of `content` (then `complete` is false); `indices` gives the
    place of each rule of `content` in the file.
    """

    path: str
    content: PackFile
    document: Document
    indices: tuple[int, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class LoadResult:
    """The files that could be read and the problems of all of them."""

    files: tuple[LoadedFile, ...]
    problems: tuple[Problem, ...]


def load_paths(paths: Sequence[Path]) -> LoadResult:
    """Read all files (and folders of files); never raises for what is in them."""
    files: list[LoadedFile] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_dir() and next(yaml_files(path), None) is None:
            message = "the folder holds no .yaml file"
            problems.append(Problem(str(path), 1, 1, "no-rules", message))
    for path in rule_files(paths):
        if not path.exists():
            problems.append(Problem(str(path), 1, 1, "no-such-file", "there is no such file"))
            continue
        _add(read_document(path), files, problems)
    return LoadResult(tuple(files), tuple(problems))


def load_contents(contents: Mapping[str, bytes]) -> LoadResult:
    """Read the contents of files, by name; never raises for what is in them."""
    files: list[LoadedFile] = []
    problems: list[Problem] = []
    for name in sorted(contents):
        _add(parse_document(name, contents[name]), files, problems)
    return LoadResult(tuple(files), tuple(problems))


def _add(document: Document, files: list[LoadedFile], problems: list[Problem]) -> None:
    loaded = load_document(document)
    problems.extend(document.problems)
    if loaded is not None:
        files.append(loaded)


def load_pack_files(paths: Sequence[Path]) -> tuple[LoadedFile, ...]:
    """Read all files; raises RulePackError with all problems if there is one."""
    result = load_paths(paths)
    if result.problems:
        raise RulePackError(result.problems)
    return result.files


def load_document(document: Document) -> LoadedFile | None:
    """Check a document against the schema; problems are added to the document."""
    from pydantic import ValidationError

    from assistant.rules.messages import schema_problems
    from assistant.rules.schema import PackFile

    if document.value is None:
        if not document.problems:
            document.refuse("empty", "the file is empty", document.mark(()))
        return None
    if not isinstance(document.value, dict):
        document.refuse("not-a-mapping", "a rule file begins with pack: and version:", document.mark(()))
        return None
    unread = bool(document.problems)
    try:
        content = PackFile.model_validate(document.value)
    except ValidationError as error:
        document.problems.extend(schema_problems(document, error, PackFile))
        return _without_bad_rules(document, error)
    indices = tuple(range(len(content.rules)))
    return LoadedFile(document.path, content, document, indices, complete=not unread)


def _broken_patterns(document: Document, value: Any, place: Place) -> Iterator[Problem]:
    """Yield what is no regular expression in a faulty rule: the checks of whole rules never see it."""
    if isinstance(value, dict):
        pattern = value.get("pattern")
        if isinstance(pattern, str):
            try:
                re.compile(pattern)
            except (re.error, OverflowError, RecursionError) as error:
                message = f"not a regular expression: {getattr(error, 'msg', error)}"
                yield document.problem("bad-pattern", message, document.mark((*place, "pattern")))
        for key, inner in value.items():
            yield from _broken_patterns(document, inner, (*place, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _broken_patterns(document, inner, (*place, number))


def _without_bad_rules(document: Document, error: ValidationError) -> LoadedFile | None:
    """Return what is left of a file when the faulty rules are taken out, so that it can be linted."""
    from pydantic import ValidationError as Invalid

    from assistant.rules.schema import PackFile

    places = [detail["loc"] for detail in error.errors()]
    if any(len(place) < 2 or place[0] != "rules" for place in places):
        return None
    bad = {place[1] for place in places if isinstance(place[1], int)}
    rules: list[Any] = document.value["rules"]
    for at in sorted(bad):
        document.problems.extend(_broken_patterns(document, rules[at], ("rules", at)))
    kept = [at for at in range(len(rules)) if at not in bad]
    try:
        content = PackFile.model_validate({**document.value, "rules": [rules[at] for at in kept]})
    except Invalid:
        return None
    return LoadedFile(document.path, content, document, tuple(kept), complete=False)
