"""A complaint record filled in advance from a call's report, for a person to confirm.

Each value comes with its confidence and its evidence: the characters of the turns that show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from assistant.desk.calendar import SHANGHAI, house_time
from assistant.desk.likeness import similarity
from assistant.desk.promises import Promise, find_promises
from assistant.desk.record import CHANNELS, EMOTIONS
from assistant.ingest.privacy import PLACEHOLDERS

if TYPE_CHECKING:
    from assistant.desk.calendar import WorkingCalendar
    from assistant.desk.definition import DeskRules, Telling
    from assistant.nlp.taxonomy import Cue, Taxonomy

Turn = Mapping[str, Any]
_QUOTED = re.compile(r"“([^”]+)”")
_RUN = (  # one message is told from the next by a line or, between Chinese characters, a space
    r"(?:[^，,。！!？?；;\s]|(?<![\u4e00-\u9fff，,\s])[^\S\n]+(?=\S)|(?<=\S)[^\S\n]+(?![\u4e00-\u9fff\s]))+"
)
_PIECE = re.compile(rf"{_RUN}(?:[，,][^\S\n]*{_RUN})*[。！!？?；;]?")
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff，,])\s+|\s+(?=[\u4e00-\u9fff，,])")
_DENIED = re.compile(r"(?:不|没|别|甭|无需|不用|不要|不想|无法|不能|已经|已)$")
_NAME = re.compile(
    r"(?:我(?:免贵)?姓|免贵姓|我叫|我是(?=[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文]))"
    r"([\u4e00-\u9fff]{1,3}?)(?=[,，。！!的]|$)"
)
_SURNAME = re.compile(r"(?:我|免贵|本人)姓(?!名|氏)([\u4e00-\u9fff])")
_CALLED = re.compile(r"([\u4e00-\u9fff])(?:先生|女士|小姐)")
_TIME = re.compile(
    r"(?:今天|昨天|前天|大前天|昨晚|今早|今晚|前几天|上个?(?:周|星期|礼拜)[一二三四五六日天末]?|上个?月(?:底|初|中)?|这个?月\d{0,2}[号日]?"
    r"|\d{1,2}月\d{1,2}[号日]|(?<![\d.])\d{1,2}[号日](?![楼栋线店院]))(?:凌晨|早上|上午|中午|下午|傍晚|晚上)?"
    r"(?:[\d一二两三四五六七八九十]{1,3}点(?:半|\d{1,2}分?)?(?:多|左右)?)?"
)
_PLACE = (
    r"(?:在|到|去|住)?(?P<place>(?:(?:(?![我你您在到去住的是从来了们])[\u4e00-\u9fffA-Za-z0-9]){{1,8}}?(?:{words}))"
    r"|(?:[\dA-Za-z一二三四五六七八九十]{{1,4}}(?:号楼|栋|单元|幢)(?:[\dA-Za-z一二三四五六七八九十]{{1,4}}(?:单元|楼|室|号))*))"
)
_ACCUSED = (
    r"(?:你们|那个|一个|有个|这个|贵公司|人家|他们|来的|给我)(?:家)?的?"
    r"(?P<who>[\u4e00-\u9fff]{{0,5}}?(?:{words}))"
)
_MASK = re.compile(r"\[[^\[\]]{1,40}\]")
_PRIVATE = re.compile("|".join(map(re.escape, PLACEHOLDERS.values())))
_NO_WORDS = re.compile(
    r"https?://\S+|#E-(?:s\[[^\[\]]{1,40}\]|[\u4e00-\u9fff]{1,3})"
    r"|\[?(?:咨询|查询)?(?:订单编?号|订单金额|下单时间|商品号)[:：]\s*￥?(?:\[[^\[\]]{1,40}\]|[\w-]*)"
    r"[，,\]]?(?:\s*\[时间x\]\]?)?"
)
_QUESTION = re.compile(r"[吗么吧?？]\s*[?？]*$")
_POLITE = re.compile(r"请问|请教")
_BOUGHT = re.compile(
    r"(?:买|订|定|装|租|换|修)(?:了|过|的是|的)(?:[一两二三四五六七八九\d]*[台部个件条套张双辆份盒箱瓶款])(?:你们(?:家)?的)?"
    r"(?P<product>(?:(?![了过着回来去就还又都没不有问])[\u4e00-\u9fffA-Za-z0-9]){2,8}?)"
    r"(?=[,，。！!？?、了]|才|就|用|坏|不|没|有|到|还|结果|怎么|现在|都|又|刚|$)"
)
_LONGEST, _USUAL, _SHORT, _PIECES, _WISH = 120, 5, 3, 3, 40
_CUT_SHORT, _CUT_LONG = 6, 12
"""Characters of a sentence that leans on the message before it, and of that message at most."""
_HIDDEN = re.compile(r"…[…\s]*")
_SIGNALS = {
    "反映不满的事情": 1.5,
    "批评坐席或公司": 1.0,
    "明确提出投诉": 1.0,
    "扬言升级": 0.4,
    "情绪激动": 0.3,
}
_INTENTS = {"complaint": 0.8, "help": 0.6, "demand": 0.2, "inform": 0.1}
_BARE = 6
"""Characters of a message that names nothing but what is asked for: 退货."""
_OPENING, _TELLING, _ALIKE = 0.8, 1.2, 0.6
"""More for the first sentence; the least worth of a second one; what is said twice."""
_WORDS_SAY = 0.8
"""How much words count beside the model's shares of the kinds."""
_LAST = frozenset(["告知进度", "说明原因", "说明办法", "给说法"])
"""Demands that count only where nothing else is asked."""
_ASKING = frozenset(["demand", "help", "cancel", "threat"])
"""Intents of a turn that asks for something."""


