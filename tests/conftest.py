from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from databases import postgresql
from hypothesis import settings

from assistant.store.database import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from serving import Forge

    from assistant.engine.fold import Engine
    from assistant.rules.loader import LoadResult
    from assistant.rules.pack import RuleSet

# Services and commands that tests start would compile all modules anew, each time: a second and a half.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A first call loads dictionaries: how long one example takes says nothing.
settings.register_profile("house", deadline=None)
# A run that decides whether a change lands draws the same examples each time.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")


@pytest.fixture(scope="session")
def shipped_files() -> LoadResult:
    """All shipped packs, read once, without the lint, so that one problem doesn't stop all tests."""
    from assistant.rules.loader import load_paths

    return load_paths([Path(__file__).parents[1] / "phrase_rules"])


@pytest.fixture(scope="session")
def shipped_rules(shipped_files: LoadResult) -> RuleSet:
    from assistant.rules.pack import ruleset_of

    return ruleset_of(shipped_files.files)


@pytest.fixture(scope="session")
def shipped_engine(shipped_rules: RuleSet) -> Engine:
    """All shipped packs in one engine, from the cache: to compile them takes a quarter of a minute."""
    from assistant.bootstrap import compile_contents, load_conduct, load_customer, rule_contents
    from assistant.engine.fold import Engine
    from assistant.settings import SHIPPED

    compiled = compile_contents(rule_contents([SHIPPED]), ruleset=shipped_rules)
    return Engine(compiled, conduct=load_conduct(compiled), classifier=load_customer())


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    """What starts services whose end is nobody's concern."""
    from serving import Forge

    ready = Forge()
    yield ready
    ready.close()


@pytest.fixture(scope="session")
def fresh_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., str]]:
    with postgresql(tmp_path_factory.mktemp("postgresql")) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables: copying it costs a tenth of making them for each test."""
    path = tmp_path_factory.mktemp("tables") / "huashu.db"
    open_store(str(path)).close()
    return path


@pytest.fixture(scope="session")
def postgresql_tables(fresh_postgresql: Callable[..., str]) -> str:
    """The same on PostgreSQL."""
    url = fresh_postgresql()
    open_store(url).close()
    return url


@pytest.fixture
def sqlite_database(sqlite_tables: Path, tmp_path: Path) -> str:
    """An SQLite file with all tables and no row."""
    path = tmp_path / "data" / "huashu.db"
    path.parent.mkdir()
    shutil.copyfile(sqlite_tables, path)
    return str(path)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The address of a database with all tables and no row."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_database"))
    fresh: Callable[..., str] = request.getfixturevalue("fresh_postgresql")
    return fresh(like=request.getfixturevalue("postgresql_tables"))


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return str(tmp_path / "data" / "huashu.db")
    fresh: Callable[..., str] = request.getfixturevalue("fresh_postgresql")
    return fresh()
