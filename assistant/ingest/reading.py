"""Files, folders and streams to conversations: one result an item, in the order of the input."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from assistant.errors import InputError
from assistant.ingest.draft import Draft, Place, conversation
from assistant.ingest.encoding import bom, decode, refuse_binary
from assistant.ingest.formats import json_drafts, text_drafts
from assistant.ingest.privacy import mask
from assistant.ingest.settings import DEFAULTS, ReadSettings
from assistant.ingest.stream import ForesightReader, split_lines
from assistant.ingest.structured import parse_json
from assistant.ingest.workbook import ZIP_MAGIC, workbook_drafts
from assistant.model import Conversation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

READABLE = frozenset([".txt", ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".xlsx", ".srt", ".vtt"])
STDIN = "-"
_LINES = frozenset([".jsonl", ".ndjson"])
_HEAD = 4_096

Read = Conversation | InputError


def read_paths(paths: Iterable[Path | str], *, settings: ReadSettings = DEFAULTS) -> Iterator[Read]:
    """Yield what all `paths` hold: files, folders (recursively, sorted, readable suffixes), ``-``.

    A file that is named is always tried; what can't be read gives an InputError in its place.
    """
    for path in map(Path, paths):
        if str(path) != STDIN and path.is_dir():
            for file in _files(path):
                yield from read_path(file, settings=settings)
        else:
            yield from read_path(path, settings=settings)


def _files(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.suffix.lower() in READABLE)
    hidden = (
        path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    return sorted(path for path in hidden if path.is_file() and not path.name.startswith("~$"))


def read_path(path: Path, *, settings: ReadSettings = DEFAULTS) -> Iterator[Read]:
    """Yield the conversations of a file (``-``: stdin) in their order, streaming for JSON lines.

    Nothing is raised for bad input: a bad line, entry or file gives an InputError in its place
    (codes: not-found, unreadable, empty, binary, old-excel, encoding, json, too-deep, empty-line,
    line-too-long, too-large, too-many-turns, no-conversation, no-turns, no-header, csv, xlsx,
    asr-failed, schema).
    """
    name = str(path)
    if name == STDIN:
        yield from read_stream(sys.stdin.buffer, path=STDIN, settings=settings)
        return
    try:
        with path.open("rb") as stream:
            yield from read_stream(stream, path=name, settings=settings)
    except FileNotFoundError:
        yield InputError("no such file", code="not-found", path=name)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a usable path"
        yield InputError(f"can't be read: {reason}", code="unreadable", path=name)


def read_stream(stream: BinaryIO, *, path: str, settings: ReadSettings = DEFAULTS) -> Iterator[Read]:
    """Yield the conversations of a binary stream; `path` names it in errors and default ids."""
    given = Path(path)
    stem = "stdin" if path == STDIN else _stem(given)
    place = Place(path=_printable(path), stem=stem, max_turns=settings.max_turns)
    reader = ForesightReader(stream)
    suffix = given.suffix.lower()
    if _is_lines(reader, suffix, settings):
        yield from _read_lines(reader, place, settings)
        return
    try:
        yield from _finished(_whole(reader, place, suffix, settings), place)
    except InputError as error:
        yield error


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode("utf-8", "replace")


def _stem(path: Path) -> str:
    """Return the file's name as an id; recordings are often named after the customer's number."""
    return mask(re.sub(r"_", " ", _printable(path.stem)))[0].replace(" ", "_") or "conversation"


def _is_lines(reader: ForesightReader, suffix: str, settings: ReadSettings) -> bool:
    """Tell JSON lines: by the suffix, or by a first line that is a whole object and is not the last."""
    head = reader.peek(_HEAD)
    encoding, skip = bom(head)
    if encoding not in {None, "utf-8"}:
        return False
    if suffix in _LINES:
        # pretty-printed JSON under the wrong name opens with a bracket alone
        whole = head.startswith(ZIP_MAGIC) or head[skip:].lstrip().split(b"\n")[0].strip() in {b"{", b"["}
        return bool(head[skip:].strip()) and not whole
    if not head[skip:].lstrip().startswith(b"{"):
        return False
    line = reader.peek_line(settings.max_line_bytes)
    after = reader.peek(len(line) + _HEAD)[len(line) :].strip()
    if not after.startswith(b"{"):
        return False
    try:
        return isinstance(parse_json(decode(line[skip:]), Place()), dict)
    except InputError:
        return line.rstrip().endswith(b"}")


def _read_lines(reader: ForesightReader, place: Place, settings: ReadSettings) -> Iterator[Read]:
    for number, line in split_lines(reader, settings.max_line_bytes):
        here = replace(place, line=number, stem=f"{place.stem}-{number}")
        try:
            yield from _finished(json_drafts(_line_value(line, here, settings), here), here)
        except InputError as error:
            yield error


def _line_value(line: bytes | None, place: Place, settings: ReadSettings) -> object:
    if line is None:
        raise place.error(f"a line of more than {settings.max_line_bytes:,} bytes", "line-too-long")
    text = decode(line, path=place.path, line=place.line)
    if not text.strip():
        raise place.error("an empty line", "empty-line")
    return parse_json(text, place)


def _whole(
    reader: ForesightReader, place: Place, suffix: str, settings: ReadSettings
) -> Iterator[Draft | InputError]:
    data = reader.read_all(settings.max_file_bytes)
    if data is None:
        raise place.error(f"larger than {settings.max_file_bytes:,} bytes: split it", "too-large")
    if data.startswith(ZIP_MAGIC):
        yield from workbook_drafts(data, place, settings)
        return
    refuse_binary(data[:16], place.path)
    text = decode(data, path=place.path)
    if not text.strip():
        raise place.error("the file is empty", "empty")
    if _is_json(text, suffix):
        yield from json_drafts(parse_json(text, place), place)
    else:
        yield from text_drafts(text, place, suffix)


def _is_json(text: str, suffix: str) -> bool:
    start = text.lstrip()[:200]
    # 【客服】, [00:12] and a diariser's [spk0] begin plain lines
    return suffix == ".json" or bool(re.match(r"\{|\[\s*(?:[{\[\"\]]|$)", start))


def _finished(drafts: Iterator[Draft | InputError], place: Place) -> Iterator[Read]:
    """Finish the drafts; where there are several, an unnamed one is named by its number."""
    first, number = next(drafts, None), 1
    if first is None:
        raise place.error("no utterance found", "no-turns")
    second = next(drafts, None)
    several = second is not None
    pending = [one for one in (first, second) if one is not None]
    while pending:
        draft = pending.pop(0)
        here = replace(place, stem=f"{place.stem}-{number}") if several else place
        yield _finish(draft, here)
        number += 1
        if not pending and (following := next(drafts, None)) is not None:
            pending.append(following)


def _finish(draft: Draft | InputError, place: Place) -> Read:
    if isinstance(draft, InputError):
        return draft
    try:
        return conversation(draft, place)
    except InputError as error:
        return error
