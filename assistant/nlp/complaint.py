"""Whether a call is a complaint, of what kind, how grave, and what the customer asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assistant.model import Emotion, Intent, Speaker, Turn

if TYPE_CHECKING:
    from assistant.nlp.taxonomy import Cue, Taxonomy

Kinds = Callable[[Turn], Sequence[Intent]]

_SAYS_SO = re.compile(r"投诉|举报你|讨个说法|讨说法")
_DENIES = re.compile(
    r"(不是|不想|没想|不打算|不用|并非|不要|没有|先不|撤销|取消|撤)(要|来|去|想|是|这个|了)?(投诉|举报)|投诉(电话|渠道|方式|流程)(是|怎|多少|在哪)|(被|怕|怕被)(人|别人|邻居|人家|业主|客户|你们)?投诉|投诉才(给|能|行)"
)
GOES_ON = re.compile(
    r"^(嗯|哦|噢|好|行|那|是|啊)*[,，\s]*(你|您)?(先)?(说|讲)(吧|啊|嘛|呗)?[。,，.!！~\s]*$"
)  # lets the agent speak: no feeling, and no consent either
COMPLAINT = 0.5  # from here on the call is a complaint
# What a turn adds to the evidence, by intent and by feeling; chosen on the open half of the gold calls.
_EVIDENCE = {"complaint": 0.28, "criticism": 0.2, "threat": 0.35, "demand": 0.15}
_FEELING = {"dissatisfied": 0.25, "angry": 0.5, "furious": 0.6, "disappointed": 0.1}
_SHARPER = 1.75  # evidence of 0.327 makes an even chance
_MOST_KINDS = 3
_LEAST_KIND = 0.2
_LETS_OFF = ("angry", "furious", "disappointed")


def read_complaint(
    turns: Sequence[Turn],
    emotions: Mapping[int, Emotion],
    intents: Mapping[int, Sequence[Intent]],
    kinds: Kinds,
    taxonomy: Taxonomy,
) -> dict[str, Any]:
    """Return the `complaint` part of a report; `kinds` tells the kinds of one turn."""
    spoken = [turn for turn in turns if turn.role is Speaker.CUSTOMER and turn.index in emotions]
    shares = {turn.index: evidence(turn, emotions[turn.index], intents[turn.index]) for turn in spoken}
    danger = _first(taxonomy.danger, spoken)
    confidence = sureness(1 - _together(shares.values()))
    is_complaint = confidence >= COMPLAINT
    telling = [turn for turn in spoken if shares[turn.index] > 0]
    demands = _said(taxonomy.demands, telling if is_complaint else ())
    reasons, severity = _severity(telling if is_complaint else (), emotions, danger, taxonomy)
    told: dict[str, Any] = {
        "is_complaint": is_complaint,
        "confidence": confidence if is_complaint else 1 - confidence,
        "kinds": _kinds(telling, shares, kinds, taxonomy) if is_complaint else [],
        "severity": severity,
        "danger": danger is not None,
        "reasons": reasons,
        "signals": _signals(spoken, emotions, intents),
    }
    if is_complaint:
        told["demands"] = [cue.id for cue, _ in demands]
        told["responsibility"] = [cue.id for cue, _ in _said(taxonomy.responsibility, telling)]
        told["vent"] = not demands and severity == "minor" and _lets_off(emotions)
    return told


def sureness(doubt: float) -> float:
    """Return how sure a complaint is, 0..1; `doubt` is the chance that no turn speaks for one."""
    return float(1 - doubt**_SHARPER)


def denies(turn: Turn) -> bool:
    """Whether the turn says that this is no complaint."""
    return bool(_DENIES.search(turn.text))


def evidence(turn: Turn, emotion: Emotion, intents: Sequence[Intent]) -> float:
    """Return how much one turn speaks for a complaint, 0..1."""
    if _DENIES.search(turn.text) or GOES_ON.search(turn.text):
        return 0.0
    if _SAYS_SO.search(turn.text):
        return 0.8
    shares = [_EVIDENCE[intent.name] * intent.score for intent in intents if intent.name in _EVIDENCE]
    return _together([*shares, _FEELING.get(emotion.label, 0.0) * emotion.confidence])


def _together(shares: Iterable[float]) -> float:
    """Return the chance that at least one of independent signs is right."""
    none = 1.0
    for share in shares:
        none *= 1 - share
    return 1 - none


def _severity(
    turns: Sequence[Turn], emotions: Mapping[int, Emotion], danger: str | None, taxonomy: Taxonomy
) -> tuple[list[str], str]:
    """Return the reasons (Chinese, for the reader) and the severity they make."""
    if danger is not None:
        return [f"{taxonomy.danger.title}:“{danger}”"], "grave"
    grave = [f"{cue.title}:“{words}”" for cue, words in _said(taxonomy.grave, turns)]
    if grave:
        return grave, "grave"
    important = [f"{cue.title}:“{words}”" for cue, words in _said(taxonomy.important, turns)]
    if any(emotions[turn.index].label == "furious" for turn in turns):
        important.append("客户情绪激烈")
    return important, "important" if important else "minor"


def _said(cues: Iterable[Cue], turns: Sequence[Turn]) -> list[tuple[Cue, str]]:
    """Return the cues found in the turns, each once, with the words."""
    found = ((cue, _first(cue, turns)) for cue in cues)
    return [(cue, words) for cue, words in found if words is not None]


def _first(cue: Cue, turns: Sequence[Turn]) -> str | None:
    return next((words for words in (cue.find(turn.text) for turn in turns) if words is not None), None)


def _kinds(
    turns: Sequence[Turn], evidence: Mapping[int, float], kinds: Kinds, taxonomy: Taxonomy
) -> list[dict[str, Any]]:
    """Return the likeliest kinds over the turns that speak for a complaint, weighed by how much they do."""
    names = {kind.learnt: kind.id for kind in taxonomy.kinds if kind.learnt}
    total: dict[str, float] = {}
    for turn in turns:
        for kind in kinds(turn):
            if kind.name in names:
                name = names[kind.name]
                total[name] = total.get(name, 0.0) + kind.score * evidence[turn.index]
    whole = sum(total.values()) or 1.0
    ranked = sorted(((score / whole, name) for name, score in total.items()), reverse=True)[:_MOST_KINDS]
    return [
        {"name": name, "score": score}
        for place, (score, name) in enumerate(ranked)
        if not place or score >= _LEAST_KIND
    ]


def _signals(
    turns: Sequence[Turn], emotions: Mapping[int, Emotion], intents: Mapping[int, Sequence[Intent]]
) -> list[dict[str, Any]]:
    """Return what pointed to a complaint, turn by turn."""
    signals = []
    for turn in turns:
        named = {intent.name for intent in intents[turn.index]}
        if "threat" in named:
            signals.append({"turn": turn.index, "what": "扬言升级"})
        elif _SAYS_SO.search(turn.text) and not _DENIES.search(turn.text):
            signals.append({"turn": turn.index, "what": "明确提出投诉"})
        elif "complaint" in named:
            signals.append({"turn": turn.index, "what": "反映不满的事情"})
        elif "criticism" in named:
            signals.append({"turn": turn.index, "what": "批评坐席或公司"})
        elif emotions[turn.index].label in ("angry", "furious"):
            signals.append({"turn": turn.index, "what": "情绪激动"})
    return signals


def _lets_off(emotions: Mapping[int, Emotion]) -> bool:
    return any(emotion.label in _LETS_OFF for emotion in emotions.values())
