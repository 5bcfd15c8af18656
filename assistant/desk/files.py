"""Which files may hang on a case: told by what is in them, never by what they are called."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from zipfile import BadZipFile, ZipFile

from assistant.errors import InputError

if TYPE_CHECKING:
    from typing import IO

MOST_BYTES = 10 * 1024 * 1024
"""The largest file, in bytes."""
MOST_FILES = 30
"""Files of a case."""
_LONGEST = 120
_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF87a", 0, "image/gif"),
    (b"GIF89a", 0, "image/gif"),
    (b"WEBP", 8, "image/webp"),
    (b"WAVE", 8, "audio/wav"),
    (b"%PDF-", 0, "application/pdf"),
    (b"ID3", 0, "audio/mpeg"),
    (b"\xff\xfb", 0, "audio/mpeg"),
    (b"\xff\xf3", 0, "audio/mpeg"),
    (b"ftyp", 4, "video/mp4"),
)
_OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ENDINGS: dict[str, frozenset[str]] = {
    "image/jpeg": frozenset([".jpg", ".jpeg"]),
    "image/png": frozenset([".png"]),
    "image/gif": frozenset([".gif"]),
    "image/webp": frozenset([".webp"]),
    "audio/wav": frozenset([".wav"]),
    "audio/mpeg": frozenset([".mp3"]),
    "video/mp4": frozenset([".mp4", ".m4a", ".mov"]),
    "application/pdf": frozenset([".pdf"]),
    _OFFICE["word/document.xml"]: frozenset([".docx"]),
    _OFFICE["xl/workbook.xml"]: frozenset([".xlsx"]),
    "text/plain": frozenset([".txt", ".csv", ".log"]),
}
ACCEPTED = "".join(f",{ending}" for endings in _ENDINGS.values() for ending in sorted(endings))[1:]
"""The endings, as a page's file chooser takes them."""
_KINDS = (
    "图片（JPG、PNG、GIF、WebP）、PDF、Word（docx）、Excel（xlsx）、文本（txt、csv）、"
    "录音录像（MP3、WAV、MP4、M4A）"
)


def media_of(name: str, stream: IO[bytes], size: int) -> str:
    """Return the type of a file by its content; its name has to end as such files do.

    Raises InputError: ``empty-file``, ``file-too-large``, ``bad-file-type``.
    """
    if size == 0:
        raise InputError("文件是空的", code="empty-file")
    if size > MOST_BYTES:
        raise InputError(f"单个文件不能超过 {MOST_BYTES >> 20} MB", code="file-too-large")
    media = _sniffed(stream)
    stream.seek(0)
    if media is None or PurePosixPath(name).suffix.lower() not in _ENDINGS[media]:
        raise InputError(f"不支持这种文件，或扩展名与内容不符。可以上传：{_KINDS}", code="bad-file-type")
    return media


def _sniffed(stream: IO[bytes]) -> str | None:
    head = stream.read(16)
    for magic, place, media in _MAGIC:
        if head[place : place + len(magic)] == magic and (place != 8 or head.startswith(b"RIFF")):
            return media
    stream.seek(0)
    if head.startswith(b"PK\x03\x04"):
        return _office(stream)
    return "text/plain" if _is_text(stream.read()) else None


def _office(stream: IO[bytes]) -> str | None:
    """Return which office file a zip archive is; one with macros is none that is taken."""
    try:
        names = set(ZipFile(stream).namelist())
    except (BadZipFile, OSError, ValueError):
        return None
    if any(name.endswith("vbaProject.bin") for name in names):
        return None
    return next((media for member, media in _OFFICE.items() if member in names), None)


def _is_text(data: bytes) -> bool:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(unicodedata.category(sign) == "Cc" and sign not in "\t\r\n\f" for sign in text)
    return False


def plain_name(name: str) -> str:
    """Return the name of a file without folders and signs that do harm, at most 120 characters."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*')
    kept = kept.strip(" .") or "附件"
    if len(kept) <= _LONGEST:
        return kept
    ending = PurePosixPath(kept).suffix[:10]
    return kept[: _LONGEST - len(ending)] + ending
