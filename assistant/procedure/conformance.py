"""How closely what was done follows a procedure: an alignment of the log with the model.

A log is the steps in the order they were done. An alignment (Adriansyah, van Dongen, van der Aalst:
Conformance checking using cost-based fitness analysis, EDOC 2011) pairs it with a run of the model;
each step of the model without a partner and each entry of the log without one costs 1. Here a run
is 1..n, optional steps may be left out, and doing a step again within its bound is free. The figure
is the fitness 1 - cost / worst, where the worst alignment pairs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alignment:
    """What fits and what doesn't.

    `kept`: positions of the log that fit; `missing` and `displaced`: steps; `excess`: how often a
    step was done beyond its bound; `fitness` in 0..1.
    """

    kept: tuple[int, ...]
    missing: tuple[int, ...]
    displaced: tuple[int, ...]
    excess: Mapping[int, int]
    fitness: float


def align(
    log: Sequence[int],
    steps: Sequence[int],
    optional: frozenset[int] = frozenset(),
    bounds: Mapping[int, int] | None = None,
    *,
    running: bool = False,
) -> Alignment:
    """Align `log` with the model `steps` at the least cost.

    Of a `running` conversation the steps after the last one that fits aren't missing yet. Of several
    best alignments the one is taken that keeps what was done first.
    """
    kept = _longest_rise(log)
    placed = {log[place] for place in kept}
    done = set(log)
    reached = max(placed, default=0)
    missing = tuple(
        step
        for step in steps
        if step not in done and step not in optional and not (running and step > reached)
    )
    displaced = tuple(sorted(done - placed))
    counts = {step: sum(entry == step for entry in log) for step in done}
    excess = {
        step: counts[step] - most for step, most in (bounds or {}).items() if counts.get(step, 0) > most
    }
    cost = len(missing) + 2 * len(displaced) + sum(excess.values())
    worst = len(done) + sum(excess.values()) + sum(step not in optional or step in done for step in steps)
    if running:
        worst -= sum(step > reached and step not in done and step not in optional for step in steps)
    return Alignment(kept, missing, displaced, excess, 1 - cost / worst if worst else 1.0)


def _longest_rise(log: Sequence[int]) -> tuple[int, ...]:
    """Return the places of the longest strictly rising part of `log`, the one that ends first."""
    best: list[tuple[int, ...]] = []
    for place, entry in enumerate(log):
        before = [run for run in best if log[run[-1]] < entry]
        best.append((*max(before, key=len, default=()), place))
    return max(best, key=len, default=())
