"""Reads knowledge: every problem of every file at once, with its place and mend."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from assistant.errors import KnowledgeError, ProcedureError
from assistant.knowledge.definition import Knowledge

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pydantic import BaseModel

    from assistant.errors import Problem
    from assistant.knowledge.schema import KnowledgeFile
    from assistant.rules.document import Document

Form = TypeVar("Form", bound="BaseModel")


def read_forms(paths: Iterable[Path], form: type[Form]) -> tuple[tuple[Document, Form], ...]:
    """Read YAML files of one form; raises KnowledgeError with what is wrong in any of them."""
    from assistant.procedure.loader import read_files

    try:
        return read_files(paths, form)
    except ProcedureError as error:
        raise KnowledgeError(error.problems) from None


def load_knowledge(paths: Iterable[Path]) -> Knowledge:
    """Read the entries and how people put things; raises KnowledgeError with all problems of all files."""
    from assistant.knowledge.schema import KnowledgeFile

    read = read_forms(paths, KnowledgeFile)
    problems = list(_unsound(read))
    if problems:
        raise KnowledgeError(problems)
    files = [file for _, file in read]
    return Knowledge(
        entries=tuple(
            entry.compiled(file.topic) for file in files if file.topic for entry in file.entries or ()
        ),
        topics={file.topic: file.name for file in files if file.topic and file.name},
        synonyms={
            said: meant
            for file in files
            for meant, others in (file.synonyms or {}).items()
            for said in others
        },
        exclusive=tuple(tuple(group) for file in files for group in file.exclusive or ()),
        fillers=tuple(word for file in files for word in file.fillers or ()),
        elsewhere=tuple(word for file in files for word in file.elsewhere or ()),
    )


def _unsound(read: Iterable[tuple[Document, KnowledgeFile]]) -> Iterable[Problem]:
    """Yield ids given twice and related entries that aren't there."""
    files = list(read)
    known: dict[str, str] = {}
    for document, file in files:
        for at, entry in enumerate(file.entries or ()):
            if entry.id in known:
                message = f"{entry.id} stands in {known[entry.id]} already"
                yield document.problem("duplicate-id", message, document.mark(("entries", at, "id")))
            known.setdefault(entry.id, document.path)
    for document, file in files:
        for at, entry in enumerate(file.entries or ()):
            for place, other in enumerate(entry.related):
                if other not in known:
                    mark = document.mark(("entries", at, "related", place))
                    yield document.problem("unknown-entry", f"there is no entry {other}", mark)
