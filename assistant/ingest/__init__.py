"""Readers: recorded conversations of every usual form become `Conversation`s, masked on the way in.

`read_path` and `read_paths` read files, folders and stdin; `read_text` the plain form with role
prefixes; `mask` and `mask_turn` replace private data by placeholders. Formats are told by their
content: plain text, JSON, JSON lines, CSV, XLSX, SRT, WebVTT, and the results of 阿里云, 腾讯云,
讯飞, FunASR and Whisper.
"""

from __future__ import annotations

from assistant.ingest.plain import read_text
from assistant.ingest.privacy import PLACEHOLDERS, mask, mask_turn
from assistant.ingest.reading import READABLE, read_path, read_paths, read_stream
from assistant.ingest.settings import ReadSettings

__all__ = [
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