@dataclass(frozen=True, slots=True)
class Evidence:
    turn: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A value proposed for a field of the record; `note` says why where words alone don't."""

    value: Any
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    note: str = ""


def prefill(
    report: Mapping[str, Any],
    rules: DeskRules,
    taxonomy: Taxonomy,
    calendar: WorkingCalendar,
    *,
    now: datetime | None = None,
) -> tuple[dict[str, Proposed], list[Promise]]:
    """Return what a ``huashu.report/1`` proposes for each field, and the promises its agents made.

    `now` stands for the start of a call that names none.
    """
    turns: Sequence[Turn] = report["turns"]
    meta: Mapping[str, Any] = report.get("meta") or {}
    complaint: Mapping[str, Any] = report.get("complaint") or {}
    customer = [_bare(turn) for turn in turns if turn["role"] == "customer"]
    telling = rules.intake.telling
    began = _began(meta) or now or datetime.now(UTC)
    promises = list(find_promises(turns, began, rules.intake.promises, calendar))
    what = _what(customer, complaint, telling)
    found: dict[str, Proposed | None] = {
        "received_at": Proposed(began.isoformat(), 0.95 if _began(meta) else 0.6),
        "channel": _channel(report),
        "agent_id": _agent(report, turns),
        "customer": _customer(meta, turns),
        "level": _from_meta(meta, "level", "customer_level"),
        "need": _need(customer, complaint, rules),
        "product": _from_meta(meta, "product") or _product(customer, what, telling),
        "region": _from_meta(meta, "region", "city"),
        "team": _from_meta(meta, "team", "department"),
        "accused": _first(customer, _among(_ACCUSED, telling.accused), "who", 0.6),
        "place": _first(customer, _among(_PLACE, telling.places), "place", 0.55),
        "happened": _happened(customer, telling),
        "what": what,
        "demand": _demand(customer, taxonomy, telling),
        "emotion": _emotion(report, turns),
        "kind": _kind(customer, complaint, what, telling),
        "severity": _severity(customer, complaint),
        "danger": _danger(customer, complaint, taxonomy),
        "cause": _cause(customer, complaint, taxonomy),
        "extent": _extent(customer, complaint),
        "consent": _consent(turns) if complaint.get("is_complaint") else None,
        "promised": _promised(promises),
        "solution": _solution(promises),
    }
    return {name: value for name, value in found.items() if value is not None}, promises


