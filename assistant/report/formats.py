"""The formats reports can be written in, by name, for the command line and the service.

``json`` is always an array and ``jsonl`` one report a line; both are written as the reports come, and
an input that couldn't be read stands in its place as a ``huashu.error/1`` object. ``text``, ``html``
and ``xlsx`` need all reports first.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING, Any, Literal

from assistant.errors import HuashuError, InputError, UsageError
from assistant.model import Report, Severity
from assistant.report.wire import dumps, error_object, report_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Outcome = Report | HuashuError
PIPE_WIDTH = 100
"""Columns of text that goes to a file or a pipe."""
Detail = Literal["auto", "full", "summary"]


@dataclass(frozen=True, slots=True)
class Written:
    """A report already written as one line of JSON, where it was made; `gravest` of its findings."""

    text: str
    gravest: Severity | None


def written(report: Report) -> Written:
    """Write a report as JSON; findings that are pending don't count for `gravest`."""
    graves = (finding.severity for finding in report.findings if not finding.pending)
    return Written(dumps(report_object(report)), max(graves, default=None))


@dataclass(frozen=True, slots=True)
class Options:
    """How to write: `detail` and `width` (columns; None asks the terminal) matter for ``text`` only."""

    detail: Detail = "auto"
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """One format: the suffix of its files, whether it is bytes, and what writes it."""

    name: str
    suffix: str
    binary: bool
    write: Callable[[Iterable[Any], Any, Options], None]


def write_reports(
    reports: Iterable[Outcome] | Iterable[Outcome | Written],
    format: str,  # noqa: A002 - the option's name
    target: str | Path | IO[str] | IO[bytes],
    *,
    detail: Detail = "auto",
    width: int | None = None,
) -> None:
    """Write `reports` in the named format to a path or an open stream.

    A text stream that has bytes beneath it gets them in UTF-8, whatever its own encoding. With
    ``detail="auto"`` text shows one report in full and several as a table.

    Raises:
        UsageError: the format isn't known, or bytes were to go to a stream that takes only text.
        InputError: the path can't be written.
    """
    chosen = format_named(format)
    options = Options(detail, width)
    if isinstance(target, str | Path):
        with _opened(Path(target), chosen) as stream:
            chosen.write(reports, stream, options)
        return
    chosen.write(reports, _fitting(target, chosen), options)


def format_named(name: str) -> Format:
    """Return the format called `name`; raises UsageError for an unknown one."""
    if name not in FORMATS:
        raise UsageError(f"没有“{name}”这种输出格式，可用的有：{'、'.join(FORMATS)}", code="unknown-format")
    return FORMATS[name]


def outcome_text(outcome: Outcome | Written) -> str:
    """Return the JSON of a report, or of the error in its place, in one line."""
    return outcome.text if isinstance(outcome, Written) else dumps(outcome_object(outcome))


def outcome_object(outcome: Outcome) -> dict[str, Any]:
    """Return the wire object of a report, or of the error in its place."""
    return error_object(outcome) if isinstance(outcome, HuashuError) else report_object(outcome)


@contextmanager
def _opened(path: Path, chosen: Format) -> Iterator[IO[Any]]:
    try:
        stream: IO[Any] = (
            path.open("wb")
            if chosen.binary
            else path.open("w", encoding="utf-8", errors="replace", newline="\n")
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"无法写入：{reason}", code="unwritable", path=str(path)) from error
    with stream:
        yield stream


def _fitting(stream: Any, chosen: Format) -> Any:
    """Return what to write to: bytes for a binary format, text that can hold any character for others."""
    beneath = getattr(stream, "buffer", None)
    is_text = isinstance(stream, io.TextIOBase) or hasattr(stream, "encoding")
    if chosen.binary:
        if not is_text:
            return stream
        if beneath is None:
            raise UsageError(f"{chosen.name} 不能写到文本流，请用 -o 指定文件", code="binary-output")
        stream.flush()
        return beneath
    if not is_text:
        return _Encoded(stream)
    if beneath is not None and chosen.name != "text":
        stream.flush()
        return _Encoded(beneath)
    return stream if _is_unicode(stream) else _Lenient(stream)


def _is_unicode(stream: Any) -> bool:
    return (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-").startswith("utf")


class _Encoded:
    """A text stream over bytes that never closes them: UTF-8, LF."""

    def __init__(self, beneath: IO[bytes]) -> None:
        self._beneath = beneath
        self.encoding = "utf-8"

    def write(self, text: str) -> int:
        self._beneath.write(text.encode("utf-8", "replace"))
        return len(text)

    def flush(self) -> None:
        self._beneath.flush()


class _Lenient:
    """A text stream in an encoding that lacks characters: those become question marks."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        encoding = self._stream.encoding
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _write_json(reports: Iterable[Outcome | Written], stream: Any, _: Options) -> None:
    separator = "[\n"
    for outcome in reports:
        stream.write(separator + outcome_text(outcome))
        separator = ",\n"
    stream.write("[]\n" if separator.startswith("[") else "\n]\n")
    stream.flush()


def _write_jsonl(reports: Iterable[Outcome | Written], stream: Any, _: Options) -> None:
    for outcome in reports:
        stream.write(outcome_text(outcome) + "\n")
        stream.flush()


def _write_text(reports: Iterable[Outcome], stream: Any, options: Options) -> None:
    from assistant.report.terminal import console_for, render_report, render_summary

    console = console_for(stream, options.width, PIPE_WIDTH)
    outcomes = list(reports)
    found = [outcome for outcome in outcomes if isinstance(outcome, Report)]
    if options.detail == "full" or (options.detail == "auto" and len(found) == 1):
        for report in found:
            render_report(report, console)
            console.print()
    if options.detail == "summary" or len(found) != 1 or len(found) != len(outcomes):
        render_summary(outcomes, console)


def _write_html(reports: Iterable[Outcome], stream: Any, _: Options) -> None:
    from assistant.report.html import html_parts

    for part in html_parts(reports):
        stream.write(part)
    stream.flush()


def _write_xlsx(reports: Iterable[Outcome], stream: Any, _: Options) -> None:
    from assistant.report.xlsx import write_xlsx

    # zipfile seeks and tells, which a pipe can't.
    held = io.BytesIO()
    write_xlsx(reports, held)
    stream.write(held.getbuffer())
    stream.flush()


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        known.name: known
        for known in (
            Format("text", ".txt", False, _write_text),
            Format("json", ".json", False, _write_json),
            Format("jsonl", ".jsonl", False, _write_jsonl),
            Format("html", ".html", False, _write_html),
            Format("xlsx", ".xlsx", True, _write_xlsx),
        )
    }
)
