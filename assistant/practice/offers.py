"""What an offer is worth that no scenario lists: what is done, for how much, held against what is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.practice.scenario import Scenario, Solution

_NOT = r"(?<![不没别未])"
_REMEDIES: Mapping[str, str] = {
    "refund": r"退(款|钱|费|还|回|给|到|您|差|[一二三四五六七八九十百千两\d])|全(额|部)?退|都退|返还|冲正",
    "pay": r"赔(付|偿|给|您|[一二三四五六七八九十百千两\d])|原价赔|理赔|补偿|打款|打到|打给您.{0,6}(账|卡|款)"
    r"|补(给)?(您)?[^，。]{0,6}[\d百千十两]+(元|块)|(我们|公司|店里)(来)?(出|承担|报销|付)|差价.{0,6}补|补.{0,3}差价",
    "waive": r"免(掉|除|收|费|去)|减免|不(收|扣|要)(您)?(的)?(钱|费|手续费|一分)|不加钱|抵(掉|扣)|延长",
    "replace": r"换(一|新|成|货|给|到|个|双|台|张|套|间|房|回|过|大|去)"
    r"|(调|搬|转)(换|到|去|回)[^，。]{0,12}(房|班|校区|楼|店)"
    r"|重(发|寄|开|做|出)|重新(发|寄|开|做|出|打印|送)|补(发|寄|送|一[份张件])|升(级|到)|全新|新的|同款|没(拆|开)封|腾(出|一)",
    "repair": r"修(好|理|复|完|一|到)|维修|检修|抢修|调(好|回|准|试)|恢复|送电|通水"
    r"|接(上|通)|弄好|处理(好|安全|干净)"
    r"|重新(处理|补|存|调|装|弄|接)|存好|更正|改(好|过来|正|对)|清理|打扫|补(牙|好)|看(牙|诊)",
    "send": r"上门|到您(家|府|那|楼|手|门|单位)|去您"
    r"|派[^，。]{1,10}(过去|过来|上门|到)|(派|安排|叫|让|请)[^，。]{0,8}(师傅|电工|技师|工程师|维修|人员|人|同事)[^，。]{0,10}(去|来|到|过)|到(场|现场)|赶(到|过)|接您"
    r"|送(到|给|去|过|一|您|货)|专(人|车)|闪送|跑腿|同城|寄(给|到|出|过)|发(顺丰|出)"
    r"|(开车|亲自|亲手)[^，。]{0,10}送|调(一|来|货|过来)",
    "find": r"找(到|回|出|着)|追(回|查)|拣出|拿回|取回",
    "stop": r"停(掉|了|用|止|工|在)|取消|退订|撤(销|掉|下|出)|注销|不再(打|扣|收|换|续)|拉黑"
    r"|删(掉|除)|(关|拆)(掉|停|了)"
    r"|不(许|让|准|得)(再)?(敲|动工|施工|打|吵)|管住",
    "papers": r"书面|盖章|证明|报告|发票|凭(证|据)|说明函|回执|登记(表|一份)"
    r"|(记录|清单|明细|依据|照片|检测|票)[^，。]{0,8}(发|给|寄|开)|(电子|对的|正确的)票",
    "keep": r"封存|保(全|存|留)|留(存|一|好|着|出|给)|预留|拷(贝|出|一)|备份|存(下|起|到)",
    "lend": r"借(给|您|一|台)|备用|临时[^，。]{0,6}(用|电|房|卡)|先用着|顶着用|移动电源|发电机",
    "teach": r"教(您|着)|一步一步|手把手|指导",
    "place": r"(约|挂|排)(好|到|定|在|您|上|最|第)|预约|专号|加号|优先|第一个"
    r"|课[^，。]{0,6}补|补[^，。]{0,6}课|安排.{0,8}(课|号|位)",
    "fetch": r"(我们|我|直接|由我)[^，。]{0,8}(调取|去调|去取|代办|代领)|替您(跑|办|去|取)"
    r"|不用您(再)?(跑|补|来)",
    "vouch": r"(主任|经理|主管|店长|科长|医生|专家|专员|老板|领导)[^，。]{0,14}"
    r"(当面|回电|回您|给您|跟您|答复|打电话|道歉|赔)",
}
REMEDIES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(f"{_NOT}(?:{words})") for name, words in _REMEDIES.items()
}
"""What may be done for a customer, in any trade, by the words of an offer."""
_NUMBER = "零一二两三四五六七八九十百千万"
_SUM = re.compile(
    rf"(\d+(?:\.\d+)?|[{_NUMBER}]+)\s*(?:元|块)"
    rf"|(?:退|赔|补|付|还|减|扣|打)(?:给|您|还|款|偿){{0,2}}(\d{{2,6}})(?![\d课个天次节点号分])"
    rf"|([{_NUMBER}]*[百千万][{_NUMBER}]*)(?![{_NUMBER}课个天次节点号分米公里人位步多])"
)
_WHOLE = re.compile(r"全(额|部|数|款)|一分(都)?不(少|扣)|原(价|路)|都退|多(收|扣)的")
_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MONEY = frozenset({"refund", "pay", "waive"})
_MEETS, _NEAR = 0.75, 0.5
_SHORT_OF = 0.95  # share of a sum below which it is less


@dataclass(frozen=True, slots=True)
class Offer:
    """Something definite that no scenario lists.

    `worth` is that of the listed way out it comes up to, 0 where it comes up to none; `near`: it goes the
    way the customer wants without saying all of it; neither: it is less; `strange`: it has nothing to do
    with the case.
    """

    worth: float = 0.0
    near: bool = False
    strange: bool = False


def remedies_of(text: str) -> frozenset[str]:
    """Return what is done by the words of an offer or a demand; see `REMEDIES`."""
    return frozenset(name for name, words in REMEDIES.items() if words.search(text))


def enough(text: str, solution: Solution) -> bool:
    """Whether `text` names no less money than `solution` does; no sum, or all of it, is enough."""
    wanted = _most(solution.offer)
    named = _most(text)
    return wanted == 0 or named == 0 or named >= _SHORT_OF * wanted or bool(_WHOLE.search(text))


def offer_of(text: str, scenario: Scenario) -> Offer | None:
    """Return what `text`, which holds no solution of the case, offers; None where it is nothing definite."""
    done = remedies_of(text)
    if not done:
        return None
    judged = [(way, _fit(text, done, way)) for way in scenario.solutions if enough(text, way)]
    worth = max((way.value for way, fit in judged if fit >= _MEETS), default=0.0)
    if worth:
        return Offer(worth=worth)
    wants = [remedies_of("".join(lines)) for lines in scenario.demands]
    goes_there = any(fit >= _NEAR or _words(text, way) >= _NEAR for way, fit in judged) or any(
        want <= done or want & done - _MONEY for want in wants if want
    )
    near = goes_there and not (done <= _MONEY and _short(text, scenario))
    known = frozenset().union(*wants, *(remedies_of(way.offer) for way in scenario.solutions))
    strange = not near and not (done & known) and all(_words(text, way) == 0 for way in scenario.solutions)
    return Offer(near=near, strange=strange)


def _short(text: str, scenario: Scenario) -> bool:
    """Whether less money is named than the case is about; any sum where that is unknown."""
    told = (
        [way.offer for way in scenario.solutions],
        ["".join(lines) for lines in scenario.demands],
        [line for fact in scenario.facts for line in fact.tell],
    )
    owed = next((most for texts in told if (most := max(map(_most, texts), default=0.0))), 0.0)
    named = _most(text)
    return named > 0 and (not owed or named < _SHORT_OF * owed) and not _WHOLE.search(text)


def _fit(text: str, done: frozenset[str], way: Solution) -> float:
    """Return how far an offer comes up to a listed one: by what is done and by its words, each half."""
    wanted = remedies_of(way.offer)
    return 0.5 * len(done & wanted) / max(1, len(wanted)) + 0.5 * _words(text, way)


def _words(text: str, way: Solution) -> float:
    return sum(bool(words.search(text)) for words in way.words) / len(way.words)


def _most(text: str) -> float:
    return max(sums_of(text), default=0.0)


@lru_cache(maxsize=256)
def sums_of(text: str) -> tuple[float, ...]:
    """Return the sums of money in `text`, as figures or in words (一千五百块), in yuan."""
    return tuple(_sums(text))


def _sums(text: str) -> Iterable[float]:
    for found in _SUM.finditer(text.replace("一分", "、")):
        said = found[1] or found[2] or found[3]
        yield float(said) if said[0].isdigit() else _number(said)


def _number(words: str) -> float:
    """Return the number that Chinese words say; 一千五 is 1500."""
    total = 0
    unit = 1
    held: int | None = None
    for sign in words:
        if sign == "万":
            total, held, unit = (total + (held or 0)) * 10_000, None, 10_000
        elif sign in _UNITS:
            unit = _UNITS[sign]
            total, held = total + (held if held is not None else 1) * unit, None
        else:
            held = _DIGITS[sign]
            unit = 1 if sign == "零" else unit
    return float(total + (held or 0) * (unit // 10 if unit >= 100 else 1))
