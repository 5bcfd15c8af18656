"""What all actions share: the message in, an answer out, and no error that a user would see as one."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from functools import cache
from typing import TYPE_CHECKING, Any

from rasa_sdk import Action
from rasa_sdk.events import FollowupAction, SlotSet

from assistant.chat.advisor import Asked, Reply

if TYPE_CHECKING:
    from rasa_sdk import Tracker
    from rasa_sdk.executor import CollectingDispatcher
    from rasa_sdk.types import DomainDict

    from assistant.chat.advisor import Advisor

_SORRY = Reply("这件事我这边没办成，麻烦您稍后再试；还不行的话，请告诉系统管理员。", data={"kind": "failed"})
_log = logging.getLogger("huashu.actions")


@cache
def _served() -> Advisor:
    """Return the advisor of an action server: that of the settings which hold where it runs."""
    from assistant.bootstrap import load_advisor
    from assistant.settings import load_settings

    return load_advisor(load_settings(), stored=True)


class HuashuAction(Action, ABC):  # type: ignore[misc]  # the SDK carries no types
    """An action called `action`; says what `answer` returns. `quiet` ones only take notes."""

    action = ""
    quiet = False

    def __init__(self, advisor: Advisor | None = None) -> None:
        """Answer with this advisor; without one, with that of the settings."""
        self._advisor = advisor

    def name(self) -> str:
        return self.action

    @abstractmethod
    def answer(self, advisor: Advisor, asked: Asked) -> Reply: ...

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Say the answer, note the slots; an error is told in a sentence, and logged without any text."""
        del domain
        try:
            reply = self.answer(self._advisor or _served(), asked_of(tracker))
        except Exception as error:
            _log.error("%s: %s", self.action, type(error).__name__)
            reply = _SORRY
        if reply.text:
            buttons = [{"title": title, "payload": payload} for title, payload in reply.buttons]
            dispatcher.utter_message(text=reply.text, buttons=buttons, json_message=_custom(reply))
        events = [SlotSet(name, value) for name, value in reply.slots.items()]
        if not self.quiet:
            now = {"offer": reply.offer, "topic": reply.topic, "about": reply.about}
            events += [SlotSet(name, value) for name, value in now.items()]
        if reply.followup:
            events.append(FollowupAction(reply.followup))
        return events


def _custom(reply: Reply) -> dict[str, Any] | None:
    """Return the structured payload; socket.io takes it only under `data`."""
    return {"data": dict(reply.data)} if reply.data else None


def asked_of(tracker: Tracker) -> Asked:
    """Return the message an action answers."""
    message = tracker.latest_message or {}
    entities: dict[str, list[str]] = {}
    for entity in message.get("entities") or ():
        entities.setdefault(entity["entity"], []).append(str(entity["value"]))
    text = str(message.get("text") or "")
    return Asked(
        text="" if text.startswith("/") else text,
        intent=str((message.get("intent") or {}).get("name") or ""),
        sender=tracker.sender_id,
        entities=entities,
        slots=tracker.slots,
        metadata=message.get("metadata") or {},
        ranking=[(each["name"], each["confidence"]) for each in message.get("intent_ranking") or ()],
    )
