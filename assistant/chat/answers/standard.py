"""Answers from the service standard: what to say when, what not to say, what must be said."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.chat.advisor import Reply
from assistant.chat.answers.complaints import cited, looked_up
from assistant.chat.answers.phrases import compliant
from assistant.chat.facts import filled, meant
from assistant.chat.wording import printed
from assistant.model import Speaker, Turn
from assistant.procedure.situation import Situation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.chat.advisor import Advisor, Asked
    from assistant.chat.facts import Fact
    from assistant.match.plan import RulePlan
    from assistant.procedure.definition import Procedure
    from assistant.procedure.situation import Mood

_FAMILIES = 6  # shown at once
_SURE = 0.7  # how well an entry of the knowledge has to fit where short words of the question would do
_CHANNEL = "hotline"  # sentences for the phone, where nothing else is known
_SAYS_SOMETHING = 2  # characters
_MOODS: tuple[Mood, ...] = ("calm", "upset", "hot")
_FRAME = re.compile(
    r"(我|咱们?)?(下一步|接下来|然后|下面|现在|这时候)?(我)?(该|应该|要|得)?(先)?(怎么(办|回|接|说|应对|处理|答|安抚|谈)|咋(办|整|说|回)"
    r"|说(什么|啥|哪句)|做(什么|啥))(才?好)?(呢|啊|呀)?[?？]*$|^(如果|要是|遇到|碰上|有个|今天)?(客户|对方|他|她)(跟我|对我)?(说|讲)?"
)


def next_step(advisor: Advisor, asked: Asked) -> Reply:
    """Say what to say next: in the running call that is on the screen, else in the case that is told."""
    live = _in_call(advisor, asked)
    if live is not None:
        return live
    told = _told(asked)
    if not told:
        return _TELL_ME
    moment = next(iter(meant(advisor.facts["moments"], told)), None)
    if moment is not None:
        mood = next(mood for mood in _MOODS if mood == moment.mood)
        return _said(
            advisor,
            asked,
            topic=moment.topic,
            situation=Situation(mood=mood, channel=_CHANNEL),
            why=moment.why,
        )
    said = _FRAME.sub("", told).strip(" ，,。?？!！")
    felt = _felt(advisor, said or told)
    if felt is not None:
        why = "先处理心情，后处理事情：接住情绪，再问事情"
        return _said(
            advisor, asked, topic="P-SIX/1", situation=Situation(mood=felt, channel=_CHANNEL), why=why
        )
    prompt = _prompted(advisor, said) if len(said) >= _SAYS_SOMETHING else None
    return _TELL_ME if prompt is None else _steps(told, *prompt)


_TELL_ME = Reply(
    "说说眼下的情况，我好给准话：客户说了什么、现在什么情绪、您办到哪一步了？在坐席台上通话时，我能直接看着这通电话提示。",
    (("六步法是哪六步", "/ask_procedure"),),
    {"kind": "ask"},
)


def _told(asked: Asked) -> str:
    """Return the case a question tells; that of the question before where more is asked for."""
    if asked.intent == "more":
        return str(asked.slots.get("about") or "")
    if asked.text and asked.intent != "affirm":
        return asked.text
    return str(asked.slots.get("phrase") or "")


def _felt(advisor: Advisor, said: str) -> Mood | None:
    """Return the mood that speaks from what the customer said; None where it isn't a bad one."""
    if advisor.engine.classifier is None:
        return None
    label = advisor.engine.classifier.classify(said, ())[0].label
    if label in ("angry", "furious"):
        return "hot"
    return "upset" if label in ("dissatisfied", "disappointed", "anxious") else None


def _said(advisor: Advisor, asked: Asked, *, topic: str, situation: Situation, why: str) -> Reply:
    """Return sentences of a topic, others where more is asked for."""
    told = _told(asked)
    choice = compliant(advisor, advisor.guide.bank.choose(topic, situation, {}, most=9))
    page = asked.page if asked.intent == "more" else 0
    shown = [choice[(page * 2 + step) % len(choice)] for step in range(min(2, len(choice)))]
    reply = _steps(told, why, shown)
    return Reply(reply.text, reply.buttons, reply.data, {"page": page + 1.0}, topic="next", about=told)


def _steps(told: str, why: str, phrases: Sequence[str]) -> Reply:
    shown = [printed(each) for each in phrases]
    text = f"{printed(why)}。可以说：\n" + "\n".join(f"· {each}" for each in shown)
    data = {"kind": "next", "why": why, "phrases": shown}
    return Reply(text, (("换一句", "/more"),), data, {"page": 1.0}, topic="next", about=told)


def _prompted(advisor: Advisor, said: str) -> tuple[str, Sequence[str]] | None:
    """Return what the guide would show after a customer's first turn."""
    state = advisor.engine.start({}, id="chat", origin="chat")
    for turn in (Turn(0, Speaker.AGENT, "您好，请讲。"), Turn(1, Speaker.CUSTOMER, said)):
        advisor.engine.feed(state, turn)
    counsel = advisor.engine.counsel(state)
    return None if counsel is None else (counsel.advice.why, counsel.phrases[:2])


