from __future__ import annotations

import pytest
from rule_samples import clean

from assistant.rules import checks


@pytest.fixture
def quick_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compare wordings in a form that needs no tables."""
    monkeypatch.setattr(checks, "default_clean", lambda: clean)
