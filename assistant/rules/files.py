"""Which files a list of files and folders means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SUFFIXES = (".yaml", ".yml")


def rule_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files named, and the YAML files of folders named, each once and sorted."""
    seen: set[Path] = set()
    for path in paths:
        found = sorted(yaml_files(path)) if path.is_dir() else [path]
        for file in found:
            if file.absolute() not in seen:
                seen.add(file.absolute())
                yield file


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files in a folder and below it, hidden ones left out."""
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in _SUFFIXES and not hidden and path.is_file():
            yield path
