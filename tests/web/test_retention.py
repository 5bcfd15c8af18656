from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from serving import let_in, opened
from sqlalchemy import select
from waiting import until

from assistant.model import Conversation, Speaker, Turn
from assistant.report.wire import report_object
from assistant.settings import Settings
from assistant.store import conversations
from assistant.store import models as m
from assistant.store.database import open_store
from assistant.web import app as application
from assistant.web import retention

if TYPE_CHECKING:
    from assistant.engine.fold import Engine
    from assistant.store.database import Store

NOW = datetime.now(UTC)


def keep(store: Store, engine: Engine, call_id: str, days: float) -> None:
    """Store a call that began so many days ago."""
    meta = {"started_at": (NOW - timedelta(days=days)).isoformat()}
    call = Conversation(call_id, (Turn(0, Speaker.AGENT, "您好"),), meta)
    report = report_object(engine.run(call))
    store.write(lambda c: conversations.keep_conversation(c, call, report, day=date(2026, 11, 1))).result(10)


def test_the_service_deletes_what_it_keeps_no_longer(
    engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    monkeypatch.setattr(retention, "_STEP", 2)
    store = open_store(database)
    for number in range(5):
        keep(store, engine, f"old-{number}", 31 + number)
    keep(store, engine, "young", 29)
    store.close()
    app = application.create_app(Settings(database=database, keep_days=30))
    with opened(app) as client:
        let_in(app, "reader", ["read"])
        client.headers["authorization"] = "Bearer reader"

        def left() -> list[Any]:
            return [item["call_id"] for item in client.get("/api/conversations").json()["items"]]

        until(lambda: left() == ["young"])
        store = app.state.service.store
        query = select(m.AuditEntry.detail).where(m.AuditEntry.action == "conversation.expire")
        noted = store.read(lambda c: c.execute(query).scalars().all())
        assert [each["conversations"] for each in noted] == [2, 2, 1]
        assert store.read(lambda c: c.execute(select(m.Report.conversation)).scalars().all()) == [6]


def test_a_call_under_way_is_kept_however_old(engine: Engine, database: str) -> None:
    store = open_store(database)
    keep(store, engine, "c1", 40)
    store.write(lambda c: c.execute(m.Conversation.__table__.update().values(status="running"))).result(10)
    assert store.write(lambda c: conversations.expire(c, NOW, 10)).result(10) == 0
    store.write(lambda c: c.execute(m.Conversation.__table__.update().values(status="ended"))).result(10)
    assert store.write(lambda c: conversations.expire(c, NOW, 10)).result(10) == 1
    store.close()
