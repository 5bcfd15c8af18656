"""Guidance through a call: which procedure applies, where it stands, what to say next.

Part of the fold: it is fed with the same turns and depends on nothing else, so that a live call
and its recording are guided alike.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from assistant.engine.address import address
from assistant.engine.prompts import Board, Offer
from assistant.model import Alert, Emotion, Finding, Intent, Prompt, Requirement, Severity, Speaker, Turn
from assistant.nlp.complaint import COMPLAINT, denies, evidence, sureness
from assistant.procedure import moves, tracker
from assistant.procedure.advice import Advice, Cue, Plight, choose
from assistant.procedure.bank import SLOTS
from assistant.procedure.definition import Moment, Procedure
from assistant.procedure.scene import Scene, asks_soberly, praises
from assistant.procedure.signs import acts_by_form
from assistant.procedure.situation import Situation

if TYPE_CHECKING:
    from assistant.nlp.acts import Act
    from assistant.nlp.features import Voice
    from assistant.nlp.taxonomy import Taxonomy
    from assistant.procedure.bank import Bank
    from assistant.procedure.moves import MoveModel

Kinds = Callable[[Turn], Sequence[Intent]]
_COMPLAINTS = "P-SIX"
_COMFORT = (_COMPLAINTS, 1)
_CALMING = frozenset({"empathy", "listen", "apology"})
LIKELY = 0.25  # how sure a complaint is when guidance begins: sooner than the verdict
_OPEN = ("pending", "missing", "regressed")
_STRAINED = 0.3  # strain below it is no trouble
_QUIET = 2  # calm turns after which what was merely likely is no complaint, unless the agent comforted
_PLIGHT = 0.13  # what each plight told speaks for a complaint: just enough for guidance, far from a verdict
_SOBER = 0.4  # what a sober question or report of a fault counts of what it speaks for a complaint
_PASSED = 3  # times an advice may be passed over before another one is given
_RECENT = 6  # sentences shown lately that aren't shown again while there are others
_SEVERE = {Severity.MINOR: 85, Severity.MAJOR: 90, Severity.FATAL: 95}


class ActReader(Protocol):
    """Tells what an agent does by a turn; `fold` makes Traditional characters and wide signs plain ones."""

    @property
    def fold(self) -> Mapping[int, str]: ...

    def prepare(self, texts: Iterable[str]) -> None:
        """Get ready for turns that will be read next; what is read is the same without."""
        ...

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

    `doubt` is the chance that nothing said so far was a complaint, `hunch` the same with sober questions
    counting for less, `ease` that neither plain facts told nor
    an agent's comforting speak of one, which lets guidance begin but is no verdict; `friendly` once the
    customer praised or said that this is no complaint; `quiet` counts the calm turns since one that wasn't;
    `standings` are kept until a step is done or undone; `given` is the advice shown last, `tried` the topic
    of one that was followed and did not calm the customer, or was passed over again and again (`passed`
    times); `left` are the topics that aren't come back to while the customer is calm. `words` are the
    customer's since the agent spoke, `acts` all the agent did; `due` is the move that the model of moves
    puts in the place of the rules' for the customer's turn just heard.
    """

    tracks: list[tracker.Track]
    scene: Scene
    board: Board
    values: dict[str, str]
    forced: str | None = None
    doubt: float = 1.0
    hunch: float = 1.0
    ease: float = 1.0
    friendly: bool = False
    quiet: int = 0
    given: Counsel | None = None
    followed: bool = False
    spoken: bool = False
    passed: int = 0
    left: frozenset[str] = frozenset()
    tried: str | None = None
    words: str = ""
    acts: frozenset[str] = frozenset()
    due: str | None = None
    level: float = 0.0
    lately: deque[str] = field(default_factory=lambda: deque(maxlen=_RECENT))
    statuses: tuple[str, ...] = ()
    standings: dict[str, tracker.Standing] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counsel:
    """Advice for this moment with its sentences; `step` of the main procedure, `topic` of the bank.

    `move` is what it means, one of `moves.MOVES`.
    """

    advice: Advice
    move: str
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
        plights: Sequence[Plight] = (),
        forced: str | None = None,
        foresight: MoveModel | None = None,
    ) -> None:
        """`forced` names the procedure that every call is judged by.

        Without `foresight` the rules alone advise.
        """
        self._forced = forced
        self._foresight = foresight
        self.procedures = tuple(procedures)
        self._advice = tuple(advice)
        self._cues = tuple(cues)
        self._plights = tuple(plights)
        self.bank = bank
        self.acts = acts
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

    def prepare(self, turns: Sequence[Turn]) -> None:
        """Get ready for the next turns of a recording."""
        self.acts.prepare(turn.text for turn in turns if turn.role is not Speaker.CUSTOMER)

    def feed(
        self,
        course: Course,
        turn: Turn,
        felt: tuple[Emotion | None, tuple[Intent, ...], float],
        kinds: Kinds,
        decided: Decided | None,
    ) -> Iterator[tuple[str, Any]]:
        """Take a turn; yield ("procedure", entry of the report) and ("prompt", Prompt) where they change.

        `felt`: the customer's emotion and intents in a turn of theirs, and the smoothed strain. Without
        `decided` nobody is there to be shown anything: nothing is yielded, and the call ends alike.
        """
        emotion, intents, level = felt
        customer = turn.role is Speaker.CUSTOMER
        acts = () if customer else self.acts.read(turn.text)
        plain = turn.text.translate(self.acts.fold)
        acts += () if customer else tuple(acts_by_form(plain, acts))
        moment = Moment(turn, acts, emotion, intents) if customer else Moment(turn, acts)
        read = moment if plain == turn.text else replace(moment, turn=replace(turn, text=plain))
        self._understand(course, moment, read, level, kinds)
        moment = replace(moment, accepts=customer and course.scene.accepted)
        moved = [track.procedure.id for track in course.tracks if tracker.feed(track, moment)]
        for name in moved:
            course.standings.pop(name, None)
        if customer:
            course.words = read.turn.text if course.spoken else f"{course.words} {read.turn.text}"
            self._look_back(course, level)
            self._look_ahead(course)
        else:
            course.spoken = True
            course.due, course.acts = None, course.acts.union(act.name for act in acts)
            course.followed |= course.given is not None and any(act.name in course.given.acts for act in acts)
        if decided is not None:
            yield from (("prompt", prompt) for prompt in self._shown(course, moment, decided))
            main = self.main(course)
            if main is not None and (
                main.procedure.id in moved or course.statuses[:1] != (main.procedure.id,)
            ):
                yield from self._moved(course, main)

    def _shown(self, course: Course, moment: Moment, decided: Decided) -> list[Prompt]:
        """Put on the screen what the turn gives cause for; return the prompts that changed."""
        turn = moment.turn
        now = turn.end_s if turn.end_s is not None else turn.start_s
        changed = course.board.expire(turn.start_s)
        if moment.side == "customer":
            course.board.customer()
            offers = self._offers(course, moment, decided)
        else:
            done = frozenset(act.name for act in moment.acts)
            met = frozenset(r.rule for r in decided.requirements if r.status == "met")
            offers = _corrections(decided.findings)
            worth_saying = {offer.key for offer in offers}
            over = frozenset(
                r.rule
                for r in decided.requirements
                if r.status == "missed" and f"due/{r.rule}" not in worth_saying
            )
            changed += course.board.agent(turn, done, met, over)
        return changed + course.board.offer(offers, now)

    def _understand(self, course: Course, moment: Moment, plain: Moment, level: float, kinds: Kinds) -> None:
        """Take what the turn tells; `plain` is the moment in plain characters."""
        named: dict[str, float] = {}
        danger = plight = False
        objection = None
        if any(act.name == "empathy" for act in moment.acts):
            course.ease *= 1 - _PLIGHT  # who comforts has heard of trouble
        if moment.emotion is not None:
            share = evidence(moment.turn, moment.emotion, moment.intents)
            course.doubt *= 1 - share
            danger = self._danger.find(plain.turn.text) is not None
            told = sum(each.told(plain.turn.text) for each in self._plights)
            plight = told > 0
            course.ease *= (1 - _PLIGHT) ** told
            sober = not plight and asks_soberly(plain)
            course.hunch *= 1 - share * (_SOBER if sober else 1)
            objection = next(
                (cue.say for cue in self._cues if cue.kind == "objection" and cue.find(moment)), None
            )
            if share > 0:
                found = kinds(moment.turn)
                named = {self._kinds[k.name]: k.score * share for k in found if k.name in self._kinds}
        course.scene.feed(plain, level=level, danger=danger, kinds=named, plight=plight, objection=objection)
        course.friendly |= _friendly(moment)
        if moment.side == "customer":
            strained = course.scene.grieving or course.scene.mood != "calm"
            course.quiet = 0 if strained else course.quiet + 1
        passing = course.friendly or (course.quiet >= _QUIET and not course.scene.empathised)
        likely = not passing and sureness(course.hunch * course.ease) >= LIKELY
        ease = 1 if course.friendly else course.ease
        course.scene.complaint = likely or sureness(course.doubt * ease) >= COMPLAINT

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

    def _look_ahead(self, course: Course) -> None:
        """See what is to be advised now."""
        before, course.due = course.given, None
        counsel = self.counsel(course)
        course.due = self._due(course, counsel)
        course.given = counsel = counsel if course.due is None else self.counsel(course)
        if counsel is None or before is None or counsel.topic != before.topic:
            course.passed = 0

    def _due(self, course: Course, counsel: Counsel | None) -> str | None:
        """Return the move that is due instead of what the rules advise, None where that stays.

        A procedure that was asked for is followed, and what is firm is said first.
        """
        model = self._foresight
        if model is None or counsel is None or counsel.advice.firm or course.forced:
            return None
        main = self.main(course)
        if not model.knows(main.procedure.id if main else None):
            return None
        return model.due(self.outlook(course, counsel), counsel.move)

    def outlook(self, course: Course, counsel: Counsel | None) -> tuple[Voice, ...]:
        """Return what the model of moves sees after a customer's turn; `counsel` is what the rules advise."""
        main = self.main(course)
        states = self._standing(course, main).steps if main else ()
        return moves.voices(
            course.words,
            course.scene.situation(),
            said=course.scene.said,
            acts=course.scene.done,
            earlier=course.acts,
            procedure=main.procedure.id if main else None,
            steps={state.step: state.status not in _OPEN for state in states},
            chance=sureness(course.doubt),
            move=counsel.move if counsel else moves.OTHER,
        )

    def _offers(self, course: Course, moment: Moment, decided: Decided) -> list[Offer]:
        """Return what could be shown after a customer's turn."""
        index = moment.turn.index
        situation = course.scene.situation()
        offers = []
        counsel = course.given
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
            if found is not None and cue.fits(situation) and not (counsel and counsel.topic == cue.say):
                values = {**course.values, "fact": found} if found else course.values
                phrases = self.bank.choose(cue.say, situation, values, avoid=course.lately, most=2)
                reason = {"step": cue.id, "source": list(cue.source), "turn": index, "why": cue.why}
                offers.append(Offer(f"{cue.id}/{found}", cue.kind, phrases, reason, cue.acts))
        return offers

    def counsel(self, course: Course, track: tracker.Track | None = None) -> Counsel | None:
        """Return the advice for the moment by `track` (default: the main one); None where there is none.

        Where another move than that of the rules is due the first advice that means it is given.
        """
        main = self.main(course)
        counsel = self._advised(course, track or main)
        if course.due is None or counsel is None or counsel.advice.firm or track not in (None, main):
            return counsel
        return self._advised(course, main, course.due) or counsel

    def _advised(self, course: Course, main: tracker.Track | None, due: str | None = None) -> Counsel | None:
        """Return what the rules advise by the track `main`, of the move `due` if one is."""
        situation = replace(course.scene.situation(), due=due)
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
            advice = choose(
                self._advice, name, situation, steps, following=following, resting=resting, move=due
            )
            topic = advice.topic(name, following) if advice is not None else None
            if advice is None or advice.silent or topic is None:
                return None
            phrases = self._say(course, topic, situation)
            if phrases and advice.lead:
                phrases = (self._say(course, advice.lead, situation)[:1] + phrases)[: len(phrases)]
            if phrases:
                own = advice.step is not None and (bool(advice.procedures) or name == _COMPLAINTS)
                step = advice.step if own else (following or current)
                acts = self._following(course, advice, main, step)
                return Counsel(advice, advice.meant(following), step, topic, phrases, acts)
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
        return self.bank.choose(topic, situation, course.values, avoid=course.lately)

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


def _friendly(moment: Moment) -> bool:
    """Whether the customer praises, or says that this is no complaint."""
    return praises(moment) or (moment.side == "customer" and denies(moment.turn))


def _values(meta: Mapping[str, Any]) -> dict[str, str]:
    """Return what is known for the slots; a customer is addressed only where the title is known."""
    values = {name: str(meta[name]) for name in SLOTS if meta.get(name)}
    if "deadline" in values:  # sentences say "{deadline}前"
        values["deadline"] = re.sub("(之|以)?前$", "", values["deadline"])
    values.pop("customer", None)
    name = address(meta)
    return values if name is None else {**values, "customer": name}


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
