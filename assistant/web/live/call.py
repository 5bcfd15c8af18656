"""One live call: the fold, and the numbers of what goes out. It reads and writes nothing itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from assistant.ingest.encoding import clean
from assistant.ingest.privacy import mask_turn
from assistant.ingest.times import sensible
from assistant.model import Alert, CallEvent, Emotion, Finding, Prompt, Requirement, Severity, Speaker, Turn
from assistant.report.plain import DIGITS, plain
from assistant.report.wire import dumps, finding_object, prompt_object, report_object, requirement_object
from assistant.store.calls import AGENT, Entry, Sent
from assistant.web.live.messages import Happened, Said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from assistant.engine.fold import Engine, Event
    from assistant.store.calls import Standing

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a message led to: what is to be stored, and what is to be sent once it is."""

    entry: Entry
    events: Sequence[Sent]


class LiveCall:
    """A call under way, as this process has folded it."""

    def __init__(self, engine: Engine, standing: Standing) -> None:
        opening = standing.opening
        self.next_seq = standing.next_seq  # None: the first, which may be 0 or 1
        self._engine = engine
        self._id = opening.call_id
        self._meta = opening.meta
        self._last_event = standing.events
        self._turns = 0
        self._pulse: Json = dict(standing.pulse or {})
        self._provisional: dict[int, dict[str, tuple[int, Json]]] = {}  # by seq and rule
        self._state = engine.start(
            opening.meta, id=opening.call_id, channel=opening.channel, origin=opening.origin, day=opening.day
        )

    @property
    def pulse(self) -> Json:
        """How the call goes: the customer's latest emotion, the worst finding, the warning, the step."""
        return dict(self._pulse)

    @property
    def expected(self) -> int:
        """The number of the message that is waited for."""
        return 1 if self.next_seq is None else self.next_seq

    def fold_again(self, entries: Iterable[Entry]) -> None:
        """Come to where the call stood: what was decided then was sent then."""
        for entry in entries:
            if entry.item is not None:
                self._engine.feed(self._state, entry.item)
                self._turns += isinstance(entry.item, Turn)

    def remember(self, provisional: Iterable[Sent]) -> None:
        """Take note of provisional events sent before, for the final turns to settle."""
        for event in provisional:
            if event.seq is not None:
                data = json.loads(event.body)["data"]
                self._provisional.setdefault(event.seq, {})[data["rule"]] = event.event_id, data

    def greet(self) -> Sent:
        """Return what answers a hello: which message is waited for (null: the first)."""
        return self._event("ack", None, {"next_seq": self.next_seq})

    def take(self, message: Said | Happened) -> Taken:
        """Fold the message that is next in the sender's order."""
        seq = message.seq
        self.next_seq = seq + 1
        item: Turn | CallEvent | None
        if isinstance(message, Happened):
            item = CallEvent(message.name, round(message.at_s, 3), _cleaned(message.agent_id))
        else:
            item = self._turn(message)
        place: Json = {}
        if isinstance(item, Turn) and isinstance(message, Said):
            place = {"turn": item.index}
            if item.text != message.text:  # what spans count in
                place["text"] = item.text
        events = [self._event("ack", seq, place)]
        if item is not None:
            self._turns += isinstance(item, Turn)
            self._meet(item)
            _, decided = self._engine.feed(self._state, item)
            events += self._told(seq, decided, self._turns - 1)
        events += self._withdrawn(seq)
        return Taken(Entry(seq, item, getattr(message, "id", None)), events)

    def glance(self, message: Said) -> list[Sent]:
        """Look at a partial result; return provisional findings that are new. The fold isn't touched."""
        turn = self._turn(message)
        known = self._provisional.setdefault(message.seq, {})
        events = []
        for finding in self._engine.check(turn, self._meta) if turn else ():
            if not finding.pending and finding.rule not in known:
                data = finding_object(finding)
                event = self._event("finding", message.seq, data, provisional=True)
                known[finding.rule] = event.event_id, data
                events.append(event)
        return events

    def finish(self) -> tuple[Json, Sent]:
        """End the call; return its report and the event that carries it."""
        report = report_object(self._engine.finish(self._state))
        return report, self._event("report", None, report)

    def problem(self, code: str, message: str, **more: Any) -> Sent:
        return self._event("error", None, {"code": code, "message": message, **more})

    def _turn(self, message: Said) -> Turn | None:
        """Return the turn as a reader of files would: cleaned, masked; None without words."""
        text = clean(message.text).strip()
        if not text:
            return None
        start, end = sensible(message.start_s, message.end_s)
        return mask_turn(Turn(self._turns, message.role, text, (), start, end, _cleaned(message.agent_id)))

    def _told(self, seq: int, decided: Iterable[Event], turn: int) -> Iterator[Sent]:
        """Yield what the fold decided; the first finding of a rule confirms the provisional one."""
        waiting = self._provisional.get(seq, {})
        for event in decided:
            more: dict[str, Any] = {}
            if isinstance(event.data, Finding) and event.data.turn == turn and event.data.rule in waiting:
                more["settles"] = waiting.pop(event.data.rule)[0]
            data = _data(event, turn)
            self._feel(event, data)
            yield self._event(event.type, seq, data, prompt=data if event.type == "prompt" else None, **more)

    def _feel(self, event: Event, data: Json) -> None:
        match event.data:
            case Emotion():
                self._pulse["emotion"] = {"label": data["label"], "intensity": data["intensity"]}
            case Finding() if not event.data.pending:
                worst = max(event.data.severity, Severity.of(self._pulse.get("worst", "hint")))
                self._pulse["worst"] = worst.label
                self._pulse["findings"] = self._pulse.get("findings", 0) + 1
            case Alert():
                self._pulse["alert"] = data["message"]
            case _ if event.type == "procedure" and data.get("main", True):
                self._pulse["step"] = data.get("current")
                self._pulse["procedure"] = data.get("id")

    def _meet(self, item: Turn | CallEvent) -> None:
        """Note which agent has the call now."""
        if isinstance(item, CallEvent):
            speaks = item.name in ("answer", "transfer")
        else:
            speaks = item.role is Speaker.AGENT
        if speaks and item.agent_id:
            self._pulse[AGENT] = item.agent_id

    def _withdrawn(self, seq: int) -> Iterator[Sent]:
        for number, data in self._provisional.pop(seq, {}).values():
            yield self._event("finding", seq, data, provisional=True, withdrawn=True, settles=number)

    def _event(
        self, type_: str, seq: int | None, data: Mapping[str, Any], *,
        provisional: bool = False, prompt: Json | None = None, **more: Any,
    ) -> Sent:  # fmt: skip
        self._last_event += 1
        body = {
            "schema": "huashu.event/1",
            "call_id": self._id,
            "event_id": self._last_event,
            "seq": seq,
            "type": type_,
            **({"provisional": True} if provisional else {}),
            **more,
            "data": data,
        }
        return Sent(self._last_event, seq, type_, dumps(body), provisional, prompt)


def _cleaned(text: str | None) -> str | None:
    return clean(text)[:64] if text else None


def _data(event: Event, turn: int) -> Json:
    """Return what the wire carries of something the fold decided."""
    match event.data:
        case Finding():
            return finding_object(event.data)
        case Requirement():
            return requirement_object(event.data)
        case Prompt():
            return prompt_object(event.data)
        case Emotion():
            told: Json = plain({"turn": turn, **asdict(event.data)}, digits=DIGITS)
        case Alert():
            told = plain(asdict(event.data), digits=DIGITS)
        case _:
            told = plain(event.data, digits=DIGITS)
    return told