def _began(meta: Mapping[str, Any]) -> datetime | None:
    try:
        return house_time(datetime.fromisoformat(str(meta.get("started_at")))).astimezone(SHANGHAI)
    except ValueError:
        return None


def _from_meta(meta: Mapping[str, Any], *names: str) -> Proposed | None:
    value = next((meta[name] for name in names if meta.get(name)), None)
    return None if value is None else Proposed(str(value), 0.9, note="来自通话信息")


def _channel(report: Mapping[str, Any]) -> Proposed:
    channel = str(report.get("channel") or "hotline")
    known = channel if channel in CHANNELS else {"online": "web"}.get(channel, "other")
    return Proposed(known, 0.9, note="来自通话信息")


def _agent(report: Mapping[str, Any], turns: Sequence[Turn]) -> Proposed | None:
    named = (report.get("meta") or {}).get("agent_id")
    named = named or next((turn["agent_id"] for turn in turns if turn.get("agent_id")), None)
    return None if not named else Proposed(str(named), 0.95, note="来自通话信息")


def _customer(meta: Mapping[str, Any], turns: Sequence[Turn]) -> Proposed | None:
    if meta.get("customer"):
        return Proposed(str(meta["customer"]), 0.9, note="来自通话信息")
    for pattern, role, sure in (
        (_SURNAME, "customer", 0.8),
        (_NAME, "customer", 0.6),
        (_CALLED, "agent", 0.6),
    ):
        for turn in turns:
            found = pattern.search(turn["text"]) if turn["role"] == role else None
            if found:
                return Proposed(found[1], sure, (_evidence(turn, *found.span()),))
    return None


def _need(customer: Sequence[Turn], complaint: Mapping[str, Any], rules: DeskRules) -> Proposed | None:
    """Return what the contact is about: danger first, then a complaint, a repair, an inquiry."""
    unless = rules.intake.unless
    for need in rules.intake.needs:
        if need.id == "complaint":
            if complaint.get("is_complaint"):
                return Proposed("complaint", round(float(complaint["confidence"]), 2))
            continue
        for turn in customer:
            if any(word in turn["text"] for word in unless):
                continue
            place = next((p for p in ((turn["text"].find(w), w) for w in need.words) if p[0] >= 0), None)
            if place:
                start, word = place
                sure = 0.85 if need.urgent else 0.7
                return Proposed(need.id, sure, (_evidence(turn, start, start + len(word)),))
    return Proposed("inquiry", 0.5) if customer else None


def _bare(turn: Turn) -> Turn:
    """Return a turn with what was masked blotted out; all other characters keep their places."""
    text = _NO_WORDS.sub(lambda found: "\n" * len(found[0]), turn["text"])
    text = _MASK.sub(lambda found: "…" * len(found[0]), text)
    return {**turn, "text": text, "said": turn["text"]}


