"""The error tree: every error a user may meet, with the exit code it leads to.

::

    HuashuError                 5  anything of ours that went wrong
    ├── UsageError              2  a call that can't be carried out as written
    ├── ConfigurationError      3  a setting, scorecard or house file is wrong
    │   └── FilesError          3  files of one kind have problems (carries all of them), as RulePackError,
    │                              ScorecardError, ProcedureError, KnowledgeError, PracticeError,
    │                              DeskError, ChatError
    ├── InputError              4  a file, stream or value that can't be read as what it should be
    ├── ConflictError           5  what is asked goes against what is stored
    └── NotAllowedError         5  whoever asks has no authority for it

One line is what a user sees: the file, the place in it and the mend. Tracebacks are for developers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class ExitCode(IntEnum):
    """Exit codes of the command line (output contract); when several apply: 5, 3, 4, 1."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    INVALID_RULES = 3
    UNREADABLE_INPUT = 4
    INTERNAL = 5


class HuashuError(Exception):
    """Base of all errors of the product.

    `code` is a stable machine-readable name (the `code` of a ``huashu.error/1`` object);
    `path` and `line` say where, if known.
    """

    exit_code = ExitCode.INTERNAL

    def __init__(
        self, message: str, *, code: str = "error", path: str | None = None, line: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.path = path
        self.line = line

    def __str__(self) -> str:
        place = self.path or ""
        if self.line is not None:
            place = f"{place}:{self.line}" if place else f"line {self.line}"
        return f"{place}: {self.message}" if place else self.message


class UsageError(HuashuError):
    """A command or call that can't be carried out as written."""

    exit_code = ExitCode.USAGE


class ConfigurationError(HuashuError):
    """A setting, scorecard or other house file is wrong."""

    exit_code = ExitCode.INVALID_RULES


class InputError(HuashuError):
    """A file or stream that can't be read as conversations."""

    exit_code = ExitCode.UNREADABLE_INPUT


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a YAML file: where, what, and how to mend it.

    `line` and `column` count from 1. `code` is stable (``unknown-key``, ``duplicate-id`` ...).
    `excerpt` holds the offending lines as they stand in the file. A ``warning`` doesn't make a
    pack invalid.
    """

    path: str
    line: int
    column: int
    code: str
    message: str
    excerpt: str = ""
    level: str = "error"

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.level} [{self.code}] {self.message}"


class FilesError(ConfigurationError):
    """House files that can't be used; `problems` holds everything wrong with all of them."""

    CODE = "invalid-files"

    def __init__(self, problems: Sequence[Problem], message: str = "") -> None:
        super().__init__(message or "\n".join(map(str, problems)), code=self.CODE)
        self.problems = tuple(problems)


class RulePackError(FilesError):
    """Rule packs."""

    CODE = "invalid-rules"


class ScorecardError(FilesError):
    """A scorecard."""

    CODE = "invalid-scorecard"


class ProcedureError(FilesError):
    """Procedures, ready phrases or advice."""

    CODE = "invalid-procedure"


class KnowledgeError(FilesError):
    """Knowledge or quiz items."""

    CODE = "invalid-knowledge"


class PracticeError(FilesError):
    """Scenarios, wordings of customers or the coach's advice."""

    CODE = "invalid-scenario"


class DeskError(FilesError):
    """Files of the complaint desk."""

    CODE = "invalid-desk"


class ChatError(FilesError):
    """The assistant's Rasa project."""

    CODE = "invalid-chat"


class ConflictError(HuashuError):
    """What is asked goes against what is stored.

    `code` is ``owned`` (the call is another's), ``lost`` (it was ours and has been taken over),
    ``ended``, ``exists``, ``stale`` (somebody else has changed it meanwhile), ``closed`` (its month is) or
    ``too-late``.
    """


class NotAllowedError(HuashuError):
    """Whoever asks has no authority for it: somebody of a higher rank has."""
