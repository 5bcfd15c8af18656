"""Role words of Chinese and English transcripts, and the labels a diariser gives instead of roles."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.model import Speaker

_WORDS = {
    Speaker.AGENT: "坐席 座席 坐席员 座席员 坐席人员 客服 客服人员 客服代表 客服专员 人工客服 人工 "
    "话务员 接线员 商家 卖家 店家 店主 服务人员 服务顾问 工作人员 业务员 顾问 专员 管家 答 "
    "agent seller operator representative rep staff service servicer waiter assistant gpt sys server",
    Speaker.CUSTOMER: "客户 用户 顾客 买家 来电人 来电者 投诉人 业主 车主 乘客 会员 市民 访客 "
    "消费者 患者 家长 问 customer buyer client user usr caller consumer human guest visitor",
    Speaker.BOT: "机器人 智能客服 语音助手 智能助手 虚拟客服 ivr bot robot chatbot voicebot 导航",
    Speaker.SYSTEM: "系统 系统消息 系统提示 旁白 提示音 system notice narrator",
}
ROLES = {
    word.replace("系统", traditional) if traditional else word: speaker
    for speaker, words in _WORDS.items()
    for word in words.split()
    for traditional in ("", "系統")
} | {"客戶": Speaker.CUSTOMER, "用戶": Speaker.CUSTOMER, "顧客": Speaker.CUSTOMER, "買家": Speaker.CUSTOMER,
     "賣家": Speaker.AGENT, "話務員": Speaker.AGENT, "機器人": Speaker.BOT}  # fmt: skip
# One-letter and everyday words are roles in a column of their own, never in front of a colon in running text.
_COLUMN_ONLY = frozenset(
    [
        "答",
        "问",
        "人工",
        "导航",
        "提示音",
        "专员",
        "顾问",
        "管家",
        "家长",
        "患者",
        "service",
        "server",
        "sys",
        "rep",
        "staff",
        "notice",
    ]
)
SHOP_WORDS = frozenset(["商家", "卖家", "店家", "店主", "买家", "賣家", "買家", "seller", "buyer"])

PREFIX_WORDS = sorted(set(ROLES) - _COLUMN_ONLY, key=len, reverse=True)
_WORD = "|".join(map(re.escape, PREFIX_WORDS))
_COLUMN_WORD = "|".join(map(re.escape, sorted(ROLES, key=len, reverse=True)))
_NAME = r"小[一-龥]{1,2}|[一-龥]{1,2}(?:先生|女士|小姐|经理|主管)"
_BOXED = r"\s?[（(\[【](?!\d+\.\d)[^\s()（）\[\]【】:：]{1,16}[)）\]】]"
_TAG = rf"[_#-]?(?:[A-Za-z]?\d{{1,10}}(?![\d.])|[A-Za-z]|{_NAME})|{_BOXED}"
ROLE_LABEL = rf"(?:{_WORD})(?:{_TAG})?"
_DIARISER = r"spk|speaker|channel|ch|说话人|發言人|发言人|讲话人|声道|通道|段落"
DIARISED_LABEL = rf"(?:{_DIARISER})[\s_#-]{{0,2}}[0-9A-Za-z]{{1,2}}|[A-Da-d甲乙]"
_LABEL = re.compile(rf"\s*(?P<word>{_COLUMN_WORD})(?P<tag>{_TAG})?\s*", re.IGNORECASE)
_AGENT_NUMBER = re.compile(r"[A-Za-z]?\d{3,10}")


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks, as far as the source says: a role, or a label to infer one from, or nothing."""

    role: Speaker | None = None
    label: str | None = None
    agent_id: str | None = None
    word: str = ""


NOBODY = Voice()


def voice(label: object) -> Voice:
    """Return the voice behind a role word (客服(8012), customer) or a diarised label (spk0, 1)."""
    text = "" if label is None else str(label).strip()
    if not text:
        return Voice()
    found = _LABEL.fullmatch(text)
    if not found:
        return Voice(label=text[:64])
    word = found["word"].lower()
    number = _AGENT_NUMBER.search(found["tag"] or "")
    role = ROLES[word]
    agent_id = number.group() if number and role is Speaker.AGENT else None
    return Voice(role=role, agent_id=agent_id, word=word)
