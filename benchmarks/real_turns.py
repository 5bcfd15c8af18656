"""What the shipped packs find in real agent turns: nearly all of it ought not to be found.

``python -m benchmarks.real_turns`` folds whole dialogues and agents' replies, and counts findings at
places (absences apart) by severity and rule, and false ones per 1,000 agent turns: those that
benchmarks/accepted.yml doesn't call true or debatable. Texts are printed only on demand (--list, --sample).
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from assistant.bootstrap import load_engine
from assistant.errors import HuashuError
from assistant.model import Severity, Speaker
from assistant.settings import Settings
from benchmarks.accepted import Place, default_clean, load_accepted, sentence_digest, sentence_of
from benchmarks.realdata import SETS, VARIABLE, data_folder, read_set

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from assistant.engine.fold import Engine
    from assistant.model import Conversation, Finding, Report, Turn
    from benchmarks.accepted import Verdict

ACCEPTED = Path(__file__).parent / "accepted.yml"
UNJUDGED = "unjudged"


@dataclass(frozen=True, slots=True)
class Found:
    """A finding in a real turn, its sentence and what a person said of it."""

    place: Place
    severity: Severity
    verdict: str
    text: str
    sentence: str
    absence: bool

    @property
    def is_false(self) -> bool:
        """Whether it counts as false: not judged, or judged so."""
        return self.verdict in ("false", UNJUDGED)


@dataclass(frozen=True, slots=True)
class Measured:
    """One set: its agent turns, how many conversations, what was found, turns without a finding."""

    name: str
    conversations: int
    agent_turns: int
    found: tuple[Found, ...]
    quiet: tuple[tuple[str, int, str], ...]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    try:
        _run(options)
    except (OSError, ValueError, HuashuError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _run(options: argparse.Namespace) -> None:
    folder = data_folder(options.data)
    if folder is None:
        raise FileNotFoundError(f"no real data here: give --data DIR or set {VARIABLE}")
    verdicts = load_accepted(options.accepted)
    engine = load_engine(Settings(packs=tuple(options.pack or ("shipped",))), scoring=False)
    clean = default_clean()
    measured = [
        measure(name, read_set(folder, name, options.channel), engine, verdicts, clean)
        for name in options.set or SETS
    ]
    _say(_listed(measured, options) if options.list else summary(measured))
    if not options.list:
        _say(_stale(measured, verdicts))
    _say(_sampled(measured, options.sample, options.seed))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.real_turns", description=__doc__)
    parser.add_argument("--data", metavar="DIR", help=f"the real data (or {VARIABLE}; else ../shared/data)")
    parser.add_argument("--set", action="append", choices=sorted(SETS), help="only this set (repeatable)")
    parser.add_argument("--pack", action="append", help="only this pack (repeatable; default: all shipped)")
    parser.add_argument("--channel", default="chat", help="the channel of the dialogues (default: chat)")
    parser.add_argument("--accepted", type=Path, default=ACCEPTED, metavar="FILE", help="the judged findings")
    parser.add_argument("--list", action="store_true", help="each finding with its text, false ones only")
    parser.add_argument("--all", action="store_true", help="with --list: true and debatable ones, too")
    parser.add_argument("--absences", action="store_true", help="with --list: what wasn't said, too")
    parser.add_argument("--severity", choices=[s.label for s in Severity], default="hint", help="at least")
    parser.add_argument("--rule", action="append", help="with --list: only this rule (repeatable)")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="show N turns without a finding")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


def measure(
    name: str,
    conversations: Iterable[Conversation],
    engine: Engine,
    verdicts: Mapping[Place, Verdict],
    clean: Callable[[str], str],
) -> Measured:
    """Fold the conversations of set `name` and judge what was found by the accepted list."""
    found: list[Found] = []
    quiet: list[tuple[str, int, str]] = []
    count = agent_turns = 0
    for conversation in conversations:
        report = engine.run(conversation)
        count += 1
        here = list(_found(name, report, verdicts, clean))
        found += here
        touched = {one.place.turn for one in here if not one.absence}
        for turn in report.turns:
            if turn.role is Speaker.AGENT:
                agent_turns += 1
                if turn.index not in touched:
                    quiet.append((report.id, turn.index, turn.text))
    return Measured(name, count, agent_turns, tuple(found), tuple(quiet))


def _found(
    name: str, report: Report, verdicts: Mapping[Place, Verdict], clean: Callable[[str], str]
) -> Iterator[Found]:
    turns: dict[int, Turn] = {turn.index: turn for turn in report.turns}
    for finding in report.findings:
        sentence = sentence_of(turns[finding.turn].text, finding)
        place = Place(name, report.id, finding.turn, sentence_digest(sentence, clean), finding.rule)
        verdict = verdicts.get(place, UNJUDGED)
        yield Found(place, finding.severity, verdict, finding.text or "", sentence, is_absence(finding))


def is_absence(finding: Finding) -> bool:
    """Whether the finding is about words that weren't said."""
    return finding.start is None and "absence" in finding.how


