"""What a report says of the customer, as lines of text: the feeling over the call, the complaint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from assistant.report import labels

if TYPE_CHECKING:
    from assistant.model import Report


def customer_lines(report: Report) -> Iterator[str]:
    """Yield the lines; none where nothing was assessed."""
    if report.emotion:
        yield _feeling(report.emotion)
    if report.complaint:
        yield from _complaint(report.complaint)


def _feeling(emotion: Mapping[str, Any]) -> str:
    peak, turned = emotion["peak"], emotion.get("turning_point")
    line = (
        f"情绪：开始{labels.named(labels.EMOTION, emotion['start'])}，最强在 #{peak['turn']}"
        f"（{labels.named(labels.EMOTION, peak['label'])} {labels.percent(peak['intensity'])}），"
        f"结束{labels.named(labels.EMOTION, emotion['end'])}"
    )
    return f"{line}；在 #{turned['turn']} 转变" if turned else line


def _complaint(complaint: Mapping[str, Any]) -> Iterator[str]:
    sure = labels.percent(complaint["confidence"])
    danger = " 涉及人身或财产安全" if complaint["danger"] else ""
    if not complaint["is_complaint"]:
        yield f"投诉：不是投诉（把握 {sure}）{danger}"
        return
    yield f"投诉：{labels.named(labels.COMPLAINT_SEVERITY, complaint['severity'])}投诉（把握 {sure}）{danger}"
    parts = (
        ("类别", labels.KIND, [kind["name"] for kind in complaint["kinds"]]),
        ("诉求", labels.DEMAND, complaint.get("demands") or ()),
        ("原因线索", labels.CAUSE, complaint.get("responsibility") or ()),
    )
    for title, names, found in parts:
        if found:
            yield f"{title}：" + "、".join(labels.named(names, name) for name in found)
    if complaint["reasons"]:
        yield "依据：" + "；".join(complaint["reasons"])
