"""The complaint record: its fields as the standard lists them (S0, S1, S3, S4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assistant.errors import InputError

Form = Literal["text", "long", "choice", "time", "flag"]


@dataclass(frozen=True, slots=True)
class Field:
    """A field a person fills in; `choices` are values with their titles."""

    name: str
    title: str
    form: Form = "text"
    choices: Mapping[str, str] | None = None


CHANNELS = {
    "hotline": "电话", "callback": "回访", "chat": "在线聊天", "web": "网站", "email": "电子邮件",
    "letter": "来信", "visit": "来访", "social": "社交媒体", "on_the_spot": "现场", "authority": "监管部门",
    "ecommerce": "电商", "other": "其他",
}  # fmt: skip
LEVELS = {"ordinary": "普通客户", "key": "大客户", "cross_region": "跨区域客户"}
SEVERITIES = {"minor": "轻微", "important": "重要", "grave": "重大"}
EMOTIONS = {
    "calm": "平静", "anxious": "焦虑", "dissatisfied": "不满", "angry": "生气", "furious": "愤怒",
    "disappointed": "失望", "satisfied": "满意", "grateful": "感谢",
}  # fmt: skip
CAUSES = {"customer": "客户操作", "product": "产品缺陷", "process": "服务流程", "force_majeure": "不可抗力"}
VALIDITY = {"valid": "成立，需改进", "not_valid": "不成立"}
RECORD: tuple[Field, ...] = (
    Field("customer", "客户"),
    Field("level", "客户级别", "choice", LEVELS),
    Field("channel", "渠道", "choice", CHANNELS),
    Field("received_at", "受理时间", "time"),
    Field("agent_id", "受理坐席"),
    Field("need", "诉求类别", "choice", {}),
    Field("product", "涉及产品或服务"),
    Field("accused", "被投诉部门或人员"),
    Field("place", "事发地点"),
    Field("happened", "事发时间"),
    Field("what", "投诉内容（客户原话要点）", "long"),
    Field("demand", "客户要求"),
    Field("emotion", "客户情绪", "choice", EMOTIONS),
    Field("kind", "投诉类别", "choice", {}),
    Field("severity", "严重程度", "choice", SEVERITIES),
    Field("danger", "涉及人身或财产安全", "flag"),
    Field("validity", "是否成立", "choice", VALIDITY),
    Field("cause", "原因和责任", "choice", CAUSES),
    Field("on_site", "可当场解决", "flag"),
    Field("region", "区域"),
    Field("team", "班组"),
    Field("department", "责任部门"),
    Field("in_charge", "负责人"),
    Field("solution", "解决方案", "long"),
    Field("extent", "影响范围"),
    Field("consent", "客户同意方案", "flag"),
    Field("promised", "已承诺时限", "long"),
    Field("answer", "答复内容", "long"),
    Field("improvement", "改进措施（内容、日期、负责人）", "long"),
)
NAMES = frozenset(field.name for field in RECORD)
_LONGEST = 4_000
_FLAGS = {
    "true": True,
    "false": False,
    "是": True,
    "否": False,
    "1": True,
    "0": False,
    "yes": True,
    "no": False,
}


def read_fields(given: Mapping[str, Any], choices: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return the values of a record as they are kept, by titles or values of choices.

    `choices` adds those that data says (kind, need). Raises InputError (``bad-field``).
    """
    known = {field.name: field for field in RECORD}
    read = {}
    for name, value in given.items():
        if name not in known:
            raise InputError(f"没有这个字段：{name}", code="bad-field")
        field = known[name]
        read[name] = None if value in (None, "") else _value(field, value, choices.get(name) or field.choices)
    return read


def _value(field: Field, value: Any, choices: Mapping[str, str] | None) -> Any:
    if field.form == "flag":
        flag = value if isinstance(value, bool) else _FLAGS.get(str(value).strip().lower())
        if flag is None:
            raise InputError(f"“{field.title}”只能是“是”或“否”", code="bad-field")
        return flag
    text = str(value).strip()[:_LONGEST]
    if choices:
        by_title = {title: key for key, title in choices.items()}
        chosen = text if text in choices else by_title.get(text)
        if chosen is None:
            raise InputError(f"“{field.title}”没有这个选项：{text}", code="bad-field")
        return chosen
    return text
