"""What a source says about the call itself, under the fixed keys of `Conversation.meta`."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from assistant.ingest.encoding import clean
from assistant.ingest.privacy import mask

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = {
    "company": "company companyname enterprise 公司 公司名称 企业 企业名称 单位",
    "agent_id": "agentid agentno agentnumber staffid staffno workno employeeid 工号 "
    "坐席工号 座席工号 客服工号 坐席号 座席号 客服编号 员工编号 "
    "客服id 坐席id 座席id 坐席编号 话务员工号 员工号 员工工号",
    "agent_name": "agentname staffname 坐席姓名 座席姓名 客服姓名 客服名称 坐席名称 话务员姓名 员工姓名",
    "customer": "customer customername clientname 客户 客户姓名 客户名称 顾客姓名 用户姓名 客户名 "
    "姓名 来电人",
    "channel": "channel channelname 渠道 渠道名称 接入渠道 来源渠道",
    "direction": "direction calltype calldirection inout 呼叫方向 通话方向 呼叫类型 方向 呼入呼出",
    "started_at": "startedat startdatetime calltime callstart callstarttime starttime begintime "
    "开始时间 通话时间 通话日期 录音时间 录音日期 来电时间 呼叫时间 通话开始时间 会话开始时间 日期 date",
    "ended_at": "endedat endtime callend callendtime 结束时间 通话结束时间 会话结束时间 挂机时间",
    "department": "department dept team 部门 技能组 班组 所属部门",
    "phone": "phone servicephone hotline 热线 热线电话 服务电话",
    "business_line": "businessline business product 业务线 业务 业务类型 业务类别 产品线",
}
KEYS = {name: key for key, names in _NAMES.items() for name in (key.replace("_", ""), *names.split())}
GUESSED = "guessed_columns"
"""Key of the meta that says which columns of a table were told by their cells."""
_IDS = (
    "通话编号 会话编号 会话id 通话id 录音编号 录音id 录音流水 通话流水 呼叫流水 编号 流水号 通话流水号 "
    "工单号 callid conversationid sessionid id"
)
ID_KEYS = frozenset(_IDS.split())
_CHANNELS = {
    "hotline": "hotline phone call voice 热线 电话 语音 呼入 客服热线 电话客服 400热线",
    "callback": "callback 回访 回拨 外呼回访 电话回访",
    "chat": "chat im webchat wechat 在线客服 在线聊天 聊天 微信 企业微信 在线会话",
    "ecommerce": "ecommerce shop 电商 淘宝 天猫 京东 旺旺 千牛 拼多多 抖音 网店",
    "parking": "parking 停车 停车热线",
    "salon": "salon 美容院 美发 门店 前台",
    "email": "email mail 邮件 邮箱",
    "online": "online web 在线 网站 社区网站",
}
CHANNELS = {word: channel for channel, words in _CHANNELS.items() for word in words.split()}
_DIRECTION_WORDS = {"in": "in inbound incoming 呼入 来电 进线", "out": "out outbound outgoing 呼出 外呼 去电"}
_DIRECTIONS = {word: way for way, words in _DIRECTION_WORDS.items() for word in words.split()}
_TITLE = re.compile(r"(?<=.)(?:先生|女士|小姐|太太|老师)$")
_MAX_KEYS, _MAX_CHARACTERS = 100, 1_000


def header(name: object) -> str:
    """Return a column or key name in the form the tables of names use."""
    return re.sub(r"[\s_\-./()（）]+", "", str(name)).lower()


def is_call_data(name: object) -> bool:
    """Tell whether `name` names something known of a call (工号, 通话编号)."""
    return header(name) in KEYS or header(name) in ID_KEYS


def call_metadata(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return `raw` under the fixed keys, masked; what isn't a plain value is left out."""
    meta: dict[str, Any] = {}
    for name, value in raw.items():
        plain = _plain(value)
        if plain is None or plain == "" or len(meta) >= _MAX_KEYS:
            continue
        key = KEYS.get(header(name), mask(clean(str(name))[:64])[0])
        meta.setdefault(key, _normal(key, plain))
    return meta


def _plain(value: object) -> str | int | float | bool | None:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str):
        return mask(clean(value).strip()[:_MAX_CHARACTERS])[0]
    if isinstance(value, bool) or (isinstance(value, float) and value - value == 0):
        return value
    return value if isinstance(value, int) and abs(value) < 10**18 else None


def _normal(key: str, value: str | float | bool) -> str | float | bool:
    if key == "channel":
        return CHANNELS.get(header(value), str(value).strip().lower())
    if key == "direction":
        return _DIRECTIONS.get(str(value).strip().lower(), str(value))
    if key == "customer":
        return _TITLE.sub("", str(value))
    if key in {"agent_id", "company", "agent_name", "department", "phone", "business_line"}:
        return str(value)
    return (
        mask(str(value))[0]
        if isinstance(value, int) and not isinstance(value, bool) and value > 10**9
        else value
    )
