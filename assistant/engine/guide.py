"""Guidance through a call: which procedure applies, where it stands, what to say next.

Part of the fold: it is fed with the same turns and depends on nothing else, so that a live call
and its recording are guided alike.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from assistant.engine.prompts import Board, Offer
from assistant.model import Alert, Emotion, Finding, Intent, Requirement, Severity, Speaker, Turn
from assistant.nlp.complaint import COMPLAINT, evidence, sureness
from assistant.procedure import tracker
from assistant.procedure.advice import Advice, Cue, choose
from assistant.procedure.bank import SLOTS
from assistant.procedure.definition import Moment, Procedure
from assistant.procedure.situation import Scene, Situation

if TYPE_CHECKING:
    from assistant.nlp.acts import Act
    from assistant.nlp.taxonomy import Taxonomy
    from assistant.procedure.bank import Bank

Kinds = Callable[[Turn], Sequence[Intent]]
_ADDRESSED = ("先生", "女士", "小姐", "老师", "经理", "师傅", "阿姨", "叔叔", "医生", "总")
_TITLES = {"m": "先生", "male": "先生", "男": "先生", "f": "女士", "female": "女士", "女": "女士"}
_COMPLAINTS = "P-SIX"
_COMFORT = (_COMPLAINTS, 1)
_CALMING = frozenset({"empathy", "listen", "apology"})
LIKELY = 0.25  # how sure a complaint is when guidance begins: sooner than the verdict
_OPEN = ("pending", "missing", "regressed")
_STRAINED = 0.3  # strain below it is no trouble
_PASSED = 3  # times an advice may be passed over before another one is given
_RECENT = 6  # sentences shown lately that aren't shown again while there are others
_SEVERE = {Severity.MINOR: 85, Severity.MAJOR: 90, Severity.FATAL: 95}


class ActReader(Protocol):
    """Tells what an agent does by a turn."""

    def read(self, text: str) -> tuple[Act, ...]: ...


@dataclass(frozen=True, slots=True)
class Due:
    """A required phrase whose time is running: its rule and a sentence that would do."""

    rule: str
    title: str
    source: tuple[str, ...]
    suggestion: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What the rules decided by the latest turn, and what is due now."""

    findings: Sequence[Finding] = ()
    requirements: Sequence[Requirement] = ()
    alert: Alert | None = None
    due: Sequence[Due] = ()


