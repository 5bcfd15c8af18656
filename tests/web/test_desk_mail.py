from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING, Any

from assistant.desk.definition import Mail
from assistant.web.ticking import PASSWORD, send

if TYPE_CHECKING:
    from email.message import EmailMessage

    import pytest


def test_what_was_gathered_goes_as_one_letter_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Any] = []

    class Server:
        def __init__(self, host: str, port: int, timeout: float) -> None:
            done.append((host, port))
            assert timeout > 0

        def __enter__(self) -> Server:
            return self

        def __exit__(self, *_: object) -> None: ...

        def starttls(self) -> None:
            done.append("tls")

        def login(self, user: str, password: str) -> None:
            done.append((user, password))

        def send_message(self, letter: EmailMessage) -> None:
            done.append(letter)

    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setenv(PASSWORD, "secret")
    mail = Mail(host="mail.example", user="desk", sender="desk@example.com")
    send(mail, ["a@example.com", "b@example.com"], ["工单 1 已超时", "工单 2 已升级"])
    assert done[:3] == [("mail.example", 587), "tls", ("desk", "secret")]
    letter = done[3]
    assert letter["To"] == "a@example.com, b@example.com"
    assert letter["Subject"] == "投诉台：2 条提醒"
    assert letter.get_content() == "工单 1 已超时\n工单 2 已升级\n"
