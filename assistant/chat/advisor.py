"""What answers are made of: the engine, the guide, the facts, and what other rooms bring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assistant.chat.passes import KEY, Pass, checked
from assistant.ingest.privacy import mask
from assistant.model import Speaker, Turn

if TYPE_CHECKING:
    from assistant.chat.facts import Fact, Facts
    from assistant.chat.seams import Calls, Knowledge, Practice, Quiz
    from assistant.engine.fold import Engine
    from assistant.engine.guide import Guide
    from assistant.model import Finding

_REMEMBERED = 4_000
Button = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as actions get it; `entities` hold the values of each kind, in their order."""

    text: str
    intent: str
    sender: str
    entities: Mapping[str, Sequence[str]] = field(default_factory=dict)
    slots: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    ranking: Sequence[tuple[str, float]] = ()

    def named(self, entity: str) -> str | None:
        """Return the first value of an entity."""
        return next(iter(self.entities.get(entity, ())), None)

    @property
    def words(self) -> str:
        """The words of the question, with what entities stand for."""
        return " ".join([self.text, *(value for values in self.entities.values() for value in values)])

    @property
    def page(self) -> int:
        """How many times more was asked for."""
        return int(self.slots.get("page") or 0)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said; `buttons` are titles with what they send, `data` is for clients that show more.

    `slots` change, `followup` is the action or form that runs next; `offer` and `topic` are what a yes, and
    “more”, would mean next.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    slots: Mapping[str, Any] = field(default_factory=dict)
    offer: str | None = None
    topic: str | None = None
    about: str | None = None
    followup: str | None = None


class Advisor:
    """Everything answers draw on; shared by all conversations, never changed by them."""

    def __init__(
        self,
        engine: Engine,
        guide: Guide,
        facts: Facts,
        *,
        secret: str = "",
        calls: Calls | None = None,
        knowledge: Knowledge | None = None,
        practice: Practice | None = None,
        quiz: Quiz | None = None,
        product: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        """`secret` signs the passes without which no call is told of; `product` its figures."""
        self.engine = engine
        self.guide = guide
        self.facts = facts
        self.calls = calls
        self.knowledge = knowledge
        self.practice = practice
        self.quiz = quiz
        self.product = product
        self._secret = secret
        self._clean: dict[str, bool] = {}
        self._by_pack: dict[str | None, Engine] = {None: engine.only(engine.rules)}

    @property
    def packs(self) -> tuple[str, ...]:
        """The names of the rule packs."""
        return tuple(pack.name for pack in self.engine.packs)

    def check(self, sentence: str, pack: str | None = None) -> tuple[Finding, ...]:
        """Return what is found in an agent's sentence, by the rules of one pack or of all."""
        text, masks = mask(sentence)
        return self._engine(pack).check(Turn(0, Speaker.AGENT, text, masks))

    def compliant(self, sentence: str) -> bool:
        """Whether no rule finds fault with a ready sentence; remembered, for there are only so many."""
        if sentence not in self._clean:
            if len(self._clean) >= _REMEMBERED:
                self._clean.clear()
            self._clean[sentence] = not self.check(sentence)
        return self._clean[sentence]

    def acts(self, sentence: str) -> tuple[str, ...]:
        """Return what an agent does by a sentence, such as `apology`."""
        return tuple(act.name for act in self.guide.acts.read(sentence))

    def _engine(self, pack: str | None) -> Engine:
        wanted = pack if pack in self.packs else None
        if wanted not in self._by_pack:
            rules = [rule for rule in self.engine.rules if rule.pack == wanted]
            self._by_pack[wanted] = self.engine.only(rules)
        return self._by_pack[wanted]

    def who(self, asked: Asked) -> Pass | None:
        """Return whose pass the message carries, None without a valid one."""
        return checked(self._secret, asked.metadata.get(KEY))

    def fact(self, part: str, name: str) -> Fact | None:
        """Return an entry of the facts by its id."""
        return next((entry for entry in self.facts[part] if entry.id == name), None)
