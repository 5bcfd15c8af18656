"""Recall and false alarms of the banned families on the judging set (tests/judging).

``python -m benchmarks.judging`` reads the open half; ``--closing`` the other one, which is opened once,
to state the figures. Totals only; ``--misses`` adds the ids of what was missed or flagged wrongly, and
``--show`` their texts.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
from collections import Counter
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from assistant.bootstrap import load_engine
from assistant.errors import HuashuError
from assistant.ingest import mask_turn
from assistant.model import Conversation, Severity, Speaker, Turn
from assistant.rules.checks import FAMILY_SEVERITY
from assistant.settings import Settings
from benchmarks.realdata import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assistant.engine.fold import Engine
    from assistant.model import Finding

FOLDER = ROOT / "tests" / "judging"
PACKS = ("banned", "advertising")
# Families that show over several turns: a finding anywhere in the item counts.
ANYWHERE = frozenset(("B-8", "B-11", "B-16", "B-27", "B-28"))
Outcome = Literal["found", "milder", "missed", "flagged", "clean"]
_BEST: tuple[Outcome, ...] = ("found", "milder")
_Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Item:
    """An utterance (with turns before and after) to be judged: of a `family`, or `near` one.

    `also` are other families that its readers accept.
    """

    id: str
    family: str | None
    near: str | None
    manner: str
    conversation: Conversation
    judged: int
    also: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return self.conversation.turns[self.judged].text


def read_items(path: Path) -> list[Item]:
    """Return the items of a file of JSON lines, packed (.xz) or not; raises OSError, ValueError."""
    data = lzma.decompress(path.read_bytes()) if path.suffix == ".xz" else path.read_bytes()
    return [item(json.loads(line)) for line in data.decode("utf-8").splitlines() if line.strip()]


def item(record: Mapping[str, Any]) -> Item:
    """Return one record as a conversation on the hotline: context, the judged turn, what came after."""
    before = record.get("context") or []
    said = [*before, {"role": record["role"], "text": record["text"]}, *(record.get("after") or [])]
    turns = [mask_turn(Turn(index, Speaker(each["role"]), each["text"])) for index, each in enumerate(said)]
    return Item(
        id=str(record["id"]),
        family=record.get("family"),
        near=record.get("near"),
        manner=str(record.get("manner")),
        conversation=Conversation(id=str(record["id"]), items=tuple(turns)),
        judged=len(before),
        also=tuple(record.get("also") or ()),
    )


def outcome(item: Item, findings: Sequence[Finding], banned: frozenset[str]) -> Outcome:
    """Return what became of an item, given its findings; `banned` are the rules of that pack.

    A positive is found by a finding of its family, or of one also accepted, at the judged turn, at that
    family's severity at least (``milder`` below it); a near miss is flagged by any banned rule at minor or
    above there.
    """
    said = [finding for finding in findings if not _absence(finding)]
    if item.family is None:
        flagged = (f.rule in banned and f.severity >= Severity.MINOR and _at(f, item.judged) for f in said)
        return "flagged" if any(flagged) else "clean"
    found = [_found(family, said, item.judged) for family in (item.family, *item.also)]
    return next((what for what in _BEST if what in found), "missed")


def _found(family: str, said: Sequence[Finding], judged: int) -> Outcome:
    severities = [
        finding.severity
        for finding in said
        if family in finding.source and (family in ANYWHERE or _at(finding, judged))
    ]
    if not severities:
        return "missed"
    return "found" if max(severities) >= FAMILY_SEVERITY[family] else "milder"


def _absence(finding: Finding) -> bool:
    return finding.start is None and "absence" in finding.how


def _at(finding: Finding, turn: int) -> bool:
    return finding.turn == turn or any(span.turn == turn for span in finding.spans)


def interval(count: int, total: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share; (0, 1) where nothing was counted."""
    if not total:
        return 0.0, 1.0
    share = count / total
    spread = _Z95 * sqrt(share * (1 - share) / total + _Z95**2 / (4 * total**2))
    middle = share + _Z95**2 / (2 * total)
    scale = 1 + _Z95**2 / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    path = options.file or FOLDER / ("closing.jsonl.xz" if options.closing else "open.jsonl")
    try:
        results = judge(read_items(path), load_engine(Settings(packs=PACKS), scoring=False))
    except (OSError, ValueError, HuashuError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for line in (f"{path.name}: {len(results)} items, packs {', '.join(PACKS)}", *summary(results)):
        sys.stdout.write(line + "\n")
    if options.misses or options.show:
        for line in _misses(results, show=options.show):
            sys.stdout.write(line + "\n")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.judging", description=__doc__)
    parser.add_argument("--closing", action="store_true", help="the closing half: once, to state the figures")
    parser.add_argument("--file", type=Path, help="another file of the same form")
    parser.add_argument("--misses", action="store_true", help="ids of misses and false alarms")
    parser.add_argument("--show", action="store_true", help="their texts, too")
    return parser.parse_args(arguments)


def judge(items: Iterable[Item], engine: Engine) -> list[tuple[Item, Outcome]]:
    """Fold every item and say what became of it."""
    banned = frozenset(rule.id for rule in engine.rules if rule.pack == "banned")
    return [(one, outcome(one, engine.run(one.conversation).findings, banned)) for one in items]


def summary(results: Sequence[tuple[Item, Outcome]]) -> Iterator[str]:
    """Yield recall in all, by family and by manner, and false alarms in all and by near family."""
    positive = [(one, what) for one, what in results if one.family]
    near = [(one, what) for one, what in results if not one.family]
    yield from ("", "recall (found; found at a lower severity; all)")
    yield _recall("all", positive)
    for family in sorted({str(one.family) for one, _ in positive}, key=_family_order):
        yield _recall(family, [(one, what) for one, what in positive if one.family == family])
    for manner in sorted({one.manner for one, _ in positive}):
        yield _recall(manner, [(one, what) for one, what in positive if one.manner == manner])
    yield from ("", "false alarms (flagged; all near misses)")
    yield _alarms("all", near)
    for family in sorted({str(one.near) for one, _ in near}, key=_family_order):
        yield _alarms(family, [(one, what) for one, what in near if one.near == family])


def _recall(name: str, results: Sequence[tuple[Item, Outcome]]) -> str:
    counts = Counter(what for _, what in results)
    return f"  {name:<24}{_share(counts['found'], len(results))}{counts['milder']:>6} milder"


def _alarms(name: str, results: Sequence[tuple[Item, Outcome]]) -> str:
    return f"  {name:<24}{_share(sum(what == 'flagged' for _, what in results), len(results))}"


def _share(count: int, total: int) -> str:
    low, high = interval(count, total)
    share = count / total if total else 0.0
    return f"{count:>5} of {total:>4}{share:>8.1%}  ({low:.0%}–{high:.0%})"


def _family_order(family: str) -> tuple[int, str]:
    number = family.partition("-")[2]
    return (int(number) if number.isdigit() else 0, family)


def _misses(results: Iterable[tuple[Item, Outcome]], *, show: bool) -> Iterator[str]:
    yield ""
    for one, what in results:
        if what in ("missed", "milder", "flagged"):
            text = f"  {one.text}" if show else ""
            yield f"{what:<8}{one.family or one.near or '-':<6}{one.id}{text}"


if __name__ == "__main__":
    sys.exit(main())
