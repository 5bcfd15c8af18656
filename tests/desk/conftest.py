from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.store.database import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from assistant.desk.house import Desk


@pytest.fixture(scope="session")
def desk() -> Desk:
    from assistant.bootstrap import load_desk
    from assistant.settings import Settings

    return load_desk(Settings())


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = open_store(database)
    yield opened
    opened.close()
