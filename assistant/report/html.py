"""One self-contained HTML page for one or many reports: no script, nothing from the network, printable.

Everything said by others passes autoescape and `visible`; links lead to numbers of ours only, and
the page's own content policy forbids whatever might slip through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assistant.errors import HuashuError
from assistant.model import Report, Severity
from assistant.report import labels, summary
from assistant.report.highlights import Note, Segment, notes_by_turn, segments, stray_notes, words_of
from assistant.report.plain import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jinja2 import Environment
    from markupsafe import Markup

    from assistant.model import Emotion, Turn

_PLOT_STEP = 36
_PLOT_HEIGHT = 56


@dataclass(frozen=True, slots=True)
class _Row:
    """One turn of the transcript with its marked pieces and the notes beside it."""

    turn: Turn
    pieces: tuple[Segment, ...]
    notes: tuple[Note, ...]
    emotion: Emotion | None


@dataclass(frozen=True, slots=True)
class _Call:
    """One report as the template needs it; `anchor` is the prefix of all its ids."""

    anchor: str
    report: Report
    counts: dict[Severity, int]
    missed: int
    rows: tuple[_Row, ...]
    stray: tuple[Note, ...]

    def words(self, span: Mapping[str, int]) -> str:
        """Return the words of a span of evidence, an ellipsis for the rest of long ones."""
        return words_of(self.report.turns, span)


def render_html(reports: Iterable[Report | HuashuError]) -> str:
    """Return the page for these reports; inputs that couldn't be read are listed on it."""
    return "".join(html_parts(reports))


def html_parts(reports: Iterable[Report | HuashuError]) -> Iterator[str]:
    """Yield the page piece by piece, so that a large one needn't stand in memory twice."""
    calls: list[_Call] = []
    errors: list[HuashuError] = []
    for report in reports:
        if isinstance(report, HuashuError):
            errors.append(report)
        else:
            calls.append(_call(report, len(calls) + 1))
    stream = _environment().get_template("report.html.j2").stream(calls=calls, errors=errors)
    stream.enable_buffering(200)
    yield from stream


def _call(report: Report, position: int) -> _Call:
    rows = (
        _Row(turn, segments(turn.text, turn.index, marking), beside, report.emotions.get(turn.index))
        for turn, marking, beside in notes_by_turn(report)
    )
    return _Call(
        anchor=f"c{position}",
        report=report,
        counts=summary.severity_counts(report.findings),
        missed=summary.missed_count(report),
        rows=tuple(rows),
        stray=stray_notes(report),
    )


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("assistant.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=labels.number, percent=labels.percent, clock=labels.clock, named=_named, said=_said
    )
    environment.globals.update(
        labels=labels, summary=summary, severities=tuple(reversed(Severity)), share=_share, curve=_curve
    )
    return environment


def _shown(value: Any) -> Any:
    """Clean what the template prints; Markup made by the template itself passes."""
    if value is None:
        return ""
    if hasattr(value, "__html__"):
        return value
    return visible(str(value), reordering=False)


def _said(text: str) -> Markup:
    """Return spoken text escaped, direction marks included: its element isolates them."""
    from markupsafe import escape

    return escape(visible(text))


def _named(key: Any, which: str) -> str:
    return "" if key is None else labels.named(getattr(labels, which), str(key))


def _share(part: float, whole: float) -> float:
    """Return how much of `whole` is reached in per cent, 0..100."""
    return round(min(max(part / whole, 0.0), 1.0) * 100, 1) if whole > 0 else 0.0


def _curve(report: Report) -> list[tuple[int, float, float, str]]:
    """Return the points of the emotion curve: turn, x, y, and what to say of it."""
    points = (report.emotion or {}).get("curve", ())
    return [
        (
            point["turn"],
            _PLOT_STEP * (position + 0.5),
            round(_PLOT_HEIGHT - 6 - (_PLOT_HEIGHT - 12) * min(max(point["intensity"], 0.0), 1.0), 1),
            _mood(report, point["turn"]),
        )
        for position, point in enumerate(points)
    ]


def _mood(report: Report, turn: int) -> str:
    emotion = report.emotions.get(turn)
    name = labels.named(labels.EMOTION, emotion.label) if emotion else ""
    return f"#{turn} {name}".strip()
