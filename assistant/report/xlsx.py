"""Reports as a workbook: one row a call, a finding, a scored item that counts, a required phrase.

What others said is never a formula: text that begins like one is stored as text and marked so.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Any

from assistant.errors import HuashuError
from assistant.model import Finding, Report, Requirement
from assistant.report import labels, summary
from assistant.report.highlights import finding_spans, numbered
from assistant.report.plain import well_formed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from openpyxl import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MAX_ROWS = 1_048_576
MAX_UNITS = 32_767
"""Excel's limits: rows of a sheet; UTF-16 units of a cell."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FILL = {"致命": "FBDFE3", "严重": "FDE6D6", "轻微": "FAEFC6", "提示": "DFECF8", "未说": "FDE6D6"}
_Columns = tuple[tuple[str, int], ...]


def _columns(spec: str) -> _Columns:
    """Return the columns named in `spec`, each with its width in characters behind it."""
    words = spec.split()
    return tuple(zip(words[::2], map(int, words[1::2]), strict=True))


_CALLS = _columns(
    "对话 28  坐席 12  开始时间 22  渠道 12  来源 10  状态 10  原因 24  得分 9  满分 9  等级 10"
    "  致命项 24  致命 7  严重 7  轻微 7  提示 7  未说 7  轮数 7  评分表 18  否决前得分 10"
    "  不在评分项的发现 9  投诉判断 12  涉及安全 9  最强情绪 10  最强情绪轮次 9  最强情绪强度 9  文件 40"
)
_FINDINGS = _columns(
    "对话 28  编号 7  严重程度 10  规则 30  名称 16  依据条款 12  坐席 12  轮次 7  时间 9"
    "  原句 50  标出的词 24  说明 40  原因 40  识别方式 16  把握 8  建议 40  待定 7"
)
_ITEMS = _columns(
    "对话 28  坐席 12  评分表 18  部分 20  编号 20  评分项 40  得分 9  满分 9  失分 9"
    "  结果 10  发现编号 16  说明 60"
)
_REQUIREMENTS = _columns(
    "对话 28  规则 30  名称 20  依据条款 12  结果 10  达到程度 12  轮次 7  相似度 9  缺少 36"
    "  最接近的一句 50  所在轮次 10  接近程度 10"
)
_ERRORS = _columns("文件 40  行 8  代码 20  说明 80")


def write_xlsx(
    reports: Iterable[Report | HuashuError], stream: IO[bytes], *, max_rows: int = MAX_ROWS
) -> None:
    """Write the workbook to `stream`; a sheet that is full (`max_rows`, head included) is continued."""
    from openpyxl import Workbook

    read = list(reports)
    calls = [report for report in read if isinstance(report, Report)]
    errors = [error for error in read if isinstance(error, HuashuError)]
    book = Workbook(write_only=True)
    sheets(book, "汇总", _CALLS, map(_call_row, calls), max_rows)
    sheets(book, "发现", _FINDINGS, (row for call in calls for row in _finding_rows(call)), max_rows)
    sheets(book, "评分项", _ITEMS, (row for call in calls for row in _item_rows(call)), max_rows)
    sheets(
        book, "规范用语", _REQUIREMENTS, (row for call in calls for row in _requirement_rows(call)), max_rows
    )
    if errors:
        sheets(book, "无法读取", _ERRORS, map(_error_row, errors), max_rows)
    book.save(stream)


def cell_text(text: str) -> str:
    """Return `text` as a cell can hold it: no control characters, at most 32,767 UTF-16 units."""
    cleaned = _FORBIDDEN.sub("", well_formed(text))
    if len(cleaned) * 2 <= MAX_UNITS or len(cleaned.encode("utf-16-le")) // 2 <= MAX_UNITS:
        return cleaned
    kept = cleaned.encode("utf-16-le")[: (MAX_UNITS - 1) * 2].decode("utf-16-le", "ignore")
    return f"{kept}…"


def sheets(book: Workbook, title: str, columns: _Columns, rows: Iterable[Sequence[Any]], most: int) -> None:
    """Write `rows` under `title`, going on in ``title (2)`` and so on when a sheet is full."""
    sheet, number, filled = _sheet(book, title, columns), 1, 1
    for row in rows:
        if filled == most:
            _filter(sheet, len(columns), filled)
            number, filled = number + 1, 1
            sheet = _sheet(book, f"{title} ({number})", columns)
        sheet.append([_cell(sheet, value) for value in row])
        filled += 1
    _filter(sheet, len(columns), filled)


def _sheet(book: Workbook, title: str, columns: _Columns) -> WriteOnlyWorksheet:
    from openpyxl.utils import get_column_letter

    sheet: Any = book.create_sheet(title)
    sheet.freeze_panes = "B2"
    for position, (_, width) in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(position)].width = width
    sheet.append([_head(sheet, name) for name, _ in columns])
    return sheet  # type: ignore[no-any-return]


def _filter(sheet: Any, columns: int, rows: int) -> None:
    from openpyxl.utils import get_column_letter

    sheet.auto_filter.ref = f"A1:{get_column_letter(columns)}{rows}"


