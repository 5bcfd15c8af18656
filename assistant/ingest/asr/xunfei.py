"""讯飞: 语音转写, the order result (lattice of json_1best) and the older list of onebest. Times in ms.

`rl` numbers the speakers (0: not told apart); on a two-channel recording label.rl_track says which
track a number is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.ingest.draft import Draft, DraftTurn, Place
from assistant.ingest.roles import Voice, voice
from assistant.ingest.structured import embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

_PARAGRAPH = "g"


def recognises(value: object) -> bool:
    return _lattice(value) is not None or _sentences(value) is not None or _failed(value)


def drafts(value: Any, place: Place) -> Iterator[Draft]:
    """Yield the conversation of one result; raises InputError (``asr-failed``)."""
    lattice, sentences = _lattice(value), _sentences(value)
    if lattice is None and sentences is None:
        raise place.error(f"the transcription has failed: {str(value.get('descInfo'))[:80]}", "asr-failed")
    turns = [_best(one) for one in lattice] if lattice is not None else [_old(one) for one in sentences or ()]
    yield Draft([turn for turn in turns if turn], id=_order(value), by_time=True)


def _result(value: object) -> object:
    if isinstance(value, dict) and isinstance(value.get("content"), dict):
        return embedded(value["content"].get("orderResult"))
    if isinstance(value, dict) and "orderResult" in value:
        return embedded(value["orderResult"])
    return value


def _lattice(value: object) -> list[Any] | None:
    result = _result(value)
    if not isinstance(result, dict):
        return None
    for name in ("lattice", "lattice2"):
        found = result.get(name)
        if isinstance(found, list) and (found or "lattice2" not in result):
            return found
    return None


def _sentences(value: object) -> list[Any] | None:
    inside = embedded(value.get("data")) if isinstance(value, dict) else value
    if isinstance(inside, list) and inside and isinstance(inside[0], dict) and "onebest" in inside[0]:
        return inside
    return None


def _failed(value: object) -> bool:
    return isinstance(value, dict) and "descInfo" in value and "content" in value


def _order(value: object) -> str | None:
    content = value.get("content") if isinstance(value, dict) else None
    info = content.get("orderInfo") if isinstance(content, dict) else None
    order = info.get("orderId") if isinstance(info, dict) else None
    return order if isinstance(order, str) else None


def _best(entry: object) -> DraftTurn | None:
    best = embedded(entry.get("json_1best")) if isinstance(entry, dict) else None
    sentence = best.get("st") if isinstance(best, dict) else None
    if not isinstance(entry, dict) or not isinstance(sentence, dict):
        return None
    label = sentence.get("rl") if str(sentence.get("rl") or "0") != "0" else entry.get("spk")
    begin, end = sentence.get("bg", entry.get("begin")), sentence.get("ed", entry.get("end"))
    return DraftTurn("".join(_words(sentence)), _voice(label), begin, end, unit=0.001)


def _words(sentence: dict[str, Any]) -> Iterator[str]:
    for part in _records(sentence.get("rt")):
        for word in _records(part.get("ws")):
            best = next(_records(word.get("cw")), {})
            if best.get("wp") != _PARAGRAPH:
                yield str(best.get("w") or "")


def _records(value: object) -> Iterator[dict[str, Any]]:
    return (one for one in (value if isinstance(value, list) else ()) if isinstance(one, dict))


def _voice(label: object) -> Voice:
    return Voice() if label is None or str(label) == "0" else voice(label)


def _old(one: object) -> DraftTurn | None:
    if not isinstance(one, dict):
        return None
    text = str(one.get("onebest") or "")
    return DraftTurn(text, _voice(one.get("speaker")), one.get("bg"), one.get("ed"), unit=0.001)
