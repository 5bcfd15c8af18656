from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from assistant.quiz import Item
from assistant.store import quiz

if TYPE_CHECKING:
    from assistant.quiz import Card
    from assistant.store.database import Store

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def item(name: str = "a.one", topic: str = "first") -> Item:
    return Item(name, topic, "single", "", ("K-20",), 1, "", right=("是",), wrong=("否",))


def answer(store: Store, learner: str, *, right: bool, now: datetime = NOW, of: Item | None = None) -> Card:
    job = partial(quiz.keep_answer, learner=learner, item=of or item(), right=right, now=now)
    return store.write(job).result(10)


def test_an_answer_is_kept_with_its_card(store: Store) -> None:
    card = answer(store, "王芳", right=True)
    assert store.read(partial(quiz.cards, learner="王芳")) == {"a.one": card}
    again = answer(store, "王芳", right=False, now=card.due)
    assert (again.answered, again.right, again.last_right) == (2, 1, False)
    assert store.read(partial(quiz.cards, learner="王芳")) == {"a.one": again}


def test_learners_are_kept_apart(store: Store) -> None:
    answer(store, "王芳", right=True)
    answer(store, "李强", right=False, now=NOW + timedelta(hours=1))
    answer(store, "李强", right=True, now=NOW + timedelta(hours=2), of=item("a.two"))
    assert set(store.read(partial(quiz.cards, learner="王芳"))) == {"a.one"}
    latest, earlier = store.read(quiz.learners)
    assert (latest.name, latest.seen, latest.answered, latest.right) == ("李强", 2, 2, 1)
    assert latest.last_at == NOW + timedelta(hours=2)
    assert earlier.name == "王芳"


def test_a_learner_can_be_forgotten(store: Store) -> None:
    answer(store, "王芳", right=True)
    answer(store, "李强", right=True)
    assert store.write(partial(quiz.forget, learner="王芳")).result(10) == 1
    assert store.read(partial(quiz.cards, learner="王芳")) == {}
    assert [learner.name for learner in store.read(quiz.learners)] == ["李强"]
