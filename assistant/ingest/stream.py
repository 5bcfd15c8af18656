"""Byte streams read with foresight and within bounds, so that a pipe serves as well as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNK = 1 << 20


class ForesightReader:
    """A binary stream whose beginning can be looked at before it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._read = getattr(stream, "read1", stream.read)
        self._ahead = bytearray()
        self._ended = False

    def peek(self, size: int) -> bytes:
        """Return up to `size` bytes without taking them; fewer only at the end."""
        while len(self._ahead) < size and self._more():
            pass
        return bytes(self._ahead[:size])

    def peek_line(self, limit: int) -> bytes:
        """Return the first line, up to `limit` bytes, without taking it."""
        searched = 0
        while (end := self._ahead.find(b"\n", searched)) < 0 and len(self._ahead) < limit:
            searched = len(self._ahead)
            if not self._more():
                break
        return bytes(self._ahead[: end if 0 <= end < limit else limit])

    def read(self, size: int) -> bytes:
        """Return some bytes, at most `size`, and b"" at the end."""
        if not self._ahead:
            self._more()
        taken = bytes(self._ahead[:size])
        del self._ahead[:size]
        return taken

    def read_all(self, limit: int) -> bytes | None:
        """Return the rest, or None where it is longer than `limit` bytes."""
        data = self.peek(limit + 1)
        self._ahead.clear()
        return data if len(data) <= limit else None

    def _more(self) -> bool:
        chunk = b"" if self._ended else self._read(CHUNK)
        self._ended = not chunk
        self._ahead += chunk
        return bool(chunk)


def split_lines(reader: ForesightReader, limit: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield the number and bytes of each line, split on LF only; None for one over `limit` bytes."""
    number, size = 1, 0
    pending: list[bytes] = []
    while chunk := reader.read(CHUNK):
        *whole, rest = chunk.split(b"\n")
        for piece in whole:
            size += len(piece)
            yield number, None if size > limit else b"".join([*pending, piece])
            number, pending, size = number + 1, [], 0
        size += len(rest)
        pending = [*pending, rest] if size <= limit else []
    if size:
        yield number, None if size > limit else b"".join(pending)
