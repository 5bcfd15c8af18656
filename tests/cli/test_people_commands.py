"""`huashu org`, `huashu contacts`, `huashu erase --phone`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import openpyxl
import pytest

from assistant.cli.main import main
from assistant.store import contacts, organisation
from assistant.store.contact_keys import key_ring
from assistant.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path


def workbook(path: Path, *rows: tuple[str | None, ...]) -> str:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "坐席"
    for row in (("工号", "姓名", "班组", "生效日期"), *rows):
        sheet.append(row)
    book.create_sheet("班组").append(("编号", "名称"))
    book["班组"].append(("A1", "售后一班"))
    book.save(path)
    return str(path)


@pytest.fixture
def database(sqlite_database: str) -> str:
    return sqlite_database


def test_a_workbook_comes_in_and_goes_out(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(tmp_path / "组织.xlsx", ("3056", "王芳", "A1", "2026-11-01"))
    assert main(["org", "import", path, "--check", "--database", database]) == 0
    assert capsys.readouterr().out == "检查通过，将导入：班组新增 1，坐席新增 1，归属新增 1\n"
    assert main(["org", "import", path, "--database", database]) == 0
    assert capsys.readouterr().out == "已导入：班组新增 1，坐席新增 1，归属新增 1\n"
    out = str(tmp_path / "out.xlsx")
    assert main(["org", "export", out, "--database", database]) == 0
    assert main(["org", "import", out, "--database", database]) == 0
    assert capsys.readouterr().out == "已导入：没有变化\n"
    assert main(["org", "export", out, "--template"]) == 0
    assert openpyxl.load_workbook(out)["坐席"].max_row == 1


def test_wrong_rows_are_listed_and_nothing_is_taken_over(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workbook(tmp_path / "a.xlsx", ("1", "甲", "Z9", "2026-11-01"), ("2", "乙", "A1", "明天"))
    assert main(["org", "import", path, "--database", database]) == 4
    told = capsys.readouterr()
    assert "坐席第 2 行“班组”" in told.err
    assert "坐席第 3 行“生效日期”" in told.err
    assert "2 处有误" in told.err
    assert told.out == ""
    store = open_store(database)
    assert store.read(organisation.teams) == []
    store.close()
    assert main(["org", "import", str(tmp_path / "none.xlsx"), "--database", database]) == 4


def test_contact_keys_are_made_and_rotated_and_contacts_erased(
    database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for _ in range(2):
        assert main(["contacts", "key"]) == 0
        made.append(capsys.readouterr().out.strip())
    old, new = made
    store = open_store(database)
    details = contacts.Details(phone="13800138000")
    job = partial(contacts.add, by="t", subject=contacts.Subject("call", "c1"), details=details)
    store.write(partial(job, keys=key_ring(old))).result(10)
    store.close()
    assert main(["contacts", "rotate", "--database", database]) == 3
    assert "huashu contacts key" in capsys.readouterr().err
    monkeypatch.setenv("HUASHU_CONTACT_KEY", f"{new},{old}")
    assert main(["contacts", "rotate", "--database", database]) == 0
    assert capsys.readouterr().out.startswith("1 encrypted")
    monkeypatch.setenv("HUASHU_CONTACT_KEY", new)
    assert main(["erase", "--phone", "+86 138 0013 8000", "--database", database]) == 0
    assert capsys.readouterr().out == "1 contacts erased\n"
    assert main(["erase", "--phone", "13800138000", "--database", database]) == 0
    assert capsys.readouterr().out == "0 contacts erased\n"


def test_a_key_has_no_place_in_a_file(
    tmp_path: Path, database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.yml").write_text("assistant: {contact_key: abc}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["contacts", "rotate", "--database", database]) == 3
    assert "environment variable" in capsys.readouterr().err
