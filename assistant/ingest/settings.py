"""Bounds of reading: what is refused instead of being loaded."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """Limits of the readers.

    `max_line_bytes` bounds one line of a JSONL stream, `max_file_bytes` a file of any other format
    (for a workbook: its unpacked size), `max_turns` the turns of one conversation.
    """

    max_line_bytes: int = 16 * MEBIBYTE
    max_file_bytes: int = 128 * MEBIBYTE
    max_turns: int = 100_000


DEFAULTS = ReadSettings()
