"""A YAML file as plain values with the line and column of each of them: problems, never tracebacks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from assistant.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_BYTES = 4 * 1024 * 1024
MAX_NODES = 200_000
MAX_ALIASES = 100
MAX_DEPTH = 60
MAX_LINE = 160
Place: TypeAlias = tuple[Hashable, ...]
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_SCALARS = {"str", "int", "float", "bool", "null", "timestamp"}
_PROSE = (
    (r"character '\\t'", "indent with spaces, not tabs"),
    ("expected a single document", "one file holds one document; remove the second ---"),
    ("mapping values are not allowed", "a second ': ' in one line; put the text in quotes"),
    ("could not find expected ':'", "expected 'key: value'"),
    ("unknown escape character", "unknown escape in double quotes; write \\\\ or use single quotes"),
    ("unexpected end of stream", "the quotes are never closed"),
    ("undefined alias", "an alias (*) to an anchor (&) that doesn't exist; quote text that begins with *"),
    ("that cannot start any token", "a value can't begin with this character; put it in quotes"),
    ("'<stream end>'", "a bracket is never closed"),
    ("block end", "the indentation doesn't fit the lines above"),
    ("expected ',' or", "a comma or the closing bracket is missing"),
)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a key or value begins; `text_column` is its first character if it stands unescaped."""

    line: int
    column: int
    text_column: int | None = None


