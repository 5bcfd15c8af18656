"""One conversation with the assistant: what was said, which slots are filled, which form is asking."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from assistant.chat.project import FALLBACK_INTENT, LISTEN, REQUESTED, State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from assistant.chat.entities import Entity
    from assistant.chat.intents import Guess
    from assistant.chat.project import Project, Slot

_REMEMBERED = 16  # states that rules may look back on


@dataclass(frozen=True, slots=True)
class Message:
    """What the user sent, as it was understood."""

    text: str
    ranking: tuple[Guess, ...]
    entities: tuple[Entity, ...]
    metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def intent(self) -> str:
        return self.ranking[0].intent if self.ranking else FALLBACK_INTENT

    def told(self) -> dict[str, Any]:
        """Return it as the SDK's trackers carry it."""
        ranking = [{"name": guess.intent, "confidence": guess.confidence} for guess in self.ranking]
        return {
            "text": self.text,
            "intent": ranking[0] if ranking else {"name": FALLBACK_INTENT, "confidence": 0.0},
            "intent_ranking": ranking,
            "entities": [
                {"entity": each.name, "value": each.value, "start": each.start, "end": each.end}
                for each in self.entities
            ],
            "metadata": dict(self.metadata),
        }


class Conversation:
    """The state of a conversation; the runtime alone changes it."""

    def __init__(self, project: Project, sender: str) -> None:
        self.sender = sender
        self.lock = Lock()
        self.slots: dict[str, Any] = {name: slot.initial for name, slot in project.slots.items()}
        self.slots[REQUESTED] = None
        self.loop: str | None = None
        self.rejected = False
        self.history: deque[State] = deque(maxlen=_REMEMBERED)
        self.message: Message | None = None
        self.followup: str | None = None
        self._influencing = {name: slot.values for name, slot in project.slots.items() if slot.influences}

    @property
    def previous(self) -> str:
        """The action before."""
        return self.history[-1].previous or LISTEN if self.history else LISTEN

    def hear(self, message: Message) -> None:
        """Take the next message."""
        self.message = message
        self.rejected = False
        self.mark(LISTEN)

    def mark(self, action: str) -> None:
        """Note that `action` was done, with what holds after it."""
        told = {name: self._seen(self.slots.get(name), values) for name, values in self._influencing.items()}
        intent = self.message.intent if self.message else None
        self.history.append(
            State(action, intent, self.loop, {name: value for name, value in told.items() if value})
        )

    @staticmethod
    def _seen(value: Any, values: Sequence[str]) -> Any:
        """Return a slot's value as policies see it: that of a category, else whether it is set."""
        return value if values or isinstance(value, bool) else value is not None

    def extract(self, slots: Mapping[str, Slot]) -> set[str]:
        """Fill slots from the message by their mappings; return the names of those filled."""
        filled = set()
        for name, slot in slots.items():
            for mapping in slot.mappings:
                value = self._value(mapping)
                if value is not None:
                    self.slots[name] = value
                    filled.add(name)
                    break
        return filled

    def _value(self, mapping: Mapping[str, Any]) -> Any:
        """Return what a mapping takes from the message; None where it doesn't hold."""
        message = self.message
        if message is None or mapping["type"] == "custom":
            return None
        intents, barred = (_listed(mapping.get(key)) for key in ("intent", "not_intent"))
        if (intents and message.intent not in intents) or message.intent in barred:
            return None
        conditions = mapping.get("conditions") or ()
        if conditions and not any(self._met(condition) for condition in conditions):
            return None
        if mapping["type"] == "from_text":
            return message.text
        if mapping["type"] == "from_intent":
            return mapping.get("value")
        values = [each.value for each in message.entities if each.name == mapping["entity"]]
        return None if not values else values[0] if len(values) == 1 else values

    def _met(self, condition: Mapping[str, Any]) -> bool:
        loop = condition.get("active_loop")
        if loop != self.loop:
            return False
        wanted = condition.get(REQUESTED)
        return wanted is None or wanted == self.slots.get(REQUESTED)

    def told(self) -> dict[str, Any]:
        """Return the conversation as the SDK's trackers carry it."""
        return {
            "sender_id": self.sender,
            "slots": dict(self.slots),
            "latest_message": self.message.told() if self.message else {},
            "events": [],
            "paused": False,
            "followup_action": None,
            "active_loop": {"name": self.loop} if self.loop else {},
            "latest_action_name": self.previous,
            "latest_input_channel": "huashu",
        }


def _listed(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else () if value is None else (value,)
