"""Plays the examples of scenarios: what an agent says there, and how the call ends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.practice.room import Room, Session
    from assistant.practice.scenario import Example, Scenario

_SLOT = re.compile(r"\{(problem|ask|offer|by)(?::([a-z-]+))?\}")
_PACE = 12.0  # seconds from turn to turn


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that came out otherwise than it says."""

    scenario: str
    example: str
    problem: str

    def __str__(self) -> str:
        return f"{self.scenario}: example “{self.example}”: {self.problem}"


def run_examples(room: Room, seed: int = 0) -> Iterator[Failure]:
    """Yield what is wrong: an example of a scenario that ends otherwise than it says."""
    for scenario in room.scenarios.values():
        yield from failures_of(room, scenario, seed)


def failures_of(room: Room, scenario: Scenario, seed: int = 0) -> Iterator[Failure]:
    """Yield what is wrong with the examples of a scenario of the room."""
    for example in scenario.examples:
        try:
            session = play(room, scenario, example, seed)
        except KeyError as error:
            yield Failure(scenario.id, example.name, f"names what the case lacks: {error.args[0]}")
            continue
        outcome = session.customer.outcome or session.customer.closing
        if outcome not in example.outcome:
            wanted = " or ".join(example.outcome)
            yield Failure(scenario.id, example.name, f"ends {outcome}, should be {wanted}")


def play(room: Room, scenario: Scenario, example: Example, seed: int = 0) -> Session:
    """Return the session of an example, played until the customer ends it or the turns are used up."""
    session = room.start(scenario.id, seed)
    for place, turn in enumerate(example.turns):
        if session.over:
            break
        room.say(session, spoken(turn, scenario), place * _PACE)
    return session


def spoken(turn: str, scenario: Scenario) -> str:
    """Return a turn with the case's own words in its slots; raises KeyError for what the case lacks."""

    def words(slot: re.Match[str]) -> str:
        kind, name = slot[1], slot[2] or ""
        if kind == "problem":
            return scenario.problem
        if kind == "ask":
            return scenario.fact(name).ask
        solution = scenario.solution(name)
        return solution.offer if kind == "offer" else solution.by

    return _SLOT.sub(words, turn)
