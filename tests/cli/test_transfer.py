from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from assistant.cli.main import main
from assistant.errors import InputError
from assistant.model import CallEvent, Conversation, Mask, Speaker, Turn
from assistant.store import calls, conversations, transfer
from assistant.store import models as m
from assistant.store.database import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from assistant.store.database import Store

DAY = date(2026, 11, 3)
REPORT: dict[str, Any] = {
    "status": "scored",
    "ruleset_sha256": "0" * 64,
    "score": {"total": 91.5, "grade": "良"},
    "meta": {"agent_id": "3056"},
    "turns": [{"emotion": {"label": "angry", "intensity": 0.7, "confidence": 1.0}}],
    "findings": [{"turn": 0, "rule": "a.b", "family": "f", "severity": "major", "text": "不归我管"}],
    "packs": [{"name": "tiny", "version": "1", "sha256": "1" * 64}],
}
PROMPT = {"id": "p1", "kind": "due", "status": "followed", "followed_turn": 1, "phrases": ["请稍等"]}


def live_call(store: Store, call_id: str, *, ended: bool) -> None:
    opening = calls.Opening(call_id, "hotline", "live", {"agent_id": "3056"}, DAY)
    hold, _ = store.write(lambda c: calls.hold_call(c, opening, "here", take_over=False)).result(10)
    turn = Turn(0, Speaker.AGENT, "打[手机号]", (Mask("phone", 1, 6, "8000"),), 1.5, 3.25, "3056")
    entries = [calls.Entry(1, turn, "u1"), calls.Entry(2, CallEvent("hold", 4.0)), calls.Entry(3, None)]
    events = [calls.Sent(1, 1, "ack", "{}"), calls.Sent(2, 1, "prompt", "{}", prompt=PROMPT)]
    pulse = {"worst": "major"}
    store.write(lambda c: calls.record(c, hold, entries, events, pulse)).result(10)
    store.write(lambda c: calls.rate_prompt(c, call_id, "p1", used=True)).result(10)
    if ended:
        last = [calls.Sent(3, None, "report", "{}")]
        store.write(lambda c: calls.end_call(c, hold, REPORT, last)).result(10)


def entries(store: Store, call_id: str) -> list[calls.Entry]:
    standing = store.read(lambda c: calls.find_call(c, call_id))
    assert standing is not None
    return store.read(lambda c: calls.entries_of(c, standing.number))


@pytest.fixture
def filled(tmp_path: Path) -> str:
    address = str(tmp_path / "old.db")
    store = open_store(address)
    call = Conversation(
        "read", (Turn(0, Speaker.CUSTOMER, "WiFi连不上"),), {"started_at": "2026-11-03T10:00:00Z"}
    )
    store.write(lambda c: conversations.keep_conversation(c, call, REPORT, day=DAY)).result(10)
    live_call(store, "heard", ended=True)
    live_call(store, "running", ended=False)
    store.close()
    return address


def test_what_is_exported_and_imported_is_all_there(
    filled: str, database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "calls.jsonl"
    assert main(["export", "--database", filled]) == 0
    exported = capsys.readouterr().out
    path.write_text(exported, encoding="utf-8")
    ids = [json.loads(line)["conversation"]["call_id"] for line in exported.splitlines()]
    assert ids == ["read", "heard"]
    for said in ("2 imported, 0 known already\n", "0 imported, 2 known already\n"):
        assert main(["import", str(path), "--database", database]) == 0
        assert capsys.readouterr().out == said
    assert main(["export", "--database", database]) == 0
    assert capsys.readouterr().out == exported
    old, new = open_store(filled), open_store(database)
    for call_id in ids:
        was, now = (s.read(lambda c, i=call_id: conversations.read_conversation(c, i)) for s in (old, new))
        assert was == now
        assert entries(old, call_id) == entries(new, call_id)
    angry = conversations.Filter(emotion="angry", rule="a.b", least=91)
    found, _ = new.read(lambda c: conversations.list_conversations(c, angry, limit=9))
    assert [row["call_id"] for row in found] == ["heard", "read"]
    used = new.read(lambda c: c.execute(select(m.Prompt.used, m.Prompt.body)).one())
    assert tuple(used) == (True, PROMPT)
    assert new.read(lambda c: c.execute(select(m.RulePack.name)).scalars().all()) == ["tiny"]
    old.close()
    new.close()


@pytest.mark.parametrize(
    ("line", "code"),
    [("[]", "bad-json"), ("{", "bad-json"), ("{}", "wrong-schema"),
     ('{"schema": "huashu.conversation/1", "conversation": {}}', "bad-conversation")],
)  # fmt: skip
def test_what_isnt_an_export_is_refused(
    line: str, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    assert main(["import", str(path), "--database", str(tmp_path / "new.db")]) != 0
    assert capsys.readouterr().err
    assert main(["export", "--database", str(tmp_path / "new.db")]) == 0
    assert capsys.readouterr().out == ""


def test_a_conversation_that_breaks_off_leaves_nothing(filled: str, tmp_path: Path) -> None:
    old, new = open_store(filled), open_store(str(tmp_path / "new.db"))
    told = old.read(lambda c: next(transfer.export_conversations(c)))
    broken = {**told, "reports": [{}]}
    with pytest.raises(InputError, match="not a whole"):
        new.write(lambda c: transfer.import_conversation(c, broken)).result(10)
    assert new.read(lambda c: c.execute(select(m.Conversation.number)).all()) == []
    assert new.write(lambda c: transfer.import_conversation(c, told)).result(10)
    old.close()
    new.close()
