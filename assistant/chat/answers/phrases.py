"""Answers about sentences: may it be said, how else, why not, what feeling it shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from assistant.chat.advisor import Reply
from assistant.chat.answers.complaints import looked_up
from assistant.chat.facts import meant
from assistant.chat.wording import printed, sentence_in
from assistant.ingest.privacy import mask
from assistant.nlp.customer import DISPLEASED
from assistant.procedure.situation import Situation
from assistant.report import labels

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from assistant.chat.advisor import Advisor, Asked
    from assistant.model import Finding

KEEPING = frozenset(["rewrite_phrase"])  # intents that may speak of the sentence before
_ASK = {
    "check_form": "好的，请把要检查的那句话发给我，原样贴上来就行。",
    "rewrite_form": "请把想改的那句话发给我，我给您换个合规又得体的说法。",
    "emotion_form": "请把客户的原话发给我，我来听听他的情绪。",
}
# Topics of the phrase bank that do what a breach of the family meant to do.
_INSTEAD = {
    "B-1": "P-SIX/2", "B-2": "P-SIX/1", "B-3": "P-SIX/4", "B-4": "answer", "B-5": "adjust", "B-6": "P-SIX/1",
    "B-7": "P-SIX/1", "B-8": "P-SIX/4", "B-9": "P-SIX/2", "B-10": "P-SIX/3", "B-12": "P-SIX/4",
    "B-13": "P-SIX/4",
    "B-14": "P-SIX/3", "B-15": "close", "B-16": "beyond", "B-17": "threat", "B-18": "P-SIX/1",
    "B-19": "objection-think", "B-22": "P-SIX/2", "B-23": "P-SIX/1", "B-24": "P-SIX/3",
    "B-25": "later", "B-27": "later",
}  # fmt: skip
# The same by what the agent does, where nothing is wrong with the sentence.
_BY_ACT = {
    "decline": "beyond", "vague": "P-SIX/4", "hold": "later", "apology": "P-SIX/3", "explain": "answer",
    "farewell": "farewell", "empathy": "P-SIX/1", "ask_detail": "P-SIX/2", "action": "P-SIX/4",
}  # fmt: skip
_SHOWN = 3
_POINTS = re.compile(r"[这那刚上]|为什么不(行|能|可以)|哪里|哪儿|错")  # at the sentence before
_OF_A_CALL = re.compile(r"[这那]一?通|整通|录音|不合格|不及格")
_WHICH_CALL = Reply(
    "这要看整通的扣分说明：报通话编号，或者说“最近一通多少分”，我把每一处的依据找出来。",
    (("最近一通多少分", "最近一通多少分"),),
    {"kind": "ask"},
)
_SURE = 0.7  # how well an entry of the knowledge has to fit a question without a sentence
# What is bad news can be told as such: what is so first, then what can be done.
_BAD_NEWS = re.compile(
    r"没|无法|不(?!客气|用谢)|过期|超(过|期|出|时)|取消|关闭|停|失败|缺|只能|晚|延|贵|满了|完了"
)
_NO_STATEMENT = re.compile(r"^(请|把|麻烦|您?先|别|不要|你|快|喂)|[吗呢吧嘛么?？]$|我不|不知道|不清楚")
_TOLD = (
    "跟您说明一下，{}。我看看还有什么办法能帮到您，请您稍等。",
    "不好意思，{}。能办的我现在就办，办不了的我问清楚再给您回话，好吗？",
    "让您失望了，{}。您最着急的是哪一样？我先从那里帮您想办法。",
)


def take_sentence(advisor: Advisor, asked: Asked) -> Reply:
    """Note which sentence is meant; the one before only where the question may be about that."""
    del advisor
    sentence = asked.named("phrase") or sentence_in(asked.text)
    if sentence is None and asked.intent in KEEPING:
        return Reply("")
    return Reply("", slots={"phrase": sentence and mask(sentence)[0]})


def ask_sentence(form: str) -> Reply:
    """Ask for the sentence a form needs."""
    return Reply(_ASK[form], data={"kind": "ask"})


def check(advisor: Advisor, asked: Asked) -> Reply:
    """Say whether a sentence may be said, and what is wrong with it."""
    sentence = _sentence(asked)
    pack = asked.slots.get("pack")
    findings = advisor.check(sentence, pack)
    within = f"（按 {pack} 规则）" if pack else ""
    data = {"kind": "check", "text": sentence, "findings": [_told(each) for each in findings]}
    if not findings:
        text = f"可以说{within}：“{sentence}”没有查出违规。单句查不出漏说的话，整通还要看流程。"
        return Reply(text, (("换个说法", "/rewrite_phrase"),), data, {"phrase": sentence}, topic="rewrite")
    gravest = max(findings, key=lambda each: each.severity)
    verdict = "不能这么说" if gravest.severity.label in ("fatal", "major") else "建议别这么说"
    lines = [f"{verdict}{within}：“{sentence}”查出 {len(findings)} 处。"]
    lines += [_line(number, each) for number, each in enumerate(findings[:_SHOWN], 1)]
    lines.append(f"可以改成：{printed(gravest.suggestion)}")
    buttons = (("换个说法", "/rewrite_phrase"), ("为什么", "/explain_finding"))
    return Reply("\n".join(lines), buttons, data, {"phrase": sentence}, "rewrite", "rewrite")


def _sentence(asked: Asked) -> str:
    """Return the sentence that was noted; where a form took a whole message, the one it is about."""
    said = str(asked.slots.get("phrase") or "")
    whole = said == asked.text
    return mask((sentence_in(said) if whole else None) or said.strip(' “”「」"'))[0]


def _told(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule, "source": list(finding.source), "severity": finding.severity.label,
        "message": finding.message, "start": finding.start, "end": finding.end,
        "suggestion": finding.suggestion,
    }  # fmt: skip


def _line(number: int, finding: Finding) -> str:
    pending = "，要看后面几句" if finding.pending else ""
    severity = labels.SEVERITY[finding.severity.label]
    return f"{number}. 【{severity}】{printed(finding.message)}（{'、'.join(finding.source)}{pending}）"


def rewrite(advisor: Advisor, asked: Asked) -> Reply:
    """Give another wording, none twice in a row; each has passed the check itself."""
    sentence = _sentence(asked)
    findings = advisor.check(sentence)
    choice = _wordings(advisor, sentence, findings)
    follows = asked.intent == "more" or (asked.intent == "rewrite_phrase" and sentence_in(asked.text) is None)
    page = asked.page if follows else 0
    if not choice:
        return Reply("这句我没有现成的替代说法。您告诉我想办成什么事、客户在意什么，我按情景给您话术。")
    start = page * 2 + (asked.slots.get("offer") == "rewrite")  # the check has shown the first one
    shown = [choice[(start + step) % len(choice)] for step in range(min(2, len(choice)))]
    text = "可以这样说：\n" + "\n".join(f"· {each}" for each in shown)
    return Reply(
        text,
        (("再来一句", "/more"), ("为什么", "/explain_finding")),
        {"kind": "wordings", "text": sentence, "phrases": shown},
        {"phrase": sentence, "page": page + 1.0},
        topic="rewrite",
    )


def _wordings(advisor: Advisor, sentence: str, findings: Sequence[Finding]) -> list[str]:
    """Return compliant wordings: the suggestions of findings, then sentences of the bank to the same end."""
    ranked = sorted(findings, key=lambda each: -each.severity)
    topics = [_INSTEAD[each.source[0]] for each in ranked if each.source[0] in _INSTEAD]
    if not findings:
        topics = [_BY_ACT[act] for act in advisor.acts(sentence) if act in _BY_ACT]
    said = [each.suggestion for each in ranked] or _retold(sentence)
    said += [
        each
        for topic in dict.fromkeys(topics or ["P-SIX/4"])
        for each in advisor.guide.bank.choose(topic, Situation(mood="upset", channel="hotline"), {}, most=6)
    ]
    return [printed(each) for each in compliant(advisor, dict.fromkeys(said)) if each != sentence]


def _retold(sentence: str) -> list[str]:
    """Return bad news with what may follow it; nothing where the sentence tells of none."""
    bare = sentence.strip(" ，,。.!！~")
    if not _BAD_NEWS.search(bare) or _NO_STATEMENT.search(bare):
        return []
    bare = re.sub(r"^(不好意思|对不起|抱歉|很抱歉|亲)[，,\s]*", "", bare)
    return [each.format(bare) for each in _TOLD]


def compliant(advisor: Advisor, sentences: Iterable[str]) -> list[str]:
    """Return the sentences that no rule finds fault with."""
    return [each for each in sentences if advisor.compliant(each)]


def explain(advisor: Advisor, asked: Asked) -> Reply:
    """Say why: which rule, which characters, what it does to the customer."""
    given = asked.named("phrase") or sentence_in(asked.text)
    if not given and _OF_A_CALL.search(asked.text):
        return _WHICH_CALL
    known = None if given or _POINTS.search(asked.text) else looked_up(advisor, asked.text, least=_SURE)
    if known is not None:
        return known
    sentence = mask(given)[0] if given else asked.slots.get("phrase")
    if not sentence:
        family = _family_named(advisor, asked.text, ())
        return family or Reply(
            "您想问哪一句？把那句话发给我，我说说为什么。", (("查一句话", "/check_phrase"),)
        )
    findings = advisor.check(str(sentence))
    family = None if given else _family_named(advisor, asked.text, findings)
    if family is not None:
        return family
    if not findings:
        return Reply(
            f"“{sentence}”没有触发任何规则。要是质检判了扣分，多半看的是前后文，可以报通话编号，我把整通的依据找出来。",
            (("给通话打分", "/score_call"),),
            slots={"phrase": sentence},
        )
    lines = [f"“{sentence}”的问题在这里："]
    for number, each in enumerate(findings[:_SHOWN], 1):
        rule = next((rule for rule in advisor.engine.rules if rule.id == each.rule), None)
        title = printed(rule.title) if rule else each.rule
        lines.append(
            f"{_line(number, each)}\n   原因：{printed(each.explanation.because)}"
            f"\n   规则：{title}（{each.rule}）"
        )
    lines.append(f"换成：{printed(findings[0].suggestion)}")
    data = {"kind": "explanation", "findings": [_told(each) for each in findings]}
    return Reply(
        "\n".join(lines), (("换个说法", "/rewrite_phrase"),), data, {"phrase": sentence}, "rewrite", "rewrite"
    )


def _family_named(advisor: Advisor, text: str, findings: Sequence[Finding]) -> Reply | None:
    """Tell what a family of banned phrases is that a question names, where the sentence before isn't one."""
    found = meant(advisor.facts["families"], text)
    told = {source for each in findings for source in each.source}
    if not found or told & {each.id for each in found}:
        return None
    lines = [f"· {each.id}（{each.severity}）{each.text}" for each in found]
    data = {"kind": "banned", "families": [{"id": each.id, "title": each.title} for each in found]}
    return Reply(
        "\n".join(lines) + "\n想知道是哪几个字惹的，把原话发给我。", (("查一句话", "/check_phrase"),), data
    )


