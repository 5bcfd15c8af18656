"""Published rules from the command line: listed, and taken back where the software can't read them."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

import pytest
from serving import opened
from small_calls import HOUSE
from sqlalchemy import insert, select

from assistant.cli.main import main
from assistant.settings import Settings
from assistant.store import models as m
from assistant.store import rulebook
from assistant.store.database import open_store
from assistant.store.rulebook_models import RuleFile
from assistant.web import app as application

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.store.database import Connection

UNREADABLE = "pack: house\nversion: '9'\nrules:\n- {id: house.of.later, kind: telepathy}\n"


def publish(connection: Connection, text: str, why: str) -> int:
    digest = hashlib.sha256(text.encode()).hexdigest()
    connection.execute(insert(RuleFile).values(sha256=digest, text=text))
    base = rulebook.latest_version(connection)
    packs = [{"name": "house", "version": str(base + 1), "sha256": digest}]
    return rulebook.publish(
        connection, "王芳", base=base, why=why, files={"house.yml": digest}, sha256=digest, packs=packs
    )


@pytest.fixture
def database(sqlite_database: str) -> str:
    """Rules that are readable, then some of a software to come."""
    store = open_store(sqlite_database)
    for text, why in ((HOUSE, "试行"), (UNREADABLE, "将来的写法")):
        store.write(partial(publish, text=text, why=why)).result(10)
    store.close()
    return sqlite_database


@pytest.fixture
def huashu(database: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: str) -> tuple[int, str]:
        code = main(["rules", *arguments, "--database", database])
        told = capsys.readouterr()
        return code, told.out.strip() or told.err.strip()

    return run


def test_versions_are_listed(huashu: Callable[..., tuple[int, str]]) -> None:
    code, told = huashu("versions")
    assert code == 0
    latest, first = told.splitlines()
    assert (latest.split()[0], first.split()[0]) == ("2", "1")
    assert "王芳" in latest
    assert "将来的写法" in latest
    assert "house 1" in first


def test_a_version_is_put_in_force_again(huashu: Callable[..., tuple[int, str]], database: str) -> None:
    assert huashu("restore", "1", "--why", "第 2 版读不了") == (0, "3")
    assert huashu("restore", "0", "--why", "先用随软件的") == (0, "4")
    store = open_store(database)
    versions = store.read(partial(rulebook.list_versions, most=4))
    assert [(each.restores, each.why) for each in versions[:2]] == [(0, "先用随软件的"), (1, "第 2 版读不了")]
    assert versions[1].files == versions[3].files
    assert (versions[0].sha256, versions[0].files) == (None, {})
    noted = select(m.AuditEntry.actor).where(m.AuditEntry.action == "rules.publish")
    assert store.read(lambda c: c.execute(noted).scalars().all())[2:] == ["command line"] * 2
    store.close()


def test_what_cannot_be_put_in_force_is_said(huashu: Callable[..., tuple[int, str]]) -> None:
    code, told = huashu("restore", "7", "--why", "错了")
    assert (code, "no version 7" in told) == (2, True)
    code, told = huashu("restore", "2", "--why", "错了")
    assert (code, "telepathy" in told) == (3, True)
    assert len(huashu("versions")[1].splitlines()) == 2


def test_the_service_says_how_to_go_on(
    huashu: Callable[..., tuple[int, str]], database: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(database=database)
    with pytest.raises(Exception, match="telepathy"), opened(application.create_app(settings)):
        pass
    assert "huashu rules restore 0" in caplog.text
    assert huashu("restore", "0", "--why", "新版本读不了") == (0, "3")
    with opened(application.create_app(settings)) as client:
        assert client.get("/readyz").status_code == 200
