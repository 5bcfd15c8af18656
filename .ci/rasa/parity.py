"""Holds the dialogues of tests/chat/parity through both runtimes; exits with 1 where they differ too often.

Usage: python .ci/rasa/parity.py http://127.0.0.1:5005
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "chat")]

from parity_suite import Embedded, Rasa, compared, read_dialogues  # noqa: E402

from assistant.bootstrap import load_advisor, load_chat  # noqa: E402
from assistant.settings import load_settings  # noqa: E402

LEAST = 0.97


def main(url: str) -> int:
    settings = load_settings()
    embedded = Embedded(load_chat(settings, load_advisor(settings)))
    rasa = Rasa(url)
    dialogues = read_dialogues()
    failed = False
    for given, name, least in ((True, "intent given", 1.0), (False, "end to end", LEAST)):
        rasa.times.clear()
        outcomes = list(compared(dialogues, embedded, rasa, given=given))
        differences = [each for each in outcomes if each is not None]
        share = 1 - len(differences) / len(outcomes)
        median = statistics.median(rasa.times) * 1_000
        print(f"{name}: {len(outcomes)} turns in {len(dialogues)} dialogues, {share:.1%} alike; "  # noqa: T201
              f"Rasa answers in {median:.1f} ms (median)")  # fmt: skip
        for each in differences:
            print(f"  {each}")  # noqa: T201
        failed |= share < least
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
