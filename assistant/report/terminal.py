"""Reports in the terminal, for QA readers: works without colour, in a pipe, and with wide characters.

Where no style can be shown the words found stand in ‹ ›; the finding's number follows them in both
cases. rich is imported on first use: `huashu check` in JSON doesn't pay for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.errors import HuashuError
from assistant.model import Prompt, Report, Requirement, Scorecard, Severity, Turn
from assistant.report import labels, summary
from assistant.report.customer import customer_lines
from assistant.report.highlights import (
    Note,
    Segment,
    notes_by_turn,
    segments,
    stray_notes,
    words_of,
)
from assistant.report.plain import visible
from assistant.report.summary import (
    facts_of,
    fatal_names,
    is_scored,
    kind_of,
    missed_count,
    severity_counts,
    unscored,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

STYLE = {
    Severity.FATAL: "bold white on red",
    Severity.MAJOR: "bold red",
    Severity.MINOR: "yellow",
    Severity.HINT: "cyan",
}
_ROLE_STYLE = {"agent": "bold blue", "customer": "bold magenta"}
_REQUIREMENT_STYLE = {"met": "green", "missed": "red", "pending": "yellow", "not_applicable": "dim"}
_ITEM_STYLE = {
    "missed": "red",
    "fatal": "bold red",
    "partly": "yellow",
    "not_applicable": "dim",
    "bonus": "green",
}
_STEP_STYLE = {"done": "green", "missing": "red", "pending": "dim", "not_applicable": "dim"}
_SUMMARY = ("对话", "坐席", "得分", "等级", "致命", "严重", "轻微", "提示", "未说")


def console_for(stream: Any, width: int | None, width_in_pipe: int) -> Console:
    """Return a console on `stream`, as wide as the terminal, or `width_in_pipe` where there is none."""
    from rich.console import Console

    console = Console(file=stream, width=width, highlight=False, emoji=False, markup=False)
    if width is None and not console.is_terminal:
        console.width = width_in_pipe
    return console


def render_report(report: Report, console: Console) -> None:
    """Print one report: head, transcript with findings, required phrases, procedures and scorecard."""
    console.print(_head(report))
    _heading(console, "通话记录")
    console.print(_transcript(report, plain=console.color_system is None))
    stray = stray_notes(report)
    if stray:
        _heading(console, "其他发现")
        console.print(_stack(_note(note) for note in stray))
    due = [one for one in report.requirements if one.status != "not_applicable"]
    if report.requirements:
        _heading(console, "规范用语")
        if due:
            console.print(_requirements(due))
        if len(due) < len(report.requirements):
            console.print(_text(f"另有 {len(report.requirements) - len(due)} 项本通没有涉及", "dim"))
    if report.emotion or report.complaint:
        _heading(console, "客户")
        console.print(_stack(map(_text, customer_lines(report))))
    for procedure in report.procedures:
        _heading(console, f"流程 {_clean(procedure.get('id'))} {_clean(procedure.get('name') or '')}")
        console.print(_procedure(procedure, report.turns))
    if report.score is not None:
        _heading(console, f"评分 · {_clean(summary.card_name(report.score))}")
        console.print(_scorecard(report, report.score))
        if report.score.unscored:
            console.print(_text(summary.unscored_findings(report.score), "yellow"))


def render_standing(
    name: str,
    turns: Sequence[Turn],
    procedures: Sequence[Mapping[str, Any]],
    prompts: Sequence[Prompt],
    console: Console,
) -> None:
    """Print where a running conversation stands, the next step, and what else is on the agent's screen."""
    for procedure in procedures:
        title = f"{_clean(name)} · {_clean(procedure.get('id'))} {_clean(procedure.get('name') or '')}"
        _heading(console, title)
        console.print(_procedure(procedure, turns))
    if not procedures:
        _heading(console, f"{_clean(name)} · 没有适用的流程")
    told = [tuple(procedure["next"]["phrases"]) for procedure in procedures if procedure.get("next")]
    others = [prompt for prompt in prompts if tuple(prompt.phrases) not in told]
    if others:
        _heading(console, "提示")
    for prompt in others:
        why = _clean(prompt.reason.get("why") or "")
        console.print(_text(f"{labels.named(labels.PROMPT, prompt.kind)} {why}", "bold"))
        for phrase in prompt.phrases:
            console.print(_text(f"  {_clean(phrase)}"))