@dataclass(slots=True)
class Document:
    """One file: its value (None when it can't be read), the places in it and what is wrong.

    A place is a path of keys and indices, ``("rules", 0, "id")``. Lines and columns count from 1.
    """

    path: str
    value: Any = None
    lines: Sequence[str] = ()
    keys: dict[Place, Mark] = field(default_factory=dict)
    values: dict[Place, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def mark(self, place: Place, *, key: bool = False, offset: int | None = None) -> Mark:
        """Return the mark of a value (or its key), or of the nearest thing around it.

        `offset` points at a character inside a text.
        """
        for length in range(len(place), -1, -1):
            around = place[:length]
            known = self.keys.get(around) if key else None
            mark = known or self.values.get(around) or self.keys.get(around)
            if mark is None:
                continue
            if length == len(place) and offset is not None and mark.text_column is not None:
                return Mark(mark.line, mark.text_column + offset)
            return mark
        return Mark(1, 1)

    def problem(
        self,
        code: str,
        message: str,
        mark: Mark,
        level: str = "error",
    ) -> Problem:
        """Return a problem of this file with the offending line and a caret under the place."""
        excerpt = excerpt_of(self.lines, mark)
        return Problem(self.path, mark.line, mark.column, code, message, excerpt, level)

    def refuse(self, code: str, message: str, mark: Mark) -> Document:
        """Note an error and return the document."""
        self.problems.append(self.problem(code, message, mark))
        return self


def excerpt_of(lines: Sequence[str], mark: Mark) -> str:
    """Return the line of `mark` with its number, and a caret under the column."""
    if not 1 <= mark.line <= len(lines):
        return ""
    line = lines[mark.line - 1]
    shift = max(0, mark.column - MAX_LINE // 2) if len(line) > MAX_LINE else 0
    shown = line[shift : shift + MAX_LINE]
    before = shown[: mark.column - 1 - shift]
    blanks = "".join("\t" if sign == "\t" else " " * _width(sign) for sign in before)
    number = str(mark.line)
    return f"{number} | {shown}\n{' ' * len(number)} | {blanks}^"


def _width(sign: str) -> int:
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def read_document(path: Path) -> Document:
    """Read one file; whatever is wrong with it is in `problems`."""
    document = Document(str(path))
    start = Mark(1, 1)
    try:
        if not path.is_file():
            return document.refuse("not-a-file", "is no regular file", start)
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return document.refuse("unreadable", f"can't be read: {error.strerror or error}", start)
    return parse_document(str(path), data)


def parse_document(path: str, data: bytes) -> Document:
    """Parse the bytes of a file called `path`."""
    document = Document(path)
    start = Mark(1, 1)
    if len(data) > MAX_BYTES:
        return document.refuse("too-large", f"larger than {MAX_BYTES // 2**20} MiB; split the file", start)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _wrong_encoding(document, data, error.start)
    document.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    control = _FORBIDDEN.search(text)
    if control is not None:
        message = f"invisible character U+{ord(control[0]):04X}; remove it"
        return document.refuse("control-character", message, _mark_at(text, control.start()))
    return _compose(document, text)


def _mark_at(text: str, offset: int) -> Mark:
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return Mark(before.count("\n") + 1, offset_in_line(before) + 1)


def offset_in_line(before: str) -> int:
    """Return the number of characters since the last line break."""
    return len(before) - (before.rfind("\n") + 1)


def _wrong_encoding(document: Document, data: bytes, offset: int) -> Document:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return document.refuse("encoding", "is UTF-16; save the file as UTF-8", Mark(1, 1))
    mark = _mark_at(data[:offset].decode("utf-8-sig", "replace"), 10**9)
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return document.refuse("encoding", "isn't UTF-8 text; save the file as UTF-8", mark)
    return document.refuse("encoding", "isn't UTF-8 (it looks like GBK); save the file as UTF-8", mark)


def _compose(document: Document, text: str) -> Document:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        never_closed = "end of stream" in str(error.problem) or "<stream end>" in str(error.problem)
        mark = (error.context_mark if never_closed else None) or error.problem_mark or error.context_mark
        place = Mark(mark.line + 1, mark.column + 1) if mark is not None else Mark(1, 1)
        return document.refuse("yaml", _reworded(error), place)
    except RecursionError:
        return document.refuse("too-deep", f"nests deeper than {MAX_DEPTH} levels", Mark(1, 1))
    except (YAMLError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        return document.refuse("yaml", f"isn't YAML: {_first_line(error)}", Mark(1, 1))
    if node is None:
        return document.refuse("empty", "the file is empty", Mark(1, 1))
    _Builder(document).build(node)
    return document


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _reworded(error: Any) -> str:
    """Say in our words what the YAML parser found."""
    said = f"{error.problem or ''} {error.context or ''}".strip()
    for sign, message in _PROSE:
        if sign in said or (sign.startswith("character") and re.search(sign, said)):
            return message
    return f"isn't YAML: {said}"


class _TooMuchError(Exception):
    """The document grows beyond its bounds; a problem has been noted."""


class _Builder:
    """Builds plain values from YAML nodes and notes where each stands."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.seen: set[int] = set()
        self.open: list[int] = []
        self.nodes = 0
        self.aliases = 0

    def build(self, node: Any) -> None:
        try:
            self.document.value = self.value(node, ())
        except _TooMuchError:
            self.document.value = None

    def note(self, code: str, message: str, node: Any) -> None:
        self.document.refuse(code, message, _mark(node))

    def stop(self, code: str, message: str, node: Any) -> _TooMuchError:
        self.note(code, message, node)
        return _TooMuchError()

    def value(self, node: Any, place: Place) -> Any:
        self.nodes += 1
        self.aliases += id(node) in self.seen and id(node) not in self.open and node.anchor is not None
        if id(node) in self.open:
            raise self.stop("alias", "an alias stands inside its own anchor", node)
        if self.aliases > MAX_ALIASES or self.nodes > MAX_NODES:
            raise self.stop("alias", "aliases or nodes without end; write the values out", node)
        if len(self.open) >= MAX_DEPTH:
            raise self.stop("too-deep", f"nests deeper than {MAX_DEPTH} levels", node)
        self.seen.add(id(node))
        self.document.values[place] = _mark(node)
        self.open.append(id(node))
        try:
            return self.content(node, place)
        finally:
            self.open.pop()

    def content(self, node: Any, place: Place) -> Any:
        tag = str(node.tag).rpartition(":")[2]
        if isinstance(node.value, str):
            if tag not in _SCALARS:
                self.note("tag", f"tags such as {node.tag} aren't allowed; write plain text", node)
            return _scalar(tag, node.value)
        if tag not in {"map", "seq"}:
            self.note("tag", f"tags such as {node.tag} aren't allowed", node)
        if tag == "map" or (node.value and isinstance(node.value[0], tuple)):
            return self.mapping(node, place)
        return [self.value(child, (*place, at)) for at, child in enumerate(node.value)]

    def mapping(self, node: Any, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key.value, str):
                self.note("key", "a key is a word, not a list or mapping; quote keys with brackets", key)
                continue
            name = key.value
            if name in found:
                first = self.document.keys[*place, name].line
                self.note("duplicate-key", f"{name} is given twice (first in line {first})", key)
                continue
            self.document.keys[*place, name] = _mark(key)
            found[name] = self.value(child, (*place, name))
        return found


def _mark(node: Any) -> Mark:
    mark = node.start_mark
    line, column = mark.line + 1, mark.column + 1
    if not isinstance(node.value, str) or node.end_mark.line != mark.line:
        return Mark(line, column)
    width = node.end_mark.column - mark.column
    for quotes in (0, 1):
        if width == len(node.value) + 2 * quotes:
            return Mark(line, column, column + quotes)
    return Mark(line, column)


def _scalar(tag: str, text: str) -> Any:
    """Return the value of a plain scalar; dates stay text."""
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() == "true"
    try:
        if tag == "int":
            return int(text.replace("_", ""), 0)
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan")) if tag == "float" else text
    except ValueError:
        return text
