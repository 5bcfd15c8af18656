"""The service over a small pack with the shipped models, on a database of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from serving import let_in, opened
from small_calls import PACK

from assistant.settings import Settings
from assistant.web import app as application
from assistant.web.identity import SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from assistant.engine.fold import Engine


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    from assistant.bootstrap import load_engine

    folder = tmp_path_factory.mktemp("packs")
    (folder / "tiny.yml").write_text(PACK, encoding="utf-8")
    ready = load_engine(Settings(packs=(str(folder / "tiny.yml"),), cache_dir=folder / "cache"))
    application.warm(ready)
    return ready


@pytest.fixture
def app(engine: Engine, database: str, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    monkeypatch.setattr(application, "load_engine", lambda _: engine)
    monkeypatch.setattr(application, "warm", lambda _: None)  # it is, since the first test
    return application.create_app(Settings(database=database))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A program that may do everything."""
    with opened(app) as client:
        let_in(app, "all", SCOPES)
        client.headers["authorization"] = "Bearer all"
        yield client


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def steady(
    request: pytest.FixtureRequest, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    """Somebody nobody knows, before one service for all requests of a module that change nothing.

    With "Bearer all" it is a program that may do everything.
    """
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("steady") / "huashu.db"
        shutil.copyfile(request.getfixturevalue("sqlite_tables"), path)
        database = str(path)
    else:
        fresh: Callable[..., str] = request.getfixturevalue("fresh_postgresql")
        database = fresh(like=request.getfixturevalue("postgresql_tables"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "load_engine", lambda _: engine)
        patch.setattr(application, "warm", lambda _: None)
        app = application.create_app(Settings(database=database))
        with opened(app) as client:
            let_in(app, "all", SCOPES)
            yield client