def render_summary(reports: Iterable[Report | HuashuError], console: Console) -> None:
    """Print one row a call; inputs that couldn't be read are listed beneath."""
    table = _table(*_SUMMARY, right=(2, 4, 5, 6, 7, 8))
    errors = []
    for report in reports:
        if isinstance(report, HuashuError):
            errors.append(report)
        else:
            table.add_row(*_summary_row(report))
    if table.row_count:
        console.print(table)
    for error in errors:
        console.print(_text("无法读取 ", "red").append(_clean(error)))


def _summary_row(report: Report) -> list[Text]:
    score = report.score if is_scored(report) else None
    missed = missed_count(report)
    counts = severity_counts(report.findings)
    return [
        _text(report.id),
        _text(report.meta.get("agent_id") or ""),
        _text(labels.number(score.total) if score else "—"),
        _text(score.grade if score else unscored(report, reason=False)),
        *(_text(count or "·", STYLE[severity] if count else "dim") for severity, count in counts.items()),
        _text(missed or "·", "red" if missed else "dim"),
    ]


def _head(report: Report) -> Text:
    head = _text(f"对话 {_clean(report.id)}", "bold")

    head.append(f"   {_clean(kind_of(report))}", "dim")
    facts = [f"{_clean(name)} {_clean(value)}" for name, value in facts_of(report)]
    if facts:
        head.append("\n" + "   ".join(facts), "dim")
    head.append("\n")
    head.append_text(_verdict(report))
    return head


def _verdict(report: Report) -> Text:
    counts = severity_counts(report.findings)
    shown = [f"{labels.SEVERITY[severity.label]} {count}" for severity, count in counts.items() if count]
    found = "   发现：" + ("、".join(shown) if shown else "无")
    score = report.score
    if score is None or not is_scored(report):
        return _text(unscored(report), "yellow").append(found)
    verdict = _text(f"得分 {labels.number(score.total)} / {labels.number(score.max)}", "bold")
    verdict.append(f"   等级 {_clean(score.grade)}", "bold").append(found)
    if score.fatal:
        names = "、".join(fatal_names(report))
        verdict.append("\n").append(f"致命项：{_clean(names)}", STYLE[Severity.FATAL])
    return verdict


def _transcript(report: Report, *, plain: bool) -> Table:
    grid = _grid()
    for turn, marking, beneath in notes_by_turn(report):
        said = _marked(segments(turn.text, turn.index, marking), plain=plain)
        emotion = report.emotions.get(turn.index)
        if emotion is not None and emotion.label != "calm":
            mood = labels.named(labels.EMOTION, emotion.label)
            said.append(_clean(f"  ({mood} {labels.percent(emotion.intensity)})"), "dim")
        grid.add_row(*_turn_columns(turn), said)
        for note in beneath:
            grid.add_row("", "", "", _indented(_note(note), 2))
    return grid


def _turn_columns(turn: Turn) -> tuple[Text, Text, Text]:
    role = labels.named(labels.ROLE, turn.role.value) + ("?" if turn.role_inferred else "")
    return (
        _text(f"#{turn.index}", "dim"),
        _text(labels.clock(turn.start_s), "dim"),
        _text(role, _ROLE_STYLE.get(turn.role.value, "")),
    )


def _marked(pieces: Iterable[Segment], *, plain: bool) -> Text:
    text = _text("")
    for piece in pieces:
        if plain:
            text.append("‹" * len(piece.opening))
        severity = piece.severity
        text.append(_clean(piece.text), "" if severity is None else f"{STYLE[severity]} underline")
        for note in piece.closing:
            text.append(("›" if plain else "") + f"[{note.number}]", STYLE[note.finding.severity])
    return text


def _note(note: Note) -> Text:
    finding = note.finding
    label = labels.SEVERITY[finding.severity.label] + ("·待定" if finding.pending else "")
    text = _text(f"[{note.number}] {label}", STYLE[finding.severity])
    source = " · ".join((finding.rule, *finding.source))
    title = f" {_clean(finding.title)}" if finding.title else ""
    text.append(f"{title} ", "bold").append(_clean(f"({source})"), "dim")
    text.append(f"\n{_clean(finding.message)}")
    if finding.explanation.because:
        how = "、".join(labels.named(labels.HOW, how) for how in finding.how)
        text.append(f"\n依据（{how}）：{_clean(finding.explanation.because)}", "dim")
    if finding.suggestion:
        text.append("\n建议：", "green").append(_clean(finding.suggestion))
    return text


