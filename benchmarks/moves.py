"""How well the model of moves does on talks it hasn't learnt from: intents/talks by parts, beside the rules.

Run ``python -m benchmarks.moves [--parts N]``. Figures are shares of moments whose move is acceptable.
With ``--agreement`` it tells how often two people agree, where a talk's author and a reader labelled it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import TYPE_CHECKING

from assistant.bootstrap import load_engine, shipped_intents
from assistant.engine.foresight import Point, moves_model, points
from assistant.procedure.moves import MARGIN, OTHER, MoveModel
from assistant.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MARGINS = (0.0, 0.1, 0.2, 0.25, 0.3, 0.4)


def measure(moments: Sequence[Point], parts: int) -> dict[str, tuple[int, float, dict[float, float]]]:
    """Return for each file its moments, the share the rules get right, and the model by its margin."""
    talks = {talk: place % parts for place, talk in enumerate(dict.fromkeys(p.talk for p in moments))}
    right: Counter[tuple[str, float]] = Counter()
    for part in range(parts):
        weights = moves_model([moment for moment in moments if talks[moment.talk] != part])
        for margin in MARGINS:
            model = MoveModel.of(weights, margin)
            for moment in moments:
                if talks[moment.talk] == part:
                    due = None if moment.bound else model.due(moment.voices, moment.move)
                    said = moment.move if due in (None, OTHER) else due
                    right[moment.source, margin] += said in moment.wanted
    found = {}
    for source in sorted({moment.source for moment in moments}):
        rules = [moment.move in moment.wanted for moment in moments if moment.source == source]
        count = len(rules)
        found[source] = count, sum(rules) / count, {each: right[source, each] / count for each in MARGINS}
    return found


def agreement(path: Path) -> tuple[int, float, float] | None:
    """Return the moments of a file that both labelled, and the shares of them on which they agree.

    The first: the author's best move is acceptable to the reader; the second: some move is to both.
    """
    talks = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    pairs = [
        (theirs, talk["next"][turn]) for talk in talks for turn, theirs in talk.get("author", {}).items()
    ]
    if not pairs:
        return None
    best = sum(theirs[0] in wanted for theirs, wanted in pairs)
    some = sum(not set(theirs).isdisjoint(wanted) for theirs, wanted in pairs)
    return len(pairs), best / len(pairs), some / len(pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--agreement", action="store_true", help="how often two people agree")
    options = parser.parse_args()
    if options.agreement:
        for path in sorted((shipped_intents() / "talks").glob("*.jsonl")):
            if agreed := agreement(path):
                count, best, some = agreed
                sys.stdout.write(f"{path.stem:8}{count:8}  author's best {best:.3f}  some move {some:.3f}\n")
        return
    engine = load_engine(Settings(), scoring=False, guiding=True, foreseeing=False)
    found = measure(list(points(engine, shipped_intents() / "talks")), options.parts)
    margins = "".join(f"{f'by {margin}':>8}" for margin in MARGINS)
    sys.stdout.write(f"{'file':8}{'moments':>8}{'rules':>8}{margins}   (shipped: {MARGIN})\n")
    for source, (count, rules, shares) in found.items():
        told = "".join(f"{share:8.3f}" for share in shares.values())
        sys.stdout.write(f"{source:8}{count:8}{rules:8.3f}{told}\n")


if __name__ == "__main__":
    main()
