"""Cut a turn's text into pieces by the findings that cover it; what terminal and page draw alike.

Findings are numbered from 1 in the order of their report.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from assistant.model import Finding, Report, Severity, Span, Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Note:
    """A finding with its number in the report."""

    number: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text; `notes` cover all of it, `opening` begin and `closing` end with it."""

    text: str
    notes: tuple[Note, ...] = ()
    opening: tuple[Note, ...] = ()
    closing: tuple[Note, ...] = ()

    @property
    def severity(self) -> Severity | None:
        """The gravest severity over this piece, None where nothing covers it."""
        return max((note.finding.severity for note in self.notes), default=None)


def numbered(findings: Iterable[Finding]) -> tuple[Note, ...]:
    """Return the findings with their numbers."""
    return tuple(Note(number, finding) for number, finding in enumerate(findings, start=1))


def finding_spans(finding: Finding) -> tuple[Span, ...]:
    """Return all spans of a finding; none for an absence."""
    if finding.spans:
        return finding.spans
    if finding.start is None or finding.end is None:
        return ()
    return (Span(finding.turn, finding.start, finding.end),)


def segments(text: str, turn: int, notes: Iterable[Note]) -> tuple[Segment, ...]:
    """Return `text` of turn `turn` cut at every edge of a span; the pieces joined are the text.

    Spans that reach beyond the text are clipped, empty ones dropped.
    """
    covers = [
        (max(0, span.start), min(len(text), span.end), note)
        for note in notes
        for span in finding_spans(note.finding)
        if span.turn == turn and max(0, span.start) < min(len(text), span.end)
    ]
    edges = sorted({0, len(text), *(cover[0] for cover in covers), *(cover[1] for cover in covers)})
    return tuple(
        Segment(
            text[start:end],
            tuple(note for low, high, note in covers if low <= start and end <= high),
            tuple(note for low, _, note in covers if low == start),
            tuple(note for _, high, note in covers if high == end),
        )
        for start, end in pairwise(edges)
    )


def notes_by_turn(report: Report) -> Iterator[tuple[Turn, tuple[Note, ...], tuple[Note, ...]]]:
    """Yield each turn with the notes that may mark it and those explained beneath it.

    A finding is explained at the turn it ends in (its last span), so that reader and reason meet;
    those of turns the report doesn't have come from `stray_notes`.
    """
    notes = numbered(report.findings)
    marking: dict[int, list[Note]] = {}
    beneath: dict[int, list[Note]] = {}
    for note in notes:
        spans = finding_spans(note.finding)
        for index in dict.fromkeys(span.turn for span in spans):
            marking.setdefault(index, []).append(note)
        beneath.setdefault(_home(note.finding), []).append(note)
    for turn in report.turns:
        yield turn, tuple(marking.get(turn.index, ())), tuple(beneath.get(turn.index, ()))


def stray_notes(report: Report) -> tuple[Note, ...]:
    """Return the notes that `notes_by_turn` explains at no turn."""
    known = {turn.index for turn in report.turns}
    return tuple(note for note in numbered(report.findings) if _home(note.finding) not in known)


def _home(finding: Finding) -> int:
    spans = finding_spans(finding)
    return spans[-1].turn if spans else finding.turn


_SHOWN = 30  # characters of evidence that are quoted


def words_of(turns: Sequence[Turn], span: Mapping[str, int]) -> str:
    """Return the words of a span of evidence, cut where they are long."""
    text = next((turn.text for turn in turns if turn.index == span["turn"]), "")[span["start"] : span["end"]]
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