def _requirements(requirements: Sequence[Requirement]) -> Table:
    table = _table("规范用语", "结果", "轮次", "缺少", "最接近的一句")
    for requirement in requirements:
        met = requirement.level if requirement.status == "met" else None
        status = labels.named(labels.LEVEL, met) or labels.named(labels.REQUIREMENT, requirement.status)
        nearest = requirement.nearest
        name = _text(requirement.title or requirement.rule)
        name.append(_clean(f" {' '.join(requirement.source)}"), "dim")
        table.add_row(
            name,
            _text(status, _REQUIREMENT_STYLE.get(requirement.status, "")),
            _text("" if requirement.turn is None else f"#{requirement.turn}"),
            _text("、".join(requirement.missing)),
            _text(f"#{nearest.turn} {nearest.text} · 相似 {labels.number(nearest.score)}" if nearest else ""),
        )
    return table


def _procedure(procedure: Mapping[str, Any], turns: Sequence[Turn]) -> Text:
    text = _text("")
    for step in procedure.get("steps", ()):
        status = str(step.get("status"))
        text.append(f"{_clean(step.get('step'))} {_clean(step.get('name'))} ")
        text.append(_clean(labels.named(labels.STEP, status)), _STEP_STYLE.get(status, "yellow"))
        for span in step.get("evidence", ())[:2]:
            text.append(f"  #{span['turn']} “{_clean(words_of(turns, span))}”", "dim")
        text.append("\n")
    conformance = procedure.get("conformance")
    if conformance is not None and labels.begun(procedure):
        text.append(f"符合度 {labels.percent(conformance)}")
    for mend in procedure.get("mends", ()):
        text.append(f"\n  {_clean(mend)}")
    following = procedure.get("next")
    if following:
        text.append(f"\n下一步：第{_clean(following.get('step'))}步 ", "bold").append(
            _clean(following.get("why"))
        )
        for phrase in following.get("phrases", ()):
            text.append(f"\n  “{_clean(phrase)}”")
    return text


def _reached(points: float, reached: float | None, *, whole: bool = False) -> str:
    """Return points; where a veto took them, those there would be in brackets (sums: behind what is left)."""
    if reached is None:
        return labels.number(points)
    return f"{labels.number(points)} ({labels.number(reached)})" if whole else f"({labels.number(reached)})"


def _scorecard(report: Report, score: Scorecard) -> Table:
    table = _table("项目", "得分", "满分", "结果", "依据", right=(1, 2))
    for section in score.sections:
        total, most = _reached(section.score, section.reached, whole=True), labels.number(section.max)
        table.add_row(_text(section.name, "bold"), _text(total, "bold"), _text(most, "bold"), "", "")
        for item in section.items:
            counted = item.status not in {"not_applicable", "manual"}
            evidence = " ".join(f"[{index + 1}]" for index in item.evidence)
            table.add_row(
                _text(f"  {_clean(item.title or item.rule)}"),
                _text(_reached(item.points, item.reached) if counted else "—"),
                _text(labels.number(item.max) if counted else "—"),
                _text(labels.named(labels.ITEM, item.status), _ITEM_STYLE.get(item.status, "")),
                _text(" ".join(part for part in (evidence, item.note) if part)),
            )
    total = _reached(score.total, score.reached, whole=True)
    bottom = ("合计", total, labels.number(score.max), score.grade, summary.veto_reason(report))
    table.add_section()
    table.add_row(*(_text(cell, "bold") for cell in bottom))
    for agent in score.by_agent:
        line = (f"工号 {agent.agent_id}", labels.number(agent.total), labels.number(agent.max), "", "")
        table.add_row(*(_text(cell) for cell in line))
    return table


def _clean(value: Any) -> str:
    return visible(str(value), reordering=False)


def _text(value: Any, style: str = "") -> Text:
    from rich.text import Text

    return Text(overflow="fold").append(_clean(value), style)


def _heading(console: Console, title: str) -> None:
    console.print()
    console.print(_text(title, "bold underline"))


def _grid() -> Table:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    for _ in range(3):
        grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _table(*titles: str, right: tuple[int, ...] = ()) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for position, title in enumerate(titles):
        table.add_column(title, justify="right" if position in right else "left", overflow="fold")
    return table


def _stack(parts: Iterable[Text]) -> Any:
    from rich.console import Group

    return Group(*parts)


def _indented(part: Any, columns: int) -> Any:
    from rich.padding import Padding

    return Padding(part, (0, 0, 0, columns))
