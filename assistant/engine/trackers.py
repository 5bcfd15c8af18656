"""Rules that need more than one turn, each as a small machine fed with views.

A tracker is asked when one of its `triggers` was said, or at every turn while it is `awake`. What it
finds it gives to `Outcomes`; nothing given is taken back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from assistant.engine.findings import (
    absence_finding,
    in_scope,
    listed,
    place_finding,
    plausible,
    said_finding,
)
from assistant.match.nodes import Found, Node, likeness
from assistant.match.plan import Contradiction, Count, FollowUp, Order, Repeat, RulePlan, Timing
from assistant.match.view import Match, View
from assistant.model import CallEvent, Explanation, Finding, Requirement, Span, Turn

SIDES = ("agent", "customer")


@dataclass(slots=True)
class Outcomes:
    """What was found since it was last emptied; `recent` are the latest views of each speaker."""

    findings: list[Finding] = field(default_factory=list)
    requirements: list[Requirement] = field(default_factory=list)
    recent: dict[str, deque[View]] = field(default_factory=dict)


@cache
def sides_of(*speakers: str) -> tuple[str, ...]:
    """Return the sides of a conversation that `speakers` are on: bots stand with the agents."""
    if "any" in speakers:
        return SIDES
    customer = "customer" in speakers
    return SIDES if customer and len(set(speakers)) > 1 else SIDES[customer : customer + 1]


def speaks(view: View, speaker: str) -> bool:
    return speaker in ("any", view.turn.role)


def seen(node: Node, view: View) -> Found:
    """Find in the turn as said, then in its form with disguises removed."""
    found = node.find(view)
    if not found and view.undisguised is not None:
        found = [match for match in node.find(view.undisguised) or () if plausible(match)] or found
    return found


class Tracker:
    """Base: a rule followed through a call. It is made when it is first needed.

    `triggers` are the entries that concern it, for each speaker (no entry: every turn does).
    `at_start` and `at_end` say that it has to be there from the beginning, or at the end; `timed`
    that every turn with times concerns it; `listens` are the speakers whose turns
    do, `sides` those they are on.
    """

    at_start = False
    at_end = False
    timed = False

    def __init__(self, rule: RulePlan, *triggers: tuple[str, frozenset[int]]) -> None:
        self.rule = rule
        self.triggers = triggers
        self.awake = not all(entries for _, entries in triggers)
        self.done = False
        self.listen(rule.when.speaker)

    def listen(self, *speakers: str) -> None:
        """Have turns of `speakers` given to it."""
        self.listens, self.sides = speakers, sides_of(*speakers)

    def turn(self, view: View, out: Outcomes) -> None:
        """Take one turn."""

    def event(self, event: CallEvent, last: Turn | None, out: Outcomes) -> None:
        """Take one event on the line, which came after the turn `last`."""

    def heeds(self, entry: int) -> bool:
        """Whether one of its `triggers` may make a difference to it now."""
        return True

    def finish(self, last: Turn | None, turns: int, out: Outcomes) -> None:
        """Decide what the end of the call decides; `turns` is the number of the speaker's turns."""

    def pending(self) -> Sequence[Finding]:
        """Return what waits for later turns."""
        return ()

    @property
    def due(self) -> bool:
        """Whether something required of the agent can be said in time now."""
        return False

    def _counting(self, node: Node, view: View) -> list[Match]:
        """Matches of `node` in scope; a condition without place counts once."""
        return [match for match in listed(seen(node, view)) if in_scope(self.rule, match, view.turn)]


class OrderTracker(Tracker):
    def __init__(self, rule: RulePlan, body: Order) -> None:
        speaker = rule.when.speaker
        super().__init__(rule, (speaker, body.first.triggers), (speaker, body.then.triggers))
        self._body = body
        self._then: Finding | None = None

    def turn(self, view: View, out: Outcomes) -> None:
        first = self._counting(self._body.first, view)
        then = self._counting(self._body.then, view) if self._then is None else []
        if then and not (first and (first[0].start or 0) <= (then[0].start or 0)):
            self._then = _relabel(
                said_finding(self.rule, then[0], view), "order", "说得早了：应当在后的话先说了"
            )
        if first:
            self.done = True
            if self._then is not None:
                out.findings.append(self._then)


