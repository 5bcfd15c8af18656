"""Rule files as they are uploaded: YAML files one by one, or in a zip archive."""

from __future__ import annotations

import re
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from assistant.web.problems import ProblemError

FILES = 300
BYTES = 8 * 1024 * 1024
_SIGN = r"[^\x00-\x1f\x7f\\/:*?\"<>|]"
_PART = rf"[^\x00-\x1f\x7f\\/:*?\"<>|.]{_SIGN}*"
NAME = rf"^(?:{_PART}/)*{_PART}\.ya?ml$"
"""Names of rule files: relative, with folders where wanted, none of them hidden."""
_NAME = re.compile(NAME)


def unpacked(name: str, data: bytes) -> dict[str, str]:
    """Return the rule files in an upload by name; raises ProblemError (422)."""
    if not name.lower().endswith(".zip"):
        return {_named(name): _text(name, data)}
    try:
        with ZipFile(BytesIO(data)) as archive:
            wanted = [info for info in archive.infolist() if _NAME.fullmatch(info.filename)]
            if len(wanted) > FILES or sum(info.file_size for info in wanted) > BYTES:
                raise too_much()
            texts = {info.filename: _text(info.filename, archive.read(info)) for info in wanted}
    except (BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError):
        raise ProblemError(422, "bad-archive", f"“{name}”不是可读取的 zip 文件") from None
    if not texts:
        raise ProblemError(422, "no-file", f"“{name}”里没有 .yml 或 .yaml 文件")
    return texts


def packed(contents: dict[str, bytes]) -> bytes:
    """Return rule files as a zip archive."""
    stream = BytesIO()
    with ZipFile(stream, "w", compression=8) as archive:
        for name in sorted(contents):
            archive.writestr(name, contents[name])
    return stream.getvalue()


def storable(name: str, text: str) -> str:
    """Return a text as it is stored; raises ProblemError (422) for one that no YAML file can be."""
    if "\x00" in text:
        raise ProblemError(422, "bad-text", f"“{name}”含有不可用的字符 U+0000")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ProblemError(422, "bad-text", f"“{name}”含有不完整的字符") from None
    return text.replace("\r\n", "\n")


def too_much() -> ProblemError:
    return ProblemError(422, "too-much", f"最多 {FILES} 个文件，合计 {BYTES // 2**20} MiB")


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ProblemError(422, "bad-name", "文件名应以 .yml 或 .yaml 结尾，不含特殊字符")
    return name


def _text(name: str, data: bytes) -> str:
    try:
        return storable(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ProblemError(422, "encoding", f"“{name}”不是 UTF-8 编码，请另存为 UTF-8 后再上传") from None
