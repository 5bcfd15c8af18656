"""What all renderings say of a report in a few words: counts, facts of the call, fatal items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.model import Finding, Report, Scorecard, Severity
from assistant.report import labels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def severity_counts(findings: Sequence[Finding]) -> dict[Severity, int]:
    """Return how many findings each severity has, gravest first; none is left out."""
    return {
        severity: sum(finding.severity is severity for finding in findings) for severity in reversed(Severity)
    }


def missed_count(report: Report) -> int:
    """Return how many required phrases were missed."""
    return sum(requirement.status == "missed" for requirement in report.requirements)


def is_scored(report: Report) -> bool:
    """Return whether the report has points to show."""
    return report.status == "scored" and report.score is not None


def unscored(report: Report, *, reason: bool = True) -> str:
    """Return why there are no points: ``无法评分：没有坐席的话``."""
    if report.status == "scored":
        return "未评分"
    said = f"：{report.reason}" if reason and report.reason else ""
    return f"{labels.STATUS['unscorable']}{said}"


def facts_of(report: Report) -> Iterator[tuple[str, str]]:
    """Yield what is known of the call as (Chinese name, value); other keys keep their own name."""
    for key, value in report.meta.items():
        if value is None or value in ("", [], {}):
            continue
        shown = labels.named(labels.DIRECTION, str(value)) if key == "direction" else str(value)
        yield labels.named(labels.META, str(key)), shown


def kind_of(report: Report) -> str:
    """Return channel and origin: ``热线 · 录音转写``."""
    return f"{labels.named(labels.CHANNEL, report.channel)} · {labels.named(labels.ORIGIN, report.origin)}"


def fatal_names(report: Report) -> list[str]:
    """Return the rules that voided the score, by title where the report knows one."""
    titles = {finding.rule: finding.title for finding in report.findings if finding.title}
    if report.score is None:
        return []
    items = {item.rule: item.title for section in report.score.sections for item in section.items}
    return [titles.get(rule) or items.get(rule) or rule for rule in report.score.fatal]


def card_name(score: Scorecard) -> str:
    """Return which scorecard was filled: ``standard 2026.12``."""
    return f"{score.id} {score.version}".strip()


def veto_reason(report: Report) -> str:
    """Return why the points were voided, and what stands beside the 0; empty where nothing was."""
    if report.score is None or report.score.reached is None:
        return ""
    return f"一票否决：{'、'.join(fatal_names(report))}；括号内为未否决时的得分"


def unscored_findings(score: Scorecard) -> str:
    """Return how many findings the card has no item for, and which: ``1 处发现不在评分项内:[3]``."""
    numbers = " ".join(f"[{index + 1}]" for index in score.unscored)
    return f"{len(score.unscored)} 处发现不在评分项内：{numbers}"
