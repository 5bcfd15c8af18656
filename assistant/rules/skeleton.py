"""A commented rule of each kind to begin with; each is a valid pack with examples that hold."""

from __future__ import annotations

import re
from textwrap import dedent, indent
from typing import Final

from assistant.errors import UsageError
from assistant.rules.suggest import mend

_HEAD: Final = """\
# 规则写法见 docs/rules.md。写好后运行: huashu rules lint 本文件, 再运行 huashu rules test 本文件
pack: house
version: "1"
title: 本单位规则
rules:
  - id: {id}                   # 规则编号: 定下后不再改, 也不给别的规则用
    title: {title}
    source: ["HOUSE:服务规范"]          # 依据: 服务标准的编号, 如 B-3, G-12; 本单位规定写 HOUSE:名称
    kind: {kind}
    severity: {severity}               # hint 提示 | minor 轻微 | major 严重 | fatal 致命
"""

# For each kind: title, severity, match, message, suggestion, hits, misses. `match` is YAML.
_KINDS: Final[dict[str, tuple[str, str, str, str, str, str, str]]] = {
    "phrase": (
        "推卸责任", "major",
        """\
        any:                             # 出现任何一种说法就算; (a|b) 任选其一, (a)? 可有可无, … 中间隔几个字
          - "(这|那)(个|件)?事不归(我|我们)管"
        except: ["不归我管也会"]           # 与这里的说法重叠的不算
        """,
        "出现推卸责任的说法“{matched}”", "我帮您转接到负责的同事,请稍等好吗?",
        '- "您好,‹这事不归我管›,您问别人吧"', '- "虽然这事不归我管也会帮您问清楚"',
    ),
    "pattern": (
        "承诺具体退款天数", "minor",
        """\
        pattern: "[0-9]{1,2}天内?一定到账"    # 正则表达式; 至少要有一段固定的文字
        """,
        "作出了具体到账时间的承诺“{matched}”", "到账时间以银行处理为准,有进展我会第一时间通知您。",
        '- "您放心,‹3天内一定到账›"', '- "一般3天左右会到账,以银行为准"',
    ),
    "near": (
        "夸大收益", "major",
        """\
        a: ["保证", "肯定"]                # 前一段
        b: ["收益", "赚钱"]                # 后一段
        within: 8                        # 两段之间最多隔几个字
        """,
        "出现夸大收益的说法“{matched}”", "收益会随市场变化,具体请您以合同约定为准。",
        '- "这款产品‹保证一年有收益›"\n- "买了‹肯定赚钱›"', '- "这款产品的收益会随市场变化"',
    ),
    "similar": (
        "宣读告知语", "hint",
        """\
        script: "为了保障您的权益本次通话将会被录音"   # 标准话术, 相近到 verbatim 分就算
        verbatim: 85
        """,
        "已宣读录音告知", "为了保障您的权益,本次通话将会被录音。",
        '- "‹为了保障您的权益,本次通话将会被录音›"', '- "请问有什么可以帮您"',
    ),
    "combine": (
        "拒绝后没有说明原因", "minor",
        """\
        all_of:                          # 几个条件同时成立; 也可以用 any_of, not, expr
          - any: ["(办|处理)不了"]
          - not: {any: ["因为", "原因是"]}
        """,
        "直接说“{matched}”,没有说明原因", "因为系统正在升级,现在暂时不能办理,我记下来优先为您处理好吗?",
        '- "这个业务‹办不了›"', '- "因为系统升级,这个业务暂时办不了"\n- "这个处理不了,原因是资料还不齐"',
    ),
    "required": (
        "开场问候", "minor",
        """\
        expect: {any: ["您好", "早上好", "下午好"]}     # 应当说的话
        due: {first: 2}               # first 前几句 | last 后几句 | within_s 秒 | after / before 某句话
        """,
        "开场没有问候,缺少“{missing}”", "您好,很高兴为您服务!",
        "- |\n  坐席:什么事\n  坐席:说吧",
        "\n".join(f"- |\n  坐席:{hello},请讲\n  坐席:我来帮您查" for hello in ("您好", "早上好", "下午好")),
    ),
    "order": (
        "先核实后查询", "major",
        """\
        first: {any: ["核实(一下)?您的身份"]}   # 应当先说
        then: {any: ["您的余额是"]}          # 然后才能说
        """,
        "还没有核实身份就说“{matched}”", "请先核实一下您的身份,好吗?",
        "- |\n  坐席:‹您的余额是›一百元\n  坐席:核实一下您的身份",
        "- |\n  坐席:核实一下您的身份\n  坐席:您的余额是一百元",
    ),
    "count": (
        "让客户等待的次数", "hint",
        """\
        of: {any: ["请(您)?稍等"]}
        at_most: 1                       # 多于这个次数时, 在超出的那一句上提示
        """,
        "让客户等待的次数偏多", "我一次为您查清楚,大约需要一分钟,您看可以吗?",
        "- |\n  坐席:请稍等\n  坐席:再‹请您稍等›", '- "请稍等,马上就好"',
    ),
    "ratio": (
        "称呼客户的次数", "hint",
        """\
        of: {any: ["您"]}
        at_least: 10                     # 每一百句里至少几次
        min_turns: 2                     # 少于这么多句的通话不算
        """,
        "很少使用尊称“您”", "请您放心,我来帮您处理。",
        "- |\n  坐席:说吧\n  坐席:知道了", "- |\n  坐席:您请讲\n  坐席:我帮您记下了",
    ),
    "repeat": (
        "重复同样的话", "hint",
        """\
        similarity: 90                   # 两句话相近到多少分算重复
        within: 6                        # 与自己前几句比较
        min_chars: 6
        """,
        "重复了说过的话“{matched}”", "我换一种方式为您说明,您看这样清楚吗?",
        "- |\n  坐席:这个需要您本人到场办理\n  坐席:‹这个需要您本人到场办理›",
        "- |\n  坐席:这个需要您本人到场办理\n  坐席:您带上身份证件就可以",
    ),
    "entity": (
        "念出完整证件号", "major",
        """\
        types: [id_card]                 # phone landline id_card bank_card plate email address name
        """,
        "念出了完整的证件号码", "请您核对证件号码的后四位。",
        '- "您的证件号是‹[身份证号]›对吗"', '- "请问您的证件后四位是多少"',
    ),
    "learned": (
        "像推卸责任的话", "major",
        """\
        like: B-3                        # 服务标准中的编号:模型学过的一类说法
        at_least: 0.9                    # 模型至少有几成把握
        """,
        "这句话像是在推卸责任:“{matched}”,请复核", "我来帮您处理,请稍等。",
        '- "‹这块儿不是我们部门的活儿,您上别处打听去吧›"', '- "我帮您联系负责的部门,请稍等"',
    ),
    "timing": (
        "语速过快", "hint",
        """\
        metric: speech_rate              # speech_rate 每分钟字数 | silence | overlap | response | ring 秒
        at_most: 300
        min_chars: 10
        """,
        "语速过快", "我说慢一点,您听清楚了吗?",
        "- |\n  客户 0.0-2.0: 怎么办理\n  坐席 3.0-6.0: ‹这个业务需要您本人带上证件到营业厅›",
        "- |\n  客户 0.0-2.0: 怎么办理\n  坐席 3.0-13.0: 这个业务需要您本人带上证件到营业厅",
    ),
    "contradiction": (
        "前后说法不一", "minor",
        """\
        claim: {any: ["(不|不会)收费"]}       # 先前的说法
        taken_back: {any: ["需要(另外)?付费"]}  # 后来推翻它的说法
        """,
        "前面说不收费,后面又说“{matched}”", "我再跟您确认一下收费标准,避免说错。",
        "- |\n  坐席:这项服务不收费\n  坐席:安装‹需要付费›",
        "- |\n  坐席:这项服务不收费\n  坐席:您放心使用",
    ),
    "follow_up": (
        "说不知道后没有去问", "minor",
        """\
        trigger: {any: ["我不(太)?清楚"]}
        expect: {any: ["帮您(查|问|核实)"]}    # 同一句或接下来 within 句里应当说的话
        within: 1
        """,
        "说了“{matched}”,之后没有帮客户查问", "我帮您查一下,请稍等。",
        "- |\n  坐席:这个‹我不清楚›\n  坐席:还有别的事吗", '- "这个我不清楚,我帮您问一下"',
    ),
}  # fmt: skip


def kinds() -> tuple[str, ...]:
    """Return the kinds a rule can have."""
    return tuple(_KINDS)


def new_rule(rule_id: str, kind: str = "phrase") -> str:
    """Return the text of a pack with one commented rule of this kind; raises UsageError."""
    if kind not in _KINDS:
        raise UsageError(f"unknown kind {kind}; {mend(kind, _KINDS)}", code="unknown-kind")
    if not re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)+", rule_id):
        message = f"{rule_id} is no id: lower-case words joined by dots or dashes, at least two"
        raise UsageError(message, code="bad-name")
    title, severity, match, message, suggest, hits, misses = _KINDS[kind]
    head = _HEAD.format(id=rule_id, title=title, kind=kind, severity=severity)
    tail = (
        f"match:\n{indent(dedent(match), '  ')}"
        f"message: {message}          # 给质检看的一句话\n"
        f"suggest: {suggest}          # 坐席可以这样说\n"
        "examples:                        # 当作测试运行; ‹ › 标出应当发现的位置\n"
        f"  hit:\n{indent(hits, '    ')}\n"
        f"  miss:\n{indent(misses, '    ')}\n"
    )
    return head + indent(tail, "    ")
