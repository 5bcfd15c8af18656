"""Sentences that a recogniser cut in two: matches over the seam of adjacent turns of one speaker.

The ends that meet are looked through first; only where something lies there that may set off a rule
are the two turns read as one text.
"""

from __future__ import annotations

from dataclasses import replace

from assistant.match.view import Match, View
from assistant.model import Finding, Span, Turn

KINDS = frozenset({"phrase", "pattern", "near"})
_SPOKEN = frozenset({"hotline", "callback"})
_REACH = 12


def continues(first: View, second: View, channel: str) -> bool:
    """Whether `second` may go on with the sentence of `first`, the turn directly before it."""
    before, after = first.turn, second.turn
    if before.role is not after.role or channel not in _SPOKEN or before.agent_id != after.agent_id:
        return False
    return before.text.rstrip()[-1:].isalnum() and bool(second.squeezed.text)


def ends(first: View, second: View) -> tuple[str, int]:
    """Return the ends that meet and the place of the seam in them."""
    before, after = first.squeezed.positions, second.squeezed.positions
    tail = first.turn.text[before[max(0, len(before) - _REACH)] :]
    return tail + second.turn.text[: after[min(len(after), _REACH) - 1] + 1], len(tail)


def joined(first: View, second: View) -> Turn:
    """Return both turns as one (its text is that of `first`, directly followed by that of `second`)."""
    return replace(first.turn, text=first.turn.text + second.turn.text, masks=(), end_s=second.turn.end_s)


def crosses(match: Match, first: View, second: View) -> bool:
    """Whether the match in the joined text has characters of both turns."""
    if match.start is None or match.end is None:
        return False
    end, start = _inner(first, second)
    return match.start < end and match.end > len(first.turn.text) + start


def placed(finding: Finding, first: View, second: View) -> Finding:
    """Return a finding of the joined text with its place in the turns it came from.

    `turn`, `start` and `end` are those of the first piece, `spans` are both pieces.
    """
    begin, last = finding.start or 0, finding.end or 0
    end, start = _inner(first, second)
    pieces = (
        Span(first.turn.index, begin, end),
        Span(second.turn.index, start, last - len(first.turn.text)),
    )
    return replace(finding, end=end, text=first.turn.text[begin:end], spans=pieces)


def found_before(finding: Finding, known: Finding) -> bool:
    """Whether a finding over a seam lies over one that was made in one of its turns."""
    if known.rule != finding.rule or known.start is None or known.end is None:
        return False
    places = known.spans or (Span(known.turn, known.start, known.end),)
    return any(
        piece.turn == place.turn and piece.start < place.end and place.start < piece.end
        for piece in finding.spans
        for place in places
    )


def _inner(first: View, second: View) -> tuple[int, int]:
    """Return where the words of `first` end and where those of `second` begin."""
    return len(first.turn.text.rstrip()), second.squeezed.positions[0]
