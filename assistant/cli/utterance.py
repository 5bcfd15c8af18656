"""One checked utterance as text, without rich: a single check is over before that is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.model import Severity
from assistant.report import labels
from assistant.report.highlights import Note, Segment, numbered, segments
from assistant.report.plain import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.model import Finding

_COLOUR = {Severity.FATAL: "97;41", Severity.MAJOR: "1;31", Severity.MINOR: "33", Severity.HINT: "36"}


def utterance(text: str, findings: Sequence[Finding], *, colour: bool = False, brief: bool = False) -> str:
    """Return the text with what was found marked (in colour, or by ‹ ›) and explained beneath.

    With `brief` an utterance without findings is its text alone.
    """
    notes = numbered(findings)
    turn = findings[0].turn if findings else 0
    lines = ["".join(_piece(piece, colour=colour) for piece in segments(text, turn, notes))]
    if notes:
        lines += [line for note in notes for line in _explained(note, colour=colour)]
    elif not brief:
        lines.append(_painted("没有发现问题", "32", colour=colour))
    return "\n".join(lines)


def _piece(piece: Segment, *, colour: bool) -> str:
    shown = _shown(piece.text)
    closing = "".join(f"[{note.number}]" for note in piece.closing)
    if piece.severity is None:
        return shown
    if colour:
        return _painted(shown, _COLOUR[piece.severity], colour=True) + closing
    return "‹" * len(piece.opening) + shown + "›" * len(piece.closing) + closing


def _explained(note: Note, *, colour: bool) -> list[str]:
    finding = note.finding
    severity = _painted(labels.SEVERITY[finding.severity.label], _COLOUR[finding.severity], colour=colour)
    how = "、".join(labels.named(labels.HOW, way) for way in finding.how)
    waiting = "(待后续对话确认)" if finding.pending else ""
    lines = [
        f"  [{note.number}] {severity} {_shown(finding.message)}{waiting}",
        f"      规则 {finding.rule}   依据 {'、'.join(finding.source)}   方式 {how}",
        f"      原因 {_shown(finding.explanation.because)}",
    ]
    if finding.suggestion:
        lines.append(f"      建议 {_shown(finding.suggestion)}")
    return lines


def _shown(text: str) -> str:
    return visible(text, reordering=False)


def _painted(text: str, code: str, *, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour else text
