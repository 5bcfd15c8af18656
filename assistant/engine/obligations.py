"""Required phrases: when one falls due, whether it was said in time, what was missing.

Each occasion opens one obligation; it ends as met or missed at a stated moment (a turn, a second,
the end of the call) and gives one `Requirement`, and one finding if it was missed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from assistant.engine.findings import absence_finding, in_scope, listed
from assistant.engine.trackers import Outcomes, Tracker, seen, speaks
from assistant.match.nodes import ScriptNode
from assistant.match.plan import Occasion, Required, RulePlan
from assistant.match.view import View
from assistant.model import CallEvent, Level, Nearest, Requirement, RequirementStatus, Turn


def not_applicable(rule: RulePlan) -> Requirement:
    """Return what is said of a required phrase whose occasion never came."""
    return Requirement(rule.id, rule.source, "not_applicable", title=rule.title)


@dataclass(slots=True)
class _Verdict:
    """What one window of turns came to."""

    met: bool
    level: Level | None
    turn: int | None
    score: float | None
    missing: tuple[str, ...]
    nearest: Nearest | None


@dataclass(slots=True)
class _Obligation:
    """An open requirement: turns heard so far with the parts said in them, turns left."""

    left: int
    heard: list[View] = field(default_factory=list)
    said: list[frozenset[str]] = field(default_factory=list)


class RequiredTracker(Tracker):
    """Follows one required rule through a call."""

    def __init__(self, rule: RulePlan, body: Required) -> None:
        occasion = body.after or body.before
        node = occasion.node if occasion else None
        triggers = ((occasion.speaker, node.triggers),) if occasion and node else ()
        super().__init__(rule, *triggers)
        if occasion:
            self.listen(rule.when.speaker, occasion.speaker)
        self._due: tuple[str, ...] | None = None
        self._body = body
        self._always = self.awake
        self.at_start = body.first is not None or body.within_s is not None
        self.at_end = body.last is not None
        self._open: list[_Obligation] = [_Obligation(body.first or 10**6)] if self.at_start else []
        self.awake = self.awake or self.at_start
        self._occurred = self.at_start

    def turn(self, view: View, out: Outcomes) -> None:
        own = speaks(view, self.rule.when.speaker)
        if own and self._body.within_s is not None and self._late(view, out):
            return
        if self._occurs(view):
            if self._body.before is not None:
                self._decide_before(view.turn, out)
            else:
                self._open_one(own=own)
        if own:
            self._hear(view, out)
        self.awake = bool(self._open) or self._always

    def event(self, event: CallEvent, last: Turn | None, out: Outcomes) -> None:
        occasion = self._body.after or self._body.before
        if occasion is None or occasion.event != event.name:
            return
        if self._body.before is None:
            self._open_one(own=False)
            self.awake = True
        elif last is not None:
            self._decide_before(last, out)

    def finish(self, last: Turn | None, turns: int, out: Outcomes) -> None:
        for obligation in self._open:
            if obligation.heard:
                self._decide(obligation, out)
            elif last is not None and self._body.first is not None:
                self._record(self._not_judged("missed", last), last, out)
            else:
                out.requirements.append(not_applicable(self.rule))
        self._open = []
        recent = self._window(self._body.last or 0, out)
        if recent:
            self._occurred = True
            self._decide(self._listened(recent), out)
        if not self._occurred:
            out.requirements.append(not_applicable(self.rule))

    @property
    def due(self) -> bool:
        return bool(self._open)

    def _window(self, size: int, out: Outcomes) -> list[View]:
        """The latest `size` turns of the rule's speaker."""
        recent = out.recent.get(self.rule.when.speaker, ())
        return list(recent)[-size:] if size else []

    def _late(self, view: View, out: Outcomes) -> bool:
        """Close what was due within seconds; True when there is nothing to hear any more."""
        limit = self._body.within_s
        if limit is None or not self._open:
            return True
        start = view.turn.start_s
        if start is None:
            self._open = []
            self._occurred = self.awake = False
            return True
        if start > limit:
            obligation = self._open.pop()
            self._decide(obligation if obligation.heard else self._listened([view]), out)
            self.awake = False
            return True
        return False

    def _occurs(self, view: View) -> bool:
        occasion: Occasion | None = self._body.after or self._body.before
        if occasion is None or occasion.node is None or (self._body.once and self._occurred):
            return False
        if not speaks(view, occasion.speaker):
            return False
        matches = listed(seen(occasion.node, view))
        return any(in_scope(self.rule, match, view.turn) for match in matches)

    def _open_one(self, *, own: bool) -> None:
        """Open an obligation; where one is open already the occasion is the same one."""
        self._occurred = True
        if not self._open:
            self._open.append(_Obligation(self._body.turns + (1 if own else 0)))

    def _decide_before(self, turn: Turn, out: Outcomes) -> None:
        self._occurred = True
        window = self._window(self._body.turns, out)
        if window:
            self._decide(self._listened(window), out)
        else:
            self._record(self._not_judged("missed", turn), turn, out)

    def _hear(self, view: View, out: Outcomes) -> None:
        still = []
        for obligation in self._open:
            self._take(obligation, view)
            if obligation.left <= 0 or self._met(obligation):
                self._decide(obligation, out)
            else:
                still.append(obligation)
        self._open = still

    def _listened(self, window: list[View]) -> _Obligation:
        obligation = _Obligation(len(window))
        for view in window:
            self._take(obligation, view)
        return obligation

    def _take(self, obligation: _Obligation, view: View) -> None:
        expect = self._body.expect
        obligation.left -= 1
        obligation.heard.append(view)
        if isinstance(expect, ScriptNode):
            obligation.said.append(_parts_said(expect, view))

    def _met(self, obligation: _Obligation) -> bool:
        """Whether the latest turn brought what was due."""
        expect, latest = self._body.expect, obligation.heard[-1]
        if isinstance(expect, ScriptNode):
            return self._complete(expect, latest, obligation.said[-expect.across :])
        return bool(seen(expect, latest))

    def _complete(self, script: ScriptNode, view: View, said: list[frozenset[str]]) -> bool:
        """Whether the turns up to `view` have all parts, or where parts aren't known the wording."""
        if self._due is None:
            self._due = script.checkable(view)
        if not self._due:
            return script.score(view, script.verbatim) >= script.verbatim
        return frozenset().union(*said).issuperset(self._due)

    def _decide(self, obligation: _Obligation, out: Outcomes) -> None:
        expect, heard = self._body.expect, obligation.heard
        if isinstance(expect, ScriptNode):
            verdict = self._script_verdict(expect, heard, obligation.said)
        else:
            found = [seen(expect, view) for view in heard]
            if all(item is None for item in found):
                out.requirements.append(self._not_judged("not_applicable", heard[-1].turn))
                return
            met = next((view for view, item in zip(heard, found, strict=True) if item), None)
            verdict = _Verdict(met is not None, None, met.turn.index if met else None, None, (), None)
        requirement = Requirement(
            rule=self.rule.id,
            source=self.rule.source,
            status="met" if verdict.met else "missed",
            level=verdict.level,
            turn=verdict.turn if verdict.met else heard[-1].turn.index,
            score=verdict.score,
            missing=verdict.missing,
            nearest=verdict.nearest,
            title=self.rule.title,
            parts=len(self._due or ()),
        )
        self._record(requirement, heard[-1].turn, out)

    def _record(self, requirement: Requirement, turn: Turn, out: Outcomes) -> None:
        out.requirements.append(requirement)
        if requirement.status == "missed":
            near = requirement.nearest
            because = f"最接近的一句是“{near.text}”(相似度{near.score:.0f})" if near else "规定的时机内没有说"
            out.findings.append(absence_finding(self.rule, turn, requirement.missing, because))

    def _not_judged(self, status: RequirementStatus, turn: Turn) -> Requirement:
        expect = self._body.expect
        parts = (
            tuple(part.name for part in expect.parts if not part.optional)
            if isinstance(expect, ScriptNode)
            else ()
        )
        missed = status == "missed"
        return Requirement(
            self.rule.id, self.rule.source, status, turn=turn.index, missing=parts if missed else (),
            title=self.rule.title, parts=len(parts) if missed else 0,
        )  # fmt: skip

    def _script_verdict(self, script: ScriptNode, heard: list[View], said: list[frozenset[str]]) -> _Verdict:
        """Judge the turns together, `across` neighbours at a time."""
        windows = [said[max(0, end - script.across) : end] for end in range(1, len(heard) + 1)]
        for view, window in zip(heard, windows, strict=True):
            if self._complete(script, view, window):
                score = script.score(view)
                level: Level = "verbatim" if score >= script.verbatim else "functional"
                return _Verdict(True, level, view.turn.index, round(score, 1), (), None)
        due = self._due or ()
        best = max((frozenset().union(*window) for window in windows), key=lambda parts: _covered(parts, due))
        missing = tuple(name for name in due if name not in best)
        scores = [(script.score(view), view) for view in heard]
        score, view = max(scores, key=lambda item: item[0])
        near = Nearest(view.turn.index, view.turn.text, round(score, 1)) if score else None
        return _Verdict(False, None, None, round(score, 1), missing, near)


def _covered(parts: frozenset[str], due: tuple[str, ...]) -> int:
    return sum(name in parts for name in due)


def _parts_said(script: ScriptNode, view: View) -> frozenset[str]:
    said = script.said(view)
    return said | script.said(view.undisguised) if view.undisguised is not None else said
