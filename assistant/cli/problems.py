"""How the commands that look after files tell what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.errors import Problem


def errors_of(problems: Sequence[Problem]) -> list[Problem]:
    """Return the problems that make a file unusable."""
    return [problem for problem in problems if problem.level == "error"]


def shown(problem: Problem) -> str:
    """Return a problem with the line it stands in."""
    excerpt = "".join(f"\n    {line}" for line in problem.excerpt.splitlines())
    return f"{problem}{excerpt}"


def counted(number: int, name: str) -> str:
    """Return a number of things: 1 rule, 2 rules."""
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def invalid(wrong: bool) -> int:
    """Return the exit code."""
    from assistant.errors import ExitCode

    return ExitCode.INVALID_RULES if wrong else ExitCode.CLEAN
