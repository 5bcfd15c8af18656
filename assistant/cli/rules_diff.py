"""``huashu rules diff``: what changes on stored conversations if a new pack were published."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.options import Company, ScorecardOption, Workers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from assistant.engine.fold import Engine
    from assistant.model import Conversation, Finding, PackInfo, Report
    from assistant.settings import Settings


class Format(StrEnum):
    text = "text"
    json = "json"


def register(group: typer.Typer) -> None:
    group.command(
        "diff",
        epilog="Examples: huashu rules diff shipped shipped,refund.yml recordings/ (what adding refund.yml "
        "would do) · huashu rules diff old/ new/ recordings/ --pack shipped",
    )(diff_command)


def diff_command(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD", help="Packs in use: file, folder or shipped name; several joined by commas."
        ),
    ],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Packs that take their place, likewise.")],
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Conversations: files and folders; -: stdin.")
    ],
    pack: Annotated[
        list[str] | None,
        typer.Option("--pack", metavar="PACK", help="Pack used on both sides as well. Repeatable."),
    ] = None,
    scorecard: ScorecardOption = None,
    company: Company = None,
    workers: Workers = None,
    output_format: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.text,
) -> int:
    """Compare packs on stored conversations: findings gained and lost, and how scores change.

    NEW takes the place of OLD: to see what adding a pack would do, name the packs in use on both sides.
    """
    from assistant.batch.local import run_many
    from assistant.cli.output import Tally
    from assistant.errors import HuashuError
    from assistant.ingest import read_paths
    from assistant.report import dumps
    from assistant.settings import load_settings

    settings = load_settings({"scorecard": scorecard, "company": company, "workers": workers})
    before, after = (*_packs(old), *(pack or ())), (*_packs(new), *(pack or ()))
    factory = partial(load_pair, settings, before, after)
    pair = factory()
    tally = Tally()
    changes: list[Change] = []
    results = run_many(
        read_paths(paths), (lambda: pair) if settings.workers == 1 else factory, settings.workers
    )
    for result in results:
        if isinstance(result, HuashuError):
            tally.error(result)
        else:
            changes.append(result)
    if output_format is Format.json:
        sys.stdout.write(dumps(_object(pair, changes), indent=2) + "\n")
    else:
        sys.stdout.write(_text(changes, _sides(pair, before, after)))
    return tally.code


@dataclass(frozen=True, slots=True)
class Side:
    """What one pack says of a conversation: the findings the other doesn't make, and the score."""

    findings: tuple[tuple[Finding, str], ...]
    score: float | None
    grade: str


@dataclass(frozen=True, slots=True)
class Change:
    """What differs for one conversation; each finding goes with the sentence it is in."""

    id: str
    path: str | None
    lost: Side
    gained: Side

    @property
    def differs(self) -> bool:
        return bool(self.lost.findings or self.gained.findings) or self.lost.score != self.gained.score


@dataclass(frozen=True, slots=True)
class Pair:
    """Runs the old and the new packs over the same conversation."""

    old: Engine
    new: Engine

    def run(self, conversation: Conversation) -> Change:
        old, new = self.old.run(conversation), self.new.run(conversation)
        return Change(conversation.id, conversation.path, _side(old, new), _side(new, old))


def load_pair(settings: Settings, old: tuple[str, ...], new: tuple[str, ...]) -> Pair:
    """Load the engines of both sides; raises RulePackError."""
    from assistant.bootstrap import load_engine

    return Pair(load_engine(settings, pack_paths=old), load_engine(settings, pack_paths=new))


def _side(report: Report, other: Report) -> Side:
    theirs = Counter(map(_key, other.findings))
    own = []
    texts = {turn.index: turn.text for turn in report.turns}
    for finding in report.findings:
        if theirs[_key(finding)]:
            theirs[_key(finding)] -= 1
        else:
            own.append((finding, texts.get(finding.turn, "")))
    score = report.score
    return Side(tuple(own), score.total, score.grade) if score else Side(tuple(own), None, "")


def _key(finding: Finding) -> tuple[Any, ...]:
    return (finding.rule, finding.severity, finding.turn, finding.start, finding.end)


