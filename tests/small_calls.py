"""A small pack and a call that breaks it, as a telephony system sends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from assistant.engine.fold import Engine

PACK = """\
pack: tiny
version: "1"
rules:
  - id: tiny.shirking.not-mine
    title: 推卸责任
    source: [B-3]
    kind: phrase
    severity: major
    match: {any: ["不归我管"], except: ["不归我管理"]}
    message: 出现推卸责任的说法“{matched}”
    suggest: 我帮您转接到负责的同事,请稍等好吗?
    examples:
      hit: ["这个‹不归我管›,您找别人"]
      miss: ["这个不归我管理,我帮您转"]
  - id: tiny.opening.greeting
    title: 开场问候
    source: [G-1]
    kind: required
    severity: minor
    match: {expect: {any: ["您好"]}, due: {first: 1}}
    message: 开场没有问候
    suggest: 您好,请问有什么可以帮您?
    examples:
      hit: ["坐席: 说吧\\n客户: 我想退货"]
      miss: ["坐席: 您好\\n客户: 我想退货"]
"""
HOUSE = """\
pack: house
version: "2"
rules:
  - id: house.sorry
    title: 敷衍道歉
    source: [B-8]
    kind: phrase
    severity: minor
    match: {any: ["非常抱歉"]}
    message: 出现“{matched}”
    suggest: 我马上为您处理,请稍等
    examples:
      hit: ["‹非常抱歉›给您添麻烦了"]
      miss: ["我马上帮您查"]
"""
SAID = (
    ("agent", "什么事"),
    ("customer", "我的快递三天了还没到,你们怎么回事!"),
    ("agent", "这个不归我管,您的电话13800138000对吗"),
    ("customer", "我要投诉你们!太过分了!"),
    ("agent", "非常抱歉给您添麻烦了,我马上帮您查一下"),
    ("customer", "好吧,谢谢"),
)


def turn(seq: int, role: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": "turn", "seq": seq, "id": f"u{seq}", "role": role, "text": text, "final": True, **more}


def call(first: int = 1) -> list[dict[str, Any]]:
    """A whole call as it is sent: an answer, then turns."""
    messages: list[dict[str, Any]] = [
        {"type": "event", "seq": first, "name": "answer", "at_s": 0.5, "agent_id": "3056"}
    ]
    for place, (role, text) in enumerate(SAID):
        messages.append(turn(first + 1 + place, role, text, start_s=place * 5.0, end_s=place * 5.0 + 4))
    return messages


def report_of(
    engine: Engine, call_id: str, messages: Iterable[Mapping[str, Any]], meta: Mapping[str, Any]
) -> dict[str, Any]:
    """The report of a call as it is sent, folded at once."""
    from assistant.ingest import mask_turn
    from assistant.ingest.metadata import call_metadata
    from assistant.model import CallEvent, Conversation, Speaker, Turn
    from assistant.report.wire import report_object

    items: list[CallEvent | Turn] = []
    for message in messages:
        if message["type"] == "event":
            items.append(CallEvent(message["name"], message["at_s"], message["agent_id"]))
        else:
            place = sum(isinstance(item, Turn) for item in items)
            role, start, end = Speaker(message["role"]), message["start_s"], message["end_s"]
            items.append(mask_turn(Turn(place, role, message["text"], (), start, end)))
    return report_object(
        engine.run(Conversation(call_id, tuple(items), call_metadata(dict(meta)), "hotline", "live"))
    )
