"""The embedded runtime: a Rasa project without Rasa. Understands a message, chooses actions, runs them.

Actions are those of actions/, run in process by the SDK's own executor.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import re
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from assistant.chat.entities import Entity, EntityFinder
from assistant.chat.intents import Guess
from assistant.chat.policy import FALLBACK, next_action
from assistant.chat.project import DEACTIVATE, LISTEN, REQUESTED
from assistant.chat.tracker import Conversation, Message
from assistant.ingest.privacy import mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rasa_sdk import Action

    from assistant.chat.intents import IntentModel
    from assistant.chat.project import Project

LONGEST = 2_000  # characters of a message that are read
_MOST_ACTIONS = 10  # in answer to one message, as in Rasa
_CONVERSATIONS = 1_000  # that are remembered; the longest silent is forgotten first
_COMMAND = re.compile(r"/(\w+)\s*(\{.*\})?\s*", re.DOTALL)
_RESTART = "restart"
_KNOWLEDGE = "ask_knowledge"
_WARMING = (
    "“这个不归我管”能说吗", "换个说法", "“等了三天了”是什么情绪", "客户要退款怎么回",
    "帮我改一句话", "您去问别人吧", "给我来一个难缠客户练练", "您好，请讲", "不练了", "考考我", "不做了",
)  # fmt: skip
_SORRY = "这句我这边没处理成，麻烦您换个问法再试一次；还不行的话，请告诉系统管理员。"
_log = logging.getLogger("huashu.chat")


@dataclass(frozen=True, slots=True)
class Said:
    """One message of the assistant; `data` is for clients that show more than text."""

    text: str
    buttons: tuple[Mapping[str, str], ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a message: what is said, the intent it was taken for, the actions that ran."""

    said: tuple[Said, ...]
    intent: str
    confidence: float
    actions: tuple[str, ...]


