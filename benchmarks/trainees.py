"""Plays every scenario with simulated trainees: who calms the customer, and how their points lie.

Run ``python -m benchmarks.trainees [--trainees DIR] [--seeds N] [--show TRAINEE SCENARIO]``. The form of a
trainee is told in `benchmarks.trainee_files`. Those in benchmarks/trainees_own are ours, for development.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import mean
from time import perf_counter_ns, process_time_ns
from typing import TYPE_CHECKING

from assistant.bootstrap import load_practice
from assistant.practice.room import Room, Session
from assistant.settings import Settings
from benchmarks.goals import Goal
from benchmarks.machine import machine
from benchmarks.timing import percentile
from benchmarks.trainee_files import CLASSES, OWN, Trainee, play, read_trainees

if TYPE_CHECKING:
    from collections.abc import Sequence

SEEDS = 3
RANKS = {"model": 2, "mediocre": 1}
"""Points have to order classes so; the others stand below, in any order."""
GOALS = (
    Goal("model", "model trainees calm the customer", 0.95, "", at_most=False),
    Goal("banned", "users of banned phrases do", 0, ""),
    Goal("parrot", "parrots of empathy do", 0, ""),
    Goal("repeater", "repeaters of apologies do", 0, ""),
    Goal("stuffer", "stuffers of keywords do", 0, ""),
    Goal("between", "mediocre ones lie between", 1, "", at_most=False),
    Goal("order", "points in the order of the classes", 0.98, "", at_most=False),
    Goal("p99-ms", "the customer's answer, p99 (clock)", 50, " ms"),
    Goal("p99-processor-ms", "the customer's answer, p99 (processor)", 50, " ms"),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One call of a trainee."""

    trainee: Trainee
    scenario: str
    seed: int
    outcome: str
    points: float
    card: float


def runs_of(room: Room, trainees: Sequence[Trainee], seeds: int) -> list[Run]:
    """Play every trainee in every scenario with every seed."""
    found = []
    for trainee, scenario, seed in product(trainees, room.scenarios, range(seeds)):
        told = room.finish(play(room, trainee, scenario, seed))
        points = told["points"]
        found.append(
            Run(trainee, scenario, seed, told["outcome"]["name"], points["total"], points["scorecard"])
        )
    return found


def ordered(runs: Sequence[Run], *, card: bool = False) -> float:
    """Return the share of pairs of different rank, in one case with one seed, whose points agree with it."""
    cases: dict[tuple[str, int], list[Run]] = defaultdict(list)
    for run in runs:
        cases[run.scenario, run.seed].append(run)
    right = pairs = 0
    for together in cases.values():
        for one, other in product(together, together):
            if RANKS.get(one.trainee.kind, 0) > RANKS.get(other.trainee.kind, 0):
                pairs += 1
                right += (one.card > other.card) if card else (one.points > other.points)
    return right / pairs if pairs else 1.0


def figures_of(runs: Sequence[Run]) -> dict[str, float]:
    """Return the share of calmed customers by class, whether mediocre lies between, the order."""
    figures = {}
    for kind in CLASSES:
        own = [run.outcome == "calmed" for run in runs if run.trainee.kind == kind]
        if own:
            figures[kind] = mean(own)
    if {"model", "mediocre", "banned"} <= figures.keys():
        figures["between"] = float(figures["banned"] < figures["mediocre"] < figures["model"])
    return {**figures, "order": ordered(runs), "order of the scorecard alone": ordered(runs, card=True)}


def answer_times(room: Room, trainees: Sequence[Trainee]) -> list[tuple[float, float]]:
    """Return the milliseconds (clock, processor) of each answer over all scenarios, each turn said once."""
    times = []
    for trainee, scenario in product(trainees, room.scenarios):
        session = play(room, trainee, scenario, 99)
        again = room.start(scenario, 99)
        for step in session.steps:
            clock, processor = perf_counter_ns(), process_time_ns()
            room.say(again, step.said.text, step.said.at_s)
            times.append(((perf_counter_ns() - clock) / 1e6, (process_time_ns() - processor) / 1e6))
    return times


def transcript(session: Session) -> str:
    """Return a session as text, with the customer's state."""
    lines = [f"— {session.scenario.id} {session.scenario.type} {session.scenario.case or ''} —"]
    for step in session.steps:
        marks = f"{'+'.join(step.taken.good)} | {'-'.join(step.taken.weak)} | {step.taken.verdict or ''}"
        lines += [
            f"坐席：{step.said.text}",
            f"    客户：{step.reply}  [{step.intensity:.2f} {step.emotion}; {marks}]",
        ]
    return "\n".join([*lines, f"→ {session.customer.outcome or session.customer.closing}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trainees", type=Path, default=OWN, help="folder of trainees")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--show", nargs=2, metavar=("TRAINEE", "SCENARIO"), help="print their transcripts")
    options = parser.parse_args()
    trainees = read_trainees(options.trainees)
    room = load_practice(Settings())
    if options.show:
        name, scenario = options.show
        chosen = next(trainee for trainee in trainees if trainee.name == name)
        for seed in range(options.seeds):
            _say(transcript(play(room, chosen, scenario, seed)))
        return
    here = machine()
    _say(f"{here['measured_at']}; {here['processor']}, load {here['load_1_min']}; {here['commit']}")
    runs = runs_of(room, trainees, options.seeds)
    _say(
        f"{len(trainees)} trainees, {len(room.scenarios)} scenarios, {options.seeds} seeds: {len(runs)} calls"
    )
    for trainee in trainees:
        own = [run for run in runs if run.trainee is trainee]
        calmed = mean(run.outcome == "calmed" for run in own)
        points, card = mean(run.points for run in own), mean(run.card for run in own)
        _say(
            f"{trainee.name:<28}{trainee.kind:<10}calmed {calmed:.3f}  points {points:5.1f}  card {card:5.1f}"
        )
    figures = figures_of(runs)
    times = answer_times(room, trainees)
    figures["p99-ms"] = percentile([clock for clock, _ in times], 0.99)
    figures["p99-processor-ms"] = percentile([processor for _, processor in times], 0.99)
    _say(f"order of the scorecard alone: {figures['order of the scorecard alone']:.3f}")
    for goal in GOALS:
        value = figures.get(goal.key)
        shown = "-" if value is None else f"{value:.3f}"
        _say(f"{goal.title:<38}{goal.wanted:<16}{shown:>10}  {goal.verdict(value)}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
