"""What other rooms bring to the conversation; where one isn't there, the answer says so.

Role-plays and quizzes leave nothing behind here that a restart would lose: where they stand is a plain value
(`record`, `standing`) that the conversation keeps in a slot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.knowledge import Answer, Ranked
    from assistant.model import Turn


class Knowledge(Protocol):
    """Answers questions about the service standard; None where nothing fits."""

    def answer(self, question: str) -> Answer | None: ...

    def rank(self, question: str, most: int = 5) -> Sequence[Ranked]: ...


class Practice(Protocol):
    """Role-play; `record` is a session as plain values."""

    def named(self, text: str) -> str | None:
        """Return the id of the scenario a text names."""
        ...

    def titles(self) -> Sequence[str]: ...

    def start(self, sender: str, scenario: str | None, seed: int) -> Mapping[str, Any]:
        """Begin, with a scenario drawn by `seed` where none is named; return the case and the record."""
        ...

    def say(self, sender: str, record: Mapping[str, Any], text: str) -> Mapping[str, Any]:
        """Say something to the customer; return reply, emotion, intensity, over, record."""
        ...

    def hint(self, sender: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return hint and record."""
        ...

    def finish(self, sender: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """End the session; return its debrief."""
        ...


class Quiz(Protocol):
    """Items to learn by; `learner` names whose progress is kept (None: nobody's)."""

    def ask(
        self, learner: str | None, text: str, standing: Mapping[str, Any] | None, seed: str
    ) -> Mapping[str, Any] | None:
        """Choose the next item, of the topic `text` names; return where the quiz stands."""
        ...

    def shown(self, standing: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return kind, topic, text, choices, how to answer."""
        ...

    def judge(self, learner: str | None, standing: Mapping[str, Any], text: str) -> Mapping[str, Any] | None:
        """Judge an answer and keep the result; None where the text can't be one."""
        ...

    def hint(self, standing: Mapping[str, Any]) -> str: ...


class Calls(Protocol):
    """Stored calls; `only` names the agent whose calls are all that is seen (None: all)."""

    def latest(self, only: str | None) -> str | None:
        """Return the id of the last call that is over."""
        ...

    def report(self, call_id: str, only: str | None) -> Mapping[str, Any] | None: ...

    def turns(self, call_id: str, only: str | None) -> Sequence[Turn] | None: ...

    def listed(self, only: str | None, **wanted: Any) -> Sequence[Mapping[str, Any]]:
        """Return summaries, latest first; `wanted` as in the store's Filter."""
        ...

    def today(self) -> Mapping[str, Any]: ...