def _among(pattern: str, words: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(pattern.format(words="|".join(map(re.escape, longest_first))))


def _first(turns: Sequence[Turn], pattern: re.Pattern[str], group: str | int, sure: float) -> Proposed | None:
    for turn in turns:
        found = pattern.search(turn["text"])
        if found and found[group]:
            return Proposed(found[group], sure, (_evidence(turn, *found.span(group)),))
    return None


def _product(turns: Sequence[Turn], what: Proposed | None, telling: Telling) -> Proposed | None:
    """Return what it is about: a thing named where it is told what happened, else anywhere, else bought."""
    named = [word for word in telling.things if word not in telling.generic]
    things = _among("(?P<product>{words})(?![版端号上])", named)
    generic = _among("(?P<product>{words})", sorted(telling.generic))
    told = {each.turn for each in what.evidence} if what else set()
    nearest = sorted(turns, key=lambda turn: turn["index"] not in told)
    return (
        _first(nearest, things, "product", 0.65)
        or _first(nearest, _BOUGHT, "product", 0.5)
        or _first(nearest, generic, "product", 0.5)
    )


def _happened(turns: Sequence[Turn], telling: Telling) -> Proposed | None:
    """Return the time of what has happened; one in a wish is none."""
    for turn in turns:
        for piece in _PIECE.finditer(turn["text"]):
            said = piece.group()
            if any(word in said for word in telling.asking) or not any(word in said for word in telling.past):
                continue
            found = _TIME.search(said)
            if found:
                start = piece.start() + found.start()
                return Proposed(found[0], 0.6, (_evidence(turn, start, start + len(found[0])),))
    return None


def _what(customer: Sequence[Turn], complaint: Mapping[str, Any], telling: Telling) -> Proposed | None:
    """Return what happened in the customer's own words: the telling sentences, in their order."""
    signals = {signal["turn"]: signal["what"] for signal in complaint.get("signals") or ()}
    ranked: list[tuple[float, Evidence]] = []
    for turn in customer:
        worth = _worth_of_turn(turn, signals)
        for start, end in _pieces(turn["text"]):
            worth_here = _worth(turn["text"][start:end], telling)
            if worth_here is not None:
                first = 0.0 if ranked else _OPENING
                ranked.append((worth + worth_here + first, _evidence(turn, start, end)))
    ranked.sort(key=lambda one: -one[0])
    kept: dict[str, tuple[Evidence, ...]] = {}
    for worth, alone in ranked:
        said = _completed(alone, customer, telling)
        words = "，".join(_words(each, customer) for each in said)
        longer = kept and sum(map(len, kept)) + len(words) > _LONGEST
        known = any(similarity(words, other) > _ALIKE or words in other for other in kept)
        if len(kept) < _PIECES and not longer and not known and (worth >= _TELLING or not kept):
            kept[words[:_LONGEST]] = said
    if not kept or ranked[0][0] <= 0:
        return None
    told = sorted(kept.items(), key=lambda one: (one[1][-1].turn, one[1][-1].start))
    value = "；".join(words for words, _ in told)
    evidence = tuple(each for _, said in told for each in said)
    return Proposed(value, round(min(0.9, 0.5 + ranked[0][0] / 12), 2), evidence)


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of sentences; messages sent one after the other are joined by spaces."""
    for found in _PIECE.finditer(text):
        start, end = _trimmed(text, *found.span())
        if start < end:
            yield start, end


def _worth_of_turn(turn: Turn, signals: Mapping[int, str]) -> float:
    worth = _SIGNALS.get(signals.get(turn["index"], ""), 0.0)
    for intent in turn.get("intents") or ():
        worth += _INTENTS.get(intent["name"], 0.0)
    return worth


def _worth(said: str, telling: Telling) -> float | None:
    """Return how much a sentence tells of what happened; None for one that tells nothing."""
    words = sum("\u4e00" <= sign <= "\u9fff" for sign in said)
    wrong = any(word in said for word in telling.trouble)
    if words < (_SHORT if wrong else _USUAL) or any(word in said for word in telling.idle):
        return None
    worth = min(words, 30) / 30 + (1.6 if wrong else 0.0)
    worth += 0.5 * any(word in said for word in telling.past)
    worth += 0.5 * any(word in said for word in telling.things)
    worth -= (0.6 if wrong else 1.5) * any(word in said for word in telling.aside)
    worth -= 0.6 * (not wrong and said.rstrip("？?。！! ").endswith(("吗", "呢", "么", "吧")))
    return worth


def _words(said: Evidence, turns: Sequence[Turn]) -> str:
    """Return the words of a sentence, without spaces between messages.

    Private data keeps its placeholder ([手机号]); “…” stands for what else was masked.
    """
    turn = next(turn for turn in turns if turn["index"] == said.turn)
    shown = list(turn["text"])
    for mask in _PRIVATE.finditer(turn["said"]):
        if set(shown[slice(*mask.span())]) == {"…"}:
            shown[slice(*mask.span())] = mask[0]
    bare = "".join(shown[said.start : said.end]).strip("。！!；;~～，, ").lstrip("…")
    return _BETWEEN.sub("", _HIDDEN.sub("…", " ".join(bare.split())))


def _completed(said: Evidence, turns: Sequence[Turn], telling: Telling) -> tuple[Evidence, ...]:
    """Return a sentence with the message just before it, where the sentence alone is cut short."""
    at = next(place for place, turn in enumerate(turns) if turn["index"] == said.turn)
    before = turns[at - 1] if at else None
    if (
        before is None
        or before["index"] != said.turn - 1
        or said.start
        or len(_words(said, turns)) > _CUT_SHORT
    ):
        return (said,)
    whole = _evidence(before, 0, len(before["text"]))
    words = _words(whole, turns)
    outside = (*telling.idle, *telling.aside)
    if not _SHORT < len(words) <= _CUT_LONG or any(word in words for word in outside):
        return (said,)
    return (whole, said)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of a stretch without the space around it."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())


def _demand(customer: Sequence[Turn], taxonomy: Taxonomy, telling: Telling) -> Proposed | None:
    """Return what the customer asks for, else their own words for it; what is only told is no demand."""
    found: dict[str, Evidence] = {}
    own: Evidence | None = None
    for turn in customer:
        strong = {intent["name"] for intent in turn.get("intents") or ()} & _ASKING
        for start, end in _pieces(turn["text"]):
            said = turn["text"][start:end]
            wish = _POLITE.sub("", said)
            short = len(said) <= _BARE and not said.endswith("了")
            wished = short or _QUESTION.search(said) or any(word in wish for word in telling.wishing)
            for title, words in _asked(said, taxonomy, telling, wished=bool(wished or strong)):
                place = start + said.find(words)
                found.setdefault(title, _evidence(turn, place, place + len(words)))
            idle = any(word in said for word in (*telling.idle, *telling.aside))
            told = any(word in said for word in telling.trouble)
            spoken = any(word in wish for word in telling.wishing)
            if spoken and own is None and not idle and not told and _SHORT < len(said) <= _WISH:
                own = _evidence(turn, start, end)
    if found:
        less = {title for each in telling.demands if each.title in found for title in each.instead}
        found = {title: said for title, said in found.items() if title not in less}
        listed = sorted(found, key=lambda title: (title in _LAST, found[title].turn, found[title].start))
        listed = [title for title in listed if title not in _LAST or title == listed[0]]
        kept = listed[:_PIECES]
        return Proposed("、".join(kept), 0.8, tuple(found[title] for title in kept))
    return None if own is None else Proposed(_words(own, customer), 0.5, (own,))


def _asked(said: str, taxonomy: Taxonomy, telling: Telling, *, wished: bool) -> Iterator[tuple[str, str]]:
    """Yield what one sentence asks for, with its words: the desk's own demands first, then the taxonomy's."""
    left = said
    for each in telling.demands:
        words = next((word for word in each.words if word in left), None)
        if words is None or any(word in said for word in each.unless) or not (wished or each.plain):
            continue
        yield each.title, words
        left = left.replace(words, " " * len(words))
    for cue in taxonomy.demands:
        found = cue.find(left) if wished else None
        if found is not None and _DENIED.search(left[: left.find(found)]) is None:
            yield cue.title, found


def _emotion(report: Mapping[str, Any], turns: Sequence[Turn]) -> Proposed | None:
    peak = (report.get("emotion") or {}).get("peak")
    if not peak or peak["label"] not in EMOTIONS:
        return None
    turn = next((turn for turn in turns if turn["index"] == peak["turn"]), None)
    if turn is None:
        return None
    sure = float((turn.get("emotion") or {}).get("confidence", 0.5))
    return Proposed(peak["label"], round(sure, 2), (_evidence(turn, 0, len(turn["text"])),))


def _kind(
    customer: Sequence[Turn], complaint: Mapping[str, Any], what: Proposed | None, telling: Telling
) -> Proposed | None:
    """Return the kind of complaint: what the model says of the call and the words of the grievance do."""
    if not complaint.get("is_complaint"):
        return None
    share = {each["name"]: float(each["score"]) for each in complaint.get("kinds") or ()}
    grieving = {signal["turn"] for signal in complaint.get("signals") or ()}
    told = [_words(each, customer) for each in what.evidence] if what else []
    told += [turn["text"] for turn in customer if turn["index"] in grieving]
    for kind, words in telling.kinds.items():
        hits = sum(any(word in said for word in words) for said in told)
        if hits:
            share[kind] = share.get(kind, 0.0) + _WORDS_SAY * hits / len(told)
    if not share:
        return None
    best = max(share, key=lambda kind: share[kind])
    sure = min(0.95, share[best] / sum(share.values()))
    return Proposed(best, round(sure, 2), what.evidence if what else ())


def _severity(customer: Sequence[Turn], complaint: Mapping[str, Any]) -> Proposed | None:
    if not (complaint.get("is_complaint") or complaint.get("danger")):
        return None
    reasons = list(complaint.get("reasons") or ())
    quoted = [words for reason in reasons for words in _QUOTED.findall(reason)]
    evidence = tuple(filter(None, (_where(words, customer) for words in quoted)))
    sure = 0.9 if evidence else 0.6
    return Proposed(complaint["severity"], sure, evidence, "；".join(reasons))


def _danger(customer: Sequence[Turn], complaint: Mapping[str, Any], taxonomy: Taxonomy) -> Proposed | None:
    if not complaint.get("danger"):
        return None
    said = _said(taxonomy.danger, customer)
    return Proposed(True, 0.85, (said,) if said else ())


def _cause(customer: Sequence[Turn], complaint: Mapping[str, Any], taxonomy: Taxonomy) -> Proposed | None:
    named = list(complaint.get("responsibility") or ())
    cue = next((cue for cue in taxonomy.responsibility if cue.id in named), None)
    if cue is None:
        return None
    said = _said(cue, customer)
    return Proposed(cue.id, 0.5, (said,) if said else (), "客户的说法，待核实")


def _extent(customer: Sequence[Turn], complaint: Mapping[str, Any]) -> Proposed | None:
    for reason in complaint.get("reasons") or ():
        words = _QUOTED.search(reason)
        if reason.startswith("影响面广") and words:
            said = _where(words[1], customer)
            return Proposed(words[1], 0.7, (said,) if said else ())
    return None


def _consent(turns: Sequence[Turn]) -> Proposed | None:
    for turn in reversed(turns):
        names = {intent["name"] for intent in turn.get("intents") or ()}
        if turn["role"] != "customer" or not names & {"accept", "refuse"}:
            continue
        agreed = "refuse" not in names
        return Proposed(agreed, 0.65, (_evidence(turn, 0, len(turn["text"])),))
    return None


def _promised(promises: Sequence[Promise]) -> Proposed | None:
    if not promises:
        return None
    value = "；".join(f"{each.text.strip('。！!？? ')}（至 {each.due_at:%m-%d %H:%M}）" for each in promises)
    evidence = tuple(Evidence(each.turn, each.start, each.end, each.text) for each in promises)
    return Proposed(value, min(each.confidence for each in promises), evidence)


def _solution(promises: Sequence[Promise]) -> Proposed | None:
    """Return what was promised beyond an answer: the beginning of a solution."""
    real = [
        each for each in promises if re.search(r"退|换|修|补发|重发|上门|赔|送|更换|恢复|开通", each.text)
    ]
    if not real:
        return None
    evidence = tuple(Evidence(each.turn, each.start, each.end, each.text) for each in real)
    return Proposed("；".join(each.text.strip("。！!？? ") for each in real), 0.6, evidence)


def _said(cue: Cue, turns: Sequence[Turn]) -> Evidence | None:
    for turn in turns:
        words = cue.find(turn["text"])
        if words is not None:
            start = turn["text"].find(words)
            return _evidence(turn, start, start + len(words))
    return None


def _where(words: str, turns: Sequence[Turn]) -> Evidence | None:
    for turn in turns:
        start = turn["text"].find(words)
        if start >= 0:
            return _evidence(turn, start, start + len(words))
    return None


def _evidence(turn: Turn, start: int, end: int) -> Evidence:
    return Evidence(turn["index"], start, end, turn.get("said", turn["text"])[start:end])
