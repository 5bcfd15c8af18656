"""The file form of quiz items: unknown keys refused. docs/quiz.md explains the keys."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from assistant.knowledge.schema import Id, Short, Source
from assistant.quiz.definition import BLANK, Item
from assistant.rules.schema import Strict

Text = Annotated[str, Field(min_length=1, max_length=400)]
Texts = Annotated[list[Text], Field(min_length=1)]
Rule = Annotated[str, Field(pattern=r"^B-\d{1,2}$")]


class _Form(Strict):
    id: Id
    source: Annotated[list[Source], Field(min_length=1)]
    difficulty: Annotated[int, Field(ge=1, le=3)]
    question: Text
    explain: Text
    entry: Id

    def _item(self, topic: str, **more: object) -> Item:
        return Item(
            id=self.id,
            topic=topic,
            kind=self.kind,  # type: ignore[attr-defined]
            question=self.question,
            source=tuple(self.source),
            difficulty=self.difficulty,
            explain=self.explain,
            entry=self.entry,
            **more,  # type: ignore[arg-type]
        )


class Single(_Form):
    """One option is right."""

    kind: Literal["single"]
    right: Text
    wrong: Annotated[list[Text], Field(min_length=2, max_length=5)]

    @model_validator(mode="after")
    def _apart(self) -> Single:
        _differ([self.right, *self.wrong])
        return self

    def compiled(self, topic: str) -> Item:
        return self._item(topic, right=(self.right,), wrong=tuple(self.wrong))


class Multiple(_Form):
    """Several options are right; all of them and no other must be chosen."""

    kind: Literal["multiple"]
    right: Annotated[list[Text], Field(min_length=2, max_length=7)]
    wrong: Annotated[list[Text], Field(min_length=1, max_length=5)]

    @model_validator(mode="after")
    def _apart(self) -> Multiple:
        _differ([*self.right, *self.wrong])
        return self

    def compiled(self, topic: str) -> Item:
        return self._item(topic, right=tuple(self.right), wrong=tuple(self.wrong))


class Fill(_Form):
    """Blanks to be filled in: ____ in the question, for each what is accepted, the best first."""

    kind: Literal["fill"]
    blanks: Annotated[list[Annotated[list[Short], Field(min_length=1)]], Field(min_length=1)]

    @model_validator(mode="after")
    def _as_many(self) -> Fill:
        if self.question.count(BLANK) != len(self.blanks):
            raise ValueError(f"{self.question.count(BLANK)} blanks ({BLANK}), {len(self.blanks)} answers")
        return self

    def compiled(self, topic: str) -> Item:
        return self._item(topic, blanks=tuple(map(tuple, self.blanks)))


class Fault(_Form):
    """The faulty words of a sentence, marked ‹ ›, and the rule they break."""

    kind: Literal["fault"]
    question: Text = "找出这句话里不合适的部分，并选出它违反了哪一条。"
    sentence: Annotated[str, Field(pattern="^[^‹›]*‹[^‹›]+›[^‹›]*$", max_length=200)]
    rule: Rule
    others: Annotated[list[Rule], Field(min_length=2, max_length=5)]
    better: Text

    @model_validator(mode="after")
    def _apart(self) -> Fault:
        _differ([self.rule, *self.others])
        return self

    def compiled(self, topic: str) -> Item:
        return self._item(
            topic, right=(self.rule,), wrong=tuple(self.others), sentence=self.sentence, better=self.better
        )


class Order(_Form):
    """Steps, given in their right order."""

    kind: Literal["order"]
    steps: Annotated[list[Text], Field(min_length=3, max_length=9)]

    @model_validator(mode="after")
    def _apart(self) -> Order:
        _differ(self.steps)
        return self

    def compiled(self, topic: str) -> Item:
        return self._item(topic, right=tuple(self.steps))


ItemForm = Annotated[Single | Multiple | Fill | Fault | Order, Field(discriminator="kind")]


class QuizFile(Strict):
    """The items of a topic."""

    topic: Annotated[str, Field(pattern=r"^[a-z]+$")]
    name: Short
    items: Annotated[list[ItemForm], Field(min_length=1)]

    def compiled(self) -> tuple[Item, ...]:
        return tuple(item.compiled(self.topic) for item in self.items)


def _differ(options: list[str]) -> None:
    twice = sorted({option for option in options if options.count(option) > 1})
    if twice:
        raise ValueError(f"given twice: {', '.join(twice)}")