def _total(changes: Iterable[Change]) -> dict[str, Any]:
    listed = list(changes)
    gained = Counter(finding.rule for change in listed for finding, _ in change.gained.findings)
    lost = Counter(finding.rule for change in listed for finding, _ in change.lost.findings)
    scored = [change for change in listed if None not in (change.lost.score, change.gained.score)]
    return {
        "conversations": len(listed),
        "changed": sum(change.differs for change in listed),
        "gained": gained.total(),
        "lost": lost.total(),
        "score": {
            "old": _mean(change.lost.score or 0.0 for change in scored),
            "new": _mean(change.gained.score or 0.0 for change in scored),
        },
        "rules": [
            {"rule": rule, "gained": gained[rule], "lost": lost[rule]} for rule in sorted({*gained, *lost})
        ],
    }


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return round(sum(listed) / len(listed), 2) if listed else None


def _object(pair: Pair, changes: list[Change]) -> dict[str, Any]:
    return {
        "schema": "huashu.diff/1",
        "old": [_pack(info) for info in pair.old.packs],
        "new": [_pack(info) for info in pair.new.packs],
        "conversations": [
            {
                "id": change.id,
                "path": change.path,
                "score": {"old": change.lost.score, "new": change.gained.score},
                "grade": {"old": change.lost.grade, "new": change.gained.grade},
                "gained": _findings(change.gained),
                "lost": _findings(change.lost),
            }
            for change in changes
            if change.differs
        ],
        "total": _total(changes),
    }


def _pack(info: PackInfo) -> dict[str, str]:
    return {"name": info.name, "version": info.version, "sha256": info.sha256}


def _findings(side: Side) -> list[dict[str, Any]]:
    from assistant.report import finding_object

    return [{**finding_object(finding), "sentence": sentence} for finding, sentence in side.findings]


def _packs(side: str) -> tuple[str, ...]:
    """Return the packs named by one side: a path as it is, otherwise divided at commas."""
    return (side,) if Path(side).exists() else tuple(filter(None, map(str.strip, side.split(",")))) or (side,)


def _sides(pair: Pair, before: tuple[str, ...], after: tuple[str, ...]) -> list[str]:
    """Say in words what takes the place of what, and which packs that leaves out."""
    lines = [f"NEW({'、'.join(after)})取代 OLD({'、'.join(before)})后的变化"]
    kept = {info.name for info in pair.new.packs}
    gone = [info.name for info in pair.old.packs if info.name not in kept]
    if gone:
        both = ",".join(dict.fromkeys((*before, *after)))
        lines.append(
            f"OLD 的规则包 {'、'.join(gone)} 不在 NEW 中,它们的发现都算作减少;"
            f"若是在 OLD 之外增加,请把 NEW 写成 {both}"
        )
    return [*lines, ""]


def _text(changes: list[Change], head: list[str]) -> str:
    from assistant.report.labels import number
    from assistant.report.plain import visible

    lines = list(head)
    for change in changes:
        if change.differs:
            lines.append(f"{change.id}   得分 {_score(change.lost)} → {_score(change.gained)}")
            lines += [_line("+", *found) for found in change.gained.findings]
            lines += [_line("-", *found) for found in change.lost.findings]
    total = _total(changes)
    if total["rules"]:
        lines += ["", "各规则"]
        lines += [f"  {each['rule']}   +{each['gained']} -{each['lost']}" for each in total["rules"]]
    lines.append(
        f"{total['conversations']} 通对话,{total['changed']} 通有变化;"
        f"新增 {total['gained']} 处,减少 {total['lost']} 处;"
        f"平均分 {number(total['score']['old'])} → {number(total['score']['new'])}"
    )
    return "".join(f"{visible(line, reordering=False)}\n" for line in lines)


def _score(side: Side) -> str:
    from assistant.report.labels import number

    return f"{number(side.score)} {side.grade}".rstrip()


def _line(sign: str, finding: Finding, sentence: str) -> str:
    from assistant.report.labels import SEVERITY

    said = f"“{finding.text}”" if finding.text is not None else finding.message
    severity = SEVERITY[finding.severity.label]
    return f"  {sign} {severity} {finding.rule} #{finding.turn} {said}   {sentence}"
