from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime
from threading import Event
from typing import TYPE_CHECKING

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text

from assistant.errors import ConfigurationError
from assistant.store import models as m
from assistant.store.audit import note
from assistant.store.database import alembic_config, engine_for, open_store, up_to_date
from assistant.store.users import list_users

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from assistant.store.database import Store


def test_migrations_make_what_the_models_say(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        return list(compare_metadata(context, m.Base.metadata))

    assert store.read(differences) == []
    assert store.read(up_to_date)


def test_migrations_go_both_ways(store: Store) -> None:
    with store.engine.execution_options(writes=True).begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert not store.read(up_to_date)
    with store.engine.execution_options(writes=True).begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    assert store.read(up_to_date)


def test_emotions_of_stored_reports_are_taken_over(store: Store) -> None:
    call = {
        "call_id": "c1", "channel": "hotline", "origin": "live", "status": "ended", "meta": {},
        "day": date(2026, 11, 3), "started_at": datetime(2026, 11, 3, tzinfo=UTC), "turns": 0, "events": 0,
    }  # fmt: skip
    bodies = [{"turns": [{"emotion": {"label": label}}, {}]} for label in ("calm", "angry")]
    with store.engine.execution_options(writes=True).begin() as connection:
        number = connection.execute(
            insert(m.Conversation).values(call).returning(m.Conversation.number)
        ).scalar()
        for body in bodies:
            report = {
                "conversation": number,
                "made_at": call["started_at"],
                "ruleset_sha256": "",
                "body": body,
            }
            connection.execute(insert(m.Report).values(report))
        command.downgrade(alembic_config(connection), "0002")
    with store.engine.execution_options(writes=True).begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    assert store.read(lambda c: c.execute(select(m.Emotion.label)).scalars().all()) == ["angry"]


def test_agent_ids_several_users_had_are_left_to_the_first(store: Store) -> None:
    names = ("王芳", "张三", "周新")
    with store.engine.execution_options(writes=True).begin() as connection:
        command.downgrade(alembic_config(connection), "0012")
        for name in names:
            user = {
                "name": name, "role": "agent", "agent_id": "3056", "password": "-", "must_change": False,
                "active": name != "周新", "made_at": datetime.now(UTC),
            }  # fmt: skip
            connection.execute(insert(m.User).values(user))
    with store.engine.execution_options(writes=True).begin() as connection:
        command.upgrade(alembic_config(connection), "head")
    ids = {user.name: user.agent_id for user in store.read(list_users)}
    assert ids == {"王芳": "3056", "张三": None, "周新": "3056"}
    entry = store.read(lambda c: c.execute(select(m.AuditEntry.__table__)).mappings().one())
    assert (entry["target"], entry["detail"]["kept_by"]) == ("张三", "王芳")


def test_several_processes_may_open_a_new_database_at_once(empty_database: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for store in list(pool.map(open_store, [empty_database] * 4)):
            assert store.read(up_to_date)
            store.close()


def test_a_new_file_that_another_process_is_about_to_open_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "huashu.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(1) as pool:
        opening = pool.submit(open_store, str(path))
        with pytest.raises(TimeoutError):
            opening.result(0.3)
        other.execute("COMMIT")
        store = opening.result(10)
    other.close()
    assert store.read(up_to_date)
    store.close()


@pytest.mark.parametrize("content", [b"x", b"a letter of several lines\n" * 50])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match="no database"):
        open_store(str(path))
    assert path.read_bytes() == content
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]


def test_a_database_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE birds (name TEXT)")
        other.commit()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="no database"):
        open_store(str(path))
    assert path.read_bytes() == before


def test_a_database_that_is_not_there_is_made_where_that_is_asked_alone(tmp_path: Path) -> None:
    path = tmp_path / "none" / "x.db"
    with pytest.raises(ConfigurationError) as caught:
        open_store(str(path), create=False)
    assert caught.value.code == "no-database"
    assert not path.parent.exists()
    open_store(str(path)).close()
    open_store(str(path), create=False).close()


