"""What a template stands for: all its strings, its stretches of text, a regular expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.rules.wording import (
    MAX_EXPANSIONS,
    Atom,
    Choice,
    Gap,
    Literal,
    Part,
    Slot,
    Template,
    Variant,
    count_strings,
    leaves,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def variants(template: Template) -> tuple[Variant, ...]:
    """Return every way through the template as text, gaps and slots; order stable, no duplicates."""
    return tuple(dict.fromkeys(map(_merged, _ways(template.parts))))


def _ways(parts: Sequence[Part]) -> list[Variant]:
    ways: list[Variant] = [()]
    for part in parts:
        ways = [way + step for way in ways for step in _steps(part)]
    return ways


def _steps(part: Part) -> list[Variant]:
    if isinstance(part, Literal):
        return [(part.text,)]
    if isinstance(part, Gap | Slot):
        return [(part,)]
    steps = [way for alternative in part.alternatives for way in _ways(alternative)]
    return [*steps, ()] if part.optional else steps


def _merged(way: Variant) -> Variant:
    """Join neighbouring texts and neighbouring gaps."""
    if len(way) < 2:
        return way
    atoms: list[Atom] = []
    for atom in way:
        last = atoms[-1] if atoms else None
        if isinstance(atom, str) and isinstance(last, str):
            atoms[-1] = last + atom
        elif isinstance(atom, Gap) and isinstance(last, Gap):
            atoms[-1] = Gap(last.max + atom.max)
        else:
            atoms.append(atom)
    return tuple(atoms)


def expand(template: Template) -> tuple[str, ...] | None:
    """Return all strings the template stands for; None when it has a gap or a slot, or too many."""
    if not _plain(template.parts) or count_strings(template.parts) > MAX_EXPANSIONS:
        return None
    return tuple(atom for way in variants(template) for atom in way if isinstance(atom, str))


def _plain(parts: Iterable[Part]) -> bool:
    return all(isinstance(part, Literal) for part in leaves(parts))


def _always_text(parts: Iterable[Part]) -> bool:
    """Whether every way through the parts holds text (so that the ways needn't be told apart)."""
    return any(
        isinstance(part, Literal)
        or (isinstance(part, Choice) and not part.optional and all(map(_always_text, part.alternatives)))
        for part in parts
    )


def slots(template: Template) -> tuple[str, ...]:
    """Return the names of the slots in order of appearance, each once."""
    names = (part.name for part in leaves(template.parts) if isinstance(part, Slot))
    return tuple(dict.fromkeys(names))


def segments(template: Template) -> list[list[str] | Slot]:
    """Return what stands between the gaps: for each stretch its possible texts, or the slot.

    A text of every stretch occurs in whatever the template fits, in this order; an empty text
    among them says that the stretch may be missing. Alternatives that hold gaps or slots (or stand
    for very many strings) make a stretch of their own, of the longest text of each. Stretches of
    more than 2,000 texts are divided.
    """
    found: list[list[str] | Slot] = []
    stretch: list[Part] = []

    def flush() -> None:
        if stretch:
            found.append(list(dict.fromkeys("".join(map(str, way)) for way in _ways(stretch))))
            stretch.clear()

    for part in template.parts:
        if _plain([part]) and count_strings([part]) <= MAX_EXPANSIONS:
            if count_strings([*stretch, part]) > MAX_EXPANSIONS:
                flush()
            stretch.append(part)
            continue
        flush()
        if isinstance(part, Slot):
            found.append(part)
        elif isinstance(part, Choice):
            found.append(list(dict.fromkeys(map(_longest_text, part.alternatives))) + [""] * part.optional)
    flush()
    return found


def _longest_text(parts: Sequence[Part]) -> str:
    """Return the longest text all ways through the parts share as it stands; empty if there is none."""
    return max((part.text for part in parts if isinstance(part, Literal)), key=len, default="")


def to_regex(
    template: Template, slot_values: Mapping[str, str | None] | None = None, *, any_char: str = "."
) -> str | None:
    """Return a regex with bounded gaps and no capturing groups; None when no text is left to find.

    `slot_values` are in the compared form; a slot without a value is a gap of 1 to 12 characters,
    and ways through the template that have no other text are dropped. `any_char` is the class of
    characters a gap may cover.
    """
    values = {name: value for name, value in (slot_values or {}).items() if value}

    def spoken(way: Variant) -> bool:
        return any(isinstance(atom, str) or (isinstance(atom, Slot) and atom.name in values) for atom in way)

    if _plain(template.parts) or _always_text(template.parts) or all(map(spoken, ways := variants(template))):
        return "".join(_regex(part, values, any_char) for part in template.parts)
    kept = ["".join(_atom_regex(atom, values, any_char) for atom in way) for way in ways if spoken(way)]
    return f"(?:{'|'.join(sorted(kept, key=len, reverse=True))})" if kept else None


def _atom_regex(atom: Atom, values: Mapping[str, str], any_char: str) -> str:
    if isinstance(atom, str):
        return re.escape(atom)
    if isinstance(atom, Gap):
        return f"{any_char}{{0,{atom.max}}}?"
    return re.escape(values[atom.name]) if atom.name in values else f"{any_char}{{1,12}}?"


def _regex(part: Part, values: Mapping[str, str], any_char: str) -> str:
    if isinstance(part, Literal):
        return re.escape(part.text)
    if not isinstance(part, Choice):
        return _atom_regex(part, values, any_char)
    bodies = {
        "".join(_regex(inner, values, any_char) for inner in alternative) for alternative in part.alternatives
    }
    ordered = sorted(bodies, key=lambda body: (-len(body), body))
    return f"(?:{'|'.join(ordered)}){'?' if part.optional else ''}"
