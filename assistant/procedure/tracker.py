"""Follows a procedure through a conversation: start, feed a moment, read the standing.

A pure machine: what it says depends on the moments alone, so that a live call and its recording end
alike. Where a procedure says so (`opening: false`) nothing before the customer's first turn counts:
thanks and sorry of an opening are forms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.model import Span, StepState
from assistant.procedure.conformance import Alignment, align
from assistant.procedure.definition import Moment, Procedure, Step

_TOGETHER = 2  # agent turns over which the parts of a step may be spread


@dataclass(slots=True)
class Progress:
    """What was seen of a step: the latest words of each part and their turn, and when it was done."""

    shown: dict[str, tuple[int, list[Span]]] = field(default_factory=dict)
    turns: list[int] = field(default_factory=list)
    evidence: list[Span] = field(default_factory=list)
    at: int | None = None
    undone: bool = False


@dataclass(slots=True)
class Track:
    """A procedure under way. `clock` counts agent turns since the customer first spoke."""

    procedure: Procedure
    progress: dict[int, Progress]
    log: list[tuple[int, int]] = field(default_factory=list)
    begun: bool = False
    clock: int = 0
    last: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands: the steps, the last one reached, the next one, the alignment."""

    steps: tuple[StepState, ...]
    current: int | None
    following: Step | None
    alignment: Alignment
    mends: tuple[str, ...]


def start(procedure: Procedure) -> Track:
    """Begin to follow `procedure`."""
    return Track(procedure, {step.number: Progress() for step in procedure.steps})


def feed(track: Track, moment: Moment) -> bool:
    """Take one turn; return whether a step was done or undone by it."""
    if moment.side == "customer":
        track.begun = True
        return _undo(track, moment)
    if not track.begun and not track.procedure.opening:
        return False
    track.clock += 1
    done = tuple(step.number for step in track.procedure.steps if _take(track, step, moment))
    track.log += [(moment.turn.index, number) for number in done]
    track.last = done or track.last
    return bool(done)


def _take(track: Track, step: Step, moment: Moment) -> bool:
    """Take what the turn shows of a step; return whether the step is done by it."""
    progress = track.progress[step.number]
    shown = {name: found for name, found in progress.shown.items() if track.clock - found[0] < _TOGETHER}
    fresh = False
    for name, signs in step.parts.items():
        spans = [span for sign in signs for span in sign.find(moment)]
        if spans:
            shown[name] = (track.clock, spans)
            fresh = True
    progress.shown = shown
    if not fresh or len(shown) < len(step.parts):
        return False
    progress.evidence += _widest(span for _, spans in shown.values() for span in spans)
    progress.shown = {}
    progress.turns.append(moment.turn.index)
    if progress.at is None or progress.undone:
        progress.at = track.clock
    progress.undone = False
    return True


def _undo(track: Track, moment: Moment) -> bool:
    """A customer who rejects what was just done reopens it; one who accepts after all closes it again."""
    undone = False
    if moment.accepts or any(intent.name == "accept" for intent in moment.intents):
        for number, progress in track.progress.items():
            if progress.undone:
                progress.undone, undone = False, True
                track.log.append((progress.turns[-1], number))
        track.log.sort()
        return undone
    for number in track.last:
        step = track.procedure.step(number)
        if step.reopened is not None and any(step.reopened.find(moment)):
            track.progress[number].undone = undone = True
            track.log = [entry for entry in track.log if entry[1] != number]
    if undone:
        track.last = ()
    return undone


def standing(track: Track, *, final: bool) -> Standing:
    """Read where the conversation stands; at the end (`final`) what is open is missing."""
    procedure = track.procedure
    optional = frozenset(step.number for step in procedure.steps if step.optional)
    alignment = align(
        _in_place(track.log),
        [step.number for step in procedure.steps],
        optional,
        {step.number: step.at_most for step in procedure.steps if step.at_most},
        running=not final,
    )
    states = tuple(_state(track, step, alignment, final=final) for step in procedure.steps)
    open_steps = [
        step for step in procedure.steps if track.progress[step.number].at is None or _undone(track, step)
    ]
    return Standing(
        states,
        track.log[-1][1] if track.log else None,
        next((step for step in open_steps if not step.optional), None),
        alignment,
        tuple(_mends(track, states)),
    )


