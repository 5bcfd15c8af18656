"""How well the steps of the complaint procedure are seen, and the next one chosen: labelled conversations.

Run ``python -m benchmarks.procedures [--closing | --points | --file FILE] [--errors] [--rules]``.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assistant.bootstrap import load_engine, shipped_intents
from assistant.engine.fold import Engine
from assistant.engine.foresight import conversation_of
from assistant.model import Speaker
from assistant.procedure.moves import OTHER
from assistant.settings import Settings

TALKS = Path(__file__).parent / "talks"
POINTS = shipped_intents() / "talks" / "points.jsonl"  # the model of moves learns from them, too
STEPS = range(1, 7)


@dataclass(slots=True)
class Counts:
    """True and false answers for one step; `turns` count evidence turn by turn."""

    right: Counter[int] = field(default_factory=Counter)
    false: Counter[int] = field(default_factory=Counter)
    missed: Counter[int] = field(default_factory=Counter)

    def f1(self, *steps: int) -> float:
        right, false, missed = (
            sum(count[step] for step in steps) for count in (self.right, self.false, self.missed)
        )
        return 2 * right / max(1, 2 * right + false + missed)

    def add(self, step: int, *, found: bool, labelled: bool) -> None:
        if found and labelled:
            self.right[step] += 1
        elif found:
            self.false[step] += 1
        elif labelled:
            self.missed[step] += 1


def talks(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the talks of a file of JSON lines, packed (.xz) or not."""
    data = path.read_bytes()
    text = (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8")
    yield from map(json.loads, text.splitlines())


def measure(engine: Engine, path: Path, *, errors: bool) -> dict[str, float]:
    """Fold the talks, compare with the labels; print disagreements where `errors` is wanted."""
    calls, evidence = Counts(), Counts()
    verdicts = order = asked = right_next = first_next = 0
    number = complaints = stepped = ordered = misled = 0
    for talk in talks(path):
        number += 1
        conversation = conversation_of(talk)
        state = engine.start(conversation.meta, id=talk["id"], channel=talk["channel"])
        answers: dict[int, str] = {}
        likely = False
        for turn in conversation.turns:
            engine.feed(state, turn)
            if turn.role is Speaker.CUSTOMER and state.guidance is not None:
                likely |= state.guidance.scene.complaint
            if str(turn.index) in talk["next"]:
                answers[turn.index] = _answer(engine, state)
        procedures = engine.finish(state).procedures
        main = procedures[0] if procedures and procedures[0]["id"] == "P-SIX" else None
        verdicts += (main is not None) == talk["complaint"]
        complaints += talk["complaint"]
        misled += likely and not talk["complaint"]
        if talk["complaint"] and "steps" in talk:
            stepped += 1
            _steps(talk, main, calls, evidence, errors=errors)
            said = {s["step"] for s in main["steps"] if s["status"] == "out_of_order"} if main else set()
            ordered += "disorder" in talk
            order += "disorder" in talk and bool(said) == bool(talk["disorder"])
        for turn, accepted in talk["next"].items():
            asked += 1
            answer = answers[int(turn)]
            right_next += answer in accepted
            first_next += answer == accepted[0]
            if errors and answer not in accepted:
                words = talk["turns"][int(turn)][1]
                sys.stdout.write(f"{talk['id']} #{turn} next {answer}, wanted {accepted}: {words}\n")
    steps = {
        "steps done, F1": calls.f1(*STEPS),
        **{f"  step {step}": calls.f1(step) for step in STEPS},
        "turns of steps, F1": evidence.f1(*STEPS),
        **({"disorder told right": order / ordered} if ordered else {}),
    }
    return {
        "talks": number,
        "complaint told right": verdicts / number,
        **(steps if stepped else {}),
        "calm talks guided as complaints": misled / max(1, number - complaints),
        "next step acceptable": right_next / asked,
        "next step the best": first_next / asked,
    }


def _steps(talk: dict[str, Any], main: Any, calls: Counts, evidence: Counts, *, errors: bool) -> None:
    found = (
        {s["step"]: set(s["turns"]) if s["status"] != "regressed" else set() for s in main["steps"]}
        if main
        else {}
    )
    for step in STEPS:
        labelled = set(talk["steps"].get(str(step), ()))
        turns = found.get(step, set())
        calls.add(step, found=bool(turns), labelled=bool(labelled))
        for turn in turns | labelled:
            evidence.add(step, found=turn in turns, labelled=turn in labelled)
            if errors and (turn in turns) != (turn in labelled):
                kind = "false" if turn in turns else "missed"
                sys.stdout.write(f"{talk['id']} #{turn} step {step} {kind}: {talk['turns'][turn][1]}\n")


def _answer(engine: Engine, state: Any) -> str:
    """Return the advice of the moment in the words of the labels."""
    counsel = engine.counsel(state)
    return counsel.move if counsel else OTHER


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    kept = parser.add_mutually_exclusive_group()
    kept.add_argument("--closing", action="store_true", help="the half that is opened once")
    kept.add_argument("--points", action="store_true", help="talks labelled for the next step alone")
    kept.add_argument("--file", type=Path, help="another file of the same form")
    parser.add_argument("--errors", action="store_true", help="print what differs")
    parser.add_argument("--rules", action="store_true", help="by the rules alone, without the model of moves")
    options = parser.parse_args()
    engine = load_engine(Settings(), scoring=False, guiding=True, foreseeing=not options.rules)
    kept_as = (
        POINTS
        if options.points
        else TALKS / ("third-closing.jsonl.xz" if options.closing else "third-open.jsonl")
    )
    for name, value in measure(engine, options.file or kept_as, errors=options.errors).items():
        sys.stdout.write(f"{name:<32} {value:.3f}\n" if isinstance(value, float) else f"{name:<32} {value}\n")


if __name__ == "__main__":
    main()
