"""``huashu practice``: a role-play with a simulated customer in the terminal, or from a script."""

from __future__ import annotations

import re
import sys
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.options import Packs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from assistant.practice.room import Reply, Room, Session

_TIMED = re.compile(r"@(\d+(?:\.\d+)?)\s+(.*)")
_PACE = 12.0  # seconds from turn to turn of a script that doesn't say
_HELP = "直接输入您要说的话，回车发送。/hint 提示（扣2分） /case 案情 /end 结束 /help 帮助"
_SHOWN = 20  # signs of the bar that shows the customer's mood


class Format(StrEnum):
    text = "text"
    json = "json"


def register(app: typer.Typer) -> None:
    app.command(
        "practice",
        epilog="Examples: huashu practice --list · huashu practice dealer-radio · "
        "huashu practice telecom-outage --script turns.txt --seed 3 --format json",
    )(practice_command)


def practice_command(
    scenario: Annotated[
        str | None,
        typer.Argument(metavar="SCENARIO", help="A scenario of --list; left out, the seed draws one."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Same seed, same turns: the same customer.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the scenarios and exit.")] = False,
    script: Annotated[
        str | None,
        typer.Option("--script", metavar="FILE", help="What the agent says, a turn a line; -: stdin."),
    ] = None,
    output_format: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.text,
    clock: Annotated[bool, typer.Option("--clock", help="The customer minds how long you take.")] = False,
    pack: Packs = None,
) -> int:
    """Practise a call with a simulated customer, and see what it was worth."""
    from random import SystemRandom

    from assistant.bootstrap import load_practice
    from assistant.errors import UsageError
    from assistant.settings import load_settings

    room = load_practice(load_settings({"packs": pack}))
    if listing:
        _list(room, output_format)
        return 0
    drawn = seed if seed is not None else SystemRandom().randrange(1_000)
    name = scenario or sorted(room.scenarios)[drawn % len(room.scenarios)]
    session = room.start(name, drawn)
    if script is not None:
        _run_script(room, session, script, output_format)
    elif output_format is Format.json:
        raise UsageError("--format json needs --script or --list", code="no-script")
    else:
        _talk(room, session, clock)
    return 0


def _list(room: Room, output_format: Format) -> None:
    from assistant.practice.scenario import HARD_CASES, TRADES, TYPES

    cases = sorted(room.scenarios.values(), key=lambda case: (list(TRADES).index(case.trade), case.id))
    if output_format is Format.json:
        rows = [
            {
                "id": case.id, "title": case.title, "trade": case.trade, "channel": case.channel,
                "difficulty": case.difficulty, "type": case.type, "case": case.case,
                "outbound": case.outbound, "source": list(case.source),
            }
            for case in cases
        ]  # fmt: skip
        _write({"schema": "huashu.scenarios/1", "scenarios": rows})
        return
    from rich.table import Table

    table = Table("编号", "标题", "行业", "客户", "难度", box=None, pad_edge=False)
    for case in cases:
        kind = TYPES[case.type] + (f" · {HARD_CASES[case.case]}" if case.case else "")
        way = " · 外呼" if case.outbound else ""
        table.add_row(case.id, case.title, TRADES[case.trade], kind + way, "★" * case.difficulty)
    _console().print(table)


def _console() -> Console:
    from assistant.report.terminal import console_for

    return console_for(sys.stdout, None, 120)


def _write(value: Any) -> None:
    from assistant.report.wire import dumps

    sys.stdout.write(dumps(value) + "\n")


def _run_script(room: Room, session: Session, path: str, output_format: Format) -> None:
    """Say what the script says until it or the call is over; ``@SECONDS`` before a turn sets its time."""
    turns: list[dict[str, Any]] = []
    hints: list[dict[str, Any]] = []
    for text, at_s in _script(path):
        if session.over:
            break
        if text == "/hint":
            hints.append({"before": len(turns), "text": room.hint(session)})
            continue
        reply = room.say(session, text, at_s)
        events = [event.type for event in reply.events]
        turns.append({"text": text, "at_s": at_s, "reply": reply.told(), "events": events})
    told = room.finish(session)
    if output_format is Format.json:
        _write({
            "schema": "huashu.practice-run/1", "scenario": session.scenario.id, "seed": session.seed,
            "turns": turns, "hints": hints, "debrief": told,
        })  # fmt: skip
        return
    console = _console()
    for turn in turns:
        console.print(f"坐席：{turn['text']}", markup=False)
        console.print(f"客户：{turn['reply']['text']}", style="cyan", markup=False)
    _debrief(console, told)


def _script(path: str) -> Iterator[tuple[str, float]]:
    """Yield the turns of a script with their times; raises InputError for a file that can't be read."""
    from assistant.errors import InputError

    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"can't be read: {error}", code="unreadable", path=path) from None
    at_s = -_PACE
    for line in text.split("\n"):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        timed = _TIMED.fullmatch(said)
        if said != "/hint":
            at_s = float(timed[1]) if timed else at_s + _PACE
        yield (timed[2] if timed else said), at_s


def _talk(room: Room, session: Session, clock: bool) -> None:
    """Let a person play the agent."""
    console = _console()
    _brief(console, session)
    began = monotonic()
    while not session.over:
        try:
            text = console.input("[bold]坐席[/bold]：").strip()
        except EOFError:
            break
        if text in ("/end", "/quit"):
            break
        if text.startswith("/"):
            _command(console, room, session, text)
        elif text:
            reply = room.say(session, text, round(monotonic() - began, 1) if clock else None)
            _answer(console, reply)
    if session.steps:
        _debrief(console, room.finish(session))


def _command(console: Console, room: Room, session: Session, text: str) -> None:
    if text == "/hint":
        console.print(f"提示：{room.hint(session)}", style="green", markup=False)
    elif text == "/case":
        _brief(console, session)
    else:
        console.print(_HELP, style="dim", markup=False)


def _brief(console: Console, session: Session) -> None:
    case = session.scenario
    console.rule(f"{case.title}（{case.id}，种子 {session.seed}）")
    console.print(case.briefing, markup=False)
    role = "您打给客户，请先开口。" if case.outbound else "电话接通了，请先开口。"
    console.print(f"您是{case.company}工号{case.agent_id}。{role}", markup=False)
    console.print(_HELP, style="dim", markup=False)


def _answer(console: Console, reply: Reply) -> None:
    from assistant.report.labels import EMOTION

    filled = round(reply.intensity * _SHOWN)
    bar = "█" * filled + "░" * (_SHOWN - filled)
    console.print(f"客户：{reply.text}", style="cyan", markup=False)
    console.print(f"      {bar} {EMOTION[reply.emotion]}", style="dim", markup=False)


def _debrief(console: Console, told: dict[str, Any]) -> None:
    from assistant.report.labels import STEP

    points = told["points"]
    console.rule("复盘")
    console.print(
        f"结果：{told['outcome']['meaning']}。得分 {points['total']}"
        f"（评分表 {points['scorecard']}，演练 {points['exercise']}，提示 {points['hints']:g}）",
        markup=False,
    )
    done = [one["what"] for one in told["must"] if one["done"]]
    missed = [one["what"] for one in told["must"] if not one["done"]]
    console.print(f"做到了：{'、'.join(done) or '无'}", markup=False)
    console.print(f"没做到：{'、'.join(missed) or '无'}", markup=False)
    for one in told["turning"]:
        sign = "▼ 平复" if one["change"] < 0 else "▲ 激化"
        console.print(f"{sign} {abs(one['change']):.2f}  “{one['text']}”", markup=False)
    for weak in told["weak"]:
        console.print(f"可以更好：“{weak['text']}”", style="yellow", markup=False)
        console.print(f"  {weak['why']}", markup=False)
        for better in weak["better"]:
            console.print(f"  换成：{better}", style="green", markup=False)
    asks = [one["ask"] for one in told["unasked"] if one["key"]]
    if asks:
        console.print(f"一直没有问到：{'；'.join(asks)}", markup=False)
    for procedure in told["report"]["procedures"][:1]:
        steps = "，".join(f"{step['name']}（{STEP[step['status']]}）" for step in procedure["steps"])
        console.print(f"步骤：{steps}", markup=False)