class CountTracker(Tracker):
    def __init__(self, rule: RulePlan, body: Count) -> None:
        super().__init__(rule, (rule.when.speaker, body.of.triggers))
        self._body = body
        self._times = 0
        self._last: tuple[Match, View] | None = None
        self.at_end = body.per_100 or body.at_least is not None

    def turn(self, view: View, out: Outcomes) -> None:
        for match in self._counting(self._body.of, view):
            self._times += 1
            self._last = (match, view)
            limit = self._body.at_most
            if limit is not None and not self._body.per_100 and self._times > limit and not self.done:
                self.done = True
                because = f"整通第{self._times}次出现，上限为{limit:g}次"
                out.findings.append(_relabel(said_finding(self.rule, match, view), "count", because))

    def finish(self, last: Turn | None, turns: int, out: Outcomes) -> None:
        body = self._body
        if last is None or turns < max(body.min_turns, 1):
            return
        value = self._times * 100 / turns if body.per_100 else self._times
        unit = "次/百句" if body.per_100 else "次"
        if body.at_least is not None and value < body.at_least:
            because = f"共{value:g}{unit}，至少应有{body.at_least:g}{unit}"
            out.findings.append(absence_finding(self.rule, last, (), because, ("absence", "count")))
        elif body.per_100 and body.at_most is not None and value > body.at_most and self._last:
            because = f"共{value:.1f}{unit}，上限为{body.at_most:g}{unit}"
            out.findings.append(_relabel(said_finding(self.rule, *self._last), "count", because))


class RepeatTracker(Tracker):
    def __init__(self, rule: RulePlan, body: Repeat) -> None:
        super().__init__(rule, (rule.when.speaker, frozenset()))
        self._body = body
        self._said: list[tuple[str, int, int]] = []

    def turn(self, view: View, out: Outcomes) -> None:
        body = self._body
        text = view.squeezed.text
        said, self._said = self._said, [*self._said, (text, view.turn.index, 1)][-body.within :]
        if len(text) < body.min_chars:
            return
        for earlier, index, times in reversed(said):
            score = likeness().ratio(text, earlier, score_cutoff=body.similarity)
            if score and (body.only is None or seen(body.only, view)):
                self._said[-1] = (text, view.turn.index, times + 1)
                if times + 1 == body.times:
                    because = f"与第{index + 1}句相似度{score:.0f}，是第{times + 1}次说"
                    spans = (Span(view.turn.index, 0, len(view.turn.text)),)
                    out.findings.append(
                        place_finding(self.rule, view.turn, "count", because, value=score, spans=spans)
                    )
                return


class TimingTracker(Tracker):
    timed = True

    def __init__(self, rule: RulePlan, body: Timing) -> None:
        super().__init__(rule)
        self.listen("any")
        self._body = body
        self._previous: Turn | None = None
        self._ring: float | None = None
        self._answer: float | None = None

    def event(self, event: CallEvent, last: Turn | None, out: Outcomes) -> None:
        if event.name == "ring" and self._ring is None:
            self._ring = event.at_s
        elif event.name == "answer" and self._answer is None:
            self._answer = event.at_s
        self.awake = self._body.metric == "ring" and self._ring is not None and self._answer is not None

    def turn(self, view: View, out: Outcomes) -> None:
        turn, previous = view.turn, self._previous
        if turn.text.strip():
            self._previous = turn
        if not speaks(view, self.rule.when.speaker):
            return
        value = self._measure(turn, previous)
        body = self._body
        if value is None:
            return
        if body.at_most is not None and value > body.at_most:
            out.findings.append(self._finding(turn, value, f"上限{body.at_most:g}"))
        elif body.at_least is not None and value < body.at_least:
            out.findings.append(self._finding(turn, value, f"下限{body.at_least:g}"))

    def _finding(self, turn: Turn, value: float, limit: str) -> Finding:
        name, unit = _METRICS[self._body.metric]
        return place_finding(self.rule, turn, "timing", f"{name}{value:.1f}{unit},{limit}", value=value)

    def _measure(self, turn: Turn, previous: Turn | None) -> float | None:
        metric = self._body.metric
        if metric == "ring":
            ring, self._ring, self.awake = self._ring, None, False
            if ring is None or self._answer is None:
                return None
            return self._answer - ring
        if turn.start_s is None:
            return None
        if metric == "speech_rate":
            length = sum(map(str.isalnum, turn.text))
            seconds = (turn.end_s or 0) - turn.start_s
            return length * 60 / seconds if seconds > 0 and length >= self._body.min_chars else None
        if previous is None or previous.end_s is None:
            return None
        gap = turn.start_s - previous.end_s
        if metric == "silence":
            return gap
        if previous.role == turn.role:
            return None
        return -gap if metric == "overlap" else gap


_METRICS = {
    "speech_rate": ("语速每分钟", "字"),
    "silence": ("静默", "秒"),
    "overlap": ("抢话", "秒"),
    "response": ("应答间隔", "秒"),
    "ring": ("振铃", "秒"),
}