def _in_place(log: Sequence[tuple[int, int]]) -> list[int]:
    """Return the steps in the order they were done.

    What is said in passing, in one turn with an earlier step (comfort and apology in one breath),
    stands behind the steps between the two, whenever these come: nobody is blamed for it.
    """
    first: dict[int, int] = {}
    for turn, step in log:
        first.setdefault(step, turn)
    earliest = {turn: min(step for other, step in log if other == turn) for turn, _ in log}

    def due(entry: tuple[int, int]) -> tuple[int, int]:
        turn, step = entry
        between = [at for other, at in first.items() if earliest[turn] < other < step]
        return max([turn, *between]), step

    return [step for _, step in sorted(log, key=due)]


def _undone(track: Track, step: Step) -> bool:
    return track.progress[step.number].undone


def _state(track: Track, step: Step, alignment: Alignment, *, final: bool) -> StepState:
    progress = track.progress[step.number]
    if progress.at is None:
        status = ("not_applicable" if step.optional else "missing") if final else "pending"
    elif progress.undone:
        status = "regressed"
    elif step.number in alignment.displaced:
        status = "out_of_order"
    elif step.number in alignment.excess:
        status = "repeated"
    elif step.within is not None and progress.at > step.within:
        status = "late"
    else:
        status = "done"
    return StepState(step.number, step.name, status, tuple(progress.turns), tuple(progress.evidence))


def _mends(track: Track, states: Sequence[StepState]) -> list[str]:
    """Return, in Chinese, the least that would have to change."""
    mends = []
    for state in states:
        step = track.procedure.step(state.step)
        if state.status == "missing":
            mends.append(f"补上第{step.number}步“{step.name}”" + (f":{step.skipped}" if step.skipped else ""))
        elif state.status == "out_of_order":
            mends.append(f"第{step.number}步“{step.name}”{_move(state, states)}")
        elif state.status == "late":
            mends.append(f"第{step.number}步“{step.name}”要早些做，客户开口后{step.within}句以内")
        elif state.status == "repeated":
            mends.append(f"第{step.number}步“{step.name}”做了{len(state.turns)}次，{step.at_most}次就够")
        elif state.status == "regressed":
            mends.append(f"第{step.number}步“{step.name}”没有被客户接受，要重新做")
    return mends


def _move(displaced: StepState, states: Sequence[StepState]) -> str:
    """Return where a step belongs: before a later one that was done ahead of it, else after its own."""
    kept = [state for state in states if state.status in ("done", "late", "repeated")]
    ahead = [s for s in kept if s.step > displaced.step and s.turns[0] < displaced.turns[0]]
    if ahead:
        return f"提到第{ahead[0].step}步“{ahead[0].name}”之前"
    before = [state for state in kept if state.step < displaced.step]
    return f"换到第{before[-1].step}步“{before[-1].name}”之后" if before else "放到最前面"


def _widest(spans: Any) -> list[Span]:
    """Return the spans in order without those that lie in another."""
    kept: list[Span] = []
    for span in sorted(set(spans), key=lambda span: (span.turn, span.start, -span.end)):
        if not (kept and kept[-1].turn == span.turn and kept[-1].end >= span.end):
            kept.append(span)
    return kept


def told(
    track: Track, standing: Standing, *, main: bool, advice: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the entry of a report's `procedures`; `next` is null without `advice`."""
    return {
        "id": track.procedure.id,
        "name": track.procedure.name,
        "main": main,
        "steps": [
            {
                "step": state.step,
                "name": state.name,
                "status": state.status,
                "turns": list(state.turns),
                "evidence": [
                    {"turn": span.turn, "start": span.start, "end": span.end} for span in state.evidence
                ],
            }
            for state in standing.steps
        ],
        "current": standing.current,
        "next": advice,
        "conformance": standing.alignment.fitness,
        "mends": list(standing.mends),
    }
