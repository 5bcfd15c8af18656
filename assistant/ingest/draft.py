"""What a reader hands over, and its way into a Conversation: roles, times, masks, bounds."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from assistant.errors import InputError
from assistant.ingest.encoding import clean
from assistant.ingest.inference import infer_roles
from assistant.ingest.metadata import call_metadata
from assistant.ingest.privacy import mask_turn
from assistant.ingest.roles import NOBODY, SHOP_WORDS, Voice
from assistant.ingest.settings import DEFAULTS
from assistant.ingest.times import WEEK_S, guess_unit, relative, seconds, sensible
from assistant.model import CallEvent, CallEventName, Conversation, Mask, Origin, Speaker, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_EVENTS: dict[str, CallEventName] = {name: name for name in get_args(CallEventName)} | {
    "振铃": "ring", "响铃": "ring", "接听": "answer", "接通": "answer", "保持": "hold", "等待": "hold",
    "取回": "resume", "恢复": "resume", "接回": "resume", "unhold": "resume",
    "静音": "mute", "转接": "transfer",
}  # fmt: skip
_T = TypeVar("_T")
_Placed = tuple[int | None, CallEvent]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a conversation comes from; `stem` names it where the source gives no id."""

    path: str | None = None
    stem: str = "conversation"
    line: int | None = None
    max_turns: int = DEFAULTS.max_turns

    def bounded(self, turns: Sequence[_T]) -> Sequence[_T]:
        """Return `turns` unless they are too many; raises InputError (``too-many-turns``)."""
        if len(turns) > self.max_turns:
            message = f"more than {self.max_turns:,} turns in one conversation: split the file"
            raise self.error(message, "too-many-turns")
        return turns

    def error(self, message: str, code: str) -> InputError:
        return InputError(message, code=code, path=self.path, line=self.line)


@dataclass(frozen=True, slots=True)
class DraftTurn:
    """A turn as it stands in the source; `start` and `end` are in the source's own notation."""

    text: str
    voice: Voice = NOBODY
    start: object = None
    end: object = None
    unit: float | None = None
    role_inferred: bool = False
    masks: tuple[Mask, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftEvent:
    """An event; `before` is the index of the turn it stands in front of, where the source is ordered."""

    name: str
    at: object
    agent_id: str | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A conversation as read. `by_time`: the turns come channel by channel and want sorting."""

    turns: Sequence[DraftTurn]
    id: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    channel: str | None = None
    events: Sequence[DraftEvent] = ()
    origin: Origin = "import"
    by_time: bool = False


def conversation(draft: Draft, place: Place) -> Conversation:
    """Return the finished conversation; raises InputError (``too-many-turns``)."""
    turns = [replace(turn, text=clean(turn.text).strip()) for turn in place.bounded(draft.turns)]
    kept = [index for index, turn in enumerate(turns) if turn.text]
    turns = [turns[index] for index in kept]
    starts, ends, shift = _times(turns)
    if draft.by_time and None not in starts:
        order = sorted(range(len(turns)), key=lambda index: starts[index] or 0.0)
        turns, starts, ends = ([row[n] for n in order] for row in (turns, starts, ends))  # type: ignore[assignment]
    meta = call_metadata(draft.meta)
    channel = draft.channel or meta.pop("channel", None) or _channel(turns)
    finished = _finish(turns, starts, ends)
    return Conversation(
        id=clean(draft.id or place.stem)[:200],
        items=_merge(finished, _events(draft.events, shift, kept)),
        meta=meta,
        channel=str(channel),
        origin=draft.origin,
        path=place.path,
    )


def _times(turns: list[DraftTurn]) -> tuple[list[float | None], list[float | None], float]:
    characters = sum(len(turn.text) for turn in turns)
    unit = guess_unit([turn.start for turn in turns], [turn.end for turn in turns], characters)
    starts = [seconds(turn.start, turn.unit or unit) for turn in turns]
    ends = [seconds(turn.end, turn.unit or unit) for turn in turns]
    if max((start for start in starts if start is not None), default=0.0) > 1e11:  # epoch in milliseconds
        starts, ends = ([None if t is None else t / 1000 for t in row] for row in (starts, ends))
    shift = relative(starts)
    pairs = [
        sensible(None if start is None else start - shift, None if end is None else end - shift)
        for start, end in zip(starts, ends, strict=True)
    ]
    return [start for start, _ in pairs], [end for _, end in pairs], shift


def _channel(turns: list[DraftTurn]) -> str:
    return "ecommerce" if any(turn.voice.word in SHOP_WORDS for turn in turns) else "hotline"


def _finish(
    turns: list[DraftTurn], starts: Sequence[float | None], ends: Sequence[float | None]
) -> list[Turn]:
    known = [turn.voice.role for turn in turns]
    roles: Sequence[Speaker] = [role for role in known if role is not None]
    if len(roles) < len(known):
        roles = infer_roles([turn.voice.label for turn in turns], [turn.text for turn in turns], known)
    return [
        mask_turn(
            Turn(
                index=index,
                role=roles[index],
                text=turn.text,
                masks=turn.masks,
                start_s=starts[index],
                end_s=ends[index],
                agent_id=turn.voice.agent_id,
                role_inferred=turn.role_inferred or turn.voice.role is None,
            )
        )
        for index, turn in enumerate(turns)
    ]


def _events(events: Sequence[DraftEvent], shift: float, kept: Sequence[int]) -> list[_Placed]:
    made = []
    for event in events:
        name = _EVENTS.get(event.name.strip().lower())
        at = seconds(event.at)
        if name and at is not None and 0 <= at - shift <= WEEK_S:
            before = None if event.before is None else bisect_left(kept, event.before)
            agent_id = clean(event.agent_id) if event.agent_id else None
            made.append((before, CallEvent(name, round(at - shift, 3), agent_id)))
    return (
        made if all(before is not None for before, _ in made) else sorted(made, key=lambda one: one[1].at_s)
    )


def _merge(turns: list[Turn], events: list[_Placed]) -> tuple[Turn | CallEvent, ...]:
    """Put each event where the source has it, else before the first turn that starts after it."""
    items: list[Turn | CallEvent] = []
    waiting = iter(events)
    event = next(waiting, None)
    for turn in turns:
        while event and _is_due(event, turn):
            items.append(event[1])
            event = next(waiting, None)
        items.append(turn)
    rest = [event, *waiting] if event else []
    return (*items, *(one for _, one in rest))


def _is_due(placed: _Placed, turn: Turn) -> bool:
    before, event = placed
    if before is not None:
        return before <= turn.index
    return turn.start_s is not None and event.at_s <= turn.start_s
