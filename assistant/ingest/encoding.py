"""Bytes to text: UTF-8 with or without BOM, UTF-16, GB18030; and text that can be written again."""

from __future__ import annotations

import codecs
import re

from assistant.errors import InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 65_536
_TURNING = (
    "\u202a-\u202e\u2066-\u2069"  # they turn the direction of writing: what is read isn't what was said
)
_UNCLEAN = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\r\ufeff\ud800-\udfff{_TURNING}]")
_CONTROLS = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff{_TURNING}]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_USUAL = re.compile(r"[\t\n\r -~\u00b7\u2010-\u2027\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u2460-\u24ff]")
_MAGIC = (
    (b"RIFF", "audio"), (b"ID3", "audio"), (b"OggS", "audio"), (b"fLaC", "audio"), (b"#!AMR", "audio"),
    (b"\xff\xfb", "audio"), (b"%PDF", "a PDF"), (b"\x1f\x8b", "a gzip archive"), (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"), (b"\x89PNG", "an image"), (b"\xff\xd8\xff", "an image"),
    (b"\x7fELF", "a program"), (b"SQLite format 3", "a database"),
)  # fmt: skip


def refuse_binary(head: bytes, path: str | None) -> None:
    """Raise InputError (``binary``, ``old-excel``) for files that are known not to be text."""
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError("an old Excel file (.xls): save it as .xlsx", code="old-excel", path=path)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            mend = ": transcribe it first" if kind == "audio" else ""
            raise InputError(f"this is {kind}, not a transcript{mend}", code="binary", path=path)


def bom(data: bytes) -> tuple[str | None, int]:
    """Return the encoding a byte-order mark names and the mark's length, or (None, 0)."""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return name, len(mark)
    return None, 0


def decode(data: bytes, *, path: str | None = None, line: int | None = None) -> str:
    """Return `data` as clean text with LF line ends; raises InputError (``encoding``, ``binary``)."""
    named, skip = bom(data)
    if named:
        return clean(data[skip:].decode(named, errors="replace"))
    refuse_binary(data[:16], path)
    text = _guess(data)
    if text is None:
        kind = "binary" if b"\0" in data[:_SAMPLE] else "encoding"
        raise InputError(
            "not text in UTF-8, GB18030 or UTF-16: save the file as UTF-8", code=kind, path=path, line=line
        )
    return clean(text)


def clean(text: str) -> str:
    """Return `text` without control characters and lone surrogates, and with LF line ends.

    Those that turn the direction of writing are control characters, too. What remains can be written as
    UTF-8 and into a workbook.
    """
    if not _UNCLEAN.search(text):
        return text
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _SURROGATES.sub("\ufffd", text)


def _guess(data: bytes) -> str | None:
    utf8 = _strict(data, "utf-8")
    # ASCII in UTF-16 is valid UTF-8, with a NUL beside every letter
    if utf8 is not None and utf8.count("\0") * 5 <= len(utf8):
        return utf8
    wide = _wide(data)
    if wide is not None:
        return wide
    chinese = _plausible(_strict(data, "gb18030"))
    return _damaged(data) if chinese is None else chinese


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _wide(data: bytes) -> str | None:
    """Return UTF-16 without a mark as text: it holds NULs, and read the wrong way round it is rubbish."""
    if b"\0" not in data[:_SAMPLE] or len(data) % 2:
        return None
    little = _plausible(_strict(data, "utf-16-le"))
    return _plausible(_strict(data, "utf-16-be")) if little is None else little


def _plausible(text: str | None) -> str | None:
    """Return `text` if it reads like Chinese or English: a wrong encoding gives rare characters."""
    if text is None:
        return None
    sample = text[:_SAMPLE]
    return text if len(_USUAL.findall(sample)) >= 0.9 * len(sample) else None


def _damaged(data: bytes) -> str | None:
    """Return a text of which a few bytes are broken (a cut-off file) with U+FFFD in their place."""
    for encoding in ("utf-8", "gb18030"):
        text = data.decode(encoding, errors="replace")
        if text.count("\ufffd") <= max(1, len(text) // 100) and _plausible(text.replace("\ufffd", "")):
            return text
    return None
