"""Signals go out when a transaction is on disk: to the process, and on PostgreSQL to all."""

from __future__ import annotations

from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from assistant.store.database import open_store
from assistant.store.signals import BOARD, JOBS, signal

if TYPE_CHECKING:
    from assistant.store.database import Store


def told_twice(connection: Any) -> None:
    signal(connection, JOBS)
    signal(connection, JOBS)


def fails(connection: Any) -> None:
    signal(connection, BOARD)
    raise ValueError


def heard(queue: SimpleQueue[str], topic: str) -> None:
    while queue.get(timeout=20) != topic:
        pass


def test_a_process_hears_its_own(store: Store) -> None:
    queue: SimpleQueue[str] = SimpleQueue()
    store.listen(queue.put)
    store.write(told_twice).result(10)
    heard(queue, JOBS)


def test_what_is_taken_back_is_not_told(tmp_path: Any) -> None:
    store = open_store(str(tmp_path / "s.db"))
    queue: SimpleQueue[str] = SimpleQueue()
    store.listen(queue.put)
    for job in (fails, told_twice):
        future = store.write(job)
        if job is fails:
            with pytest.raises(ValueError):
                future.result(10)
        else:
            future.result(10)
    heard(queue, JOBS)
    with pytest.raises(Empty):
        queue.get_nowait()
    store.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_other_processes_hear_it_on_postgresql(database: str) -> None:
    one, other = open_store(database), open_store(database)
    queue: SimpleQueue[str] = SimpleQueue()
    other.listen(queue.put)
    heard(queue, JOBS)  # it listens now, and tells all topics to begin with
    one.write(told_twice).result(10)
    heard(queue, JOBS)
    one.close()
    other.close()
