from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from assistant.cli.main import main
from assistant.model import CallEvent, Conversation, Speaker, Turn
from assistant.store import models as m
from assistant.store.conversations import keep_conversation
from assistant.store.database import open_store

if TYPE_CHECKING:
    from assistant.store.models import Base

REPORT = {
    "status": "scored",
    "ruleset_sha256": "0" * 64,
    "score": {"total": 90, "grade": "良"},
    "meta": {},
    "turns": [],
    "packs": [],
    "findings": [{"turn": 0, "rule": "a.b", "family": "f", "severity": "major"}],
}
OF_CALLS: tuple[type[Base], ...] = (m.Conversation, m.Turn, m.CallEvent, m.Finding, m.Report)


@pytest.fixture
def database(database: str) -> str:
    """Calls of ten years ago and of today."""
    store = open_store(database)
    for name, began in (("old", "2016-11-22T10:00:00+08:00"), ("new", datetime.now(UTC).isoformat())):
        items = (Turn(0, Speaker.AGENT, "您好"), CallEvent("hold", 3.0))
        call = Conversation(name, items, {"started_at": began})
        job = lambda c, call=call: keep_conversation(c, call, REPORT, day=date(2026, 11, 22))  # noqa: E731
        store.write(job).result(10)
    store.close()
    return database


def left(database: str) -> list[int]:
    store = open_store(database)
    counts = [store.read(lambda c, t=t: c.execute(select(func.count()).select_from(t)).scalar_one())
              for t in OF_CALLS]  # fmt: skip
    store.close()
    return counts


@pytest.mark.parametrize("asked", [["old"], ["--days", "365"]])
def test_a_conversation_goes_with_all_that_hangs_on_it(
    database: str, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert left(database) == [2] * len(OF_CALLS)
    assert main(["erase", *asked, "--database", database]) == 0
    assert capsys.readouterr().out == "1 erased\n"
    assert left(database) == [1] * len(OF_CALLS)
    store = open_store(database)
    entry = store.read(lambda c: c.execute(select(m.AuditEntry.__table__)).mappings().one())
    store.close()
    assert (entry["action"], entry["detail"]["conversations"]) == ("conversation.erase", 1)


def test_what_is_not_there_is_said(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["erase", "none", "--database", database]) == 2
    assert main(["erase", "--database", database]) == 2
    assert "not all" in capsys.readouterr().err
    assert left(database) == [2] * len(OF_CALLS)
