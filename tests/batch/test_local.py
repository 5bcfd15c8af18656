from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from assistant.batch.local import CHUNK, IN_FLIGHT, Item, run_many
from assistant.errors import HuashuError, InputError, UsageError
from assistant.model import Conversation

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Echo:
    """Returns the id; dies, raises or refuses where the id says so."""

    prefix: str = ""

    def run(self, conversation: Conversation, /) -> str:
        if conversation.id == "die":
            os._exit(3)
        if conversation.id == "raise":
            raise ZeroDivisionError("oops")
        if conversation.id == "refuse":
            raise UsageError("no")
        return self.prefix + conversation.id


def conversation(name: str) -> Conversation:
    return Conversation(name, (), path=f"{name}.txt")


factory = partial(Echo, ">")


@pytest.mark.parametrize("workers", [1, 2])
def test_order_is_kept_and_errors_stand_in_their_place(workers: int) -> None:
    broken = InputError("bad", path="x")
    items: list[Item] = [
        conversation("a"),
        broken,
        conversation("raise"),
        conversation("refuse"),
        conversation("b"),
    ]
    first, second, third, fourth, fifth = run_many(items, factory, workers)
    assert (first, fifth) == (">a", ">b")
    assert isinstance(second, InputError)
    assert isinstance(third, HuashuError)
    assert (third.code, third.path, third.exit_code) == ("internal", "raise.txt", 5)
    assert "ZeroDivisionError" in third.message
    assert isinstance(fourth, UsageError)
    assert fourth.path == "refuse.txt"


def test_a_dying_worker_costs_one_conversation() -> None:
    names = [f"c{number}" for number in range(CHUNK * 3)]
    names[CHUNK + 2] = "die"
    results = list(run_many(map(conversation, names), factory, 2))
    assert len(results) == len(names)
    for name, result in zip(names, results, strict=True):
        if name == "die":
            assert isinstance(result, HuashuError)
            assert (result.code, result.path) == ("internal", "die.txt")
        else:
            assert result == f">{name}"


def test_memory_is_bounded() -> None:
    taken = 0

    def source() -> Iterator[Conversation]:
        nonlocal taken
        for number in range(10_000):
            taken += 1
            yield conversation(str(number))

    results = run_many(source(), factory, 2)
    assert next(results) == ">0"
    assert taken <= 2 * IN_FLIGHT * CHUNK
    results.close()  # type: ignore[attr-defined]


def test_one_worker_reads_as_it_goes() -> None:
    items = iter([conversation("a"), conversation("b")])
    results = run_many(items, factory, 1)
    assert next(results) == ">a"
    assert next(items).id == "b"


@pytest.mark.parametrize("workers", [1, 3])
def test_nothing_to_do(workers: int) -> None:
    assert list(run_many([], factory, workers)) == []