class Runtime:
    """Holds conversations by their senders; those of one sender come one after another."""

    def __init__(
        self,
        project: Project,
        model: IntentModel,
        actions: Iterable[Action],
        *,
        certain: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`certain` questions are put to the knowledge, whatever they look like, unless a form is open."""
        from rasa_sdk.executor import ActionExecutor

        self._project = project
        self._model = model
        self._certain = certain
        self._entities = EntityFinder(project.patterns, project.synonyms)
        self._executor = ActionExecutor()
        for action in actions:
            self._executor.register_action(action)
        self._domain: dict[str, Any] = {"intents": list(project.intents), "actions": list(project.actions)}
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()
        self._lock = Lock()

    def understand(self, text: str, metadata: Mapping[str, Any] | None = None) -> Message:
        """Return a message with its intent and entities; `/intent{"entity": "value"}` names them."""
        text = text[:LONGEST]
        command = _COMMAND.fullmatch(text)
        if command is not None and command[1] in {*self._project.intents, _RESTART}:
            named = _named(command[2])
            entities = tuple(Entity(name, value, 0, len(text)) for name, value in named)
            return Message(text, (Guess(command[1], 1.0),), entities, metadata or {})
        text = mask(text)[0]
        ranking = tuple(self._model.guesses(text))
        return Message(text, ranking, tuple(self._entities.find(text)), metadata or {})

    def answer(self, sender: str, text: str, metadata: Mapping[str, Any] | None = None) -> Answer:
        """Take a message of `sender` and return the answer."""
        with self._lock:
            conversation = self._conversations.pop(sender, None) or Conversation(self._project, sender)
            self._conversations[sender] = conversation
            while len(self._conversations) > _CONVERSATIONS:
                self._conversations.popitem(last=False)
        with conversation.lock:
            message = self.understand(text, metadata)
            if conversation.loop is None and self._certain(message.text):
                message = replace(message, ranking=(Guess(_KNOWLEDGE, 1.0), *message.ranking))
            return asyncio.run(self._answered(conversation, message))

    def warm(self) -> None:
        """Read models and dictionaries before the first user waits for them."""
        for text in _WARMING:
            self.answer("", text)
        self.forget("")

    def forget(self, sender: str) -> None:
        """Begin anew with `sender`."""
        with self._lock:
            self._conversations.pop(sender, None)

    async def _answered(self, conversation: Conversation, message: Message) -> Answer:
        guess = message.ranking[0]
        if guess.intent == _RESTART:
            self.forget(conversation.sender)
            return Answer((), _RESTART, 1.0, ("action_restart",))
        conversation.hear(message)
        filled = conversation.extract(self._project.slots)
        turn = _Turn(conversation, filled)
        while len(turn.actions) < _MOST_ACTIONS:
            action = conversation.followup or next_action(
                self._project.rules,
                conversation.history,
                conversation.loop,
                ran=conversation.loop is not None and conversation.previous == conversation.loop,
                rejected=conversation.rejected,
            )
            conversation.followup = None
            if action in (LISTEN, FALLBACK):
                turn.actions += [FALLBACK] if action == FALLBACK else []
                break
            if await self._run(action, turn):
                turn.actions.append(action)
                conversation.mark(action)
        return Answer(tuple(turn.said), guess.intent, guess.confidence, tuple(turn.actions))

    async def _run(self, action: str, turn: _Turn) -> bool:
        """Run an action; False where it is a form that rejects the message."""
        conversation = turn.conversation
        if action in self._project.forms:
            return await self._run_form(action, turn)
        if action == DEACTIVATE:
            conversation.loop = conversation.slots[REQUESTED] = None
        elif action in self._project.responses:
            turn.said.append(self._response(action, conversation))
        else:
            await self._run_custom(action, turn)
        return True

    async def _run_form(self, form: str, turn: _Turn) -> bool:
        """Take what was filled, ask for what is missing; done, the form is left."""
        conversation = turn.conversation
        wanted = self._project.forms[form]
        if conversation.loop == form and conversation.previous == LISTEN and not turn.filled & {*wanted}:
            conversation.rejected = True
            return False
        conversation.loop, conversation.rejected = form, False
        missing = next((name for name in wanted if conversation.slots.get(name) is None), None)
        conversation.slots[REQUESTED] = missing
        if missing is None:
            conversation.loop = None
            return True
        asking = (
            f"{kind}_ask_{what}" for what in (f"{form}_{missing}", missing) for kind in ("action", "utter")
        )
        for name in asking:
            if name in self._project.actions:
                await self._run_custom(name, turn)
                return True
            if name in self._project.responses:
                turn.said.append(self._response(name, conversation))
                return True
        return True

    def _response(self, name: str, conversation: Conversation) -> Said:
        """Return a response of the domain; of several wordings one is drawn."""
        variant = random.choice(self._project.responses[name])  # noqa: S311 - a wording
        text = str(variant.get("text") or "")
        for slot, value in conversation.slots.items():
            text = text.replace(f"{{{slot}}}", str(value))
        return Said(text, tuple(variant.get("buttons") or ()), variant.get("custom") or {})

    async def _run_custom(self, action: str, turn: _Turn) -> None:
        conversation = turn.conversation
        call = {"next_action": action, "tracker": conversation.told(), "domain": self._domain,
                "domain_digest": "", "sender_id": conversation.sender}  # fmt: skip
        try:
            result = await self._executor.run(call)
        except Exception as error:
            _log.error("%s failed: %s", action, type(error).__name__)
            turn.said.append(Said(_SORRY))
            return
        for response in result.responses if result else ():
            if response.get("response"):
                turn.said.append(self._response(response["response"], conversation))
            else:
                said = Said(response.get("text") or "", tuple(response["buttons"]), response["custom"])
                turn.said.append(said)
        for event in result.events if result else ():
            self._apply(event, conversation)

    def _apply(self, event: Mapping[str, Any], conversation: Conversation) -> None:
        kind = event["event"]
        if kind == "slot":
            conversation.slots[event["name"]] = event["value"]
        elif kind == "active_loop":
            conversation.loop = event["name"]
        elif kind == "reset_slots":
            for name, slot in self._project.slots.items():
                conversation.slots[name] = slot.initial
        elif kind == "followup":
            conversation.followup = event["name"]
        else:
            _log.error("an action returned an event that isn't supported here: %s", kind)


@dataclass(slots=True)
class _Turn:
    """The answering of one message."""

    conversation: Conversation
    filled: set[str]
    said: list[Said] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)


def _named(written: str | None) -> list[tuple[str, str]]:
    """Return the entities of `/intent{"entity": "value"}`."""
    try:
        told = json.loads(written) if written else {}
    except ValueError:
        return []
    if not isinstance(told, dict):
        return []
    return [
        (str(name), str(value))
        for name, values in told.items()
        for value in (values if isinstance(values, list) else [values])
    ]
