from __future__ import annotations

import pytest

from assistant.bootstrap import load_knowledge
from assistant.knowledge import KnowledgeBase
from assistant.settings import Settings


@pytest.fixture(scope="session")
def base() -> KnowledgeBase:
    return load_knowledge(Settings())
