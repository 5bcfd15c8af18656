"""What the customer answers: first what was asked, then what the matter comes to, in fitting words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from random import Random

    from assistant.practice.customer import Customer, Taken
    from assistant.practice.hearing import Heard
    from assistant.practice.scenario import Scenario
    from assistant.practice.wording import Voice, Wordings

_THREAT_BELOW = 0.42  # patience below which the customer threatens
_ASKED_PHONE = re.compile(r"(电话|号码|手机|联系方式|打给您).{0,12}([?？]|吗|多少|方便)")
_MOST = 3  # sentences of a reply
_OFFENCES = {
    "B-1": "retort",
    "B-2": "rude",
    "B-3": "shirking",
    "B-4": "belittling",
    "B-5": "rules",
    "B-6": "belittling",
    "B-7": "lecture",
    "B-9": "blame",
    "B-10": "blame",
    "B-12": "boast",
    "B-13": "shirking",
    "B-14": "rules",
    "B-15": "brush_off",
    "B-16": "refusal",
    "B-17": "dare",
    "B-18": "rude",
    "B-22": "rude",
    "B-23": "rude",
}


@dataclass(slots=True)
class Speech:
    """The words of one customer: what was said already, and what can still be said."""

    scenario: Scenario
    wordings: Wordings
    voice: Voice
    said: list[str] = field(default_factory=list)

    def reply(self, customer: Customer, heard: Heard, taken: Taken, chance: Random) -> str:
        """Return the customer's answer; never empty, never the last one again."""
        self.voice = replace(self.voice, heard=heard.text)
        parts: list[str] = []
        for say, own in self._plan(customer, heard, taken):
            text = self._one(say, own, customer, chance)
            if text and text not in parts:
                parts.append(text)
                self.said.append(text)
            if len(parts) == _MOST:
                break
        if not parts:
            text = self._one("push", (), customer, chance) or self.scenario.grievance[0]
            parts.append(text)
            self.said.append(text)
        return "".join(parts)

    def _one(self, say: str, own: Sequence[str], customer: Customer, chance: Random) -> str | None:
        """Return one of the case's own sentences, else a wording for the occasion."""
        fresh = [text for text in own if text not in self.said]
        if fresh:
            return fresh[0] if say == "vent" else chance.choice(fresh)
        text = self.wordings.choose(say, customer.band, self.voice, self.said, chance)
        return text if text is not None else (own[0] if own else None)

    def _plan(self, customer: Customer, heard: Heard, taken: Taken) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the occasions of the reply, each with the case's own sentences for it."""
        if customer.outcome is not None:
            yield from self._end(customer, heard, taken)
        elif customer.turns == 1:
            if heard.offences:
                yield self._offended(heard), ()
            yield "opening", self.scenario.opening
        elif heard.offences:
            yield self._offended(heard), ()
            yield from self._threat(customer) or [("after_offence", ())]
        else:
            if "slow" in taken.weak:
                yield "slow", ()
            answers = list(self._answers(customer, heard, taken))
            matter = list(self._matter(customer, heard, taken))
            lead = list(self._lead(customer, heard, taken, bool(answers or matter)))
            yield from lead
            yield from answers
            yield from matter
            if not answers and not matter:
                yield from self._go_on(customer, heard, taken, bool(lead))

    def _end(self, customer: Customer, heard: Heard, taken: Taken) -> Iterator[tuple[str, Sequence[str]]]:
        if heard.offences:
            yield self._offended(heard), ()
        if customer.outcome == "escalated":
            left = [text for text in self.scenario.threats if text not in self.said]
            if left:
                yield "threat", left
            yield "hang_up", ()
        elif customer.outcome == "hung_up":
            yield "hang_up", ()
        elif taken.verdict == "time_up":
            yield "time_up", ()
        else:
            yield f"bye.{customer.outcome}", ()

    @staticmethod
    def _offended(heard: Heard) -> str:
        worst = max(heard.offences, key=lambda finding: finding.severity)
        names = (_OFFENCES[source] for source in worst.source if source in _OFFENCES)
        return f"offended.{next(names, 'other')}"

    def _threat(self, customer: Customer) -> list[tuple[str, Sequence[str]]]:
        if customer.patience < _THREAT_BELOW and customer.count("threat") < len(self.scenario.threats):
            return [("threat", self.scenario.threats)]
        return []

    def _lead(
        self, customer: Customer, heard: Heard, taken: Taken, more: bool
    ) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield how the customer takes the tone: one short sentence, often none before an answer."""
        settled = taken.verdict == "accept" or (customer.agreed and taken.verdict is None)
        for tag in ("stuffed", "repeat", "parrot", "sorry_again", "listen_again", "too_long"):
            if tag in taken.weak and not settled:
                yield tag, ()
                return
        if ("restate" in taken.good and not settled) or (
            heard.restates and heard.understood and not (more or taken.weak or customer.agreed)
        ):
            yield "confirm", ()
        elif _misses(heard) and not customer.agreed:
            yield "correct", ()
            yield "grievance", self.scenario.grievance
        elif settled:
            return
        elif "empathy" in taken.good and (not more or customer.turns % 2):
            yield "ease", ()
        elif "apology" in taken.good and (not more or customer.turns % 2):
            yield "apology", ()

    def _answers(self, customer: Customer, heard: Heard, taken: Taken) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the answers to what was asked."""
        scenario = self.scenario
        if taken.guarded:
            yield "guarded", ()
            return
        for name in taken.told:
            yield "tell", scenario.fact(name).tell
        if "asked_again" in taken.weak and not heard.asked:
            yield "asked_again", ()
            yield "tell", scenario.fact(heard.again[0]).tell
        elif "ask_demand" in heard.acts and not heard.solution and not customer.agreed:
            step = min(customer.refused, len(scenario.demands) - 1)
            yield (
                ("want" if customer.counts.get("ask_demand", 0) < 2 else "want_again"),
                scenario.demands[step],
            )
        elif _asks_phone(heard):
            yield ("phone" if customer.count("phone") == 0 else "phone_again"), ()
        elif heard.blank and not (heard.asked or (customer.agreed and heard.blank == "other")):
            yield f"blank.{heard.blank}", (scenario.grievance if heard.blank == "detail" else ())

    def _matter(self, customer: Customer, heard: Heard, taken: Taken) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield what the customer says to what was offered, promised, refused."""
        scenario, verdict = self.scenario, taken.verdict
        own = (
            []
            if heard.solution or heard.restates or heard.asked or customer.agreed or verdict == "terms"
            else self._objections(heard)
        )
        if verdict == "accept":
            yield "accept", customer.solution(customer.agreed or "").accept
        elif own and verdict in (None, "what", "step", "misfit", "haggle"):
            yield "misfit", own
        elif verdict in ("haggle", "terms"):
            yield verdict, ()
            yield "want", scenario.demands[0]
        elif verdict in ("what", "step"):
            if not heard.asked and "ask_demand" not in heard.acts:
                yield verdict, ()
        elif verdict is not None:
            yield verdict, ()
        elif customer.agreed:
            yield from self._afterwards(customer, heard)
        else:
            yield from self._unsettled(customer, heard, taken)

    def _unsettled(
        self, customer: Customer, heard: Heard, taken: Taken
    ) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield the answer to words that offer nothing."""
        if "closing_early" in taken.weak:
            yield ("not_done" if "farewell" in heard.acts else "not_done_yet"), ()
            return
        for tag in ("vague", "decline", "reasons_first", "hold_again"):
            if tag in taken.weak:
                yield tag, ()
                yield from self._threat(customer)
                return
        if "hold" in taken.good:
            yield "hold", ()
        elif "explain" in heard.acts and not heard.asked and "restate" not in taken.good:
            yield "explain", ()

    def _objections(self, heard: Heard) -> list[str]:
        """Return what this customer says to such words and hasn't said yet."""
        return [
            text
            for objection in self.scenario.objections
            if objection.words.search(heard.text)
            for text in objection.say
            if text not in self.said
        ]

    def _afterwards(self, customer: Customer, heard: Heard) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield small answers once the matter is agreed."""
        for act, say in (
            ("satisfaction", "content"), ("anything_else", "nothing_more"), ("thanks_feedback", "thanked"),
            ("followup", "await"), ("thanks_courtesy", "thanked"), ("apology", "forgiven"),
            ("empathy", "forgiven"),
        ):  # fmt: skip
            if act in heard.acts and not (act == "followup" and _asks_phone(heard)):
                yield say, ()
                return
        if not heard.asked and "take_contact" not in heard.acts:
            yield "fine", ()

    def _go_on(
        self, customer: Customer, heard: Heard, taken: Taken, led: bool
    ) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield how the customer goes on where nothing needs an answer."""
        if customer.agreed:
            yield "fine", ()
            return
        threat = self._threat(customer) if taken.weak else []
        if threat:
            yield from threat
        elif set(taken.good) & {"listen", "empathy", "apology"} and not taken.weak:
            left = [text for text in self.scenario.vent if text not in self.said]
            yield ("vent", left) if left else ("push", ())
        elif customer.tabled and not customer.timed:
            yield "when", ()
        elif not led or taken.weak:
            yield "push", ()


def _misses(heard: Heard) -> bool:
    """Whether the agent puts something that isn't the case; comfort and listening put nothing."""
    kind = heard.acts & {"listen", "empathy", "apology"}
    return heard.restates and not (heard.understood or heard.related or kind)


def _asks_phone(heard: Heard) -> bool:
    return heard.blank == "phone" or ("take_contact" in heard.acts and bool(_ASKED_PHONE.search(heard.text)))
