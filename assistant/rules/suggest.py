"""Finds what a misspelt name was meant to be."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to a misspelt one."""
    return next(iter(difflib.get_close_matches(name, list(known), 1, 0.6)), None)


def mend(name: str, known: Iterable[str]) -> str:
    """Return "did you mean x?", or what is known."""
    names = list(known)
    close = nearest(name, names)
    return f"did you mean {close}?" if close else f"known here: {', '.join(names)}"
