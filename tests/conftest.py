from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from assistant.engine.fold import Engine
    from assistant.rules.pack import RuleSet

# A first call loads dictionaries: how long one example takes says nothing.
settings.register_profile("house", deadline=None)
# A run that decides whether a change lands draws the same examples each time.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "house")


@pytest.fixture(scope="session")
def shipped_rules() -> RuleSet:
    """All shipped packs, read without the lint, so that one problem doesn't stop all tests."""
    from assistant.rules.loader import load_paths
    from assistant.rules.pack import ruleset_of

    return ruleset_of(load_paths([Path(__file__).parents[1] / "phrase_rules"]).files)


@pytest.fixture(scope="session")
def shipped_engine(shipped_rules: RuleSet) -> Engine:
    """All shipped packs in one engine: compiled once, it takes seconds."""
    from small_packs import tables

    from assistant.bootstrap import load_conduct, load_customer
    from assistant.engine.fold import Engine
    from assistant.match.compile import compile_rules

    compiled = compile_rules(shipped_rules, tables())
    return Engine(compiled, conduct=load_conduct(compiled), classifier=load_customer())
