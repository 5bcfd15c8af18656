"""Signals that something has changed: to this process, and on PostgreSQL to all that share the database.

A signal is given in the transaction of the change and goes out when that is on disk. It carries a topic
and nothing else, and may be missed or come twice: who hears it looks anew, and does so at times anyway.
"""

from __future__ import annotations

import logging
import socket
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, Engine

BOARD = "board"
"""Live calls, or the day's figures."""
JOBS = "jobs"
"""Something is to be done."""
TOPICS = (BOARD, JOBS)
_CHANNEL = "huashu"
_KEY = "huashu.signals"
_LOOK_S = 0.5
_AGAIN_S = 2.0
_NOTIFY = text("SELECT pg_notify(:channel, :topic)")
_log = logging.getLogger("huashu.store")


def signal(connection: Connection, topic: str) -> None:
    """Give a signal when the transaction of `connection` (one of `Store.write`) is on disk."""
    connection.info.setdefault(_KEY, set()).add(topic)


def announce(connection: Connection) -> frozenset[str]:
    """Send the signals of a transaction that is about to end; return those this process hears at once."""
    topics: set[str] = connection.info.pop(_KEY, set())
    if connection.dialect.name != "postgresql":
        return frozenset(topics)
    for topic in sorted(topics):
        connection.execute(_NOTIFY, {"channel": _CHANNEL, "topic": topic})
    return frozenset()


class Listener:
    """Hears what PostgreSQL is told by any process; tells `heard` each topic, from a thread of its own.

    After a connection was lost it tells all topics: some may have been missed.
    """

    def __init__(self, engine: Engine, heard: Callable[[str], None]) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._heard = heard
        self._closed = Event()
        self._waker, self._woken = socket.socketpair()
        self._thread = Thread(target=self._run, name="huashu-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._waker.close()
        self._thread.join()
        self._woken.close()

    def _run(self) -> None:
        import psycopg

        while not self._closed.is_set():
            try:
                self._listen()
            except (SQLAlchemyError, psycopg.Error) as error:
                _log.warning("no signals from the database: %s", type(error).__name__)
                self._closed.wait(_AGAIN_S)

    def _listen(self) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(f"LISTEN {_CHANNEL}"))
            for topic in TOPICS:
                self._heard(topic)
            psycopg_connection = connection.connection.driver_connection
            if psycopg_connection is None:
                return
            try:
                with DefaultSelector() as selector:
                    selector.register(psycopg_connection, EVENT_READ)
                    selector.register(self._woken, EVENT_READ)
                    while not self._closed.is_set():
                        for notice in psycopg_connection.notifies(timeout=0):
                            self._heard(notice.payload)
                        selector.select(_LOOK_S)
            finally:
                connection.invalidate()  # it listens: nobody else shall have it
