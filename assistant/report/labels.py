"""Chinese names for what the wire format says in English, and small formats for people."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SEVERITY = {"fatal": "致命", "major": "严重", "minor": "轻微", "hint": "提示"}
ROLE = {"agent": "坐席", "customer": "客户", "bot": "机器人", "system": "系统"}
ORIGIN = {"live": "实时", "import": "录音转写", "practice": "练习", "simulator": "模拟", "chat": "在线问答"}
CHANNEL = {
    "hotline": "热线",
    "phone": "电话",
    "chat": "在线客服",
    "web": "网站",
    "email": "邮件",
    "e-commerce": "电商客服",
    "ecommerce": "电商客服",
    "letter": "来信",
    "visit": "来访",
    "callback": "回访",
}
REQUIREMENT = {"met": "已达到", "missed": "未说", "pending": "待定", "not_applicable": "不适用"}
LEVEL = {"verbatim": "标准话术", "functional": "意思到位"}
ITEM = {
    "met": "达标",
    "partly": "部分达标",
    "missed": "未达标",
    "not_applicable": "不适用",
    "manual": "待人工评",
    "fatal": "致命",
    "clean": "无违规",
    "bonus": "加分",
}
STEP = {
    "done": "已完成",
    "missing": "缺失",
    "out_of_order": "顺序不对",
    "late": "太晚",
    "repeated": "重复",
    "regressed": "客户未接受",
    "pending": "待进行",
    "not_applicable": "不适用",
}
PROMPT = {
    "next_step": "下一步",
    "due": "该说的还没说",
    "better_wording": "换个说法",
    "early_warning": "情绪预警",
    "confirm": "核对一下",
    "objection": "异议处理",
}
EMOTION = {
    "calm": "平静",
    "anxious": "着急",
    "dissatisfied": "不满",
    "angry": "生气",
    "furious": "暴怒",
    "disappointed": "失望",
    "satisfied": "满意",
    "grateful": "感谢",
}
INTENT = {
    "inquiry": "咨询",
    "complaint": "投诉",
    "help": "求助",
    "suggestion": "建议",
    "praise": "表扬",
    "criticism": "批评",
    "threat": "扬言",
    "demand": "诉求",
    "cancel": "退订",
    "accept": "同意",
    "refuse": "拒绝",
    "thanks": "致谢",
    "greeting": "问候",
    "goodbye": "道别",
    "inform": "提供信息",
    "other": "其他",
}
COMPLAINT_SEVERITY = {"minor": "轻微", "important": "重要", "grave": "重大"}
KIND = {
    "product": "产品",
    "service": "服务",
    "delivery": "配送",
    "logistics": "物流",
    "price": "价格",
    "billing": "账单",
    "after-sales": "售后",
    "after_sales": "售后",
    "facility": "设施",
    "environment": "环境",
    "privacy": "隐私",
    "fraud": "欺诈",
    "quality": "产品质量",
    "function": "产品功能",
    "effect": "使用效果",
    "attitude": "服务态度",
    "efficiency": "办理效率",
    "accuracy": "信息准确",
    "misleading": "误导宣传",
    "unfair": "不公平对待",
    "safety": "人身财产安全",
}
DEMAND = {
    "refund": "退款",
    "replacement": "换货",
    "repair": "维修",
    "compensation": "赔偿",
    "apology": "道歉",
    "explanation": "给说法",
    "delivery": "尽快送达",
    "cancel": "取消退订",
    "correction": "更正处理",
    "punishment": "处理当事人",
}
CAUSE = {"customer": "客户操作", "product": "产品缺陷", "process": "服务流程", "force_majeure": "不可抗力"}
HOW = {
    "exact": "原词",
    "width": "全半角",
    "traditional": "繁体",
    "separator": "中间插入字符",
    "repeat": "叠字",
    "homophone": "同音字",
    "lookalike": "形近字",
    "fuzzy": "近似写法",
    "pattern": "句式",
    "near": "词语搭配",
    "similar": "语句相似",
    "entity": "敏感信息",
    "timing": "时间",
    "count": "次数",
    "order": "次序",
    "contradiction": "前后矛盾",
    "absence": "该说未说",
}
STATUS = {"scored": "已评分", "unscorable": "无法评分"}
META = {
    "company": "公司",
    "agent_id": "工号",
    "agent_name": "坐席",
    "customer": "客户",
    "direction": "方向",
    "started_at": "开始时间",
    "department": "部门",
    "phone": "电话",
    "business_line": "业务",
}
DIRECTION = {"in": "呼入", "out": "呼出"}


def named(labels: Mapping[str, str], key: str | None) -> str:
    """Return the Chinese name of `key`, or `key` itself where none is known."""
    return "" if key is None else labels.get(key, key)


def begun(procedure: Mapping[str, Any]) -> bool:
    """Whether a step of a procedure (of the report) is more than pending: until then it conforms idly."""
    return any(step.get("status") != "pending" for step in procedure.get("steps", ()))


def number(value: float | None) -> str:
    """Return points as people write them: ``85``, ``82.5``; at most two digits after the point."""
    if value is None or not math.isfinite(value):
        return "—"
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.005 else "0"


def percent(share: float | None) -> str:
    """Return a share of 0..1 as ``87%``."""
    return "—" if share is None or not math.isfinite(share) else f"{share * 100:.0f}%"


def clock(seconds: float | None) -> str:
    """Return an instant of a call as ``mm:ss``, or ``h:mm:ss`` after an hour; empty if unknown."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def finite(value: float | None) -> float | None:
    """Return `value`, or None for NaN and the infinities."""
    return value if value is not None and math.isfinite(value) else None
