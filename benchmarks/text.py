"""Conversations of our own making, as long as real ones: for machines without the real data.

Lengths follow what was measured on real online dialogues: 18 turns a dialogue in the median, 40 at
the 95th percentile; 20 and 85 characters an agent turn, 9 and 38 a customer turn.
"""

from __future__ import annotations

from math import exp, log
from random import Random

from assistant.ingest import mask_turn
from assistant.model import Conversation, Speaker, Turn

_Z95 = 1.645
TURNS = (18, 40)
AGENT_CHARACTERS = (20, 85)
CUSTOMER_CHARACTERS = (9, 38)

_AGENT = (
    "您好", "好的", "请您稍等", "在的呢", "不客气", "请问有什么可以帮您?", "我帮您看一下",
    "麻烦您提供一下订单号", "已经为您登记好了", "这边查到您的包裹昨天晚上已经到达本地站点",
    "预计明天下午会由配送员送到您手上,请保持电话畅通", "非常抱歉给您带来不便",
    "您的心情我很理解,换作是我也会着急", "我马上联系仓库的同事核实,半小时之内给您回复,好吗?",
    "这款电饭煲支持七天无理由退货,包装和配件要齐全", "退款会在商品验收之后的一到三个工作日里原路退回",
    "发票已经开好,会发送到您登记的邮箱,请您注意查收", "目前这款颜色没有货,不过灰色的还有现货,您看可以吗?",
    "您可以打开手机客户端,点我的订单,再点申请售后,按照页面上的提示填写原因并上传照片",
    "安装师傅会提前一个小时跟您联系,上门的时候请您准备好购买凭证", "满三百减四十的券今天零点以后才能使用",
    "这个问题我需要跟技术部门确认一下,下午五点之前给您答复",
    "刚才查询的结果是运费由我们承担,您不用另外支付", "请问您收到的时候外箱有没有破损呢?",
    "建议您先把电源拔掉,等两分钟再重新插上,看看指示灯是不是变成绿色",
    "因为这几天下大雨,那边的线路受到影响,配送比平时要晚一到两天,给您添麻烦了", "还有其他需要帮您处理的吗?",
    "感谢您的耐心等待", "您反映的情况我已经详细记录下来,会尽快转给相关的同事跟进",
    "那我先帮您把地址改过来", "保修期是从签收当天开始计算的,一共十二个月,期间非人为损坏都可以免费维修",
    "感谢您的支持,祝您生活愉快,再见",
)  # fmt: skip
_CUSTOMER = (
    "在吗", "你好", "好的", "嗯", "谢谢", "多久能到", "可以", "不行啊", "那怎么办", "还没收到",
    "什么时候发货", "我昨天买的锅盖子是裂的", "能不能换一个", "都等了三天了还没有消息", "你们到底管不管",
    "发票怎么开", "我想把地址改到公司", "电话一直没人接", "这个券怎么用不了", "退的钱到哪里去了",
    "上次就说今天送,今天又说明天", "我要投诉", "算了就这样吧", "颜色跟图片上不一样,差太多了",
    "能便宜一点吗", "尺寸是多少", "带不带安装", "昨天打电话说已经处理了,今天看还是老样子,我真的很失望",
    "家里有老人等着用,麻烦快一点", "那行吧,辛苦了", "机器一开就响,声音特别大,孩子都睡不着觉",
    "好,那我再等等看", "没有别的了",
)  # fmt: skip


def generated(count: int, seed: int = 1) -> list[Conversation]:
    """Return `count` conversations, the same ones for the same seed."""
    chance = Random(seed)  # noqa: S311 (no secret)
    return [_conversation(f"own-{number:04}", chance) for number in range(count)]


def _conversation(name: str, chance: Random) -> Conversation:
    turns = []
    for index in range(max(2, _length(TURNS, chance))):
        role = Speaker.CUSTOMER if index % 2 == 0 else Speaker.AGENT
        turns.append(mask_turn(Turn(index, role, _utterance(role, chance))))
    return Conversation(id=name, items=tuple(turns), channel="chat")


def _length(shape: tuple[int, int], chance: Random) -> int:
    """Draw from the log-normal distribution with this median and 95th percentile."""
    middle, high = shape
    return round(exp(chance.gauss(log(middle), log(high / middle) / _Z95)))


def _utterance(role: Speaker, chance: Random) -> str:
    """Join sentences until the drawn length is reached, none longer than what is left by much."""
    agent = role is Speaker.AGENT
    pool = _AGENT if agent else _CUSTOMER
    left = max(2, min(300, _length(AGENT_CHARACTERS if agent else CUSTOMER_CHARACTERS, chance)))
    said: list[str] = []
    while left > 0:
        fitting = [sentence for sentence in pool if 0.4 * left <= len(sentence) <= left + 3]
        longest = [sentence for sentence in pool if len(sentence) >= 20]
        said.append(chance.choice(fitting or (longest if left > 20 else pool[:3])))
        left -= len(said[-1]) + 1
    return ",".join(said)
