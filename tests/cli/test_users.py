from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from assistant.cli.main import main
from assistant.store import users
from assistant.store.database import open_store
from assistant.web import passwords

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def huashu(
    sqlite_database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    Path(sqlite_database).rename(tmp_path / "u.db")

    def run(*arguments: str) -> tuple[int, str]:
        code = main(["users", *arguments, "--database", str(tmp_path / "u.db")])
        told = capsys.readouterr()
        return code, told.out.strip() or told.err.strip()

    return run


def found(folder: Path, name: str) -> users.User:
    store = open_store(str(folder / "u.db"))
    user = store.read(lambda connection: users.find_user(connection, name))
    store.close()
    assert user is not None
    return user


def test_a_user_is_added_and_gets_another_password(
    huashu: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    code, first = huashu("add", "王芳", "--role", "agent", "--agent-id", "3056")
    assert code == 0
    user = found(tmp_path, "王芳")
    assert (user.role, user.agent_id, user.must_change) == ("agent", "3056", True)
    assert passwords.matches(first, user.password)
    _, second = huashu("password", "王芳")
    assert passwords.matches(second, found(tmp_path, "王芳").password)
    assert not passwords.matches(first, found(tmp_path, "王芳").password)
    assert huashu("disable", "王芳")[0] == 0
    assert "disabled" in huashu("list")[1]
    assert huashu("enable", "王芳")[0] == 0
    assert found(tmp_path, "王芳").active


def test_a_password_of_ones_own_is_asked_for(
    huashu: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it nobody could begin on a machine that is reached from elsewhere only, as in a container."""
    monkeypatch.setattr("sys.stdin", type("Terminal", (StringIO,), {"isatty": lambda _: True})())
    typed = iter(["correct horse", "correct horse", "battery staple", "battery staple"])
    monkeypatch.setattr("getpass.getpass", lambda *_, **__: next(typed))
    assert huashu("add", "admin", "--role", "admin", "--choose")[0] == 0
    admin = found(tmp_path, "admin")
    assert not admin.must_change
    assert passwords.matches("correct horse", admin.password)
    store = open_store(str(tmp_path / "u.db"))
    assert store.read(users.any_settled_admin)
    store.close()
    assert huashu("password", "admin", "--choose")[0] == 0
    assert passwords.matches("battery staple", found(tmp_path, "admin").password)


def test_a_password_is_piped_in(
    huashu: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("correct horse\n"))
    assert huashu("add", "admin", "--role", "admin", "--choose")[0] == 0
    assert passwords.matches("correct horse", found(tmp_path, "admin").password)
    monkeypatch.setattr("sys.stdin", StringIO("admin horse staple\n"))
    code, told = huashu("password", "admin", "--choose")
    assert (code, "用户名" in told) == (2, True)


def test_tokens(huashu: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    _, secret = huashu("token", "asr", "--scope", "live", "--scope", "check", "--days", "30")
    store = open_store(str(tmp_path / "u.db"))
    token = store.read(lambda connection: users.find_token(connection, secret))
    store.close()
    assert token is not None
    assert (token.name, token.scopes) == ("asr", ("check", "live"))
    assert "until" in huashu("list")[1]
    assert huashu("revoke", "asr")[0] == 0
    assert huashu("list") == (0, "")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["add", "王芳", "--role", "boss"], 2, "supervisor"),
        (["add", "王芳"], 2, "--agent-id"),
        (["add", "x" * 65, "--role", "qa"], 2, "64"),
        (["password", "王芳"], 2, "no user"),
        (["token", "asr", "--scope", "everything"], 2, "live"),
        (["revoke", "asr"], 2, "no token"),
    ],
)
def test_what_cannot_be_done_is_said(
    huashu: Callable[..., tuple[int, str]], arguments: list[str], code: int, told: str
) -> None:
    left, text = huashu(*arguments)
    assert left == code
    assert told in text


def test_names_are_given_once(huashu: Callable[..., tuple[int, str]]) -> None:
    assert huashu("add", "李明", "--role", "qa")[0] == 0
    code, told = huashu("add", "李明", "--role", "qa")
    assert code == 5
    assert "同名" in told


def test_an_agent_id_belongs_to_one_active_user(huashu: Callable[..., tuple[int, str]]) -> None:
    assert huashu("add", "王芳", "--agent-id", "3056")[0] == 0
    code, told = huashu("add", "张三", "--agent-id", "3056")
    assert (code, "王芳" in told) == (5, True)
    assert huashu("disable", "王芳") == (0, "王芳：已停用")
    assert huashu("add", "张三", "--agent-id", "3056")[0] == 0
    code, told = huashu("enable", "王芳")
    assert (code, "张三" in told) == (5, True)


def test_one_administrator_is_left(huashu: Callable[..., tuple[int, str]]) -> None:
    assert huashu("add", "admin", "--role", "admin")[0] == 0
    code, told = huashu("disable", "admin")
    assert (code, "管理员" in told) == (5, True)
    assert huashu("add", "second", "--role", "admin")[0] == 0
    assert huashu("disable", "admin") == (0, "admin：已停用")
    assert huashu("disable", "second")[0] == 5
    assert huashu("enable", "admin") == (0, "admin：已启用")


@pytest.mark.parametrize("command", [["users", "list"], ["erase", "c1"], ["export"], ["webhooks", "list"]])
def test_a_mistyped_database_is_not_made(
    tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "none" / "x.db"
    assert main([*command, "--database", str(path)]) == 3
    assert "no database" in capsys.readouterr().err
    assert not path.parent.exists()
