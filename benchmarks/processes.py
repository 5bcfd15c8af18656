"""Figures that want a process of their own: memory and the cold start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

from benchmarks.realdata import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAIN = "import sys; from assistant.cli.main import main; sys.exit(main(sys.argv[1:]))"


def memory() -> dict[str, Any]:
    """Return memory (MB) of a fresh process with the shipped packs: at the end and at its peak.

    It runs once uncounted, so that the packs come compiled from the cache, as they do from the wheel.
    """
    command = [sys.executable, "-m", "benchmarks.loaded_process"]
    _run(command)
    figures: dict[str, Any] = json.loads(_run(command))
    return figures


def cold_start(times: int = 7) -> dict[str, Any]:
    """Return the median seconds of ``huashu check 您好`` in fresh processes, and of Python alone.

    `processor_s` is what it takes of the processor: the same on a busy machine, or nearly so.

    The first run isn't counted: it fills the cache of compiled packs, which a wheel brings along.
    """
    command = [*_huashu(), "check", "您好"]
    _run(command)
    rows = [(*_seconds(command), _seconds([sys.executable, "-c", "pass"])[0]) for _ in range(times)]
    return {
        "median_s": median(row[0] for row in rows),
        "all_s": [round(row[0], 4) for row in rows],
        "processor_s": median(row[1] for row in rows),
        "python_alone_s": median(row[2] for row in rows),
    }


def _huashu() -> list[str]:
    script = Path(sys.executable).parent / "huashu"
    return [str(script)] if script.exists() else [sys.executable, "-c", _MAIN]


def _seconds(command: Sequence[str]) -> tuple[float, float]:
    """Return what a process takes by the clock, and of the processor."""
    used, begin = os.times(), perf_counter()
    _run(command)
    wall, now = perf_counter() - begin, os.times()
    children = now.children_user + now.children_system - used.children_user - used.children_system
    return wall, children


def _run(command: Sequence[str]) -> bytes:
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S603
