"""A fresh database for each test: SQLite always, PostgreSQL where one can be started.

Set HUASHU_REQUIRE_DATABASE to fail instead of skip where PostgreSQL doesn't start.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from sqlalchemy import make_url

from benchmarks.server import postgresql as running_postgresql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


_FORGETFUL = ("fsync", "synchronous_commit", "full_page_writes")  # no test cuts the power of the machine


@contextmanager
def postgresql(folder: Path) -> Iterator[Callable[..., str]]:
    """Run a PostgreSQL server in `folder`; yield what makes a database and returns its URL.

    It is empty, or a copy of another one nobody is connected to (`like`, a URL).
    """
    with ExitStack() as stack:
        try:
            import psycopg

            server = stack.enter_context(running_postgresql(folder))
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for setting in _FORGETFUL:
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
        except Exception as error:
            if os.environ.get("HUASHU_REQUIRE_DATABASE"):
                raise
            pytest.skip(f"no PostgreSQL: {error}")

        def fresh(like: str | None = None) -> str:
            name = f"test_{uuid4().hex}"
            template = f" TEMPLATE {make_url(like).database}" if like else ""
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name}{template}")
            return str(server.get_uri(name))

        yield fresh
