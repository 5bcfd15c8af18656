"""Parity of the two runtimes: the same dialogues through the embedded one and through a Rasa server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from assistant.chat.runtime import Runtime

DIALOGUES = Path(__file__).parent / "parity" / "dialogues.yml"
_UNTOLD = frozenset(["action_listen", "action_session_start", "action_extract_slots"])


@dataclass(frozen=True, slots=True)
class Turn:
    """What a user says; `intent` is None where it only fills a form."""

    say: str
    intent: str | None
    entities: dict[str, str]

    def given(self) -> str:
        """Return the message that names its intent; a form takes the words themselves."""
        if self.intent is None:
            return self.say
        return f"/{self.intent}{json.dumps(self.entities, ensure_ascii=False) if self.entities else ''}"


@dataclass(frozen=True, slots=True)
class Dialogue:
    """`free`: whether the understanding of a turn that names no intent decides what happens in it."""

    name: str
    turns: tuple[Turn, ...]
    free: bool = False


class Holder(Protocol):
    """Holds dialogues; returns the actions that ran for a message."""

    def actions(self, sender: str, text: str) -> Sequence[str]: ...


def read_dialogues(path: Path = DIALOGUES) -> list[Dialogue]:
    read = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    return [
        Dialogue(
            each["name"],
            tuple(Turn(one["say"], one.get("intent"), one.get("entities") or {}) for one in each["turns"]),
            each.get("free", False),
        )
        for each in read
    ]


class Embedded:
    """The embedded runtime."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def actions(self, sender: str, text: str) -> Sequence[str]:
        return self._runtime.answer(sender, text).actions


class Rasa:
    """A Rasa server with its API enabled, asked over the REST channel."""

    def __init__(self, url: str) -> None:
        import httpx

        self._client = httpx.Client(base_url=url, timeout=60)
        self._seen: dict[str, int] = {}
        self.times: list[float] = []

    def actions(self, sender: str, text: str) -> Sequence[str]:
        from time import perf_counter

        begun = perf_counter()
        answer = self._client.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
        self.times.append(perf_counter() - begun)
        answer.raise_for_status()
        tracker: dict[str, Any] = self._client.get(
            f"/conversations/{sender}/tracker", params={"include_events": "ALL"}
        ).json()
        events = tracker["events"][self._seen.get(sender, 0) :]
        self._seen[sender] = len(tracker["events"])
        ran = (event["name"] for event in events if event["event"] == "action")
        return [name for name in ran if name and name not in _UNTOLD]


@dataclass(frozen=True, slots=True)
class Difference:
    dialogue: str
    turn: str
    first: Sequence[str]
    second: Sequence[str]

    def __str__(self) -> str:
        return f"{self.dialogue} | {self.turn} | {' '.join(self.first)} | {' '.join(self.second)}"


def compared(
    dialogues: Sequence[Dialogue], first: Holder, second: Holder, *, given: bool
) -> Iterator[Difference | None]:
    """Yield for each turn how the holders differ, None where they don't; `given`: intents are named."""
    for number, dialogue in enumerate(dialogues):
        if given and dialogue.free:
            continue
        sender = f"parity-{'given' if given else 'said'}-{number}"
        for turn in dialogue.turns:
            text = turn.given() if given else turn.say
            one, other = (list(holder.actions(sender, text)) for holder in (first, second))
            yield None if one == other else Difference(dialogue.name, text, one, other)
