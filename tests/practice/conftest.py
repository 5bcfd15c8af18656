from __future__ import annotations

import pytest

from assistant.bootstrap import load_practice
from assistant.settings import Settings


@pytest.fixture(scope="session")
def room(tmp_path_factory):
    """The practice room as it ships, with all packs: loaded once."""
    return load_practice(Settings())
