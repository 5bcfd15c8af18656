"""Calls into the QA desk, and a month in figures, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from assistant.cli.main import main

PACK = """\
pack: tiny
version: "1"
rules:
  - id: tiny.shirking.not-mine
    title: 推卸责任
    source: [B-3]
    kind: phrase
    severity: major
    match: {any: ["不归我管"]}
    message: 出现推卸责任的说法“{matched}”
    suggest: 我帮您转接
    examples: {hit: ["这个‹不归我管›"], miss: ["这个我帮您转"]}
"""


@pytest.fixture
def house(tmp_path: Path, sqlite_database: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a pack, a database and two calls of October."""
    Path(sqlite_database).rename(tmp_path / "calls.db")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yml").write_text(PACK, encoding="utf-8")
    monkeypatch.setenv("HUASHU_PACKS", str(tmp_path / "tiny.yml"))
    monkeypatch.setenv("HUASHU_DATABASE", str(tmp_path / "calls.db"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    turns = [{"role": "agent", "text": "这个不归我管"}, {"role": "customer", "text": "那找谁呢"}]
    for number in range(2):
        meta = {"agent_id": f"300{number}", "started_at": f"2026-10-0{number + 1}T09:00:00+00:00"}
        told = json.dumps({"id": f"c{number}", "meta": meta, "turns": turns}, ensure_ascii=False)
        (tmp_path / "calls").mkdir(exist_ok=True)
        (tmp_path / "calls" / f"c{number}.json").write_text(told, encoding="utf-8")
    return tmp_path


def test_calls_come_in_once_and_make_a_month(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["qa", "import", "calls"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[:2] for line in told[:-1]] == [["stored", "c0"], ["stored", "c1"]]
    assert told[-1] == "2 stored"
    assert main(["qa", "import", "calls", "--rescore"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 duplicate"
    assert main(["report", "month", "2026-10"]) == 0
    shown = capsys.readouterr().out
    assert "推卸责任" in shown
    assert "不推诿、不拿规定搪塞、不贬损公司同事" in shown
    assert main(["report", "month", "2026-10", "--format", "json", "--agent", "3000"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert (body["schema"], body["whole"]["calls"]) == ("huashu.qa-report/1", 1)
    assert main(["report", "month", "2026-10", "--format", "xlsx", "-o", "十月.xlsx"]) == 0
    assert load_workbook(house / "十月.xlsx")["总览"]["B2"].value == 2


def test_what_is_asked_wrongly_is_said(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "month", "2026-13"]) == 2
    assert main(["report", "month", "2026-10", "--format", "xlsx"]) == 2
    (house / "broken.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert main(["qa", "import", "broken.xls"]) == 4
    assert "1 error" in capsys.readouterr().out


def test_figures_of_calls_stored_before_are_made(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from sqlalchemy import delete

    from assistant.store.database import open_store
    from assistant.store.review import models as q

    assert main(["qa", "import", "calls"]) == 0
    store = open_store(str(house / "calls.db"))
    for table in (q.CallFact, q.CallCount, q.CallLoss, q.Tally, q.DayTally):
        store.write(lambda c, table=table: c.execute(delete(table)) and None).result(10)  # type: ignore[misc]
    store.close()
    capsys.readouterr()
    assert main(["qa", "rebuild"]) == 0
    assert capsys.readouterr().out == "2 calls\n"
    assert main(["report", "month", "2026-10", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["whole"]["calls"] == 2
