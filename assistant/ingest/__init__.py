"""Readers: recorded conversations of every usual form become `Conversation`s, masked on the way in.

`read_path` and `read_paths` read files, folders and stdin; `read_text` the plain form with role
prefixes; `mask` and `mask_turn` replace private data by placeholders. Formats are told by their
content: plain text, JSON, JSON lines, CSV, XLSX, SRT, WebVTT, and the results of 阿里云, 腾讯云,
讯飞, FunASR and Whisper.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from assistant.ingest.privacy import PLACEHOLDERS, mask, mask_turn
from assistant.ingest.settings import ReadSettings

if TYPE_CHECKING:
    from assistant.ingest.metadata import GUESSED
    from assistant.ingest.plain import read_text
    from assistant.ingest.reading import READABLE, read_path, read_paths, read_stream

__all__ = [
    "GUESSED",
    "PLACEHOLDERS",
    "READABLE",
    "ReadSettings",
    "mask",
    "mask_turn",
    "read_path",
    "read_paths",
    "read_stream",
    "read_text",
]

# Checking a sentence masks it and reads no file: the readers are loaded when they are asked for.
_READERS = dict.fromkeys(("READABLE", "read_path", "read_paths", "read_stream"), "reading") | {
    "read_text": "plain",
    "GUESSED": "metadata",
}


def __getattr__(name: str) -> Any:
    if name not in _READERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_READERS[name]}"), name)
