from __future__ import annotations

import json
from typing import TYPE_CHECKING

from benchmarks.live import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_load_is_told_and_nothing_of_it_is_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "told.json"
    options = ["--calls", "4", "--seconds", "2", "--every", "0.5", "--ramp", "0.5", "--json", str(path)]
    assert main(options) == 0
    told = json.loads(path.read_text(encoding="utf-8"))
    assert told["lost"] == 0
    assert told["turns"] > 4
    assert told["events"] >= told["turns"]
    assert 0 < told["ack-p50-ms"] <= told["ack-p99-ms"]
    assert "lost or told twice: 0" in capsys.readouterr().out
