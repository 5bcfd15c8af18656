"""Simulated trainees as data: what they say in each kind of situation, and in which order.

A file holds one trainee::

    trainee: follows-the-steps          # unique
    class: model                        # model, mediocre, banned, parrot, repeater or stuffer
    pace_s: 12                          # seconds from turn to turn
    turns:                              # sentences for each kind of situation; one is drawn by the seed
      opening: ["您好，{company}，工号{agent_id}为您服务，请问有什么可以帮您？"]
      listening: [...]                  # 您请说，我听着
      empathy: [...]
      restating: ["您是说：{problem}，对吗？"]
      question: ["{ask}"]
      demand: ["您希望我们怎样处理呢？"]
      apology: [...]
      promise: ["{by}我给您回电。"]      # a promise with a time
      solution: ["给您这样办：{offer}，{by}办好，您看可以吗？"]
      explanation: [...]
      reassurance: [...]                # when the customer doubts
      thanks: [...]
      followup: [...]                   # announces that the outcome will be checked
      confirmation: [...]               # is there anything else
      farewell: [...]
      other: [...]                      # whatever else such a trainee says: banned phrases, keywords
    policy: [opening, empathy, restating, question, apology, solution, thanks, followup, farewell]
    react:                              # optional: instead of the next of the policy, which then waits
      refuses: [solution]               # the customer wants more or something else
      asks_when: [promise]              # wants a time
      doubts: [reassurance]
      too_hot: [empathy, apology]
      not_understood: [restating, question]
      asks_what: [solution]             # wants to know what will be done
    then: [solution, farewell]          # optional: over and over once the policy is used up
    most: 16                            # turns at most

A policy names the kinds in order; a kind may stand in it more than once. Kinds of `turns` may be left out; a
policy may only name those that are there. Of a list of reactions each use takes the next one. The slots
are filled from the scenario: {company} {agent_id} {customer}, {thing} what it is about, {problem} the
grievance in an agent's words, {ask} the question for the next fact that hasn't been told, key facts
first (a turn with {ask} is skipped where none is left), {offer} the scenario's own solutions, best first,
the next one after each refusal, as a clause of its own (after a colon rather than after 我), and {by}
until when, such as 明天上午十点前. A trainee without slots says the same in every case.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from assistant.practice.room import Room, Session
from assistant.rules.document import read_document

CLASSES = ("model", "mediocre", "banned", "parrot", "repeater", "stuffer")
KINDS = (
    "opening", "listening", "empathy", "restating", "question", "demand", "apology", "promise", "solution",
    "explanation", "reassurance", "thanks", "followup", "confirmation", "farewell", "other",
)  # fmt: skip
REACTIONS = {
    "refuses": ("haggle", "misfit"), "asks_when": ("when",), "doubts": ("doubt",), "too_hot": ("too_hot",),
    "not_understood": ("no_facts",), "asks_what": ("what", "step"),
}  # fmt: skip
OWN = Path(__file__).parent / "trainees_own"
_MOST = 16


@dataclass(frozen=True, slots=True)
class Trainee:
    """What somebody says in which order."""

    name: str
    kind: str
    turns: Mapping[str, tuple[str, ...]]
    policy: tuple[str, ...]
    react: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    then: tuple[str, ...] = ()
    pace_s: float = 12.0
    most: int = _MOST


def read_trainees(folder: Path) -> tuple[Trainee, ...]:
    """Read all trainees of a folder; raises ValueError with the file and what is wrong in it."""
    return tuple(_trainee(path) for path in sorted(folder.glob("*.yml")))


def _trainee(path: Path) -> Trainee:
    document = read_document(path)
    if document.problems:
        raise ValueError("\n".join(map(str, document.problems)))
    value: dict[str, Any] = document.value
    known = {"trainee", "class", "turns", "policy", "react", "then", "pace_s", "most"}
    if unknown := set(value) - known:
        raise ValueError(f"{path}: unknown keys: {sorted(unknown)}")
    try:
        trainee = Trainee(
            name=value["trainee"],
            kind=value["class"],
            turns={kind: tuple(lines) for kind, lines in value["turns"].items()},
            policy=tuple(value["policy"]),
            react={on: tuple(kinds) for on, kinds in value.get("react", {}).items()},
            then=tuple(value.get("then", ())),
            pace_s=float(value.get("pace_s", 12)),
            most=int(value.get("most", _MOST)),
        )
    except KeyError as error:
        raise ValueError(f"{path}: {error} is missing") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if wrong := list(_problems(trainee)):
        raise ValueError(f"{path}: {'; '.join(wrong)}")
    return trainee


def _problems(trainee: Trainee) -> Iterator[str]:
    if trainee.kind not in CLASSES:
        yield f"class is one of {', '.join(CLASSES)}, not {trainee.kind}"
    for kind in trainee.turns.keys() - set(KINDS):
        yield f"no such kind of turn: {kind}"
    for on in trainee.react.keys() - REACTIONS.keys():
        yield f"no such reaction: {on}"
    named = (*trainee.policy, *trainee.then, *(kind for kinds in trainee.react.values() for kind in kinds))
    for kind in sorted(set(named) - trainee.turns.keys()):
        yield f"turns lacks {kind}"


@dataclass(slots=True)
class Player:
    """A trainee in one call."""

    trainee: Trainee
    session: Session
    chance: Random
    at: int = 0
    reacted: dict[str, int] = field(default_factory=dict)
    refusals: int = 0
    said: list[str] = field(default_factory=list)

    def next(self) -> str | None:
        """Return what is said next; None when there is nothing left to say."""
        for _ in range(len(self.trainee.policy) + len(self.trainee.then) + 2):
            kind = self._kind()
            if kind is None:
                return None
            text = self._words(kind)
            if text is not None:
                self.said.append(text)
                return text
        return None

    def _kind(self) -> str | None:
        steps = self.session.steps
        verdict = steps[-1].taken.verdict if steps else None
        if steps and verdict in REACTIONS["refuses"]:
            self.refusals += 1
        for on, verdicts in REACTIONS.items():
            kinds = self.trainee.react.get(on, ())
            used = self.reacted.get(on, 0)
            if verdict in verdicts and used < len(kinds):
                self.reacted[on] = used + 1
                return kinds[used]
        place, self.at = self.at, self.at + 1
        policy, then = self.trainee.policy, self.trainee.then
        if place < len(policy):
            return policy[place]
        return then[(place - len(policy)) % len(then)] if then else None

    def _words(self, kind: str) -> str | None:
        scenario, customer = self.session.scenario, self.session.customer
        lines = self.trainee.turns[kind]
        fresh = [line for line in lines if line not in self.said] or list(lines)
        text = self.chance.choice(fresh)
        facts = sorted(scenario.facts, key=lambda fact: not fact.key)
        question = next((fact.ask for fact in facts if fact.id not in customer.revealed), None)
        if "{ask}" in text and question is None:
            return None
        ways = sorted(scenario.solutions, key=lambda way: -way.value)
        way = ways[min(self.refusals, len(ways) - 1)]
        return text.format(
            ask=question,
            offer=way.offer,
            by=way.by,
            problem=scenario.problem,
            thing=scenario.handles.get("thing", "这件事"),
            customer=scenario.customer,
            company=scenario.company,
            agent_id=scenario.agent_id,
        )


def play(room: Room, trainee: Trainee, scenario: str, seed: int) -> Session:
    """Return the session of a trainee in a scenario, played to its end."""
    session = room.start(scenario, seed)
    player = Player(trainee, session, Random(f"{trainee.name}/{scenario}/{seed}"))  # noqa: S311
    for turn in range(trainee.most):
        text = player.next()
        if text is None or session.over:
            break
        room.say(session, text, turn * trainee.pace_s)
    return session
