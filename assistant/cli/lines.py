"""Input a line at a time: split on LF alone; what can't be read gives an error in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.errors import HuashuError

STDIN = "-"
MAX_LINE_BYTES = 1 << 20


def read_lines(stream: BinaryIO) -> Iterator[str | HuashuError]:
    """Yield the lines of `stream`, an utterance each."""
    from assistant.errors import InputError
    from assistant.ingest.encoding import decode
    from assistant.ingest.stream import ForesightReader, split_lines

    for number, line in split_lines(ForesightReader(stream), MAX_LINE_BYTES):
        if line is None:
            message = f"a line of more than {MAX_LINE_BYTES:,} bytes: is it one utterance?"
            yield InputError(message, code="line-too-long", line=number)
            continue
        try:
            yield decode(line.removesuffix(b"\r"), line=number) if line else ""
        except InputError as error:
            error.line = number
            yield error
