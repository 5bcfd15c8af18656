"""The shipped assistant, loaded once; conversations are told apart by their senders."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest
from passes_of_tests import SECRET

from assistant.bootstrap import load_advisor, load_chat
from assistant.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from assistant.chat.advisor import Advisor
    from assistant.chat.runtime import Answer, Runtime

_SENDERS = count()


@pytest.fixture(scope="session")
def advisor() -> Advisor:
    return load_advisor(Settings(), secret=SECRET)


@pytest.fixture(scope="session")
def runtime(advisor: Advisor) -> Runtime:
    return load_chat(Settings(), advisor)


@pytest.fixture
def say(runtime: Runtime) -> Callable[..., Answer]:
    """Say something in a conversation of its own; metadata go along."""
    sender = f"test-{next(_SENDERS)}"
    return lambda text, **metadata: runtime.answer(sender, text, metadata)
