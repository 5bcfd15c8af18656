"""Time several ways of doing a thing in one run, turn and turn about, so that all meet the same machine."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from math import ceil
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each repetition: of the processor (`process`) and of the clock (`wall`)."""

    process: tuple[float, ...]
    wall: tuple[float, ...]


def interleaved(tasks: Mapping[str, Callable[[], object]], repetitions: int) -> dict[str, Times]:
    """Run all tasks `repetitions` times in rotating order, after one run of each that isn't counted.

    What was loaded is frozen out of the garbage collector, which stays on: a task pays for the
    garbage it makes, not for the dictionaries of the others.
    """
    for task in tasks.values():
        task()
    gc.collect()
    gc.freeze()
    seen: dict[str, list[tuple[float, float]]] = {name: [] for name in tasks}
    names = list(tasks)
    for repetition in range(repetitions):
        at = repetition % len(names)
        for name in names[at:] + names[:at]:
            seen[name].append(_timed(tasks[name]))
    gc.unfreeze()
    return {
        name: Times(tuple(process for process, _ in rows), tuple(wall for _, wall in rows))
        for name, rows in seen.items()
    }


def _timed(task: Callable[[], object]) -> tuple[float, float]:
    gc.collect()
    process, wall = process_time(), perf_counter()
    task()
    return process_time() - process, perf_counter() - wall


def ratio(one: Times, other: Times) -> float:
    """Return how many times as long `one` takes: the median over repetitions run side by side."""
    return median(a / b for a, b in zip(one.process, other.process, strict=True))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which `share` (0..1) of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
