"""A recording is folded without prompts, and ends with the same report as the call it records."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from assistant.bootstrap import load_engine
from assistant.engine.fold import Engine
from assistant.ingest import read_paths
from assistant.model import Conversation
from assistant.report.wire import report_object
from assistant.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def engine() -> Engine:
    return load_engine(Settings())


def conversations() -> list[Conversation]:
    return [each for each in read_paths([str(EXAMPLES)]) if isinstance(each, Conversation)]


@pytest.mark.parametrize("call", conversations(), ids=lambda call: call.id)
def test_a_recording_ends_as_the_call_did(call: Conversation) -> None:
    live, recorded = (engine().run(replace(call, origin=origin)) for origin in ("live", "import"))
    assert replace(live, prompts=(), origin="import") == recorded
    assert {**report_object(live), "prompts": [], "origin": "import"} == {
        **report_object(recorded), "prompts": [],
    }  # fmt: skip


def test_nobody_is_shown_prompts_of_a_recording() -> None:
    shown = [engine().run(replace(call, origin="live")).prompts for call in conversations()]
    assert any(shown)
    assert not any(engine().run(call).prompts for call in conversations())
