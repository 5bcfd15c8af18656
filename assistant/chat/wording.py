"""How the assistant writes: Chinese marks after Chinese characters, sentences taken out of questions."""

from __future__ import annotations

import re

_FULL = str.maketrans(",:;?!", "，：；？！")
_HALF = re.compile(r"(?<=[一-龥”’）」》…])[,:;?!]")
_QUOTED = tuple(
    re.compile(f"{opening}([^{closing}]{{1,200}}){closing}")
    for opening, closing in ("“”", "「」", "『』", '""', "‘’")
)
_AFTER_COLON = re.compile(r"..[:：]\s*[“「『\"]?(\S.*?)[”」』\"]?\s*$", re.DOTALL)
_ASKED_OF = re.compile(
    r"^(?:请问|那|我想问下?|问一下|帮我?(?:看看|查一?下|查查|看下)|你看|我?(?:能不能|可不可以|能|可以)?"
    r"(?:对|跟|和|给)客户(?:说|讲)|客服(?:能|可以)?说|说|客户(?:说|讲))?[，,:：\s]*"
    r"(.{2,60}?)[，,\s]*(?:这句话?|这么说|这样说|这个说法|这样讲|这么讲)?(?:到底|究竟)?"
    r"(?:能说吗|能说不|能不能说|可以说吗|可以讲吗|行不行|行吗|可以吗|合适吗|妥不妥|有问题吗|有没有问题|违规吗|算违规吗|"
    r"算不算违规|是忌语吗|算忌语吗|算不算忌语|合规吗|怎么改|换个说法|怎么说比较好|怎么说更好|是什么情绪|什么情绪|生气了吗)"
    r"[?？。!！\s]*$"
)
_POINTING = re.compile(
    r"^(?:这|那|它|他|她|该|此|上面|刚才)?(?:这?一?句话?|话术?|个|样|么|里|种说法|说法|说|讲|种话?|条|回复?|坐席|客户)?(?:的话)?$"
    r"|^(?:我|你|您|他|她|客户|坐席|有人)?(?:刚才|刚刚|想|要|能|可以)*(?:这么|这样|那么|那样)?(?:说|讲|回|回复)?(?:客户)?$"
)


def printed(text: str) -> str:
    """Return our own words as Chinese is printed: full-width marks after Chinese characters."""
    return _HALF.sub(lambda mark: mark[0].translate(_FULL), text)


def sentence_in(text: str) -> str | None:
    """Return the sentence a question is about: quoted, after a colon, or what is left of the question.

    None where it points at one that was named before (“这句能说吗”), or names none.
    """
    for pattern in (*_QUOTED, _AFTER_COLON, _ASKED_OF):
        found = pattern.search(text)
        if found:
            sentence = found[1].strip(" ，,。：:")
            if sentence and not _POINTING.match(sentence):
                return sentence
    return None
