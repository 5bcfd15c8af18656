"""How well questions about the service standard are answered, and what isn't in it declined.

Run ``python -m benchmarks.knowledge [FILE] [--misses] [--fit]``. FILE holds questions by entry (several
joined by ``|``), those nothing answers under ``none``; the default is the open set, which the weights are
fitted on: its figures say how far tuning went, not how good it is. ``--fit`` prints weights fitted to FILE.
A FILE of JSON lines judges by ids of the service standard (``{"text": ..., "ids": [...]}``, ids empty or
``none``: nothing answers): an entry is right that rests on one of them, or tells of the part of the
standard that is named where it has no ids.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import quantiles

from assistant.bootstrap import load_knowledge
from assistant.knowledge import KnowledgeBase
from assistant.settings import Settings

OPEN = Path(__file__).with_name("knowledge_open.yml")
NOTHING = "none"
_FEATURES = ("likeness", "pairs", "signs", "named", "length", "lead")
# Parts of the standard without ids, named by their headings: the entries that tell of them.
_PARTS = {
    "Everyday polite": r"phrase\.everyday",
    "Banned phrases": r"banned\.(?!b\d)|kpi\.manual",
    "Per-channel": r"channel\.|manner\.",
    "Choosing the next step": r"procedure\.next-step|onsite\.|escalation\.",
    "Intents of a customer": r"intent\.",
    "Kind of complaint": r"complaint\.(kinds|validity)|cause\.|help\.",
    "Customer emotion": r"emotion\.",
    "Severity, deadlines": r"severity\.|deadline\.|overrun\.|callback\.|escalation\.|mass\.|ownership\.",
    "Who does what": r"roles\.|callback\.who|escalation\.",
    "Solutions and answers": r"solution\.|answer\.|callback\.|survey\.",
    "The complaint record": r"record\.",
    "KPIs": r"kpi\.|retention\.|channel\.scope",
    "seven subsystems": r"m\.|principle\.|retention\.|fairness\.",
    "Customer types": r"customer\.|complaint\.silent",
    "Role-play": r"roleplay\.",
    "Objection handling": r"technique\.",
    "Ten rules": r"tenrules\.",
    "Knowledge to quiz": (
        r"attitude|grievance|definition|satisfy|taboo|principle|retention|loyalty|banned\.(?!b\d)"
    ),
    "Courses and review": r"course\.|report\.",
}
Asked = tuple[str, frozenset[str]]  # a question and the entries that answer it


def questions(path: Path, base: KnowledgeBase) -> list[Asked]:
    """Return the questions of a file with the entries that answer each."""
    if path.suffix == ".jsonl":
        with path.open(encoding="utf-8") as lines:
            read = [json.loads(line) for line in lines if line.strip()]
        return [(each["text"], _resting_on(each["ids"], base)) for each in read]
    from ruamel.yaml import YAML

    told: Mapping[str, Sequence[str]] = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return [
        (str(question), frozenset() if entries == NOTHING else frozenset(entries.split("|")))
        for entries, asked in told.items()
        for question in asked
    ]


def _resting_on(ids: str | Sequence[str], base: KnowledgeBase) -> frozenset[str]:
    """Return the entries that rest on one of the ids; none where nothing answers."""
    wanted = {ids} if isinstance(ids, str) else {*ids}
    if not wanted - {NOTHING}:
        return frozenset()
    parts = [pattern for name, pattern in _PARTS.items() if any(name in one for one in wanted if "#" in one)]
    found = frozenset(
        entry.id
        for entry in base.knowledge.entries
        if wanted & {*entry.source} or any(re.match(pattern, entry.id) for pattern in parts)
    )
    return found or frozenset(["an id nobody knows"])


def outcome(base: KnowledgeBase, question: str, right: frozenset[str]) -> str:
    """Say what becomes of a question: right, wrong, refused; or declined, answered where nothing answers."""
    answer = base.answer(question)
    if not right:
        return "declined" if answer is None else "answered"
    return "refused" if answer is None else "right" if answer.entry.id in right else "wrong"


def report(base: KnowledgeBase, asked: Sequence[Asked], *, misses: bool) -> list[str]:
    told = [(question, right, outcome(base, question, right)) for question, right in asked]
    inside = [what for _, right, what in told if right]
    outside = [what for _, right, what in told if not right]
    first_three = sum(
        bool(right & {ranked.entry.id for ranked in base.rank(question, 3)})
        for question, right in asked
        if right
    )
    share = {what: inside.count(what) / len(inside) for what in ("right", "wrong", "refused")}
    shares = ", ".join(f"{what} {part:.3f}" for what, part in share.items())
    found = f"among the first three {first_three / len(inside):.3f}"
    lines = [f"in the standard: {len(inside)} questions, {shares}, {found}"]
    if outside:
        lines.append(
            f"not in it: {len(outside)} questions, declined {outside.count('declined') / len(outside):.3f}"
        )
    lines += calibration(base, asked)
    lines.append(speed(base, asked))
    if misses:
        for question, right, what in told:
            if what in ("wrong", "refused", "answered"):
                best = [f"{ranked.entry.id} {ranked.confidence:.2f}" for ranked in base.rank(question, 3)]
                lines.append(
                    f"  {what}: {question} -> {', '.join(best)}; wanted {'|'.join(sorted(right)) or NOTHING}"
                )
    return lines


def calibration(base: KnowledgeBase, asked: Sequence[Asked]) -> list[str]:
    """Say by fifths of confidence how often the first entry is right."""
    fifths: list[list[bool]] = [[] for _ in range(5)]
    for question, right in asked:
        ranked = base.rank(question, 1)
        if ranked:
            fifths[min(4, int(ranked[0].confidence * 5))].append(ranked[0].entry.id in right)
    return [
        f"confidence from {at / 5:.1f}: {len(found)} questions, right {sum(found) / len(found):.2f}"
        for at, found in enumerate(fifths)
        if found
    ]


def speed(base: KnowledgeBase, asked: Sequence[Asked]) -> str:
    took = []
    for question, _ in [*asked, *asked, *asked]:
        begun = time.perf_counter()
        base.answer(question)
        took.append((time.perf_counter() - begun) * 1_000)
    return f"an answer: p50 {quantiles(took, n=100)[49]:.2f} ms, p99 {quantiles(took, n=100)[98]:.2f} ms"


def fit(base: KnowledgeBase, asked: Sequence[Asked]) -> str:
    """Fit the confidence of the first entry to whether it is right."""
    from sklearn.linear_model import LogisticRegression

    rows, labels = [], []
    for question, right in asked:
        found = base.evidence(question)
        if found:
            entry, evidence = found[0]
            rows.append([getattr(evidence, name) for name in _FEATURES])
            labels.append(entry.id in right)
    model = LogisticRegression(C=10.0, max_iter=1_000).fit(rows, labels)
    weights = {"bias": model.intercept_[0]} | dict(zip(_FEATURES, model.coef_[0], strict=True))
    return ", ".join(f'"{name}": {weight:.2f}' for name, weight in weights.items())


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("file", nargs="?", type=Path, default=OPEN)
    parser.add_argument("--misses", action="store_true", help="list what went wrong")
    parser.add_argument("--fit", action="store_true", help="print weights fitted to FILE")
    options = parser.parse_args(arguments)
    base = load_knowledge(Settings())
    asked = questions(options.file, base)
    lines = [fit(base, asked)] if options.fit else report(base, asked, misses=options.misses)
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
