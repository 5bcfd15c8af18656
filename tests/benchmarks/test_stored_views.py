from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.stored import STORED_GOALS, VIEWS, main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_each_view_is_timed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "told.json"
    assert main(["--calls", "12", "--looks", "2", "--json", str(path)]) == 0
    told = json.loads(path.read_text(encoding="utf-8"))
    assert list(told["views"]) == [title for title, *_ in VIEWS]
    assert all(0 < each["p50-ms"] <= each["p95-ms"] for each in told["views"].values())
    slowest = max(each["p95-ms"] for each in told["views"].values())
    assert slowest == max(told[goal.key] for goal in STORED_GOALS)
    assert "words never said: p50" in capsys.readouterr().out
