"""How fast the engine is, beside other ways of looking for phrases, on the same conversations.

``python -m benchmarks.speed [--json FILE] [--quick]`` prints microseconds a turn (medians over
repetitions that took turns), ratios, a turn's percentiles, memory and the cold start, each with its
goal. A missed goal is shown and is no failure: exit code 0 (2: packs or data can't be read).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from assistant.bootstrap import load_engine, load_rules
from assistant.errors import HuashuError
from assistant.settings import Settings
from benchmarks import contenders
from benchmarks.goals import GOALS
from benchmarks.machine import machine
from benchmarks.processes import cold_start, memory
from benchmarks.realdata import VARIABLE, data_folder, read_set
from benchmarks.text import generated
from benchmarks.timing import Times, interleaved, percentile, ratio
from benchmarks.wordings import phrase_engine, wordings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from assistant.engine.fold import Engine
    from assistant.model import Conversation

SPEED_SETS = ("uss", "jddc", "crosswoz")
COUNTS = (100, 1_000, 10_000)
ENGINE = "engine, shipped packs"
SCORED = "engine, shipped packs and scorecard"
WHOLE = "engine, packs, scorecard, customers"
GUIDED = "the same with procedures and prompts"
RULES = "engine, shipped phrase rules alone"
MATCHER = "PhraseMatcher, shipped phrases"
_SLOW_SHARE = 50
_RATIOS = {
    "engine/jieba": (ENGINE, "jieba.cut"),
    "scored/jieba": (SCORED, "jieba.cut"),
    "engine/rjieba": (ENGINE, "rjieba.cut"),
    "engine/floor": (ENGINE, "ahocorasick_rs, raw"),
    "phrase-matcher/engine": (MATCHER, ENGINE),
    "phrase-matcher/scored": (MATCHER, SCORED),
    "phrase-matcher/phrase-rules": (MATCHER, RULES),
    "phrase-matcher/1000": (MATCHER, "engine, 1,000 phrases"),
    "phrase-rules/jieba": (RULES, "jieba.cut"),
    "10000/100": ("engine, 10,000 phrases", "engine, 100 phrases"),
}


@dataclass(frozen=True, slots=True)
class Contender:
    """A task and how many turns it goes over (slow ones take a share of the text)."""

    go: Callable[[], object]
    turns: int


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        result = measure(options)
    except (FileNotFoundError, HuashuError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("\n".join(lines(result)) + "\n")
    if options.json:
        options.json.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.speed", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    parser.add_argument("--quick", action="store_true", help="a fifth of the text, three repetitions")
    parser.add_argument("--data", metavar="DIR", help=f"the real data (or {VARIABLE}; else ../shared/data)")
    parser.add_argument("--own-text", action="store_true", help="generated conversations even so")
    parser.add_argument("--dialogues", type=int, metavar="N", help="how many (default 200; 40 with --quick)")
    parser.add_argument("--repetitions", type=int, metavar="N", help="default 7; 3 with --quick")
    parser.add_argument("--without-spacy", action="store_true", help="leave the PhraseMatcher out")
    options = parser.parse_args(arguments)
    options.dialogues = options.dialogues or (40 if options.quick else 200)
    options.repetitions = options.repetitions or (3 if options.quick else 7)
    return options


def conversations(options: argparse.Namespace) -> tuple[str, list[Conversation]]:
    """Return what text is used, in words, and the conversations, spread evenly over the sets."""
    folder = None if options.own_text else data_folder(options.data)
    if folder is None:
        return "generated conversations (benchmarks/text.py)", generated(options.dialogues)
    every = [one for name in SPEED_SETS for one in read_set(folder, name)]
    step = max(1, len(every) // options.dialogues)
    chosen = every[::step][: options.dialogues]
    return f"real dialogues ({', '.join(SPEED_SETS)}; every {step}th of {len(every)})", chosen


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return all figures of one run, as they are written to the JSON file."""
    source, chosen = conversations(options)
    engine = load_engine(Settings(), scoring=False, understanding=False)
    tasks = _tasks(engine, chosen, spacy=not options.without_spacy)
    times = interleaved({name: task.go for name, task in tasks.items()}, options.repetitions)
    turns = _turn_figures(engine, chosen, options.repetitions)
    ratios = _ratios(times, tasks)
    used = memory()
    start = cold_start(3 if options.quick else 7)
    goals = {**ratios, "turn-p99-ms": turns["process_p99_us"] / 1000, "memory-mb": used["rss_mb"]}
    goals["cold-start-s"] = start["median_s"]
    return {
        "machine": machine(),
        "text": {
            "source": source,
            "conversations": len(chosen),
            "turns": sum(len(one.turns) for one in chosen),
            "characters": sum(len(turn.text) for one in chosen for turn in one.turns),
        },
        "repetitions": options.repetitions,
        "rules": len(engine.rules),
        "phrases": len(contenders.shipped_phrases(load_rules(Settings()))),
        "us_a_turn": {name: _a_turn(times[name], task.turns) for name, task in tasks.items()},
        "ratios": ratios,
        "turn": turns,
        "memory": used,
        "cold_start": start,
        "goals": {
            goal.key: {
                "title": goal.title,
                "wanted": goal.wanted,
                "value": goals.get(goal.key),
                "verdict": goal.verdict(goals.get(goal.key)),
            }
            for goal in GOALS
        },
    }


