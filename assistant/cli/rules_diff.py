"""``huashu rules diff``: what changes on stored conversations if a new pack were published."""

from __future__ import annotations

import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import Company, ScorecardOption, Workers

if TYPE_CHECKING:
    from assistant.engine.comparison import Change, Pair, Side
    from assistant.model import Finding
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
    from assistant.engine.comparison import diff_object
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
        sys.stdout.write(dumps(diff_object(pair, changes), indent=2) + "\n")
    else:
        sys.stdout.write(_text(changes, _sides(pair, before, after)))
    return tally.code


def load_pair(settings: Settings, old: tuple[str, ...], new: tuple[str, ...]) -> Pair:
    """Load the engines of both sides; raises RulePackError."""
    from assistant.bootstrap import load_engine
    from assistant.engine.comparison import Pair

    return Pair(load_engine(settings, pack_paths=old), load_engine(settings, pack_paths=new))


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
            f"OLD 的规则包 {'、'.join(gone)} 不在 NEW 中，它们的发现都算作减少；"
            f"若是在 OLD 之外增加，请把 NEW 写成 {both}"
        )
    return [*lines, ""]


def _text(changes: list[Change], head: list[str]) -> str:
    from assistant.engine.comparison import total
    from assistant.report.labels import number
    from assistant.report.plain import visible

    lines = list(head)
    for change in changes:
        if change.differs:
            lines.append(f"{change.id}   得分 {_score(change.lost)} → {_score(change.gained)}")
            lines += [_line("+", *found) for found in change.gained.findings]
            lines += [_line("-", *found) for found in change.lost.findings]
    overall = total(changes)
    if overall["rules"]:
        lines += ["", "各规则"]
        lines += [f"  {each['rule']}   +{each['gained']} -{each['lost']}" for each in overall["rules"]]
    lines.append(
        f"{overall['conversations']} 通对话，{overall['changed']} 通有变化；"
        f"新增 {overall['gained']} 处，减少 {overall['lost']} 处；"
        f"平均分 {number(overall['score']['old'])} → {number(overall['score']['new'])}"
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
