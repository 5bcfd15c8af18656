from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from assistant.cli.users import within
from assistant.store.contact_keys import key_ring, new_key
from assistant.store.contacts import find_by_phone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CASES = """外部编号,受理时间,客户,投诉内容（客户原话要点）,投诉类别,严重程度,结案时间,满意度
A-1,2026-10-08 09:00,陈,快递丢了,配送物流,重要,2026-10-09 10:00,5
A-2,2026-10-09 09:00,=李,空调漏水,产品质量,轻微,,
A-3,2026-10-09 10:00,王,话费不对,没有这一类,轻微,,
"""
COUNTERS = "日期,班组,呼入数,接通数,请求人工数,人工接听数\n2026-10-08,一组,100,90,50,45\n坏的,一组,1,1,1,1\n"


@pytest.fixture
def desk(huashu: Callable[..., Any], sqlite_database: str) -> Callable[..., Any]:
    def run(*arguments: str) -> Any:
        return huashu("desk", *arguments, "--database", sqlite_database)

    return run


def written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_cases_are_taken_over_once_and_bad_rows_are_named(desk: Callable[..., Any], tmp_path: Path) -> None:
    path = written(tmp_path / "cases.csv", CASES)
    first = desk("import", path)
    assert (first.code, first.out) == (4, "2 imported, 0 known already\n")
    assert "cases.csv:4:" in first.err
    assert "没有这一类" in first.err
    assert desk("import", path).out == "0 imported, 2 known already\n"


def test_what_is_exported_holds_the_records_and_no_formula(desk: Callable[..., Any], tmp_path: Path) -> None:
    desk("import", written(tmp_path / "cases.csv", CASES))
    out = tmp_path / "out.csv"
    assert desk("export", str(out)).out == "2 cases\n"
    rows = list(csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines()))
    assert (rows[0]["状态"], rows[0]["满意度"], rows[0]["投诉类别"]) == ("已结案", "5", "配送物流")
    assert rows[1]["客户"] == "'=李"
    assert desk("export", str(tmp_path / "out.xlsx")).code == 0
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    assert sheet.max_row == 3


def test_columns_that_arent_taken_are_named_and_short_titles_are(
    desk: Callable[..., Any], tmp_path: Path
) -> None:
    table = "受理时间,投诉内容,联系电话,备注\n2026-10-08 09:00,快递丢了,13800138000,\n"
    told = desk("import", written(tmp_path / "cases.csv", table))
    assert told.code == 0
    assert "没有导入这些列：联系电话、备注" in told.err
    desk("export", str(tmp_path / "out.csv"))
    (row,) = csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8-sig").splitlines())
    assert row["投诉内容（客户原话要点）"] == "快递丢了"


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_was_exported_is_known_when_it_is_imported(
    desk: Callable[..., Any], tmp_path: Path, ending: str
) -> None:
    numbered = CASES.replace("A-1", "").replace("A-2", "")
    assert desk("import", written(tmp_path / "cases.csv", numbered)).out == "2 imported, 0 known already\n"
    out = str(tmp_path / f"out.{ending}")
    desk("export", out)
    again = desk("import", out)
    assert (again.code, again.out, again.err) == (0, "0 imported, 2 known already\n", "")
    other = written(tmp_path / "other.csv", "编号,受理时间,客户\n1,2026-10-11 09:00,赵\n")
    assert desk("import", other).out == "1 imported, 0 known already\n", "another system's number"


def test_a_report_is_a_workbook_by_its_ending(desk: Callable[..., Any], tmp_path: Path) -> None:
    told = desk("report", str(tmp_path / "x.csv"), "--month", "2026-10")
    assert (told.code, ".xlsx" in told.err) == (2, True)
    assert not (tmp_path / "x.csv").exists()


def test_counters_and_cases_make_the_report(desk: Callable[..., Any], tmp_path: Path) -> None:
    desk("import", written(tmp_path / "cases.csv", CASES))
    counted = desk("counters", written(tmp_path / "counters.csv", COUNTERS))
    assert (counted.code, counted.out) == (4, "1 kept, 1 refused\n")
    report = tmp_path / "report.xlsx"
    assert desk("report", str(report), "--month", "2026-10", "--to", "2026-12").code == 0
    figures = {row[0]: row[2] for row in openpyxl.load_workbook(report)["指标"].values}
    assert (figures["系统接通率"], figures["答复率"], figures["回访满意度"]) == (0.9, 0.5, 1)
    assert desk("report", str(report), "--month", "2026-13").code == 2


def test_deadlines_are_told_once_from_the_command_line(desk: Callable[..., Any], tmp_path: Path) -> None:
    desk("import", written(tmp_path / "cases.csv", CASES))
    told = desk("due").out
    assert told.endswith(" told\n")
    assert not told.startswith("0 ")
    assert desk("due").out == "0 told\n"


@pytest.mark.parametrize("name", ["nothing.csv", "empty.csv", "broken.xlsx"])
def test_a_file_that_cant_be_read_is_4(desk: Callable[..., Any], tmp_path: Path, name: str) -> None:
    if name != "nothing.csv":
        (tmp_path / name).write_bytes(b"")
    assert desk("import", str(tmp_path / name)).code == 4


def test_policies_are_put_on_the_queue_once(desk: Callable[..., Any], tmp_path: Path) -> None:
    expiry = datetime.now(UTC).date() + timedelta(days=60)
    path = written(tmp_path / "policies.csv", f"保单号,客户,到期日\nP-1,孙,{expiry}\nP-2,,{expiry}\n")
    first = desk("renewals", path)
    assert (first.code, first.out) == (4, "1 queued, 0 known already\n")
    assert "policies.csv:3:" in first.err
    assert desk("renewals", path).out == "0 queued, 1 known already\n"


def test_phones_of_policies_are_kept_under_the_key_of_contact_data(
    desk: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_database: str
) -> None:
    expiry = datetime.now(UTC).date() + timedelta(days=60)
    path = written(tmp_path / "policies.csv", f"保单号,客户,到期日,手机号\nP-7,孙,{expiry},13800138000\n")
    refused = desk("renewals", path)
    assert (refused.code, refused.out) == (3, "")
    assert "HUASHU_CONTACT_KEY" in refused.err
    key = new_key()
    monkeypatch.setenv("HUASHU_CONTACT_KEY", key)
    assert desk("renewals", path).out == "1 queued, 0 known already\n"
    asked = partial(find_by_phone, keys=key_ring(key), who="t", why="核对", phone="13800138000")
    found = within(sqlite_database, lambda store: store.write(asked).result())
    assert [str(subject) for subject in found] == ["callback/policy/P-7"]
