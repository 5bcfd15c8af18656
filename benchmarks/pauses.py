"""The longest that one turn holds up all others: calls under way folded in turn, by processor time.

``python -m benchmarks.pauses [--calls 500] [--turns 36] [--threshold 5000,2,5000] [--cold]`` folds a turn of
each call, then the next of each, as `huashu serve` does in its one thread for folding, with the collector of
garbage set as there (or as --threshold says) and the engine made ready (or not: --cold). Printed are
milliseconds of processor time a turn, what the collector does in it included.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
from dataclasses import replace
from time import thread_time
from typing import TYPE_CHECKING

from assistant.bootstrap import load_engine
from assistant.settings import load_settings
from assistant.web.app import warm
from assistant.web.server import COLLECTED
from benchmarks.machine import machine
from benchmarks.text import generated
from benchmarks.timing import percentile

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.pauses", description="How long a turn holds up others.")
    parser.add_argument("--calls", type=int, default=500)
    parser.add_argument("--turns", type=int, default=36)
    parser.add_argument("--threshold", default=",".join(map(str, COLLECTED)), help="of the collector")
    parser.add_argument("--cold", action="store_true", help="compile what a turn needs when it needs it")
    asked = parser.parse_args(arguments)
    taken = _folded(asked.calls, asked.turns, [int(each) for each in asked.threshold.split(",")], asked.cold)
    told = {
        "turns": len(taken),
        **{f"p{share:g}-ms": round(percentile(taken, share / 100) * 1_000, 2) for share in (50, 99, 99.9)},
        "longest-ms": round(max(taken) * 1_000, 1),
        "machine": machine(),
    }
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return 0


def _folded(calls: int, turns: int, threshold: Sequence[int], cold: bool) -> list[float]:
    """Return the processor time of each turn, in seconds."""
    engine = load_engine(load_settings())
    warm(engine)
    if not cold:
        for _ in engine.prepare():
            pass
    dialogues = list(generated(calls))
    gc.collect()
    gc.freeze()
    gc.set_threshold(*threshold)
    states = [engine.start(each.meta, id=each.id, channel=each.channel) for each in dialogues]
    taken = []
    for number in range(turns):
        at_s = number * 4.0
        for dialogue, state in zip(dialogues, states, strict=True):
            said = dialogue.turns[number % len(dialogue.turns)]
            turn = replace(said, index=number, start_s=at_s, end_s=at_s + 2)
            before = thread_time()
            engine.feed(state, turn)
            taken.append(thread_time() - before)
    return taken


if __name__ == "__main__":
    raise SystemExit(main())
