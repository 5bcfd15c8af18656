"""Reads scenarios, wordings and the coach's advice: every problem of every file, with place and mend."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from assistant.errors import PracticeError, Problem
from assistant.practice.coach import Weakness

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pydantic import BaseModel

    from assistant.practice.scenario import Scenario
    from assistant.practice.schema import ScenarioFile
    from assistant.practice.wording import Wording
    from assistant.rules.document import Document

Model = TypeVar("Model", bound="BaseModel")


def load_scenarios(paths: Iterable[Path]) -> tuple[Scenario, ...]:
    """Read and compile scenario files; raises PracticeError with all problems of all of them."""
    from assistant.practice.schema import ScenarioFile

    read, problems = _read(paths, ScenarioFile)
    known: dict[str, str] = {}
    for document, file in read:
        if file.scenario in known:
            message = f"{file.scenario} stands in {known[file.scenario]} already"
            problems.append(document.problem("duplicate-id", message, document.mark(("scenario",))))
        known.setdefault(file.scenario, document.path)
    _refuse(problems)
    return tuple(_scenario(document, file) for document, file in read)


def parse_scenario(text: str, name: str) -> Scenario:
    """Read and compile the text of one scenario; raises PracticeError with all its problems."""
    from assistant.practice.schema import ScenarioFile
    from assistant.rules.document import parse_document

    document = parse_document(name, text.encode())
    read, problems = _checked([document], ScenarioFile)
    _refuse(problems)
    return _scenario(document, read[0][1])


def _scenario(document: Document, file: ScenarioFile) -> Scenario:
    sha256 = hashlib.sha256("\n".join(document.lines).encode()).hexdigest()
    return replace(file.compiled(), sha256=sha256)


def load_wordings(paths: Iterable[Path]) -> tuple[Wording, ...]:
    """Read what customers say; raises PracticeError."""
    from assistant.practice.schema import WordingFile

    read, problems = _read(paths, WordingFile)
    _refuse(problems)
    return tuple(wording for _, file in read for wording in file.compiled())


def load_coach(paths: Iterable[Path]) -> Mapping[str, Weakness]:
    """Read what the coach says of weak turns, by the name of the weakness; raises PracticeError."""
    from assistant.practice.schema import CoachFile

    read, problems = _read(paths, CoachFile)
    _refuse(problems)
    return {
        one.weakness: Weakness(one.weakness, tuple(one.source), one.why, tuple(one.better))
        for _, file in read
        for one in file.weaknesses
    }


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise PracticeError(sorted(problems, key=lambda one: (one.path, one.line, one.column)))


def _read(paths: Iterable[Path], form: type[Model]) -> tuple[list[tuple[Document, Model]], list[Problem]]:
    """Return the files of this form and what is wrong with the others."""
    from assistant.rules.document import read_document

    return _checked(map(read_document, paths), form)


def _checked(
    documents: Iterable[Document], form: type[Model]
) -> tuple[list[tuple[Document, Model]], list[Problem]]:
    from pydantic import ValidationError

    from assistant.rules.messages import schema_problems

    read: list[tuple[Document, Model]] = []
    problems: list[Problem] = []
    for document in documents:
        problems += document.problems
        if document.problems:
            continue
        try:
            read.append((document, form.model_validate(document.value)))
        except ValidationError as error:
            problems += schema_problems(document, error, form)
    return read, problems
