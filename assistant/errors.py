"""The error tree: every error a user may meet, with the exit code it leads to.

::

    HuashuError                 5  anything of ours that went wrong
    ├── UsageError              2  a call that can't be carried out as written
    ├── ConfigurationError      3  a setting, scorecard or house file is wrong
    │   ├── RulePackError       3  a rule pack has problems (carries all of them)
    │   ├── ScorecardError      3  a scorecard has problems (carries all of them)
    │   └── ProcedureError      3  procedures, phrases or advice have problems (carries all of them)
    └── InputError              4  a file or stream that can't be read as conversations

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


class RulePackError(ConfigurationError):
    """Rule packs that can't be used; `problems` holds all of them, over all files."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)), code="invalid-rules")
        self.problems = problems


class ScorecardError(ConfigurationError):
    """A scorecard that can't be used; `problems` holds everything wrong with the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)), code="invalid-scorecard")
        self.problems = problems


class ProcedureError(ConfigurationError):
    """Procedures, ready phrases or advice that can't be used; `problems` holds all of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)), code="invalid-procedure")
        self.problems = tuple(problems)