def _in_call(advisor: Advisor, asked: Asked) -> Reply | None:
    """Answer for the call the page shows; None where there is none, or none the user may see."""
    call_id, who = asked.metadata.get("call_id"), advisor.who(asked)
    if not call_id or who is None or advisor.calls is None:
        return None
    turns = advisor.calls.turns(str(call_id), who.only)
    if not turns:
        return None
    state = advisor.engine.start({}, id=str(call_id))
    for turn in turns:
        advisor.engine.feed(state, turn)
    counsel = advisor.engine.counsel(state)
    if counsel is None:
        return Reply("这通眼下没有非说不可的，等客户开口，我再提示。")
    reply = _steps("", counsel.advice.why, counsel.phrases[:2])
    return Reply(
        "看着这通电话：" + reply.text, reply.buttons, {**reply.data, "call_id": call_id}, topic="next"
    )


def standard_phrase(advisor: Advisor, asked: Asked) -> Reply:
    """Give the standard wording for a situation."""
    known = looked_up(advisor, asked.text, least=_SURE, kind="standard")
    if known is not None:
        return known
    found = meant(advisor.facts["situations"], asked.words)
    if not found:
        titles = "、".join(entry.title for entry in advisor.facts["situations"][:10])
        return Reply(
            f"您说的是哪种情景？有标准话术的，比如：{titles}……",
            (("开场白", '/ask_standard_phrase{"situation": "开场白"}'),),
        )
    lines = [f"{entry.title}：\n{entry.text}{cited(entry.source)}" for entry in found[:2]]
    data = {
        "kind": "standard",
        "entries": [{"id": entry.id, "title": entry.title, "text": entry.text} for entry in found],
    }
    return Reply("\n".join(lines), (), data)


def banned(advisor: Advisor, asked: Asked) -> Reply:
    """List families of banned phrases, or one with examples."""
    families = advisor.facts["families"]
    found = () if asked.intent == "more" else meant(families, asked.words) or _graded(families, asked.text)
    data = {
        "kind": "banned",
        "families": [{"id": each.id, "title": each.title} for each in found or families],
    }
    if found:
        lines = [_family(each) for each in found]
        return Reply("\n".join(lines), (("全部忌语", "/list_banned"),), data, {"page": 0.0}, topic="banned")
    page = asked.page if asked.intent == "more" else 0
    shown = families[page * _FAMILIES : (page + 1) * _FAMILIES]
    if not shown:
        return Reply("忌语就这些，都列完了。", (), data, {"page": 0.0}, topic="banned")
    head = f"服务忌语常用的有 {len(families)} 类，" if page == 0 else ""
    left = len(families) - (page + 1) * _FAMILIES
    tail = (
        f"\n还有 {left} 类，说“还有吗”接着看；也可以问某一类，比如“推卸责任的话有哪些”。" if left > 0 else ""
    )
    text = f"{head}第 {page * _FAMILIES + 1} 到 {page * _FAMILIES + len(shown)} 类：\n"
    return Reply(
        text + "\n".join(_family(each) for each in shown) + tail,
        (("还有吗", "/more"),) if left > 0 else (),
        data,
        {"page": page + 1.0},
        topic="banned",
    )


def _graded(families: Sequence[Fact], text: str) -> tuple[Fact, ...]:
    """Return the families of a gravity that a question names."""
    grade = next((word for word in ("致命", "严重", "轻微") if word in text), None)
    return tuple(each for each in families if each.severity == grade)


def _family(entry: Fact) -> str:
    return f"· {entry.id}（{entry.severity}）{entry.text}"


_RULES = 8  # shown at once
_NUMBER = re.compile(r"G-(\d+)")


def _by_phrase(rule: RulePlan) -> tuple[int, str]:
    """Sort by the number of the standard phrase; rules of other sources come last."""
    numbers = [int(found[1]) for source in rule.source if (found := _NUMBER.fullmatch(source))]
    return (min(numbers, default=99), rule.id)


def required(advisor: Advisor, asked: Asked) -> Reply:
    """List what must be said on a channel, as the rule packs have it."""
    found = meant(advisor.facts["channels"], asked.words)
    channel = found[0] if found else advisor.facts["channels"][0]
    rules = [
        rule
        for rule in advisor.engine.rules
        if rule.kind == "required" and rule.when.speaker == "agent" and channel.id in rule.when.channels
    ]
    rules.sort(key=lambda rule: (len(rule.when.channels), *_by_phrase(rule)))
    if not rules:
        return Reply(f"规则包里没有给{channel.title}单独规定必说的话，按通用的服务用语和流程来。")
    shown = [f"· {printed(rule.title)}：{printed(filled(rule.suggest))}" for rule in rules[:_RULES]]
    asked_all = "" if found else "您没说渠道，先按热线列；也可以问在线客服、电商、邮件、回访、停车、续保。\n"
    more = f"\n共 {len(rules)} 条，这里是前 {_RULES} 条；全部见“规则”页。" if len(rules) > len(shown) else ""
    data = {"kind": "required", "channel": channel.id, "rules": [rule.id for rule in rules]}
    return Reply(f"{asked_all}{channel.title}必说的话（按情况适用）：\n" + "\n".join(shown) + more, (), data)


