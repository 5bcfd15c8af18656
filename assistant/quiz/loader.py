"""Reads quiz items: every problem of every file at once, with its place and mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import KnowledgeError
from assistant.knowledge.loader import read_forms
from assistant.quiz.bank import Bank

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from assistant.errors import Problem
    from assistant.knowledge import KnowledgeBase
    from assistant.quiz.schema import QuizFile
    from assistant.rules.document import Document


def load_bank(paths: Iterable[Path], base: KnowledgeBase) -> Bank:
    """Read the items that ask for what `base` knows; raises KnowledgeError with all problems of all files."""
    from assistant.quiz.schema import QuizFile

    read = read_forms(paths, QuizFile)
    problems = list(_unsound(read, base))
    if problems:
        raise KnowledgeError(problems)
    files = [file for _, file in read]
    return Bank.of(
        [item for file in files for item in file.compiled()], {file.topic: file.name for file in files}, base
    )


def _unsound(read: Iterable[tuple[Document, QuizFile]], base: KnowledgeBase) -> Iterator[Problem]:
    """Yield ids given twice, entries that aren't there, rules nothing is known of."""
    known: dict[str, str] = {}
    for document, file in read:
        for at, item in enumerate(file.items):
            if item.id in known:
                message = f"{item.id} stands in {known[item.id]} already"
                yield document.problem("duplicate-id", message, document.mark(("items", at, "id")))
            known.setdefault(item.id, document.path)
            if base.entry(item.entry) is None:
                message = f"there is no entry {item.entry} in the knowledge"
                yield document.problem("unknown-entry", message, document.mark(("items", at, "entry")))
            if item.kind != "fault":
                continue
            for rule in (item.rule, *item.others):
                if base.about(rule) is None:
                    mark = document.mark(("items", at, "rule"))
                    yield document.problem("unknown-rule", f"nothing is known of {rule}", mark)
