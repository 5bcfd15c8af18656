"""How well the assistant understands, and how fast it answers.

``python -m benchmarks.assistant FILE.jsonl`` judges the embedded runtime on messages written apart from the
training files (docs/assistant.md has the format); ``--rasa URL`` the Rasa server there, with its API enabled.
Without a file the times alone are measured, on the dialogues of the parity suite.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from assistant.chat.runtime import Runtime

BEYOND = frozenset(["out_of_scope", "nonsense"])
UNSURE = "nlu_fallback"
GOALS = {"accuracy": 0.92, "beyond": 0.90, "refused": 0.03}
_DIALOGUES = Path(__file__).parents[1] / "tests" / "chat" / "parity" / "dialogues.yml"
_START = (
    "from assistant.bootstrap import load_advisor, load_chat; from assistant.settings import Settings; "
    "s = Settings(); load_chat(s, load_advisor(s)).answer('x', '你好')"
)


class Asked(NamedTuple):
    """A message, and all labels that are right for it."""

    text: str
    intents: frozenset[str]


def read_judging(path: Path) -> list[Asked]:
    """Read a judging set: JSON lines of text and intents."""
    with path.open(encoding="utf-8") as lines:
        read = (json.loads(line) for line in lines if line.strip())
        return [Asked(each["text"], frozenset(each["intents"])) for each in read]


def judged(asked: Sequence[Asked], guess: Callable[[str], str]) -> tuple[dict[str, float], Counter[str]]:
    """Return the figures, and how often what was taken for what.

    `accuracy` over messages of the trade (one that is asked back is wrong); `beyond`: messages beyond it that
    are declined or asked back; `refused`: messages of the trade that are declined or asked back.
    """
    good = [(each, guess(each.text)) for each in asked if not each.intents & BEYOND]
    beyond = [(each, guess(each.text)) for each in asked if each.intents & BEYOND]
    wrong = Counter(
        f"{'/'.join(sorted(each.intents))} -> {found}" for each, found in good if found not in each.intents
    )
    away = BEYOND | {UNSURE}
    figures = {
        "accuracy": _share(found in each.intents for each, found in good),
        "beyond": _share(found in away for _, found in beyond),
        "refused": _share(found in away for _, found in good),
    }
    return figures, wrong


def _share(true: Iterable[bool]) -> float:
    values = list(true)
    return sum(values) / len(values) if values else float("nan")


def times(runtime: Runtime, rounds: int = 5) -> tuple[float, float]:
    """Return median and 99th percentile of an answer in milliseconds, over the parity dialogues."""
    from ruamel.yaml import YAML

    dialogues: list[dict[str, Any]] = YAML(typ="safe").load(_DIALOGUES.read_text(encoding="utf-8"))
    runtime.warm()
    taken = []
    for turn in range(rounds):
        for number, dialogue in enumerate(dialogues):
            for each in dialogue["turns"]:
                begun = perf_counter()
                runtime.answer(f"{turn}/{number}", each["say"])
                taken.append((perf_counter() - begun) * 1_000)
    return median(taken), quantiles(taken, n=100)[-1]


def start_s(rounds: int = 5) -> float:
    """Return the median time in seconds from nothing to the first answer in a process of its own."""
    taken = []
    for _ in range(rounds):
        begun = perf_counter()
        subprocess.run([sys.executable, "-c", _START], check=True)  # noqa: S603
        taken.append(perf_counter() - begun)
    return median(taken)


def _of_rasa(url: str) -> Callable[[str], str]:
    import httpx2

    client = httpx2.Client(base_url=url, timeout=60)

    def guess(text: str) -> str:
        told = client.post("/model/parse", json={"text": text}).json()
        return str(told["intent"]["name"])

    return guess


def main() -> None:
    from assistant.bootstrap import load_advisor, load_chat
    from assistant.settings import Settings

    parser = argparse.ArgumentParser(
        description="How well the assistant understands, and how fast it answers."
    )
    parser.add_argument("file", nargs="?", type=Path, help="judging set, JSON lines")
    parser.add_argument("--rasa", metavar="URL", help="judge the Rasa server there")
    parser.add_argument("--wrong", type=int, default=20, metavar="N", help="show the N commonest mistakes")
    options = parser.parse_args()
    settings = Settings()
    runtime = load_chat(settings, load_advisor(settings))
    if options.file is not None:
        guess = _of_rasa(options.rasa) if options.rasa else lambda text: runtime.understand(text).intent
        asked = read_judging(options.file)
        figures, wrong = judged(asked, guess)
        for name, value in figures.items():
            sys.stdout.write(f"{name}: {value:.3f} (goal {GOALS[name]}) on {len(asked)} messages\n")
        sys.stdout.writelines(f"  {count} {what}\n" for what, count in wrong.most_common(options.wrong))
    middle, late = times(runtime)
    sys.stdout.write(f"answer: median {middle:.1f} ms, p99 {late:.1f} ms (goal 20)\n")
    sys.stdout.write(f"start: {start_s():.2f} s (goal 1.5)\n")


if __name__ == "__main__":
    main()
