"""Reads procedures, phrases and advice: every problem of every file at once, with its place and mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from assistant.errors import Problem, ProcedureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pydantic import BaseModel

    from assistant.procedure.advice import Advice, Cue, Plight
    from assistant.procedure.bank import Phrase
    from assistant.procedure.definition import Procedure
    from assistant.procedure.schema import ProcedureFile
    from assistant.rules.document import Document

Model = TypeVar("Model", bound="BaseModel")


def load_procedures(paths: Iterable[Path]) -> tuple[Procedure, ...]:
    """Read and compile procedure files; raises ProcedureError with all problems of all of them."""
    return tuple(file.compiled() for file in read_procedures(paths))


def read_procedures(paths: Iterable[Path]) -> tuple[ProcedureFile, ...]:
    """Read procedure files with their examples; raises ProcedureError with all errors of all of them."""
    files, problems = lint_procedures(paths)
    errors = [problem for problem in problems if problem.level == "error"]
    if errors:
        raise ProcedureError(errors)
    return files


def lint_procedures(paths: Iterable[Path]) -> tuple[tuple[ProcedureFile, ...], tuple[Problem, ...]]:
    """Read procedure files; return those that are sound and everything wrong with any, warnings too."""
    from assistant.procedure.schema import ProcedureFile

    read, problems = _read(paths, ProcedureFile)
    known: dict[str, str] = {}
    for document, file in read:
        mark = document.mark(("procedure",))
        if file.procedure in known:
            message = f"{file.procedure} stands in {known[file.procedure]} already"
            problems.append(document.problem("duplicate-id", message, mark))
        elif file.unit == "conversation":
            shown = {step for example in file.examples for step, status in example.steps.items()
                     if status not in ("missing", "pending", "not_applicable")}  # fmt: skip
            message = "no example shows this step done"
            for at, step in enumerate(file.steps):
                if step.step not in shown:
                    place = document.mark(("steps", at, "step"))
                    problems.append(document.problem("step-not-shown", message, place, "warning"))
        known.setdefault(file.procedure, document.path)
    return tuple(file for _, file in read), tuple(_sorted(problems))


def load_phrases(paths: Iterable[Path]) -> tuple[Phrase, ...]:
    """Read the phrase bank; raises ProcedureError."""
    from assistant.procedure.schema import PhraseFile

    return tuple(phrase for _, file in read_files(paths, PhraseFile) for phrase in file.compiled())


def load_advice(
    paths: Iterable[Path],
) -> tuple[tuple[Advice, ...], tuple[Cue, ...], tuple[Plight, ...]]:
    """Read the rules of the next step, in their order, the cues and the plights; raises ProcedureError."""
    from assistant.procedure.schema import AdviceFile

    files = [file for _, file in read_files(paths, AdviceFile)]
    return (
        tuple(rule.compiled() for file in files for rule in file.advice),
        tuple(cue.compiled() for file in files for cue in file.cues),
        tuple(plight.compiled() for file in files for plight in file.plights),
    )


def read_files(paths: Iterable[Path], form: type[Model]) -> tuple[tuple[Document, Model], ...]:
    """Read YAML files of one form; raises ProcedureError with what is wrong in any of them."""
    read, problems = _read(paths, form)
    if problems:
        raise ProcedureError(_sorted(problems))
    return tuple(read)


def _read(paths: Iterable[Path], form: type[Model]) -> tuple[list[tuple[Document, Model]], list[Problem]]:
    """Return the files of this form and what is wrong with the others."""
    from pydantic import ValidationError

    from assistant.rules.document import read_document
    from assistant.rules.messages import schema_problems

    read: list[tuple[Document, Model]] = []
    problems: list[Problem] = []
    for path in paths:
        document = read_document(path)
        problems += document.problems
        if document.problems:
            continue
        try:
            read.append((document, form.model_validate(document.value)))
        except ValidationError as error:
            problems += schema_problems(document, error, form)
    return read, problems


def _sorted(problems: Sequence[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.path, problem.line, problem.column))