def _tasks(engine: Engine, chosen: Sequence[Conversation], *, spacy: bool) -> dict[str, Contender]:
    texts = [turn.text for one in chosen for turn in one.turns]
    few = texts[::_SLOW_SHARE]
    phrases = contenders.shipped_phrases(load_rules(Settings()))
    every, some = len(texts), len(few)
    tasks = {
        "ahocorasick_rs, raw": Contender(contenders.automaton(phrases, texts), every),
        "jieba.cut": Contender(contenders.jieba(texts), every),
        "rjieba.cut": Contender(contenders.rjieba(texts), every),
        "re, shipped phrases": Contender(contenders.alternation(phrases, few), some),
        "re, 1,000 phrases": Contender(contenders.alternation(wordings(1000), few), some),
        "privacy masking": Contender(contenders.masking(texts), every),
    }
    if spacy:
        tasks.update(_spacy(phrases, texts))
    for count in COUNTS:
        generated_rules = phrase_engine(wordings(count))
        tasks[f"engine, {count:,} phrases"] = Contender(contenders.folding(generated_rules, chosen), every)
    tasks[RULES] = Contender(contenders.folding(contenders.phrase_rules(Settings()), chosen), every)
    tasks[ENGINE] = Contender(contenders.folding(engine, chosen), every)
    scored = load_engine(Settings(), understanding=False)
    tasks[SCORED] = Contender(contenders.folding(scored, chosen), every)
    understood = load_engine(Settings(), guiding=False)
    tasks[WHOLE] = Contender(contenders.folding(understood, chosen), every)
    tasks[GUIDED] = Contender(contenders.folding(load_engine(Settings()), chosen), every)
    return tasks


def _spacy(phrases: Sequence[str], texts: Sequence[str]) -> dict[str, Contender]:
    try:
        whole, matching = contenders.phrase_matcher(phrases, texts)
    except ImportError:
        sys.stderr.write("spaCy isn't installed: no PhraseMatcher (pip install huashu-assistant[bench])\n")
        return {}
    return {
        MATCHER: Contender(whole, len(texts)),
        "PhraseMatcher, tokens ready": Contender(matching, len(texts)),
    }


def _a_turn(times: Times, turns: int) -> dict[str, float]:
    """Return medians in microseconds a turn."""
    return {
        "process": round(median(times.process) / turns * 1e6, 3),
        "wall": round(median(times.wall) / turns * 1e6, 3),
    }


def _ratios(times: Mapping[str, Times], tasks: Mapping[str, Contender]) -> dict[str, float]:
    return {
        key: round(ratio(times[one], times[other]) * tasks[other].turns / tasks[one].turns, 3)
        for key, (one, other) in _RATIOS.items()
        if one in times and other in times
    }


def _turn_figures(engine: Engine, chosen: Sequence[Conversation], repetitions: int) -> dict[str, float]:
    """Return percentiles of single turns in microseconds, over every single feeding there was.

    Processor time is what a turn costs; the clock also shows what else the machine does.
    """
    contenders.turn_by_turn(engine, chosen)
    rows = [time for _ in range(repetitions) for time in contenders.turn_by_turn(engine, chosen)]
    return {
        f"{clock}_p{share * 100:g}_us": round(percentile([row[at] for row in rows], share) / 1000, 2)
        for at, clock in enumerate(("process", "wall"))
        for share in (0.5, 0.99, 0.999)
    }


def lines(result: Mapping[str, Any]) -> list[str]:
    """Return the figures as a person reads them."""
    text, here, turn = result["text"], result["machine"], result["turn"]
    start, used = result["cold_start"], result["memory"]
    return [
        _line(
            here["measured_at"],
            f"{here['processor']}, {here['cores']} cores, load {here['load_1_min']}",
            f"Python {here['python']}, {here['commit']}",
        ),
        _line(
            text["source"],
            f"{text['conversations']:,} conversations, {text['turns']:,} turns",
            f"{text['characters']:,} characters",
        ),
        _line(
            f"{result['rules']:,} rules, {result['phrases']:,} phrases written out",
            f"medians of {result['repetitions']} repetitions",
        ),
        "",
        f"{'microseconds a turn':<42}{'process':>12}{'wall':>12}",
        *(
            f"{name:<42}{row['process']:>12,.2f}{row['wall']:>12,.2f}"
            for name, row in result["us_a_turn"].items()
        ),
        "",
        _line(
            "one turn fed, shipped packs, µs",
            *(f"{key.removesuffix('_us').replace('_', ' ')} {value:.1f}" for key, value in turn.items()),
        ),
        f"memory: {_mb(used['rss_mb'])}, at its peak {_mb(used['peak_mb'])}",
        _line(
            f"cold start: {start['median_s']:.3f} s",
            f"of the processor {start['processor_s']:.3f} s",
            f"Python alone {start['python_alone_s']:.3f} s",
        ),
        "",
        *(f"ratio {key:<32}{value:>10.2f}" for key, value in result["ratios"].items()),
        "",
        f"{'goal':<42}{'wanted':<16}{'measured':>10}",
        *(_goal(goal) for goal in result["goals"].values()),
    ]


def _line(*parts: str) -> str:
    return "; ".join(parts)


def _mb(value: float | None) -> str:
    return "not known here" if value is None else f"{value:.0f} MB"


def _goal(goal: Mapping[str, Any]) -> str:
    value = goal["value"]
    shown = "-" if value is None else f"{value:.3g}"
    return f"{goal['title']:<42}{goal['wanted']:<16}{shown:>10}  {goal['verdict']}"


if __name__ == "__main__":
    sys.exit(main())