def emotion(advisor: Advisor, asked: Asked) -> Reply:
    """Tell what a customer's sentence shows; offer the next step where they are displeased."""
    sentence = _sentence(asked)
    classifier = advisor.engine.classifier
    if classifier is None:
        return Reply("这里没有装情绪模型，判断不了。")
    felt, intents = classifier.classify(sentence, ())
    named = labels.named(labels.EMOTION, felt.label)
    aims = "、".join(labels.named(labels.INTENT, each.name) for each in intents)
    data = {"kind": "emotion", "text": sentence,
            "emotion": {"label": felt.label, "intensity": round(felt.intensity, 2),
            "confidence": round(felt.confidence, 2)}, "intents": [each.name for each in intents]}  # fmt: skip
    sure = f"强度 {felt.intensity:.0%}，把握 {felt.confidence:.0%}"
    text = f"“{sentence}”听着是：{named}（{sure}），来意是{aims}。"
    if felt.label in DISPLEASED or felt.label in ("disappointed", "anxious"):
        text += "先接住情绪，再谈事情。要不要我给一句现在就能说的？"
        buttons = (("好，给我一句", "/ask_next_step"), ("不用", "/deny"))
        return Reply(text, buttons, data, {"phrase": sentence}, "next", "next")
    return Reply(text + "只凭一句，仅供参考，还要看前后文。", (), data, {"phrase": sentence})
