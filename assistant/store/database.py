"""Open a database: its engine, its tables in their newest form, readers and the writer."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    InterfaceError,
    NoSuchModuleError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from assistant.errors import ConfigurationError
from assistant.report.plain import dumps
from assistant.store.signals import Listener
from assistant.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from concurrent.futures import Future

    from sqlalchemy import URL

__all__ = ["AWAY", "MIGRATIONS", "Connection", "Store", "alembic_config", "engine_for", "migrate",
           "open_store", "up_to_date"]  # fmt: skip
T = TypeVar("T")
AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
"""What is raised while a database doesn't answer."""
MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_MS = 10_000
_MAGIC = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html
_OWNERS = 0o600
_AGAIN_S = 0.02
_MIGRATING = 0x68756173  # the advisory lock of PostgreSQL under which tables are changed
_DRIVER = "postgresql+psycopg"


class Store:
    """A database that is open. Reads run where they are asked for, writes one after another.

    `write` answers when the transaction is on disk. A job may be one of several in a transaction;
    one that raises takes back what it did itself and nothing else.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writer = Writer(engine.execution_options(writes=True), self._committed)
        self._listener: Listener | None = None
        self._heard: Callable[[str], None] | None = None

    def read(self, job: Callable[[Connection], T]) -> T:
        with self.engine.connect() as connection:
            return job(connection)

    def write(self, job: Callable[[Connection], T]) -> Future[T]:
        return self._writer.submit(job)

    def listen(self, heard: Callable[[str], None]) -> None:
        """Let `heard` be told the topics of signals (assistant.store.signals), from another thread.

        With PostgreSQL those of all processes, with SQLite those of this one.
        """
        self._heard = heard
        if self.engine.dialect.name == "postgresql":
            self._listener = Listener(self.engine, heard)

    def _committed(self, topics: Iterable[str]) -> None:
        for topic in topics:
            if self._heard is not None:
                self._heard(topic)

    def close(self) -> None:
        """Finish what was asked to be written, then let go of the database."""
        if self._listener is not None:
            self._listener.close()
        self._writer.close()
        self.engine.dispose()


def open_store(database: str, *, create: bool = True) -> Store:
    """Return the store at `database` (a URL, or the path of an SQLite file), its tables up to date.

    Unless it is to `create` one an SQLite file has to be there. Raises ConfigurationError (``no-database``)
    for an address nothing answers at, and for a file that isn't there or is something else, which stays as it
    is.
    """
    engine = engine_for(database)
    file = engine.url.database
    if engine.dialect.name == "sqlite" and file and file != ":memory:":
        _settle_file(Path(file), create=create)
    try:
        migrate(engine)
    except (SQLAlchemyError, OSError) as error:
        engine.dispose()
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise ConfigurationError(
            f"the database can't be opened: {reason}", code="no-database", path=_shown(engine.url)
        ) from error
    return Store(engine)


def _settle_file(path: Path, *, create: bool) -> None:
    """See that there is a database at `path`, or room for a new one, and that its owner alone can read it."""
    shown = str(path)
    try:
        size = path.stat().st_size if path.exists() else 0
        if not size:
            if not create:
                raise ConfigurationError(
                    "there is no database (huashu serve makes one)", code="no-database", path=shown
                )
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, _OWNERS))  # the log beside it gets the same rights
            return
        with path.open("rb") as file:
            begin = file.read(len(_MAGIC))
    except OSError as error:
        message = f"the database can't be opened: {error.strerror}"
        raise ConfigurationError(message, code="no-database", path=shown) from error
    if begin != _MAGIC or not _ours(path):
        raise ConfigurationError("this file is no database of Huashu", code="no-database", path=shown)
    for each in (path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))):
        with suppress(OSError):  # somebody else's file: its rights are theirs to give
            each.chmod(each.stat().st_mode & ~0o007)


def _ours(path: Path) -> bool:
    """Whether a file of SQLite holds our tables, or none yet."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        except sqlite3.OperationalError:  # another process is about to make them
            return True
        except sqlite3.DatabaseError:
            return False
    return not rows or ("alembic_version",) in rows


def engine_for(database: str) -> Engine:
    """Return an engine for a URL or the path of an SQLite file; raises ConfigurationError."""
    url = _url(database)
    options: dict[str, Any] = {"json_serializer": dumps, "pool_pre_ping": True, "hide_parameters": True}
    try:
        engine = create_engine(url, **options)
    except (ArgumentError, NoSuchModuleError) as error:
        message = "no such driver: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
        raise ConfigurationError(message, code="bad-database", path=_shown(url)) from error
    except ModuleNotFoundError as error:
        message = f"{error.name} is missing: pip install 'huashu-assistant[postgresql]'"
        raise ConfigurationError(message, code="no-driver", path=_shown(url)) from error
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    return engine


def _url(database: str) -> URL:
    if "://" not in database:
        return make_url("sqlite://").set(database=str(Path(database).expanduser()))
    try:
        url = make_url(database)
    except ArgumentError:
        raise ConfigurationError("not a database URL", code="bad-database") from None
    kind = url.get_backend_name()
    if kind not in ("sqlite", "postgres", "postgresql"):
        message = f"{kind} isn't served: sqlite or postgresql"
        raise ConfigurationError(message, code="bad-database", path=_shown(url))
    return url.set(drivername=_DRIVER) if url.drivername in ("postgres", "postgresql") else url


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _prepare_sqlite(engine: Engine) -> None:
    """Write ahead, wait for other processes, and begin writing transactions as such.

    A transaction that reads first and then writes would fail where another process wrote between.
    """

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, record: Any) -> None:
        del record
        connection.isolation_level = None  # transactions begin where we say
        for pragma in (f"busy_timeout={_BUSY_MS}", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()
        _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _write_ahead(connection: Any) -> None:
    """Let the file keep a write-ahead log; SQLite doesn't wait by itself while another opens a new file."""
    until = monotonic() + _BUSY_MS / 1_000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError:
            if monotonic() > until:
                raise
            sleep(_AGAIN_S)
        else:
            return


def migrate(engine: Engine) -> None:
    """Bring the tables to their newest form; several processes may do so at once."""
    from alembic import command

    with engine.execution_options(writes=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
        command.upgrade(alembic_config(connection), "head")


def alembic_config(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def up_to_date(connection: Connection) -> bool:
    """Whether the database answers and its tables have their newest form."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    return MigrationContext.configure(connection).get_current_revision() == head
