"""Writes intents/nlu/knowledge.yml: the questions of the knowledge base, each under the intent that asks it.

Both runtimes learn from the same files, and Rasa reads no other; a test holds the file to the knowledge.
Usage: python .ci/rasa/known_questions.py
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.knowledge import Entry

TARGET = ROOT / "intents" / "nlu" / "knowledge.yml"
_HEAD = """# Written by .ci/rasa/known_questions.py from assistant/data/knowledge: change it there.
version: "3.1"
nlu:
"""
# Which entries are asked for by an intent of their own; entries of no intent are told apart badly.
_INTENTS = (
    (
        r"banned\.b\d|phrase\.g2$|escalation\.(refused|authority)|procedure\.next|roleplay|banned\.severity",
        None,
    ),
    (r"banned\.list", "list_banned"),
    (r"deadline\.|callback\.(when|care)", "ask_deadline"),
    (r"severity\.", "ask_severity"),
    (r"escalation\.|callback\.who|roles\.|overrun\.approval", "ask_escalation"),
    (r"procedure\.", "ask_procedure"),
    (r"phrase\.g", "ask_standard_phrase"),
    (r"technique\.", "ask_objection"),
    (r"", "ask_knowledge"),
)
_ANNOTATED = re.compile(r"\[([^]]+)\]\([a-z_]+\)")
_ELSE = re.compile(
    r"(能|可以|让)(说|讲)(吗|不)|怎么(接|安抚)|怎么办$"
)  # a phrase to check, a case that is told


def written(entries: Iterable[Entry], taken: set[str]) -> str:
    """Return the file; questions that are `taken` stand elsewhere."""
    questions: dict[str, list[str]] = {}
    for entry in entries:
        intent = next(name for pattern, name in _INTENTS if re.match(pattern, entry.id))
        for question in entry.ask if intent else ():
            if question not in taken and not _ELSE.search(question):
                questions.setdefault(intent, []).append(question)  # type: ignore[arg-type]
                taken.add(question)
    blocks = (
        f"- intent: {intent}\n  examples: |\n" + "".join(f"    - {question}\n" for question in asked)
        for intent, asked in sorted(questions.items())
    )
    return _HEAD + "".join(blocks)


def made() -> str:
    """Return the file as the knowledge and the other examples want it."""
    from assistant.bootstrap import load_knowledge
    from assistant.settings import Settings

    lines = [
        line.strip().removeprefix("- ")
        for path in TARGET.parent.glob("*.yml")
        if path != TARGET
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    taken = {_ANNOTATED.sub(r"\1", line) for line in lines}
    return written(load_knowledge(Settings()).knowledge.entries, taken)


if __name__ == "__main__":
    TARGET.write_text(made(), encoding="utf-8")
