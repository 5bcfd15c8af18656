from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from receiving import receiving

from assistant.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def huashu(sqlite_database: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["webhooks", *arguments, "--database", sqlite_database])
        told = capsys.readouterr()
        return code, told.out.strip() or told.err.strip()

    return run


def test_a_webhook_is_added_tried_and_removed(huashu: Callable[..., tuple[int, str]]) -> None:
    with receiving() as receiver:
        code, told = huashu("add", receiver.address, "--type", "alert")
        number, secret = told.split()
        assert (code, secret[:6]) == (0, "whsec_")
        assert huashu("test", number) == (0, "200")
        receiver.usual = 500
        code, told = huashu("test", number)
        assert code == 4
        assert "500" in told
        assert len(receiver.came) == 2
    code, told = huashu("list")
    assert code == 0
    assert "alert" in told
    assert secret not in told
    assert huashu("enable", number)[0] == 0
    assert huashu("remove", number)[0] == 0
    assert huashu("list") == (0, "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["add", "ftp://h/"], "http"),
        (["add", "http://h/", "--type", "all"], "report.finished"),
        (["remove", "7"], "no webhook"),
        (["enable", "7"], "no webhook"),
        (["test", "7"], "no webhook"),
    ],
)
def test_what_cannot_be_done_is_said(
    huashu: Callable[..., tuple[int, str]], arguments: list[str], told: str
) -> None:
    code, text = huashu(*arguments)
    assert code == 2
    assert told in text
