"""Where a banned wording doesn't count: denied in its clause, somebody else's words, or the customer's view.

All are read from the original text before the match, so only where something matched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

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
# What the agent gives back for confirmation: 您说跑了两趟都没人管,对吗?
_RESTATED = re.compile(
    r"(?:[^,，你]{0,6}[,，])?(?:那|所以|就是说|也就是说|我理解)?(?:是)?"
    r"(?:您(?!不|自己|还|怎|凭|就)[^,，你]{0,4}?(?:[说讲](?![得个破够完来去])|反映|提到|投诉|觉得|意思|遇到|碰到)|[让害]得?您)"
    r"[^你]*?(?:[,，](?:是吗|是吧|是么|是不是)|对吗|对吧|对不对|对么|是这样[吗吧的]|是这么回事[吗吧]|是不是这样|没错吧)[啊呀哈]?$"
)
_DOUBTED = re.compile("凭什么|难道|不就是|谁[让叫]您|您自己[不没]")
# The agent in the customer's place: 换了我,说了三次没人办,也会着急.
_IN_PLACE = re.compile(
    r"(?:(?:换(?:了|成|作|做|到)?(?:是)?|(?:要|如果|假如)(?:换成?|是))(?:我|谁|哪个|任何人)|[搁放摊落轮]在?到?(?:我|谁)(?:身上|头上|家里?)?"
    r"|谁家?[遇碰摊赶]上|[摊碰遇赶]上[^你您,，]{0,6}?(?:谁|任何人)|我要是您)"
    r"(?!来)[^你您]{0,24}?"
    r"(?:急|气|火|烦|慌|恼|怨|闹心|难受|难过|难免|委屈|憋屈|憋闷|窝囊|舒服|高兴|乐意|开心|痛快|好受|满意|不满|不信|相信|信心"
    r"|失望|失落|心疼|心[里都]|担心|怕|踏实|放心|接受|受不了|吃不消|睡不着|吃不下|糊涂|怀疑|想(?:不通|弄|问|知道|要)|(?:会|要|得)(?:来)?[问想]"
    r"|讨个|觉得|不想|服气|吓|寒心|坐不住|不答应|打电话|投诉|拍桌子|跳脚|崩溃|抓狂|骂|嘀咕|问号|说法|明白|冤|糟心)[^你您,，]*(?:[,，](?:为什么|怎么|凭什么)[^你您,，]*)?"
)
_FEELING = (
    "[急气火烦恼闹憋窝冤堵酸慌]|揪心|心疼|不值|委屈|难受|难过|不是滋味|抱不平|捏.?把汗|不好受|崩溃|抓狂|寒心"
    "|糟心"
)
# The agent feels it too, at the matter (这事听着就让人上火, 我都替您憋屈), or calls the customer's mood right
# (您生气再正常不过), or asks not to be thought a bore (别嫌我啰嗦).
_WITH_CUSTOMER = re.compile(
    rf"[这那](?:个|件|种|样子?|回|次)?(?:事[儿情]?|搞法|做法|情况|经历|遭遇)[^你您,，]{{0,8}}?[让叫]人[^你您,，]{{0,4}}?(?:{_FEELING})[^你您,，]*"
    rf"|[替为]您[^你您,，]{{0,3}}?(?:{_FEELING})[^你您,，]*"
    r"|您[^你您,，]{0,10}?(?:[急气火]|不满|意见|牢骚|抱怨|不高兴|不痛快|失望|委屈|担心|疑虑|顾虑|不信|较真|嗓门|要个说法)[^你您,，]{0,8}?"
    r"(?:(?:再|最|太)?正常(?:不过)?|应该|应当|有道理|在理|占理|不冤|不过分|在情理|可以理解|我不怪|我理解|我懂)[^你您,，]*"
    r"|(?:别|不要|莫)(?:嫌我|[怪烦]我(?:啰嗦|唠叨|话多|多嘴|多问|问得))[^你您,，]*"
)
_MAY_BE_WITH = re.compile("[让叫]人|[替为]您|正常|应[该当]|理|冤|过分|怪|懂|[别要莫]|我")
_REPROACHED = re.compile("你|您自己|怪您|怨您|谁[让叫]您|活该")
_MAY_RESTATE = re.compile("[对是错]")
_MAY_BE_IN_PLACE = re.compile("[换搁放谁摊落轮]|[是]我|我要是")
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


def for_customer(text: str, start: int, end: int) -> bool:
    """Whether most of text[start:end] is the customer's view in the agent's mouth.

    That is a sentence that gives the grievance back and asks whether it's right, or one in which the
    agent imagines being in the customer's place, up to what is felt there.
    """
    first = max((mark.end() for mark in _SENTENCE_END.finditer(text, 0, start)), default=0)
    last = _SENTENCE_END.search(text, max(start, end - 1))
    sentence = text[first : last.start() if last else len(text)]
    viewed: set[int] = set()
    for begin, stop in _viewed(sentence):
        viewed.update(range(max(start, first + begin), min(end, first + stop)))
    return 2 * len(viewed) > end - start


def _viewed(sentence: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a sentence that are told from the customer's side."""
    if _MAY_RESTATE.search(sentence) and _RESTATED.match(sentence) and not _DOUBTED.search(sentence):
        yield 0, len(sentence)
        return
    felt = _IN_PLACE.search(sentence) if _MAY_BE_IN_PLACE.search(sentence) else None
    if felt and not _REPROACHED.search(sentence, 0, felt.start()):
        yield 0, felt.end()
    if _MAY_BE_WITH.search(sentence):
        yield from (found.span() for found in _WITH_CUSTOMER.finditer(sentence))


def _mostly_marked(text: str, start: int, end: int) -> bool:
    """Whether more than half of text[start:end] stands in quotation marks that close."""
    inside = (range(max(start, mark.start()), min(end, mark.end())) for mark in _MARKED.finditer(text))
    return 2 * sum(map(len, inside)) > end - start