def _head(sheet: Any, name: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font, PatternFill

    cell = WriteOnlyCell(sheet, name)
    cell.font = Font(bold=True)
    cell.fill = PatternFill("solid", fgColor="E8E5DC")
    return cell


def _cell(sheet: Any, value: Any) -> Any:
    """Return a cell of `value`; numbers stay numbers, everything else is text and nothing but text."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, PatternFill

    if value is None or isinstance(value, int | float):
        return WriteOnlyCell(sheet, labels.finite(value))
    text = cell_text(str(value))
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True
    cell.alignment = Alignment(vertical="top", wrap_text=len(text) > 12)
    if text in _FILL:
        cell.fill = PatternFill("solid", fgColor=_FILL[text])
    return cell


def _call_row(report: Report) -> tuple[Any, ...]:
    score = report.score if summary.is_scored(report) else None
    return (
        report.id,
        report.meta.get("agent_id"),
        report.meta.get("started_at"),
        labels.named(labels.CHANNEL, report.channel),
        labels.named(labels.ORIGIN, report.origin),
        labels.STATUS["scored"] if score else summary.unscored(report, reason=False),
        report.reason,
        score and round(score.total, 2),
        score and round(score.max, 2),
        score and score.grade,
        "、".join(summary.fatal_names(report)),
        *summary.severity_counts(report.findings).values(),
        summary.missed_count(report),
        len(report.turns),
        score and summary.card_name(score),
        score and score.reached and round(score.reached, 2),
        score and (len(score.unscored) or None),
        *_customer_cells(report),
        report.path,
    )


def _customer_cells(report: Report) -> tuple[Any, ...]:
    """Return verdict and danger of the complaint; label, turn and intensity of the peak emotion."""
    complaint, peak = report.complaint or {}, (report.emotion or {}).get("peak") or {}
    verdict = None
    if report.complaint is not None:
        gravity = labels.named(labels.COMPLAINT_SEVERITY, str(complaint.get("severity") or ""))
        verdict = f"{gravity}投诉" if complaint.get("is_complaint") else "不是投诉"
    return (
        verdict,
        "是" if complaint.get("danger") else None,
        labels.named(labels.EMOTION, str(peak["label"])) if peak else None,
        peak.get("turn"),
        round(peak["intensity"], 2) if peak else None,
    )


def _item_rows(report: Report) -> Iterator[tuple[Any, ...]]:
    """Yield the items that count or wait for a reviewer; 失分 is what is lost of 满分."""
    score = report.score if summary.is_scored(report) else None
    for section in score.sections if score else ():
        for item in section.items:
            if item.status == "not_applicable":
                continue
            counted = item.status != "manual"
            yield (
                report.id,
                report.meta.get("agent_id"),
                score and summary.card_name(score),
                section.name,
                item.rule,
                item.title,
                round(item.points, 2) if counted else None,
                round(item.max, 2) if counted else None,
                round(max(item.max - (item.points if item.reached is None else item.reached), 0), 2)
                if counted
                else None,
                labels.named(labels.ITEM, item.status),
                " ".join(str(index + 1) for index in item.evidence),
                item.note,
            )


def _finding_rows(report: Report) -> Iterator[tuple[Any, ...]]:
    turns = {turn.index: turn for turn in report.turns}
    for note in numbered(report.findings):
        finding = note.finding
        turn = turns.get(finding.turn)
        said = [turns[index].text for index in _turns_of(finding) if index in turns]
        yield (
            report.id,
            note.number,
            labels.SEVERITY[finding.severity.label],
            finding.rule,
            finding.title,
            " ".join(finding.source),
            finding.agent_id or (turn.agent_id if turn else None) or report.meta.get("agent_id"),
            finding.turn,
            labels.clock(turn.start_s if turn else None),
            "\n".join(said),
            finding.text,
            finding.message,
            finding.explanation.because,
            "、".join(labels.named(labels.HOW, how) for how in finding.how),
            round(finding.confidence, 2),
            finding.suggestion,
            "是" if finding.pending else None,
        )


def _turns_of(finding: Finding) -> tuple[int, ...]:
    spans = finding_spans(finding)
    return tuple(dict.fromkeys(span.turn for span in spans)) or (finding.turn,)


def _requirement_rows(report: Report) -> Iterator[tuple[Any, ...]]:
    for requirement in report.requirements:
        yield (report.id, *_requirement_cells(requirement))


def _requirement_cells(requirement: Requirement) -> tuple[Any, ...]:
    nearest = requirement.nearest
    return (
        requirement.rule,
        requirement.title,
        " ".join(requirement.source),
        labels.named(labels.REQUIREMENT, requirement.status),
        labels.named(labels.LEVEL, requirement.level),
        requirement.turn,
        None if requirement.score is None else round(requirement.score, 1),
        "、".join(requirement.missing),
        nearest and nearest.text,
        nearest and nearest.turn,
        nearest and round(nearest.score, 1),
    )


def _error_row(error: HuashuError) -> tuple[Any, ...]:
    return (error.path, error.line, error.code, error.message)
