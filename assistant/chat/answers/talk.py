"""Answers about the assistant itself and the talk: help, what wasn't clear, rule packs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.chat.advisor import Reply
from assistant.chat.answers import calls, phrases, standard
from assistant.chat.answers.complaints import looked_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from assistant.chat.advisor import Advisor, Asked

_HELP = """我能帮您做这些，直接用平常的话问就行：
· 查一句话：“‘不归我管’能说吗”，“那换个说法呢”，“为什么不行”
· 通话中：“客户很生气要退款，我下一步说什么”，“客户说太贵了怎么办”
· 标准：“开场白怎么说”，“忌语有哪些”，“热线必须说哪些话”，“六步法是哪六步”
· 投诉：“重要投诉几天要办完”，“漏电算什么级别”，“超时了谁批”
· 客户情绪：“‘算了，跟你们说也没用’是什么情绪”
· 通话：“最近一通多少分”，“我今天的通话”，“今天的统计”
· 练习：“给我来一个难缠客户练练”，“考考我”"""
# How the two likeliest intents are offered where a message wasn't clear.
ASKED = {
    "check_phrase": "查一句话能不能说", "rewrite_phrase": "换个合规的说法", "explain_finding": "问为什么不行",
    "ask_emotion": "听客户这句是什么情绪", "ask_next_step": "下一步怎么接",
    "ask_standard_phrase": "要某个情景的标准话术",
    "list_banned": "看服务忌语", "required_phrases": "看必说的话", "ask_objection": "客户有异议怎么应对",
    "ask_deadline": "查投诉时限", "ask_severity": "判断投诉级别", "ask_escalation": "该找谁、谁审批",
    "ask_procedure": "看流程步骤", "ask_knowledge": "问服务标准里的知识", "score_call": "给通话打分",
    "show_calls": "看通话记录", "ask_statistics": "看今天的统计", "switch_pack": "切换规则包",
    "start_roleplay": "开始对练", "stop_roleplay": "结束练习", "ask_hint": "要一点提示", "start_quiz": "做题",
    "greet": "打个招呼", "thank": "道声谢", "goodbye": "结束聊天", "help": "看我能做什么",
    "ask_identity": "问我是谁",
    "affirm": "同意", "deny": "不要了", "more": "接着看", "out_of_scope": "聊别的", "nonsense": "随便打的",
}  # fmt: skip
_SURE = 0.8  # how well an entry of the knowledge has to fit a question that wasn't clear
_SAYS_ENOUGH = 5  # characters: 是哪一条 alone is no question for the knowledge
_TALK = frozenset(["out_of_scope", "nonsense", "greet", "thank", "goodbye", "affirm", "deny", "more"])


def help_(advisor: Advisor, asked: Asked) -> Reply:
    """Say what can be asked."""
    del advisor, asked
    buttons = (
        ("忌语有哪些", "/list_banned"),
        ("重要投诉几天办完", '/ask_deadline{"severity": "重要"}'),
        ("六步法", "/ask_procedure"),
    )
    return Reply(_HELP, buttons, {"kind": "help"})


def affirm(advisor: Advisor, asked: Asked) -> Reply:
    """Answer a yes to nothing."""
    del advisor, asked
    return Reply("好的。您接着说，想查话术、问流程还是看通话？")


def deny(advisor: Advisor, asked: Asked) -> Reply:
    """Answer a no: what was offered is forgotten."""
    offered = asked.slots.get("offer")
    del advisor
    return Reply("好，那先不弄。" if offered else "好的，没理解对的话，您换个说法再问我一次。")


def clarify(advisor: Advisor, asked: Asked) -> Reply:
    """Ask back with the two likeliest intents; what the knowledge is sure of is answered instead."""
    known = looked_up(advisor, asked.text, least=_SURE) if len(asked.text) >= _SAYS_ENOUGH else None
    if known is not None:
        return known
    likely = [name for name, _ in asked.ranking if name in ASKED and name not in _TALK][:2]
    if len(likely) < 2:
        return Reply(
            "这句我没把握，您换个说法再问一次好吗？", (("你能做什么", "/help"),), {"kind": "clarify"}
        )
    first, second = (ASKED[name] for name in likely)
    return Reply(
        f"没太听准，您是想“{first}”，还是“{second}”？",
        (*((ASKED[name], f"/{name}") for name in likely), ("都不是", "/help")),
        {"kind": "clarify", "intents": likely},
    )


def more(advisor: Advisor, asked: Asked) -> Reply:
    """Go on with what the last answer was about."""
    ways: Mapping[str, Callable[[Advisor, Asked], Reply]] = {
        "rewrite": phrases.rewrite, "next": standard.next_step, "banned": standard.banned,
        "objection": standard.objection, "calls": calls.listed,
    }  # fmt: skip
    way = ways.get(str(asked.slots.get("topic")))
    if way is None:
        return Reply("前面那件说完了。想接着看哪一方面，您说一声。", (("你能做什么", "/help"),))
    return way(advisor, asked)


def switch_pack(advisor: Advisor, asked: Asked) -> Reply:
    """Choose the rule pack that sentences are checked by; none is all of them."""
    named = asked.named("pack") or _PACKS_MEANT.get(
        next((word for word in _PACKS_MEANT if word in asked.text), "")
    )
    names = "、".join(advisor.packs)
    data = {"kind": "packs", "packs": list(advisor.packs)}
    if any(word in asked.text for word in ("全部", "所有", "默认", "恢复", "还原")):
        return Reply("好，恢复用全部规则包检查。", (), data, {"pack": None})
    if named in advisor.packs:
        return Reply(
            f"好，接下来查句子只用 {named} 规则包。要恢复，说“恢复全部规则”。",
            (),
            {**data, "pack": named},
            {"pack": named},
        )
    now = asked.slots.get("pack") or "全部"
    buttons = tuple((name, f'/switch_pack{{"pack": "{name}"}}') for name in advisor.packs[:6])
    return Reply(f"现在用的是：{now}。可选的规则包：{names}。", buttons, data)


_PACKS_MEANT = {
    "忌语": "banned", "禁语": "banned", "广告": "advertising", "回访": "callback", "热线": "hotline",
    "电话": "hotline",
    "电商": "channels", "渠道": "channels", "礼仪": "manners", "礼貌": "manners",
}  # fmt: skip
