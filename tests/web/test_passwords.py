from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import UsageError
from assistant.web import passwords


@pytest.mark.parametrize(
    "password",
    [
        "1234567890", "0987654321", "aaaaaaaaaa", "abcabcabcabc", "88888888888", "qwertyuiop", "qwerty123456",
        "1qaz2wsx3edc", "woaini1314520", "woaini123456", "Password123", "P@ssw0rd1234", "admin888888",
        "abcdefghij", "１２３４５６７８９０", "我爱你我爱你我爱你我", "平安科技123456", "wangfang2026",
    ],
)  # fmt: skip
def test_what_is_easily_guessed_is_refused(password: str) -> None:
    with pytest.raises(UsageError) as caught:
        passwords.check(password, "wangfang", ["平安科技"])
    assert caught.value.code == "bad-password"


@pytest.mark.parametrize(
    "password", ["一句只有自己知道的话", "correct horse", "茶几上有三只橘子", "x7Kq-2mTz-9p"]
)
def test_what_nobody_guesses_is_taken(password: str) -> None:
    passwords.check(password, "王芳", ["平安科技"])


@given(st.sampled_from(["0123456789", "abcdefghijklmnop", "poiuytrewq"]), st.integers(0, 5))
def test_runs_of_keys_are_worth_nothing(row: str, begin: int) -> None:
    with pytest.raises(UsageError):
        passwords.check((row[begin:] + row)[:10], "王芳")


def test_nobodys_hash_is_looked_at_as_somebodys() -> None:
    assert extract_parameters(passwords.NOBODYS) == extract_parameters(
        passwords.hashed("茶几上有三只橘子和梨")
    )
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(passwords.NOBODYS, "茶几上有三只橘子和梨")
    assert not passwords.matches("茶几上有三只橘子和梨", None)
