"""Passwords: argon2 hashes, and secrets nobody can guess."""

from __future__ import annotations

import secrets
import unicodedata
from base64 import b64encode
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from assistant.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

SHORTEST, LONGEST = 10, 200
_HASHER = PasswordHasher()  # argon2id with the parameters RFC 9106 recommends
_SALT, _HASH = (
    b64encode(secrets.token_bytes(octets)).decode().rstrip("=")
    for octets in (_HASHER.salt_len, _HASHER.hash_len)
)
NOBODYS = (
    f"$argon2id$v={ARGON2_VERSION}$m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
    f"${_SALT}${_HASH}"
)
"""What looks like a hash of a password and is none: to hash one takes a while, and each start would do so."""
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another

_DISTINCT, _LEFT, _RUN = 5, 4, 3
_KEYS = (
    "01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik", "!@#$%^&*()",
)  # fmt: skip
_ROWS = (*_KEYS, *(row[::-1] for row in _KEYS))
_COMMON = (
    "woaini", "woaiwo", "wodemima", "mima", "5201314", "1314520", "1314", "520", "147258369", "147258",
    "159357", "110110", "112233", "123123", "123321", "000000", "111111", "666666", "888888", "999999",
    "passw0rd", "password", "p@ssw0rd", "iloveyou", "welcome", "admin", "root", "test", "guest", "login",
    "huashu", "kefu", "zuoxi", "taobao", "dearbook", "密码", "我爱你", "客服",
)  # fmt: skip


def hashed(password: str) -> str:
    """Return the hash to store; raises UsageError for a password that is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"密码长度须在 {SHORTEST} 到 {LONGEST} 个字符之间", code="bad-password")
    return _HASHER.hash(password)


def check(password: str, name: str, houses: Iterable[str] = ()) -> None:
    """Refuse a password somebody has chosen that is easily guessed; raises UsageError (``bad-password``).

    `name` is the user's, `houses` are names of the company. Each name of a house, common word and run of keys
    counts nothing: what is left has to be something.
    """
    text = unicodedata.normalize("NFKC", password).casefold()
    own = unicodedata.normalize("NFKC", name).casefold()
    if len(own) > 1 and own in text:
        raise UsageError("密码不能包含用户名", code="bad-password")
    if len(set(text)) < _DISTINCT or text in (text + text)[1:-1]:
        raise UsageError("密码不能由少数几个字符反复组成", code="bad-password")
    weak = {*_COMMON, *(house.casefold() for house in houses if len(house) > 1)}
    for word in sorted(weak, key=len, reverse=True):
        text = text.replace(word, "")
    if len(set(_without_runs(text))) < _LEFT:
        message = "密码太容易被猜到：请不要用常见密码、单位名称、连续的数字或键盘上相邻的键"
        raise UsageError(message, code="bad-password")


def _without_runs(text: str) -> str:
    """Return `text` without what is typed along a row of keys, the alphabet or the digits, either way."""
    left, place = "", 0
    while place < len(text):
        run = max((_along(row, text[place:]) for row in _ROWS), default=0)
        if run < _RUN:
            left += text[place]
        place += run if run >= _RUN else 1
    return left


def _along(row: str, text: str) -> int:
    longest = 0
    while longest < len(text) and text[: longest + 1] in row:
        longest += 1
    return longest


def matches(password: str, known: str | None) -> bool:
    """Whether `password` is the one of the hash; for nobody's it takes as long as for somebody's."""
    try:
        return _HASHER.verify(known or NOBODYS, password) and known is not None
    except (VerificationError, InvalidHashError):
        return False


def one_time() -> str:
    """Return a password to type once."""
    return "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))


def secret() -> str:
    """Return a secret for a cookie or a token."""
    return secrets.token_urlsafe(32)