_EXAMPLE = "例（我们的）："
_OF_TECHNIQUES = re.compile(r"异议|技巧|方法|办法有|六[种个招]|几[种招]|哪[些几种招]|哪一[种招]|有什么")


def objection(advisor: Advisor, asked: Asked) -> Reply:
    """Give a technique against an objection, with sentences; all six where none is meant."""
    techniques = advisor.facts["techniques"]
    about = str(asked.slots.get("about") or "") if asked.intent == "more" else asked.words
    found = meant(techniques, about)
    if not found and about and not _OF_TECHNIQUES.search(about):  # a case that none of them is for
        return next_step(advisor, asked)
    if not found:
        lines = [f"· {each.title}：{each.text}" for each in techniques]
        data = {"kind": "techniques", "techniques": [each.title for each in techniques]}
        return Reply("异议处理有六种方法：\n" + "\n".join(lines), (), data)
    technique = found[0]
    page = asked.page if asked.intent == "more" else 0
    against = meant(techniques, about.replace(technique.title, "")) or found  # 用太极法回“没钱”
    choice = compliant(advisor, advisor.guide.bank.choose(against[0].topic, Situation(), {}, most=9))
    shown = [printed(choice[(page * 2 + step) % len(choice)]) for step in range(min(2, len(choice)))]
    how = technique.text
    if technique.title not in about and "例" not in about:  # a case: its sentences are the example
        how = how.partition(_EXAMPLE)[0]
    text = f"用“{technique.title}”：{how}\n可以说：\n" + "\n".join(f"· {each}" for each in shown)
    data = {"kind": "technique", "technique": technique.title, "phrases": shown}
    return Reply(text, (("换一句", "/more"),), data, {"page": page + 1.0}, topic="objection", about=about)


_STEP = re.compile(r"第([一二三四五六七八九1-9])[步条]")
_OF_TIME = re.compile(r"多少天|几天|几小时|多久|多长时间|什么时候|提前")
_OF_ONE_STEP = re.compile(
    r"漏|跳过|省|忘|不做|没做|缺|哪一?步|第几|怎么做|做什么$|这一?步|那一?步|之[前后]|[前后]面"
)
_NUMERALS = "一二三四五六七八九"


def procedure(advisor: Advisor, asked: Asked) -> Reply:
    """Tell the steps of a procedure, one of them, or which procedures there are."""
    known = {each.id: each for each in advisor.guide.procedures}
    if re.search(r"(有哪些|所有|全部|列出).*流程|流程.*(有哪些|清单)", asked.text):
        names = "、".join(each.name for each in known.values())
        return Reply(
            f"现有 {len(known)} 个流程：{printed(names)}。想看哪个，说名字就行。",
            data={"kind": "procedures", "ids": [*known]},
        )
    named = meant(advisor.facts["procedures"], _STEP.sub("", asked.words))
    before = str(asked.slots.get("about") or "")
    chosen = next((known[each.id] for each in named if each.id in known), known.get(before) or known["P-SIX"])
    wanted = _STEP.search(asked.words)
    if wanted is None and (not named or _OF_TIME.search(asked.text)):
        known_of = looked_up(advisor, asked.text, least=_SURE, kind="procedure")
        if known_of is not None:
            return known_of
    if wanted:
        number = _NUMERALS.find(wanted[1]) + 1 or int(wanted[1])
        return _step(chosen, number)
    skipped = _named_step(chosen, asked.text) if _OF_ONE_STEP.search(asked.text) else None
    if skipped is not None:
        return _step(chosen, skipped)
    lines = [f"{step.number}. {printed(step.name)}" for step in chosen.steps]
    data = {"kind": "procedure", "id": chosen.id, "steps": [step.name for step in chosen.steps]}
    text = f"{printed(chosen.name)}（{chosen.id}），{len(chosen.steps)} 步：\n" + "\n".join(lines)
    return Reply(text, (("第一步怎么做", '/ask_procedure{"step": "第一步"}'),), data, about=chosen.id)


def _named_step(procedure: Procedure, text: str) -> int | None:
    """Return the step whose name shares the most characters (two at least) in a row with the question."""
    for length in (6, 5, 4, 3, 2):
        for step in procedure.steps:
            for start in range(len(step.name) - length + 1):
                if step.name[start : start + length] in text and step.name[start : start + length] not in (
                    "客户",
                    "投诉",
                    "抱怨",
                ):
                    return step.number
    return None


def _step(procedure: Procedure, number: int) -> Reply:
    if not any(step.number == number for step in procedure.steps):
        return Reply(
            f"{printed(procedure.name)}只有 {len(procedure.steps)} 步，没有第 {number} 步。",
            about=procedure.id,
        )
    step = procedure.step(number)
    skipped = f"漏了的话：{printed(step.skipped)}。" if step.skipped else ""
    text = f"{printed(procedure.name)}第 {number} 步：{printed(step.name)}。{skipped}"
    return Reply(text, (), {"kind": "step", "id": procedure.id, "step": number}, about=procedure.id)
