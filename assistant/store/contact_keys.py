"""The keys of contact data: AES-256-GCM for each field, HMAC-SHA-256 for matching phone numbers.

A key ring is written ``ID:KEY`` (32 bytes, base64), several divided by commas: the first one encrypts, all
decrypt. What a field is bound to (whose, which) is authenticated with it: it can't be moved elsewhere.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES, _NONCE = 32, 12
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#).*$", re.IGNORECASE | re.DOTALL)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_ABROAD = re.compile(r"\+(?!86)\d{6,15}")
_HELP = "先用 huashu contacts key 生成密钥，再写入环境变量 HUASHU_CONTACT_KEY"


@dataclass(frozen=True, slots=True)
class ContactKey:
    """One key; the two it is used by are derived from it."""

    key_id: str
    cipher: bytes = field(repr=False)
    matching: bytes = field(repr=False)

    def encrypt(self, text: str, bound_to: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self.cipher).encrypt(nonce, text.encode(), bound_to.encode())

    def decrypt(self, sealed: bytes, bound_to: str) -> str:
        """Return the text; raises ConfigurationError (``bad-contact``) for what this key didn't seal here."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            text = AESGCM(self.cipher).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode())
        except InvalidTag:
            message = f"联系方式无法解密：密钥 {self.key_id} 不是当初加密用的那一把，或数据已被改动"
            raise ConfigurationError(message, code="bad-contact") from None
        return text.decode()

    def hash(self, phone: str) -> str:
        """Return what a normalised number is found by."""
        return hmac.digest(self.matching, phone.encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of a house, the one that encrypts first."""

    keys: tuple[ContactKey, ...]

    @property
    def current(self) -> ContactKey:
        return self.keys[0]

    def named(self, key_id: str) -> ContactKey:
        """Return a key by its id; raises ConfigurationError (``no-such-contact-key``)."""
        found = next((key for key in self.keys if key.key_id == key_id), None)
        if found is None:
            message = f"HUASHU_CONTACT_KEY 里缺少密钥 {key_id}，它加密的联系方式无法读取"
            raise ConfigurationError(message, code="no-such-contact-key")
        return found

    def hashes(self, phone: str) -> list[str]:
        """Return what a number as people write it is found by, under each key; raises InputError."""
        normalised = normalise_phone(phone)
        return [key.hash(normalised) for key in self.keys]


def key_ring(written: str) -> KeyRing:
    """Return the keys of the setting `contact_key`; raises ConfigurationError (``no-contact-key``: none)."""
    if not written.strip():
        raise ConfigurationError(f"没有联系方式密钥，不能保存或读取联系方式：{_HELP}", code="no-contact-key")
    keys = tuple(_keys(written))
    if len({key.key_id for key in keys}) < len(keys):
        raise ConfigurationError("HUASHU_CONTACT_KEY 里有两把密钥编号相同", code="bad-contact-key")
    return KeyRing(keys)


def _keys(written: str) -> Iterator[ContactKey]:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    for part in written.split(","):
        key_id, _, told = part.strip().partition(":")
        try:
            secret = base64.b64decode(told, validate=True)
        except ValueError:
            secret = b""
        if not _ID.fullmatch(key_id) or len(secret) != _BYTES:
            message = f"HUASHU_CONTACT_KEY 须写成“编号:密钥”，多把用逗号隔开：{_HELP}"
            raise ConfigurationError(message, code="bad-contact-key")
        cipher, matching = (
            HKDF(hashes.SHA256(), _BYTES, None, f"huashu contacts {use}".encode()).derive(secret)
            for use in ("cipher", "matching")
        )
        yield ContactKey(key_id, cipher, matching)


def new_key() -> str:
    """Return a new key as the setting takes it; its id is the day it was made, and chance."""
    key_id = f"k{datetime.now(UTC):%Y%m%d}-{secrets.token_hex(2)}"
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(_BYTES)).decode()}"


def key_file(database: str) -> Path | None:
    """Return the file beside an embedded database that holds its key; None for a database on a server."""
    if "://" in database:
        from sqlalchemy import make_url

        url = make_url(database)
        database = url.database or "" if url.get_backend_name() == "sqlite" else ""
    if database in ("", ":memory:"):
        return None
    path = Path(database).expanduser()
    return path.with_name(f"{path.name}.contact-key")


def house_key(written: str, database: str) -> str:
    """Return the setting `contact_key` or, where it says nothing, what the file beside the database says.

    Raises ConfigurationError (``bad-contact-key``) for a file that can't be read, or that others may read.
    """
    path = None if written.strip() else key_file(database)
    if path is None or not path.exists():
        return written
    try:
        if os.name == "posix" and path.stat().st_mode & 0o077:
            message = f"联系方式密钥文件的权限过宽，请先执行 chmod 600 {path}"
            raise ConfigurationError(message, code="bad-contact-key", path=str(path))
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        message = "联系方式密钥文件无法读取"
        raise ConfigurationError(message, code="bad-contact-key", path=str(path)) from error


def make_key_file(database: str) -> Path | None:
    """Write a new key beside an embedded database, for its owner alone; None: nothing to be made."""
    path = key_file(database)
    if path is None:
        return None
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return None
    except OSError as error:
        message = f"联系方式密钥文件无法写入：{error.strerror}"
        raise ConfigurationError(message, code="bad-contact-key", path=str(path)) from error
    with os.fdopen(made, "w", encoding="ascii") as file:
        file.write(f"{new_key()}\n")
        file.flush()
        os.fsync(file.fileno())
    return path


def normalise_phone(phone: str) -> str:
    """Return a number as one that is written the same however people write it.

    Full-width digits, spaces, dashes, brackets, +86 or 0086 and an extension make no difference:
    ``+86 138-0013-8000`` is ``13800138000``, ``(010)6552 1234 转 8`` is ``01065521234``; a foreign number
    keeps its ``+``.
    Raises InputError (``bad-phone``) for what is no number.
    """
    plain = _EXTENSION.sub("", unicodedata.normalize("NFKC", phone).strip())
    abroad = re.match(r"\s*\(?\s*(?:\+|00)", plain) is not None
    digits = "".join(sign for sign in plain if sign.isascii() and sign.isdigit())
    if abroad:
        digits = digits.removeprefix("00") if "+" not in plain else digits
        if not digits.startswith("86"):
            number = f"+{digits}"
            if _ABROAD.fullmatch(number):
                return number
            raise InputError("电话号码无法识别", code="bad-phone")
        digits = _at_home(digits[2:])
    elif digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        digits = digits[2:]
    letters = any(sign.isalpha() for sign in plain)
    if letters or not 5 <= len(digits) <= 15:
        raise InputError("电话号码无法识别", code="bad-phone")
    return digits


def _at_home(digits: str) -> str:
    """Return the number behind +86 as it is dialled at home: an area code gets its 0 back."""
    if _MOBILE.fullmatch(digits) or digits.startswith(("0", "400", "800")) or len(digits) < 9:
        return digits
    return f"0{digits}"