def test_files_of_a_database_are_their_owners(tmp_path: Path) -> None:
    path = tmp_path / "huashu.db"
    store = open_store(str(path))
    store.write(lambda connection: note(connection, "test", "count", "1")).result(10)
    modes = {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()}
    assert modes == dict.fromkeys(["huashu.db", "huashu.db-wal", "huashu.db-shm"], 0o600)
    store.close()
    path.chmod(0o644)
    open_store(str(path)).close()
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_is_written_is_there_when_the_answer_comes(store: Store) -> None:
    jobs = [
        store.write(lambda connection, n=n: note(connection, "test", "count", str(n))) for n in range(300)
    ]
    jobs[-1].result(10)
    targets = store.read(lambda connection: connection.execute(select(m.AuditEntry.target)).scalars().all())
    assert sorted(targets, key=int) == [str(n) for n in range(300)]


def test_a_job_that_fails_takes_back_its_own_alone(store: Store) -> None:
    def broken(connection: Connection) -> None:
        note(connection, "test", "broken", "x")
        raise ValueError("no")

    def wrong(connection: Connection) -> None:
        connection.execute(text("SELECT nothing FROM nowhere"))

    before, bad, worse, after = (
        store.write(job)
        for job in (
            lambda c: note(c, "test", "good", "1"),
            broken,
            wrong,
            lambda c: note(c, "test", "good", "2"),
        )
    )
    before.result(10)
    after.result(10)
    with pytest.raises(ValueError, match="no"):
        bad.result(10)
    assert worse.exception(10) is not None
    actions = store.read(lambda connection: connection.execute(select(m.AuditEntry.action)).scalars().all())
    assert actions == ["good", "good"]


def test_a_job_called_off_leaves_the_others_alone(store: Store) -> None:
    begun, go_on = Event(), Event()

    def slow(connection: Connection) -> None:
        begun.set()
        go_on.wait(10)
        note(connection, "test", "slow", "")

    first = store.write(slow)
    assert begun.wait(10)
    called_off = store.write(lambda connection: note(connection, "test", "off", ""))
    last = store.write(lambda connection: note(connection, "test", "last", ""))
    assert called_off.cancel()
    assert not first.cancel()
    go_on.set()
    last.result(10)
    actions = store.read(lambda connection: connection.execute(select(m.AuditEntry.action)).scalars().all())
    assert actions == ["slow", "last"]


def test_closing_writes_what_was_handed_in(database: str) -> None:
    store = open_store(database)
    for n in range(50):
        store.write(lambda connection, n=n: note(connection, "test", "count", str(n)))
    store.close()
    with pytest.raises(RuntimeError):
        store.write(lambda connection: note(connection, "test", "late", ""))
    again = open_store(database)
    assert len(again.read(lambda c: c.execute(select(m.AuditEntry.number)).all())) == 50
    again.close()


def test_times_come_back_as_they_were(store: Store) -> None:
    from datetime import UTC, datetime, timedelta, timezone

    moment = datetime(2026, 11, 3, 18, 2, tzinfo=timezone(timedelta(hours=8)))
    values = {"at": moment, "actor": "客服", "action": "a", "target": "t", "detail": {"字": [1, None]}}
    store.write(lambda connection: connection.execute(insert(m.AuditEntry).values(values))).result(10)
    row = store.read(lambda c: c.execute(select(m.AuditEntry.__table__)).mappings().one())
    assert row["at"] == moment
    assert row["at"].tzinfo is UTC
    assert (row["actor"], row["detail"]) == ("客服", {"字": [1, None]})


def test_sqlite_writes_ahead(tmp_path: Path) -> None:
    engine = engine_for(str(tmp_path / "a.db"))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("oracle://x", "bad-database"),
        ("nothing://x/y", "bad-database"),
        ("://", "bad-database"),
        ("postgresql://me:secret@127.0.0.1:1/none", "no-database"),
    ],
)
def test_addresses_nothing_answers_at(address: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        open_store(address)
    assert caught.value.code == code
    assert "secret" not in str(caught.value)