class ContradictionTracker(Tracker):
    def __init__(self, rule: RulePlan, body: Contradiction) -> None:
        speaker = rule.when.speaker
        super().__init__(rule, (speaker, body.claim.triggers), (speaker, body.taken_back.triggers))
        self._body = body
        self._claim: tuple[Match, Turn] | None = None

    @property
    def first(self) -> frozenset[int]:
        """The entries it heeds as long as nothing was claimed."""
        triggers = self._body.claim.triggers
        return triggers or self._body.taken_back.triggers

    def heeds(self, entry: int) -> bool:
        if self._claim is None:
            return entry in self.first
        awaited = self._body.taken_back.triggers
        return not awaited or entry in awaited

    def turn(self, view: View, out: Outcomes) -> None:
        since = 0
        if self._claim is None:
            claim = self._counting(self._body.claim, view)
            if not claim:
                return
            since = claim[0].end or 0
            self._claim = (claim[0], view.turn)
        back = self._counting(self._body.taken_back, view)
        back = [match for match in back if (match.start or 0) >= since]
        if not back:
            return
        match, turn = self._claim
        because = f"第{turn.index + 1}句说过“{match.normalised}”，这里又改口"
        finding = _relabel(said_finding(self.rule, back[0], view), "contradiction", because)
        out.findings.append(
            _with_spans(
                finding,
                Span(finding.turn, finding.start or 0, finding.end or 0),
                Span(turn.index, match.start or 0, match.end or 0),
            )
        )
        self._claim = None


class FollowUpTracker(Tracker):
    """`trigger` often enough and no `expect` in time (after), or none before it (before)."""

    def __init__(self, rule: RulePlan, body: FollowUp) -> None:
        triggers = [(rule.when.speaker, body.trigger.triggers)]
        if body.before:
            triggers.append(("any", body.expect.triggers))
        super().__init__(rule, *triggers)
        if body.before:
            self.listen("any")
        self._body = body
        self._times = 0
        self._open: tuple[Match, View] | None = None
        self._left = 0

    def turn(self, view: View, out: Outcomes) -> None:
        if self._body.before:
            self._look_back(view, out)
        elif speaks(view, self.rule.when.speaker):
            self._look_ahead(view, out)

    def _look_back(self, view: View, out: Outcomes) -> None:
        expected = seen(self._body.expect, view)
        if speaks(view, self.rule.when.speaker):
            earliest = min((match.start or 0 for match in expected or ()), default=None)
            for match in self._counting(self._body.trigger, view):
                if earliest is None or earliest >= (match.start or 0):
                    out.findings.append(
                        _relabel(said_finding(self.rule, match, view), "order", "此前还没有了解过情况")
                    )
        if expected:
            self.done = True

    def _look_ahead(self, view: View, out: Outcomes) -> None:
        body = self._body
        matches = self._counting(body.trigger, view)
        expected = (matches or self._times) and seen(body.expect, view)
        if expected:
            self._open = None
            self._times = 0
        elif matches:
            self._times += len(matches)
            if self._times >= body.at_least:
                self._open = (matches[-1], view)
                self._left = body.within
                if not self._left:
                    self._miss(out)
        elif self._open is not None:
            self._left -= 1
            if self._left <= 0:
                self._miss(out)
        self.awake = self._times > 0 or not body.trigger.triggers

    def _miss(self, out: Outcomes) -> None:
        if self._open is not None:
            out.findings.append(self._missed(*self._open, pending=False))
        self._open = None
        self._times = 0

    def _missed(self, match: Match, view: View, *, pending: bool) -> Finding:
        finding = said_finding(self.rule, match, view, pending=pending)
        times = f"共说了{self._times}次，" if self._body.at_least > 1 else ""
        return replace(finding, explanation=_because(finding, f"{times}之后没有跟上应有的话"))

    def finish(self, last: Turn | None, turns: int, out: Outcomes) -> None:
        self._miss(out)

    def pending(self) -> Sequence[Finding]:
        return (self._missed(*self._open, pending=True),) if self._open is not None else ()


def _relabel(finding: Finding, how: str, because: str) -> Finding:
    ways = tuple(way for way in finding.how if way != "exact")
    return replace(finding, how=(*ways, how), explanation=_because(finding, because))  # type: ignore[arg-type]


def _because(finding: Finding, because: str) -> Explanation:
    old = finding.explanation
    return Explanation(old.matched, old.normalised, because, old.score)


def _with_spans(finding: Finding, *spans: Span) -> Finding:
    return replace(finding, spans=spans)
