"""A call as its moments tell it: fed turn by turn, a `Scene` says the `Situation` advice is chosen by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from assistant.nlp.complaint import GOES_ON
from assistant.procedure import signs
from assistant.procedure.definition import Moment
from assistant.procedure.situation import Mood, Situation

# The customer's feeling: S0 "mood before matter".
_HOT = frozenset({"angry", "furious"})
_UPSET = frozenset({"dissatisfied", "disappointed", "anxious"})
_HOT_FROM, _UPSET_FROM = 0.7, 0.3
_PLEASED = frozenset({"satisfied", "grateful"})
_GOES_ON = frozenset({"gas", "power", "fire"})  # perils that last until somebody acts
_YES = frozenset({"accept", "thanks"})
_SOOTHING = frozenset({"empathy", "listen", "apology"})
_SOLVING = frozenset({"action", "offer", "compensate", "escalate"})
# What an agent does before there is anything to accept or to refuse: a "yes" to it confirms, no more.
_BEFOREHAND = frozenset({
    "greeting", "identify", "ask_need", "listen", "empathy", "apology", "courtesy", "restate", "ask_detail",
    "ask_demand", "verify", "hold", "record",
})  # fmt: skip
_TELLING = frozenset({"explain", "inform", "deadline", "offer", "quote", "recommend", "order", "compensate"})
_CLOSING = frozenset({"anything_else", "satisfaction"})
_FADING = 0.5  # weight of the turns before when another one tells the kind of complaint
_STANDS_OUT = 0.4  # share from which a kind is sure enough for sentences of its own
_SURE_INQUIRY = 0.8  # an inquiry without the form of a question
_ENDING = 24  # characters at the end of an agent's turn that say what the customer is left with
_SHORT = 24  # characters of a simple question
_FEW = 6  # characters of a yes in the agent's own words
_SAID_BACK = 14  # characters of an agent's question that "对" confirms
_NOD = 4  # characters of a mere "yes"
_ASKING = frozenset({"restate", "verify", "ask_detail", "hold", "take_contact"})
_CLEAR_FEELING = 0.7  # confidence from which a feeling isn't read into a sober question
# How sure an intent must be beside something else to count.
_SURE_BESIDE = {
    "refuse": 0.3, "goodbye": 0.3, "praise": 0.3, "complaint": 0.2, "criticism": 0.2, "threat": 0.2,
}  # fmt: skip


def _mood(label: str, level: float, *, settled: bool) -> Mood:
    """Return the mood of a turn: its own feeling first, then the strain that lingers."""
    if label in _HOT:
        return "hot"
    if label in _UPSET:
        return "hot" if level >= _HOT_FROM and label != "anxious" else "upset"
    return "calm" if settled or level < _UPSET_FROM else "upset"


def praises(moment: Moment) -> bool:
    """Whether the customer praises: above all, or surely enough beside something else."""
    return any(
        intent.name == "praise" and (not place or intent.score >= _SURE_BESIDE["praise"])
        for place, intent in enumerate(moment.intents)
    )


def asks_soberly(moment: Moment) -> bool:
    """Whether the customer asks, or reports what a device shows, with no clear feeling in it."""
    emotion, text = moment.emotion, moment.turn.text
    if emotion is None or emotion.label in _HOT or emotion.confidence >= _CLEAR_FEELING:
        return False
    first = moment.intents[0].name if moment.intents else "other"
    asks = first in ("inquiry", "help") or bool(signs.QUESTION.search(text))
    return first != "criticism" and (asks or bool(signs.FAULT.search(text)))


# What a situation takes from the scene as it is.
_CARRIED = tuple(name for name in Situation.__dataclass_fields__ if name not in ("kind", "vent", "due"))
_carried = attrgetter(*_CARRIED)


@dataclass(slots=True)
class Scene:
    """A call as its moments tell it, fed turn by turn."""

    customer_type: str | None = None
    channel: str = ""
    mood: Mood = "calm"
    complaint: bool = False
    comforted: bool = False
    empathised: bool = False
    restated: bool = False
    confirmed: bool = False
    grieving: bool = False
    danger: bool = False
    refusals: int = 0
    refusing: bool = False
    asked_demand: bool = False
    beyond: bool = False
    superior: bool = False
    threat: bool = False
    question: bool = False
    calling: bool = False
    settled: bool = False
    simple: bool = False
    what_now: bool = False
    asked_leave: bool = False
    corrected: bool = False
    promised: bool = False
    accepted: bool = False
    arranged: bool = False
    leaving: bool = False
    proposed: bool = False
    looked: bool = False
    waiting: bool = False
    parted: bool = False
    agent: str | None = None
    handed_over: bool = False
    agreed: bool = False
    conditional: bool = False
    doubting: bool = False
    praising: bool = False
    replied: bool = False
    demanding: bool = False
    objection: str | None = None
    handed: bool = False
    probed: bool = False
    sorry_wanted: bool = False
    insisting: bool = False
    nodding: bool = False
    remarking: bool = False
    planned: bool = False
    aside: bool = False
    peril: str | None = None
    pressing: bool = False
    said: str = ""
    done: frozenset[str] = frozenset()
    answered: bool = False
    asked: bool = False
    held: bool = False
    asks_leave: bool = False
    kinds: dict[str, float] = field(default_factory=dict)
    turns: int = 0

    def feed(
        self,
        moment: Moment,
        *,
        level: float,
        danger: bool,
        kinds: Mapping[str, float],
        plight: bool = False,
        objection: str | None = None,
    ) -> None:
        """Take a turn; `level` is the smoothed strain, `kinds` those of a complaining turn.

        `plight`: a customer tells in plain facts what the matter cost; `objection`: the topic of the answer
        to what a customer objects.
        """
        if moment.side == "customer":
            self.objection = objection
            self._customer(moment, level, danger, kinds, plight)
        else:
            self._agent(moment)

    def _customer(
        self, moment: Moment, level: float, danger: bool, kinds: Mapping[str, float], plight: bool
    ) -> None:
        self.turns += 1
        label = moment.emotion.label if moment.emotion else "calm"
        named = {
            intent.name
            for place, intent in enumerate(moment.intents)
            if not place or intent.score >= _SURE_BESIDE.get(intent.name, 0)
        }
        text = moment.turn.text
        mood = _mood(label, level, settled="accept" in named)
        reproaches = bool(signs.REPROACHES.search(text)) and (self.complaint or mood != "calm")
        if (plight or reproaches) and mood == "calm" and not named & {"praise", "thanks"}:
            mood = "upset"
        if mood == "hot" and self.mood == "calm":
            self.comforted = False
        self.mood = mood
        self._endanger(moment, danger=danger)
        self.grieving = plight or reproaches or bool(named & {"complaint", "criticism", "threat"})
        self._read(moment, named)
        corrects = "refuse" in named and not signs.CONFIRMS.search(text)
        self.corrected = "restate" in self.done and (corrects or bool(signs.CORRECTS.search(text)))
        self._confirm(named, text)
        self._ask(moment)
        self._answer(moment, named)
        yes = bool(named & _YES) or bool(signs.CONSENTS.search(text))
        yes = yes and not signs.PONDERS.search(text)
        yes = yes or (len(text) <= _NOD and not signs.DENIES.search(text))
        self.nodding, self.remarking = yes and not self.refusing, not yes
        asked = bool(self.done & {"ask_detail", "ask_demand"}) and "empathy" not in self.done
        self.replied = asked and self.mood == "calm" and not (self.grieving or self.question)
        self.leaving = "goodbye" in named and not self.handed
        self.parted = self.parted and (self.leaving or self.accepted) and not self.question
        self.answered = False
        if kinds:
            self.kinds = {name: share * _FADING for name, share in self.kinds.items()}
        for name, share in kinds.items():
            self.kinds[name] = self.kinds.get(name, 0.0) + share

    def _endanger(self, moment: Moment, *, danger: bool) -> None:
        """See whether the customer is in danger, or still in that of the turn before."""
        text = moment.turn.text
        lasts = self.pressing and not signs.OVER.search(text)
        before, self.danger = self.peril if lasts else None, danger or lasts
        named = (name for name, words in signs.PERILS if danger and words.search(text))
        self.peril = next(named, before)
        pleased = moment.emotion is not None and moment.emotion.label in _PLEASED  # tells what was
        self.pressing = danger and self.peril in _GOES_ON and not pleased

    def _read(self, moment: Moment, named: set[str]) -> None:
        """See what the turn's words tell by themselves."""
        text = moment.turn.text
        self.sorry_wanted = bool(signs.SORRY_WANTED.search(text))
        self.insisting = bool(signs.INSISTS.search(text))
        self.praising = praises(moment) and not self.grieving
        self.handed = bool(signs.HANDS.search(text))
        self.threat = bool(signs.THREAT.search(text)) or "threat" in named
        self.superior = bool(signs.SUPERIOR.search(text)) or (self.superior and not self.answered)

    def _confirm(self, named: set[str], text: str) -> None:
        """See whether the customer confirms what was restated; one who goes on telling does not."""
        brief = len(signs.CLAUSE.split(text, maxsplit=1)[0]) <= _NOD
        told = brief and not self.done & (_SOLVING | _TELLING | _SOOTHING)
        said_back = self.answered and not self.asks_leave and len(self.said) >= _SAID_BACK
        said_back = said_back and (self.asked or told or "restate" in self.done)
        right = signs.YES_RIGHT.search(text) or self._echoes(text)
        if said_back and right and not self.done & (_CLOSING | {"ask_need"}):
            self.restated = self.confirmed = True
        elif self.corrected:
            self.confirmed = False
        elif "restate" in self.done:
            agrees = "accept" in named or bool(signs.CONFIRMS.search(text) or signs.WANTS.search(text))
            agrees = agrees or "ask_detail" in self.done  # answers what was asked with it
            self.confirmed = self.confirmed or agrees

    def _ask(self, moment: Moment) -> None:
        """See whether the customer's words since the agent last spoke hold a question."""
        text = moment.turn.text
        sure = any(intent.name == "inquiry" and intent.score >= _SURE_INQUIRY for intent in moment.intents)
        told = signs.CONSENTS.search(text) or signs.CONFIRMS.search(text) or signs.DOUBTS.search(text)
        agrees = any(intent.name == "accept" for intent in moment.intents)
        replies = self.answered and self.asked and not self.asks_leave
        asks = bool(signs.QUESTION.search(text)) or (sure and not (told or agrees or replies))
        unsuited = signs.UNSUITED.search(text) and not signs.QUESTION.search(text)
        form = self.handed or unsuited or signs.STRESSES.search(text) or signs.REPROACHES.search(text)
        asks = bool(signs.WHAT_IF.search(text)) or (asks and not (form or self._balks(text)))
        self.calling = bool(signs.CALLS.search(text)) and not signs.SIGN.search(text)
        asks = asks and not self.calling
        self.question = asks or (self.question and not self.answered)
        self.simple = asks and len(text) <= _SHORT
        now = (asks and bool(signs.WHAT_NOW.search(text))) or bool(signs.URGES.search(text))
        other = asks and not signs.SIGN.search(text)  # another question takes its place
        goes_on = self.answered and not self.asked and len(text) > _NOD
        self.what_now = now or (self.what_now and not (other or goes_on))

    def _echoes(self, text: str) -> bool:
        """Whether the customer says yes in the agent's last words ("来得及吗" - "来得及")."""
        first = signs.CLAUSE.split(text, maxsplit=1)[0]
        return 2 <= len(first) <= _FEW and first in self.said[-_ENDING:]

    def _balks(self, text: str) -> bool:
        """Whether the customer says the proposal's words back because it won't do."""
        echo = signs.ECHO.search(text)
        if echo is None or not self.proposed:
            return False
        words = echo["echo"]
        return words[-max(2, len(words) // 2) :] in self.said

    def _answer(self, moment: Moment, named: set[str]) -> None:
        """See what the customer says to a proposal: refuses or accepts it, demands something else."""
        text = moment.turn.text
        said_back = "restate" in self.done and self.asked and not self.asks_leave
        proposal = not self.held and (bool(self.done - _BEFOREHAND) if self.done else not self.asked)
        proposal = proposal and not said_back  # a yes to what was said back confirms it
        settled = bool(self.done & _CLOSING and signs.NOTHING_MORE.search(text))
        confirms = "restate" in self.done and bool(signs.CONFIRMS.search(text))
        unsuited = bool(signs.UNSUITED.search(text))
        yes = bool(signs.CONSENTS.search(text))
        counters = unsuited and bool(signs.COUNTERS.search(text))
        self.asked_leave = not self.held and ("agree_ask" in self.done or self.asks_leave)
        self.conditional = proposal and (counters or (yes and bool(signs.CONDITION.search(text))))
        self.doubting = (self.proposed or self.promised) and bool(signs.DOUBTS.search(text))
        self.demanding = "demand" in named or bool(signs.WANTS.search(text))
        refused = (
            not (settled or yes or counters) and proposal and self._refuses(text, named, unsuited=unsuited)
        )
        consents = not (refused or confirms) and self._consents(text, named)
        self._accept(
            moment, named, consents=consents, proposal=proposal, settled=settled, said_back=said_back
        )
        self.accepted = self.accepted and not refused
        self.what_now = self.what_now and not self.accepted
        self.settled = self.settled and self.accepted
        self.refusing = refused and not self.corrected
        if self.refusing:
            self.refusals += 1
            self.asked_demand = self.demanding or unsuited or self.insisting
            self.question = self.what_now = self.proposed = False
        elif self.accepted or (consents and proposal):
            self.refusals = 0
        answers = self.refusals > 0 and not self.refusing and (confirms or self.asked)
        self.asked_demand = self.asked_demand or self.demanding or answers
        self.aside = not (self.demanding or answers or self.refusing)
        self.agreed = self.agreed or (self.accepted and (self.proposed or self.promised))

    def _refuses(self, text: str, named: set[str], *, unsuited: bool) -> bool:
        """Whether the customer turns down what was put forward."""
        adverse = unsuited or "refuse" in named or bool(signs.ADVERSE.search(text)) or self._balks(text)
        rejects = bool(signs.REJECTS.search(text))
        put_forward = self.proposed or (rejects and self.answered and not self.asked)
        put_forward = put_forward or (unsuited and "deadline" in self.done)
        put_forward = put_forward or (self.asked_leave and not self.done & _ASKING)
        unsure = signs.MAKES_SURE.search(text) or (self.doubting and not rejects)
        return adverse and put_forward and not unsure

    def _consents(self, text: str, named: set[str]) -> bool:
        """Whether the customer says yes, in whatever words, or that it is done."""
        if self.handed or GOES_ON.search(text) or signs.PONDERS.search(text):
            return False
        solved = (self.proposed or bool(self.done & _TELLING)) and bool(signs.SOLVED.search(text))
        echoes = self.asked and self._echoes(text)
        return solved or echoes or bool(named & _YES) or bool(signs.CONSENTS.search(text))

    def _accept(
        self,
        moment: Moment,
        named: set[str],
        *,
        consents: bool,
        proposal: bool,
        settled: bool,
        said_back: bool,
    ) -> None:
        """See whether the customer accepts now; what was accepted just before stays so."""
        pleased = bool(named & _YES) and moment.emotion is not None and moment.emotion.label in _PLEASED
        proposal = proposal or (pleased and not said_back)
        offered = self.proposed or self.promised or self.asked_leave or pleased or not self.complaint
        still = not (self.answered or self.demanding or self.grieving)
        accepted = settled or (consents and proposal and offered) or (still and self.accepted)
        nothing_more = settled and "anything_else" in self.done
        self.accepted = accepted and not self.question
        self.settled = nothing_more or (still and self.settled)

    def _agent(self, moment: Moment) -> None:
        acts = frozenset(act.name for act in moment.acts)
        self.done = self.done | acts if self.answered else acts
        self.planned = bool(self.done & _SOLVING or not self.done & _SOOTHING)
        self.answered = True
        self.said = moment.turn.text
        ending = self.said[-_ENDING:]
        bare = signs.PARTICLES.sub("", ending)
        self.asked, self.asks_leave = bool(signs.QUESTION.search(bare)), bool(signs.LEAVE.search(ending))
        if moment.turn.agent_id and self.agent and moment.turn.agent_id != self.agent:
            self.handed_over = True
        self.agent = moment.turn.agent_id or self.agent
        self.pressing = self.pressing and not (signs.SEEN_TO.search(self.said) or "escalate" in acts)
        self.looked = self.looked or bool(signs.LOOKED.search(self.said))
        self.corrected = self.demanding = self.conditional = self.doubting = self.praising = False
        if acts & (_SOLVING | _TELLING):
            self.what_now = False
        asked = self.asked and not signs.WAIT_PLEASE.search(ending)
        self.held = bool(signs.HOLDING.search(ending)) and not (asked or self.done & _TELLING)
        put_off = "vague" in self.done and not (self.asked or self.done & (_TELLING | _SOLVING))
        put_off = put_off and not self.proposed
        self.waiting = self.held or put_off
        self.question = self.question and self.waiting
        if acts & {"restate", "ask_detail"}:
            self.handed_over = False
        if acts & {"empathy", "listen"}:
            self.comforted, self.probed = True, False
        elif asked and not (self.asks_leave or acts & _CLOSING or signs.NEED.search(self.said)):
            self.probed = True
        self.empathised = self.empathised or "empathy" in acts
        self.restated = self.restated or "restate" in acts
        if "ask_demand" in acts:
            self.asked_demand = True
        if acts & _SOLVING and "ask_demand" not in acts:
            self.proposed = True
        self.arranged = self.arranged or (
            (self.agreed or self.promised) and bool(acts & {"followup", "take_contact", "satisfaction"})
        )
        if "escalate" in acts:
            self.superior, self.refusals = False, 0
        self.beyond = "beyond" in acts and "escalate" not in acts
        self.promised = self.promised or ("deadline" in acts and bool(acts & _SOLVING or not acts & _ASKING))
        self.leaving = self.parted = "farewell" in acts

    @property
    def unheard(self) -> bool:
        return self.turns == 0

    def situation(self) -> Situation:
        """Return the situation as it stands."""
        as_it_stands: dict[str, Any] = dict(zip(_CARRIED, _carried(self), strict=True))
        vent = self.mood == "hot" and self.proposed and not self.refusals
        return Situation(kind=self._kind(), vent=vent, **as_it_stands)

    def _kind(self) -> str | None:
        """Return the kind of complaint the newest turns speak of; None where no kind stands out."""
        if not self.kinds:
            return None
        kind = max(self.kinds, key=lambda name: (self.kinds[name], name))
        return kind if self.kinds[kind] >= _STANDS_OUT * sum(self.kinds.values()) else None