@dataclass(slots=True)
class Course:
    """The guidance of one call under way.

    `doubt` is the chance that nothing said so far was a complaint; `standings` are kept until a
    step is done or undone; `given` is the advice shown last, `tried` the topic of one that was followed
    and did not calm the customer, or was passed over again and again (`passed` times); `left` are the
    topics that aren't come back to while the customer is calm.
    """

    tracks: list[tracker.Track]
    scene: Scene
    board: Board
    values: dict[str, str]
    forced: str | None = None
    doubt: float = 1.0
    given: Counsel | None = None
    followed: bool = False
    spoken: bool = False
    passed: int = 0
    left: frozenset[str] = frozenset()
    tried: str | None = None
    level: float = 0.0
    lately: deque[str] = field(default_factory=lambda: deque(maxlen=_RECENT))
    statuses: tuple[str, ...] = ()
    standings: dict[str, tracker.Standing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counsel:
    """Advice for this moment with its sentences; `step` of the main procedure, `topic` of the bank."""

    advice: Advice
    step: int | None
    topic: str
    phrases: tuple[str, ...]
    acts: frozenset[str]


class Guide:
    """Procedures, advice and phrases, ready to guide any call."""

    def __init__(
        self,
        procedures: Sequence[Procedure],
        advice: Sequence[Advice],
        bank: Bank,
        acts: ActReader,
        taxonomy: Taxonomy,
        *,
        cues: Sequence[Cue] = (),
        forced: str | None = None,
    ) -> None:
        """`forced` names the procedure that every call is judged by."""
        self._forced = forced
        self.procedures = tuple(procedures)
        self._advice = tuple(advice)
        self._cues = tuple(cues)
        self._bank = bank
        self._acts = acts
        self._danger = taxonomy.danger
        self._kinds = {kind.learnt: kind.id for kind in taxonomy.kinds if kind.learnt}

    def start(self, channel: str, meta: Mapping[str, Any]) -> Course:
        """Begin to guide a call; `meta["procedure"]` names the procedure to judge it by, if any."""
        forced = str(meta["procedure"]) if meta.get("procedure") else self._forced
        suited = [
            procedure
            for procedure in self.procedures
            if procedure.unit == "conversation" and (procedure.id == forced or procedure.suits(channel, meta))
        ]
        suited.sort(key=lambda procedure: (procedure.id != forced, -procedure.rank))
        kind = meta.get("customer_type")
        return Course(
            tracks=[tracker.start(procedure) for procedure in suited],
            scene=Scene(str(kind) if kind else None, channel),
            board=Board(),
            values=_values(meta),
            forced=forced,
        )

    def feed(
        self,
        course: Course,
        turn: Turn,
        felt: tuple[Emotion | None, tuple[Intent, ...], float],
        kinds: Kinds,
        decided: Decided,
    ) -> Iterator[tuple[str, Any]]:
        """Take a turn; yield ("procedure", entry of the report) and ("prompt", Prompt) where they change.

        `felt`: the customer's emotion and intents in a turn of theirs, and the smoothed strain.
        """
        emotion, intents, level = felt
        customer = turn.role is Speaker.CUSTOMER
        acts = () if customer else self._acts.read(turn.text)
        moment = Moment(turn, acts, emotion, intents) if customer else Moment(turn, acts)
        self._understand(course, moment, level, kinds)
        moment = replace(moment, accepts=customer and course.scene.accepted)
        moved = [track.procedure.id for track in course.tracks if tracker.feed(track, moment)]
        for name in moved:
            course.standings.pop(name, None)
        now = turn.end_s if turn.end_s is not None else turn.start_s
        changed = course.board.expire(turn.start_s)
        if customer:
            self._look_back(course, level)
            course.board.customer()
            offers = self._offers(course, moment, decided)
        else:
            done = frozenset(act.name for act in acts)
            met = frozenset(r.rule for r in decided.requirements if r.status == "met")
            offers = _corrections(decided.findings)
            worth_saying = {offer.key for offer in offers}
            over = frozenset(
                r.rule
                for r in decided.requirements
                if r.status == "missed" and f"due/{r.rule}" not in worth_saying
            )
            course.spoken = True
            course.followed |= course.given is not None and bool(course.given.acts & done)
            changed += course.board.agent(turn, done, met, over)
        changed += course.board.offer(offers, now)
        yield from (("prompt", prompt) for prompt in changed)
        main = self.main(course)
        if main is not None and (main.procedure.id in moved or course.statuses[:1] != (main.procedure.id,)):
            yield from self._moved(course, main)

    def _understand(self, course: Course, moment: Moment, level: float, kinds: Kinds) -> None:
        named: dict[str, float] = {}
        danger = False
        if moment.emotion is not None:
            share = evidence(moment.turn, moment.emotion, moment.intents)
            course.doubt *= 1 - share
            danger = self._danger.find(moment.turn.text) is not None
            if share > 0:
                found = kinds(moment.turn)
                named = {self._kinds[k.name]: k.score * share for k in found if k.name in self._kinds}
        course.scene.feed(moment, level=level, danger=danger, kinds=named)
        course.scene.complaint = sureness(course.doubt) >= LIKELY

    def _look_back(self, course: Course, level: float) -> None:
        """See whether what was advised was done and has helped; what was shown rests."""
        helped = level < course.level or level < _STRAINED
        given, followed, spoken = course.given, course.followed, course.spoken
        course.level, course.followed, course.spoken = level, False, False
        if given is None or not spoken:
            return
        course.lately.extend(given.phrases)
        course.passed = 0 if followed or course.scene.mood != "calm" else course.passed + 1
        if course.passed >= _PASSED and given.advice.yields:
            course.left = course.left | {given.topic}
        if course.passed >= _PASSED or (followed and not helped):
            course.tried, course.passed = given.topic, 0
        elif helped:
            course.tried = None

    def _offers(self, course: Course, moment: Moment, decided: Decided) -> list[Offer]:
        """Return what could be shown after a customer's turn."""
        index = moment.turn.index
        situation = course.scene.situation()
        offers = []
        before = course.given
        course.given = counsel = self.counsel(course)
        if counsel is None or before is None or counsel.topic != before.topic:
            course.passed = 0
        if counsel is not None:
            reason = {"step": counsel.step, "source": list(counsel.advice.source), "turn": index,
                      "why": counsel.advice.why}  # fmt: skip
            key = f"{counsel.advice.id}/{counsel.step}"
            offers.append(Offer(key, "next_step", counsel.phrases, reason, counsel.acts))
        if decided.alert is not None:
            phrases = self._say(course, f"{_COMFORT[0]}/{_COMFORT[1]}", situation)
            reason = {"step": _COMFORT[1], "source": ["M-1"], "turn": index, "why": decided.alert.message}
            offers.append(Offer("early-warning", "early_warning", phrases, reason, _CALMING))
        for due in decided.due:
            reason = {"rule": due.rule, "source": list(due.source), "turn": index, "why": due.title}
            offers.append(Offer(f"due/{due.rule}", "due", (due.suggestion,), reason, rule=due.rule))
        for cue in self._cues:
            found = cue.find(moment)
            if found is not None and cue.fits(situation):
                values = {**course.values, "fact": found} if found else course.values
                phrases = self._bank.choose(cue.say, situation, values, avoid=course.lately, most=2)
                reason = {"step": cue.id, "source": list(cue.source), "turn": index, "why": cue.why}
                offers.append(Offer(f"{cue.id}/{found}", cue.kind, phrases, reason, cue.acts))
        return offers

    def counsel(self, course: Course, track: tracker.Track | None = None) -> Counsel | None:
        """Return the advice for the moment by `track` (default: the main one); None where there is none."""
        main = track or self.main(course)
        situation = course.scene.situation()
        steps: dict[int, bool] = {}
        following = current = None
        if main is not None:
            standing = self._standing(course, main)
            steps = {state.step: state.status not in _OPEN for state in standing.steps}
            following = standing.following.number if standing.following else None
            current = standing.current
        name = main.procedure.id if main is not None else None
        resting = set(course.left) if situation.mood == "calm" else set()
        resting |= {course.tried} if course.tried else set()
        while True:
            advice = choose(self._advice, name, situation, steps, following=following, resting=resting)
            topic = advice.topic(name, following) if advice is not None else None
            if advice is None or advice.silent or topic is None:
                return None
            phrases = self._say(course, topic, situation)
            if phrases:
                own = advice.step is not None and (bool(advice.procedures) or name == _COMPLAINTS)
                step = advice.step if own else (following or current)
                return Counsel(advice, step, topic, phrases, self._following(course, advice, main, step))
            if advice.persists or topic in resting:
                return None
            resting.add(topic)

    @staticmethod
    def _following(
        course: Course, advice: Advice, main: tracker.Track | None, step: int | None
    ) -> frozenset[str]:
        """Return the acts that follow the advice; where it is for any procedure, its step is P-SIX's."""
        track, number = main, step
        if advice.step is not None and not advice.procedures:
            track = next((one for one in course.tracks if one.procedure.id == _COMPLAINTS), None)
            number = advice.step
        steps = track.procedure.steps if track is not None else ()
        signs = [
            sign for one in steps if one.number == number for signs in one.parts.values() for sign in signs
        ]
        return advice.acts.union(*(sign.acts for sign in signs))

    @staticmethod
    def _standing(course: Course, track: tracker.Track) -> tracker.Standing:
        """Return where a running conversation stands."""
        name = track.procedure.id
        if name not in course.standings:
            course.standings[name] = tracker.standing(track, final=False)
        return course.standings[name]

    def _say(self, course: Course, topic: str, situation: Situation) -> tuple[str, ...]:
        return self._bank.choose(topic, situation, course.values, avoid=course.lately)

    def main(self, course: Course) -> tracker.Track | None:
        """Return the track of the procedure the call is mainly judged by."""
        return next(iter(self._applying(course)), None)

    def _applying(self, course: Course, *, final: bool = False) -> list[tracker.Track]:
        complaint = sureness(course.doubt) >= COMPLAINT if final else course.scene.complaint
        return [
            track
            for track in course.tracks
            if track.procedure.id == course.forced or track.procedure.complaint in (None, complaint)
        ]

    def _moved(self, course: Course, main: tracker.Track) -> Iterator[tuple[str, Any]]:
        standing = self._standing(course, main)
        statuses = (main.procedure.id, *(state.status for state in standing.steps))
        if statuses != course.statuses:
            course.statuses = statuses
            yield "procedure", tracker.told(main, standing, main=True, advice=self._next(course, main))

    def _next(self, course: Course, track: tracker.Track) -> dict[str, Any] | None:
        counsel = self.counsel(course, track)
        if counsel is None or counsel.step is None:
            return None
        return {"step": counsel.step, "why": counsel.advice.why, "phrases": list(counsel.phrases)}

    def told(self, course: Course, *, final: bool) -> tuple[dict[str, Any], ...]:
        """Return the `procedures` of a report, the main one first.

        Guidance begins sooner than the verdict; at the end (`final`) the verdict says which procedures apply.
        """
        tracks = self._applying(course, final=final)
        return tuple(
            tracker.told(
                track,
                tracker.standing(track, final=final),
                main=place == 0,
                advice=self._next(course, track) if place == 0 else None,
            )
            for place, track in enumerate(tracks)
        )


def _values(meta: Mapping[str, Any]) -> dict[str, str]:
    """Return what is known for the slots; a customer is addressed only where the title is known."""
    values = {name: str(meta[name]) for name in SLOTS if meta.get(name)}
    if "deadline" in values:  # sentences say "{deadline}前"
        values["deadline"] = re.sub("(之|以)?前$", "", values["deadline"])
    name = values.pop("customer", "")
    title = _TITLES.get(str(meta.get("gender", "")).lower(), "")
    if name.endswith(_ADDRESSED) or (name and title):
        values["customer"] = name if name.endswith(_ADDRESSED) else name[:1] + title
    return values


def _corrections(findings: Sequence[Finding]) -> list[Offer]:
    """Return offers of a better wording for what was said, of what was missed for absences."""
    offers = []
    for finding in findings:
        if finding.severity < Severity.MINOR or not finding.suggestion:
            continue
        reason = {"rule": finding.rule, "source": list(finding.source), "turn": finding.turn,
                  "why": finding.message}  # fmt: skip
        missed = finding.start is None
        kind = "due" if missed else "better_wording"
        priority = None if missed else _SEVERE[finding.severity]
        offers.append(Offer(f"{kind}/{finding.rule}", kind, (finding.suggestion,), reason, priority=priority))
    return offers
