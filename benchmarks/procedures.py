"""How well the steps of the complaint procedure are seen, and the next one chosen: labelled conversations.

Run ``python -m benchmarks.procedures [--closing] [--errors]``.
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

from assistant.bootstrap import load_engine
from assistant.engine.fold import Engine
from assistant.ingest import mask_turn
from assistant.model import Conversation, Speaker, Turn
from assistant.settings import Settings

TALKS = Path(__file__).parent / "talks"
STEPS = range(1, 7)
# What an advice is in the words of the labels; the others are their step.
MEANING = {
    "safety-first": "safety", "refused": "demand", "ask-demand": "demand", "adjust": "adjust",
    "refused-again": "superior", "wants-superior": "superior", "beyond-authority": "superior",
    "close": "close", "nothing-left": "close", "farewell": "close", "farewell-general": "close",
    "leave": "close", "answer-or-ask": "answer", "answer-first": "answer", "answer-calm": "answer",
    "back": "answer", "proceed": "answer", "say-plan": "4", "threat": "4", "here": "other",
    "carry-out": "other",
}  # fmt: skip
# Steps of the general procedure in the words of the labels.
GENERAL = {3: "answer", 4: "answer", 5: "close"}


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


def talks(*, closing: bool) -> Iterator[dict[str, Any]]:
    if closing:
        with lzma.open(TALKS / "closing.jsonl.xz", "rt", encoding="utf-8") as lines:
            yield from map(json.loads, lines)
    else:
        with (TALKS / "open.jsonl").open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def conversation_of(talk: dict[str, Any]) -> Conversation:
    """Return the talk as a reader would hand it over."""
    turns = tuple(mask_turn(Turn(i, Speaker(role), text)) for i, (role, text) in enumerate(talk["turns"]))
    return Conversation(talk["id"], turns, channel=talk["channel"])


def measure(engine: Engine, *, closing: bool, errors: bool) -> dict[str, float]:
    """Fold the talks, compare with the labels; print disagreements where `errors` is wanted."""
    calls, evidence = Counts(), Counts()
    verdicts = order = asked = right_next = first_next = 0
    number = complaints = 0
    for talk in talks(closing=closing):
        number += 1
        conversation = conversation_of(talk)
        state = engine.start(conversation.meta, id=talk["id"], channel=talk["channel"])
        answers: dict[int, str] = {}
        for turn in conversation.turns:
            engine.feed(state, turn)
            if str(turn.index) in talk["next"]:
                answers[turn.index] = _answer(engine, state)
        procedures = engine.finish(state).procedures
        main = procedures[0] if procedures and procedures[0]["id"] == "P-SIX" else None
        verdicts += (main is not None) == talk["complaint"]
        if talk["complaint"]:
            complaints += 1
            _steps(talk, main, calls, evidence, errors=errors)
            said = {s["step"] for s in main["steps"] if s["status"] == "out_of_order"} if main else set()
            order += bool(said) == bool(talk["disorder"])
        for turn, accepted in talk["next"].items():
            asked += 1
            answer = answers[int(turn)]
            right_next += answer in accepted
            first_next += answer == accepted[0]
            if errors and answer not in accepted:
                words = talk["turns"][int(turn)][1]
                sys.stdout.write(f"{talk['id']} #{turn} next {answer}, wanted {accepted}: {words}\n")
    return {
        "talks": number,
        "complaint told right": verdicts / number,
        "steps done, F1": calls.f1(*STEPS),
        **{f"  step {step}": calls.f1(step) for step in STEPS},
        "turns of steps, F1": evidence.f1(*STEPS),
        "disorder told right": order / max(1, complaints),
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
    if counsel is None:
        return "other"
    if counsel.advice.id == "next-step":
        return GENERAL.get(counsel.step or 0, "other")
    return MEANING.get(counsel.advice.id, str(counsel.step))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--closing", action="store_true", help="the half that is opened once")
    parser.add_argument("--errors", action="store_true", help="print what differs")
    options = parser.parse_args()
    engine = load_engine(Settings(), scoring=False, guiding=True)
    for name, value in measure(engine, closing=options.closing, errors=options.errors).items():
        sys.stdout.write(f"{name:<24} {value:.3f}\n" if isinstance(value, float) else f"{name:<24} {value}\n")


if __name__ == "__main__":
    main()
