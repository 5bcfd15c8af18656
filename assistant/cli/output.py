"""What the commands share: streams, one-line errors, and which exit code wins."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from assistant.errors import ExitCode, FilesError, HuashuError, RulePackError
from assistant.model import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from assistant.model import Finding, Severity
    from assistant.report.formats import Written

DEBUG = "HUASHU_DEBUG"
SHOWN = 10
"""Problems of a pack that are shown where it was only to be used."""
_GRAVEST_FIRST = (
    ExitCode.INTERNAL,
    ExitCode.USAGE,
    ExitCode.INVALID_RULES,
    ExitCode.UNREADABLE_INPUT,
    ExitCode.FINDINGS,
)


def gravest(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the code to exit with: 5 before 3 before 4 before 1."""
    said = set(codes)
    return next((code for code in _GRAVEST_FIRST if code in said), ExitCode.CLEAN)


@dataclass(slots=True)
class Tally:
    """What happened while a command ran, for its exit code.

    `told`: errors stand in what is written to the same terminal, and needn't be said on stderr too.
    """

    failing: Severity | None = None
    told: bool = False
    codes: set[ExitCode] = field(default_factory=set)

    @property
    def code(self) -> ExitCode:
        return gravest(self.codes)

    def error(self, error: HuashuError) -> None:
        """Count an error and say it on stderr."""
        self.codes.add(ExitCode(error.exit_code))
        if not self.told:
            complain(error)

    def findings(self, findings: Iterable[Finding]) -> None:
        """Count findings that `--fail-on` asks for; one that is pending isn't a finding yet."""
        self.severity(max((each.severity for each in findings if not each.pending), default=None))

    def severity(self, gravest: Severity | None) -> None:
        """Count the gravest finding of a conversation."""
        if self.failing is not None and gravest is not None and gravest >= self.failing:
            self.codes.add(ExitCode.FINDINGS)

    def watch(
        self, outcomes: Iterable[Report | Written | HuashuError]
    ) -> Iterator[Report | Written | HuashuError]:
        """Pass `outcomes` on, counting them."""
        for outcome in outcomes:
            if isinstance(outcome, HuashuError):
                self.error(outcome)
            elif isinstance(outcome, Report):
                self.findings(outcome.findings)
            else:
                self.severity(outcome.gravest)
            yield outcome


def complain(error: HuashuError) -> None:
    """Say an error on stderr, one line a problem: ``huashu: PLACE: MESSAGE``; of many the first."""
    if not isinstance(error, FilesError):
        complain_text(str(error))
        return
    for problem in error.problems[:SHOWN]:
        complain_text(str(problem))
    more = len(error.problems) - SHOWN
    if more > 0:
        mend = "huashu rules lint shows all" if isinstance(error, RulePackError) else "mend these first"
        complain_text(f"and {more:,} more problems ({mend})")


def complain_text(text: str) -> None:
    """Write ``huashu: TEXT`` to stderr in one line."""
    from assistant.report.plain import visible

    line = " ".join(visible(text, reordering=False).split("\n"))
    sys.stderr.write(f"huashu: {line}\n")
    sys.stderr.flush()


def debugging() -> bool:
    """Whether tracebacks are wanted (HUASHU_DEBUG=1)."""
    return os.environ.get(DEBUG, "") not in ("", "0")


def prepare_streams() -> None:
    """Make stdout and stderr UTF-8 with LF, whatever the locale: no character can fail to be written.

    A stream the caller has closed becomes one to or from nowhere.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace", newline="\n")


def silence(stream: IO[Any]) -> None:
    """Send what is still to come to nowhere: its reader has gone."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path
        os.dup2(nowhere.fileno(), stream.fileno())
