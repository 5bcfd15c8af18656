from __future__ import annotations

import pytest

from assistant.bootstrap import load_knowledge, load_quiz
from assistant.knowledge import KnowledgeBase
from assistant.quiz import Bank
from assistant.settings import Settings


@pytest.fixture(scope="session")
def bank() -> Bank:
    return load_quiz(Settings())


@pytest.fixture(scope="session")
def base() -> KnowledgeBase:
    return load_knowledge(Settings())
