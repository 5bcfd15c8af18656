"""Role words of Chinese and English transcripts, and the labels a diariser gives instead of roles."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.model import Speaker

_WORDS = {
    Speaker.AGENT: "坐席 座席 坐席员 座席员 坐席人员 客服 客服人员 客服代表 客服专员 人工客服 人工 "
    "客服经理 客服主管 客服班长 客户经理 客户服务 客户服务代表 客户服务人员 客户代表 客户顾问 "
    "话务员 接线员 商家 卖家 店家 店主 服务人员 服务顾问 工作人员 业务员 顾问 专员 管家 答 "
    "agent seller operator representative rep staff service servicer waiter assistant gpt sys server",
    Speaker.CUSTOMER: "客户 用户 顾客 买家 来电人 来电者 投诉人 业主 车主 乘客 会员 市民 访客 "
    "消费者 患者 家长 问 customer buyer client user usr caller consumer human guest visitor",
    Speaker.BOT: "机器人 客服机器人 机器人客服 店小蜜 智能客服 语音助手 智能助手 虚拟客服 "
    "ivr bot robot chatbot voicebot 导航",
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
# Surnames that begin no everyday word, so that 客服周敏: is a label and 客户申请: is none.
_SURNAME = (
    "(?:[王李张刘陈杨赵吴徐孙朱林郭罗梁宋郑韩唐冯董萧曹袁邓傅彭吕苏卢蒋蔡贾丁魏薛叶阎潘姜姚谭廖邹熊郝崔邱秦侯邵孟尹黎乔"
    "贺赖龚黄孔庞樊殷俞倪牛翁岳耿聂]|周(?![一二三四五六日末期年边围转])|谢(?!谢)|胡(?![说闹乱])|陆(?!续)|范(?![围例])"
    "|欧阳|司马|上官|诸葛|慕容)"
)
_TITLE = "(?:先生|女士|小姐|太太|老师|师傅|经理|主管|总|阿姨|大爷|大姐)"
_NAME = rf"小[一-龥]{{1,2}}|[一-龥]{{1,2}}{_TITLE}|{_SURNAME}[一-龥]{{1,2}}(?<![说道问答称讲])"
_BOXED = r"\s?[（(\[【](?!\d+\.\d)[^\s()（）\[\]【】:：]{1,16}[)）\]】]"
_TAG = rf"[_#-]?(?:[A-Za-z]?\d{{1,10}}(?![\d.])|[A-Za-z]|{_NAME})|{_BOXED}"
ROLE_LABEL = rf"(?:{_WORD})(?:{_TAG})?"
# Only in front of a colon: a name after a space (客服 周敏:), and the role behind it (周敏（客服）:).
_SPACED = rf"(?:{_WORD})[ \u3000·/](?:\d{{3,10}}|{_NAME})"
_TOLD_BEHIND = rf"[一-龥A-Za-z]{{1,8}}\s?[（(\[【](?:{_WORD})[)）\]】]"
COLON_LABEL = rf"{ROLE_LABEL}|{_SPACED}|{_TOLD_BEHIND}"
# Anything short behind a role word: a label where it comes again (客服方敏:).
LOOSE_LABEL = rf"(?:{_WORD})[一-龥A-Za-z]{{1,4}}"
_DIARISER = r"spk|speaker|channel|ch|说话人|發言人|发言人|讲话人|声道|通道|段落"
DIARISED_WORD = rf"(?:{_DIARISER})[\s_#-]{{0,2}}[0-9A-Za-z]{{1,2}}"
DIARISED_LABEL = rf"{DIARISED_WORD}|[A-Da-d甲乙]"
_LABEL = re.compile(rf"\s*(?P<word>{_COLUMN_WORD})(?P<tag>{_TAG})?\s*", re.IGNORECASE)
_LONG_WORD = "|".join(re.escape(word) for word in PREFIX_WORDS if not word.isascii())
_ASCII_WORD = "|".join(re.escape(word) for word in PREFIX_WORDS if word.isascii())
_BEGINS = re.compile(
    rf"(?P<word>{_LONG_WORD}|(?:{_ASCII_WORD})(?=[\s_:：#/-]))[^，。！？,!?]{{0,24}}", re.IGNORECASE
)
_ENDS = re.compile(rf".{{1,24}}[（(\[【](?P<word>{_WORD})[)）\]】]", re.IGNORECASE)
_BOT_NICK = re.compile(r"机器人|小蜜|智能助理|自动回复")
_SHOP_NICK = re.compile(
    r"旗舰店|专卖店|专营店|自营店|官方店|企业店|店小二|(?:小铺|小店|店铺|商城|网店|专柜)(?:[:：]|$)"
)
_SUB_ACCOUNT = re.compile(
    r"(?=.*[一-龥])(?!\s*(?:说话人|发言人|讲话人|声道|通道|段落))[^\s:：]{2,30}[:：][^\s:：]{1,20}"
)
_AGENT_NICK = re.compile(r"客服|售前|售后")
_CUSTOMER_NICK = re.compile(r".+@(?:微信|wechat)", re.IGNORECASE)
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
    """Return the voice behind a role word (客服(8012), customer), a name that tells, or a label (spk0, 1)."""
    text = "" if label is None else str(label).strip()
    if not text:
        return Voice()
    found = _LABEL.fullmatch(text)
    if not found:
        return _named(text[:64])
    word = found["word"].lower()
    return Voice(role=ROLES[word], agent_id=_number(found["tag"] or "", ROLES[word]), word=word)


def _number(text: str, role: Speaker) -> str | None:
    number = _AGENT_NUMBER.search(text)
    return number.group() if number and role is Speaker.AGENT else None


def _named(name: str) -> Voice:
    """Return the voice of a name: 客服-周敏, 周敏(客服), and what shops and messengers call their people."""
    if _BOT_NICK.search(name):
        return Voice(role=Speaker.BOT)
    if found := _BEGINS.fullmatch(name) or _ENDS.fullmatch(name):
        word = found["word"].lower()
        return Voice(role=ROLES[word], agent_id=_number(name, ROLES[word]), word=word)
    if _SHOP_NICK.search(name) or _SUB_ACCOUNT.fullmatch(name):
        return Voice(role=Speaker.AGENT, word="商家")
    if _CUSTOMER_NICK.fullmatch(name):
        return Voice(role=Speaker.CUSTOMER)
    return Voice(role=Speaker.AGENT) if _AGENT_NICK.search(name) else Voice(label=name)
