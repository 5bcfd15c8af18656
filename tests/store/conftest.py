from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from assistant.store.database import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = open_store(database)
    yield opened
    opened.close()
