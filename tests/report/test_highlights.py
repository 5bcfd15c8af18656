from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from report_samples import FULL, finding, marked_texts

from assistant.model import Finding, Severity, Span
from assistant.report.highlights import notes_by_turn, numbered, segments, stray_notes


@given(marked_texts())
def test_pieces_join_to_the_text_and_cover_exactly_the_spans(marked: tuple[str, tuple[Finding, ...]]) -> None:
    text, findings = marked
    position = 0
    for piece in segments(text, 0, numbered(findings)):
        end = position + len(piece.text)
        assert piece.text == text[position:end] != ""
        covering = {
            number
            for number, found in enumerate(findings, start=1)
            if (found.start or 0) <= position and end <= (found.end or 0)
        }
        assert {note.number for note in piece.notes} == covering
        position = end
    assert position == len(text)


@given(marked_texts())
def test_every_mark_that_opens_closes_once(marked: tuple[str, tuple[Finding, ...]]) -> None:
    text, findings = marked
    pieces = segments(text, 0, numbered(findings))
    opened = sorted(note.number for piece in pieces for note in piece.opening)
    closed = sorted(note.number for piece in pieces for note in piece.closing)
    drawn = [n for n, f in enumerate(findings, start=1) if (f.start or 0) < min(f.end or 0, len(text))]
    assert opened == closed == drawn


def test_overlapping_findings_show_the_gravest() -> None:
    notes = numbered([finding(0, 0, 4, severity=Severity.HINT), finding(0, 2, 6, severity=Severity.FATAL)])
    pieces = segments("一二三四五六七", 0, notes)
    assert [(piece.text, piece.severity) for piece in pieces] == [
        ("一二", Severity.HINT),
        ("三四", Severity.FATAL),
        ("五六", Severity.FATAL),
        ("七", None),
    ]


def test_a_match_over_two_turns_is_marked_in_both_and_explained_at_its_end() -> None:
    rows = {turn.index: (marking, beneath) for turn, marking, beneath in notes_by_turn(FULL)}
    assert [note.number for note in rows[3][0]] == [note.number for note in rows[4][0]] == [3]
    assert [note.number for note in rows[3][1]] == []
    assert [note.number for note in rows[4][1]] == [3]


def test_every_finding_is_explained_exactly_once() -> None:
    lost = finding(99, 0, 1), finding(3, 0, 1, spans=(Span(3, 0, 1), Span(99, 0, 1)))
    report = replace(FULL, findings=(*FULL.findings, *lost))
    explained = [note.number for _, _, beneath in notes_by_turn(report) for note in beneath]
    stray = [note.number for note in stray_notes(report)]
    assert sorted(explained + stray) == [1, 2, 3, 4, 5, 6]
    assert stray == [5, 6]
