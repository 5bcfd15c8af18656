"""Where a banned wording doesn't count: denied in its clause, or somebody else's words.

Both are read from the original text before the match, so only where something matched.
"""

from __future__ import annotations

import re

_CLAUSE_END = re.compile(r"[,，。.！!？?；;：:\s、…~]")
_SENTENCE_END = re.compile(r"[。！!？?；;\n…]")
_NEGATION = re.compile(
    r"(?<![是会能要可该想用有])(?:不会|不能|不可以|不可能|不敢|不该|不应该|不应当|不要|不用|不必|不得|不准|不许|不允许|不想|不愿意?|不打算|绝不|决不|从不|从来不|"
    r"从没有?|没有|没法|并非|并不是|不是|不存在|无法|难以|请勿|禁止|避免|杜绝|严禁|没办法|没说过?|没讲过?)"
    r"(?:再|去|来|随便|轻易|随意|直接|就|是|在|有|让您|叫您|因为|觉得|认为|跟您|和您|向您|对您|给您|为您|您|说|讲|回答|回复|"
    r"承诺|答应|保证|确保|表示|用|拿|以|任何|这种|这样|什么|客户|一句|过|的|出|口头|当场|现在|马上|百分百|百分之百|100%){0,4}$"
)
_REPORT = re.compile(
    r"(?:(?:客户|顾客|用户|他|她|对方|同事|有人|人家|师傅|商家|卖家|店家|客服|坐席|工作人员|快递员|业务员|销售|前台|网上|媒体|朋友|家人)"
    r"(?:们)?(?:那边|当时|之前|刚才|刚刚|上次|昨天|今天|是|也|都|就|还|跟|对|和|向|我|您|你){0,4}"
    r"|(?:您|你)(?:刚才|刚刚|之前|上次|前面|昨天|是|也|还|跟我|对我|和我){1,3}|(?:您|你)(?=反映|提到|投诉|所说|(?:说|讲|是说)(?:上次|上回|之前|昨天|前天|当时|有人|别人|师傅|窗口|店员|柜台|客服|同事|我们的?(?:师傅|同事|客服|人|员工|店|服务)))(?:所|是)?)"
    r"(?:说|讲|反映|提到|表示|投诉|认为|觉得|问|回复|答复|告诉|写)"
    r"(?:过|了|的|我|您|你|是|什么|到|说|那句|那个|一句){0,3}[:：,，]?\s*[“\"「『‘']?"
)
_QUOTES = {"“": "”", "「": "」", "『": "』", "‘": "’", "《": "》"}
_MARKED = re.compile("|".join(f"{opening}[^{closing}]+{closing}" for opening, closing in _QUOTES.items()))
# Nothing is denied, quoted or reported without one of these.
_MAY_NEGATE = re.compile("[不没非无难勿禁避杜]")
_MAY_QUOTE = re.compile('[“「『‘《"]')
_MAY_REPORT = re.compile("[说讲映提示诉认觉问复写]")
_COMMA = re.compile(r"[,，]")
_REPORT_REACH = 10
_NEGATION_REACH = 24


def negated(text: str, start: int) -> bool:
    """Whether a negation in the same clause stands directly before text[start:]."""
    before = text[max(0, start - _NEGATION_REACH) : start]
    if not _MAY_NEGATE.search(before):
        return False
    clause = _CLAUSE_END.split(before)[-1]
    return _NEGATION.search(clause) is not None


def quoted(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] lies in quotation marks or in a report of what somebody said."""
    before = text[:start]
    if _MAY_QUOTE.search(before) and _marked(before, text[end:]):
        return True
    if _MAY_QUOTE.search(text, 0, end) and _mostly_marked(text, start, end):
        return True
    if not _MAY_REPORT.search(before):
        return False
    sentence = _SENTENCE_END.split(before)[-1]
    reports = list(_REPORT.finditer(sentence))
    if not reports:
        return False
    between = sentence[reports[-1].end() :]
    return len(between) <= _REPORT_REACH and not _COMMA.search(between)


def _marked(before: str, after: str) -> bool:
    """Whether quotation marks are open after `before` and closed in `after`."""
    for opening, closing in _QUOTES.items():
        if before.rfind(opening) > before.rfind(closing) and closing in after:
            return True
    return bool(before.count('"') % 2) and '"' in after


def holds_quotation(text: str, start: int, end: int) -> bool:
    """Whether text[start:end] holds words of others: in quotation marks, or as a clause that reports them."""
    if any(mark.start() < end and start < mark.end() for mark in _MARKED.finditer(text)):
        return True
    report = _REPORT.match(text, start, end)
    return report is not None and not _COMMA.search(text, report.end(), end)


def _mostly_marked(text: str, start: int, end: int) -> bool:
    """Whether more than half of text[start:end] stands in quotation marks that close."""
    inside = (range(max(start, mark.start()), min(end, mark.end())) for mark in _MARKED.finditer(text))
    return 2 * sum(map(len, inside)) > end - start