def rate(found: Iterable[Found], turns: int, least: Severity) -> float:
    """Return false findings of at least this severity per 1,000 turns, absences left out."""
    count = sum(one.is_false and not one.absence and one.severity >= least for one in found)
    return 1000 * count / turns if turns else 0.0


def summary(measured: Sequence[Measured]) -> Iterator[str]:
    """Yield the table of sets, then findings by severity and rule, then absences by rule."""
    yield (
        f"{'set':<12}{'conv.':>8}{'turns':>8}{'found':>8}{'true':>7}{'debat.':>7}{'false':>7}"
        f"{'>=major/1000':>14}{'>=minor/1000':>14}"
    )
    dialogues = [one for one in measured if one.name != "replies"]
    for one in measured:
        yield _row(one.name, [one])
    if len(dialogues) > 1:
        yield _row("dialogues", dialogues)
    if len(measured) > 1:
        yield _row("all", measured)
    said = [one for each in measured for one in each.found if not one.absence]
    yield from ("", "findings by severity and rule (false of all)")
    yield from _by_rule(said)
    silent = [one for each in measured for one in each.found if one.absence]
    yield from ("", f"absences, not counted above: {len(silent):,}")
    yield from _by_rule(silent)


def _row(name: str, measured: Sequence[Measured]) -> str:
    said = [one for each in measured for one in each.found if not one.absence]
    verdicts = Counter(one.verdict for one in said)
    turns = sum(each.agent_turns for each in measured)
    return (
        f"{name:<12}{sum(each.conversations for each in measured):>8,}{turns:>8,}{len(said):>8,}"
        f"{verdicts['true']:>7,}{verdicts['debatable']:>7,}{sum(one.is_false for one in said):>7,}"
        f"{rate(said, turns, Severity.MAJOR):>14.2f}{rate(said, turns, Severity.MINOR):>14.2f}"
    )


def _by_rule(found: Sequence[Found]) -> Iterator[str]:
    for severity in sorted(Severity, reverse=True):
        rules = Counter(one.place.rule for one in found if one.severity is severity)
        false = Counter(one.place.rule for one in found if one.severity is severity and one.is_false)
        if rules:
            yield f"  {severity.label}: {false.total():,} of {rules.total():,}"
        yield from (f"    {false[rule]:>5,} of {count:>5,}  {rule}" for rule, count in rules.most_common())


def _listed(measured: Sequence[Measured], options: argparse.Namespace) -> Iterator[str]:
    least = Severity.of(options.severity)
    for one in (one for each in measured for one in each.found):
        if one.severity < least or (options.rule and one.place.rule not in options.rule):
            continue
        if (one.absence and not options.absences) or not (one.is_false or options.all):
            continue
        place = one.place
        yield (
            f'- {{set: {place.set}, id: "{place.id}", turn: {place.turn}, hash: "{place.digest}", '
            f"rule: {place.rule}, verdict: {one.verdict}, reason: }}"
        )
        yield f"  # {one.severity.label} ‹{one.text}› {' '.join(one.sentence.split())}"


def _stale(measured: Sequence[Measured], verdicts: Mapping[Place, Verdict]) -> Iterator[str]:
    """Yield the entries of the accepted list that nothing was found for any more."""
    sets = {one.name for one in measured}
    now = {one.place for each in measured for one in each.found}
    stale = [place for place in verdicts if place.set in sets and place not in now]
    if stale:
        yield from ("", f"accepted, but not found any more: {len(stale):,}")
        yield from (f"    {place.set} {place.id} turn {place.turn} {place.rule}" for place in stale)


def _sampled(measured: Sequence[Measured], count: int, seed: int) -> Iterator[str]:
    quiet = [(each.name, *turn) for each in measured for turn in each.quiet]
    chosen = Random(seed).sample(quiet, min(count, len(quiet)))  # noqa: S311 (no secret)
    for name, conversation, turn, text in chosen:
        yield f"{name} {conversation} turn {turn}: {' '.join(text.split())}"


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
